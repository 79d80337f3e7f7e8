/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Names of days and months come from the catalogue, not from the C library: C.UTF-8 has none but
 * the English ones.
 */
#include "config.h"

#include "base/dates.h"

#include <stdlib.h>

#include "base/text.h"
#include "base/timetable.h"

/* clang-format off */
static const struct {
	const char *name;
	const char *brief;
	const char *each; /* on each of them */
} days[] = {
    {N_("Monday"),    N_("Mon"), N_("Mondays")},
    {N_("Tuesday"),   N_("Tue"), N_("Tuesdays")},
    {N_("Wednesday"), N_("Wed"), N_("Wednesdays")},
    {N_("Thursday"),  N_("Thu"), N_("Thursdays")},
    {N_("Friday"),    N_("Fri"), N_("Fridays")},
    {N_("Saturday"),  N_("Sat"), N_("Saturdays")},
    {N_("Sunday"),    N_("Sun"), N_("Sundays")},
};

static const struct {
	const char *name;
	const char *brief;
} months[] = {
    {N_("January"),   N_("Jan")},
    {N_("February"),  N_("Feb")},
    {N_("March"),     N_("Mar")},
    {N_("April"),     N_("Apr")},
    {N_("May"),       N_("May")},
    {N_("June"),      N_("Jun")},
    {N_("July"),      N_("Jul")},
    {N_("August"),    N_("Aug")},
    {N_("September"), N_("Sep")},
    {N_("October"),   N_("Oct")},
    {N_("November"),  N_("Nov")},
    {N_("December"),  N_("Dec")},
};
/* clang-format on */

GTimeZone *dates_zone(const char *name)
{
	GTimeZone *zone = NULL;

	if (name != NULL && *name != '\0')
		zone = g_time_zone_new_identifier(name);
	return zone != NULL ? zone : g_time_zone_new_utc();
}

/* NULL: beyond the years 1 to 9999. */
static GDateTime *local_time(GTimeZone *zone, int64_t seconds)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(seconds);

	return utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
}

/* The form filled with the parts of a date, in the language. */
static char *fill(enum lang lang, GTimeZone *zone, int64_t seconds, const char *form)
{
	g_autoptr(GDateTime) time = local_time(zone, seconds);
	g_autofree char *day = NULL;
	g_autofree char *dd = NULL;
	g_autofree char *mm = NULL;
	g_autofree char *year = NULL;
	g_autofree char *clock = NULL;
	int weekday, month;

	if (time == NULL)
		return g_strdup("?");
	weekday = g_date_time_get_day_of_week(time) - 1;
	month = g_date_time_get_month(time) - 1;
	day = g_strdup_printf("%d", g_date_time_get_day_of_month(time));
	dd = g_strdup_printf("%02d", g_date_time_get_day_of_month(time));
	mm = g_strdup_printf("%02d", month + 1);
	year = g_strdup_printf("%d", g_date_time_get_year(time));
	clock =
	    g_strdup_printf("%02d:%02d", g_date_time_get_hour(time), g_date_time_get_minute(time));
	return text_fill(form, (const struct text_value[]){
				   {"weekday", lang_text(lang, days[weekday].name)},
				   {"wd", lang_text(lang, days[weekday].brief)},
				   {"day", day},
				   {"dd", dd},
				   {"month", lang_text(lang, months[month].name)},
				   {"mon", lang_text(lang, months[month].brief)},
				   {"mm", mm},
				   {"year", year},
				   {"time", clock},
				   {NULL, NULL},
			       });
}

char *dates_day(enum lang lang, GTimeZone *zone, int64_t seconds)
{
	return fill(lang, zone, seconds, lang_text(lang, "{weekday}, {day} {month} {year}"));
}

char *dates_moment(enum lang lang, GTimeZone *zone, int64_t seconds)
{
	/* Translators: {dd} and {mm} are day and month in two digits, {wd} and {mon} are short. */
	return fill(lang, zone, seconds, lang_text(lang, "{wd} {day} {mon}, {time}"));
}

char *dates_short(enum lang lang, GTimeZone *zone, int64_t seconds)
{
	return fill(lang, zone, seconds, lang_text(lang, "{day} {mon}"));
}

char *dates_iso(GTimeZone *zone, int64_t seconds)
{
	g_autoptr(GDateTime) time = local_time(zone, seconds);

	if (time == NULL)
		return g_strdup("?");
	return g_strdup_printf("%04d-%02d-%02d", g_date_time_get_year(time),
	    g_date_time_get_month(time), g_date_time_get_day_of_month(time));
}

char *dates_schedule(enum lang lang, unsigned minute, unsigned wanted)
{
	const char *each[G_N_ELEMENTS(days) + 1] = {NULL};
	g_autofree char *clock = g_strdup_printf("%02u:%02u", minute / 60, minute % 60);
	g_autofree char *list = NULL;
	const char *form = lang_text(lang, "on {days} at {time}");
	size_t count = 0;

	if (wanted == TIMETABLE_DAILY)
		form = lang_text(lang, "daily at {time}");
	else if (wanted == TIMETABLE_WORKDAYS)
		form = lang_text(lang, "on working days at {time}");
	for (size_t i = 0; i < G_N_ELEMENTS(days); i++)
		if (wanted & 1U << i)
			each[count++] = lang_text(lang, days[i].each);
	list = lang_join(lang, each);
	return text_fill(
	    form, (const struct text_value[]){{"days", list}, {"time", clock}, {NULL, NULL}});
}

char *dates_mail(GTimeZone *zone, int64_t seconds)
{
	g_autoptr(GDateTime) time = local_time(zone, seconds);
	g_autoptr(GDateTime) shown = NULL;
	int minutes = 0;

	if (time != NULL) {
		/* The form has whole minutes east of UTC; some zones of old had not. */
		minutes = (int)(g_date_time_get_utc_offset(time) / G_TIME_SPAN_MINUTE);
		shown = g_date_time_new_from_unix_utc(seconds + minutes * (int64_t)60);
	}
	if (shown == NULL)
		return g_strdup("?");
	return g_strdup_printf("%s, %02d %s %04d %02d:%02d:%02d %c%02d%02d",
	    days[g_date_time_get_day_of_week(shown) - 1].brief, g_date_time_get_day_of_month(shown),
	    months[g_date_time_get_month(shown) - 1].brief, g_date_time_get_year(shown),
	    g_date_time_get_hour(shown), g_date_time_get_minute(shown),
	    g_date_time_get_second(shown), minutes < 0 ? '-' : '+', abs(minutes) / 60,
	    abs(minutes) % 60);
}
