/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/header.h"
#include "base/err.h"

/* What a scan finds, as one line: `Name=value|` for each field, `!line|` for what is none. */
static const struct {
	const char *name;
	const char *bytes;
	const char *found;
	const char *body;
} scans[] = {
    /* clang-format off */
	{"usual", "From: a@b\r\nSubject: Eimer\r\n\r\nHallo\r\n", "From=a@b|Subject=Eimer|", "Hallo\r\n"},
	{"bare LF", "From: a@b\nSubject: Eimer\n\nHallo\n", "From=a@b|Subject=Eimer|", "Hallo\n"},
	{"fold", "Subject: eins\r\n zwei\r\n\tdrei\r\n\r\n", "Subject=eins\r\n zwei\r\n\tdrei|", ""},
	{"fold of blanks alone", "Subject: eins\r\n \r\n\r\nx", "Subject=eins\r\n |", "x"},
	{"no blank behind colon", "Subject:eins\r\n\r\n", "Subject=eins|", ""},
	{"many blanks", "Subject: \t eins \r\n\r\n", "Subject=eins |", ""},
	{"empty value", "Subject:\r\nTo: \r\n\r\n", "Subject=|To=|", ""},
	{"no empty line", "Subject: eins\r\n", "Subject=eins|", ""},
	{"no line end", "Subject: eins", "Subject=eins|", ""},
	{"CR at the end", "Subject: eins\r", "Subject=eins\r|", ""},
	{"nothing", "", "", ""},
	{"body alone", "\r\nHallo\r\n", "", "Hallo\r\n"},
	{"mbox line", "From a@b Mon Nov 23\r\nTo: c@d\r\n\r\n", "!From a@b Mon Nov 23|To=c@d|", ""},
	{"blank before colon", "Subject : x\r\n\r\n", "!Subject : x|", ""},
	{"no colon", "Unsinn\r\n folgt\r\nTo: c@d\r\n\r\n", "!Unsinn\r\n folgt|To=c@d|", ""},
	{"no name", ": x\r\n\r\n", "!: x|", ""},
	{"8-bit name", "Betr\xe4" "ff: x\r\n\r\n", "!Betr\xe4" "ff: x|", ""},
	{"fold first", " x\r\nTo: c@d\r\n\r\n", "! x|To=c@d|", ""},
	{"CR within", "Subject: a\rb\r\n\r\n", "Subject=a\rb|", ""},
	{"empty line with CR twice", "To: a\r\n\r\r\nx", "To=a|!\r|!x|", ""},
    /* clang-format on */
};

static void test_scan(void **state)
{
	struct header header;

	(void)state;
	header_init(&header);
	for (size_t i = 0; i < G_N_ELEMENTS(scans); i++) {
		g_autoptr(GString) found = g_string_new(NULL);

		print_message("# %s\n", scans[i].name);
		assert_true(header_scan(&header, scans[i].bytes, strlen(scans[i].bytes), NULL));
		for (unsigned k = 0; k < header.fields->len; k++) {
			struct field *field = &g_array_index(header.fields, struct field, k);

			if (field->name == NULL)
				g_string_append_c(found, '!');
			else
				g_string_append_len(found, field->name, (gssize)field->name_size);
			g_string_append(found, field->name == NULL ? "" : "=");
			g_string_append_len(found, field->value, (gssize)field->value_size);
			g_string_append_c(found, '|');
		}
		assert_string_equal(found->str, scans[i].found);
		assert_string_equal(header.bytes + header.body, scans[i].body);
		assert_true(header.head_size <= header.body);
	}
	header_clear(&header);
	header_clear(&header);
}

static void test_limits(void **state)
{
	g_autoptr(GString) many = g_string_new(NULL);
	g_autoptr(GString) big = g_string_new("X: ");
	g_autoptr(GError) error = NULL;
	struct header header;

	(void)state;
	header_init(&header);
	for (unsigned i = 0; i < HEADER_FIELDS_MAX; i++)
		g_string_append(many, "X: y\r\n");
	assert_true(header_scan(&header, many->str, many->len, NULL));
	g_string_append(many, "X: y\r\n");
	assert_false(header_scan(&header, many->str, many->len, &error));
	assert_int_equal(err_code(error), ERR_LIMIT);
	g_clear_error(&error);
	while (big->len < HEADER_SIZE_MAX)
		g_string_append(big, "0123456789\r\n ");
	assert_false(header_scan(&header, big->str, big->len, &error));
	assert_int_equal(err_code(error), ERR_LIMIT);
	/* the body has no such limit */
	g_string_prepend(big, "X: y\r\n\r\n");
	assert_true(header_scan(&header, big->str, big->len, NULL));
	assert_int_equal(header.body, 8);
	header_clear(&header);
}

static void test_find(void **state)
{
	static const char bytes[] =
	    "To: eins\r\nkein Feld\r\nCc: x\r\ntO: zwei\r\n\r\nTo: drei\r\n";
	const struct field *field;
	struct header header;

	(void)state;
	header_init(&header);
	assert_true(header_scan(&header, bytes, strlen(bytes), NULL));
	field = header_find(&header, "TO");
	assert_non_null(field);
	assert_memory_equal(field->value, "eins", 4);
	assert_true(field_is(field, "to"));
	assert_false(field_is(field, "t"));
	field = header_find_next(&header, field);
	assert_non_null(field);
	assert_memory_equal(field->value, "zwei", 4);
	assert_null(header_find_next(&header, field));
	assert_null(header_find(&header, "Bcc"));
	assert_null(header_find(&header, ""));
	header_clear(&header);
}

static const struct {
	const char *name;
	const char *value;
	size_t size;
	const char *unfolded;
	bool clean;
} values[] = {
    /* clang-format off */
	{"plain", "eins zwei", 9, "eins zwei", true},
	{"fold", "eins\r\n zwei", 11, "eins zwei", true},
	{"fold with TAB", "eins\r\n\tzwei", 11, "eins zwei", true},
	{"fold with LF", "eins\n zwei", 10, "eins zwei", true},
	{"TAB", "eins\tzwei", 9, "eins zwei", true},
	{"NUL", "eins\0zwei", 9, "eins zwei", false},
	{"CR", "eins\rzwei", 9, "eins zwei", false},
	{"8-bit", "Gr\xfc\xdf" "e", 5, "Gr\xfc\xdf" "e", false},
	{"empty", "", 0, "", false},
	{"blanks alone", " \t ", 3, "", false},
	{"first line empty", "\r\n zwei", 7, "zwei", false},
	{"fold of blanks alone", "eins\r\n \r\n zwei", 14, "eins  zwei", false},
	{"ends in a fold", "eins\r\n ", 7, "eins", false},
	{"DEL", "a\x7f" "b", 3, "a b", false},
    /* clang-format on */
};

static void test_value(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		struct field field = {.value = values[i].value, .value_size = values[i].size};
		g_autofree char *text = field_unfolded(&field);

		print_message("# %s\n", values[i].name);
		assert_string_equal(text, values[i].unfolded);
		assert_int_equal(field_is_clean(&field), values[i].clean);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scan),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_value),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/header", tests, NULL, NULL);
}
