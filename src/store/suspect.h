/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Articles that may be the end of a consumer: it notes one (and commits) before it looks into it,
 * and takes the note away afterwards.  One that is still noted has ended the consumer; after
 * the third time it is set aside.
 */
#ifndef STORE_SUSPECT_H
#define STORE_SUSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

#define SUSPECT_TRIES 3

/*
 * Note one more try.  Returns how often it has been noted before: SUSPECT_TRIES or more means that it
 * is set aside, and no further try is noted.  -1 on error.
 */
int64_t suspect_note(struct store *store, const char *consumer, int64_t article, GError **error);

/* It went well. */
bool suspect_clear(struct store *store, const char *consumer, int64_t article, GError **error);

/* Message-IDs of what is set aside, by whom: "courier <id>".  Array of char *; NULL on error. */
GPtrArray *suspect_list(struct store *store, GError **error);

#endif
