/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include "base/wildmat.h"
#include "news/session.h"

/* Lines about the groups, ready in memory; with a wildmat those that match. */
static void list_groups(struct news_session *session, enum news_list list, const char *wildmat)
{
	struct news_groups *groups = session->worker->groups;
	GString *out = lineconn_out(session->conn);
	const GPtrArray *all = news_groups_all(groups);

	if (wildmat != NULL && !wildmat_is_valid(wildmat)) {
		news_session_say(session, NEWS_REPLY_SYNTAX);
		return;
	}
	g_string_append(out, "215 list follows\r\n");
	if (wildmat == NULL) {
		const GString *answer = news_groups_answer(groups, list);

		g_string_append_len(out, answer->str, (gssize)answer->len);
	}
	for (guint i = 0; wildmat != NULL && i < all->len; i++) {
		const struct group *group = g_ptr_array_index(all, i);

		if (wildmat_matches(wildmat, group->name))
			news_groups_append(groups, out, list, group);
	}
	g_string_append(out, ".\r\n");
}

void news_cmd_list_active(struct news_session *session, char **args, unsigned n_args)
{
	list_groups(session, NEWS_LIST_ACTIVE, n_args > 0 ? args[0] : NULL);
}

void news_cmd_list_active_times(struct news_session *session, char **args, unsigned n_args)
{
	list_groups(session, NEWS_LIST_ACTIVE_TIMES, n_args > 0 ? args[0] : NULL);
}

void news_cmd_list_counts(struct news_session *session, char **args, unsigned n_args)
{
	list_groups(session, NEWS_LIST_COUNTS, n_args > 0 ? args[0] : NULL);
}

void news_cmd_list_newsgroups(struct news_session *session, char **args, unsigned n_args)
{
	list_groups(session, NEWS_LIST_NEWSGROUPS, n_args > 0 ? args[0] : NULL);
}

/* RFC 3977 section 8.6: `:` is any header field; HDR takes all of them in each of its forms. */
void news_cmd_list_headers(struct news_session *session, char **args, unsigned n_args)
{
	if (n_args > 0 && g_ascii_strcasecmp(args[0], "MSGID") != 0 &&
	    g_ascii_strcasecmp(args[0], "RANGE") != 0)
		news_session_say(session, NEWS_REPLY_SYNTAX);
	else
		news_session_say(session, "215 fields follow\r\n:\r\n:bytes\r\n:lines\r\n.");
}

/* Section 8.4 */
void news_cmd_list_overview_fmt(struct news_session *session, char **args, unsigned n_args)
{
	(void)args;
	(void)n_args;
	news_session_say(session, "215 order of fields follows\r\n"
				  "Subject:\r\n"
				  "From:\r\n"
				  "Date:\r\n"
				  "Message-ID:\r\n"
				  "References:\r\n"
				  ":bytes\r\n"
				  ":lines\r\n"
				  "Xref:full\r\n"
				  ".");
}
