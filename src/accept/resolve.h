/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From an envelope recipient to what it stands for.  Asked already at RCPT, so
 * it has no side effects.
 */
#ifndef ACCEPT_RESOLVE_H
#define ACCEPT_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"
#include "store/group.h"

/* `NAME-ab+TOKEN@` and `bounce+TOKEN@` have to fit into a local part of 64 octets (RFC 5321). */
#define RESOLVE_LOCAL_MAX 36

enum target_kind {
	TARGET_GROUP,  /* NAME@, or NAME+TOKEN@ for an answer: a post */
	TARGET_LEAVE,  /* NAME-ab@, NAME-unsubscribe@, with or without a token */
	TARGET_DIGEST, /* ueberblick-ab@, with or without a token: no digest any more */
	TARGET_BOUNCE, /* bounce+TOKEN@: a report about a mail of ours */
};

struct target {
	enum target_kind kind;
	struct group *group; /* owned; of GROUP and LEAVE, else NULL */
	int64_t person;	     /* LEAVE, DIGEST: whom the token names; 0: it has none */
	bool confirmed;	     /* the token came to the person in a letter of ours that asked */
	int64_t delivery;    /* BOUNCE */
	int64_t article;     /* GROUP: which the token names; 0: it has none */
};

void target_free(struct target *target);

/*
 * What an address in any case stands for, `<>` around allowed.  ERR_ABSENT: 550 5.1.1 (also a token
 * that we never made, or that is over); ERR_TEMP; NULL on error.
 */
struct target *resolve_recipient(
    struct store *store, const struct settings *settings, const char *recipient, GError **error);

/*
 * *ours: is the address (normal form) that of a group, with any token or suffix, or the digest's?
 * False on error.
 */
bool resolve_is_ours(struct store *store, const struct settings *settings, const char *address,
    bool *ours, GError **error);

/*
 * Why `address` (normal form) can't be a group's address: it is another group's; it would be
 * one of that group's suffix addresses (NAME-ab, -an, -hilfe … as resolve.c lists them) or the
 * other way round; it has a `+`; it is too long for its suffix addresses; or Umlauf or the mail
 * system needs it (bounce, ueberblick, postmaster, `admin`, p-…).  NULL: it can.  A sentence in
 * English, the caller frees.
 */
char *resolve_collision(
    struct store *store, const char *address, const char *admin, GError **error);

#endif
