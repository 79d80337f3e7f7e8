/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include <errno.h>
#include <sys/random.h>

#include "article/msgid.h"
#include "news/post.h"
#include "news/session.h"

/* RFC 3977 section 6.3.1: the id is one that nobody has, and stays good whenever the article comes. */
void news_cmd_post(struct news_session *session, char **args, unsigned n_args)
{
	const struct settings *settings = session->worker->settings;
	g_autofree char *id = NULL;
	g_autofree char *line = NULL;
	unsigned char random[16];

	(void)args;
	(void)n_args;
	if (!news_worker_takes_posts(session->worker)) {
		news_session_say(session,
		    "440 posting needs a login, which there is none here; write to the group's mail "
		    "address");
		return;
	}
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random)) {
		news_session_say(session, "440 posting is not possible now, try later");
		return;
	}
	id = msgid_make(settings->domain, random, sizeof(random));
	line = g_strconcat("340 send the article, recommended Message-ID ", id, NULL);
	news_session_say(session, line);
	lineconn_take_block(session->conn, (size_t)settings->max_message_size);
}
