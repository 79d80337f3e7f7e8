/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From the store to a person's digest: which posts, in which threads, with their texts.  What is read
 * of an article once is kept for the other receivers.
 */
#ifndef DIGEST_COLLECT_H
#define DIGEST_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "digest/digest.h"
#include "store/person.h"
#include "store/store.h"

struct digest_shelf; /* texts that were read already */

struct digest_shelf *digest_shelf_new(struct store *store);
void digest_shelf_free(struct digest_shelf *shelf);

/* Take away what is too much; groups are looked up anew. */
void digest_shelf_tidy(struct digest_shelf *shelf);

/*
 * Is the text of the article there already; read it.  One that can't be read is set aside: it must not
 * keep everybody's digest from being made.  False: ERR_TEMP alone.
 */
bool digest_shelf_has(const struct digest_shelf *shelf, int64_t article);
bool digest_shelf_read(struct digest_shelf *shelf, int64_t article, GError **error);

/* The article is not to be looked into: the digest says so in its place. */
void digest_shelf_set_aside(struct digest_shelf *shelf, int64_t article);

/* When, and in which language and zone. */
struct digest_wish {
	const struct person *person;
	const char *zone;
	int64_t at; /* the moment that it is due */
	unsigned minute;
	unsigned days;
};

/*
 * What the person's digest holds now, ordered and cut to its maximum; it may be empty.  *ranges: what it
 * covers (array of struct daily_range; g_array_unref).  NULL on error.
 */
struct digest *digest_collect(
    struct digest_shelf *shelf, const struct digest_wish *wish, GArray **ranges, GError **error);

#endif
