/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void widths(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} cases[] = {
	    {"", 0},
	    {"abc", 3},
	    {"Größe", 5},
	    {"Gro\xcc\x88\xc3\x9f"
	     "e",
		5}, /* an o and a diaeresis that combines */
	    {"会議", 4},
	    {"🙂", 2},
	    {"a\u200bb", 2}, /* a blank of no width */
	    {"שלום", 4},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_int_equal(columns_of(cases[i].text), cases[i].columns);
}

static void lines(void **state)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"Anna Beispiel", "Anna Beispiel"},
	    {"  Anna \t\r\n Beispiel\n", "Anna Beispiel"},
	    {"a\x01\x7f\xc2\x85z", "a z"},
	    {"a\u2028\u2029z", "a z"},
	    {"a\u00a0z", "a z"},
	    {"gpj.\u202egnp.exe", "gpj.gnp.exe"},
	    {"\u2067\u2069", ""},
	    {"a\xff", "a\ufffd"},
	    {"שלום", "שלום"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = columns_line(cases[i][0]);

		assert_string_equal(got, cases[i][1]);
	}
}

static void cuts(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *cut;
	} cases[] = {
	    {"", 10, ""},
	    {"Haushalt", 8, "Haushalt"},
	    {"Haushaltsplan", 8, "Haushal…"},
	    {"Haushalt und Kasse", 18, "Haushalt und Kasse"},
	    {"Haushalt und Kasse", 17, "Haushalt und…"},
	    {"Haushalt und Kasse", 13, "Haushalt und…"},
	    {"Haushalt und Kasse", 12, "Haushalt…"},
	    {"Haushalt: und", 10, "Haushalt…"},
	    {"a Haushaltsplan", 12, "a Haushalts…"},
	    {"会議会議", 8, "会議会議"},
	    {"会議会議", 7, "会議会…"},
	    {"会議会議", 6, "会議…"},
	    {"ab", 2, "ab"},
	    {"abc", 2, "a…"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = columns_cut(cases[i].text, cases[i].columns);

		assert_string_equal(got, cases[i].cut);
		assert_true(columns_of(got) <= cases[i].columns);
	}
}

/* What takes no columns takes characters. */
static void no_width(void **state)
{
	g_autoptr(GString) text = g_string_new("a");
	g_autofree char *cut = NULL;

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		g_string_append(text, "\u0308");
	cut = columns_cut(text->str, 30);
	assert_int_equal(g_utf8_strlen(cut, -1), 60);
	assert_true(g_utf8_validate(cut, -1, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(widths),
	    cmocka_unit_test(lines),
	    cmocka_unit_test(cuts),
	    cmocka_unit_test(no_width),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/columns", tests, NULL, NULL);
}
