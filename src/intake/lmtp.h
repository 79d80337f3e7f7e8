/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * LMTP (RFC 2033): sessions and their listeners.
 */
#ifndef INTAKE_LMTP_H
#define INTAKE_LMTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <glib.h>

#include "base/settings.h"
#include "intake/batch.h"
#include "net/lineconn.h"
#include "store/store.h"

struct intake_lmtp;

/* … this, for an errand, which is always answered by a yes. */
#define INTAKE_ERRAND G_MAXUINT

/* A session: what the sender has said so far. */
struct intake_session {
	struct lineconn *conn;	  /* borrowed; it closes the session */
	struct intake_lmtp *lmtp; /* borrowed */
	const char *address;	  /* borrowed from lmtp->peers, or "unix" */
	bool greeted;		  /* LHLO */
	bool news;		  /* on the private socket: a news worker posts */
	char *sender;		  /* owned; NULL before MAIL FROM, "" for the empty one */
	int64_t person;		  /* news: who is logged in; 0: nobody */
	int64_t answers;	  /* the newest article that a recipient names; 0: none */
	GPtrArray *groups;	  /* owned struct group *, no one twice */
	GPtrArray *errands;	  /* owned struct target * of the other recipients */
	GArray *recipients; /* guint for each RCPT that was accepted: its place in groups, or … */
	struct intake_item *item; /* borrowed from the batch while a commit is awaited */
	unsigned errors;
};

/* What all sessions share. */
struct intake_lmtp {
	const struct settings *settings; /* borrowed, as the next three */
	struct event_base *base;
	struct store *store;
	struct intake_batch *batch;
	struct peers *peers;	       /* owned */
	const struct timeval *timeout; /* of a command */
	GPtrArray *acceptors;	       /* owned struct evconnlistener * */
	struct event *rest;	       /* owned; until connections are accepted again */
	GHashTable *sessions;	       /* struct intake_session * */
	bool closing;
	void (*emptied_fn)(void *data); /* when the last session is gone, while closing */
	void *data;
};

/* Begin to accept on the listeners (struct listener *, borrowed). */
struct intake_lmtp *intake_lmtp_start(struct event_base *base, const struct settings *settings,
    struct store *store, struct intake_batch *batch, GPtrArray *listeners, GError **error);

/*
 * Accept nobody any more and take leave of those who are not in the middle of a message;
 * emptied_fn is called when none is left (perhaps at once).
 */
void intake_lmtp_stop(struct intake_lmtp *lmtp, void (*emptied_fn)(void *data), void *data);

/* Cut what is left, and free. */
void intake_lmtp_free(struct intake_lmtp *lmtp);

/* Serve a connected socket; takes the fd.  news: it came in by the private socket. */
void intake_lmtp_serve(struct intake_lmtp *lmtp, int fd, bool news);

/* Forget the message that was begun (RSET, the next LHLO, after the data). */
void intake_session_reset(struct intake_session *session);

#endif
