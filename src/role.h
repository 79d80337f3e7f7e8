/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The roles: which there are, how many processes each has, and on which
 * addresses it listens.
 */
#ifndef ROLE_H
#define ROLE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"

struct role {
	const char *name;
	/* NULL: known, but without a process in this version */
	int (*run)(const struct settings *settings, GPtrArray *listeners, int ready_fd);
	char **(*addresses)(const struct settings *settings); /* borrowed from the settings */
	int64_t (*processes)(const struct settings *settings);
	bool keeps_password; /* of the relay; all others forget it */
};

/* The role of that name; NULL if there is none. */
const struct role *role_find(const char *name);

/*
 * The roles that a process is started for, in the order of starting, ended by NULL; the caller
 * frees the array.  names: NULL for all.
 */
const struct role **role_chosen(char **names);

#endif
