/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/dates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "base/timetable.h"

typedef char *form_fn(enum lang lang, GTimeZone *zone, int64_t seconds);

struct example {
	const char *name;
	form_fn *form_fn;
	const char *zone;
	const char *time;
	const char *german;
	const char *english;
};

/* clang-format off */
static const struct example examples[] = {
    {"day", dates_day, "Europe/Berlin", "2026-11-24T06:30:00+01:00",
	"Dienstag, 24. November 2026", "Tuesday, 24 November 2026"},
    {"day of one digit", dates_day, "Europe/Berlin", "2026-03-01T06:30:00+01:00",
	"Sonntag, 1. März 2026", "Sunday, 1 March 2026"},
    {"the local day is the next", dates_day, "Europe/Berlin", "2026-12-31T23:00:00Z",
	"Freitag, 1. Januar 2027", "Friday, 1 January 2027"},
    {"the local day is the last", dates_day, "America/New_York", "2027-01-01T04:59:59Z",
	"Donnerstag, 31. Dezember 2026", "Thursday, 31 December 2026"},
    {"29 February", dates_day, "UTC", "2028-02-29T12:00:00Z",
	"Dienstag, 29. Februar 2028", "Tuesday, 29 February 2028"},

    {"moment", dates_moment, "Europe/Berlin", "2026-11-23T08:12:00Z",
	"Mo 23.11., 09:12 Uhr", "Mon 23 Nov, 09:12"},
    {"moment after noon", dates_moment, "Europe/Berlin", "2026-05-02T15:05:59Z",
	"Sa 02.05., 17:05 Uhr", "Sat 2 May, 17:05"},
    {"midnight", dates_moment, "Europe/Berlin", "2026-10-24T22:00:00Z",
	"So 25.10., 00:00 Uhr", "Sun 25 Oct, 00:00"},

    {"short", dates_short, "Europe/Berlin", "2026-11-24T06:30:00+01:00", "24.11.", "24 Nov"},
    {"short, one digit", dates_short, "Europe/Berlin", "2026-02-03T06:30:00+01:00",
	"03.02.", "3 Feb"},
};
/* clang-format on */

static int64_t at(const char *text)
{
	int64_t seconds = 0;

	assert_true(text_time(text, &seconds));
	return seconds;
}

static void forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct example *example = &examples[i];
		g_autoptr(GTimeZone) zone = dates_zone(example->zone);
		g_autofree char *german = example->form_fn(LANG_DE, zone, at(example->time));
		g_autofree char *english = example->form_fn(LANG_EN, zone, at(example->time));

		assert_string_equal(german, example->german);
		assert_string_equal(english, example->english);
	}
}

/* Each name of a day and a month, once. */
static void names(void **state)
{
	static const char *const days[] = {
	    "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"};
	static const char *const months[] = {"Januar", "Februar", "März", "April", "Mai", "Juni",
	    "Juli", "August", "September", "Oktober", "November", "Dezember"};
	g_autoptr(GTimeZone) zone = dates_zone("UTC");

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		g_autofree char *time = g_strdup_printf("2026-%02u-15T00:00:00Z", i + 1);
		g_autofree char *german = dates_day(LANG_DE, zone, at(time));
		g_autofree char *wanted = g_strdup_printf(". %s 2026", months[i]);

		assert_true(g_str_has_suffix(german, wanted));
	}
	for (unsigned i = 0; i < 7; i++) {
		g_autofree char *time = g_strdup_printf("2026-11-%02uT00:00:00Z", i + 23);
		g_autofree char *german = dates_day(LANG_DE, zone, at(time));
		g_autofree char *brief = dates_moment(LANG_DE, zone, at(time));

		assert_true(g_str_has_prefix(german, days[i]));
		assert_memory_equal(brief, days[i], 2);
	}
}

static void iso(void **state)
{
	g_autoptr(GTimeZone) berlin = dates_zone("Europe/Berlin");
	g_autoptr(GTimeZone) utc = dates_zone("UTC");
	g_autofree char *local = dates_iso(berlin, at("2026-12-31T23:30:00Z"));
	g_autofree char *plain = dates_iso(utc, at("2026-12-31T23:30:00Z"));
	g_autofree char *early = dates_iso(utc, at("0001-01-01T00:00:00Z"));

	(void)state;
	assert_string_equal(local, "2027-01-01");
	assert_string_equal(plain, "2026-12-31");
	assert_string_equal(early, "0001-01-01");
}

/* RFC 5322 section 3.3. */
static void mail(void **state)
{
	static const char *const cases[][3] = {
	    {"Europe/Berlin", "2026-11-23T08:12:00Z", "Mon, 23 Nov 2026 09:12:00 +0100"},
	    {"Europe/Berlin", "2026-06-05T22:00:09Z", "Sat, 06 Jun 2026 00:00:09 +0200"},
	    {"UTC", "2026-06-05T22:00:00Z", "Fri, 05 Jun 2026 22:00:00 +0000"},
	    {"Asia/Kathmandu", "2026-06-05T22:00:00Z", "Sat, 06 Jun 2026 03:45:00 +0545"},
	    {"America/St_Johns", "2026-01-01T01:00:00Z", "Wed, 31 Dec 2025 21:30:00 -0330"},
	    /* 53 minutes and 28 seconds east: the same moment in whole minutes */
	    {"Europe/Berlin", "1890-01-01T00:00:00Z", "Wed, 01 Jan 1890 00:53:00 +0053"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GTimeZone) zone = dates_zone(cases[i][0]);
		g_autofree char *got = dates_mail(zone, at(cases[i][1]));

		assert_string_equal(got, cases[i][2]);
	}
}

static void schedule(void **state)
{
	static const struct {
		unsigned minute;
		const char *days;
		const char *german;
		const char *english;
	} cases[] = {
	    {390, "Mon-Fri", "werktags um 06:30 Uhr", "on working days at 06:30"},
	    {0, "daily", "täglich um 00:00 Uhr", "daily at 00:00"},
	    {1439, "Mon-Sun", "täglich um 23:59 Uhr", "daily at 23:59"},
	    {1080, "Wed", "mittwochs um 18:00 Uhr", "on Wednesdays at 18:00"},
	    {390, "Mon,Thu", "montags und donnerstags um 06:30 Uhr",
		"on Mondays and Thursdays at 06:30"},
	    {545, "Sat-Mon", "montags, samstags und sonntags um 09:05 Uhr",
		"on Mondays, Saturdays and Sundays at 09:05"},
	    {390, "Tue,Fri-Sat,Mon", "montags, dienstags, freitags und samstags um 06:30 Uhr",
		"on Mondays, Tuesdays, Fridays and Saturdays at 06:30"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *german = NULL;
		g_autofree char *english = NULL;
		unsigned days;

		assert_true(timetable_parse_days(cases[i].days, &days));
		german = dates_schedule(LANG_DE, cases[i].minute, days);
		english = dates_schedule(LANG_EN, cases[i].minute, days);
		assert_string_equal(german, cases[i].german);
		assert_string_equal(english, cases[i].english);
	}
}

static void no_calendar(void **state)
{
	static const int64_t cases[] = {
	    INT64_MIN, INT64_MAX, INT64_C(253402300800), INT64_C(-62135596801)};
	g_autoptr(GTimeZone) zone = dates_zone("UTC");

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *iso_day = dates_iso(zone, cases[i]);
		g_autofree char *day = dates_day(LANG_DE, zone, cases[i]);
		g_autofree char *in_mail = dates_mail(zone, cases[i]);

		assert_string_equal(iso_day, "?");
		assert_string_equal(day, "?");
		assert_string_equal(in_mail, "?");
	}
}

/* The last hours of the year 9999, where the local year would be the next. */
static void edge_of_calendar(void **state)
{
	g_autoptr(GTimeZone) zone = dates_zone("Pacific/Kiritimati");
	g_autofree char *day = dates_day(LANG_EN, zone, INT64_C(253402300799));
	g_autofree char *in_mail = dates_mail(zone, INT64_C(253402300799));

	(void)state;
	assert_string_equal(day, "?");
	assert_string_equal(in_mail, "?");
}

static void unknown_zone(void **state)
{
	static const char *const cases[] = {"Europe/Nowhere", "", NULL};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GTimeZone) zone = dates_zone(cases[i]);
		g_autofree char *got = dates_mail(zone, 0);

		assert_string_equal(got, "Thu, 01 Jan 1970 00:00:00 +0000");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms),
	    cmocka_unit_test(names),
	    cmocka_unit_test(iso),
	    cmocka_unit_test(mail),
	    cmocka_unit_test(schedule),
	    cmocka_unit_test(no_calendar),
	    cmocka_unit_test(edge_of_calendar),
	    cmocka_unit_test(unknown_zone),
	};

	lang_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/dates", tests, NULL, NULL);
}
