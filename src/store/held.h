/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Messages that wait for a moderator.
 */
#ifndef STORE_HELD_H
#define STORE_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

struct held {
	int64_t id;
	int64_t group;
	char *group_name; /* owned, as all strings here */
	int64_t arrived;
	int64_t content; /* from held_content: the same message is held once a group */
	int via;	 /* enum via */
	int64_t answers; /* an article, by the address that it was sent to; 0: it does not say */
	char *sender;	 /* envelope; "" for the empty one */
	char *reason;	 /* English, translatable */
	char *author;
	char *subject;
	GByteArray *bytes; /* owned; only from held_find */
};

void held_free(struct held *held);

/* The fingerprint of what is held: of an article's (store/article.h) and its Message-ID. */
int64_t held_content(const struct store *store, int64_t content, const char *msgid);

/* Add; if the same content waits already in the group, that row is taken. Sets id. */
bool held_add(
    struct store *store, struct held *held, const char *bytes, size_t size, GError **error);
/* A group that it goes to as well when it is approved. */
bool held_add_along(struct store *store, int64_t id, int64_t group, GError **error);
/* Their ids.  Array of int64_t; NULL on error. */
GArray *held_along(struct store *store, int64_t id, GError **error);
/* With its bytes.  NULL without error: no such. */
struct held *held_find(struct store *store, int64_t id, GError **error);
/* Oldest first, without bytes.  Array of struct held *. */
GPtrArray *held_list(struct store *store, GError **error);
bool held_remove(struct store *store, int64_t id, GError **error);
/* How many wait; -1 on error. */
int64_t held_count(struct store *store, GError **error);

#endif
