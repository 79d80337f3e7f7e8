/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a reader is shown of an article: its served header block and body, with
 * nothing in it about groups that the reader may not read.
 */
#ifndef NEWS_VIEW_H
#define NEWS_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "news/worker.h"
#include "store/placement.h"

/* Borrowed from the worker's room, until the next view is made or the turn ends. */
struct news_view {
	const GString *head; /* without the empty line */
	const char *body;    /* raw: serve_stuffed it */
	size_t body_size;
};

/* Inside the turn's transaction, all of these. */

/* Make the view of an article.  ERR_ABSENT: there is none, it was withdrawn, or no visible group
 * has it. */
bool news_view_make(struct news_worker *worker, int64_t id, struct news_view *view, GError **error);

/*
 * The article with a Message-ID: row id, the first visible placement (may be NULL), and the id by
 * which it is served (may be NULL; the caller frees).  0 without error: unknown, withdrawn, or in
 * no visible group.
 */
int64_t news_view_find(struct news_worker *worker, const char *msgid, struct placement *place,
    char **served, GError **error);

#endif
