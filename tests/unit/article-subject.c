/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "article/subject.h"

static const struct {
	const char *subject;
	const char *base;
	bool reply;
} subjects[] = {
    /* clang-format off */
	{"Winterdienst", "winterdienst", false},
	{"", "", false},
	{"Re: Winterdienst", "winterdienst", true},
	{"AW: Winterdienst", "winterdienst", true},
	{"Aw:AW: re:Winterdienst", "winterdienst", true},
	{"Antw: Winterdienst", "winterdienst", true},
	{"Antwort: Winterdienst", "winterdienst", true},
	{"SV: Winterdienst", "winterdienst", true},
	{"VS: Winterdienst", "winterdienst", true},
	{"RE[2]: Winterdienst", "winterdienst", true},
	{"Re(3): Winterdienst", "winterdienst", true},
	{"Re^2: Winterdienst", "winterdienst", true},
	{"Re : Winterdienst", "winterdienst", true},
	{"Re： Winterdienst", "winterdienst", true},
	{"WG: Winterdienst", "winterdienst", false},
	{"Fwd: Winterdienst", "winterdienst", false},
	{"FW: TR: Winterdienst", "winterdienst", false},
	{"WG: AW: Winterdienst", "winterdienst", false},
	{"AW: WG: Winterdienst", "winterdienst", true},
	{"[Bauhof] Winterdienst", "winterdienst", false},
	{"[Bauhof] AW: Winterdienst", "winterdienst", true},
	{"AW: [Bauhof] AW: Winterdienst", "winterdienst", true},
	{"[Bauhof][intern] AW: Winterdienst", "winterdienst", true},
	{"[Bauhof]", "[bauhof]", false},
	{"AW: [Bauhof]", "[bauhof]", true},
	{"AW: [Bauhof", "[bauhof", true},
	{"Winterdienst (fwd)", "winterdienst", false},
	{"Winterdienst (fwd) (FWD)", "winterdienst", false},
	{"[Fwd: AW: Winterdienst]", "winterdienst", false},
	{"Re:", "", true},
	{"AW: ", "", true},
	{"re:aw:AW:Re: Winterdienst", "winterdienst", true},
	{"RE[2]: Re[12]: Winterdienst", "winterdienst", true},
	{"AW (2): Winterdienst", "winterdienst", true},
	{"Re: [Liste] AW: Winterdienst", "winterdienst", true},
	{"[EXTERN] AW: Winterdienst", "winterdienst", true},
	{"AW: [EXTERN] Winterdienst", "winterdienst", true},
	{"AW : Winterdienst", "winterdienst", true},
	{"AW\xc2\xa0:\xc2\xa0Winterdienst", "winterdienst", true},
	{"AW\t:Winterdienst", "winterdienst", true},
	{"ANTW\xef\xbc\x9a Winterdienst", "winterdienst", true},
	{"RIF: Winterdienst", "winterdienst", true},
	{"Odp: Winterdienst", "winterdienst", true},
	{"Wtrlt: Antw: Winterdienst", "winterdienst", false},
	{"Weitergeleitet: Winterdienst", "winterdienst", false},
	{"Antwort: WG: Winterdienst", "winterdienst", true},
	{"(ohne Betreff)", "", false},
	{"AW: (ohne Betreff)", "", true},
	{"Re: (no subject)", "", true},
	{"(Kein Betreff)", "", false},
	{"<Kein Betreff>", "", false},
	{"no subject", "", false},
	{"[Bauhof] AW: kein Betreff", "", true},
	{"Kein Betreff n\xc3\xb6tig", "kein betreff n\xc3\xb6tig", false},
	{"Antworten: Fristen", "antworten: fristen", false},
	{"AW Winterdienst", "aw winterdienst", false},
	{"VSt: Winterdienst", "vst: winterdienst", false},
	{"Rede: Anfang", "rede: anfang", false},
	{"Re[x]: Winterdienst", "re[x]: winterdienst", false},
	{"Reform", "reform", false},
	{"Trasse: Bau", "trasse: bau", false},
	{"  Räum-  und\tStreuplan ", "räum- und streuplan", false},
	{"AW:\xc2\xa0Räumplan", "räumplan", true},
	{"AW: STRA\xc3\x9f" "E", "strasse", true},
	{"Ra\xcc\x88umplan", "räumplan", false},
	{"R\xe4um", "r\xef\xbf\xbdum", false},
    /* clang-format on */
};

static void test_subjects(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
		g_autofree char *base = subject_base(subjects[i].subject);

		print_message("# %s\n", subjects[i].subject);
		assert_string_equal(base, subjects[i].base);
		assert_int_equal(subject_is_reply(subjects[i].subject), subjects[i].reply);
	}
}

static void test_long(void **state)
{
	static const char *const pieces[] = {"(fwd)", "Re:", "[a]", "[fwd:", "Re[", "ä"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) subject = g_string_new(NULL);
		g_autofree char *base = NULL;

		while (subject->len < 500000)
			g_string_append(subject, pieces[i]);
		base = subject_base(subject->str);
		assert_true(strlen(base) < 5000);
		subject_is_reply(subject->str);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_subjects),
	    cmocka_unit_test(test_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/subject", tests, NULL, NULL);
}
