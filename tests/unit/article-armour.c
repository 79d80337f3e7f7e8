/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/armour.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib.h>

#define SIGNED "-----BEGIN PGP SIGNED MESSAGE-----\n"
#define SIGNATURE "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
#define MESSAGE "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n"

static const struct {
	const char *name;
	const char *text;
	const char *shown;
} cases[] = {
    /* clang-format off */
	{"none", "Hallo\n", "Hallo\n"},
	{"nothing", "", ""},
	{"signed", SIGNED "Hash: SHA512\n\nHallo\n\nWelt\n" SIGNATURE, "Hallo\n\nWelt\n"},
	{"signed, with text around it", "vorn\n" SIGNED "\nHallo\n" SIGNATURE "hinten\n", "vorn\nHallo\nhinten\n"},
	{"dashes (RFC 9580 section 7.1)", SIGNED "\n- -- \n- - a\n-b\n" SIGNATURE, "-- \n- a\n-b\n"},
	{"twice", SIGNED "\na\n" SIGNATURE SIGNED "\nb\n" SIGNATURE, "a\nb\n"},
	{"encrypted", "vorn\n" MESSAGE "hinten", "vorn\n(zu)\nhinten"},
	{"key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nx\n-----END PGP PUBLIC KEY BLOCK-----\nHallo\n", "Hallo\n"},
	{"no end", SIGNED "\nHallo\n", SIGNED "\nHallo\n"},
	{"no empty line", SIGNED "Hallo\n" SIGNATURE "hinten\n", "hinten\n"},
	{"a signature without its end", SIGNED "\na\n-----BEGIN PGP SIGNATURE-----\n", SIGNED "\na\n-----BEGIN PGP SIGNATURE-----\n"},
	{"quoted", "> " MESSAGE, "> " MESSAGE},
    /* clang-format on */
};

static void test_strip(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *shown = armour_strip(cases[i].text, "(zu)");

		print_message("# %s\n", cases[i].name);
		assert_string_equal(shown, cases[i].shown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_strip)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/armour", tests, NULL, NULL);
}
