/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * An hour on some days of the week, in a time zone: when a digest is due.  An hour that the change
 * to summer time leaves out is the first moment behind the gap; one that comes twice in autumn
 * counts the first time alone.  Each local day has one such moment at most: a day that ends inside
 * the gap (Apia left out a whole one in 2011) has none.
 */
#ifndef BASE_TIMETABLE_H
#define BASE_TIMETABLE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#define TIMETABLE_DAILY 0x7fU
#define TIMETABLE_WORKDAYS 0x1fU

struct timetable {
	GTimeZone *zone; /* owned */
	unsigned minute; /* of the local day, 0 to 1439 */
	unsigned days;	 /* a bit each, 1 << 0 is Monday; never 0 */
};

/* "06:30" to minutes of the day; false if it is no time from 00:00 to 23:59. */
bool timetable_parse_hour(const char *text, unsigned *minute);

/*
 * "daily", or a list of days (Mon … Sun) and ranges of them ("Mon-Fri,Sun", "Fri-Mon"); false if
 * it is anything else.
 */
bool timetable_parse_days(const char *text, unsigned *days);

/* zone: a name of the time zone database.  False (nothing to clear) if a part is not understood. */
bool timetable_init(
    struct timetable *timetable, const char *zone, const char *hour, const char *days);
void timetable_clear(struct timetable *timetable);

/*
 * The latest moment at or before `now`, the first one after it.  Unix seconds; INT64_MIN and
 * INT64_MAX where there is none (times that no calendar reaches).
 */
int64_t timetable_last(const struct timetable *timetable, int64_t now);
int64_t timetable_next(const struct timetable *timetable, int64_t now);

#endif
