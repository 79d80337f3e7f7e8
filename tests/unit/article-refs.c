/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/refs.h"

static char *joined(GPtrArray *ids)
{
	g_ptr_array_add(ids, NULL);
	return g_strjoinv(" ", (char **)ids->pdata);
}

static const struct {
	const char *name;
	const char *value;
	const char *ids;
} values[] = {
    /* clang-format off */
	{"usual", "<a@x> <b@x>", "<a@x> <b@x>"},
	{"no blank", "<a@x><b@x>", "<a@x> <b@x>"},
	{"folds", "<a@x>\r\n <b@x>\r\n\t<c@x>", "<a@x> <b@x> <c@x>"},
	{"fold in an id", "<a\r\n @x> <b@x>", "<a@x> <b@x>"},
	{"commas", "<a@x>,<b@x>", "<a@x> <b@x>"},
	{"repeated", "<a@x> <b@x> <a@x>", "<b@x> <a@x>"},
	{"text around (obsolete)", "Ihre Nachricht vom Montag <a@x>", "<a@x>"},
	{"comment", "<a@x> (siehe <b@x>) <c@x>", "<a@x> <c@x>"},
	{"nested comment", "(a (<b@x>) \\) <c@x>) <d@x>", "<d@x>"},
	{"comment without end", "( <a@x> <b@x>", "<a@x> <b@x>"},
	{"quoted string", "\"Jan <jan@x>\" schrieb <a@x>", "<a@x>"},
	{"quotation mark without end", "\" <a@x>", "<a@x>"},
	{"brackets of a comment in an id", "<a(b@x> <c)d@x>", "<a(b@x> <c)d@x>"},
	{"encoded as a whole", "=?utf-8?Q?=3Ca=40x=3E_=3Cb=40x=3E?=", "<a@x> <b@x>"},
	{"id cut between encoded words", "=?utf-8?Q?=3Ca=2E?=\r\n =?utf-8?Q?b=40x=3E?= <c@x>", "<a.b@x> <c@x>"},
	{"not closed", "<a@x> <b@x", "<a@x>"},
	{"cut off in the middle", "<a@x <b@x>", "<b@x>"},
	{"cut off in a fold", "<a@\r\n <b@x> <c@x>", "<b@x> <c@x>"},
	{"cut off at the front", "a@x> <b@x>", "<b@x>"},
	{"open bracket within", "<<a@x> <b<c@x>", "<<a@x> <b<c@x>"},
	{"no brackets", "a@x b@x", "<a@x> <b@x>"},
	{"no brackets, folded, with commas", "a@x,\r\n\tb@x", "<a@x> <b@x>"},
	{"no brackets, encoded", "=?utf-8?Q?a=40x?=", "<a@x>"},
	{"no brackets, a sentence with an address", "Message from a@x of Tuesday", ""},
	{"no brackets beside some", "a@x <b@x>", "<b@x>"},
	{"a sentence of old programs", "Your message of \"Tue, 3 Nov 2026 09:12:00 +0100.\" <a@x>", "<a@x>"},
	{"8-bit in an id", "<\xe4@x> <b@x>", "<\xc3\xa4@x> <b@x>"},
	{"empty ids", "<> < > <a@x>", "<a@x>"},
	{"odd ids", "<a@b@x> <abc>", "<a@b@x> <abc>"},
	{"empty", "", ""},
	{"none", "Montag", ""},
    /* clang-format on */
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autoptr(GPtrArray) ids = refs_parse(values[i].value, strlen(values[i].value));
		g_autofree char *text = joined(ids);

		print_message("# %s\n", values[i].name);
		assert_string_equal(text, values[i].ids);
	}
}

static void test_many(void **state)
{
	g_autoptr(GString) value = g_string_new(NULL);
	g_autoptr(GPtrArray) ids = NULL;

	(void)state;
	for (int i = 0; i < 50000; i++)
		g_string_append_printf(value, "<%d@x> ", i);
	g_string_append_c(value, '<');
	for (int i = 0; i < 1000; i++)
		g_string_append_c(value, 'x');
	g_string_append(value, "> ");
	ids = refs_parse(value->str, value->len);
	assert_int_equal(ids->len, REFS_MAX);
	assert_string_equal(ids->pdata[0], "<49900@x>");
	assert_string_equal(ids->pdata[REFS_MAX - 1], "<49999@x>");
}

/* A megabyte of whatever costs no more than a megabyte of ids, and ends. */
static void test_megabytes(void **state)
{
	static const char *const pieces[] = {"<a@x> ", "<a@x ", "<", "<<a@x", "(<a@x> ", "a@x ",
	    "\"<a@x>", "=?utf-8?Q?<a=40x>?= ", "(a)"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) value = g_string_new(NULL);
		g_autoptr(GPtrArray) ids = NULL;

		while (value->len < 1024 * 1024)
			g_string_append(value, pieces[i]);
		print_message("# %s\n", pieces[i]);
		ids = refs_parse(value->str, value->len);
		assert_true(ids->len <= 1);
	}
}

static const struct {
	const char *name;
	const char *head;
	const char *ids;
} heads[] = {
    /* clang-format off */
	{"neither", "Subject: x\r\n", ""},
	{"nearest first", "References: <a@x> <b@x>\r\n", "<b@x> <a@x>"},
	{"both", "In-Reply-To: <c@x>\r\nReferences: <a@x> <b@x>\r\n", "<b@x> <a@x> <c@x>"},
	{"the same in both", "References: <a@x> <b@x>\r\nIn-Reply-To: <b@x>\r\n", "<b@x> <a@x>"},
	{"In-Reply-To alone, two", "In-Reply-To: <b@x> <a@x>\r\n", "<b@x> <a@x>"},
	{"self", "References: <a@x> <self@x>\r\nIn-Reply-To: <self@x>\r\n", "<a@x>"},
	{"twice, the first empty", "References:\r\nReferences: <a@x>\r\nReferences: <b@x>\r\n", "<a@x>"},
	{"itself alone", "References: <self@x>\r\nIn-Reply-To: <a@x>\r\n", "<a@x>"},
	{"In-Reply-To with a sentence", "In-Reply-To: Ihre Nachricht von a@x\r\nReferences: <b@x>\r\n", "<b@x>"},
	{"In-Reply-To without brackets", "In-Reply-To: a@x\r\n", "<a@x>"},
	{"empty", "References:\r\nIn-Reply-To: \r\n", ""},
    /* clang-format on */
};

static void test_candidates(void **state)
{
	struct header header;

	(void)state;
	header_init(&header);
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		g_autoptr(GPtrArray) ids = NULL;
		g_autofree char *text = NULL;

		print_message("# %s\n", heads[i].name);
		assert_true(header_scan(&header, heads[i].head, strlen(heads[i].head), NULL));
		ids = refs_candidates(&header, "<self@x>");
		text = joined(ids);
		assert_string_equal(text, heads[i].ids);
	}
	header_clear(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_megabytes),
	    cmocka_unit_test(test_candidates),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/refs", tests, NULL, NULL);
}
