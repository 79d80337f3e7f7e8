/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Articles: one row each, whichever door it came through.
 */
#ifndef STORE_ARTICLE_H
#define STORE_ARTICLE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

enum via {
	VIA_MAIL,
	VIA_NEWS,
	VIA_FORUM,
	VIA_IMPORT,
};

struct article {
	int64_t id;
	char *msgid;	 /* owned */
	int64_t content; /* keyed fingerprint of author, date and body */
	int64_t wanted;	 /* wanted parent's id; 0: none */
	int64_t root;	 /* the thread; == id for a root (also the earliest of a cycle) */
	int64_t place;	 /* where in the candidates the wanted parent stands; -1: none */
	int64_t date;	 /* Unix seconds */
	int64_t arrived;
	char *subject;	      /* owned; as read (UTF-8) */
	int64_t subject_hash; /* keyed, of the base subject */
	char *author;	      /* owned; address, normal form */
	enum via via;
	bool verified; /* the author, by Authentication-Results */
	int64_t size;  /* octets of the wire */
	int64_t lines; /* of the body */
	char *fields;  /* owned; article/netnews.h */
	bool quiet;
	bool brought_refs; /* the message has References of its own: served as they came */
	bool withdrawn;
};

void article_free(struct article *article);

/* By any id that it was seen under (withdrawn ones too).  NULL without error: not known. */
struct article *article_find(struct store *store, const char *msgid, GError **error);
struct article *article_find_by_id(struct store *store, int64_t id, GError **error);

/* The row id alone of an article by an id it was seen under, 0 if not known, -1 on error. */
int64_t article_find_id(struct store *store, const char *msgid, GError **error);

/* An article of a thread, and who wrote it. */
struct article_brief {
	int64_t id;
	char *author; /* owned by the array */
};

/*
 * Those of a thread that came before the article `before` (INT64_MAX: all), the newest first, at most
 * `most`, none that is withdrawn.  Array of struct article_brief; g_array_unref.
 */
GArray *article_earlier(
    struct store *store, int64_t root, int64_t before, unsigned most, GError **error);

/* Insert; sets article->id.  A root's own root (0 here) is set by accept/thread. */
bool article_add(struct store *store, struct article *article, GError **error);

/* Another id that the article was seen under. */
bool article_add_alias(struct store *store, int64_t id, const char *msgid, GError **error);

/* What serving needs of the row: fields (to be freed) and when it arrived.  NULL without error: no
 * such article. */
char *article_fields(struct store *store, int64_t id, int64_t *arrived, GError **error);

bool article_set_fields(struct store *store, int64_t id, const char *fields, GError **error);
bool article_set_withdrawn(struct store *store, int64_t id, GError **error);

#endif
