/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include <string.h>

#include "article/overview.h"
#include "article/serve.h"
#include "base/err.h"
#include "news/pick.h"
#include "news/session.h"
#include "news/view.h"
#include "store/article.h"
#include "store/placement.h"

/* A body beyond this goes out in pieces, the article expanded anew for each. */
#define PIECE_MAX ((size_t)4 * 1024 * 1024)

enum parts {
	PART_HEAD = 1,
	PART_BODY = 2,
};

struct form {
	const char *code; /* RFC 3977 section 6.2 */
	unsigned parts;
};

static const struct form article_form = {"220 ", PART_HEAD | PART_BODY};
static const struct form head_form = {"221 ", PART_HEAD};
static const struct form body_form = {"222 ", PART_BODY};
static const struct form stat_form = {"223 ", 0};

/* What a command found out about its article. */
struct found {
	int64_t id;	/* 0: nothing */
	int64_t number; /* as the reply names it; 0 by Message-ID */
	char *msgid;	/* owned */
};

static bool take_placement(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	struct found *found = data;
	size_t id_size;
	const char *id = overview_column(overview, size, OVERVIEW_MSGID, &id_size);

	found->id = article;
	found->number = number;
	found->msgid = g_strndup(id, id_size);
	return false;
}

/* One look into the store for a number, none at all into the article. */
static void find(
    struct news_session *session, const struct news_pick *pick, struct found *found, GError **error)
{
	struct news_worker *worker = session->worker;

	if (pick->msgid != NULL)
		found->id = news_view_find(worker, pick->msgid, NULL, &found->msgid, error);
	else
		placement_scan(worker->store, session->group, pick->range.low, pick->range.low,
		    take_placement, found, error);
}

/* The length of the lines of text that are wholly within `max`; one line at least. */
static size_t whole_lines(const char *text, size_t size, size_t max)
{
	const char *end;

	if (size <= max)
		return size;
	end = memrchr(text, '\n', max);
	if (end == NULL)
		end = memchr(text + max, '\n', size - max);
	return end != NULL ? (size_t)(end - text) + 1 : size;
}

/* job->group: the article; range.low: so much of the body has been said. */
static enum news_step go_on(struct news_session *session, struct news_job *job, GString *out)
{
	g_autoptr(GError) error = NULL;
	struct news_view view;
	size_t at = (size_t)job->range.low;
	size_t size;

	if (!news_view_make(session->worker, job->group, &view, &error)) {
		news_worker_complain(error);
		return NEWS_STEP_FAILED;
	}
	at = MIN(at, view.body_size);
	size = whole_lines(view.body + at, view.body_size - at, PIECE_MAX);
	serve_stuffed(out, view.body + at, size);
	job->range.low = (int64_t)(at + size);
	return at + size < view.body_size ? NEWS_STEP_MORE : NEWS_STEP_DONE;
}

static void say_status(
    struct news_session *session, const struct form *form, const struct found *found)
{
	GString *out = lineconn_out(session->conn);

	g_string_append(out, form->code);
	news_range_append(out, found->number);
	g_string_append_c(out, ' ');
	g_string_append(out, found->msgid);
	g_string_append_len(out, "\r\n", 2);
}

static void say_parts(struct news_session *session, const struct form *form,
    const struct found *found, const struct news_view *view)
{
	GString *out = lineconn_out(session->conn);
	const struct news_job job = {.step_fn = go_on, .group = found->id};

	say_status(session, form, found);
	if (form->parts & PART_HEAD)
		serve_stuffed(out, view->head->str, view->head->len);
	if (form->parts == (PART_HEAD | PART_BODY))
		g_string_append_len(out, "\r\n", 2);
	if (!(form->parts & PART_BODY)) {
		g_string_append_len(out, ".\r\n", 3);
	} else if (view->body_size > PIECE_MAX) {
		news_session_list(session, "", &job);
	} else {
		serve_stuffed(out, view->body, view->body_size);
		g_string_append_len(out, ".\r\n", 3);
	}
}

/* ARTICLE, HEAD, BODY and STAT differ in what they show only. */
static void show(struct news_session *session, const char *which, const struct form *form)
{
	g_autoptr(GError) error = NULL;
	struct found found = {0};
	struct news_pick pick;
	struct news_view view;

	if (!news_pick_one(session, which, &pick))
		return;
	find(session, &pick, &found, &error);
	if (error == NULL && found.id > 0 && form->parts != 0)
		news_view_make(session->worker, found.id, &view, &error);
	if (error != NULL && err_code(error) != ERR_ABSENT) {
		news_session_fail(session, error);
	} else if (error != NULL || found.id <= 0) {
		news_session_say(session, pick.msgid != NULL ? NEWS_REPLY_NO_MSGID : pick.empty);
	} else {
		if (pick.msgid == NULL)
			session->current = found.number;
		if (form->parts != 0)
			say_parts(session, form, &found, &view);
		else
			say_status(session, form, &found);
	}
	g_free(found.msgid);
}

void news_cmd_article(struct news_session *session, char **args, unsigned n_args)
{
	show(session, n_args > 0 ? args[0] : NULL, &article_form);
}

void news_cmd_head(struct news_session *session, char **args, unsigned n_args)
{
	show(session, n_args > 0 ? args[0] : NULL, &head_form);
}

void news_cmd_body(struct news_session *session, char **args, unsigned n_args)
{
	show(session, n_args > 0 ? args[0] : NULL, &body_form);
}

void news_cmd_stat(struct news_session *session, char **args, unsigned n_args)
{
	show(session, n_args > 0 ? args[0] : NULL, &stat_form);
}
