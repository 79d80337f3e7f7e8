/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
	const char *text;
	bool fits;
	int64_t low;
	int64_t high;
} cases[] = {
    /* clang-format off */
	{"1",                  true, 1, 1},
	{"0",                  true, 0, 0},
	{"007",                true, 7, 7},
	{"3-",                 true, 3, INT64_MAX},
	{"3-5",                true, 3, 5},
	{"5-3",                true, 5, 3},
	{"2147483648",         true, 2147483648, 2147483648},
	{"9999999999999999-",  true, 9999999999999999, INT64_MAX},
	{"10000000000000000",  false, 0, 0},
	{"1-10000000000000000", false, 0, 0},
	{"",                   false, 0, 0},
	{"-",                  false, 0, 0},
	{"-5",                 false, 0, 0},
	{"1--2",               false, 0, 0},
	{"1-2-",               false, 0, 0},
	{"1-2x",               false, 0, 0},
	{"+1",                 false, 0, 0},
	{" 1",                 false, 0, 0},
	{"1 ",                 false, 0, 0},
	{"x",                  false, 0, 0},
    /* clang-format on */
};

static void ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct news_range range = {0, 0};

		print_message("# %s\n", cases[i].text);
		assert_int_equal(news_range_parse(cases[i].text, &range), cases[i].fits);
		if (!cases[i].fits)
			continue;
		assert_int_equal(range.low, cases[i].low);
		assert_int_equal(range.high, cases[i].high);
	}
}

static void numbers(void **state)
{
	int64_t number = 0;

	(void)state;
	assert_true(news_range_number("12", &number));
	assert_int_equal(number, 12);
	assert_false(news_range_number("12-", &number));
	assert_false(news_range_number("12-13", &number));
	assert_false(news_range_number("", &number));
}

static void written(void **state)
{
	static const int64_t some[] = {0, 9, 10, 99, 100, 2147483647, INT64_MAX};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(some); i++) {
		g_autoptr(GString) out = g_string_new("x");
		char expected[32];

		snprintf(expected, sizeof(expected), "x%" PRId64, some[i]);
		news_range_append(out, some[i]);
		assert_string_equal(out->str, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ranges),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("news/range", tests, NULL, NULL);
}
