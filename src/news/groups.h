/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The groups that a reader may see, in memory: counters for GROUP, and the
 * answers of LIST ready to send.  Renewed when the store's groups have changed;
 * between that no command about groups opens the store.
 */
#ifndef NEWS_GROUPS_H
#define NEWS_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/group.h"
#include "store/store.h"

/* What LIST can say about groups, one line each. */
enum news_list {
	NEWS_LIST_ACTIVE,	/* RFC 3977 section 7.6.3 */
	NEWS_LIST_ACTIVE_TIMES, /* section 7.6.4 */
	NEWS_LIST_NEWSGROUPS,	/* section 7.6.6 */
	NEWS_LIST_COUNTS,	/* RFC 6048 section 2.2 */
	NEWS_LISTS,
};

struct news_groups;

/*
 * domain (borrowed): who made the groups, for ACTIVE.TIMES.  hide: nobody sees any group.  posting:
 * without a login one may post, as far as a group allows.
 */
struct news_groups *news_groups_new(const char *domain, bool hide, bool posting);
void news_groups_free(struct news_groups *groups);

/*
 * Read the groups again if any has changed; inside a transaction.  What was borrowed before is
 * gone then.  On error all stays as it was.
 */
bool news_groups_renew(struct news_groups *groups, struct store *store, GError **error);

/* A visible group, by its exact name or its id; borrowed until the next renewal; NULL: no such. */
const struct group *news_groups_find(const struct news_groups *groups, const char *name);
const struct group *news_groups_find_by_id(const struct news_groups *groups, int64_t id);

/* All visible ones, by name.  Array of struct group *, borrowed likewise. */
const GPtrArray *news_groups_all(const struct news_groups *groups);

/* Append the line about one group, with CRLF. */
void news_groups_append(
    const struct news_groups *groups, GString *out, enum news_list list, const struct group *group);

/* The lines about all visible groups, with CRLF, without the final dot; borrowed likewise. */
const GString *news_groups_answer(struct news_groups *groups, enum news_list list);

/* Any group, also one that is not visible: for its address, which is masked nowhere. */
const struct group *news_groups_find_hidden(const struct news_groups *groups, int64_t id);

#endif
