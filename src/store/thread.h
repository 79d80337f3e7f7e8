/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Threads in the store: wanted parents, who still awaits whom, roots.  The
 * rules are in accept/thread.c; here are the rows.
 */
#ifndef STORE_THREAD_H
#define STORE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

/*
 * Where the wanted parent of an article stands: its place among the candidates (article/refs and
 * what accept/thread puts behind them), nearest first, or one of these.
 */
enum {
	PLACE_RULED = -2, /* the operator has said so, also that there is none; nothing is nearer */
	PLACE_NONE = -1,
	PLACE_SUBJECT = 1000, /* found by its subject: behind all candidates */
};

/* One article as a node of the forest. */
struct thread_node {
	int64_t id;
	int64_t wanted;
	int64_t root;
	int64_t place;
	int64_t date;
	char *msgid; /* owned */
};

/* Someone who awaits an id: the candidate at `place` of `article`. */
struct thread_waiter {
	int64_t article;
	int64_t place;
};

/* `article` would rather have the article of this id, candidate `place`, which has not arrived. */
bool thread_await(
    struct store *store, int64_t article, const char *msgid, int64_t place, GError **error);

/* Who awaits this id.  Array of struct thread_waiter by value; NULL on error. */
GArray *thread_waiters(struct store *store, const char *msgid, GError **error);

/*
 * `wanted` (0: none) is the parent of the article now, at `place`; those behind `place` are awaited
 * no more, at PLACE_NONE and PLACE_RULED none at all.
 */
bool thread_adopt(
    struct store *store, int64_t article, int64_t wanted, int64_t place, GError **error);

bool thread_node(struct store *store, int64_t article, struct thread_node *node, GError **error);
void thread_node_clear(struct thread_node *node);

/*
 * The earliest article (by date, then id) that was seen under this name, which may be several
 * articles' (article/threadindex.h); 0 if none, -1 on error.
 */
int64_t thread_find_named(struct store *store, const char *name, GError **error);

/*
 * Kin: articles that one group, one base subject and one person have in common; `kin` is a keyed
 * hash of the three.  Of the same article any number.
 */
bool thread_kin_add(
    struct store *store, int64_t kin, int64_t date, int64_t article, GError **error);

/*
 * The nearest earlier one (by date, then id) of at least `since`, or the nearest later one of at
 * most `until`; 0 if none, -1 on error.
 */
int64_t thread_kin_before(struct store *store, int64_t kin, const struct thread_node *node,
    int64_t since, GError **error);
int64_t thread_kin_after(struct store *store, int64_t kin, const struct thread_node *node,
    int64_t until, GError **error);

/* The thread (root's id) of an article; 0 on error. */
int64_t thread_root(struct store *store, int64_t article, GError **error);

/* True if the article is `above` or hangs below it; false on error, too. */
bool thread_is_below(struct store *store, int64_t article, int64_t above, GError **error);

/*
 * The article and all that hang below it, those that stand in the group, by their number there.
 * Array of int64_t; NULL on error.
 */
GArray *thread_below(struct store *store, int64_t article, int64_t group, GError **error);

/* Set the root of an article and, if `below`, of all that hang below it. */
bool thread_set_root(
    struct store *store, int64_t article, int64_t root, bool below, GError **error);

/* One article for a listing of threads. */
struct thread_entry {
	int64_t id;
	int64_t wanted; /* 0: none */
	int64_t root;
	int64_t number; /* in the group asked for; 0: not placed there */
	int64_t date;
	bool withdrawn;	     /* a tombstone: subject and from are NULL */
	bool tombstone_here; /* withdrawn, and stood in the group asked for */
	char *msgid;	     /* owned, as the next two */
	char *subject;
	char *from; /* the From column of its overview; NULL if not placed */
};

/*
 * All articles of a thread (group 0: numbers from any one group), or of all threads that touch
 * a group.  Array of struct thread_entry *, by date, then id.
 */
GPtrArray *thread_of_root(struct store *store, int64_t root, int64_t group, GError **error);
GPtrArray *thread_of_group(struct store *store, int64_t group, GError **error);

#endif
