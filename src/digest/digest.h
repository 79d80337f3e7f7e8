/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A digest: the one mail that shows a person what is new, over all their groups.  These are its
 * contents as collected from the store (digest/collect), in no order yet.
 */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/lang.h"

/* One new article. */
struct digest_post {
	int64_t article;
	int64_t wanted; /* its parent's article id, whether in this digest or not; 0: none */
	int64_t date;	/* Unix seconds */
	int64_t group;	/* by way of which it comes */
	char *reply_to; /* owned; the address for answers to it (store/reply); NULL: none */
	char *author;	/* owned, as all strings here; the From field's name, or the address */
	char *text;	/* new text (article/quote), UTF-8, LF */
	unsigned more;	/* lines of it that were left out already */
	GPtrArray *attachments; /* owned; struct attachment * (article/body.h), or NULL */
	unsigned depth;		/* set by digest_order(): 0 for those that are not indented */
};

/* One thread with its new articles. */
struct digest_thread {
	int64_t root;
	int64_t begun;	   /* Unix seconds: date of the root */
	char *subject;	   /* of the root; decoded, one line; "" allowed */
	char *group_title; /* where the first of its posts was placed */
	char *group_address;
	bool own;	  /* the person has written in it */
	bool fresh;	  /* its root is among the posts */
	GPtrArray *posts; /* owned; struct digest_post * */
};

struct digest {
	enum lang language;
	GTimeZone *zone; /* owned; the person's */
	int64_t at;	 /* Unix seconds: the moment that it is due */
	unsigned minute; /* of the person's timetable, for the foot */
	unsigned days;
	GPtrArray *titles;  /* owned; char *: the groups that have new posts, in order */
	GPtrArray *threads; /* owned; struct digest_thread * */
	unsigned counted;   /* posts beyond DIGEST_POSTS_MAX, which are counted only */
};

#define DIGEST_POSTS_MAX 50

/* What a thread is to the reader; they come in this order. */
enum digest_kind {
	DIGEST_OWN,
	DIGEST_FRESH,
	DIGEST_CONTINUED,
};

/*
 * Empty arrays (attachments: NULL; an array put there frees its elements), other pointers NULL:
 * the maker fills them.  What is put into posts and threads is freed with them.
 */
struct digest *digest_new(void);
void digest_free(struct digest *digest);
struct digest_thread *digest_thread_new(void);
struct digest_post *digest_post_new(void);

enum digest_kind digest_kind(const struct digest_thread *thread);

/* All posts that are shown: those of the threads. */
unsigned digest_posts(const struct digest *digest);

#endif
