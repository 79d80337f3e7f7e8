/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The bell: after a commit a process wakes the others by an empty datagram to
 * every socket in RUNTIME/bell.  Losing one does no harm: what a role then does not
 * learn at once it sees at its next look (news: before the next answer).
 */
#ifndef BASE_BELL_H
#define BASE_BELL_H

#include <glib.h>

/*
 * Bind a datagram socket RUNTIME/bell/ROLE.PID (non-blocking, close on exec); -1 on error.
 * The folder is made where it lacks.
 */
int bell_open(const char *runtime_dir, const char *role, GError **error);

/* Take all waiting rings off the socket. */
void bell_answer(int fd);

/* Close and remove the socket of this process. */
void bell_close(int fd, const char *runtime_dir, const char *role);

/*
 * Ring all, the own socket too; never waits, never fails.  A socket whose process is gone is
 * removed on the way.
 */
void bell_ring(const char *runtime_dir);

#endif
