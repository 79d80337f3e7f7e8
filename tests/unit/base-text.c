/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum {
	REFUSED = -1,
};

/* RFC 4648 section 10, in lower case and without padding. */
static void base32(void **state)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"f", "my"},
	    {"fo", "mzxq"},
	    {"foo", "mzxw6"},
	    {"foob", "mzxw6yq"},
	    {"fooba", "mzxw6ytb"},
	    {"foobar", "mzxw6ytboi"},
	    {"\xff\xff\xff\xff\xff\xff", "7777777774"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = text_base32(cases[i][0], strlen(cases[i][0]));

		assert_string_equal(got, cases[i][1]);
	}
}

static void clean(void **state)
{
	static const char *const cases[][2] = {
	    {"plain", "plain"},
	    {"a\r\nb\tc\x7f", "a  b c "},
	    {"a\xc2\x85z", "a z"},
	    {"\xc3\xa4", "\xc3\xa4"},
	    {"a\xff", "a\xef\xbf\xbd"},
	    {"a\u2028b\u2029c\u2027", "a b c\u2027"},
	    {"\u202etxt\u202c \u2066x\u2069", " txt   x "},
	    {"\u200ex\u200f", "\u200ex\u200f"},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = text_clean(cases[i][0]);

		assert_string_equal(got, cases[i][1]);
	}
}

static void fill(void **state)
{
	static const struct text_value values[] = {
	    {"day", "24"}, {"d", "{day}"}, {"none", NULL}, {"empty", ""}, {NULL, NULL}};
	static const char *const cases[][2] = {
	    {"", ""},
	    {"nothing", "nothing"},
	    {"{day}", "24"},
	    {"{day}{day}. {d}", "2424. {day}"},
	    {"a{none}b{empty}c", "abc"},
	    {"{week} {da} {daya} {}", "{week} {da} {daya} {}"},
	    {"{{day}} {day", "{24} {day"},
	    {"{", "{"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = text_fill(cases[i][0], values);

		assert_string_equal(got, cases[i][1]);
	}
}

static void number(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool good;
		uint64_t number;
	} cases[] = {
	    {"0", 0, true, 0},
	    {"1", 0, false, 0},
	    {"007", 9, true, 7},
	    {"10", 9, false, 0},
	    {"65535", 65535, true, 65535},
	    {"65536", 65535, false, 0},
	    {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
	    {"18446744073709551616", UINT64_MAX, false, 0},
	    {"99999999999999999999999", UINT64_MAX, false, 0},
	    {"", 9, false, 0},
	    {"-1", 9, false, 0},
	    {"+1", 9, false, 0},
	    {" 1", 9, false, 0},
	    {"1x", 9, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		uint64_t got = 0;
		const bool good =
		    text_number(cases[i].text, strlen(cases[i].text), cases[i].max, &got);

		if (good != cases[i].good || got != cases[i].number)
			fail_msg("\"%s\"", cases[i].text);
	}
	assert_true(text_number("123", 2, 99, &(uint64_t){0}));
}

struct amount {
	const char *text;
	int64_t amount; /* or REFUSED */
};

static void check_amounts(
    bool (*parse)(const char *, int64_t *), const struct amount *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int64_t got = REFUSED;

		if (!parse(cases[i].text, &got))
			got = REFUSED;
		if (got != cases[i].amount)
			fail_msg("\"%s\" gives %lld", cases[i].text, (long long)got);
	}
}

static void octets(void **state)
{
	static const struct amount cases[] = {
	    {"1", 1},
	    {"512", 512},
	    {"64K", 65536},
	    {"25M", 26214400},
	    {"1024G", INT64_C(1) << 40},
	    {"1025G", REFUSED},
	    {"0", REFUSED},
	    {"0M", REFUSED},
	    {"", REFUSED},
	    {"M", REFUSED},
	    {"25MB", REFUSED},
	    {"25 M", REFUSED},
	    {"-1", REFUSED},
	    {"99999999999999999999G", REFUSED},
	};

	(void)state;
	check_amounts(text_octets, cases, G_N_ELEMENTS(cases));
}

static void duration(void **state)
{
	static const struct amount cases[] = {
	    {"0", 0},
	    {"0s", 0},
	    {"250ms", 250},
	    {"30s", 30000},
	    {"5m", 300000},
	    {"2h", 7200000},
	    {"5d", 432000000},
	    {"30", REFUSED},
	    {"", REFUSED},
	    {"s", REFUSED},
	    {"5 m", REFUSED},
	    {"1h30m", REFUSED},
	    {"106751991167d", INT64_C(106751991167) * 86400000},
	    {"106751991168d", REFUSED},
	};

	(void)state;
	check_amounts(text_duration_ms, cases, G_N_ELEMENTS(cases));
}

static void rfc3339(void **state)
{
	static const struct amount cases[] = {
	    {"1970-01-01T00:00:00Z", 0},
	    {"2026-11-24T06:30:00+01:00", 1795498200},
	    {"2026-11-24T05:30:00Z", 1795498200},
	    {"2026-11-24t05:30:00z", 1795498200},
	    {"2026-11-24T05:30:00.987Z", 1795498200},
	    {"2026-11-23T23:30:00-06:00", 1795498200},
	    {"2024-02-29T00:00:00Z", 1709164800},
	    {"2016-12-31T23:59:60Z", 1483228800}, /* RFC 3339 section 5.8 */
	    {"2023-02-29T00:00:00Z", REFUSED},
	    {"2026-13-01T00:00:00Z", REFUSED},
	    {"2026-00-01T00:00:00Z", REFUSED},
	    {"2026-11-24T24:00:00Z", REFUSED},
	    {"2026-11-24T05:60:00Z", REFUSED},
	    {"2026-11-24T05:30:00", REFUSED},
	    {"2026-11-24T05:30:00.Z", REFUSED},
	    {"2026-11-24T05:30:00+1:00", REFUSED},
	    {"2026-11-24T05:30:00+24:00", REFUSED},
	    {"2026-11-24T05:30:00Zx", REFUSED},
	    {"2026-11-24", REFUSED},
	    {"", REFUSED},
	};

	(void)state;
	check_amounts(text_time, cases, G_N_ELEMENTS(cases));
}

static void mail_date(void **state)
{
	static const struct {
		int64_t seconds;
		const char *date;
	} cases[] = {
	    {1795421520, "Mon, 23 Nov 2026 08:12:00 +0000"},
	    {0, "Thu, 01 Jan 1970 00:00:00 +0000"},
	    {-1, "Wed, 31 Dec 1969 23:59:59 +0000"},
	    {INT64_MIN, "Mon, 01 Jan 1900 00:00:00 +0000"},
	    {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 +0000"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = text_mail_date(cases[i].seconds);

		assert_string_equal(got, cases[i].date);
	}
}

static void prefix(void **state)
{
	(void)state;
	assert_true(text_has_prefix("Re: x", "re:"));
	assert_true(text_has_prefix("x", ""));
	assert_false(text_has_prefix("R", "re:"));
	assert_false(text_has_prefix("\xc3\x84", "\xc3\xa4")); /* ASCII alone */
}

static void list(void **state)
{
	static const char *const cases[][2] = {
	    {"a, b ,c", "a|b|c"},
	    {"", ""},
	    {" , ,", ""},
	    {"one item", "one item"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) items = text_list(cases[i][0]);
		g_autofree char *got = g_strjoinv("|", items);

		assert_string_equal(got, cases[i][1]);
	}
}

static void json(void **state)
{
	static const char *const cases[][2] = {
	    {NULL, "null"},
	    {"", "\"\""},
	    {"a\"b\\c", "\"a\\\"b\\\\c\""},
	    {"\n\r\t\b\f\x01\x1f", "\"\\n\\r\\t\\b\\f\\u0001\\u001f\""},
	    {"\xc3\xa4/", "\"\xc3\xa4/\""},
	    {"\xff", "\"\xef\xbf\xbd\""},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		text_append_json(out, cases[i][0]);
		assert_string_equal(out->str, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base32),
	    cmocka_unit_test(clean),
	    cmocka_unit_test(fill),
	    cmocka_unit_test(number),
	    cmocka_unit_test(octets),
	    cmocka_unit_test(duration),
	    cmocka_unit_test(rfc3339),
	    cmocka_unit_test(mail_date),
	    cmocka_unit_test(prefix),
	    cmocka_unit_test(list),
	    cmocka_unit_test(json),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
