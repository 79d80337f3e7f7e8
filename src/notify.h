/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Words to the service manager (sd_notify(3)) over the datagram socket that
 * NOTIFY_SOCKET names, without systemd's library.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

/* Send "READY=1" and the like; no effect where nobody listens. */
void notify_send(const char *state);

/* RELOADING=1 with the time that systemd wants to see beside it. */
void notify_reloading(void);

#endif
