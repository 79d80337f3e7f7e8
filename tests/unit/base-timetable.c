/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/timetable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"

enum {
	HOUR = 3600,
	DAY = 24 * HOUR,
};

static void hours(void **state)
{
	static const struct {
		const char *text;
		int minute; /* -1: refused */
	} cases[] = {
	    {"00:00", 0},
	    {"06:30", 390},
	    {"23:59", 1439},
	    {"24:00", -1},
	    {"12:60", -1},
	    {"6:30", -1},
	    {"06.30", -1},
	    {"06:3", -1},
	    {"06:300", -1},
	    {"-6:30", -1},
	    {"06:+3", -1},
	    {" 6:30", -1},
	    {"", -1},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		unsigned minute = 0;

		assert_int_equal(
		    timetable_parse_hour(cases[i].text, &minute), cases[i].minute >= 0);
		assert_int_equal(minute, MAX(cases[i].minute, 0));
	}
}

static void days(void **state)
{
	static const struct {
		const char *text;
		unsigned days; /* 0: refused */
	} cases[] = {
	    {"daily", TIMETABLE_DAILY},
	    {"Mon-Fri", TIMETABLE_WORKDAYS},
	    {"Mon-Sun", TIMETABLE_DAILY},
	    {"Mon", 0x01},
	    {"Sun", 0x40},
	    {"Sun,Mon", 0x41},
	    {"Mon, Wed ,Fri", 0x15},
	    {"Fri-Mon", 0x71},
	    {"Sun-Sat", TIMETABLE_DAILY},
	    {"Mon-Fri,Sun", 0x5f},
	    {"Tue-Tue", 0x02},
	    {"Tue,,Tue,", 0x02},
	    {"mon", 0},
	    {"Monday", 0},
	    {"Mo-Fr", 0},
	    {"Mon-", 0},
	    {"-Mon", 0},
	    {"-", 0},
	    {"Mon-Fri-Sun", 0},
	    {"Mon - Fri", 0},
	    {"Mon,daily", 0},
	    {"Mon;Tue", 0},
	    {"Mon,Wen", 0},
	    {",", 0},
	    {"", 0},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		unsigned found = 0;

		assert_int_equal(timetable_parse_days(cases[i].text, &found), cases[i].days != 0);
		assert_int_equal(found, cases[i].days);
	}
}

static void init_refuses(void **state)
{
	static const char *const cases[][3] = {
	    {"Europe/Nowhere", "06:30", "daily"},
	    {"", "06:30", "daily"},
	    {"Europe/Berlin", "6:30", "daily"},
	    {"Europe/Berlin", "06:30", "never"},
	};
	struct timetable timetable;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_false(timetable_init(&timetable, cases[i][0], cases[i][1], cases[i][2]));
}

static int64_t at(const char *text)
{
	int64_t seconds = 0;

	assert_true(text_time(text, &seconds));
	return seconds;
}

static void assert_time(int64_t got, const char *wanted, const char *name)
{
	if (got != at(wanted)) {
		g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(got);
		g_autofree char *shown = g_date_time_format(time, "%FT%TZ");

		fail_msg("%s: %s, not %s", name, shown, wanted);
	}
}

/* Two moments that follow one another, and a time between them. */
struct pair {
	const char *name;
	const char *zone;
	const char *hour;
	const char *days;
	const char *now;
	const char *last;
	const char *next;
};

/* clang-format off */
static const struct pair pairs[] = {
    {"an ordinary day", "Europe/Berlin", "06:30", "daily", "2026-11-24T12:00:00+01:00",
	"2026-11-24T06:30:00+01:00", "2026-11-25T06:30:00+01:00"},
    {"the very moment", "Europe/Berlin", "06:30", "daily", "2026-11-24T06:30:00+01:00",
	"2026-11-24T06:30:00+01:00", "2026-11-25T06:30:00+01:00"},
    {"a second before it", "Europe/Berlin", "06:30", "daily", "2026-11-24T06:29:59+01:00",
	"2026-11-23T06:30:00+01:00", "2026-11-24T06:30:00+01:00"},
    {"a weekend", "Europe/Berlin", "06:30", "Mon-Fri", "2026-11-29T12:00:00+01:00",
	"2026-11-27T06:30:00+01:00", "2026-11-30T06:30:00+01:00"},
    {"one day a week", "Europe/Berlin", "18:00", "Wed", "2026-11-26T00:00:00+01:00",
	"2026-11-25T18:00:00+01:00", "2026-12-02T18:00:00+01:00"},
    {"local day, not that of UTC", "Asia/Kathmandu", "00:10", "Mon", "2026-11-23T00:00:00Z",
	"2026-11-23T00:10:00+05:45", "2026-11-30T00:10:00+05:45"},
    {"midnight", "Europe/Berlin", "00:00", "daily", "2026-06-30T23:59:59+02:00",
	"2026-06-30T00:00:00+02:00", "2026-07-01T00:00:00+02:00"},
    {"the year's end", "Europe/Berlin", "23:59", "daily", "2027-01-01T00:00:00+01:00",
	"2026-12-31T23:59:00+01:00", "2027-01-01T23:59:00+01:00"},
    {"the year's end in the far east", "Pacific/Kiritimati", "06:30", "Fri",
	"2026-12-31T18:00:00Z", "2027-01-01T06:30:00+14:00", "2027-01-08T06:30:00+14:00"},
    {"29 February", "Europe/Berlin", "06:30", "daily", "2028-02-29T07:00:00+01:00",
	"2028-02-29T06:30:00+01:00", "2028-03-01T06:30:00+01:00"},
    {"no 29 February", "Europe/Berlin", "06:30", "daily", "2026-02-28T07:00:00+01:00",
	"2026-02-28T06:30:00+01:00", "2026-03-01T06:30:00+01:00"},
    {"before 1970", "Europe/Berlin", "06:30", "Mon", "1969-12-31T12:00:00Z",
	"1969-12-29T06:30:00+01:00", "1970-01-05T06:30:00+01:00"},

    {"spring: the hour before the gap", "Europe/Berlin", "01:59", "daily",
	"2026-03-29T03:00:00+02:00", "2026-03-29T01:59:00+01:00", "2026-03-30T01:59:00+02:00"},
    {"spring: the gap's first minute", "Europe/Berlin", "02:00", "daily",
	"2026-03-29T01:59:59+01:00", "2026-03-28T02:00:00+01:00", "2026-03-29T03:00:00+02:00"},
    {"spring: inside the gap", "Europe/Berlin", "02:30", "daily",
	"2026-03-29T01:59:59+01:00", "2026-03-28T02:30:00+01:00", "2026-03-29T03:00:00+02:00"},
    {"spring: inside the gap, behind it", "Europe/Berlin", "02:30", "daily",
	"2026-03-29T03:00:00+02:00", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"},
    {"spring: an hour later", "Europe/Berlin", "06:30", "daily",
	"2026-03-28T12:00:00+01:00", "2026-03-28T06:30:00+01:00", "2026-03-29T06:30:00+02:00"},
    {"autumn: the first of two", "Europe/Berlin", "02:30", "daily",
	"2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
    {"autumn: the second is none", "Europe/Berlin", "02:30", "daily",
	"2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
    {"autumn: before both", "Europe/Berlin", "02:30", "daily",
	"2026-10-25T02:29:59+02:00", "2026-10-24T02:30:00+02:00", "2026-10-25T02:30:00+02:00"},
    {"autumn: the clocks are back", "Europe/Berlin", "02:00", "daily",
	"2026-10-25T02:00:00+01:00", "2026-10-25T02:00:00+02:00", "2026-10-26T02:00:00+01:00"},
    {"autumn: behind it", "Europe/Berlin", "03:00", "daily",
	"2026-10-25T02:59:59+01:00", "2026-10-24T03:00:00+02:00", "2026-10-25T03:00:00+01:00"},

    {"half an hour, spring", "Australia/Lord_Howe", "02:15", "daily",
	"2026-10-04T02:30:00+11:00", "2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"},
    {"half an hour, autumn", "Australia/Lord_Howe", "01:45", "daily",
	"2026-04-05T01:50:00+10:30", "2026-04-05T01:45:00+11:00", "2026-04-06T01:45:00+10:30"},
    {"a gap at midnight", "America/Havana", "00:30", "daily",
	"2024-03-09T12:00:00-05:00", "2024-03-09T00:30:00-05:00", "2024-03-10T01:00:00-04:00"},
    {"autumn over midnight", "America/Havana", "00:30", "daily",
	"2024-11-03T00:45:00-05:00", "2024-11-03T00:30:00-04:00", "2024-11-04T00:30:00-05:00"},
    {"back over midnight: the new day has begun already", "America/St_Johns", "00:00", "daily",
	"2006-10-28T23:30:00-03:30", "2006-10-29T00:00:00-02:30", "2006-10-30T00:00:00-03:30"},
    {"a gap that ends the day", "America/Nuuk", "23:30", "daily",
	"2026-03-29T12:00:00-01:00", "2026-03-27T23:30:00-02:00", "2026-03-29T23:30:00-01:00"},

    {"a day left out", "Pacific/Apia", "06:30", "daily",
	"2011-12-30T00:00:00-10:00", "2011-12-29T06:30:00-10:00", "2011-12-31T06:30:00+14:00"},
    {"a day left out, its weekday", "Pacific/Apia", "06:30", "Fri",
	"2011-12-31T12:00:00+14:00", "2011-12-23T06:30:00-10:00", "2012-01-06T06:30:00+14:00"},
    {"a day twice", "Pacific/Kwajalein", "06:30", "daily",
	"1969-09-30T12:00:00-12:00", "1969-09-30T06:30:00+11:00", "1969-10-01T06:30:00-12:00"},
};
/* clang-format on */

static void moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
		const struct pair *pair = &pairs[i];
		struct timetable timetable;

		assert_true(timetable_init(&timetable, pair->zone, pair->hour, pair->days));
		assert_time(timetable_last(&timetable, at(pair->now)), pair->last, pair->name);
		assert_time(timetable_next(&timetable, at(pair->now)), pair->next, pair->name);
		timetable_clear(&timetable);
	}
}

/* The local day of a moment, as the calendar of GLib has it: 20261124. */
static int calendar_day(const struct timetable *timetable, int64_t moment)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment);
	g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, timetable->zone);
	int year, month, day;

	g_date_time_get_ymd(local, &year, &month, &day);
	return (year * 100 + month) * 100 + day;
}

/* Every hour of a year and a half; returns the number of moments in it. */
static unsigned walk(const struct timetable *timetable, int64_t begin)
{
	int64_t last = timetable_last(timetable, begin);
	int day = calendar_day(timetable, last);
	unsigned count = 0;

	for (int64_t now = begin; now < begin + 548 * (int64_t)DAY; now += HOUR) {
		const int64_t next = timetable_next(timetable, now);
		const int64_t here = timetable_last(timetable, now);

		assert_true(here <= now && now < next);
		assert_int_equal(timetable_last(timetable, next), next);
		assert_int_equal(timetable_last(timetable, next - 1), here);
		assert_int_equal(timetable_next(timetable, here - 1), here);
		assert_int_equal(timetable_next(timetable, here), next);
		if (here == last)
			continue;
		assert_true(here > last);
		assert_true(calendar_day(timetable, here) > day);
		last = here;
		day = calendar_day(timetable, here);
		count++;
	}
	return count;
}

static void every_hour(void **state)
{
	static const struct {
		const char *zone;
		const char *begin;
		unsigned daily;
	} cases[] = {
	    {"Europe/Berlin", "2026-01-01T00:00:00Z", 548},
	    {"UTC", "2027-12-01T00:00:00Z", 548},
	    {"Australia/Lord_Howe", "2026-01-01T00:00:00Z", 548},
	    {"America/Havana", "2026-01-01T00:00:00Z", 548},
	    {"Asia/Kathmandu", "1985-06-01T00:00:00Z", 548},
	    {"Africa/Casablanca", "2026-01-01T00:00:00Z", 548},
	    {"Pacific/Apia", "2011-01-01T00:00:00Z", 547},
	};
	static const char *const clocks[] = {"00:00", "00:30", "02:30", "03:00", "06:30", "23:45"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		for (size_t k = 0; k < G_N_ELEMENTS(clocks); k++) {
			struct timetable timetable;
			unsigned count;

			assert_true(timetable_init(&timetable, cases[i].zone, clocks[k], "daily"));
			count = walk(&timetable, at(cases[i].begin));
			assert_in_range(count, cases[i].daily - 1, cases[i].daily + 1);
			timetable_clear(&timetable);
		}
	}
}

/* No day but those asked for. */
static void only_its_days(void **state)
{
	struct timetable timetable;
	int64_t now = at("2026-01-01T00:00:00Z");

	(void)state;
	assert_true(timetable_init(&timetable, "Europe/Berlin", "02:30", "Mon,Thu-Fri"));
	for (unsigned i = 0; i < 300; i++) {
		g_autoptr(GDateTime) utc = NULL;
		g_autoptr(GDateTime) local = NULL;
		int weekday;

		now = timetable_next(&timetable, now);
		utc = g_date_time_new_from_unix_utc(now);
		local = g_date_time_to_timezone(utc, timetable.zone);
		weekday = g_date_time_get_day_of_week(local);
		assert_true(weekday == 1 || weekday == 4 || weekday == 5);
	}
	assert_int_equal(calendar_day(&timetable, now), 20271129);
	timetable_clear(&timetable);
}

static void no_calendar(void **state)
{
	struct timetable timetable;

	(void)state;
	assert_true(timetable_init(&timetable, "Europe/Berlin", "06:30", "Mon"));
	assert_true(timetable_last(&timetable, INT64_MIN) == INT64_MIN);
	assert_true(timetable_next(&timetable, INT64_MAX) == INT64_MAX);
	assert_true(timetable_last(&timetable, INT64_MAX) < INT64_MAX);
	assert_true(timetable_next(&timetable, INT64_MIN) > INT64_MIN);
	timetable_clear(&timetable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hours),
	    cmocka_unit_test(days),
	    cmocka_unit_test(init_refuses),
	    cmocka_unit_test(moments),
	    cmocka_unit_test(every_hour),
	    cmocka_unit_test(only_its_days),
	    cmocka_unit_test(no_calendar),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/timetable", tests, NULL, NULL);
}
