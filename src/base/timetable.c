/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A local day is counted in days since 1970-01-01, and a local time in seconds since that day's
 * midnight as its clocks showed it; both are plain numbers, the zone alone says how they lie on
 * the line of Unix seconds.
 */
#include "config.h"

#include "base/timetable.h"

#include <string.h>

#include "base/text.h"

static const int64_t DAY = 86400;
static const int64_t OFFSET_MAX = INT64_C(26) * 3600; /* of any zone from UTC, and some more */
static const int64_t TIME_MAX = INT64_C(1) << 40;     /* some 34,000 years */

enum {
	SEARCH_DAYS = 28, /* a week has each day once; the rest is for zones that leave days out */
};

/* -- parsing -- */

bool timetable_parse_hour(const char *text, unsigned *minute)
{
	uint64_t hours, minutes;

	if (strlen(text) != 5 || text[2] != ':' || !text_number(text, 2, 23, &hours) ||
	    !text_number(text + 3, 2, 59, &minutes))
		return false;
	*minute = (unsigned)(hours * 60 + minutes);
	return true;
}

static bool parse_day(const char *text, unsigned *day)
{
	static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

	for (*day = 0; *day < G_N_ELEMENTS(names); ++*day)
		if (strcmp(text, names[*day]) == 0)
			return true;
	return false;
}

/* "Mon" or "Mon-Fri", added to *days. */
static bool parse_range(const char *text, unsigned *days)
{
	g_auto(GStrv) ends = g_strsplit(text, "-", 2);
	unsigned first, last;

	if (!parse_day(ends[0], &first) || !parse_day(ends[1] != NULL ? ends[1] : ends[0], &last))
		return false;
	for (unsigned day = first; day != last; day = (day + 1) % 7)
		*days |= 1U << day;
	*days |= 1U << last;
	return true;
}

bool timetable_parse_days(const char *text, unsigned *days)
{
	g_auto(GStrv) items = text_list(text);
	unsigned found = 0;

	if (strcmp(text, "daily") == 0) {
		*days = TIMETABLE_DAILY;
		return true;
	}
	for (char **item = items; *item != NULL; item++)
		if (!parse_range(*item, &found))
			return false;
	if (found != 0)
		*days = found;
	return found != 0;
}

bool timetable_init(
    struct timetable *timetable, const char *zone, const char *hour, const char *days)
{
	struct timetable made = {NULL};

	if (!timetable_parse_hour(hour, &made.minute) || !timetable_parse_days(days, &made.days))
		return false;
	if (*zone != '\0')
		made.zone = g_time_zone_new_identifier(zone);
	if (made.zone == NULL)
		return false;
	*timetable = made;
	return true;
}

void timetable_clear(struct timetable *timetable)
{
	g_clear_pointer(&timetable->zone, g_time_zone_unref);
}

/* -- the zone -- */

/* The stretch of time without a change of the clocks that holds t; they rise with t. */
static int stretch_of(GTimeZone *zone, int64_t t)
{
	return g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, t);
}

static int64_t local_of(GTimeZone *zone, int64_t t)
{
	return t + g_time_zone_get_offset(zone, stretch_of(zone, t));
}

static int64_t day_of(int64_t local)
{
	return local / DAY - (local % DAY < 0);
}

/* The first second of a stretch, which begins behind `before` and not behind `within`. */
static int64_t begin_of(GTimeZone *zone, int stretch, int64_t before, int64_t within)
{
	while (within - before > 1) {
		const int64_t middle = before + (within - before) / 2;

		if (stretch_of(zone, middle) >= stretch)
			within = middle;
		else
			before = middle;
	}
	return within;
}

/* The first moment at which the clocks show `local` or more. */
static int64_t first_at(GTimeZone *zone, int64_t local)
{
	const int64_t low = local - OFFSET_MAX;
	const int64_t high = local + OFFSET_MAX;
	const int last = stretch_of(zone, high);
	int64_t begin = low;

	for (int stretch = stretch_of(zone, low);; stretch++) {
		const int64_t t = local - g_time_zone_get_offset(zone, stretch);
		const int64_t end =
		    stretch < last ? begin_of(zone, stretch + 1, low, high) : INT64_MAX;

		if (t < end)
			return MAX(t, begin);
		begin = end;
	}
}

/* -- the moments -- */

/* The moment of a local day; false if it has none. */
static bool moment_of(const struct timetable *timetable, int64_t day, int64_t *moment)
{
	const unsigned weekday = (unsigned)(((day + 3) % 7 + 7) % 7); /* 1970 began on a Thursday */

	if (!(timetable->days & 1U << weekday))
		return false;
	*moment = first_at(timetable->zone, day * DAY + (int64_t)timetable->minute * 60);
	return day_of(local_of(timetable->zone, *moment)) == day;
}

int64_t timetable_last(const struct timetable *timetable, int64_t now)
{
	const int64_t until = MIN(now, TIME_MAX);
	int64_t day, moment;

	if (now < -TIME_MAX)
		return INT64_MIN;
	/* Clocks that go back over midnight: the day that comes again has had its moment. */
	day = day_of(local_of(timetable->zone, until)) + 2;
	for (unsigned i = 0; i < SEARCH_DAYS; i++, day--)
		if (moment_of(timetable, day, &moment) && moment <= until)
			return moment;
	return INT64_MIN;
}

int64_t timetable_next(const struct timetable *timetable, int64_t now)
{
	const int64_t since = MAX(now, -TIME_MAX);
	int64_t day, moment;

	if (now > TIME_MAX)
		return INT64_MAX;
	day = day_of(local_of(timetable->zone, since));
	for (unsigned i = 0; i < SEARCH_DAYS; i++, day++)
		if (moment_of(timetable, day, &moment) && moment > since)
			return moment;
	return INT64_MAX;
}
