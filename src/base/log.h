/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Log lines: `role=… event=… id=… key="…"`, one a call, to stderr or syslog.
 * Only roles log, once, where the decision falls; libraries return errors.
 * Never a password, token or body.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

enum log_level {
	LOG_LEVEL_ERROR,   /* someone must act */
	LOG_LEVEL_WARNING, /* one article or peer suffers */
	LOG_LEVEL_NOTICE,  /* one line per article and role */
};

/* One `key=value`.  A text that is not plain is quoted, cleaned of control characters, and cut. */
struct log_field {
	const char *key;  /* NULL ends the list */
	const char *text; /* NULL: the number counts */
	int64_t number;
};

#define log_text(k, t)                             \
	{                                          \
		.key = (k), .text = (t) ? (t) : "" \
	}
#define log_number(k, n)                           \
	{                                          \
		.key = (k), .number = (int64_t)(n) \
	}

/* Name the role in all further lines ("news", "supervisor") and where they go. */
void log_open(const char *role, int to_syslog);

/* Write one line.  fields: ends with key NULL. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* log_notice("accepted", log_text("id", id), log_number("number", 7)): one field at least. */
#define log_error(event, ...) \
	log_write(LOG_LEVEL_ERROR, event, (const struct log_field[]){__VA_ARGS__, {.key = NULL}})
#define log_warning(event, ...) \
	log_write(LOG_LEVEL_WARNING, event, (const struct log_field[]){__VA_ARGS__, {.key = NULL}})
#define log_notice(event, ...) \
	log_write(LOG_LEVEL_NOTICE, event, (const struct log_field[]){__VA_ARGS__, {.key = NULL}})

#endif
