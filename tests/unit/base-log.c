/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <glib.h>

/* What one line with this text as its field "key" looks like on stderr. */
static char *logged(enum log_level level, const char *text)
{
	const struct log_field fields[] = {log_text("key", text), log_number("n", -7), {NULL}};
	const int saved = dup(STDERR_FILENO);
	char line[2048];
	int ends[2];
	ssize_t size;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_write(level, "tried", fields);
	dup2(saved, STDERR_FILENO);
	size = read(ends[0], line, sizeof(line));
	close(saved);
	close(ends[0]);
	close(ends[1]);
	assert_true(size > 0 && line[size - 1] == '\n');
	return g_strndup(line, (size_t)size - 1);
}

static void lines(void **state)
{
	static const struct {
		enum log_level level;
		const char *text;
		const char *line;
	} cases[] = {
	    {LOG_LEVEL_NOTICE, "<a@b.example>", "role=news event=tried key=<a@b.example> n=-7"},
	    {LOG_LEVEL_WARNING, "a b", "role=news event=tried key=\"a b\" n=-7 level=warning"},
	    {LOG_LEVEL_ERROR, NULL, "role=news event=tried key=\"\" n=-7 level=error"},
	    {LOG_LEVEL_NOTICE, "a\"\\", "role=news event=tried key=\"a\\\"\\\\\" n=-7"},
	    {LOG_LEVEL_NOTICE, "a\r\nrole=x", "role=news event=tried key=\"a  role=x\" n=-7"},
	    {LOG_LEVEL_NOTICE, "a=b", "role=news event=tried key=\"a=b\" n=-7"},
	    {LOG_LEVEL_NOTICE, "\xff", "role=news event=tried key=\"\xef\xbf\xbd\" n=-7"},
	};

	(void)state;
	log_open("news", 0);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = logged(cases[i].level, cases[i].text);

		assert_string_equal(line, cases[i].line);
	}
}

/* 400 octets at most, and no torn character. */
static void cuts(void **state)
{
	g_autofree char *plain = g_strnfill(500, 'x');
	g_autofree char *odd = g_strnfill(399, 'x');
	g_autofree char *torn = g_strconcat(odd, "\xc3\xa4", NULL);
	g_autofree char *cut = logged(LOG_LEVEL_NOTICE, plain);
	g_autofree char *whole = logged(LOG_LEVEL_NOTICE, torn);

	(void)state;
	assert_int_equal(strspn(strchr(cut, 'x'), "x"), 400);
	assert_int_equal(strspn(strchr(whole, 'x'), "x"), 399);
	assert_non_null(strstr(whole, "x\" n=-7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(cuts),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
