/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/session.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "news/commands.h"
#include "news/post.h"
#include "net/peers.h"

#define LINE_MAX_SIZE 512 /* with CRLF; RFC 3977 section 3.1 */

static const char greeting[] = "200 Umlauf " PACKAGE_VERSION " ready, posting allowed\r\n";
static const char greeting_readers[] = "201 Umlauf " PACKAGE_VERSION " ready, no posting\r\n";
static const char closing_down[] = "400 closing down\r\n";

static void free_job(struct news_job *job)
{
	if (job == NULL)
		return;
	if (job->free_fn != NULL)
		job->free_fn(job->data);
	g_free(job);
}

void news_session_say(struct news_session *session, const char *line)
{
	GString *out = lineconn_out(session->conn);

	g_string_append(out, line);
	g_string_append_len(out, "\r\n", 2);
}

void news_session_resume(struct news_session *session, const char *line)
{
	g_autofree char *answer = g_strconcat(line, "\r\n", NULL);

	if (!session->worker->closing) {
		lineconn_resume(session->conn, answer, strlen(answer));
		return;
	}
	g_free(answer);
	answer = g_strconcat(line, "\r\n", closing_down, NULL);
	lineconn_farewell(session->conn, answer, strlen(answer));
}

void news_session_fail(struct news_session *session, const GError *error)
{
	news_worker_complain(error);
	news_session_say(session, NEWS_REPLY_FAULT);
}

const struct group *news_session_group(const struct news_session *session)
{
	if (session->group == 0)
		return NULL;
	return news_groups_find_by_id(session->worker->groups, session->group);
}

static enum news_step take_step(struct news_session *session, struct news_job *job)
{
	GString *out = lineconn_out(session->conn);

	job->full = out->len + NEWS_SESSION_PIECE;
	if (!news_worker_begin(session->worker))
		return NEWS_STEP_FAILED;
	return job->step_fn(session, job, out);
}

void news_session_list(struct news_session *session, const char *status, const struct news_job *job)
{
	GString *out = lineconn_out(session->conn);
	const size_t start = out->len;
	struct news_job *copy = g_memdup2(job, sizeof(*job));
	enum news_step step;

	g_string_append(out, status);
	step = take_step(session, copy);
	if (step == NEWS_STEP_MORE) {
		session->job = copy;
		lineconn_continue(session->conn);
		return;
	}
	if (step == NEWS_STEP_FAILED || (copy->found == 0 && copy->empty != NULL)) {
		g_string_truncate(out, start);
		news_session_say(session, step == NEWS_STEP_DONE ? copy->empty : NEWS_REPLY_FAULT);
	} else {
		g_string_append_len(out, ".\r\n", 3);
	}
	free_job(copy);
}

/* The next piece of a long answer. */
static void on_more(struct lineconn *conn)
{
	struct news_session *session = lineconn_session(conn);
	struct news_worker *worker = session->worker;
	enum news_step step;

	news_worker_look(worker);
	step = take_step(session, session->job);
	if (step == NEWS_STEP_MORE) {
		lineconn_continue(conn);
		return;
	}
	g_clear_pointer(&session->job, free_job);
	/* What is cut off must not look complete. */
	if (step == NEWS_STEP_DONE)
		g_string_append_len(lineconn_out(conn), ".\r\n", 3);
	if (step == NEWS_STEP_DONE && worker->closing)
		g_string_append(lineconn_out(conn), closing_down);
	if (step == NEWS_STEP_FAILED || worker->closing)
		lineconn_finish(conn);
}

static void on_line(struct lineconn *conn, const char *line, size_t size)
{
	struct news_session *session = lineconn_session(conn);
	const struct news_command *command;
	struct news_words words;
	const char *wrong = news_commands_parse(&words, line, size, &command);

	/* Each post is a commit, and so makes a look cost: POST does without (news/post.c). */
	if (wrong == NULL && !(command->flags & NEWS_POSTS))
		news_worker_look(session->worker);
	if (wrong != NULL)
		news_session_say(session, wrong);
	else if ((command->flags & NEWS_NEEDS_GROUP) && news_session_group(session) == NULL)
		news_session_say(session, NEWS_REPLY_NO_GROUP);
	else if ((command->flags & NEWS_READS_STORE) && !news_worker_begin(session->worker))
		news_session_say(session, NEWS_REPLY_FAULT);
	else
		command->run_fn(session, words.args, words.n_args);
}

static void on_too_long(struct lineconn *conn)
{
	news_session_say(lineconn_session(conn), NEWS_REPLY_TOO_LONG);
}

static void on_block(struct lineconn *conn, GByteArray *block)
{
	news_post_take(lineconn_session(conn), block);
}

static void on_idle(struct lineconn *conn)
{
	news_session_say(lineconn_session(conn), "400 idle for too long");
}

static void on_turn_end(struct lineconn *conn)
{
	const struct news_session *session = lineconn_session(conn);

	news_worker_end(session->worker);
}

static void on_closed(struct lineconn *conn)
{
	struct news_session *session = lineconn_session(conn);
	struct news_worker *worker = session->worker;

	if (session->next != NULL)
		session->next->previous = session->previous;
	if (session->previous != NULL)
		session->previous->next = session->next;
	else
		worker->sessions = session->next;
	worker->n_sessions--;
	peers_leave(worker->peers, session->address);
	free_job(session->job);
	if (session->post != NULL)
		news_post_forget(session->post);
	g_free(session);
	if (worker->closing && worker->n_sessions == 0)
		event_base_loopexit(worker->base, NULL);
}

static const struct lineconn_ops ops = {
    .line_fn = on_line,
    .too_long_fn = on_too_long,
    .block_fn = on_block,
    .more_fn = on_more,
    .idle_fn = on_idle,
    .closed_fn = on_closed,
    .turn_end_fn = on_turn_end,
    .line_max = LINE_MAX_SIZE,
};

/* Into the empty buffer of a fresh socket: never waits. */
static bool send_at_once(int fd, const char *text)
{
	const size_t size = strlen(text);

	return send(fd, text, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
}

/* One log line in ten seconds will do. */
static void refuse(struct news_worker *worker, int fd, const char *address, const char *reply)
{
	g_autofree char *line = g_strconcat(reply, "\r\n", NULL);
	const int64_t now = clock_monotonic_ms();

	send_at_once(fd, line);
	close(fd);
	if (now < worker->quiet_until_ms)
		return;
	worker->quiet_until_ms = now + 10000;
	log_warning("refused", log_text("address", address), log_text("reply", reply),
	    log_number("connections", worker->n_sessions));
}

bool news_session_open(struct news_worker *worker, int fd)
{
	g_autofree char *peer = lineconn_peer(fd);
	struct news_session *session;
	const char *address;

	if (worker->n_sessions >= worker->settings->max_connections) {
		refuse(worker, fd, peer, "400 too many connections");
		return false;
	}
	address = peers_enter(worker->peers, peer);
	if (address == NULL) {
		refuse(worker, fd, peer, "400 too many connections from your address");
		return false;
	}
	session = g_new0(struct news_session, 1);
	session->worker = worker;
	session->address = address;
	session->next = worker->sessions;
	if (session->next != NULL)
		session->next->previous = session;
	worker->sessions = session;
	worker->n_sessions++;
	send_at_once(fd, news_worker_takes_posts(worker) ? greeting : greeting_readers);
	session->conn = lineconn_new(worker->base, fd, &ops, session, worker->idle_timeout);
	return true;
}

void news_session_leave_all(struct news_worker *worker)
{
	struct news_session *session = worker->sessions;

	worker->closing = true;
	while (session != NULL) {
		struct news_session *next = session->next;

		if (session->job == NULL && session->post == NULL)
			lineconn_farewell(session->conn, closing_down, strlen(closing_down));
		session = next;
	}
}
