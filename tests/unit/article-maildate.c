/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/maildate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NO INT64_C(-1)

static const struct {
	const char *date;
	int64_t seconds; /* NO: it can't be read */
} dates[] = {
    /* clang-format off */
	{"Mon, 23 Nov 2026 09:12:00 +0100", 1795421520},
	{"23 Nov 2026 08:12:00 +0000", 1795421520},
	{"Mon, 23 Nov 2026 08:12 GMT", 1795421520},
	{"Mon, 23 Nov 2026 00:42:00 -0730", 1795421520},
	{"Mon, 23 Nov 2026 08:12:00 -0000", 1795421520},
	{"mon, 3 Aug 2026 08:12:00 +0000", 1785744720},
	{"Mon, 23 Nov 2026 09:12:00 +0100 (CET)", 1795421520},
	{"Mon,\r\n 23 Nov 2026\r\n 09:12:00 +0100", 1795421520},
	/* RFC 5322 section 4.3: zones by name, years of two digits */
	{"Mon, 23 Nov 2026 03:12:00 EST", 1795421520},
	{"Mon, 23 Nov 2026 08:12:00 UT", 1795421520},
	{"Mon, 23 Nov 2026 08:12:00 XYZ", 1795421520},
	{"Mon, 23 Nov 2026 08:12:00", 1795421520},
	{"Mon, 23 Nov 26 09:12:00 +0100", 1795421520},
	{"Sun, 01 Mar 98 12:00:00 +0000", 888753600},
	{"Mon, 23 Nov 2026 09:12:00 CET", 1795421520},
	{"Mon, 23 Nov 2026 10:12:00 CEST", 1795421520},
	{"Mon Nov 23 08:12:00 2026", 1795421520},
	{"Thu, 01 Jan 1970 00:00:00 +0000", 0},
	/* German */
	{"Mo, 23 Nov 2026 09:12:00 +0100", 1795421520},
	{"Mo., 23. Nov. 2026 09:12:00 +0100", 1795421520},
	{"Montag, 23. November 2026 09:12 Uhr MEZ", 1795421520},
	{"Do, 24 Dez 2026 09:12:00 +0100", 1798099920},
	{"Donnerstag, 24. Dezember 2026 09:12:00 +0100", 1798099920},
	{"Do, 15 Okt 2026 10:12:00 MESZ", 1792051920},
	{"Fr, 13 M\xc3\xa4r 2026 09:12:00 +0100", 1773389520},
	{"Fr, 13 M\xe4rz 2026 09:12:00 +0100", 1773389520},
	{"Fr, 13 Mrz 2026 09:12:00 +0100", 1773389520},
	{"=?iso-8859-1?Q?Fr,_13_M=E4rz_2026_09:12:00_+0100?=", 1773389520},
	{"Fr, 15 Mai 2026 10:12:00 +0200", 1778832720},
	{"Fr, 9 J\xc3\xa4nner 2026 09:12:00 +0100", 1767946320},
	{"23.11.2026 08:12:00", 1795421520},
	{"23.11.2026, 09:12 Uhr +0100", 1795421520},
	/* RFC 3339 */
	{"2026-11-23T09:12:00+01:00", 1795421520},
	{"2026-11-23T08:12:00Z", 1795421520},
	/* what nobody can read, or is absurd */
	{"Mon, 23 Nov 12026 09:12:00 +0100", NO},
	{"Mon, 45 Nov 2026 09:12:00 +0100", NO},
	{"Mon, 23 Nov 1926 09:12:00 +0100", NO},
	{"Mon, 23 Nov 2126 09:12:00 +0100", NO},
	{"Mon, 23 Foo 2026 09:12:00 +0100", NO},
	{"23.13.2026 08:12:00", NO},
	{"gestern", NO},
	{"Montag", NO},
	{"", NO},
	{"2026", NO},
	{"+0100", NO},
	{", , .", NO},
    /* clang-format on */
};

static void test_dates(void **state)
{
	struct header header;
	int64_t seconds;

	(void)state;
	header_init(&header);
	assert_false(maildate_read(NULL, &seconds));
	for (size_t i = 0; i < G_N_ELEMENTS(dates); i++) {
		g_autofree char *head = g_strconcat("Date: ", dates[i].date, "\r\n\r\n", NULL);
		bool is_read;

		print_message("# %s\n", dates[i].date);
		assert_true(header_scan(&header, head, strlen(head), NULL));
		is_read = maildate_read(header_find(&header, "Date"), &seconds);
		assert_int_equal(is_read ? seconds : NO, dates[i].seconds);
	}
	header_clear(&header);
}

static const struct {
	const char *date;
	bool standard;
} forms[] = {
    /* clang-format off */
	{"Mon, 23 Nov 2026 09:12:00 +0100", true},
	{"Mon,\r\n 23 Nov 2026 09:12:00 +0100 (CET)", true},
	{"Mon,23 Nov 2026 09:12:00 +0100", true},
	{"23 Nov 26 08:12 GMT", true},
	{"3 Nov 2026 08:12:00 Z", true},
	{"Mo, 23 Nov 2026 09:12:00 +0100", false},
	{"Mon, 23. Nov 2026 09:12:00 +0100", false},
	{"Mon, 23 Dez 2026 09:12:00 +0100", false},
	{"Mon, 23 Nov 2026 09:12:00", false},
	{"Mon, 23 Nov 2026 09:12:00 +1", false},
	{"Mon, 23 Nov 2026 09:12:00 +01000", false},
	{"Mon, 23 Nov 2026 09:12:00 Europe/Berlin", false},
	{"Mon Nov 23 08:12:00 2026", false},
	{"2026-11-23T09:12:00+01:00", false},
	{"", false},
	{"Mon,", false},
    /* clang-format on */
};

static void test_forms(void **state)
{
	struct header header;

	(void)state;
	header_init(&header);
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		g_autofree char *head = g_strconcat("Date: ", forms[i].date, "\r\n\r\n", NULL);

		print_message("# %s\n", forms[i].date);
		assert_true(header_scan(&header, head, strlen(head), NULL));
		assert_int_equal(
		    maildate_is_standard(header_find(&header, "Date")), forms[i].standard);
	}
	header_clear(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_forms),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/maildate", tests, NULL, NULL);
}
