/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Dates and times as a person reads them, in a language and a time zone: German typography ("24.
 * November 2026", "09:12 Uhr"), the 24-hour clock in both languages.  All functions give a new
 * string.  Seconds are Unix time; what no calendar reaches gives "?".
 */
#ifndef BASE_DATES_H
#define BASE_DATES_H

#include <stdint.h>

#include <glib.h>

#include "base/lang.h"

/* The zone of that name, UTC if there is none; g_time_zone_unref. */
GTimeZone *dates_zone(const char *name);

/* "Dienstag, 24. November 2026"; "Tuesday, 24 November 2026". */
char *dates_day(enum lang lang, GTimeZone *zone, int64_t seconds);

/* "Mo 23.11., 09:12 Uhr"; "Mon 23 Nov, 09:12". */
char *dates_moment(enum lang lang, GTimeZone *zone, int64_t seconds);

/* "24.11."; "24 Nov". */
char *dates_short(enum lang lang, GTimeZone *zone, int64_t seconds);

/* "2026-11-24": the local day, for keys. */
char *dates_iso(GTimeZone *zone, int64_t seconds);

/*
 * When a digest comes (base/timetable.h): "werktags um 06:30 Uhr", "täglich um …", "montags und
 * donnerstags um …"; "on working days at 06:30", "daily at …", "on Mondays and Thursdays at …".
 */
char *dates_schedule(enum lang lang, unsigned minute, unsigned days);

/* "Mon, 23 Nov 2026 09:12:00 +0100" (RFC 5322 section 3.3) in the zone. */
char *dates_mail(GTimeZone *zone, int64_t seconds);

#endif
