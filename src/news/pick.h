/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which articles a command speaks of: a Message-ID, numbers of the selected group, or
 * the current article (the three forms of RFC 3977 sections 6.2 and 8).
 */
#ifndef NEWS_PICK_H
#define NEWS_PICK_H

#include <stdbool.h>

#include "news/range.h"
#include "news/session.h"

struct news_pick {
	const char *msgid;	 /* borrowed from the argument; NULL: by number */
	struct news_range range; /* in the session's group */
	const char *empty;	 /* the reply if the range holds nothing */
};

/*
 * Read the argument of OVER and HDR; NULL: the current article.  False: the reply has been made
 * (412, 420, 501).
 */
bool news_pick(struct news_session *session, const char *which, struct news_pick *pick);

/* Likewise for ARTICLE and its kin: a single number instead of a range (low == high). */
bool news_pick_one(struct news_session *session, const char *which, struct news_pick *pick);

#endif
