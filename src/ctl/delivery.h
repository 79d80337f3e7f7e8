/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A delivery as `queue` and `trace` show it: what it brings, how it stands.
 */
#ifndef CTL_DELIVERY_H
#define CTL_DELIVERY_H

#include <stdbool.h>

#include <glib.h>

#include "store/delivery.h"
#include "store/store.h"

/* What it brings; all owned, NULL where it does not apply or is not known any more. */
struct ctl_brings {
	char *group;   /* of a post or letter: the name */
	char *msgid;   /* of a post */
	char *subject; /* of a post */
	char *day;     /* of a digest: "2026-11-24" */
};

/* Look it up; false on error (ctl_brings_clear all the same). */
bool ctl_brings_find(struct store *store, const struct delivery *delivery,
    struct ctl_brings *brings, GError **error);
void ctl_brings_clear(struct ctl_brings *brings);

/* A few words about it: the subject, the day, the kind of letter; borrowed, may be NULL. */
const char *ctl_brings_words(const struct ctl_brings *brings, const struct delivery *delivery);

/*
 * The members id, kind, address, state, attempts, made, changed, due (null unless it waits), answer
 * and doubtful, into an object that is open.
 */
void ctl_delivery_append(GString *json, const struct delivery *delivery);

/* The members group, message_id, subject, letter and day. */
void ctl_brings_append(
    GString *json, const struct ctl_brings *brings, const struct delivery *delivery);

/* For a person's eyes: "post", "digest", "letter" in the language of the environment; borrowed. */
const char *ctl_delivery_kind(const struct delivery *delivery);

/* "waiting", "sent (may have come twice)" …; the caller frees. */
char *ctl_delivery_state(const struct delivery *delivery);

#endif
