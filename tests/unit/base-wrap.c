/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/columns.h"

struct example {
	const char *name;
	const char *text;
	const char
	    *wrapped; /* to 30 columns; a line that is joined to the one above: "~" in front */
};

/* clang-format off */
static const struct example examples[] = {
    {"nothing", "", ""},
    {"a line", "Guten Morgen", "Guten Morgen\n"},
    {"empty lines stay", "\na\n\nb\n", "\na\n\nb\n"},
    {"line ends of all kinds", "a\r\nb\rc\vd\fe\xc2\x85" "f\u2028g\n", "a\nb\nc\nd\ne\nf\ng\n"},
    {"control characters", "a\001b\x7f" "c\xc2\x90" "d", "a b c d\n"},
    {"not UTF-8", "gr\xfc\xdf", "gr\ufffd\ufffd\n"},
    {"blanks at the end", "a  \t\nb ", "a\nb\n"},

    {"words", "Die Kehrmaschine kommt am Montag erst gegen neun Uhr.",
	"Die Kehrmaschine kommt am\nMontag erst gegen neun Uhr.\n"},
    {"the room's last column", "123456789 123456789 1234567890 b",
	"123456789 123456789 1234567890\nb\n"},
    {"one more", "123456789 123456789 1234567890b b", "123456789 123456789\n1234567890b b\n"},
    {"two blanks behind a sentence", "Es ist gut.  Wir sehen uns am Montag wieder.",
	"Es ist gut.  Wir sehen uns am\nMontag wieder.\n"},
    {"indented", "   Die Kehrmaschine kommt am Montag vorbei.",
	"   Die Kehrmaschine kommt am\n   Montag vorbei.\n"},
    {"indented beyond the middle", "                     Die Kehrmaschine kommt am Montag.",
	"Die Kehrmaschine kommt am\nMontag.\n"},
    {"wide characters", "会議会議会議会議会議会議会議会議会議",
	"会議会議会議会議会議会議会議会\n議会議\n"},
    {"a word without an end", "a 12345678901234567890123456789012345 b",
	"a\n123456789012345678901234567890\n12345 b\n"},

    {"URL", "Siehe https://www.example.org/satzung/strassenreinigung bitte",
	"Siehe\nhttps://www.example.org/satzung/strassenreinigung\nbitte\n"},
    {"address", "Siehe strassenreinigung@stadt-musterau.example.org",
	"Siehe\nstrassenreinigung@stadt-musterau.example.org\n"},
    {"path", "\\\\server\\freigabe\\satzungen\\2026\\entwurf.docx",
	"\\\\server\\freigabe\\satzungen\\2026\\entwurf.docx\n"},

    {"list", "- Die Kehrmaschine kommt am Montag\n- nur werktags",
	"- Die Kehrmaschine kommt am\n~  Montag\n- nur werktags\n"},
    {"list with numbers", "12. Die Kehrmaschine kommt am Montag",
	"12. Die Kehrmaschine kommt am\n~    Montag\n"},
    {"list with letters", "a) Die Kehrmaschine kommt am Montag",
	"a) Die Kehrmaschine kommt am\n~   Montag\n"},
    {"list in brackets", "(2) Die Kehrmaschine kommt am Montag",
	"(2) Die Kehrmaschine kommt am\n~    Montag\n"},
    {"bullets, with a tab", "•\tDie Kehrmaschine kommt am Montag",
	"•       Die Kehrmaschine kommt\n~        am Montag\n"},
    {"list in a list", "- a\n  - Die Kehrmaschine kommt am Montag",
	"- a\n  - Die Kehrmaschine kommt am\n~    Montag\n"},
    {"an item's own lines", "- a\n  b\n\n  c\n- d\ne\n  f",
	"- a\n~  b\n\n  c\n- d\ne\n  f\n"},
    {"no list", "-5 Grad\nz. B. so\n1.000 Euro\n...\n", "-5 Grad\nz. B. so\n1.000 Euro\n...\n"},

    {"wrapped at more columns",
	"Die Kehrmaschine kommt am Montag\nerst gegen neun Uhr, sagt der\nBauhof.\n\nGruß",
	"Die Kehrmaschine kommt am\nMontag erst gegen neun Uhr,\nsagt der Bauhof.\n\nGruß\n"},
    {"a line that ended by itself stays", "Die Kehrmaschine kommt am Montag.\nMit Gruß\nJ. Grün",
	"Die Kehrmaschine kommt am\nMontag.\nMit Gruß\nJ. Grün\n"},
    {"an item wrapped at more columns",
	"- Die Kehrmaschine kommt am Montag\n  schon gegen neun Uhr.\n- Gruß",
	"- Die Kehrmaschine kommt am\n~  Montag schon gegen neun Uhr.\n- Gruß\n"},
    {"wrapped nowhere",
	"Die Kehrmaschine kommt am Montag erst gegen neun Uhr, sagt der Bauhof, und am Dienstag um zehn.\n"
	"Gruß\n",
	"Die Kehrmaschine kommt am\nMontag erst gegen neun Uhr,\nsagt der Bauhof, und am\n"
	"Dienstag um zehn.\nGruß\n"},

    {"table", "Klasse   Häufigkeit   Gebühr je Meter\nA        wöchentlich  2,10",
	"Klasse   Häufigkeit   Gebühr je Meter\nA        wöchentlich  2,10\n"},
    {"table with tabs", "Klasse\tHäufigkeit\tGebühr je Meter",
	"Klasse  Häufigkeit      Gebühr je Meter\n"},
    {"table with bars", "| Klasse | Häufigkeit | Gebühr je Meter |",
	"| Klasse | Häufigkeit | Gebühr je Meter |\n"},

    {"quoted", "> Die Kehrmaschine kommt am Montag vorbei",
	"> Die Kehrmaschine kommt am\n~> Montag vorbei\n"},
    {"quoted twice", "> > Die Kehrmaschine kommt am Montag",
	"> > Die Kehrmaschine kommt am\n~> > Montag\n"},
    {"quoted beyond the middle", ">>>>>>>>>>>>>>>>>>>>>> Die Kehrmaschine",
	">>>>>>>>>>>>>>>>>>>>>> Die\n~Kehrmaschine\n"},
};
/* clang-format on */

static void wraps(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		g_autoptr(GPtrArray) lines = wrap_text(examples[i].text, 30);
		g_autofree char *plain = wrap_string(examples[i].text, 30);
		g_autoptr(GString) marked = g_string_new(NULL);
		g_autoptr(GString) unmarked = g_string_new(NULL);

		for (unsigned k = 0; k < lines->len; k++) {
			const struct wrap_line *line = lines->pdata[k];

			g_string_append_printf(
			    marked, "%s%s\n", line->joined ? "~" : "", line->text);
			g_string_append_printf(unmarked, "%s\n", line->text);
		}
		if (strcmp(marked->str, examples[i].wrapped) != 0)
			fail_msg("%s: <%s>, not <%s>", examples[i].name, marked->str,
			    examples[i].wrapped);
		assert_string_equal(plain, unmarked->str);
	}
}

/* No text makes a line too long, drops a letter, or lets a control character through. */
static void bounded(void **state)
{
	static const char *const units[] = {"x", "x ", "ä", "🙂", "a\u0308\u0308\u0308\u0308",
	    "会", "|", "a  b", "- ", ">", "> x ", "\t", " ", "https://", "a@b", "שלום ", "\r",
	    "\x01", "1. ", "(a) ", "\\", "\u202e", "\xf0\x9f"};
	static const size_t rooms[] = {10, 57, 69};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		g_autoptr(GString) text = g_string_new(NULL);

		for (unsigned k = 0; k < 10000; k++)
			g_string_append(text, units[i]);
		for (size_t k = 0; k < G_N_ELEMENTS(rooms); k++) {
			g_autoptr(GPtrArray) lines = wrap_text(text->str, rooms[k]);
			size_t letters = 0;

			for (unsigned n = 0; n < lines->len; n++) {
				const struct wrap_line *line = lines->pdata[n];

				assert_true(strlen(line->text) <= WRAP_OCTETS_MAX);
				assert_true(g_utf8_validate(line->text, -1, NULL));
				assert_null(strpbrk(line->text, "\r\n\t\x01"));
				for (const char *at = line->text; *at != '\0'; at++)
					letters += *at == 'x';
			}
			if (strchr(units[i], 'x') != NULL)
				assert_int_equal(letters, 10000);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wraps),
	    cmocka_unit_test(bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/wrap", tests, NULL, NULL);
}
