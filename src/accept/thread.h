/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The thread of an article: a pure function of the set of articles, whatever
 * the order of their arrival.
 */
#ifndef ACCEPT_THREAD_H
#define ACCEPT_THREAD_H

#include <stdbool.h>

#include <glib.h>

#include "store/article.h"

/*
 * Find the best candidate that is present (nearest first) and whom to await; sets article->wanted,
 * place. Before article_add.
 */
bool thread_choose(
    struct store *store, struct article *article, GPtrArray *candidates, GError **error);

/*
 * After article_add: record what it awaits, let those adopt it that awaited one of `ids` (its
 * id and aliases; array of char *), set the roots.  *adopters (array of int64_t,
 * g_array_unref): whose parent it became.
 */
bool thread_join(struct store *store, struct article *article, GPtrArray *candidates,
    GPtrArray *ids, GArray **adopters, GError **error);

/*
 * The References value that the store knows for an article: its ancestors' ids, over 20 of them
 * the root and the nearest 10 (RFC 5537 section 3.4.4); "" for a root.  NULL on error; the
 * caller frees.
 */
char *thread_references(struct store *store, int64_t article, GError **error);

#endif
