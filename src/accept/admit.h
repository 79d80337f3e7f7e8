/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * May this author post to this group?
 */
#ifndef ACCEPT_ADMIT_H
#define ACCEPT_ADMIT_H

#include <glib.h>

#include "store/group.h"

enum admission {
	ADMIT_YES,
	ADMIT_HOLD,
	ADMIT_ERROR,
};

/*
 * *reason (English, static) says why a hold.  author: normal form, NULL: the message names
 * none; verified: it was proved, or nothing is configured that could prove it.
 */
enum admission admit_author(struct store *store, const struct group *group, const char *author,
    bool verified, const char **reason, GError **error);

#endif
