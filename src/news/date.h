/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Dates and times as NEWGROUPS and NEWNEWS name them (RFC 3977 section 7.3.2).
 */
#ifndef NEWS_DATE_H
#define NEWS_DATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * `yymmdd` or `yyyymmdd`, and `hhmmss`, to Unix seconds.  zone: an identifier (Europe/Berlin), or
 * NULL for UTC.  now: Unix seconds; a year of two digits is that of now's century, or of the one
 * before if it would be later than now's year.  False if it is no date.
 */
bool news_date_parse(
    const char *date, const char *time, const char *zone, int64_t now, int64_t *seconds);

#endif
