/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Where outgoing mail is handed to: SMTP, LMTP or a Maildir, behind one shape.  Lives in the
 * courier's workers, which open no store; blocking.
 */
#ifndef COURIER_RELAY_H
#define COURIER_RELAY_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "base/settings.h"

/* How the handing over of one mail ended. */
enum relay_end {
	RELAY_SENT,    /* 2xx: the mail is the relay's */
	RELAY_TEMP,    /* 4xx, or the session broke before the mail's end: try again later */
	RELAY_PERM,    /* 5xx, or an address or size that can't be sent: never again */
	RELAY_UNKNOWN, /* the session broke behind the mail's end: it may have been taken */
};

struct relay_answer {
	enum relay_end end;
	int code; /* of SMTP; 0: none came */
	GString *
	    text; /* owned by the caller; set anew each time: one clean line of at most 500 octets */
	bool broken; /* the session is of no more use: close it */
	bool gone;   /* likewise, and it had ended before this mail: another may be tried at once */
};

/* One mail to one receiver. */
struct relay_mail {
	const char *sender;    /* envelope; "" for the empty one */
	const char *recipient; /* envelope */
	const char *head;      /* the receiver's own lines, whole with CRLF; may be empty */
	size_t head_size;
	const char *rest; /* the message behind them, CRLF line ends */
	size_t rest_size;
};

struct relay;

/*
 * Open a session: connect, greeting, EHLO or LHLO, STARTTLS, AUTH as the settings ask.  NULL on
 * error: ERR_PERM where a person must act (certificate, password refused, no encryption offered
 * where it is required), ERR_TEMP else.  The message names the relay.
 */
struct relay *relay_open(const struct settings *settings, GError **error);

/* Hand over one mail; waits for its answer.  Addresses are checked here once more. */
void relay_send(struct relay *relay, const struct relay_mail *mail, struct relay_answer *answer);

/* Leave politely (QUIT, one second at most) unless broken, and free.  NULL is accepted. */
void relay_close(struct relay *relay, bool broken);

/*
 * True if a mail address can stand in an envelope: 3 to 254 octets of printable ASCII with an `@`,
 * no `<` or `>`, no blank outside quotes.  (RFC 5321; no SMTPUTF8.)
 */
bool relay_takes_address(const char *address);

#endif
