/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What all sessions of one process share: the store with one read transaction
 * a turn, the groups, and room to work in.
 */
#ifndef NEWS_WORKER_H
#define NEWS_WORKER_H

#include <stdbool.h>

#include <event2/event.h>
#include <glib.h>

#include "article/address.h"
#include "article/header.h"
#include "base/settings.h"
#include "news/groups.h"
#include "store/store.h"

struct peers;
struct news_session;

struct news_worker {
	const struct settings *settings; /* borrowed */
	struct event_base *base;	 /* borrowed */
	struct store *store;		 /* owned, as all below */
	struct news_groups *groups;
	struct peers *peers;
	struct address_mask mask;
	const struct timeval *idle_timeout; /* the event base's */
	struct news_session *sessions;	    /* list of all that are open */
	int64_t n_sessions;
	int64_t quiet_until_ms; /* no log line about refused clients before (clock_monotonic_ms) */
	bool closing;		/* no further answers than those under way */
	int64_t version;	/* store_version() that groups belong to */
	int64_t looked_ms;	/* clock_monotonic_ms() of the last look */
	GQueue posts;		/* connections to intake (news/post.c) */
	GQueue idle_posts;	/* of these, those that wait for the next post */

	/* Room for one article at a time, used again and again. */
	GByteArray *wire;
	GString *head;
	GArray *places;	      /* struct serve_place */
	GPtrArray *addresses; /* char *, borrowed: of the groups that hold it */
	struct header header;
};

/* Open the store and read the groups.  settings and base are borrowed.  NULL on error. */
struct news_worker *news_worker_new(
    const struct settings *settings, struct event_base *base, GError **error);

/* All sessions must be closed. */
void news_worker_free(struct news_worker *worker);

/*
 * Before an answer that groups or store are asked for: the first one of a turn opens its read
 * transaction and renews the groups if the store has changed.
 */
void news_worker_look(struct news_worker *worker);

/* Likewise before a post, for which the groups of a second ago will do: intake has the last word. */
void news_worker_glance(struct news_worker *worker);

/*
 * Before the first look into the store: open the turn's read transaction, if that has not happened.
 * False (and logged): the store cannot be read now.
 */
bool news_worker_begin(struct news_worker *worker);

/* At the end of a turn: end the transaction, if there is one. */
void news_worker_end(struct news_worker *worker);

/* True if a client may post without a login, which this version does not have. */
bool news_worker_takes_posts(const struct news_worker *worker);

/* Log an error of the store that a reader has been told of by 403. */
void news_worker_complain(const GError *error);

#endif
