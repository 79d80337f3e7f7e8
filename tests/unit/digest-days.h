/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Days on which people post and get their digests: a store, a clock that stands, and a script of
 * what happens.  For the tests of digest/make and digest/collect.
 *
 * A script is a list of statements, separated by commas:
 *
 *   group NAME                      with the address NAME@listen.example; a group that a statement
 *                                   names is made where it lacks
 *   person NAME [ZONE [HOUR [DAYS]]] NAME@stadt.example; "-": as the settings say; again: changes it
 *   each|digest|none NAME GROUP     the mode; the person is made where it lacks
 *   leave NAME GROUP; stop NAME     no digest any more
 *   post GROUP[+GROUP] WORD [PARENT [AUTHOR]]  a post whose text says WORD; "-" for no parent
 *   also GROUP WORD                 the post arrives for another group
 *   import GROUP WORD               quietly
 *   withdraw WORD, erase NAME, remove GROUP
 *   clock TIME                      MM-DDTHH:MM is in 2026, at +01:00; else RFC 3339
 *   take                            the courier makes rows of new posts
 *   make                            the digests that are due are made
 *   at TIME                         clock, take, make: as the courier does it
 *   tidy                            the courier clears up, as it does each hour
 *   sent|refused|deferred|lost NAME an answer to all that is due to the person: 250, 5xx, 4xx, none
 *
 * It begins on Monday, 23 November 2026, at noon in Berlin.
 */
#ifndef TESTS_UNIT_DIGEST_DAYS_H
#define TESTS_UNIT_DIGEST_DAYS_H

#include "store-sample.h"

#include "digest/make.h"

struct days {
	struct sample *sample;	    /* owned */
	struct digest_maker *maker; /* owned */
	char *clock;		    /* owned; the file */
	int64_t now;
	int64_t seen;	   /* the newest delivery that is in `got` */
	GPtrArray *people; /* owned; struct days_person *, as they were named first */
};

struct days_person {
	char *name;    /* owned */
	GString *got;  /* owned; digests: "11-24 a b; 11-25 c" */
	GString *each; /* owned; single posts: "d e" */
};

/* A test with a fresh one in *state.  It needs a build with --enable-test-clock. */
int days_set_up(void **state);
int days_tear_down(void **state);
#define days_test(function) cmocka_unit_test_setup_teardown(function, days_set_up, days_tear_down)

void days_run(struct days *days, const char *script);

/*
 * What each person has got, in one line: "anna: 11-24 a b; 11-25 c. each d | bert: 11-24 a"; who has
 * got nothing is left out.  The caller frees.
 */
char *days_got(const struct days *days);

/* Run a script in a fresh store; false, and said, if days_got() is anything else. */
bool days_agree(const char *name, const char *script, const char *wanted);

struct group *days_group(struct days *days, const char *name);
int64_t days_article(struct days *days, const char *word);
/* person_free */
struct person *days_find(struct days *days, const char *name);

/* The words that the posts of a text say, in their order, separated by blanks. */
char *days_words(const char *text);

#endif
