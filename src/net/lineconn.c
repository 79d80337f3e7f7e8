/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/lineconn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event_struct.h>
#include <event2/util.h>

#include "base/clock.h"
#include "net/block.h"

enum {
	INPUT_SIZE = 64 * 1024,
	OUT_PIECE = 256 * 1024,	     /* what is sent in one go in a long answer */
	OUT_KEPT = 1024 * 1024,	     /* an output buffer that grew beyond is given back */
	TURN_SENT = 4 * 1024 * 1024, /* then others have their turn */
	TURN_LINES = 1000,	     /* likewise */
};

enum {
	FLAG_BLOCK = 1 << 0,  /* the input is a block */
	FLAG_SKIP = 1 << 1,   /* the input is the rest of a line that is too long */
	FLAG_MORE = 1 << 2,   /* the answer is not complete */
	FLAG_PAUSED = 1 << 3, /* until lineconn_resume */
	FLAG_YIELD = 1 << 4,  /* there is more to do, in the next turn of the loop */
	FLAG_FINISH = 1 << 5, /* close when all has been sent */
	FLAG_DEAD = 1 << 6,   /* close now */
};

struct lineconn {
	struct event event;
	const struct lineconn_ops *ops; /* borrowed */
	void *session;			/* borrowed from the owner */
	const struct timeval *timeout;	/* borrowed; may be NULL */
	GByteArray *input;		/* owned; received and not handled, or NULL */
	GString *unsent;		/* owned; what the peer has not taken, or NULL */
	size_t unsent_at;		/* so much of it has gone */
	struct block block;
	int64_t heard_ms; /* when a line or a piece of a block came last */
	unsigned flags;
	short armed; /* EV_READ, EV_WRITE or 0 */
};

/* What the process has once: the connection whose turn it is, and its input and output. */
static struct {
	struct lineconn *conn; /* NULL: no turn */
	GString *out;
	size_t at; /* input[at] to input[size] is not handled yet */
	size_t size;
	size_t sent;
	unsigned handled; /* lines and pieces of blocks */
	bool begun;	  /* turn_begin_fn was called */
	char input[INPUT_SIZE];
} turn;

static void on_event(evutil_socket_t fd, short what, void *data);

/* The only place that receives: octets, 0 if there is nothing now, -1 if the peer is gone. */
static ssize_t receive(struct lineconn *conn, char *bytes, size_t size)
{
	const ssize_t done = recv(event_get_fd(&conn->event), bytes, size, MSG_DONTWAIT);

	if (done > 0)
		return done;
	return done < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* The only place that sends: as receive. */
static ssize_t transmit(struct lineconn *conn, const char *bytes, size_t size)
{
	const ssize_t done =
	    send(event_get_fd(&conn->event), bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (done >= 0)
		return done;
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* -- output -- */

/* Send as much as the peer takes now; how much that was.  A peer that is gone: FLAG_DEAD. */
static size_t push(struct lineconn *conn, const char *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		const ssize_t now = transmit(conn, bytes + done, size - done);

		if (now < 0)
			conn->flags |= FLAG_DEAD;
		if (now <= 0)
			break;
		done += (size_t)now;
	}
	return done;
}

static void keep_unsent(struct lineconn *conn, const char *bytes, size_t size)
{
	if (conn->unsent == NULL)
		conn->unsent = g_string_new_len(bytes, (gssize)size);
	else
		g_string_append_len(conn->unsent, bytes, (gssize)size);
}

/* Send the output of this turn so far; what the peer does not take is kept. */
static void flush(struct lineconn *conn)
{
	size_t done = 0;

	if (conn->unsent == NULL && !(conn->flags & FLAG_DEAD))
		done = push(conn, turn.out->str, turn.out->len);
	if (done < turn.out->len && !(conn->flags & FLAG_DEAD))
		keep_unsent(conn, turn.out->str + done, turn.out->len - done);
	turn.sent += done;
	g_string_truncate(turn.out, 0);
	if (turn.out->allocated_len > OUT_KEPT) {
		g_string_free(turn.out, TRUE);
		turn.out = g_string_sized_new(INPUT_SIZE);
	}
}

/* The peer takes octets again. */
static void send_unsent(struct lineconn *conn)
{
	if (conn->unsent == NULL)
		return;
	conn->unsent_at +=
	    push(conn, conn->unsent->str + conn->unsent_at, conn->unsent->len - conn->unsent_at);
	if (conn->unsent_at < conn->unsent->len)
		return;
	g_string_free(conn->unsent, TRUE);
	conn->unsent = NULL;
	conn->unsent_at = 0;
}

/* -- between turns -- */

static void arm(struct lineconn *conn, short what)
{
	struct event_base *base = event_get_base(&conn->event);
	const evutil_socket_t fd = event_get_fd(&conn->event);

	if (conn->armed == what)
		return;
	if (conn->armed != 0)
		event_del(&conn->event);
	conn->armed = what;
	if (what == 0)
		return;
	event_assign(&conn->event, base, fd, (short)(what | EV_PERSIST), on_event, conn);
	event_add(&conn->event, conn->timeout);
}

static void free_conn(struct lineconn *conn)
{
	const evutil_socket_t fd = event_get_fd(&conn->event);

	arm(conn, 0);
	conn->ops->closed_fn(conn);
	/* Unread input would turn the close into a reset, which may overtake our last words. */
	if (turn.conn == NULL)
		receive(conn, turn.input, INPUT_SIZE);
	close(fd);
	g_clear_pointer(&conn->input, g_byte_array_unref);
	if (conn->unsent != NULL)
		g_string_free(conn->unsent, TRUE);
	if (conn->flags & FLAG_BLOCK)
		block_clear(&conn->block);
	g_free(conn);
}

/* Wait for what comes next, or close. */
static void settle(struct lineconn *conn)
{
	const bool done = (conn->flags & FLAG_FINISH) && !(conn->flags & FLAG_MORE);

	if ((conn->flags & FLAG_DEAD) || (done && conn->unsent == NULL))
		free_conn(conn);
	else if (conn->unsent != NULL || (conn->flags & FLAG_YIELD))
		arm(conn, EV_WRITE);
	/* Few peers speak while they wait: the event is taken down only when one does. */
	else if (!(conn->flags & FLAG_PAUSED))
		arm(conn, EV_READ);
	else if (conn->armed != EV_READ)
		arm(conn, 0);
}

/* -- a turn -- */

static void enter(struct lineconn *conn)
{
	g_assert(turn.conn == NULL);
	if (turn.out == NULL)
		turn.out = g_string_sized_new(INPUT_SIZE);
	turn.conn = conn;
	turn.at = 0;
	turn.size = 0;
	turn.sent = 0;
	turn.handled = 0;
	turn.begun = false;
	conn->flags &= ~(unsigned)FLAG_YIELD;
	if (conn->input == NULL)
		return;
	turn.size = conn->input->len;
	memcpy(turn.input, conn->input->data, turn.size);
	g_clear_pointer(&conn->input, g_byte_array_unref);
}

static void begin(struct lineconn *conn)
{
	if (!turn.begun && conn->ops->turn_begin_fn != NULL)
		conn->ops->turn_begin_fn(conn);
	turn.begun = true;
}

/* What stands in the input of a block; false when all of it is taken. */
static bool take_block(struct lineconn *conn)
{
	if (turn.at == turn.size)
		return false;
	turn.at += block_feed(&conn->block, turn.input + turn.at, turn.size - turn.at);
	turn.handled++;
	if (conn->block.state != BLOCK_DONE)
		return false;
	conn->flags &= ~(unsigned)FLAG_BLOCK;
	begin(conn);
	conn->ops->block_fn(conn, g_steal_pointer(&conn->block.bytes));
	return true;
}

static void refuse_line(struct lineconn *conn)
{
	turn.handled++;
	begin(conn);
	conn->ops->too_long_fn(conn);
}

/* One line; false when there is no whole one. */
static bool take_line(struct lineconn *conn)
{
	const char *line = turn.input + turn.at;
	const size_t left = turn.size - turn.at;
	const char *lf = memchr(line, '\n', left);
	const size_t size = lf != NULL ? (size_t)(lf - line) + 1 : left;

	if (conn->flags & FLAG_SKIP) {
		turn.at += size;
		if (lf != NULL)
			conn->flags &= ~(unsigned)FLAG_SKIP;
		return lf != NULL;
	}
	if (size > conn->ops->line_max || (lf == NULL && size == conn->ops->line_max)) {
		turn.at += size;
		if (lf == NULL)
			conn->flags |= FLAG_SKIP;
		refuse_line(conn);
		return true;
	}
	if (lf == NULL)
		return false;
	turn.at += size;
	turn.handled++;
	begin(conn);
	conn->ops->line_fn(conn, line, size - (size >= 2 && lf[-1] == '\r' ? 2 : 1));
	return true;
}

static bool may_go_on(struct lineconn *conn)
{
	if ((conn->flags & (FLAG_DEAD | FLAG_PAUSED)) || conn->unsent != NULL)
		return false;
	if ((conn->flags & FLAG_FINISH) && !(conn->flags & FLAG_MORE))
		return false;
	if (turn.sent < TURN_SENT && turn.handled < TURN_LINES)
		return true;
	if ((conn->flags & FLAG_MORE) || turn.at < turn.size)
		conn->flags |= FLAG_YIELD;
	return false;
}

static void run(struct lineconn *conn)
{
	while (may_go_on(conn)) {
		if (conn->flags & FLAG_MORE) {
			conn->flags &= ~(unsigned)FLAG_MORE;
			begin(conn);
			conn->ops->more_fn(conn);
		} else if (!(conn->flags & FLAG_BLOCK ? take_block(conn) : take_line(conn))) {
			break;
		}
		if (turn.out->len >= OUT_PIECE)
			flush(conn);
	}
}

static void leave(struct lineconn *conn)
{
	const size_t left = turn.size - turn.at;

	if (turn.begun && conn->ops->turn_end_fn != NULL)
		conn->ops->turn_end_fn(conn);
	flush(conn);
	if (left > 0 && !(conn->flags & (FLAG_DEAD | FLAG_FINISH))) {
		conn->input = g_byte_array_sized_new((guint)left);
		g_byte_array_append(conn->input, (const guint8 *)turn.input + turn.at, (guint)left);
	}
	turn.conn = NULL;
	settle(conn);
}

/* Octets that do not make a line within the time are as good as none. */
static bool is_overdue(const struct lineconn *conn, int64_t now_ms)
{
	/* The upper bits of a common time-out's microseconds are libevent's. */
	const int64_t timeout_ms = (int64_t)conn->timeout->tv_sec * 1000 +
				   (int64_t)(conn->timeout->tv_usec & 0xfffff) / 1000;

	return now_ms - conn->heard_ms > timeout_ms;
}

static void give_up(struct lineconn *conn)
{
	conn->ops->idle_fn(conn);
	conn->flags |= FLAG_FINISH;
}

static void heed_time(struct lineconn *conn)
{
	const int64_t now_ms = conn->timeout != NULL ? clock_monotonic_ms() : 0;

	if (conn->timeout == NULL)
		return;
	if (turn.handled > 0)
		conn->heard_ms = now_ms;
	else if (is_overdue(conn, now_ms))
		give_up(conn);
}

static void on_readable(struct lineconn *conn)
{
	const ssize_t done = receive(conn, turn.input + turn.size, INPUT_SIZE - turn.size);

	if (done < 0)
		conn->flags |= FLAG_DEAD;
	if (done <= 0)
		return;
	turn.size += (size_t)done;
	run(conn);
	heed_time(conn);
}

static void on_event(evutil_socket_t fd, short what, void *data)
{
	struct lineconn *conn = data;

	(void)fd;
	if ((conn->flags & FLAG_PAUSED) && conn->armed == EV_READ) {
		if (what & EV_READ)
			arm(conn, 0);
		return;
	}
	if (what & EV_WRITE) {
		send_unsent(conn);
		if (conn->unsent != NULL || (conn->flags & FLAG_DEAD)) {
			settle(conn);
			return;
		}
	}
	enter(conn);
	if (what & EV_WRITE) {
		if (conn->timeout != NULL)
			conn->heard_ms = clock_monotonic_ms();
		run(conn);
	} else if (what & EV_READ) {
		on_readable(conn);
	} else if (conn->armed == EV_READ) {
		give_up(conn);
	} else {
		conn->flags |= FLAG_DEAD; /* it does not take its answers */
	}
	leave(conn);
}

/* -- for the owner -- */

struct lineconn *lineconn_new(struct event_base *base, int fd, const struct lineconn_ops *ops,
    void *session, const struct timeval *timeout)
{
	struct lineconn *conn = g_new0(struct lineconn, 1);
	const int on = 1;

	g_assert(ops->line_max > 0 && ops->line_max <= INPUT_SIZE);
	evutil_make_socket_nonblocking(fd);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn->ops = ops;
	conn->session = session;
	conn->timeout = timeout;
	if (timeout != NULL)
		conn->heard_ms = clock_monotonic_ms();
	event_assign(&conn->event, base, fd, EV_READ | EV_PERSIST, on_event, conn);
	arm(conn, EV_READ);
	return conn;
}

const struct timeval *lineconn_timeout(struct event_base *base, int64_t timeout_ms)
{
	const struct timeval timeout = {
	    .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

	return event_base_init_common_timeout(base, &timeout);
}

void *lineconn_session(const struct lineconn *conn)
{
	return conn->session;
}

GString *lineconn_out(struct lineconn *conn)
{
	g_assert(turn.conn == conn);
	return turn.out;
}

void lineconn_take_block(struct lineconn *conn, size_t max)
{
	g_assert(!(conn->flags & FLAG_BLOCK));
	block_init(&conn->block, max);
	conn->flags |= FLAG_BLOCK;
}

void lineconn_continue(struct lineconn *conn)
{
	conn->flags |= FLAG_MORE;
}

void lineconn_pause(struct lineconn *conn)
{
	conn->flags |= FLAG_PAUSED;
}

/* Words from outside a turn of this connection; it may be gone afterwards. */
static void say(struct lineconn *conn, const char *words, size_t size)
{
	if (conn->timeout != NULL)
		conn->heard_ms = clock_monotonic_ms();
	if (turn.conn == conn) {
		g_string_append_len(turn.out, words, (gssize)size);
	} else if (turn.conn != NULL || conn->unsent != NULL) {
		keep_unsent(conn, words, size);
		settle(conn);
	} else {
		enter(conn);
		g_string_append_len(turn.out, words, (gssize)size);
		run(conn);
		leave(conn);
	}
}

void lineconn_resume(struct lineconn *conn, const char *answer, size_t size)
{
	conn->flags &= ~(unsigned)FLAG_PAUSED;
	if (conn->armed == EV_READ)
		event_add(&conn->event, conn->timeout); /* the time-out begins anew */
	say(conn, answer, size);
}

void lineconn_finish(struct lineconn *conn)
{
	conn->flags |= FLAG_FINISH;
	if (turn.conn != conn)
		settle(conn);
}

void lineconn_farewell(struct lineconn *conn, const char *words, size_t size)
{
	conn->flags |= FLAG_FINISH;
	say(conn, words, size);
}

void lineconn_abort(struct lineconn *conn)
{
	conn->flags |= FLAG_DEAD;
	if (turn.conn != conn)
		settle(conn);
}

/* An IPv4 address that came in through IPv6 is shown as IPv4. */
static const char *peer_text(const struct sockaddr_storage *name, char *text, socklen_t size)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	if (name->ss_family == AF_INET) {
		memcpy(&four, name, sizeof(four));
		return inet_ntop(AF_INET, &four.sin_addr, text, size);
	}
	if (name->ss_family != AF_INET6)
		return name->ss_family == AF_UNIX ? "unix" : NULL;
	memcpy(&six, name, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
		return inet_ntop(AF_INET, &six.sin6_addr.s6_addr[12], text, size);
	return inet_ntop(AF_INET6, &six.sin6_addr, text, size);
}

char *lineconn_peer(int fd)
{
	struct sockaddr_storage name = {0};
	socklen_t size = sizeof(name);
	char text[INET6_ADDRSTRLEN];
	const char *found = NULL;

	if (getpeername(fd, (struct sockaddr *)&name, &size) == 0)
		found = peer_text(&name, text, sizeof(text));
	return g_strdup(found != NULL ? found : "unknown");
}
