/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A generation: one reading of the settings, and the ports and processes that
 * follow from it.  Settings never change inside a process; new settings are a
 * new generation.
 */
#ifndef GENERATION_H
#define GENERATION_H

#include <stdbool.h>

#include <glib.h>

#include "base/settings.h"
#include "process.h"
#include "role.h"

struct generation {
	struct settings *settings; /* owned */
	GPtrArray *ports;	   /* of struct port *; NULL before generation_open */
	GPtrArray *processes;	   /* of struct process *, owned */
};

/* Takes the settings over.  roles: ended by NULL.  Its processes wait for their start. */
struct generation *generation_new(struct settings *settings, const struct role **roles);

/* NULL is accepted.  Ports that no other generation has are closed. */
void generation_free(struct generation *generation);

/*
 * Open its ports, taking over from `old` (may be NULL) those that stay, and make the store or bring
 * it up to date, in a process that has become the user.
 */
bool generation_open(struct generation *generation, const struct role **roles,
    const struct generation *old, GError **error);

/* Start one of its processes; on error that process waits for another try. */
bool generation_start(struct generation *generation, struct process *process, GError **error);

bool generation_has(const struct generation *generation, const struct process *process);

/* True if all its processes run. */
bool generation_is_ready(const struct generation *generation);

#endif
