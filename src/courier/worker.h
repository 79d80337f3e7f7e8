/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A worker of the courier: a process that takes mails from a socket, hands them to the relay, and says
 * what came of each.  Opens no store.
 */
#ifndef COURIER_WORKER_H
#define COURIER_WORKER_H

#include "base/settings.h"

/*
 * Work until the other end closes the socket, or SIGTERM: then the mail in hand is finished, and
 * those behind it are answered as untouched.  Returns the exit status; EXIT_SUCCESS: what was
 * not answered was not touched.
 */
int courier_worker_run(const struct settings *settings, int fd);

#endif
