/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * An intake that says what a test wants it to say: for the tests of posting.  It lives in the test's
 * own loop and works when intake_turn() is called.
 */
#ifndef TESTS_UNIT_NEWS_INTAKE_H
#define TESTS_UNIT_NEWS_INTAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <glib.h>

enum step {
	STEP_GREETING,
	STEP_LHLO,
	STEP_MAIL,
	STEP_RCPT,
	STEP_RCPT_2,
	STEP_DATA,
	STEP_BODY, /* behind the answer to DATA: nothing is said, but it may go */
	STEP_END,
	STEPS,
};

#define GO ""	 /* in place of a reply: it closes the connection */
#define WAIT "-" /* … it says nothing for now */

static const char *const usual[STEPS] = {
    [STEP_GREETING] = "220 news.example LMTP Umlauf",
    [STEP_LHLO] = "250-news.example\r\n250-PIPELINING\r\n250 ENHANCEDSTATUSCODES",
    [STEP_MAIL] = "250 2.1.0 ok",
    [STEP_RCPT] = "250 2.1.5 ok",
    [STEP_RCPT_2] = "250 2.1.5 ok",
    [STEP_DATA] = "354 end with a dot on a line of its own",
    [STEP_BODY] = NULL,
    [STEP_END] = "250 2.0.0 <neu@ada.example> is rat.bau:5",
};

/* A connection from a news worker. */
struct wire {
	int fd; /* -1: closed */
	enum step step;
	GString *input; /* owned; not handled yet */
};

struct intake {
	int listener;
	const char *replies[STEPS];
	GPtrArray *wires; /* owned struct wire *, all that there have been */
	GString *said;	  /* owned; all lines and messages that came, without dot and CRLF */
	GString *message; /* owned; the last one, still stuffed */
};

static inline void wire_close(struct wire *wire)
{
	if (wire->fd >= 0)
		close(wire->fd);
	wire->fd = -1;
}

static inline void free_wire(gpointer data)
{
	struct wire *wire = data;

	wire_close(wire);
	g_string_free(wire->input, TRUE);
	g_free(wire);
}

static inline void intake_open(struct intake *intake, const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	memcpy(intake->replies, usual, sizeof(usual));
	intake->wires = g_ptr_array_new_with_free_func(free_wire);
	intake->said = g_string_new(NULL);
	intake->message = g_string_new(NULL);
	intake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_true(strlen(path) < sizeof(name.sun_path));
	g_strlcpy(name.sun_path, path, sizeof(name.sun_path));
	assert_int_equal(bind(intake->listener, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(intake->listener, 50), 0);
}

static inline void intake_close(struct intake *intake)
{
	close(intake->listener);
	g_ptr_array_unref(intake->wires);
	g_string_free(intake->said, TRUE);
	g_string_free(intake->message, TRUE);
}

static inline void reply(struct intake *intake, struct wire *wire, enum step step)
{
	const char *text = intake->replies[step];
	g_autofree char *line = NULL;

	if (text == NULL || strcmp(text, WAIT) == 0)
		return;
	if (text[0] == '\0') {
		wire_close(wire);
		return;
	}
	line = g_strconcat(text, "\r\n", NULL);
	send(wire->fd, line, strlen(line), MSG_NOSIGNAL);
}

/* A command: the step is answered, and what follows it is expected. */
static inline void take_line(struct intake *intake, struct wire *wire, const char *line)
{
	static const char *const words[STEPS] = {[STEP_LHLO] = "LHLO ",
	    [STEP_MAIL] = "MAIL ",
	    [STEP_RCPT] = "RCPT ",
	    [STEP_DATA] = "DATA"};
	const bool another = wire->step == STEP_RCPT_2;

	g_string_append_printf(intake->said, "%s\n", line);
	for (enum step step = STEP_LHLO; step <= STEP_DATA; step++)
		if (words[step] != NULL && g_str_has_prefix(line, words[step]))
			wire->step = step == STEP_RCPT && another ? STEP_RCPT_2 : step;
	reply(intake, wire, wire->step);
	if (wire->step == STEP_RCPT)
		wire->step = STEP_RCPT_2;
	if (wire->step == STEP_DATA && intake->replies[STEP_DATA][0] == '3') {
		wire->step = STEP_END;
		reply(intake, wire, STEP_BODY);
	}
}

/* What stands in the input up to `end`, which is taken off too; NULL: not yet. */
static inline char *take_until(struct wire *wire, const char *end)
{
	const char *at = strstr(wire->input->str, end);
	char *text;

	if (at == NULL)
		return NULL;
	text = g_strndup(wire->input->str, (gsize)(at - wire->input->str));
	g_string_erase(wire->input, 0, (gssize)(strlen(text) + strlen(end)));
	return text;
}

static inline void handle(struct intake *intake, struct wire *wire)
{
	while (wire->fd >= 0) {
		const bool is_message = wire->step == STEP_END;
		g_autofree char *text = take_until(wire, is_message ? "\r\n.\r\n" : "\r\n");

		if (text == NULL)
			return;
		if (!is_message) {
			take_line(intake, wire, text);
			continue;
		}
		g_string_assign(intake->message, text);
		g_string_append(intake->said, "(message)\n");
		reply(intake, wire, STEP_END);
		wire->step = STEP_MAIL;
	}
}

static inline void intake_turn(struct intake *intake)
{
	static char piece[65536];
	int fd;

	while ((fd = accept4(intake->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct wire *wire = g_new0(struct wire, 1);

		wire->fd = fd;
		wire->input = g_string_new(NULL);
		g_ptr_array_add(intake->wires, wire);
		reply(intake, wire, STEP_GREETING);
	}
	for (guint i = 0; i < intake->wires->len; i++) {
		struct wire *wire = intake->wires->pdata[i];
		ssize_t size;

		while (wire->fd >= 0 && (size = recv(wire->fd, piece, sizeof(piece), 0)) > 0)
			g_string_append_len(wire->input, piece, size);
		handle(intake, wire);
	}
}

#endif
