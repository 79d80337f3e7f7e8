/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Waiting for one socket, for what speaks to a server and may block (etpan, tls).  By poll, so that
 * any number of a descriptor is good.
 */
#ifndef NET_WAIT_H
#define NET_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * True when one of the events (POLLIN, POLLOUT) has come, or the socket is broken: the next read or
 * write says how.  Signals are ignored.  False with errno ETIMEDOUT when deadline_ms
 * (clock_monotonic_ms) has passed, or with that of poll.
 */
bool wait_for_socket(int fd, short events, int64_t deadline_ms);

#endif
