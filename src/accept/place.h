/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Placing an article in groups and keeping its overview lines true.
 */
#ifndef ACCEPT_PLACE_H
#define ACCEPT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"
#include "store/article.h"
#include "store/group.h"

/* What the lines of an article are made of. */
struct place {
	struct store *store;
	const struct settings *settings;
	const struct article *article;
	const char *wire; /* its bytes */
	size_t size;
};

/*
 * Put the article into the group: takes a number, makes its line, and, where it stands in other
 * groups too, makes their lines anew (Xref).  A line names its own and open groups only; the
 * article is masked in a line if one of the groups that the line names masks.  *number out.
 */
bool place_article(const struct place *place, struct group *group, int64_t *number, GError **error);

/* Make all lines of an article anew: its fields or a group's mask have changed. */
bool place_renew(const struct place *place, GError **error);

#endif
