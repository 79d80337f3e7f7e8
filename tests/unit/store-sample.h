/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A store in a folder of its own with its settings, for the tests of db, store
 * and accept.  Whatever must work for a test to make sense is asserted here.
 */
#ifndef TESTS_UNIT_STORE_SAMPLE_H
#define TESTS_UNIT_STORE_SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "accept/accept.h"
#include "article/overview.h"
#include "base/settings.h"
#include "store/article.h"
#include "store/group.h"
#include "store/store.h"

#define SAMPLE_DOMAIN "listen.example"
#define SAMPLE_ARRIVED INT64_C(1795500000) /* 2026-11-24 06:00:00 UTC */

struct sample {
	char *folder; /* owned */
	char *url;    /* owned */
	struct store *store;
	struct settings *settings;
	GPtrArray *groups; /* owned: all that sample_group has made */
	/* How sample_accept hands a message in. */
	const char *sender;
	enum via via;
	bool approved;
	bool quiet;
	int64_t arrived;
};

/* conf: lines behind those of [umlauf], or NULL. */
struct sample *sample_new(const char *conf);
void sample_free(struct sample *sample);
/* The same, but the folder stays; its name, which the caller frees. */
char *sample_leave(struct sample *sample);

/* A test with *state a fresh sample without further settings. */
int sample_set_up(void **state);
int sample_tear_down(void **state);
#define sample_test(function) \
	cmocka_unit_test_setup_teardown(function, sample_set_up, sample_tear_down)

void sample_begin(struct sample *sample);
void sample_commit(struct sample *sample);

/* A group NAME with the address NAME@domain, open to all; borrowed from the sample. */
struct group *sample_group(struct sample *sample, const char *name);
/* Likewise with a policy. */
struct group *sample_group_of(struct sample *sample, const char *name, enum group_post post);
/* Write what the test has changed in it. */
void sample_group_update(struct sample *sample, const struct group *group);

/*
 * A message of these header lines and the body "Hallo": From anna@stadt.example where `head` names
 * none, and CRLF for each LF.  The caller frees.
 */
char *sample_mail(const char *head);

/* Accept such a message into groups in a transaction of its own; outcome_clear. */
struct outcome sample_accept(
    struct sample *sample, const char *head, struct group **groups, size_t n_groups);
/* The same for one group, of which the verdict alone is wanted. */
enum verdict sample_post(struct sample *sample, struct group *group, const char *head);

/* Rows by a name that they were seen under. */
int64_t sample_id(struct sample *sample, const char *msgid);
char *sample_fields(struct sample *sample, const char *msgid);
char *sample_root(struct sample *sample, const char *msgid); /* the root's Message-ID */

/* A column of the overview line at a number ("" if there is none); the caller frees. */
char *sample_overview(
    struct sample *sample, const struct group *group, int64_t number, enum overview_column column);

/* Number or count that a query gives. */
int64_t sample_count(struct sample *sample, const char *sql);

/* Change rows as no function does: a time that has passed. */
void sample_change(struct sample *sample, const char *sql);

/* store_verify has nothing to say. */
void sample_verify(struct sample *sample);

#endif
