/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/lineconn.h"

#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define LINE_SIZE 32
#define BLOCK_SIZE 20
#define PIECE (100 * 1000)
#define TURNS_MAX 100000

/*
 * A protocol for the tests.  Its commands: "data" (a block follows, of BLOCK_SIZE octets at most),
 * "long N" (N pieces of PIECE octets), "pause", "quit", "die"; all else is said back.
 */
struct talker {
	struct event_base *base;
	struct lineconn *conn;
	int fd; /* the client's end */
	unsigned pieces;
	unsigned turns;
	bool in_turn;
	bool closed;
	GString *got; /* by the client */
};

static void say(struct lineconn *conn, const char *text, size_t size)
{
	g_string_append_len(lineconn_out(conn), text, (gssize)size);
	g_string_append(lineconn_out(conn), "\r\n");
}

static void on_line(struct lineconn *conn, const char *line, size_t size)
{
	struct talker *talker = lineconn_session(conn);
	g_autofree char *word = g_strndup(line, size);

	assert_true(talker->in_turn);
	assert_false(talker->closed);
	say(conn, line, size);
	if (strcmp(word, "data") == 0)
		lineconn_take_block(conn, BLOCK_SIZE);
	else if (strcmp(word, "pause") == 0)
		lineconn_pause(conn);
	else if (strcmp(word, "quit") == 0)
		lineconn_finish(conn);
	else if (strcmp(word, "die") == 0)
		lineconn_abort(conn);
	else if (g_str_has_prefix(word, "long ")) {
		talker->pieces = (unsigned)g_ascii_strtoull(word + 5, NULL, 10);
		lineconn_continue(conn);
	}
}

static void on_too_long(struct lineconn *conn)
{
	say(conn, "too long", 8);
}

static void on_block(struct lineconn *conn, GByteArray *block)
{
	if (block == NULL) {
		say(conn, "too large", 9);
		return;
	}
	g_string_append(lineconn_out(conn), "block ");
	for (guint i = 0; i < block->len; i++)
		g_string_append_c(lineconn_out(conn),
		    block->data[i] == '\r' || block->data[i] == '\n' ? '/' : (char)block->data[i]);
	say(conn, "", 0);
	g_byte_array_unref(block);
}

static void on_more(struct lineconn *conn)
{
	struct talker *talker = lineconn_session(conn);
	g_autofree char *piece = g_strnfill(PIECE, 'm');

	assert_true(talker->in_turn);
	g_string_append_len(lineconn_out(conn), piece, PIECE);
	if (--talker->pieces > 0)
		lineconn_continue(conn);
}

static void on_idle(struct lineconn *conn)
{
	say(conn, "idle", 4);
}

static void on_closed(struct lineconn *conn)
{
	struct talker *talker = lineconn_session(conn);

	assert_false(talker->closed);
	assert_false(talker->in_turn);
	talker->closed = true;
}

static void on_turn_begin(struct lineconn *conn)
{
	struct talker *talker = lineconn_session(conn);

	assert_false(talker->in_turn);
	talker->in_turn = true;
	talker->turns++;
}

static void on_turn_end(struct lineconn *conn)
{
	struct talker *talker = lineconn_session(conn);

	assert_true(talker->in_turn);
	talker->in_turn = false;
}

static const struct lineconn_ops ops = {
    .line_fn = on_line,
    .too_long_fn = on_too_long,
    .block_fn = on_block,
    .more_fn = on_more,
    .idle_fn = on_idle,
    .closed_fn = on_closed,
    .turn_begin_fn = on_turn_begin,
    .turn_end_fn = on_turn_end,
    .line_max = LINE_SIZE,
};

static void talker_open(struct talker *talker, int64_t timeout_ms)
{
	int ends[2];

	memset(talker, 0, sizeof(*talker));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	talker->base = event_base_new();
	talker->fd = ends[1];
	talker->got = g_string_new(NULL);
	talker->conn = lineconn_new(talker->base, ends[0], &ops, talker,
	    timeout_ms > 0 ? lineconn_timeout(talker->base, timeout_ms) : NULL);
}

static void talker_close(struct talker *talker)
{
	if (!talker->closed)
		lineconn_abort(talker->conn);
	assert_true(talker->closed);
	close(talker->fd);
	g_string_free(talker->got, TRUE);
	event_base_free(talker->base);
}

/* Let it go on, and take what the client gets; false at the end of the connection. */
static bool talker_take(struct talker *talker)
{
	char piece[65536];
	ssize_t size;

	event_base_loop(talker->base, EVLOOP_NONBLOCK);
	while ((size = recv(talker->fd, piece, sizeof(piece), 0)) > 0)
		g_string_append_len(talker->got, piece, size);
	return size < 0 && errno == EAGAIN;
}

static void talker_send(struct talker *talker, const char *text, size_t size)
{
	assert_int_equal(send(talker->fd, text, size, MSG_NOSIGNAL), size);
}

#define text(t) (t), sizeof(t) - 1
#define X10 "xxxxxxxxxx"

static const struct {
	const char *name;
	const char *said;
	size_t size;
	const char *got;
} cases[] = {
    /* clang-format off */
	{"a line", text("abc\r\nquit\r\n"), "abc\r\nquit\r\n"},
	{"a bare LF ends a line, a bare CR does not", text("a\nb\rc\r\r\nquit\n"), "a\r\nb\rc\r\r\nquit\r\n"},
	{"empty lines", text("\r\n\nquit\r\n"), "\r\n\r\nquit\r\n"},
	{"the longest line", text(X10 X10 X10 "\r\nquit\r\n"), X10 X10 X10 "\r\nquit\r\n"},
	{"too long a line", text(X10 X10 X10 "x\r\nquit\r\n"), "too long\r\nquit\r\n"},
	{"too long by CR", text(X10 X10 X10 "x\r\r\nquit\r\n"), "too long\r\nquit\r\n"},
	{"far too long a line", text(X10 X10 X10 X10 X10 X10 X10 "\nquit\n"), "too long\r\nquit\r\n"},
	{"nothing behind quit", text("quit\r\nabc\r\n"), "quit\r\n"},
	{"a block", text("data\r\na\r\n..b\r\n.\r\nc\r\nquit\r\n"), "data\r\nblock a//.b//\r\nc\r\nquit\r\n"},
	{"an empty block", text("data\r\n.\r\nquit\r\n"), "data\r\nblock \r\nquit\r\n"},
	{"smuggling", text("data\r\na\n.\nquit\n.\r\n.\r\nquit\r\n"), "data\r\nblock a//.//quit//.//\r\nquit\r\n"},
	{"the largest block", text("data\r\n123456789012345678\r\n.\r\nquit\r\n"),
		"data\r\nblock 123456789012345678//\r\nquit\r\n"},
	{"too large a block", text("data\r\n1234567890123456789\r\n.\r\na\r\nquit\r\n"),
		"data\r\ntoo large\r\na\r\nquit\r\n"},
	{"two blocks", text("data\r\na\r\n.\r\ndata\r\nb\r\n.\r\nquit\r\n"),
		"data\r\nblock a//\r\ndata\r\nblock b//\r\nquit\r\n"},
	{"an abort", text("die\r\nabc\r\n"), ""},
    /* clang-format on */
};

static void check(size_t i, size_t step)
{
	struct talker talker;
	size_t at = 0;

	talker_open(&talker, 0);
	do {
		const size_t now = MIN(step, cases[i].size - at);

		if (now > 0 && !talker.closed)
			talker_send(&talker, cases[i].said + at, now);
		at += now;
	} while (talker_take(&talker));
	assert_string_equal(talker.got->str, cases[i].got);
	if (step > cases[i].size)
		assert_int_equal(talker.turns, 1);
	talker_close(&talker);
}

static void streams(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		print_message("# %s\n", cases[i].name);
		check(i, SIZE_MAX);
		check(i, 1);
		check(i, 7);
	}
}

/* RFC 3977 section 3.5, RFC 2920: any number of commands at once, each answered, in their order. */
static void pipelining(void **state)
{
	g_autoptr(GString) said = g_string_new(NULL);
	struct talker talker;

	(void)state;
	talker_open(&talker, 0);
	for (unsigned i = 0; i < 5000; i++)
		g_string_append_printf(said, "n %u\r\n", i);
	for (size_t at = 0; at < said->len;) {
		const ssize_t done = send(talker.fd, said->str + at, said->len - at, MSG_NOSIGNAL);

		at += done > 0 ? (size_t)done : 0;
		assert_true(talker_take(&talker));
	}
	for (unsigned i = 0; i < TURNS_MAX && talker.got->len < said->len; i++)
		assert_true(talker_take(&talker));
	assert_string_equal(talker.got->str, said->str);
	assert_true(talker.turns >= 5); /* others have their turn meanwhile */
	talker_close(&talker);
}

static void pausing(void **state)
{
	struct talker talker;

	(void)state;
	talker_open(&talker, 20);
	talker_send(&talker, text("pause\r\na\r\npause\r\nb\r\n"));
	assert_true(talker_take(&talker));
	assert_string_equal(talker.got->str, "pause\r\n");
	talker_send(&talker, text("c\r\n"));
	/* The client's words are left where they are; then nothing is waited for, not the time either. */
	assert_int_equal(event_base_loop(talker.base, EVLOOP_ONCE), 0);
	assert_int_equal(event_base_loop(talker.base, EVLOOP_ONCE), 1);
	assert_true(talker_take(&talker));
	assert_string_equal(talker.got->str, "pause\r\n");
	lineconn_resume(talker.conn, text("1\r\n"));
	assert_true(talker_take(&talker));
	assert_string_equal(talker.got->str, "pause\r\n1\r\na\r\npause\r\n");
	lineconn_resume(talker.conn, text(""));
	assert_true(talker_take(&talker));
	assert_string_equal(talker.got->str, "pause\r\n1\r\na\r\npause\r\nb\r\nc\r\n");
	/* The time of a client that waits in silence passes, and does not count. */
	talker_send(&talker, text("pause\r\n"));
	assert_true(talker_take(&talker));
	assert_int_equal(event_base_loop(talker.base, EVLOOP_ONCE), 0);
	g_string_truncate(talker.got, 0);
	lineconn_resume(talker.conn, text("2\r\n"));
	assert_true(talker_take(&talker));
	assert_string_equal(talker.got->str, "2\r\n");
	talker_send(&talker, text("pause\r\nquit\r\n"));
	assert_true(talker_take(&talker));
	lineconn_resume(talker.conn, text("2\r\n")); /* closes before it returns */
	assert_true(talker.closed);
	talker_close(&talker);
}

/* The peer goes while an answer is waited for. */
static void pause_and_gone(void **state)
{
	struct talker talker;

	(void)state;
	talker_open(&talker, 0);
	talker_send(&talker, text("pause\r\nabc\r\n"));
	assert_true(talker_take(&talker));
	close(talker.fd);
	talker.fd = -1;
	assert_false(talker.closed);
	lineconn_resume(talker.conn, text("1\r\n"));
	event_base_loop(talker.base, EVLOOP_NONBLOCK);
	assert_true(talker.closed);
	talker_close(&talker);
}

static void long_answers(void **state)
{
	struct talker talker;
	const size_t size = strlen("long 200\r\n") + (size_t)200 * PIECE + strlen("a\r\n");

	(void)state;
	talker_open(&talker, 0);
	talker_send(&talker, text("long 200\r\na\r\n"));
	for (unsigned i = 0; i < TURNS_MAX && talker.got->len < size; i++)
		assert_true(talker_take(&talker));
	assert_int_equal(talker.got->len, size);
	assert_true(g_str_has_prefix(talker.got->str, "long 200\r\nmmm"));
	assert_true(g_str_has_suffix(talker.got->str, "mmma\r\n"));
	assert_int_equal(talker.pieces, 0);
	talker_close(&talker);
}

/* Nothing is made or read for a peer that takes nothing. */
static void backpressure(void **state)
{
	struct talker talker;
	unsigned left;

	(void)state;
	talker_open(&talker, 0);
	talker_send(&talker, text("long 1000\r\n"));
	for (unsigned i = 0; i < 10; i++)
		event_base_loop(talker.base, EVLOOP_NONBLOCK);
	left = talker.pieces;
	assert_true(left > 900);
	talker_send(&talker, text("quit\r\n"));
	for (unsigned i = 0; i < 10; i++)
		event_base_loop(talker.base, EVLOOP_NONBLOCK);
	assert_int_equal(talker.pieces, left);
	for (unsigned i = 0; i < TURNS_MAX && talker_take(&talker); i++)
		;
	assert_true(talker.closed);
	assert_true(g_str_has_suffix(talker.got->str, "mmmquit\r\n"));
	talker_close(&talker);
}

static void goes_while_unsent(void **state)
{
	struct talker talker;

	(void)state;
	talker_open(&talker, 0);
	talker_send(&talker, text("long 1000\r\n"));
	event_base_loop(talker.base, EVLOOP_NONBLOCK);
	close(talker.fd);
	talker.fd = -1;
	for (unsigned i = 0; i < 10 && !talker.closed; i++)
		event_base_loop(talker.base, EVLOOP_NONBLOCK);
	assert_true(talker.closed);
	talker_close(&talker);
}

/* The peer has closed its side: what it said before is answered. */
static void half_closed(void **state)
{
	struct talker talker;

	(void)state;
	talker_open(&talker, 0);
	talker_send(&talker, text("a\r\nb\r\nhalf"));
	shutdown(talker.fd, SHUT_WR);
	for (unsigned i = 0; i < 10 && talker_take(&talker); i++)
		;
	assert_true(talker.closed);
	assert_string_equal(talker.got->str, "a\r\nb\r\n");
	talker_close(&talker);
}

/* No line in time: good-bye.  Octets that make no line, and a peer that reads nothing, are no better. */
static void idling(void **state)
{
	static const char *const said[] = {"", "half", "data\r\nhalf", "a\r\n"};
	static const char *const got[] = {
	    "idle\r\n", "idle\r\n", "data\r\nidle\r\n", "a\r\nidle\r\n"};
	struct talker talker;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
		talker_open(&talker, 30);
		if (said[i][0] != '\0')
			talker_send(&talker, said[i], strlen(said[i]));
		while (!talker.closed)
			event_base_loop(talker.base, EVLOOP_ONCE);
		assert_false(talker_take(&talker));
		assert_string_equal(talker.got->str, got[i]);
		talker_close(&talker);
	}
	talker_open(&talker, 30);
	while (!talker.closed) {
		send(talker.fd, "x", 1, MSG_NOSIGNAL);
		event_base_loop(talker.base, EVLOOP_ONCE);
	}
	assert_false(talker_take(&talker));
	assert_string_equal(talker.got->str, "too long\r\nidle\r\n");
	talker_close(&talker);
	talker_open(&talker, 30);
	talker_send(&talker, text("long 1000\r\n"));
	while (!talker.closed)
		event_base_loop(talker.base, EVLOOP_ONCE);
	talker_close(&talker);
}

static void farewell(void **state)
{
	struct talker talker;

	(void)state;
	talker_open(&talker, 0);
	talker_send(&talker, text("a\r\nhalf"));
	assert_true(talker_take(&talker));
	lineconn_farewell(talker.conn, text("bye\r\n"));
	assert_true(talker.closed);
	assert_false(talker_take(&talker));
	assert_string_equal(talker.got->str, "a\r\nbye\r\n");
	talker_close(&talker);

	talker_open(&talker, 0);
	talker_send(&talker, text("long 30\r\n"));
	event_base_loop(talker.base, EVLOOP_NONBLOCK);
	assert_int_not_equal(talker.pieces, 30);
	lineconn_finish(talker.conn);
	assert_false(talker.closed);
	for (unsigned i = 0; i < TURNS_MAX && talker_take(&talker); i++)
		;
	assert_int_equal(talker.got->len, strlen("long 30\r\n") + (size_t)30 * PIECE);
	talker_close(&talker);
}

/* What a process holds for many that are silent: less than 400 octets each. */
static void memory(void **state)
{
	enum {
		MANY = 300,
	};
	struct talker *talkers = g_new0(struct talker, MANY);
	struct lineconn *conns[MANY];
	struct event_base *base = event_base_new();
	const struct timeval *timeout = lineconn_timeout(base, 60000);
	int fds[MANY][2];
	size_t before;
	size_t after;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds[i]), 0);
	before = mallinfo2().uordblks;
	for (size_t i = 0; i < MANY; i++)
		conns[i] = lineconn_new(base, fds[i][0], &ops, &talkers[i], timeout);
	for (size_t i = 0; i < MANY; i++) {
		/* Memory was needed for each for a while. */
		assert_int_equal(send(fds[i][1], "data\r\na\r\n", 9, 0), 9);
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_int_equal(send(fds[i][1], ".\r\nhal", 6, 0), 6);
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_int_equal(send(fds[i][1], "f\r\n", 3, 0), 3);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	after = mallinfo2().uordblks;
	/* A sanitizer's heap tells nothing. */
	print_message("# %zu octets each\n", (after - before) / MANY);
	assert_true(after < before || after - before < MANY * 400);
	for (size_t i = 0; i < MANY; i++) {
		lineconn_abort(conns[i]);
		assert_true(talkers[i].closed);
		close(fds[i][1]);
	}
	event_base_free(base);
	g_free(talkers);
}

static void peers_names(void **state)
{
	struct talker talker;
	g_autofree char *name = NULL;
	g_autofree char *none = lineconn_peer(-1);

	(void)state;
	talker_open(&talker, 0);
	name = lineconn_peer(talker.fd);
	assert_string_equal(name, "unix");
	assert_string_equal(none, "unknown");
	talker_close(&talker);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams),
	    cmocka_unit_test(pipelining),
	    cmocka_unit_test(pausing),
	    cmocka_unit_test(pause_and_gone),
	    cmocka_unit_test(long_answers),
	    cmocka_unit_test(backpressure),
	    cmocka_unit_test(goes_while_unsent),
	    cmocka_unit_test(half_closed),
	    cmocka_unit_test(idling),
	    cmocka_unit_test(farewell),
	    cmocka_unit_test(memory),
	    cmocka_unit_test(peers_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("net/lineconn", tests, NULL, NULL);
}
