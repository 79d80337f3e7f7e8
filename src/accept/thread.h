/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The thread of an article: a pure function of the set of articles, whatever
 * the order of their arrival.
 */
#ifndef ACCEPT_THREAD_H
#define ACCEPT_THREAD_H

#include <stdbool.h>

#include <glib.h>

#include "article/header.h"
#include "base/settings.h"
#include "store/article.h"
#include "store/thread.h"

/*
 * The name under which an article is found by an id that, as it says itself, a gateway took from
 * it.  It is no id: whoever really has that one is asked first, and several may claim it.  The
 * caller frees.
 */
char *thread_claimed_name(const char *msgid);

/*
 * Who may be the parent, nearest first: the ids of References and In-Reply-To (article/refs), each
 * with its thread_claimed_name behind it, the id that the reply address named (answered; may be
 * NULL), the ancestors of Thread-Index.  None of its own names: `own` (NULL-terminated, its id
 * first).  Array of char *; g_ptr_array_unref.
 */
GPtrArray *thread_candidates(const struct header *header, const char *answered, char *const *own);

/*
 * Find the best candidate that is present (nearest first) and whom to await; sets article->wanted,
 * root, place.  Before article_add.  Of several that bear a name the earliest is it.
 */
bool thread_choose(
    struct store *store, struct article *article, GPtrArray *candidates, GError **error);

/*
 * After article_add: record what it awaits, and let those adopt it that awaited one of its names
 * (own; NULL-terminated).  Whose parent it became is appended to adopters (int64_t).  The roots are
 * still to be set: thread_settle.
 */
bool thread_join(struct store *store, const struct article *article, GPtrArray *candidates,
    char *const *own, GArray *adopters, GError **error);

/*
 * Set the root of the article where it has none (0) yet; with `below` (others hang below it) in
 * any case, and theirs.
 */
bool thread_settle(struct store *store, struct article *article, bool below, GError **error);

/* The earlier one of two nodes: by date, then id; the same whatever the order of arrival. */
bool thread_is_earlier(const struct thread_node *a, const struct thread_node *b);

/*
 * The References value that the store knows for an article: its ancestors' ids, over 20 of them
 * the root and the nearest 10 (RFC 5537 section 3.4.4); "" for a root.  NULL on error; the
 * caller frees.
 */
char *thread_references(struct store *store, int64_t article, GError **error);

/*
 * The article has got another parent: where it brought no References of its own, what is served of
 * them is made anew, in all its overview lines.
 */
bool thread_show(struct store *store, const struct settings *settings, int64_t id, GError **error);

#endif
