/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Making digests: who is due, what the mail holds, and the row that sends it.  Each is made in one
 * transaction: digest, ranges, marks and delivery, so that each post is in exactly one.
 */
#ifndef DIGEST_MAKE_H
#define DIGEST_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"
#include "base/timetable.h"
#include "digest/digest.h"
#include "store/person.h"
#include "store/store.h"

struct digest_maker;

/* All borrowed.  The store may be read-only for digest_of alone. */
struct digest_maker *digest_maker_new(struct store *store, const struct settings *settings);
void digest_maker_free(struct digest_maker *maker);

/*
 * Make some of the digests that are due at `now`: of each person the latest moment of the timetable
 * counts, those that were missed before are part of it; an hour that passed before the person
 * joined is not owed.  Outside a transaction.  *made: mails; *more: call again.
 */
bool digest_make_due(
    struct digest_maker *maker, int64_t now, unsigned *made, bool *more, GError **error);

/* Who would get one now, with how many posts; nothing is changed. */
struct digest_plan {
	char *address; /* owned */
	char *day;     /* owned; the person's local one */
	unsigned posts;
};
void digest_plan_free(struct digest_plan *plan);
/* Array of struct digest_plan *; NULL on error. */
GPtrArray *digest_plan_due(struct digest_maker *maker, int64_t now, GError **error);

/*
 * What the person's next digest after `now` holds as things stand, due or not; it may be empty.  NULL
 * on error.
 */
struct digest *digest_of(
    struct digest_maker *maker, const struct person *person, int64_t now, GError **error);

#endif
