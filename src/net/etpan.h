/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * libetpan's mailstream over a driver of ours: absolute deadlines, a budget of octets for each
 * answer, EOF as an error, no SIGPIPE, no select(), signals ignored while waiting, TCP_NODELAY and
 * TCP_QUICKACK, verified TLS.  (The library's own driver has none of these.)
 */
#ifndef NET_ETPAN_H
#define NET_ETPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <libetpan/mailstream.h>

#include "net/tls.h"

#define ETPAN_BUFFER ((size_t)256 * 1024)

/*
 * Connect to host and port (each address in turn) or to a unix socket.  The stream owns the
 * socket: mailstream_close.  NULL on error (ERR_TEMP; ERR_PERM where there is no such host, or the
 * path is too long).  The deadline stays for what follows, until etpan_set_deadline; a unix socket
 * answers at once and begins without one.  The resolver has time-outs of its own.
 */
mailstream *etpan_connect(const char *host, unsigned port, int64_t deadline_ms, GError **error);
mailstream *etpan_connect_unix(const char *path, GError **error);

/* Until when (clock_monotonic_ms) reads and writes may take, from now on. */
void etpan_set_deadline(mailstream *stream, int64_t deadline_ms);

/* How many octets may be read from now on, before reads fail: set before each answer. */
void etpan_set_budget(mailstream *stream, size_t octets);

/*
 * Begin TLS in place (behind STARTTLS, or at once for an implicit port).  Octets that the peer
 * sent before, in clear, are an error (command injection).  As tls_connect, until the deadline;
 * after an error the stream is good for mailstream_close alone.  The client outlives the stream.
 */
bool etpan_start_tls(
    mailstream *stream, struct tls_client *client, const char *host, GError **error);

/* Why the last read or write failed, for a log: "time-out", "closed by the peer" …; static. */
const char *etpan_failure(mailstream *stream);

#endif
