/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/pick.h"

#include <string.h>

#include "news/commands.h"

static bool refuse(struct news_session *session, const char *reply)
{
	news_session_say(session, reply);
	return false;
}

/*
 * RFC 3977 section 3.6, and beyond it what a mail may have brought as its id (too long, UTF-8): an
 * article that got one of ours is found by that too.
 */
static bool is_msgid(const char *word)
{
	const size_t size = strlen(word);

	return size >= 3 && strchr(word, '>') == word + size - 1;
}

/* What is wrong with the pick so far, or NULL. */
static const char *look(
    const struct news_session *session, const char *which, bool readable, struct news_pick *pick)
{
	pick->msgid = NULL;
	if (which != NULL && *which == '<') {
		pick->msgid = which;
		return is_msgid(which) ? NULL : NEWS_REPLY_SYNTAX;
	}
	if (which != NULL && !readable)
		return NEWS_REPLY_SYNTAX;
	if (news_session_group(session) == NULL)
		return NEWS_REPLY_NO_GROUP;
	if (which != NULL)
		return NULL;
	pick->range.low = session->current;
	pick->range.high = session->current;
	pick->empty = NEWS_REPLY_NO_CURRENT;
	return session->current == 0 ? NEWS_REPLY_NO_CURRENT : NULL;
}

bool news_pick(struct news_session *session, const char *which, struct news_pick *pick)
{
	const bool readable = which != NULL && news_range_parse(which, &pick->range);
	const char *wrong;

	pick->empty = NEWS_REPLY_NO_RANGE;
	wrong = look(session, which, readable, pick);
	return wrong == NULL || refuse(session, wrong);
}

bool news_pick_one(struct news_session *session, const char *which, struct news_pick *pick)
{
	const char *wrong;
	bool readable;

	pick->range.low = 0;
	readable = which != NULL && news_range_number(which, &pick->range.low);
	pick->empty = NEWS_REPLY_NO_NUMBER;
	pick->range.high = pick->range.low;
	wrong = look(session, which, readable, pick);
	return wrong == NULL || refuse(session, wrong);
}
