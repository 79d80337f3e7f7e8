/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From an envelope recipient to what it stands for.  Asked already at RCPT, so
 * it has no side effects.
 */
#ifndef ACCEPT_RESOLVE_H
#define ACCEPT_RESOLVE_H

#include <glib.h>

#include "store/group.h"

/*
 * The group of an address in any case, `<>` around allowed.  ERR_ABSENT: 550 5.1.1; ERR_TEMP;
 * NULL on error.
 */
struct group *resolve_recipient(struct store *store, const char *recipient, GError **error);

/*
 * Why `address` (normal form) can't be a group's address: it is another group's; it would be
 * one of that group's suffix addresses (NAME-ab, -an, -hilfe … as resolve.c lists them) or the
 * other way round; it has a `+`; or Umlauf or the mail system needs it (bounce, ueberblick,
 * postmaster, `admin`, p-…).  NULL: it can.  A sentence in English, the caller frees.
 */
char *resolve_collision(
    struct store *store, const char *address, const char *admin, GError **error);

#endif
