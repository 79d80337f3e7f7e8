/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#define NOW INT64_C(1795500000) /* 2026-11-24 06:00:00 UTC */

/* RFC 3977 section 7.3.2 */
static const struct {
	const char *date;
	const char *time;
	const char *zone;
	int64_t seconds; /* -1: no date */
} cases[] = {
    /* clang-format off */
	{"20261124", "060000", NULL,            1795500000},
	{"261124",   "060000", NULL,            1795500000},
	{"20261124", "070000", "Europe/Berlin", 1795500000},
	{"20260724", "080000", "Europe/Berlin", 1784872800},
	{"270101",   "000000", NULL,            -1356998400}, /* 1927: never the future */
	{"991231",   "235959", NULL,            946684799},
	{"000101",   "000000", NULL,            946684800},
	{"19700101", "000000", NULL,            0},
	{"20270101", "000000", NULL,            1798761600},
	{"20161231", "235960", NULL,            1483228799},
	{"20240229", "000000", NULL,            1709164800},
	{"20250229", "000000", NULL,            -1},
	{"20261324", "060000", NULL,            -1},
	{"20261100", "060000", NULL,            -1},
	{"20261124", "240000", NULL,            -1},
	{"20261124", "066000", NULL,            -1},
	{"20261124", "060061", NULL,            -1},
	{"20261124", "0600",   NULL,            -1},
	{"2026112",  "060000", NULL,            -1},
	{"2026-1-1", "060000", NULL,            -1},
	{"00000101", "000000", NULL,            -1},
	{"",         "",       NULL,            -1},
    /* clang-format on */
};

static void dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		int64_t seconds = -1;
		const bool fits =
		    news_date_parse(cases[i].date, cases[i].time, cases[i].zone, NOW, &seconds);

		print_message("# %s %s\n", cases[i].date, cases[i].time);
		assert_int_equal(fits, cases[i].seconds != -1);
		assert_int_equal(seconds, cases[i].seconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("news/date", tests, NULL, NULL);
}
