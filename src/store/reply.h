/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Reply addresses: `NAME+TOKEN@domain` says, beside the group, which article an answer belongs to,
 * whatever the mail program does to References.  It gives no right, and so it has no expiry.
 */
#ifndef STORE_REPLY_H
#define STORE_REPLY_H

#include <stdint.h>

#include <glib.h>

#include "store/group.h"
#include "store/store.h"

/* The address for answers to an article by way of a group; the caller frees. */
char *reply_address(
    const struct store *store, const struct group *group, int64_t article, const char *msgid);

/*
 * The article that a token names (any case); 0 if we never made it for this group, or the article is
 * not the one that it was made for (a store that was restored gives ids again); -1 on error.
 */
int64_t reply_read(
    struct store *store, const struct group *group, const char *token, GError **error);

#endif
