/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier-peer.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/text.h"

const char peer_hang[] = "hang";
const char peer_close[] = "close";
const char peer_cut[] = "cut";
const char peer_hold[] = "hold";
const char peer_flood[] = "flood";
const char peer_lines[] = "lines";

enum {
	NOT_PIPELINED = 11, /* exit status: the client has not said all at once */
	NOT_ASKED = 12,	    /* it has said more than it may */
	FLOOD_MB = 200,
	LINES = 100000,
};

struct server {
	struct peer_end *end;
	const struct script *script;
	bool used[G_N_ELEMENTS(((struct script *)NULL)->twists)];
	bool has_mail;
	bool has_rcpt;
	bool is_over;
};

static void flood(struct peer_end *end)
{
	g_autofree char *piece = g_strnfill(1 << 20, 'x');

	peer_tell(end, "250 ");
	for (int i = 0; i < FLOOD_MB; i++)
		peer_say(end, piece, 1 << 20);
}

static void repeat_lines(struct peer_end *end)
{
	GString *lines = g_string_new(NULL);

	for (int i = 0; i < LINES; i++)
		g_string_append(lines, "250-more\r\n");
	peer_say(end, lines->str, lines->len);
	g_string_free(lines, TRUE);
}

/* The twist of a verb, which is used up; else the usual answer. */
static const char *choose(struct server *server, const char *verb, const char *usual)
{
	for (size_t i = 0; i < G_N_ELEMENTS(server->used); i++) {
		const struct twist *twist = &server->script->twists[i];

		if (twist->verb == NULL || server->used[i] || strcmp(twist->verb, verb) != 0)
			continue;
		server->used[i] = true;
		return twist->reply;
	}
	return usual;
}

/* Answer; true if it was a yes. */
static bool answer(struct server *server, const char *verb, const char *usual)
{
	const char *reply = choose(server, verb, usual);

	server->is_over = reply == peer_hang || reply == peer_close || reply == peer_cut ||
			  reply == peer_hold || reply == peer_flood || reply == peer_lines;
	if (reply == peer_flood)
		flood(server->end);
	else if (reply == peer_lines)
		repeat_lines(server->end);
	else if (!server->is_over)
		peer_tell(server->end, reply);
	if (reply == peer_cut) {
		peer_tell(server->end, "354 go on\r\n");
		peer_hear(server->end);
	} else if (reply == peer_hold) {
		peer_tell(server->end, "354 go on\r\n");
		poll(&(struct pollfd){.fd = server->end->fd}, 1, -1); /* until the client closes */
	} else if (server->is_over && reply != peer_close) {
		peer_wait(server->end);
	}
	return !server->is_over && (*reply == '2' || *reply == '3');
}

static void on_hello(struct server *server, const char *verb)
{
	g_auto(GStrv) offers = g_strsplit(server->script->offers, "\n", -1);
	GString *usual = g_string_new("250-relay.example at your service\r\n");

	for (char **offer = offers; *offer != NULL && **offer != '\0'; offer++)
		if (server->end->ssl == NULL || strcmp(*offer, "STARTTLS") != 0)
			g_string_append_printf(usual, "250-%s\r\n", *offer);
	g_string_append(usual, "250 HELP\r\n");
	answer(server, verb, strcmp(verb, "HELO") == 0 ? "250 relay.example\r\n" : usual->str);
	g_string_free(usual, TRUE);
}

static bool is_word(struct server *server, const char *word)
{
	g_autofree char *line = peer_line(server->end);
	g_autofree char *encoded = g_base64_encode((const guchar *)word, strlen(word));

	return line != NULL && strcmp(line, encoded) == 0;
}

static void on_auth(struct server *server, const char *line)
{
	static const char plain[] = "\0" PEER_USER "\0" PEER_PASSWORD;
	g_autofree char *encoded = g_base64_encode((const guchar *)plain, sizeof(plain) - 1);
	g_autofree char *by_plain = g_strconcat("AUTH PLAIN ", encoded, NULL);
	bool good = strcmp(line, by_plain) == 0;

	if (strcmp(line, "AUTH LOGIN") == 0) {
		peer_tell(server->end, "334 VXNlcm5hbWU6\r\n");
		good = is_word(server, PEER_USER);
		peer_tell(server->end, "334 UGFzc3dvcmQ6\r\n");
		good = is_word(server, PEER_PASSWORD) && good;
	}
	answer(server, "AUTH", good ? "235 2.7.0 welcome\r\n" : "535 5.7.8 no\r\n");
}

static void on_starttls(struct server *server)
{
	if (answer(server, "STARTTLS", "220 2.0.0 go ahead\r\n"))
		peer_encrypt(server->end, server->script->tls);
}

static void on_mail(struct server *server)
{
	if (strstr(server->script->offers, "PIPELINING") != NULL &&
	    !g_str_has_suffix(server->end->input->str, "\r\nDATA\r\n"))
		_exit(NOT_PIPELINED);
	server->has_rcpt = false;
	if (server->has_mail)
		peer_tell(server->end, "503 5.5.1 nested MAIL command\r\n");
	else
		server->has_mail = answer(server, "MAIL", "250 2.1.0 Ok\r\n");
}

static void on_rcpt(struct server *server)
{
	if (!server->has_mail)
		peer_tell(server->end, "503 5.5.1 need MAIL command\r\n");
	else if (answer(server, "RCPT", "250 2.1.5 Ok\r\n"))
		server->has_rcpt = true;
}

/* Read until CRLF "." CRLF (RFC 5321 section 4.1.1.4), which nothing else is. */
static void take_message(struct peer_end *end)
{
	static const char dot[] = "\r\n.\r\n";
	GString *input = end->input;
	const char *found = NULL;
	size_t at = 0;

	g_string_prepend(input, "\r\n"); /* that of DATA */
	while (found == NULL && peer_hear(end)) {
		found = memmem(input->str + at, input->len - at, dot, strlen(dot));
		at = MAX(input->len, strlen(dot)) - strlen(dot);
	}
	if (found != NULL)
		g_string_erase(input, 0, found - input->str + (gssize)strlen(dot));
}

static void on_data(struct server *server)
{
	if (server->end->input->len > 0)
		_exit(NOT_ASKED);
	if (!answer(server, "DATA",
		server->has_rcpt ? "354 go on\r\n" : "503 5.5.1 need RCPT command\r\n"))
		return;
	take_message(server->end);
	server->has_mail = false;
	server->has_rcpt = false;
	answer(server, ".", "250 2.0.0 queued as 4711\r\n");
}

/* A command's line; the verb alone is what scripts know it by. */
static void obey(struct server *server, const char *line)
{
	g_autofree char *verb = g_strndup(line, strcspn(line, " "));

	if (strstr(server->script->offers, "PIPELINING") == NULL && server->end->input->len > 0)
		_exit(NOT_ASKED);
	if (text_has_prefix(verb, "EHLO") || text_has_prefix(verb, "LHLO") ||
	    text_has_prefix(verb, "HELO"))
		on_hello(server, verb);
	else if (strcmp(verb, "STARTTLS") == 0)
		on_starttls(server);
	else if (strcmp(verb, "AUTH") == 0)
		on_auth(server, line);
	else if (strcmp(verb, "MAIL") == 0)
		on_mail(server);
	else if (strcmp(verb, "RCPT") == 0)
		on_rcpt(server);
	else if (strcmp(verb, "DATA") == 0)
		on_data(server);
	else if (strcmp(verb, "QUIT") == 0)
		server->is_over = answer(server, verb, "221 2.0.0 bye\r\n") || server->is_over;
	else if (answer(server, verb, "250 2.0.0 Ok\r\n")) /* RSET */
		server->has_mail = false;
}

void courier_peer_serve(struct peer_end *end, const void *data)
{
	struct server server = {.end = end, .script = data};

	if (server.script->tls_at_once)
		peer_encrypt(end, server.script->tls);
	answer(&server, "connect", "220 relay.example ESMTP\r\n");
	while (!server.is_over) {
		g_autofree char *line = peer_line(end);

		if (line == NULL)
			break;
		obey(&server, line);
	}
}

/* -- a session -- */

struct talk *talk_new(const struct script *script, const char *relay)
{
	struct talk *talk = g_new0(struct talk, 1);
	g_autofree char *path = NULL;

	talk->folder = g_dir_make_tmp("umlauf-smtp-XXXXXX", NULL);
	if (relay == NULL)
		path = g_build_filename(talk->folder, "lmtp", NULL);
	talk->peer = peer_start(path, courier_peer_serve, script);
	talk->settings.domain = g_strdup("listen.example");
	talk->settings.relay = relay == NULL ? g_strconcat("lmtp:", path, NULL)
					     : g_strdup_printf("%s:%u", relay, talk->peer->port);
	talk->settings.relay_timeout_ms = PATIENCE_MS;
	talk->answer.text = g_string_new("of the mail before");
	return talk;
}

void talk_open(struct talk *talk)
{
	g_autoptr(GError) error = NULL;

	talk->session = courier_smtp_open(&talk->settings, &error);
	if (talk->session == NULL)
		fail_msg("%s", error->message);
}

GString *talk_finish(struct talk *talk, bool broken)
{
	GString *heard;

	courier_smtp_close(talk->session, broken);
	heard = peer_finish(talk->peer);
	assert_int_equal(g_rmdir(talk->folder), 0);
	g_free(talk->folder);
	g_free(talk->settings.domain);
	g_free(talk->settings.ca_file);
	g_free(talk->settings.relay);
	g_free(talk->settings.relay_user);
	g_free(talk->settings.password);
	g_string_free(talk->answer.text, TRUE);
	g_free(talk);
	return heard;
}

void talk_drop(struct talk *talk, bool broken)
{
	g_string_free(talk_finish(talk, broken), TRUE);
}
