/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Taking an article back: out of every group; its id stays known and refused,
 * its node stays in its thread.
 */
#ifndef ACCEPT_WITHDRAW_H
#define ACCEPT_WITHDRAW_H

#include <stdbool.h>

#include <glib.h>

#include "store/store.h"

/* ERR_ABSENT: no such article (or withdrawn already). */
bool withdraw_article(struct store *store, const char *msgid, const char *who, GError **error);

#endif
