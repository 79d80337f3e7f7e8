/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A session of SMTP (RFC 5321) or LMTP (RFC 2033) over libetpan, pipelined where the peer offers it
 * (RFC 2920): MAIL, RCPT and DATA in one write, the message and its dot in a second.  It never
 * writes past DATA before DATA's answer.  Used by courier/relay only.
 */
#ifndef COURIER_SMTP_H
#define COURIER_SMTP_H

#include "courier/relay.h"

struct smtp_session;

/*
 * As relay_open(), for smtp://, smtps:// and lmtp: relays.  smtps:// is encrypted from the first
 * octet.  With smtp:// STARTTLS is required where the settings say so, or (auto) unless the host is
 * "localhost", 127.0.0.0/8 or ::1.  A unix socket has no TLS: ERR_PERM if that is required.  A
 * password leaves this machine encrypted or not at all.
 */
struct smtp_session *courier_smtp_open(const struct settings *settings, GError **error);

/*
 * As relay_send(), of addresses that relay_takes_address() takes.  A mail beyond the SIZE that the
 * peer takes is RELAY_PERM without a word to it (RFC 1870).  Dots are stuffed, a last line
 * without CRLF gets it, every other octet goes as it is.
 */
void courier_smtp_send(
    struct smtp_session *session, const struct relay_mail *mail, struct relay_answer *answer);

/* As relay_close(). */
void courier_smtp_close(struct smtp_session *session, bool broken);

#endif
