/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include "article/overview.h"
#include "base/err.h"
#include "news/session.h"
#include "store/placement.h"

/* Select a group; its first article becomes the current one (RFC 3977 section 6.1.1). */
static void choose(struct news_session *session, const struct group *group)
{
	session->group = group->id;
	session->current = group->count > 0 ? group->low : 0;
}

/* `211 count low high name` and `more`. */
static void append_status(GString *out, const struct group *group, const char *more)
{
	g_string_append_len(out, "211 ", 4);
	news_range_append(out, group->count);
	g_string_append_c(out, ' ');
	news_range_append(out, group->low);
	g_string_append_c(out, ' ');
	news_range_append(out, group->high);
	g_string_append_c(out, ' ');
	g_string_append(out, group->name);
	g_string_append(out, more);
}

void news_cmd_group(struct news_session *session, char **args, unsigned n_args)
{
	const struct group *group = news_groups_find(session->worker->groups, args[0]);

	(void)n_args;
	if (group == NULL) {
		news_session_say(session, NEWS_REPLY_NO_SUCH_GROUP);
		return;
	}
	choose(session, group);
	append_status(lineconn_out(session->conn), group, "\r\n");
}

struct numbers {
	struct news_job *job;
	GString *out;
};

static bool take_number(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	const struct numbers *numbers = data;

	(void)article;
	(void)overview;
	(void)size;
	news_range_append(numbers->out, number);
	g_string_append_len(numbers->out, "\r\n", 2);
	numbers->job->range.low = number + 1;
	numbers->job->found++;
	return numbers->out->len < numbers->job->full;
}

static enum news_step list_numbers(struct news_session *session, struct news_job *job, GString *out)
{
	struct numbers numbers = {.job = job, .out = out};
	g_autoptr(GError) error = NULL;

	if (!placement_scan_numbers(session->worker->store, job->group, job->range.low,
		job->range.high, take_number, &numbers, &error)) {
		news_worker_complain(error);
		return NEWS_STEP_FAILED;
	}
	return out->len < job->full ? NEWS_STEP_DONE : NEWS_STEP_MORE;
}

/* Section 6.1.2: an empty range gives an empty list. */
void news_cmd_listgroup(struct news_session *session, char **args, unsigned n_args)
{
	const struct group *group = n_args > 0 ? news_groups_find(session->worker->groups, args[0])
					       : news_session_group(session);
	struct news_job job = {.step_fn = list_numbers, .range = {1, INT64_MAX}};
	g_autoptr(GString) status = NULL;

	if (n_args > 1 && !news_range_parse(args[1], &job.range)) {
		news_session_say(session, NEWS_REPLY_SYNTAX);
		return;
	}
	if (group == NULL) {
		news_session_say(
		    session, n_args > 0 ? NEWS_REPLY_NO_SUCH_GROUP : NEWS_REPLY_NO_GROUP);
		return;
	}
	choose(session, group);
	job.group = group->id;
	status = g_string_sized_new(256);
	append_status(status, group, " list follows\r\n");
	news_session_list(session, status->str, &job);
}

static bool append_msgid(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	GString *out = data;
	size_t id_size;
	const char *id = overview_column(overview, size, OVERVIEW_MSGID, &id_size);

	(void)article;
	g_string_append_len(out, "223 ", 4);
	news_range_append(out, number);
	g_string_append_c(out, ' ');
	g_string_append_len(out, id, (gssize)id_size);
	g_string_append_len(out, "\r\n", 2);
	return false;
}

/* Make the nearest number in one direction the current one; `none` if there is none. */
static void move(struct news_session *session,
    int64_t (*nearest)(struct store *, int64_t, int64_t, GError **), const char *none)
{
	struct store *store = session->worker->store;
	g_autoptr(GError) error = NULL;
	int64_t number;

	if (session->current == 0) {
		news_session_say(session, NEWS_REPLY_NO_CURRENT);
		return;
	}
	number = nearest(store, session->group, session->current, &error);
	if (error == NULL && number <= 0) {
		news_session_say(session, none);
		return;
	}
	if (error != NULL || !placement_scan(store, session->group, number, number, append_msgid,
				 lineconn_out(session->conn), &error)) {
		news_session_fail(session, error);
		return;
	}
	session->current = number;
}

void news_cmd_next(struct news_session *session, char **args, unsigned n_args)
{
	(void)args;
	(void)n_args;
	move(session, placement_next, "421 no next article in this group");
}

void news_cmd_last(struct news_session *session, char **args, unsigned n_args)
{
	(void)args;
	(void)n_args;
	move(session, placement_previous, "422 no previous article in this group");
}
