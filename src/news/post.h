/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * An article that a newsreader posts, on its way to intake over the private LMTP socket.  The
 * session is paused meanwhile; what intake says after its commit becomes 240 or 441.
 */
#ifndef NEWS_POST_H
#define NEWS_POST_H

#include <glib.h>

#include "news/session.h"

struct news_post;

/*
 * From block_fn: look at what was posted and hand it to intake, or refuse it by 441.  article: taken;
 * NULL: it was too large.
 */
void news_post_take(struct news_session *session, GByteArray *article);

/* The session is gone: what intake does with the article it does, nobody is told. */
void news_post_forget(struct news_post *post);

/* End the connections to intake of a worker that goes down; posts under way get no answer. */
void news_post_close_all(struct news_worker *worker);

#endif
