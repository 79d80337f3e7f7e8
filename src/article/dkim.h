/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which header fields the DKIM signatures of a message cover (RFC 6376 section 3.5, h=): those may
 * be neither added nor removed, or the author's signature would break.  Nothing is verified here.
 */
#ifndef ARTICLE_DKIM_H
#define ARTICLE_DKIM_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "article/header.h"

/*
 * The names in all h= tags of a message, lower case; an oversigned name that the message lacks
 * stands in it too.  g_hash_table_unref; never NULL.
 */
GHashTable *dkim_signed_names(const struct header *header);

/* True if the name (size octets, any case) is in such a table. */
bool dkim_covers(GHashTable *names, const char *name, size_t size);

#endif
