/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The supervisor: opens the listeners while it has the privileges, starts the
 * role processes, starts again what dies, and exchanges all of them when the
 * settings are read anew.  It holds no store open and reads nothing from
 * outside but its config file.
 *
 * RUNTIME_DIR/umlaufd.lock is locked while it runs; RUNTIME_DIR/umlaufd.status says what runs,
 * replaced as a whole at each change and removed at the end:
 *
 *   role=supervisor pid=N state=running|stopping since=UNIX restarts=0
 *   role=NAME pid=N state=waiting|starting|running|stopping since=UNIX restarts=N
 *   listen=NAME address=HOST:PORT|PATH
 */
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdbool.h>

#include "base/settings.h"

struct supervisor_options {
	const char *file; /* the config file, read again on SIGHUP */
	char **roles;	  /* NULL: all */
	bool foreground;  /* false: go to the background once ready */
};

/*
 * Run until SIGTERM or SIGINT.  settings is taken over.  In the background case the first process
 * exits from within with 0 when all is ready, or 1.  Returns the exit status.
 */
int supervisor_run(struct settings *settings, const struct supervisor_options *options);

#endif
