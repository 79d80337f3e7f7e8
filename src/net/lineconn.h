/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A connection of CRLF lines and dot-terminated blocks (SMTP, LMTP, NNTP) on a
 * bare libevent event.  The process has one buffer for what comes in and one for
 * what goes out; a connection owns memory only while a line is half read, a
 * block is being taken, or the peer does not take its answers.
 *
 * Everything that stands in the input is answered before one write (RFC 3977
 * section 3.5 pipelining); one answer is one write.  While output waits for the
 * peer, no further input is read or handled.
 */
#ifndef NET_LINECONN_H
#define NET_LINECONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <glib.h>

struct lineconn;

/* What the owner of connections does with them.  One table for a listener, static. */
struct lineconn_ops {
	/*
	 * A whole line, without its CRLF (a bare LF ends a line too); size octets, may hold any
	 * octet; not terminated; valid during the call.
	 */
	void (*line_fn)(struct lineconn *conn, const char *line, size_t size);
	/* A line beyond line_max; the rest of it is skipped. */
	void (*too_long_fn)(struct lineconn *conn);
	/*
	 * The end of a block begun by lineconn_take_block.  block: dot-unstuffed, CRLF line
	 * ends (a bare LF in it has become CRLF, a bare CR a blank, and neither ended it), owned by the callee;
	 * NULL: it was over the limit and has been thrown away.
	 */
	void (*block_fn)(struct lineconn *conn, GByteArray *block);
	/* More of a long answer (lineconn_continue): append the next piece to the output. */
	void (*more_fn)(struct lineconn *conn);
	/* No line for the set time: say good-bye in the protocol's words (then it is closed). */
	void (*idle_fn)(struct lineconn *conn);
	/* The connection is over, for whatever reason; the owner frees its session. */
	void (*closed_fn)(struct lineconn *conn);
	/* Around each turn that handles lines, for a transaction a turn; may be NULL. */
	void (*turn_begin_fn)(struct lineconn *conn);
	void (*turn_end_fn)(struct lineconn *conn);
	size_t line_max; /* octets with CRLF */
};

/*
 * Take over a connected socket (made non-blocking, TCP_NODELAY where it is TCP).  session: the
 * owner's, borrowed.  timeout: from lineconn_timeout, shared by all connections of the kind;
 * NULL for none.
 */
struct lineconn *lineconn_new(struct event_base *base, int fd, const struct lineconn_ops *ops,
    void *session, const struct timeval *timeout);

/* A time-out for many connections (event_base_init_common_timeout): costs nothing each. */
const struct timeval *lineconn_timeout(struct event_base *base, int64_t timeout_ms);

void *lineconn_session(const struct lineconn *conn);

/*
 * The output, to append to, in any callback but closed_fn; it is sent at the end of the turn.
 */
GString *lineconn_out(struct lineconn *conn);

/* From line_fn: what follows is a dot-terminated block of at most max octets. */
void lineconn_take_block(struct lineconn *conn, size_t max);

/*
 * From line_fn or more_fn: the answer is not complete; call more_fn for the next piece, perhaps in
 * this turn, but not while the peer has left untaken what was sent.  No line is handled before.
 */
void lineconn_continue(struct lineconn *conn);

/*
 * From line_fn or block_fn: handle nothing further until lineconn_resume (an answer that waits
 * for a commit).  The idle time-out rests.
 */
void lineconn_pause(struct lineconn *conn);

/*
 * Outside a turn, after lineconn_pause: append `answer` and go on with what stands in the input.
 * May close the connection and call closed_fn before it returns.
 */
void lineconn_resume(struct lineconn *conn, const char *answer, size_t size);

/* Close when the output has been sent; nothing further is read. */
void lineconn_finish(struct lineconn *conn);

/*
 * Outside a turn (the process is going down): append the last words to what waits to be sent,
 * then as lineconn_finish.  May close the connection and call closed_fn before it returns.
 */
void lineconn_farewell(struct lineconn *conn, const char *words, size_t size);

/* Close at once (calls closed_fn). */
void lineconn_abort(struct lineconn *conn);

/* Peer's address as text ("192.0.2.1", "unix"); the caller frees. */
char *lineconn_peer(int fd);

#endif
