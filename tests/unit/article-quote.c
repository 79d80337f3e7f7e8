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

	{"a formula and a name", "Ja.\n\nBeste Grüße aus Brunnthal\nClaudia Ehlert\n", "Ja.\n"},
	{"a formula that says more", "Ja.\n\nPasst. Gruß Otto\n", "Ja.\n\nPasst. Gruß Otto\n"},
	{"a greeting to somebody else", "Ja.\n\nGrüße bitte auch Frau Meier von mir.\n", "Ja.\n\nGrüße bitte auch Frau Meier von mir.\n"},
	{"a wish and a name", "Ja.\n\nBis morgen.\n\nEinen schönen Tag wünscht\nOtto\n", "Ja.\n\nBis morgen.\n"},
	{"a wish that says more", "Ja.\n\nEinen späteren Termin wünscht\nOtto\n", "Ja.\n\nEinen späteren Termin wünscht\nOtto\n"},
	{"all who wish", "Ja.\n\nNeue Stühle wünschen alle\nOtto\n", "Ja.\n\nNeue Stühle wünschen alle\nOtto\n"},
	{"a formula that goes on", "Ja.\n\nWir warten noch.\nBis dann\nbin ich hier.\n", "Ja.\n\nWir warten noch.\nBis dann\nbin ich hier.\n"},
	{"a formula below an address", "Nein.\n\nBitte wenden Sie sich an kasse@stadt.example.\n\nGruß\nOtto\n",
	 "Nein.\n\nBitte wenden Sie sich an kasse@stadt.example.\n"},
	{"a list's footer", "Ja.\n\n____\nX mailing list -- x@l.example\nTo unsubscribe: x-leave@l.example\n", "Ja.\n"},
	{"a list is spoken of", "Ja.\n\n____\nDie Mailingliste x@l.example ist neu.\n", "Ja.\n\n____\nDie Mailingliste x@l.example ist neu.\n"},
	{"an answer below a block, no source", "Von: Petra <p@l.example>\nGesendet: 3.11.2026\nBetreff: Eimer\n\nWo ist er?\n\nHier.\n",
	 "Von: Petra <p@l.example>\nGesendet: 3.11.2026\nBetreff: Eimer\n\nWo ist er?\n\nHier.\n"},
	{"a formula that is told", "Ja. Das Muster endet so:\n\nViele Grüße\nOtto\n", "Ja. Das Muster endet so:\n\nViele Grüße\nOtto\n"},
	{"a remark behind a signature", "Ja.\n\nGruß\nOtto\nStadt Musterau\n\nDie Anlage folgt.\n", "Ja.\n\nDie Anlage folgt.\n"},
	{"an office wrote", "Ja.\n\nAm 3.11.2026 um 16:40 schrieb der Bürgermeister:\n\nEs gilt weiter.\n",
	 "Ja.\n\nAm 3.11.2026 um 16:40 schrieb der Bürgermeister:\n\nEs gilt weiter.\n"},
	{"a Polish introduction", "Ja.\n\npon., 23 lis 2026 o 09:12 Anna Kowalska <anna@x.example>\nnapisał(a):\n\n> Tekst\n", "Ja.\n"},

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

/* -- pieces -- */

#define SOURCE "Wie behandelt ihr Eckgrundstücke, und was ist mit Gehwegen der Stadt?\n"

static const struct {
	const char *name;
	const char *text;
	const char *pieces; /* "+2" new, "=1 rule" inline, "-3 rule" folded */
} read_cases[] = {
    /* clang-format off */
	{"nothing", "", ""},
	{"new", "a\n\nb\n", "+3"},
	{"marks", "Ja.\n\n> a\n> b\n", "+2, -2 quote"},
	{"an answer", "> a\n> b?\n\nJa.\n", "-1 quote, =2 quote, +1"},
	{"a source", "Ja.\n\n" SOURCE, "+2, -1 source"},
	{"a source in two lines", "Ja.\n\nWie behandelt ihr Eckgrund\xc2\xadstücke, und\nWAS ist mit „Gehwegen“ der Stadt?\n", "+2, -2 source"},
	{"a rule inside of a source", "Wie behandelt ihr Eckgrundstücke, und was ist\n  ---------------------------------------------------------\nmit Gehwegen der Stadt?\n\nJa.\n", "-2 source, =2 source, +1"},
	{"a source, marked", "> Wie behandelt ihr Eckgrundstücke\n\nJa.\n", "=2 source, +1"},
	{"seven words are no source", "Ja.\n\nWie behandelt ihr Eckgrundstücke, und was ist\n", "+3"},
	{"a source with a word more", "Ja.\n\nWie behandelt ihr Eckgrundstücke, und was ist mit Gehwegen der Stadt Musterau?\n", "+3"},
	{"attribution", "Ja.\nAm 3.11.26 um 09:12 schrieb Petra:\nText\n", "+1, -2 attribution"},
	{"header", "Ja.\nVon: Petra <p@x>\nGesendet: 3.11.\nAn: Otto\nBetreff: x\n\nText\n", "+1, -6 outlook-header"},
	{"signature and client", "Ja.\n\nVon meinem iPhone gesendet\n-- \nOtto\n", "+2, -1 client-line, -2 signature"},
    /* clang-format on */
};

static char *outline(const GArray *pieces)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < pieces->len; i++) {
		const struct quote_piece *piece = &g_array_index(pieces, struct quote_piece, i);

		g_string_append_printf(out, "%s%c%u%s%s", i > 0 ? ", " : "", "+=-"[piece->kind],
		    piece -> count, piece -> rule != NULL ? " " : "",
		    piece->rule != NULL ? piece->rule : "");
	}
	return g_string_free(out, FALSE);
}

static void test_pieces(void **state)
{
	const struct quote_known known = {.sources = (const char *const[]){SOURCE, NULL}};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(read_cases); i++) {
		g_autoptr(GArray) pieces = quote_read(read_cases[i].text, &known);
		g_autofree char *got = outline(pieces);

		print_message("# %s\n", read_cases[i].name);
		assert_string_equal(got, read_cases[i].pieces);
	}
}

/* -- signatures -- */

static const struct {
	const char *name;
	const char *letters[5];
	const char *tail; /* NULL: none */
} learn_cases[] = {
    /* clang-format off */
	{"three", {"a\n\nGruß\nOtto\n", "b\nGruß\nOtto\n", "c\n\nGruß\nOtto"}, "Gruß\nOtto\n"},
	{"two", {"a\nGruß\nOtto\n", "b\nGruß\nOtto\n", "c\n"}, NULL},
	{"above a quotation", {"a\nGruß\nOtto\n\n> x\n", "b\nGruß\nOtto\n", "c\nGruß\nOtto\n> y\n"}, "Gruß\nOtto\n"},
	{"too little", {"a\nDanke\n", "b\nDanke\n", "c\nDanke\n"}, NULL},
	{"something is said above", {"x y z\n", "x y z\n", "x y z\n"}, NULL},
	{"a question is no signature", {"a\nWas meint ihr?\nOtto Beispiel aus Musterau\n",
	    "b\nWas meint ihr?\nOtto Beispiel aus Musterau\n", "c\nWas meint ihr?\nOtto Beispiel aus Musterau\n"},
	    "Otto Beispiel aus Musterau\n"},
    /* clang-format on */
};

static void test_learn(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(learn_cases); i++) {
		unsigned count = 0;
		g_autoptr(GPtrArray) tails = NULL;

		while (learn_cases[i].letters[count] != NULL)
			count++;
		tails = quote_learn(learn_cases[i].letters, count);
		print_message("# %s\n", learn_cases[i].name);
		assert_int_equal(tails->len, learn_cases[i].tail != NULL);
		if (tails->len > 0)
			assert_string_equal(tails->pdata[0], learn_cases[i].tail);
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
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_learn),
	    cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/quote", tests, NULL, NULL);
}
