/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The Date of a message (RFC 5322 section 3.3), as it is really written.
 */
#ifndef ARTICLE_MAILDATE_H
#define ARTICLE_MAILDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "article/header.h"

/*
 * A Date field (may be NULL) in Unix seconds; false if it lacks, can't be read, or is not of the
 * years from 1970 to 2099.  Read are the standard's form, its obsolete ones (two-digit years, zones by
 * name, no seconds, comments), German ones ("Montag, 23. März 2026 09:12 Uhr MEZ", "23.11.2026
 * 09:12:00"), and RFC 3339.  An unknown zone, or none, is UTC (RFC 5322 section 4.3).
 */
bool maildate_read(const struct field *field, int64_t *seconds);

/*
 * True for the standard's form and its obsolete ones, so that any newsreader can read it: weekday and
 * seconds may lack, the zone is a number or up to five letters, a comment may follow.
 */
bool maildate_is_standard(const struct field *field);

#endif
