/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the store knows that helps to trim an article (article/quote): the articles of its thread that it
 * may quote, and how its author signs.
 *
 * Sources are the ancestors, nearest first, and then those of the thread that came before it, the newest
 * first: SOURCES_MAX in all.  The store has no index by author, so signatures are learnt from the
 * author's articles among the last DIGEST_EARLIER_MAX of the thread, and from those that this context was
 * asked about before, DIGEST_LETTERS_MAX of an author.  Texts that were read are kept for the next
 * question.
 */
#ifndef DIGEST_CONTEXT_H
#define DIGEST_CONTEXT_H

#include <stdint.h>

#include <glib.h>

#include "store/store.h"

#define DIGEST_EARLIER_MAX 40
#define DIGEST_LETTERS_MAX 8

struct digest_context;

struct digest_context *digest_context_new(struct store *store);
void digest_context_free(struct digest_context *context);

/* Take away what is too much. */
void digest_context_tidy(struct digest_context *context);

/* The article is not to be looked into. */
void digest_context_set_aside(struct digest_context *context, int64_t article);

/* Where an article stands. */
struct digest_place {
	int64_t article;    /* 0: it is not in the store */
	int64_t parent;	    /* the nearest ancestor in the store; 0: none */
	int64_t root;	    /* of its thread; 0: none */
	const char *author; /* borrowed; address in its normal form, or "" */
	const char *name;   /* borrowed; of the author in From, else the address; NULL: not known */
};

/*
 * The pieces (quote_read) of the article's text (valid UTF-8, LF).  A source that can't be read is left
 * out.  NULL: ERR_TEMP alone.  g_array_unref.
 */
GArray *digest_context_read(struct digest_context *context, const struct digest_place *place,
    const char *text, GError **error);

#endif
