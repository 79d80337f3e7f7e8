/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The daily digest's rows: who is due, which numbers of which groups it holds, and the marks.  What
 * it looks like is made in digest/.
 */
#ifndef STORE_DAILY_H
#define STORE_DAILY_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

/* A timetable that some persons have; NULL members stand for the settings'. */
struct daily_schedule {
	char *zone; /* owned, as the others */
	char *hour;
	char *days;
};
void daily_schedule_free(struct daily_schedule *schedule);

/* Those of all who want a digest, each once.  Array of struct daily_schedule *. */
GPtrArray *daily_schedules(struct store *store, GError **error);

/*
 * Persons (ids) of that timetable who have not had the digest of `moment`, `limit` at most, by id.
 * Array of int64_t.
 */
GArray *daily_due(struct store *store, const struct daily_schedule *schedule, int64_t moment,
    int limit, GError **error);

/*
 * *ahead: somebody's digest has been done more than a day after `now`, so the clock was put back.
 * Mended, it does not keep anybody from the digests to come; what is before `now` is not owed.
 */
bool daily_is_ahead(struct store *store, int64_t now, bool *ahead, GError **error);
bool daily_mend_clock(struct store *store, int64_t now, GError **error);

/* Nothing of `moment` or before is owed to the person any more. */
bool daily_set_done(struct store *store, int64_t person, int64_t moment, GError **error);

/* Numbers low to high of a group. */
struct daily_range {
	int64_t group;
	int64_t low;
	int64_t high;
};

/*
 * What the person's next digest covers: beyond the marks, and what an earlier one that never
 * arrived still owes.  By group and number.  Array of struct daily_range.
 */
GArray *daily_ranges(struct store *store, int64_t person, GError **error);

/*
 * Articles that somebody's next digest may hold, the newest `limit` of them.  Array of int64_t (ids).
 */
GArray *daily_fresh(struct store *store, int limit, GError **error);

/* An article in such a range, that the person has not had another way (as a mail, by another group). */
struct daily_post {
	int64_t article;
	int64_t group;
	int64_t number;
	int64_t wanted; /* its parent; 0: none */
	int64_t root;
	int64_t date;
};
/* Array of struct daily_post, by number.  Quiet ones are passed over. */
GArray *daily_posts(
    struct store *store, int64_t person, const struct daily_range *range, GError **error);

/* Has the person a digest to expect: by a subscription, or by one that was changed since the last? */
bool daily_is_wanted(struct store *store, int64_t person, bool *wanted, GError **error);

/* Has the person written in the thread? */
bool daily_wrote(struct store *store, int64_t person, int64_t root, bool *wrote, GError **error);

/* Is there a digest of the person's local day already? */
bool daily_exists(
    struct store *store, int64_t person, const char *day, bool *exists, GError **error);

/* A digest that has been made. */
struct daily {
	int64_t person;
	const char *day;   /* "2026-11-24" */
	const char *msgid; /* with its angle brackets */
	int64_t posts;
	int64_t delivery;
	int64_t moment; /* that it was due at */
};

/* Record it with its ranges (array of struct daily_range) and set the marks behind them. */
bool daily_record(
    struct store *store, const struct daily *daily, const GArray *ranges, GError **error);

/* Set the marks behind ranges that hold nothing to show. */
bool daily_advance(struct store *store, int64_t person, const GArray *ranges, GError **error);

/* The digest of this delivery will never arrive: what it held comes with the next one. */
bool daily_put_back(struct store *store, int64_t delivery, GError **error);

/* Whose digest an article stood in, for trace. */
struct daily_trace {
	int64_t delivery;
	char *day; /* owned */
};
void daily_trace_free(struct daily_trace *trace);
/* Array of struct daily_trace *, by day. */
GPtrArray *daily_of_article(struct store *store, int64_t article, GError **error);

/* The local day ("2026-11-24") of what this delivery brings.  NULL without error: no digest.  To be freed. */
char *daily_day(struct store *store, int64_t delivery, GError **error);

/*
 * SQL for the files of this room: the person has had the article in a digest by another group than
 * grp.  (The + keeps SQLite from looking through the ranges of all persons.)
 */
/* clang-format off */
#define DAILY_SQL_HAD(person, article, grp)                                                        \
	"EXISTS (SELECT 1 FROM placement q WHERE q.article = " article " AND q.grp <> " grp " "    \
	"AND EXISTS (SELECT 1 FROM digest d JOIN digest_range r ON r.digest = d.id "               \
	" WHERE d.person = " person " AND +r.grp = q.grp AND q.number BETWEEN r.low AND r.high))"
/* clang-format on */

/* Take away digests made before `before`, unless they wait to be sent. */
bool daily_prune(struct store *store, int64_t before, GError **error);

#endif
