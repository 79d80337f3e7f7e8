/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "news/session.h"

/* RFC 3977 section 9.5: letters, digits, dots and dashes, a letter first. */
static bool is_keyword(const char *text)
{
	return strlen(text) >= 3 && g_ascii_isalpha(*text) &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") ==
		   strlen(text);
}

/* Section 5.2; the keyword is for extensions that we have not, and so ignored. */
void news_cmd_capabilities(struct news_session *session, char **args, unsigned n_args)
{
	GString *out = lineconn_out(session->conn);

	if (n_args > 0 && !is_keyword(args[0])) {
		news_session_say(session, NEWS_REPLY_SYNTAX);
		return;
	}
	g_string_append(out, "101 capabilities follow\r\nVERSION 2\r\n");
	news_commands_append_capabilities(
	    out, news_worker_takes_posts(session->worker) ? 0 : NEWS_POSTS);
	g_string_append(out, "IMPLEMENTATION Umlauf " PACKAGE_VERSION "\r\n.\r\n");
}

void news_cmd_date(struct news_session *session, char **args, unsigned n_args)
{
	const time_t now = (time_t)clock_now();
	struct tm utc;
	char line[32];

	(void)args;
	(void)n_args;
	gmtime_r(&now, &utc);
	strftime(line, sizeof(line), "111 %Y%m%d%H%M%S", &utc);
	news_session_say(session, line);
}

void news_cmd_help(struct news_session *session, char **args, unsigned n_args)
{
	GString *out = lineconn_out(session->conn);

	(void)args;
	(void)n_args;
	g_string_append(out, "100 commands\r\n");
	news_commands_append_help(out);
	g_string_append(out, ".\r\n");
}

void news_cmd_mode_reader(struct news_session *session, char **args, unsigned n_args)
{
	(void)args;
	(void)n_args;
	news_session_say(session, news_worker_takes_posts(session->worker)
				      ? "200 ready, posting allowed"
				      : "201 ready, no posting");
}

void news_cmd_quit(struct news_session *session, char **args, unsigned n_args)
{
	(void)args;
	(void)n_args;
	news_session_say(session, "205 good-bye");
	lineconn_finish(session->conn);
}
