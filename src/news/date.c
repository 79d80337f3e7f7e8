/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/date.h"

#include <string.h>

#include <glib.h>

/* Numbers of two digits each; false if text is not made of just n of them. */
static bool read_pairs(const char *text, unsigned n, int *pairs)
{
	if (strlen(text) != (size_t)2 * n)
		return false;
	for (unsigned i = 0; i < n; i++, text += 2) {
		if (!g_ascii_isdigit(text[0]) || !g_ascii_isdigit(text[1]))
			return false;
		pairs[i] = (text[0] - '0') * 10 + text[1] - '0';
	}
	return true;
}

static bool read_year(const char *date, int64_t now, int *year, int day[2])
{
	g_autoptr(GDateTime) today = g_date_time_new_from_unix_utc(now);
	const int this_year = today != NULL ? g_date_time_get_year(today) : 1970;
	int pairs[4];

	if (read_pairs(date, 4, pairs)) {
		*year = pairs[0] * 100 + pairs[1];
		memcpy(day, pairs + 2, 2 * sizeof(*day));
		return true;
	}
	if (!read_pairs(date, 3, pairs))
		return false;
	*year = this_year - this_year % 100 + pairs[0];
	if (*year > this_year)
		*year -= 100;
	memcpy(day, pairs + 1, 2 * sizeof(*day));
	return true;
}

bool news_date_parse(
    const char *date, const char *time, const char *zone, int64_t now, int64_t *seconds)
{
	g_autoptr(GTimeZone) known =
	    zone != NULL ? g_time_zone_new_identifier(zone) : g_time_zone_new_utc();
	g_autoptr(GDateTime) moment = NULL;
	int clock[3];
	int year;
	int day[2];

	if (known == NULL || !read_year(date, now, &year, day) || !read_pairs(time, 3, clock))
		return false;
	/* A leap second is the one before, to us. */
	if (clock[2] == 60)
		clock[2] = 59;
	if (year < 1 || clock[2] > 59)
		return false;
	moment = g_date_time_new(known, year, day[0], day[1], clock[0], clock[1], clock[2]);
	if (moment == NULL)
		return false;
	*seconds = g_date_time_to_unix(moment);
	return true;
}
