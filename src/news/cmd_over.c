/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include "news/pick.h"
#include "news/session.h"
#include "news/view.h"
#include "store/placement.h"

struct lines {
	struct news_job *job;
	GString *out;
};

/* A line as it stands in the store, behind its number: the fastest path of the whole room. */
static bool take_line(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	const struct lines *lines = data;

	(void)article;
	news_range_append(lines->out, number);
	g_string_append_len(lines->out, overview, (gssize)size);
	lines->job->range.low = number + 1;
	lines->job->found++;
	return lines->out->len < lines->job->full;
}

static enum news_step list_lines(struct news_session *session, struct news_job *job, GString *out)
{
	struct lines lines = {.job = job, .out = out};
	g_autoptr(GError) error = NULL;

	if (!placement_scan(session->worker->store, job->group, job->range.low, job->range.high,
		take_line, &lines, &error)) {
		news_worker_complain(error);
		return NEWS_STEP_FAILED;
	}
	return out->len < job->full ? NEWS_STEP_DONE : NEWS_STEP_MORE;
}

static bool append_line(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	GString *out = data;

	(void)number;
	(void)article;
	g_string_append(out, "224 overview follows\r\n0");
	g_string_append_len(out, overview, (gssize)size);
	g_string_append(out, ".\r\n");
	return false;
}

/* RFC 3977 section 8.3: by Message-ID the number is 0. */
static void over_msgid(struct news_session *session, const char *msgid)
{
	g_autoptr(GError) error = NULL;
	struct placement place;

	if (news_view_find(session->worker, msgid, &place, NULL, &error) == 0) {
		if (error == NULL)
			news_session_say(session, NEWS_REPLY_NO_MSGID);
	} else {
		placement_scan(session->worker->store, place.group, place.number, place.number,
		    append_line, lineconn_out(session->conn), &error);
	}
	if (error != NULL)
		news_session_fail(session, error);
}

/* Also XOVER (RFC 2980 section 2.8). */
void news_cmd_over(struct news_session *session, char **args, unsigned n_args)
{
	struct news_job job = {.step_fn = list_lines};
	struct news_pick pick;

	if (!news_pick(session, n_args > 0 ? args[0] : NULL, &pick))
		return;
	if (pick.msgid != NULL) {
		over_msgid(session, pick.msgid);
		return;
	}
	job.empty = pick.empty;
	job.range = pick.range;
	job.group = session->group;
	news_session_list(session, "224 overview follows\r\n", &job);
}
