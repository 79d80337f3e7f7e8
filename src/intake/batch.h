/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Group commit: all messages that are ready in one turn of the loop share one
 * transaction and one fsync, then all of them are answered.
 */
#ifndef INTAKE_BATCH_H
#define INTAKE_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>
#include <glib.h>

#include "accept/accept.h"
#include "accept/resolve.h"

struct intake_batch;

/* One message on its way in. */
struct intake_item {
	GByteArray *bytes;  /* owned; CRLF line ends */
	char *sender;	    /* owned; envelope */
	bool null_sender;   /* it is the empty one */
	enum via via;	    /* VIA_MAIL, or VIA_NEWS: then for all groups or for none */
	int64_t person;	    /* VIA_NEWS: who is logged in; 0: nobody */
	int64_t answers;    /* the article that an address it was sent to names; 0: none */
	GPtrArray *groups;  /* owned; struct group *, no one twice */
	GPtrArray *errands; /* owned; struct target * of other kinds */

	/*
	 * Called once after the commit (or its failure), the item still whole; then it is
	 * freed.  NULL: nobody waits any more (intake_batch_forget).
	 */
	void (*done_fn)(const struct intake_item *item, void *data);
	void *data; /* borrowed */

	/* What came of it, for done_fn: error NULL means it is committed and outcome tells. */
	GError *error;
	struct outcome outcome;
	GPtrArray *done; /* owned; const char *, for each errand what was done; NULL: nothing */
};

/* A mail; bytes and groups are taken, errands begin empty. */
struct intake_item *intake_item_new(GByteArray *bytes, const char *sender, GPtrArray *groups);
void intake_item_free(struct intake_item *item);

/*
 * base must have INTAKE_PRIORITIES priorities: batches run when nothing else is ready (libevent
 * puts events into the middle one).
 */
#define INTAKE_PRIORITIES 3
#define INTAKE_BATCH_PRIORITY 2
struct intake_batch *intake_batch_new(
    struct event_base *base, struct store *store, const struct settings *settings);

/* Commits what waits, answers it, and frees. */
void intake_batch_free(struct intake_batch *batch);

/*
 * What is asked of the store from now until the batch's turn comes, which is soon, happens in one
 * read transaction.  False: it can't be read.
 */
bool intake_batch_read(struct intake_batch *batch, GError **error);

/* Take an item; done_fn is called in a later turn of the loop. */
void intake_batch_add(struct intake_batch *batch, struct intake_item *item);

/* The one who waits for the item is gone: it is stored all the same, done_fn is not called. */
void intake_batch_forget(struct intake_item *item);

#endif
