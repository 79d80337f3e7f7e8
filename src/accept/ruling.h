/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the operator says about threads.  It wins over what messages say, and stays.  Everything in
 * the caller's transaction; kept in the audit trail as done by `who`.
 */
#ifndef ACCEPT_RULING_H
#define ACCEPT_RULING_H

#include <stdbool.h>

#include <glib.h>

#include "base/settings.h"
#include "store/group.h"
#include "store/store.h"

/*
 * The article answers nobody: with all below it it is a thread of its own.  ERR_ABSENT: no such
 * article.  (News serves the References that an article brought all the same; where it brought none,
 * they follow.)
 */
bool ruling_split(struct store *store, const struct settings *settings, const char *msgid,
    const char *who, GError **error);

/*
 * The article, with all below it, answers `parent`.  ERR_ABSENT; ERR_BAD: the parent itself hangs
 * below it.
 */
bool ruling_join(struct store *store, const struct settings *settings, const char *msgid,
    const char *parent, const char *who, GError **error);

/* A move of a thread from one group to another. */
struct ruling_move {
	const char *msgid;	  /* its article, and all below it */
	const struct group *from; /* NULL: where it stands, if that is one group alone */
	struct group *to;
	unsigned moved; /* out: articles */
};

/*
 * What of the thread stands in `from` gets a number in `to`, where it is new, and stands in `from` no
 * more.  ERR_ABSENT: no such article there; ERR_BAD: it stands in several groups, or in `to` alone.
 */
bool ruling_move(struct store *store, const struct settings *settings, struct ruling_move *move,
    const char *who, GError **error);

#endif
