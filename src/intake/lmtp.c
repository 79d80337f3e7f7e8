/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "intake/lmtp.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/listener.h>

#include "base/err.h"
#include "base/log.h"
#include "intake/lmtp_commands.h"
#include "net/listen.h"
#include "net/peers.h"

#define LINE_MAX_SIZE 2048
#define COMMAND_TIMEOUT_MS (INT64_C(5) * 60 * 1000)
#define SESSIONS_MAX 1000
#define SESSIONS_PER_ADDRESS_MAX 100

static const char closing_down[] = "421 4.3.2 closing down\r\n";

void intake_session_reset(struct intake_session *session)
{
	g_clear_pointer(&session->sender, g_free);
	session->person = 0;
	session->answers = 0;
	g_ptr_array_set_size(session->groups, 0);
	g_ptr_array_set_size(session->errands, 0);
	g_array_set_size(session->recipients, 0);
}

static void free_group(gpointer group)
{
	group_free(group);
}

static void on_line(struct lineconn *conn, const char *line, size_t size)
{
	intake_lmtp_command(lineconn_session(conn), line, size);
}

static void on_too_long(struct lineconn *conn)
{
	intake_lmtp_reply(lineconn_session(conn), "500 5.5.2 the line is too long");
}

static void free_target(gpointer target)
{
	target_free(target);
}

/* Of all groups of a post the one that says most: that it is held or refused. */
static guint telling_group(const struct intake_item *item)
{
	for (guint i = 0; !item->error && i < item->groups->len; i++)
		if (item->outcome.verdicts[i] == VERDICT_HELD ||
		    item->outcome.verdicts[i] == VERDICT_REFUSED)
			return i;
	return 0;
}

/*
 * The commit is done, or has failed: one answer for each recipient, in their order; to news one for
 * all of them.
 */
static void on_done(const struct intake_item *item, void *data)
{
	struct intake_session *session = data;
	g_autoptr(GString) answer = g_string_new(NULL);
	const guint answers = session->news ? 1 : session->recipients->len;

	session->item = NULL;
	for (guint i = 0; i < answers; i++) {
		g_autofree char *reply = intake_lmtp_outcome(
		    item, session->news ? telling_group(item)
					: g_array_index(session->recipients, guint, i));

		g_string_append(answer, reply);
		g_string_append(answer, "\r\n");
	}
	intake_session_reset(session);
	if (session->lmtp->closing) {
		g_string_append(answer, closing_down);
		lineconn_farewell(session->conn, answer->str, answer->len);
	} else {
		lineconn_resume(session->conn, answer->str, answer->len);
	}
}

static void on_block(struct lineconn *conn, GByteArray *block)
{
	struct intake_session *session = lineconn_session(conn);
	struct intake_item *item;

	if (!block) {
		const guint answers = session->news ? 1 : session->recipients->len;

		log_warning("refused", log_text("sender", session->sender),
		    log_text("reason", "larger than max-message-size"));
		for (guint i = 0; i < answers; i++)
			g_string_append(
			    lineconn_out(conn), "552 5.3.4 the message is too large\r\n");
		intake_session_reset(session);
		return;
	}
	item = intake_item_new(block, session->sender, g_steal_pointer(&session->groups));
	session->groups = g_ptr_array_new_with_free_func(free_group);
	g_ptr_array_unref(item->errands);
	item->errands = g_steal_pointer(&session->errands);
	session->errands = g_ptr_array_new_with_free_func(free_target);
	item->via = session->news ? VIA_NEWS : VIA_MAIL;
	item->person = session->person;
	item->answers = session->answers;
	item->null_sender = !session->news && !session->sender[0];
	item->done_fn = on_done;
	item->data = session;
	session->item = item;
	lineconn_pause(conn);
	intake_batch_add(session->lmtp->batch, item);
}

static void on_idle(struct lineconn *conn)
{
	g_string_append(lineconn_out(conn), "421 4.4.2 idle for too long\r\n");
}

static void on_closed(struct lineconn *conn)
{
	struct intake_session *session = lineconn_session(conn);
	struct intake_lmtp *lmtp = session->lmtp;

	if (session->item)
		intake_batch_forget(session->item);
	peers_leave(lmtp->peers, session->address);
	g_hash_table_remove(lmtp->sessions, session);
	g_free(session->sender);
	g_ptr_array_unref(session->groups);
	g_ptr_array_unref(session->errands);
	g_array_unref(session->recipients);
	g_free(session);
	if (lmtp->closing && g_hash_table_size(lmtp->sessions) == 0)
		lmtp->emptied_fn(lmtp->data);
}

static const struct lineconn_ops ops = {
    .line_fn = on_line,
    .too_long_fn = on_too_long,
    .block_fn = on_block,
    .idle_fn = on_idle,
    .closed_fn = on_closed,
    .line_max = LINE_MAX_SIZE,
};

static void say_at_once(int fd, const char *text)
{
	send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void intake_lmtp_serve(struct intake_lmtp *lmtp, int fd, bool news)
{
	g_autofree char *peer = lineconn_peer(fd);
	g_autofree char *greeting = NULL;
	struct intake_session *session;
	const char *address = NULL;

	/* Behind a unix socket is always the same MTA, whoever its mail is from. */
	if (g_hash_table_size(lmtp->sessions) < SESSIONS_MAX)
		address = strcmp(peer, "unix") == 0 ? "unix" : peers_enter(lmtp->peers, peer);
	if (!address) {
		say_at_once(fd, "421 4.7.0 too many connections\r\n");
		log_warning("refused", log_text("address", peer),
		    log_number("connections", g_hash_table_size(lmtp->sessions)));
		close(fd);
		return;
	}
	session = g_new0(struct intake_session, 1);
	session->lmtp = lmtp;
	session->address = address;
	session->news = news;
	session->groups = g_ptr_array_new_with_free_func(free_group);
	session->errands = g_ptr_array_new_with_free_func(free_target);
	session->recipients = g_array_new(FALSE, FALSE, sizeof(guint));
	g_hash_table_add(lmtp->sessions, session);
	greeting = g_strdup_printf("220 %s LMTP Umlauf\r\n", lmtp->settings->domain);
	say_at_once(fd, greeting);
	session->conn = lineconn_new(lmtp->base, fd, &ops, session, lmtp->timeout);
}

static void on_connection(struct evconnlistener *acceptor, evutil_socket_t fd,
    struct sockaddr *address, int size, void *data)
{
	(void)acceptor;
	(void)address;
	(void)size;
	intake_lmtp_serve(data, fd, false);
}

static void on_news(struct evconnlistener *acceptor, evutil_socket_t fd, struct sockaddr *address,
    int size, void *data)
{
	(void)acceptor;
	(void)address;
	(void)size;
	intake_lmtp_serve(data, fd, true);
}

static void accept_again(evutil_socket_t fd, short what, void *data)
{
	struct intake_lmtp *lmtp = data;

	(void)fd;
	(void)what;
	for (guint i = 0; i < lmtp->acceptors->len; i++)
		evconnlistener_enable(lmtp->acceptors->pdata[i]);
}

/* No descriptor, no memory: who stands at the door waits a second. */
static void on_accept_error(struct evconnlistener *acceptor, void *data)
{
	static const struct timeval second = {.tv_sec = 1};
	struct intake_lmtp *lmtp = data;

	log_warning("accept", log_text("error", g_strerror(errno)),
	    log_number("connections", g_hash_table_size(lmtp->sessions)));
	evconnlistener_disable(acceptor);
	evtimer_add(lmtp->rest, &second);
}

static void free_acceptor(gpointer acceptor)
{
	evconnlistener_free(acceptor);
}

struct intake_lmtp *intake_lmtp_start(struct event_base *base, const struct settings *settings,
    struct store *store, struct intake_batch *batch, GPtrArray *listeners, GError **error)
{
	struct intake_lmtp *lmtp = g_new0(struct intake_lmtp, 1);

	lmtp->settings = settings;
	lmtp->base = base;
	lmtp->store = store;
	lmtp->batch = batch;
	lmtp->peers = peers_new(SESSIONS_PER_ADDRESS_MAX);
	lmtp->timeout = lineconn_timeout(base, COMMAND_TIMEOUT_MS);
	lmtp->acceptors = g_ptr_array_new_with_free_func(free_acceptor);
	lmtp->sessions = g_hash_table_new(NULL, NULL);
	lmtp->rest = evtimer_new(base, accept_again, lmtp);
	for (guint i = 0; i < listeners->len; i++) {
		const struct listener *listener = listeners->pdata[i];
		const bool news = strcmp(listener->address, settings->post_socket) == 0;
		struct evconnlistener *acceptor = evconnlistener_new(base,
		    news ? on_news : on_connection, lmtp, LEV_OPT_CLOSE_ON_EXEC, 0, listener->fd);

		if (!acceptor) {
			err_set(error, ERR_TEMP, "%s: can't be listened on", listener->address);
			intake_lmtp_free(lmtp);
			return NULL;
		}
		evconnlistener_set_error_cb(acceptor, on_accept_error);
		g_ptr_array_add(lmtp->acceptors, acceptor);
	}
	return lmtp;
}

void intake_lmtp_stop(struct intake_lmtp *lmtp, void (*emptied_fn)(void *data), void *data)
{
	g_autoptr(GList) sessions = g_hash_table_get_keys(lmtp->sessions);

	lmtp->closing = true;
	lmtp->emptied_fn = emptied_fn;
	lmtp->data = data;
	g_ptr_array_set_size(lmtp->acceptors, 0);
	if (!sessions)
		emptied_fn(data);
	for (GList *at = sessions; at; at = at->next) {
		struct intake_session *session = at->data;

		/* Who has named recipients may finish this message. */
		if (session->recipients->len == 0)
			lineconn_farewell(session->conn, closing_down, strlen(closing_down));
	}
}

void intake_lmtp_free(struct intake_lmtp *lmtp)
{
	g_autoptr(GList) sessions = NULL;

	if (!lmtp)
		return;
	sessions = g_hash_table_get_keys(lmtp->sessions);
	lmtp->closing = false;
	for (GList *at = sessions; at; at = at->next)
		lineconn_abort(((struct intake_session *)at->data)->conn);
	event_free(lmtp->rest);
	g_ptr_array_unref(lmtp->acceptors);
	g_hash_table_unref(lmtp->sessions);
	peers_free(lmtp->peers);
	g_free(lmtp);
}
