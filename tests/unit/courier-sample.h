/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A store-sample with members who want each post, and the deliveries that come of a post: for the
 * tests of courier.
 */
#ifndef TESTS_UNIT_COURIER_SAMPLE_H
#define TESTS_UNIT_COURIER_SAMPLE_H

#include "store-sample.h"

#include "store/delivery.h"
#include "store/subscription.h"

#define MEMBERS_DOMAIN "@mitglied.example"

/* Subscribe NAME@mitglied.example; the person's id. */
int64_t member_add(struct sample *sample, const struct group *group, const char *name);
/* Likewise m1 to mN, in one transaction. */
void member_add_many(struct sample *sample, const struct group *group, unsigned count);

/* Post "Message-ID: <ID@x>" to the groups; the article's id. */
int64_t post_add(struct sample *sample, const char *id, struct group **groups, size_t n_groups);

/* Let the courier take new posts once; the articles that were finished. */
unsigned post_take(struct sample *sample, bool *more);

/* Its rows by address.  Array of struct delivery *, owned. */
GPtrArray *post_rows(struct sample *sample, int64_t article);

/* The row to NAME@mitglied.example; borrowed from the rows. */
struct delivery *row_to(GPtrArray *rows, const char *name);

/* Write one in a transaction of its own, by that connection. */
void row_write(struct store *store, const struct delivery *row);

#endif
