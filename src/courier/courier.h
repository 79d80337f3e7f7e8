/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The role courier: posts to members who want each, digests at their hour, letters.
 */
#ifndef COURIER_COURIER_H
#define COURIER_COURIER_H

#include <glib.h>

#include "base/settings.h"

/*
 * Run the role until SIGTERM (then: mails in hand are finished, within 10 s).  listeners: none.  One
 * octet is written to ready_fd, which is closed, once all of it works.  Returns the process's
 * exit status.
 */
int courier_run(const struct settings *settings, GPtrArray *listeners, int ready_fd);

#endif
