/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Small things about strings that GLib has not.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

/* Base 32 in a-z2-7 without padding (survives mail gateways); the caller frees. */
char *text_base32(const void *bytes, size_t size);

/*
 * A copy in which each control character is one blank: also DEL and C1, U+2028 and U+2029, and what
 * turns the direction of writing; valid UTF-8 always.
 */
char *text_clean(const char *text);

/* A decimal number of digits only, 0 to max; false if it is anything else. size bytes, counted. */
bool text_number(const char *text, size_t size, uint64_t max, uint64_t *number);

/* "25M", "64K", "1G", "512" to octets (1 to 2^40). */
bool text_octets(const char *text, int64_t *octets);

/* "250ms", "30s", "5m", "2h", "5d" to milliseconds; a bare 0 is 0, a bare number is refused. */
bool text_duration_ms(const char *text, int64_t *ms);

/* RFC 3339 ("2026-11-24T06:30:00+01:00", "…Z") to Unix seconds. */
bool text_time(const char *text, int64_t *seconds);

/*
 * Unix seconds as an RFC 5322 date in UTC: "Mon, 23 Nov 2026 08:12:00 +0000"; the caller frees.
 * Years from 1900 to 9999; what is beyond becomes the nearest.
 */
char *text_mail_date(int64_t seconds);

/* True if text begins with prefix, ASCII case ignored. */
bool text_has_prefix(const char *text, const char *prefix);

/* A list separated by commas, blanks around items removed, empty items dropped; g_strfreev. */
char **text_list(const char *text);

/* What stands for {name} in a text of ours.  Both borrowed; a value may be NULL: nothing. */
struct text_value {
	const char *name;
	const char *value;
};

/*
 * The form with each {name} replaced by its value, once: what a value holds is not looked at.
 * A name that is not among the values (a NULL name ends them) stays.  The caller frees.
 */
char *text_fill(const char *form, const struct text_value *values);

/* Append text as a JSON string with its quotation marks (RFC 8259); NULL gives null. */
void text_append_json(GString *out, const char *text);

#endif
