/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* RFC 5321 section 4.2.1 (several lines), RFC 2034 section 4 (a status on each of them). */
static void quote(void **state)
{
	static const struct {
		int code;
		const char *lines;
		const char *text;
	} cases[] = {
	    {250, "2.0.0 Ok: queued\n", "250 2.0.0 Ok: queued"},
	    {250, "\n", "250"},
	    {250, "", "250"},
	    {550, "5.1.1 nobody\n5.1.1 here\n", "550 5.1.1 nobody here"},
	    {550, "5.1.1 nobody\n5.1.10 here\n", "550 5.1.1 nobody 5.1.10 here"},
	    {550, "5.1.1 nobody\n\n5.1.1 \n", "550 5.1.1 nobody"},
	    {550, "one\none\n", "550 one one"},
	    {550, "5.1.1\n5.1.1\n", "550 5.1.1 5.1.1"},
	    {421, "a\x1b[2Jb\x7f\n", "421 a [2Jb"},
	    {421, "\xc3\xa4\xc2\x85\xe4\n", "421 \xc3\xa4 \xef\xbf\xbd"},
	    {421, "no line end", "421 no line end"},
	};
	GString *text = g_string_new("something before");

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		courier_answer_quote(text, cases[i].code, cases[i].lines);
		assert_string_equal(text->str, cases[i].text);
	}
	g_string_free(text, TRUE);
}

/* 500 octets at most, and no character cut in two. */
static void length(void **state)
{
	static const char *const units[] = {
	    "x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x93\xa8", "\xff"};
	GString *text = g_string_new(NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		for (size_t before = 0; before < 4; before++) {
			GString *lines = g_string_new(NULL);

			for (size_t k = 0; k < before; k++)
				g_string_append_c(lines, 'y');
			while (lines->len < 3000)
				g_string_append(lines, units[i]);
			courier_answer_quote(text, 250, lines->str);
			assert_in_range(text->len, 497, 500);
			assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
			g_string_free(lines, TRUE);
		}
	}
	g_string_free(text, TRUE);
}

static void many_lines(void **state)
{
	GString *text = g_string_new(NULL);
	GString *lines = g_string_new(NULL);

	(void)state;
	for (int i = 0; i < 20000; i++)
		g_string_append(lines, "5.0.0 a\n");
	courier_answer_quote(text, 550, lines->str);
	assert_int_equal(text->len, 499); /* a blank at the end goes */
	assert_true(g_str_has_prefix(text->str, "550 5.0.0 a a a a"));
	g_string_free(lines, TRUE);
	g_string_free(text, TRUE);
}

static void say(void **state)
{
	GString *text = g_string_new("something before");

	(void)state;
	courier_answer_say(text, "%s: %d octets\n", "a\tb", 7);
	assert_string_equal(text->str, "a b: 7 octets");
	courier_answer_say(text, "%s", "");
	assert_string_equal(text->str, "");
	g_string_free(text, TRUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quote),
	    cmocka_unit_test(length),
	    cmocka_unit_test(many_lines),
	    cmocka_unit_test(say),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
