/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Notices for the operator (`umlauf status`) and the audit trail.
 */
#ifndef STORE_NOTICE_H
#define STORE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

struct notice {
	int64_t id;
	int64_t at;
	char *role; /* owned, as the next two */
	char *event;
	char *text;
};

void notice_free(struct notice *notice);

/* Something that a person should look at.  Needs a transaction. */
bool notice_add(
    struct store *store, const char *role, const char *event, const char *text, GError **error);
/* Oldest first, at most `limit` of the newest.  Array of struct notice *. */
GPtrArray *notice_list(struct store *store, int limit, GError **error);
bool notice_clear(struct store *store, GError **error);

/* Who did what: kept for good. */
bool audit_add(struct store *store, const char *who, const char *what, GError **error);

#endif
