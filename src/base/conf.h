/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The config file as a list of entries with their lines: INI, read by inih.
 * Nothing here knows what a section or key means (see settings.h).
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <glib.h>

struct conf_entry {
	char *section; /* owned; "" before the first section */
	char *key;     /* owned; NULL: the line that opens the section */
	char *value;   /* owned */
	int line;      /* from 1 */
};

/* Array of struct conf_entry * in the file's order; NULL and "FILE:LINE: …" on error. */
GPtrArray *conf_read(const char *path, GError **error);

#endif
