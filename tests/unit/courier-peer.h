/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A server of SMTP and LMTP for the tests of courier: strict about the order of commands and about
 * pipelining, and in one place or two, where a script says so, not as it should be.
 */
#ifndef TESTS_UNIT_COURIER_PEER_H
#define TESTS_UNIT_COURIER_PEER_H

#include "courier/smtp.h"
#include "net-peer.h"

#define PEER_USER "umlauf"
#define PEER_PASSWORD "gr\xc3\xbcn & lang"

/* In place of an answer. */
extern const char peer_hang[];	/* say nothing more */
extern const char peer_close[]; /* go away */
extern const char peer_cut[];	/* for DATA: a yes, then go away in the middle of the message */
extern const char peer_hold[];	/* likewise, but leave it untaken; over a unix socket alone */
extern const char peer_flood[]; /* a line of 200 MB */
extern const char peer_lines[]; /* 100,000 lines that others follow */

struct twist {
	const char *verb;  /* "connect", a command, or "." for the end of a message */
	const char *reply; /* with CRLF, in place of the usual answer, once */
};

struct script {
	const char *offers; /* keywords of EHLO, each ended by LF */
	struct twist twists[3];
	SSL_CTX *tls; /* for STARTTLS; NULL: none */
	bool tls_at_once;
};

/* peer_fn; data: struct script. */
void courier_peer_serve(struct peer_end *end, const void *data);

/* -- a session with such a server -- */

enum {
	PATIENCE_MS = 20000,
};

struct talk {
	struct settings settings;
	char *folder; /* owned; of the unix socket */
	struct peer *peer;
	struct smtp_session *session;
	struct relay_answer answer;
};

/* relay: "smtp://HOST", to which the port is added; NULL: LMTP over a unix socket. */
struct talk *talk_new(const struct script *script, const char *relay);
void talk_open(struct talk *talk);
/* Close and free.  All that the peer has heard. */
GString *talk_finish(struct talk *talk, bool broken);
void talk_drop(struct talk *talk, bool broken);

#endif
