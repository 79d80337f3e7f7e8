/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * References and In-Reply-To: which articles a reply names, nearest first.
 */
#ifndef ARTICLE_REFS_H
#define ARTICLE_REFS_H

#include <stddef.h>

#include <glib.h>

#include "article/header.h"

#define REFS_MAX 100

/*
 * The ids of a raw References or In-Reply-To value in their order; comments and other words
 * skipped, encoded words around ids decoded, folds inside ids removed, a repeated id counts where
 * it stands last, none over 998 octets, of more than REFS_MAX the last ones.  Of an id that was cut
 * off (`<a@b <c@d>`, `<a@b` at the end) nothing counts.  A value without any `<` that consists of
 * bare ids alone (`a@b c@d`), as old programs write it, means these; "Message from a@b of Tuesday"
 * means none.  Never NULL.
 * Array of char *; g_ptr_array_unref.
 */
GPtrArray *refs_parse(const char *value, size_t size);

/*
 * Candidates for the parent, nearest first: References from the last to the first, then the ids of
 * In-Reply-To in their order that References did not name; never `self`.  Of several fields of a
 * name the first that names an id counts.  At most REFS_MAX.
 * Array of char *; g_ptr_array_unref.
 */
GPtrArray *refs_candidates(const struct header *header, const char *self);

#endif
