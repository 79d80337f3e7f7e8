/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Groups: a newsgroup = a mailing list = a row of grp.
 */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/lang.h"
#include "store/store.h"

enum group_post {
	POST_OPEN,
	POST_MEMBERS,
	POST_MODERATED,
	POST_CLOSED,
};

struct group {
	int64_t id;
	char *name;    /* owned, as all strings here; unique */
	char *address; /* normal form; unique */
	char *title;
	enum lang language;
	enum group_post post;
	bool read_members; /* false: anybody may read */
	bool masked;	   /* authors' addresses */
	int64_t created;   /* Unix seconds */
	int64_t low;	   /* watermarks: an empty group has low = high + 1; low >= 1 */
	int64_t high;
	int64_t count;
	int64_t changed; /* grows with each change of any group */
};

void group_free(struct group *group);

/* By name, address (normal form) or id.  NULL without error: no such group. */
struct group *group_find(struct store *store, const char *name, GError **error);
struct group *group_find_by_address(struct store *store, const char *address, GError **error);
struct group *group_find_by_id(struct store *store, int64_t id, GError **error);

/* All, by name (byte order).  Array of struct group *. */
GPtrArray *group_list(struct store *store, GError **error);

/* The greatest `changed` of all groups; 0 if there are none. */
int64_t group_changed(struct store *store);

/* Add one: sets id, created, changed, watermarks.  ERR_DENIED if name or address is taken. */
bool group_add(struct store *store, struct group *group, GError **error);

/* Write title, address, language, post, read_members, masked of group->id. */
bool group_update(struct store *store, const struct group *group, GError **error);

/* The group is served no more; its name and address are free again; its articles stay stored. */
bool group_remove(struct store *store, int64_t id, GError **error);

/*
 * Take the next number, in the accepting transaction; high, count, changed follow.  0 on error:
 * ERR_ABSENT where the group is gone meanwhile.
 */
int64_t group_take_number(struct store *store, int64_t id, GError **error);

/* An article has gone from the group: renew low, count and changed. */
bool group_recount(struct store *store, int64_t id, GError **error);

/* "open", "members", "moderated", "closed", and back. */
const char *group_post_name(enum group_post post);
bool group_post_parse(const char *text, enum group_post *post);

#endif
