/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Placements: an article's number in a group and its overview line there.
 */
#ifndef STORE_PLACEMENT_H
#define STORE_PLACEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

struct placement {
	int64_t group;
	int64_t number;
};

bool placement_add(struct store *store, int64_t group, int64_t number, int64_t article,
    const char *overview, size_t overview_size, GError **error);
bool placement_set_overview(struct store *store, int64_t group, int64_t number,
    const char *overview, size_t overview_size, GError **error);
/* Take the article out of all groups; where it stood is kept as a tombstone. */
bool placement_remove_all(struct store *store, int64_t article, GError **error);

/* Out of one group, as if it had never stood there. */
bool placement_remove(struct store *store, int64_t article, int64_t group, GError **error);
/* *number: that of the article in the group; 0: it does not stand there. */
bool placement_number(
    struct store *store, int64_t article, int64_t group, int64_t *number, GError **error);

/* Where an article stands, by group id.  Array of struct placement (by value); never NULL. */
GArray *placement_list(struct store *store, int64_t article, GError **error);

/* The article at a number; 0: none there; -1 on error. */
int64_t placement_article(struct store *store, int64_t group, int64_t number, GError **error);

/* The nearest number above (or below) that exists; 0: none. */
int64_t placement_next(struct store *store, int64_t group, int64_t number, GError **error);
int64_t placement_previous(struct store *store, int64_t group, int64_t number, GError **error);

/*
 * Go through the numbers low..high of a group in order.  fn gets borrowed bytes; it returns
 * false to stop.  Returns false on error only.
 */
typedef bool placement_fn(
    int64_t number, int64_t article, const char *overview, size_t size, void *data);
bool placement_scan(struct store *store, int64_t group, int64_t low, int64_t high, placement_fn *fn,
    void *data, GError **error);

/* Likewise numbers and articles only, the overview not read (overview NULL, size 0). */
bool placement_scan_numbers(struct store *store, int64_t group, int64_t low, int64_t high,
    placement_fn *fn, void *data, GError **error);

/*
 * What was placed in a group at `since` or later, behind number `after` (0: from the first), in
 * order; for NEWNEWS.  fn returns false to stop.
 */
typedef bool placement_new_fn(int64_t number, const char *msgid, void *data);
bool placement_new(struct store *store, int64_t group, int64_t since, int64_t after,
    placement_new_fn *fn, void *data, GError **error);

#endif
