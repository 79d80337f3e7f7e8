/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Appointments in a mail (text/calendar; iCalendar, RFC 5545, and iTIP, RFC 5546), as a sentence for
 * who reads it.  A small reader of its own: eight properties of the first events are all that is
 * wanted, while libical builds a tree of everything before anybody can count, and looks time zones up.
 */
#ifndef ARTICLE_CALENDAR_H
#define ARTICLE_CALENDAR_H

#include "base/lang.h"

#define CALENDAR_EVENTS_MAX 5

/*
 * The first events of a calendar (UTF-8, LF or CRLF), a line each:
 *
 *   Appointment: Tuesday, 12 January 2027, 10:00 to 11:00 (Europe/Berlin); Place: …; Subject: …
 *
 * "Appointment cancelled", "… changed", "… accepted" where the calendar says so.  Times are those of
 * the calendar, with the zone's name as it writes it; none is converted.  NULL where there is no
 * event with a date.  Takes time and memory in proportion to the text; the caller frees.
 */
char *calendar_text(const char *text, enum lang lang);

#endif
