/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The role intake: LMTP and the watched Maildir into the store.
 */
#ifndef INTAKE_INTAKE_H
#define INTAKE_INTAKE_H

#include <glib.h>

#include "base/settings.h"

/*
 * Run the role until SIGTERM (then: no new connection, what is held is finished, within 10 s).
 * listeners: array of struct listener *, the LMTP sockets, open already.  One octet is written
 * to ready_fd, which is closed, once all of it works.  Returns the process's exit status.
 */
int intake_run(const struct settings *settings, GPtrArray *listeners, int ready_fd);

#endif
