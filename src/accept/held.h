/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a moderator decides about a held message.
 */
#ifndef ACCEPT_HELD_H
#define ACCEPT_HELD_H

#include <glib.h>

#include "accept/accept.h"

/*
 * Accept a held message into its group, and into those that waited with it (ERR_ABSENT: no such).  In
 * the caller's transaction.  The outcome's first verdict and number are the group's.
 */
bool held_approve(struct store *store, const struct settings *settings, int64_t id, const char *who,
    struct outcome *outcome, GError **error);
bool held_reject(struct store *store, int64_t id, const char *who, GError **error);

#endif
