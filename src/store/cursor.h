/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How far a consumer has read each group: like a newsreader's .newsrc.  A consumer records its
 * effect and moves its cursor in one transaction, so that nothing is skipped.
 */
#ifndef STORE_CURSOR_H
#define STORE_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

struct cursor {
	int64_t group;
	int64_t number; /* up to this one all is done */
	int64_t place;	/* of the next one: up to here it is done; the consumer's own count */
	int64_t high;	/* the group's newest */
};

/* Groups that have something beyond the consumer's cursor.  Array of struct cursor; NULL on error. */
GArray *cursor_behind(struct store *store, const char *consumer, GError **error);

/* All cursors of a consumer, those at the end too, by group.  Likewise. */
GArray *cursor_list(struct store *store, const char *consumer, GError **error);

/* Write number and place. */
bool cursor_set(
    struct store *store, const char *consumer, const struct cursor *cursor, GError **error);

/* One article beyond a cursor. */
struct cursor_step {
	int64_t number;
	int64_t article;
	bool quiet; /* imported: passed over */
};

/* The next articles of the group, `limit` at most, in order.  Array of struct cursor_step. */
GArray *cursor_next(struct store *store, const struct cursor *cursor, int limit, GError **error);

#endif
