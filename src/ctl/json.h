/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Writing one JSON value (RFC 8259) piece by piece; commas come by themselves.  The key is NULL
 * inside of an array and for the outermost value.
 */
#ifndef CTL_JSON_H
#define CTL_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

/* bracket: '{' or '['; ctl_json_close takes '}' or ']'. */
void ctl_json_open(GString *json, const char *key, char bracket);
void ctl_json_close(GString *json, char bracket);

/* NULL gives null; bytes that are no UTF-8 are replaced. */
void ctl_json_text(GString *json, const char *key, const char *text);
void ctl_json_number(GString *json, const char *key, int64_t number);
void ctl_json_truth(GString *json, const char *key, bool truth);
void ctl_json_null(GString *json, const char *key);

/* Unix seconds as RFC 3339 in UTC; null if no calendar reaches there. */
void ctl_json_time(GString *json, const char *key, int64_t seconds);

/* An array of the strings (NULL-terminated; NULL gives an empty one). */
void ctl_json_texts(GString *json, const char *key, char *const *texts);

/* A value that is written already. */
void ctl_json_value(GString *json, const char *key, const char *value);

/* To stdout, with a line end. */
void ctl_json_print(const GString *json);

#endif
