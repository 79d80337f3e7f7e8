/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What runs: the file RUNTIME_DIR/umlaufd.status that the supervisor keeps, a line for each
 * process (`role=intake pid=123 state=running since=UNIX restarts=0`), the supervisor's first
 * (supervisor.h).
 */
#ifndef CTL_ROLES_H
#define CTL_ROLES_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"

struct ctl_role {
	char *role;  /* owned */
	char *state; /* owned; as the supervisor says */
	int64_t pid;
	int64_t restarts;
	int64_t since; /* Unix seconds */
	bool alive;    /* a process has that pid */
};

/* Array of struct ctl_role *; empty where there is no such file.  Never NULL. */
GPtrArray *ctl_roles_read(const struct settings *settings);

/* True if a supervisor is alive. */
bool ctl_roles_daemon_runs(const struct settings *settings);

#endif
