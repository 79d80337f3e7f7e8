/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/rtf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib.h>

static const struct {
	const char *name;
	const char *rtf;
	const char *text;
} cases[] = {
    /* clang-format off */
	{"nothing", "", ""},
	{"words", "{\\rtf1\\ansi Hallo\\par Welt\\line zwei\\tab drei}", "Hallo\nWelt\nzwei\tdrei"},
	{"line ends are nothing", "{\\rtf1 Hal\r\nlo}", "Hallo"},
	{"left out", "{\\rtf1{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red0;}{\\*\\generator x;}{\\pict 00ff}a}", "a"},
	{"escapes", "{\\rtf1 \\{a\\}\\\\b\\~c\\_d\\-e}", "{a}\\b c-de"},
	{"windows-1252", "{\\rtf1\\ansi\\ansicpg1252 f\\'fcr 5 \\'80}", "für 5 €"},
	{"windows-1251", "{\\rtf1\\ansicpg1251 \\'c4\\'e0}", "Да"},
	{"two octets a character", "{\\rtf1\\ansicpg936 \\'d6\\'ec}", "朱"},
	{"Unicode", "{\\rtf1 h\\u228?ngt \\u-10179?\\u-8704?}", "hängt 😀"},
	{"Unicode with longer fallbacks", "{\\rtf1\\uc2 a\\u8364EURb}", "a€Rb"},
	{"quotes and dashes", "{\\rtf1 \\ldblquote a\\rdblquote  \\endash  \\bullet}", "“a” – •"},
	{"binary", "{\\rtf1 a\\bin3 }}}b}", "ab"},
	{"binary beyond the end", "{\\rtf1 a\\bin99999 x}", "a"},
	{"half an escape", "{\\rtf1 a\\'f", "af"},
	{"a backslash at the end", "{\\rtf1 a\\", "a"},
	{"braces too many", "}}{\\rtf1 a}}b", "ab"},
	{"cells", "{\\rtf1 a\\cell b\\cell\\row c}", "a\tb\t\nc"},
	{"from HTML", "{\\rtf1\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf \\par\\htmlrtf0 a {\\*\\htmltag84 <b>}b"
	 "{\\*\\htmltag92 </b>}{\\*\\mhtmltag64 <i>}{\\*\\htmltag72 </p>}{\\*\\htmltag64 <p>}\\'fc{\\*\\htmltag84 &lt;}}", "a b\n\nü<\n"},
    /* clang-format on */
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = rtf_text(cases[i].rtf, strlen(cases[i].rtf));

		print_message("# %s\n", cases[i].name);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_bounds(void **state)
{
	static const char *const pieces[] = {"{", "}", "{\\u228?", "\\par", "a", "\\'fc", "\\*\\x"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) rtf = g_string_new("{\\rtf1 Neu\\par ");
		g_autofree char *text = NULL;

		while (rtf->len < 8000000)
			g_string_append(rtf, pieces[i]);
		text = rtf_text(rtf->str, rtf->len);
		assert_true(g_str_has_prefix(text, "Neu\n"));
		assert_true(strlen(text) < 3000000);
		assert_true(g_utf8_validate(text, -1, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/rtf", tests, NULL, NULL);
}
