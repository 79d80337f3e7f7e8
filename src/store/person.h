/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Persons, their addresses, and their rights in groups.
 */
#ifndef STORE_PERSON_H
#define STORE_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/lang.h"
#include "store/store.h"

struct person {
	int64_t id;
	char *name; /* owned; "" if not known */
	enum lang language;
	char *zone;	   /* owned; NULL: the settings' */
	char **addresses;  /* owned; normal form, the first is the main one */
	char *digest_at;   /* owned; "HH:MM" or NULL: the settings' */
	char *digest_days; /* owned; or NULL */
};

void person_free(struct person *person);

/* By address (normal form), by id.  NULL without error: nobody. */
struct person *person_find(struct store *store, const char *address, GError **error);
struct person *person_find_by_id(struct store *store, int64_t id, GError **error);
/* *has: the address (normal form, may be NULL) is one of the person's. */
bool person_has_address(
    struct store *store, int64_t person, const char *address, bool *has, GError **error);
GPtrArray *person_list(struct store *store, GError **error);

/* Add with one confirmed address; sets id. ERR_DENIED if the address is someone's. */
bool person_add(struct store *store, struct person *person, const char *address, GError **error);
/* Write name, language, zone, digest_at, digest_days of person->id. */
bool person_update(struct store *store, const struct person *person, GError **error);
/* The id of the person with that address, made if there is none; 0 on error. */
int64_t person_need(struct store *store, const char *address, enum lang language, GError **error);

enum right {
	RIGHT_READ = 1,
	RIGHT_POST = 2,
	RIGHT_MODERATE = 4,
};

/* Rights of the address in a group, or-ed; subscribers have READ and POST; -1 on error. */
int person_rights(struct store *store, const char *address, int64_t group, GError **error);
bool person_grant(
    struct store *store, int64_t person, int64_t group, enum right right, GError **error);
/* Addresses of a group's moderators.  Array of char *. */
GPtrArray *person_moderators(struct store *store, int64_t group, GError **error);

/* Erase a person: row, addresses, rights, subscriptions, deliveries, digests.  Articles stay. */
bool person_erase(struct store *store, int64_t person, GError **error);

#endif
