/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/overview.h"

/* RFC 3977 section 8.3.2 */
static const struct {
	const char *name;
	const char *head;
	size_t size; /* 0: of the string */
	const char *line;
} cases[] = {
    /* clang-format off */
	{"all", "Xref: h g:1\r\nReferences: <r@x>\r\nMessage-ID: <a@x>\r\nDate: D\r\nFrom: F\r\nSubject: S\r\nTo: T\r\n", 0,
		"\tS\tF\tD\t<a@x>\t<r@x>\t321\t5\tXref: h g:1\r\n"},
	{"no references", "Subject: S\r\nFrom: F\r\nDate: D\r\nMessage-ID: <a@x>\r\nXref: h g:1\r\n", 0,
		"\tS\tF\tD\t<a@x>\t\t321\t5\tXref: h g:1\r\n"},
	{"nothing", "", 0, "\t\t\t\t\t\t321\t5\t\r\n"},
	{"folds", "Subject: a\r\n b\r\n\tc\r\n", 0, "\ta b c\t\t\t\t\t321\t5\t\r\n"},
	{"TAB and control", "Subject: a\tb\001c\rd\r\n", 0, "\ta b c d\t\t\t\t\t321\t5\t\r\n"},
	{"NUL", "Subject: a\0b\r\n", 14, "\ta b\t\t\t\t\t321\t5\t\r\n"},
	{"blanks at the end", "Subject: a \t\r\n", 0, "\ta\t\t\t\t\t321\t5\t\r\n"},
	{"the first of two", "Subject: a\r\nsubject: b\r\n", 0, "\ta\t\t\t\t\t321\t5\t\r\n"},
    /* clang-format on */
};

static void test_append(void **state)
{
	struct header head;

	(void)state;
	header_init(&head);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		size_t size = cases[i].size == 0 ? strlen(cases[i].head) : cases[i].size;

		print_message("# %s\n", cases[i].name);
		assert_true(header_scan(&head, cases[i].head, size, NULL));
		overview_append(out, &head, 321, 5);
		assert_string_equal(out->str, cases[i].line);
		assert_int_equal(strlen(out->str), out->len);
	}
	header_clear(&head);
}

static void test_column(void **state)
{
	static const char line[] = "\tS\tF\tD\t<a@x>\t\t321\t5\tXref: h g:1\r\n";
	static const char *const columns[] = {"S", "F", "D", "<a@x>", "", "321", "5", "h g:1"};

	(void)state;
	for (unsigned i = 0; i < OVERVIEW_COLUMNS; i++) {
		size_t size;
		const char *column =
		    overview_column(line, strlen(line), (enum overview_column)i, &size);

		assert_int_equal(size, strlen(columns[i]));
		assert_memory_equal(column, columns[i], size);
		assert_string_equal(overview_column("", 0, (enum overview_column)i, &size), "");
		assert_int_equal(size, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_append),
	    cmocka_unit_test(test_column),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/overview", tests, NULL, NULL);
}
