/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Article numbers and ranges of them, as commands name them (RFC 3977
 * sections 6 and 9.8), and numbers written into answers.
 */
#ifndef NEWS_RANGE_H
#define NEWS_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

/* An article number has at most that many digits (RFC 3977 section 9.8). */
#define NEWS_RANGE_DIGITS_MAX 16

/* Both ends belong to it; low > high: an empty range. */
struct news_range {
	int64_t low;
	int64_t high;
};

/*
 * `n`, `n-` (high is INT64_MAX) or `n-m` (NUL-terminated).  False if it is anything else, or a
 * number has more than 16 digits.  A number beyond 2147483647 is no error: no article has it.
 */
bool news_range_parse(const char *text, struct news_range *range);

/* A single number; false as above. */
bool news_range_number(const char *text, int64_t *number);

/* Append a number >= 0 in decimal digits; what printf would do, in a tenth of its time. */
void news_range_append(GString *out, int64_t number);

#endif
