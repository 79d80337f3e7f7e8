/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/wildmat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib.h>

static const struct {
	const char *wildmat;
	const char *text;
	bool matches;
} matches[] = {
    /* RFC 3977 section 4.2: the last pattern that matches decides */
    {"a*,!*b,*c*", "aaa", true},
    {"a*,!*b,*c*", "abb", false},
    {"a*,!*b,*c*", "ccb", true},
    {"a*,!*b,*c*", "xxx", false},
    /* section 4.3: ? is one character and not one octet */
    {"abc", "abc", true},
    {"abc", "abcd", false},
    {"abc", "ab", false},
    {"ABC", "abc", false},
    {"?", "\xc3\xa4", true},
    {"??", "\xc3\xa4", false},
    {"m?we", "m\xc3\xb6we", true},
    {"*\xc3\xb6*", "m\xc3\xb6we", true},
    {"?", "\xf0\x9f\x98\x80", true},
    {"?", "", false},
    {"*", "", true},
    {"*", "de.alles", true},
    {"**", "x", true},
    {"*?*", "", false},
    {"?*?", "ab", true},
    {"?*?", "a", false},
    {"de.*", "de.comp.text", true},
    {"de.*", "de", false},
    {"*.text", "de.text.text", true},
    {"*a*b", "xaxbxb", true},
    {"*a*b", "xaxbx", false},
    {"ab*ab", "ab", false},
    {"*,!de.*", "de.x", false},
    {"*,!de.*,de.x", "de.x", true},
    {"!*", "x", false},
    /* not UTF-8: no reading beyond the end */
    {"?", "\xf0", true},
    {"?", "\xf0\x9f", true},
};

static void matching(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(matches); i++) {
		if (wildmat_matches(matches[i].wildmat, matches[i].text) != matches[i].matches)
			fail_msg("\"%s\" on \"%s\"", matches[i].wildmat, matches[i].text);
	}
}

static const struct {
	const char *wildmat;
	bool valid;
} forms[] = {
    /* RFC 3977 section 4.1 */
    {"a", true},
    {"*", true},
    {"a*,!b?", true},
    {"m\xc3\xb6we.*", true},
    {"", false},
    {",", false},
    {"a,", false},
    {"a,!", false},
    {"a,,b", false},
    {"!a", false},
    {"a!b", false},
    {"a,!!b", false},
    {"a[b]", false},
    {"a\\*", false},
    {"a b", false},
    {"a\tb", false},
    {"a\x7f", false},
    {"\xff", false},
    {"\xc3", false},
};

static void validity(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		if (wildmat_is_valid(forms[i].wildmat) != forms[i].valid)
			fail_msg("\"%s\"", forms[i].wildmat);
	}
}

/* What takes a naive matcher longer than the universe lasts. */
static void bounded_time(void **state)
{
	char wildmat[401];
	char text[4001];
	const int64_t start = g_get_monotonic_time();

	(void)state;
	for (size_t i = 0; i < 400; i += 2)
		memcpy(wildmat + i, "a*", 2);
	memcpy(wildmat + 398, "*b", 3);
	memset(text, 'a', 4000);
	text[4000] = '\0';
	assert_false(wildmat_matches(wildmat, text));
	memset(wildmat, '*', 400);
	wildmat[399] = 'b';
	wildmat[400] = '\0';
	assert_false(wildmat_matches(wildmat, text));
	assert_true(g_get_monotonic_time() - start < INT64_C(2) * G_USEC_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(matching),
	    cmocka_unit_test(validity),
	    cmocka_unit_test(bounded_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/wildmat", tests, NULL, NULL);
}
