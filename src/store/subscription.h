/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Subscriptions: a person's wish for a group.
 */
#ifndef STORE_SUBSCRIPTION_H
#define STORE_SUBSCRIPTION_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

enum subscription_mode {
	MODE_EACH,
	MODE_DIGEST,
	MODE_NONE,
};

struct subscription {
	int64_t person;
	int64_t group;
	char *address;	  /* owned; the person's main one */
	char *name;	  /* owned */
	char *group_name; /* owned */
	enum subscription_mode mode;
	int64_t mark;  /* digest: up to this number all was sent */
	int64_t since; /* Unix seconds */
};

void subscription_free(struct subscription *subscription);

/*
 * Set or change; joining, or changing to digest, sets the mark to the group's newest.  What was
 * accepted before a change still comes as it was wished for then, unless the change is to none.
 */
bool subscription_set(struct store *store, int64_t person, int64_t group,
    enum subscription_mode mode, GError **error);
/* *found: there was one.  What waits to be sent to the person from the group is dropped. */
bool subscription_remove(
    struct store *store, int64_t person, int64_t group, bool *found, GError **error);
/*
 * No digest of any group any more: mode none where it was digest, what was still to come in one
 * is not told.  *found: there was one.
 */
bool subscription_leave_digest(struct store *store, int64_t person, bool *found, GError **error);
/* *wanted: somebody gets each post of the group as a mail. */
bool subscription_wants_each(struct store *store, int64_t group, bool *wanted, GError **error);
/* Of a group (0: of all), by group and address.  Array of struct subscription *. */
GPtrArray *subscription_list(struct store *store, int64_t group, GError **error);

/* "each", "digest", "none", and back. */
const char *subscription_mode_name(enum subscription_mode mode);
bool subscription_mode_parse(const char *text, enum subscription_mode *mode);

#endif
