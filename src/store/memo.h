/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Small things that a role remembers over its own end and that `umlauf status` shows: the brake on
 * the courier, why the relay can't be reached.
 */
#ifndef STORE_MEMO_H
#define STORE_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

#define MEMO_COURIER_HELD "courier held"   /* nothing is sent; text: who held it */
#define MEMO_RELAY_TROUBLE "relay trouble" /* text: the last error; since when it goes on so */
#define MEMO_UNDELIVERED "undelivered "	   /* and an article's id: somebody has been told of it */

/* The text; NULL without error: there is none.  *at (may be NULL): since when.  To be freed. */
char *memo_find(struct store *store, const char *name, int64_t *at, GError **error);

/* Forget those whose name begins so and that are older. */
bool memo_prune(struct store *store, const char *prefix, int64_t before, GError **error);

/* Set or exchange the text; the time stays that of the first.  NULL: forget it. */
bool memo_set(struct store *store, const char *name, const char *text, GError **error);

#endif
