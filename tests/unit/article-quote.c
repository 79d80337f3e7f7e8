/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/quote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib.h>

static const struct {
	const char *name;
	const char *text;
	const char *folded;
} cases[] = {
    /* clang-format off */
	{"plain", "Guten Tag,\n\nder Eimer ist da.\n", "Guten Tag,\n\nder Eimer ist da.\n"},
	{"empty", "", ""},
	{"blank", "\n \n\n", ""},
	{"no line end", "Hallo", "Hallo\n"},
	{"empty lines", "\n\n\na\n \n\xc2\xa0\n\nb\n\n", "a\n\nb\n"},

	{"full quote below, Thunderbird",
	 "Danke, so machen wir es.\n\nAm 23.11.26 um 09:12 schrieb Petra Lehmann:\n> Die Kalkulation hängt an.\n>\n> Gruß\n",
	 "Danke, so machen wir es.\n"},
	{"full quote below, no introduction", "Danke.\n\n> Die Kalkulation hängt an.\n", "Danke.\n"},
	{"introduction on two lines",
	 "Danke.\n\nAm Mo., 23. Nov. 2026 um 09:12 Uhr schrieb Petra Lehmann\n<petra@stadt.example>:\n\n> Text\n",
	 "Danke.\n"},
	{"introduction on two lines, the verb on the second",
	 "Danke.\nAm Montag, den 23. November 2026, 09:12:33 CET\nschrieb Petra Lehmann:\n> Text\n", "Danke.\n"},
	{"name first", "Danke.\n\nPetra Lehmann schrieb am 23.11.2026:\n> Text\n", "Danke.\n"},
	{"English", "Thanks.\n\nOn Mon, Nov 23, 2026 at 9:12 AM Petra Lehmann\n<petra@stadt.example> wrote:\n\n> Text\n",
	 "Thanks.\n"},
	{"perfect tense", "Danke.\nPetra hat am 23.11. geschrieben:\n> Text\n", "Danke.\n"},
	{"what stands above an introduction",
	 "Am 3.12. komme ich nicht.\nPetra schrieb:\n> Wann kommst du?\n", "Am 3.12. komme ich nicht.\n"},
	{"a line with a colon that is no introduction", "Hier die Liste:\n> Eimer\n", "Hier die Liste:\n"},
	{"two quotations below each other",
	 "Ja.\n\nAm 23.11. schrieb Otto:\n> a\n\nAm 22.11. schrieb Petra:\n> b\n", "Ja.\n"},
	{"empty lines in the quotation", "Ja.\n\n> a\n\n> b\n>\n\n", "Ja.\n"},

	{"inline",
	 "Am 23.11.26 um 09:12 schrieb Petra:\n> Wie behandelt ihr Eckgrundstücke?\n> Und was ist mit Gehwegen?\n\n"
	 "Nur die längere Seite.\n\n> > alt\n> Wann gilt das?\n\nAb Januar.\n\n> Gruß\n> Petra\n",
	 "> Und was ist mit Gehwegen?\n\nNur die längere Seite.\n\n> Wann gilt das?\n\nAb Januar.\n"},
	{"a first line that says nothing", "> \n> --\n>   > Otto schrieb:\n>Text\nJa.\n", "> Text\nJa.\n"},
	{"a quotation of nothing", ">\n> ***\nJa.\n", "Ja.\n"},

	{"signature", "Ja.\n\n-- \nOtto Beispiel\nStadt Musterau\n", "Ja.\n"},
	{"two dashes alone", "Ja.\n--\nOtto\n", "Ja.\n"},
	{"two dashes between texts", "Ja.\n--\nDas war der erste Teil.\n", "Ja.\n--\nDas war der erste Teil.\n"},
	{"signature, then a full quote", "Ja.\n-- \nOtto\n\nAm 23.11. schrieb Petra:\n> Text\n> -- \n> Petra\n", "Ja.\n"},
	{"a signature before an inline answer", "Ja.\n-- \nOtto\n> Text\nDoch.\n", "Ja.\n\n> Text\nDoch.\n"},

	{"nothing but quotation", "\nAm 23.11. schrieb Petra:\n> a\n> b\n\n", "Am 23.11. schrieb Petra:\n> a\n> b\n"},
	{"nothing but a signature", "-- \nOtto\n", "-- \nOtto\n"},
	{"nothing but signature and quotation", "-- \nOtto\n> a\n> b\n", "-- \nOtto\n> a\n> b\n"},
    /* clang-format on */
};

static void test_fold(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *folded = quote_new(cases[i].text, NULL);

		print_message("# %s\n", cases[i].name);
		assert_string_equal(folded, cases[i].folded);
	}
}

/* What is folded already stays as it is, and a text of any shape takes linear time. */
static void test_hostile(void **state)
{
	static const char *const pieces[] = {">", ">\n", "x schrieb:\n>\n", "-- \n", "\n", "Am 1 ",
	    "> x schrieb:\n", "Am 1 schrieb:\n> x\n"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) text = g_string_new("Neu\n");
		g_autofree char *folded = NULL;
		g_autofree char *again = NULL;

		while (text->len < 1000000)
			g_string_append(text, pieces[i]);
		folded = quote_new(text->str, NULL);
		again = quote_new(folded, NULL);
		assert_string_equal(again, folded);
		assert_true(g_str_has_prefix(folded, "Neu\n"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/quote", tests, NULL, NULL);
}
