/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Deliveries: one row for each mail that goes out, a post to a member, a digest, or a letter of
 * ours.  Also what `trace` reads, until it is pruned.
 */
#ifndef STORE_DELIVERY_H
#define STORE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

enum delivery_kind {
	DELIVERY_POST,
	DELIVERY_DIGEST,
	DELIVERY_LETTER,
};

enum delivery_state {
	DELIVERY_WAITING,
	DELIVERY_SENT,
	DELIVERY_FAILED,  /* for good: 5xx, or the time is over */
	DELIVERY_DROPPED, /* not to be sent any more: left, withdrawn, by the operator */
};

struct delivery {
	int64_t id;
	enum delivery_kind kind;
	int64_t person;	 /* 0: nobody known */
	char *address;	 /* owned */
	int64_t article; /* of a post, else 0 */
	int64_t group;	 /* of a post or letter; 0: none */
	char *letter;	 /* owned; kind of a letter, else NULL */
	GBytes *head;	 /* owned; of a digest or letter: its own lines */
	int64_t mail;	 /* likewise: what follows (delivery_mail); 0 when it is done */
	enum delivery_state state;
	int64_t attempts;
	bool doubtful; /* an attempt had no clear end */
	int64_t tried; /* for the first time, Unix seconds as the next three; 0: not yet */
	int64_t made;
	int64_t due;
	int64_t changed;
	char *answer; /* owned; the relay's last one, or why */
};

void delivery_free(struct delivery *delivery);

/*
 * Rows for a post to those who want each, behind member `place`, from some hundred of them; a person
 * who has the article already, singly or in a digest, gets no second one.  *place: how far it has
 * come; false in *more: all members are done.
 */
struct delivery_post {
	int64_t group;
	int64_t number;
	int64_t article;
	int64_t place;
};
bool delivery_add_posts(
    struct store *store, struct delivery_post *post, bool *more, GError **error);
/* Likewise for one member, of all posts that the courier has not come to: the mode is to change. */
bool delivery_catch_up(struct store *store, int64_t person, int64_t group, GError **error);

/*
 * Add a digest or letter, due at once: kind, person, address, group, letter, head and mail count.
 * Returns its id, 0 on error.  The head may depend on the id: delivery_set_head.
 */
int64_t delivery_add(struct store *store, const struct delivery *delivery, GError **error);
bool delivery_set_head(
    struct store *store, int64_t id, const char *head, size_t size, GError **error);

/* Keep what mails of ours have in common; its id, 0 on error. */
int64_t delivery_add_mail(struct store *store, const char *bytes, size_t size, GError **error);

/* The bytes of one into `out` (emptied first).  ERR_ABSENT: no such. */
bool delivery_mail(struct store *store, int64_t mail, GByteArray *out, GError **error);

/*
 * Those that wait and are due at `now`, behind (due, id), in that order.  Array of struct delivery *.
 */
GPtrArray *delivery_due(
    struct store *store, int64_t now, const struct delivery *behind, int limit, GError **error);

/*
 * Write state, attempts, doubtful, due, answer (and when); what is done lets its mail go.  A row that
 * was dropped meanwhile stays so, unless it has been sent.
 */
bool delivery_update(struct store *store, const struct delivery *delivery, GError **error);

/* No row waits longer than so many seconds for its next try. */
#define DELIVERY_PAUSE_MAX 86400

/*
 * What waits beyond that was made while the clock was ahead, which has been put back to `now`:
 * it is due, and counts as made and first tried now.
 */
bool delivery_mend_clock(struct store *store, int64_t now, GError **error);

/* By id.  NULL without error: no such. */
struct delivery *delivery_find(struct store *store, int64_t id, GError **error);

/* For trace: of an article; to an address, the newest `limit`, newest first.  Arrays of them. */
GPtrArray *delivery_of_article(struct store *store, int64_t article, GError **error);
GPtrArray *delivery_to_address(struct store *store, const char *address, int limit, GError **error);

/* All that wait, those that are due first.  Array of struct delivery *. */
GPtrArray *delivery_waiting(struct store *store, int limit, GError **error);

/*
 * What failed for good at `since` or later, the newest `limit`, newest first.  *total: how many there
 * are.  Array of struct delivery *.
 */
GPtrArray *delivery_failed(
    struct store *store, int64_t since, int limit, int64_t *total, GError **error);

struct delivery_counts {
	int64_t waiting;
	int64_t tried;	/* of these: that failed at least once */
	int64_t oldest; /* made; Unix seconds, 0: none waits */
	int64_t failed; /* for good, within the last day */
	int64_t
	    states[4]; /* of an article alone (delivery_count_article), by enum delivery_state */
};
bool delivery_count(struct store *store, struct delivery_counts *counts, GError **error);
bool delivery_count_article(
    struct store *store, int64_t article, struct delivery_counts *counts, GError **error);

/* None of the article's rows waits any more, and one has failed. */
bool delivery_ended_badly(struct store *store, int64_t article, bool *badly, GError **error);

/* The answer of that one of the article's rows that failed last; NULL without error: none did. */
char *delivery_last_failure(struct store *store, int64_t article, GError **error);

/*
 * What waits is not sent any more: one row; an article's; a person's posts of a group (person 0:
 * everybody's); all.  `why`
 * becomes the answer.  *dropped (may be NULL): how many.
 */
bool delivery_drop(
    struct store *store, int64_t id, const char *why, int64_t *dropped, GError **error);
bool delivery_drop_article(struct store *store, int64_t article, const char *why, GError **error);
bool delivery_drop_member(
    struct store *store, int64_t person, int64_t group, const char *why, GError **error);
bool delivery_drop_all(struct store *store, const char *why, int64_t *dropped, GError **error);

/* *found: a letter of that kind, about the group (0: any), went to the address at `since` or later. */
bool delivery_letter_since(struct store *store, const char *address, const char *letter,
    int64_t group, int64_t since, bool *found, GError **error);

/*
 * Take away some rows that were done and made before `before`, with their reports; then the mails that
 * nobody waits for.  *more: there are further rows.
 */
bool delivery_prune(struct store *store, int64_t before, bool *more, GError **error);

/*
 * A report that came back for a delivery (RFC 3464); the same one twice is kept once, and of many the
 * first 20: whoever has got the mail can write to its bounce address.
 */
struct delivery_report {
	int64_t at;
	char *action; /* owned, as the next two */
	char *status;
	char *text;
};
void delivery_report_free(struct delivery_report *report);
bool delivery_add_report(
    struct store *store, int64_t delivery, const struct delivery_report *report, GError **error);
/* Oldest first.  Array of struct delivery_report *. */
GPtrArray *delivery_reports(struct store *store, int64_t delivery, GError **error);

/* "waiting", "sent" …; "post", "digest", "letter". */
const char *delivery_state_name(enum delivery_state state);
const char *delivery_kind_name(enum delivery_kind kind);

#endif
