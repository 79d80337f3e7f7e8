/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The kinds of value that a setting can have: one function each, named by the rows of the
 * table in settings.c.  Nothing else calls them.
 */
#ifndef BASE_SETTING_H
#define BASE_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/settings.h"

#define SETTING_NOWHERE SIZE_MAX

struct setting;

/*
 * Check the value and store it in its field, if it has one (a string is copied, an older one
 * freed).  NULL if all is well; else the reason, which the caller frees: what is wrong, and
 * what would be right, in the language of the environment.
 */
typedef char *setting_fn(const struct setting *row, const char *value, struct settings *settings);

struct setting {
	const char *section;
	const char *key;
	setting_fn *parse;
	size_t place;	      /* of the field in struct settings, or SETTING_NOWHERE */
	bool idle;	      /* has no effect in this version */
	const char *fallback; /* the default, as it would be written; NULL: the field stays 0 */
	const char *words;    /* the choices, "a|b" */
	int64_t min, max;
};

/* Any text but the empty one. */
char *setting_text(const struct setting *row, const char *value, struct settings *settings);

/* A domain name (RFC 1123 section 2.1); stored in lower case. */
char *setting_domain(const struct setting *row, const char *value, struct settings *settings);

/* sqlite:PATH; stored with the path absolute. */
char *setting_store(const struct setting *row, const char *value, struct settings *settings);

/* One of row->words, into an enum that has them in the same order from 0. */
char *setting_word(const struct setting *row, const char *value, struct settings *settings);

/* One of the two row->words, into a bool: the second means true. */
char *setting_truth(const struct setting *row, const char *value, struct settings *settings);

/* A name of the time zone database.  A fallback that the machine does not know becomes UTC. */
char *setting_zone(const struct setting *row, const char *value, struct settings *settings);

/* A mail address, roughly: local@domain. */
char *setting_address(const struct setting *row, const char *value, struct settings *settings);

/* The name of an account or group; it need not exist. */
char *setting_account(const struct setting *row, const char *value, struct settings *settings);

/* A path; stored absolute, what is relative counts from the folder of the config file. */
char *setting_path(const struct setting *row, const char *value, struct settings *settings);

/* Likewise, of a file that can be read (or that only root may read, where we are not root). */
char *setting_file(const struct setting *row, const char *value, struct settings *settings);

/* A list of anything; may be empty, as the two below. */
char *setting_list(const struct setting *row, const char *value, struct settings *settings);

/* A list of HOST:PORT; port 0 lets the kernel choose; IPv6 in brackets. */
char *setting_listen(const struct setting *row, const char *value, struct settings *settings);

/* A list of HOST:PORT and paths of sockets: what has a slash, or no colon, is a path. */
char *setting_lmtp(const struct setting *row, const char *value, struct settings *settings);

/* An octal mode of three digits, a 0 may precede; into an unsigned. */
char *setting_mode(const struct setting *row, const char *value, struct settings *settings);

/* A number from row->min to row->max, into an int64_t. */
char *setting_number(const struct setting *row, const char *value, struct settings *settings);

/* "25M" (text_octets), row->min to row->max, into an int64_t. */
char *setting_octets(const struct setting *row, const char *value, struct settings *settings);

/* "10m" (text_duration_ms), row->min to row->max in milliseconds, into an int64_t. */
char *setting_duration(const struct setting *row, const char *value, struct settings *settings);

/*
 * smtp://HOST:PORT, smtps://HOST:PORT, lmtp:PATH or maildir:PATH; a PATH is stored absolute, as
 * setting_path() does.
 */
char *setting_relay(const struct setting *row, const char *value, struct settings *settings);

/* As setting_word(); a word that this version does not make yet is refused by name. */
char *setting_format(const struct setting *row, const char *value, struct settings *settings);

/* http:// or https:// with a host. */
char *setting_url(const struct setting *row, const char *value, struct settings *settings);

/* HH:MM. */
char *setting_hour(const struct setting *row, const char *value, struct settings *settings);

/* daily, or a list of days such as Mon-Fri,Sun. */
char *setting_days(const struct setting *row, const char *value, struct settings *settings);

/* The beginning of newsgroup names. */
char *setting_prefix(const struct setting *row, const char *value, struct settings *settings);

#endif
