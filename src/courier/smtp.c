/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/smtp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>

#include <libetpan/mailsmtp.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/text.h"
#include "courier/answer.h"
#include "net/etpan.h"
#include "net/tls.h"

/* Exported by libetpan, in none of its installed headers. */
int mailesmtp_parse_ehlo(mailsmtp *smtp);

enum {
	CONNECT_MS = 30 * 1000,
	QUIT_MS = 1000,
	ANSWER_MAX = 64 * 1024,
	PIECE = 64 * 1024, /* of a message: each has the whole time of an answer to leave */
};

/* The commands of a mail, in their order. */
enum step {
	STEP_RSET, /* only where the mail before was refused half way */
	STEP_MAIL,
	STEP_RCPT,
	STEP_DATA,
	STEPS,
};

/* clang-format off */
static const struct {
	const char *name;
	int good; /* the first digit of a yes */
} steps[] = {
	[STEP_RSET] = {"RSET", 2},
	[STEP_MAIL] = {"MAIL", 2},
	[STEP_RCPT] = {"RCPT", 2},
	[STEP_DATA] = {"DATA", 3},
};
/* clang-format on */

struct smtp_session {
	mailsmtp *smtp;		/* owned; what the peer offers, and the stream */
	struct tls_client *tls; /* owned; NULL: none needed yet */
	GString *commands;	/* owned; to be sent at once */
	GString *lines;		/* owned; the last answer, lines without their codes, ended by LF */
	const char *failure;	/* why no answer came; static */
	int64_t timeout_ms;
	bool is_lmtp;
	bool is_private; /* nobody listens in: encrypted, or on this machine */
	bool is_stale;	 /* the peer may think that a mail has begun */
};

/* Where the relay is. */
struct route {
	char *host;	  /* owned; NULL: a unix socket */
	const char *path; /* borrowed from the settings */
	unsigned port;
	bool tls_at_once;
	bool is_near; /* on this machine */
};

/* -- commands and answers -- */

static void allow(struct smtp_session *session, int64_t ms)
{
	etpan_set_deadline(session->smtp->stream, clock_monotonic_ms() + ms);
}

/* Send the commands.  The peer must have nothing left to say: else answers would be mixed up. */
static bool say(struct smtp_session *session)
{
	mailstream *stream = session->smtp->stream;
	const GString *commands = session->commands;

	session->failure = "an answer that nobody asked for";
	if (stream->read_buffer_len > 0)
		return false;
	if (mailstream_write(stream, commands->str, commands->len) == (ssize_t)commands->len &&
	    mailstream_flush(stream) == 0)
		return true;
	session->failure = etpan_failure(stream);
	return false;
}

static bool is_behind_code(char c)
{
	return c == ' ' || c == '-' || c == '\r' || c == '\n';
}

/*
 * The code at a line's beginning, 200 to 599; 0: this is no answer.  (libetpan's own reader takes
 * "4346 x" for a line that others follow.)
 */
static int code_of(const char *line, size_t size, bool *more)
{
	if (size < 3 || line[0] < '2' || line[0] > '5' || !g_ascii_isdigit(line[1]) ||
	    !g_ascii_isdigit(line[2]) || (size > 3 && !is_behind_code(line[3])))
		return 0;
	*more = size > 3 && line[3] == '-';
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

/* Keep what stands behind the code.  A tab would send libetpan's parser of AUTH round and round. */
static void keep_line(GString *lines, const char *line, size_t size)
{
	while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == '\n'))
		size--;
	for (size_t i = 4; i < size; i++)
		g_string_append_c(lines, g_ascii_iscntrl(line[i]) ? ' ' : line[i]);
	g_string_append_c(lines, '\n');
}

/* The code of the next answer; 0: none came, and session->failure says why. */
static int read_answer(struct smtp_session *session)
{
	mailsmtp *smtp = session->smtp;
	bool more = true;
	int code = 0;

	g_string_truncate(session->lines, 0);
	etpan_set_budget(smtp->stream, ANSWER_MAX);
	while (more) {
		const char *line = mailstream_read_line(smtp->stream, smtp->line_buffer);

		code = line != NULL ? code_of(line, smtp->line_buffer->len, &more) : 0;
		if (code == 0) {
			session->failure =
			    line != NULL ? "an answer without a code" : etpan_failure(smtp->stream);
			return 0;
		}
		keep_line(session->lines, line, smtp->line_buffer->len);
	}
	return code;
}

/* A single command, its answer's code or 0. */
static int ask(struct smtp_session *session, const char *format, ...) G_GNUC_PRINTF(2, 3);

static int ask(struct smtp_session *session, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_vprintf(session->commands, format, args);
	va_end(args);
	g_string_append(session->commands, "\r\n");
	allow(session, session->timeout_ms);
	return say(session) ? read_answer(session) : 0;
}

/* -- opening -- */

static bool is_loopback(const char *host)
{
	struct in6_addr six;
	uint8_t four[4];

	if (inet_pton(AF_INET, host, four) == 1)
		return four[0] == 127;
	if (inet_pton(AF_INET6, host, &six) == 1)
		return IN6_IS_ADDR_LOOPBACK(&six);
	return g_ascii_strcasecmp(host, "localhost") == 0;
}

/* HOST:PORT or [V6]:PORT */
static bool parse_host(const char *text, struct route *route)
{
	const char *colon = strrchr(text, ':');
	const size_t bracket = *text == '[' && colon != NULL && colon[-1] == ']';
	uint64_t port;

	if (colon == NULL || !text_number(colon + 1, strlen(colon + 1), UINT16_MAX, &port))
		return false;
	route->host = g_strndup(text + bracket, (size_t)(colon - text) - 2 * bracket);
	route->port = (unsigned)port;
	route->is_near = is_loopback(route->host);
	return true;
}

static bool find_route(const char *relay, struct route *route)
{
	static const char smtp[] = "smtp://";
	static const char smtps[] = "smtps://";
	static const char lmtp[] = "lmtp:";

	if (g_str_has_prefix(relay, smtp))
		return parse_host(relay + strlen(smtp), route);
	route->tls_at_once = g_str_has_prefix(relay, smtps);
	if (route->tls_at_once)
		return parse_host(relay + strlen(smtps), route);
	route->is_near = g_str_has_prefix(relay, lmtp);
	route->path = relay + strlen(lmtp);
	return route->is_near;
}

static bool wants_tls(const struct settings *settings, const struct route *route)
{
	return route->tls_at_once || settings->relay_tls == RELAY_TLS_REQUIRED ||
	       (settings->relay_tls == RELAY_TLS_AUTO && !route->is_near);
}

/* The peer's no to `what`, or why there is none. */
static bool refuse(
    struct smtp_session *session, enum err err, const char *what, int code, GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (code == 0)
		return err_set(error, ERR_TEMP, "%s: %s", what, session->failure);
	courier_answer_quote(text, code, session->lines->str);
	return err_set(error, err, "%s: %s", what, text->str);
}

static bool encrypt(struct smtp_session *session, const struct settings *settings,
    const struct route *route, GError **error)
{
	if (session->tls == NULL)
		session->tls = tls_client_new(settings->ca_file, error);
	if (session->tls == NULL)
		return false;
	allow(session, session->timeout_ms);
	session->is_private =
	    etpan_start_tls(session->smtp->stream, session->tls, route->host, error);
	return session->is_private;
}

static bool reach(struct smtp_session *session, const struct settings *settings,
    const struct route *route, GError **error)
{
	const int64_t patience_ms = MIN(session->timeout_ms, CONNECT_MS);
	int code;

	if (route->host == NULL && settings->relay_tls == RELAY_TLS_REQUIRED)
		return err_set(error, ERR_PERM, "tls = required, but a unix socket has none");
	session->smtp->stream = route->host != NULL ? etpan_connect(route->host, route->port,
							  clock_monotonic_ms() + patience_ms, error)
						    : etpan_connect_unix(route->path, error);
	if (session->smtp->stream == NULL)
		return false;
	session->is_lmtp = route->host == NULL;
	session->is_private = route->is_near;
	if (route->tls_at_once && !encrypt(session, settings, route, error))
		return false;
	allow(session, session->timeout_ms);
	code = read_answer(session);
	return code / 100 == 2 || refuse(session, ERR_TEMP, "greeting", code, error);
}

/* Say who we are, learn what the peer offers (RFC 5321 section 4.1.1.1, RFC 2033 section 4.1). */
static bool greet(struct smtp_session *session, const struct settings *settings, GError **error)
{
	const char *verb = session->is_lmtp ? "LHLO" : "EHLO";
	mailsmtp *smtp = session->smtp;
	int code = ask(session, "%s %s", verb, settings->domain);

	smtp->esmtp = 0;
	smtp->auth = MAILSMTP_AUTH_NOT_CHECKED;
	smtp->smtp_max_msg_size = 0;
	if (code / 100 == 2) {
		smtp->response = session->lines->str;
		mailesmtp_parse_ehlo(smtp);
		smtp->response = NULL;
	} else if (code / 100 == 5 && !session->is_lmtp) {
		verb = "HELO";
		code = ask(session, "%s %s", verb, settings->domain);
	}
	return code / 100 == 2 || refuse(session, ERR_TEMP, verb, code, error);
}

/* STARTTLS where it is wanted and not done yet (RFC 3207): what was learnt before is forgotten. */
static bool secure(struct smtp_session *session, const struct settings *settings,
    const struct route *route, GError **error)
{
	int code;

	if (route->tls_at_once || !wants_tls(settings, route))
		return true;
	if (!(session->smtp->esmtp & MAILSMTP_ESMTP_STARTTLS))
		return err_set(error, ERR_PERM, "offers no encryption (STARTTLS)");
	code = ask(session, "STARTTLS");
	if (code != 220)
		return refuse(
		    session, code / 100 == 5 ? ERR_PERM : ERR_TEMP, "STARTTLS", code, error);
	return encrypt(session, settings, route, error) && greet(session, settings, error);
}

/* -- login (RFC 4954) -- */

/* RFC 4616.  The code of the answer, or 0. */
static int login_plain(struct smtp_session *session, const char *user, const char *password)
{
	g_autoptr(GString) words = g_string_new(NULL);
	g_autofree char *encoded = NULL;

	g_string_append_c(words, '\0');
	g_string_append_len(words, user, (gssize)strlen(user) + 1);
	g_string_append(words, password);
	encoded = g_base64_encode((const guchar *)words->str, words->len);
	return ask(session, "AUTH PLAIN %s", encoded);
}

/* The older way, in two questions.  Likewise. */
static int login_by_words(struct smtp_session *session, const char *user, const char *password)
{
	g_autofree char *name = g_base64_encode((const guchar *)user, strlen(user));
	g_autofree char *word = g_base64_encode((const guchar *)password, strlen(password));
	int code = ask(session, "AUTH LOGIN");

	if (code == 334)
		code = ask(session, "%s", name);
	return code == 334 ? ask(session, "%s", word) : code;
}

static bool login(struct smtp_session *session, const struct settings *settings, GError **error)
{
	const char *user = settings->relay_user;
	const char *password = settings->password;
	const int ways = session->smtp->auth;
	int code;

	if (user == NULL)
		return true;
	if (password == NULL)
		return err_set(error, ERR_PERM, "no password for %s: see password-file", user);
	if (!session->is_private)
		return err_set(error, ERR_PERM, "no password is sent without encryption");
	if (!(ways & (MAILSMTP_AUTH_PLAIN | MAILSMTP_AUTH_LOGIN)))
		return err_set(error, ERR_PERM, "offers no login (AUTH PLAIN or LOGIN)");
	code = (ways & MAILSMTP_AUTH_PLAIN) ? login_plain(session, user, password)
					    : login_by_words(session, user, password);
	if (code == 235)
		return true;
	if (code == 0)
		return refuse(session, ERR_TEMP, "AUTH", code, error);
	/* Not the answer's words: some peers repeat what they were sent. */
	return err_set(error, code / 100 == 5 ? ERR_PERM : ERR_TEMP,
	    "AUTH: the login of %s was refused with %d", user, code);
}

struct smtp_session *courier_smtp_open(const struct settings *settings, GError **error)
{
	struct smtp_session *session = g_new0(struct smtp_session, 1);
	g_autoptr(GError) reason = NULL;
	struct route route = {.port = 0};
	bool done;

	session->smtp = mailsmtp_new(0, NULL);
	if (session->smtp == NULL)
		g_error("libetpan: out of memory");
	session->commands = g_string_new(NULL);
	session->lines = g_string_new(NULL);
	session->timeout_ms = settings->relay_timeout_ms;
	if (!find_route(settings->relay, &route))
		done = err_set(&reason, ERR_PERM, "no relay of SMTP or LMTP");
	else
		done = reach(session, settings, &route, &reason) &&
		       greet(session, settings, &reason) &&
		       secure(session, settings, &route, &reason) &&
		       login(session, settings, &reason);
	g_free(route.host);
	if (done)
		return session;
	err_set(error, err_code(reason), "%s: %s", settings->relay, reason->message);
	courier_smtp_close(session, true);
	return NULL;
}

void courier_smtp_close(struct smtp_session *session, bool broken)
{
	mailstream *stream;

	if (session == NULL)
		return;
	stream = session->smtp->stream;
	if (stream != NULL && !broken) {
		g_string_assign(session->commands, "QUIT\r\n");
		allow(session, QUIT_MS);
		if (say(session))
			read_answer(session);
	}
	if (stream != NULL)
		mailstream_close(stream);
	session->smtp->stream = NULL; /* or mailsmtp_free would say QUIT once more, and wait */
	mailsmtp_free(session->smtp);
	tls_client_free(session->tls);
	g_string_free(session->commands, TRUE);
	g_string_free(session->lines, TRUE);
	g_free(session);
}

/* -- the message -- */

/* Borrowed. */
static const char *octet_at(const struct relay_mail *mail, size_t at)
{
	return at < mail->head_size ? mail->head + at : mail->rest + (at - mail->head_size);
}

/* True if the dot can follow at once. */
static bool ends_a_line(const struct relay_mail *mail)
{
	const size_t size = mail->head_size + mail->rest_size;

	return size == 0 ||
	       (size > 1 && *octet_at(mail, size - 2) == '\r' && *octet_at(mail, size - 1) == '\n');
}

/* As SIZE counts: less stuffing and the last dot (RFC 1870 section 3). */
static size_t size_of(const struct relay_mail *mail)
{
	return mail->head_size + mail->rest_size + (ends_a_line(mail) ? 0 : 2);
}

static bool is_ascii(const char *bytes, size_t size)
{
	unsigned char sum = 0;

	for (size_t i = 0; i < size; i++)
		sum |= (unsigned char)bytes[i];
	return sum < 0x80;
}

static bool put(struct smtp_session *session, const char *bytes, size_t size)
{
	while (size > 0) {
		const size_t piece = MIN(size, PIECE);

		allow(session, session->timeout_ms);
		if (mailstream_write(session->smtp->stream, bytes, piece) != (ssize_t)piece)
			return false;
		bytes += piece;
		size -= piece;
	}
	return true;
}

/*
 * Put a part of the message and double each dot that begins a line (RFC 5321 section 4.5.2); also
 * one behind a bare CR or LF, which a careless peer may take for a line end.  *before: the octet
 * before the part.
 */
static bool put_stuffed(struct smtp_session *session, const char *bytes, size_t size, char *before)
{
	const char *const end = bytes + size;
	const char *from = bytes;
	const char *dot = bytes;

	if (size == 0)
		return true;
	while ((dot = memchr(dot, '.', (size_t)(end - dot))) != NULL) {
		const char *last = dot > bytes ? dot - 1 : before;

		if (*last == '\n' || *last == '\r') {
			if (!put(session, from, (size_t)(dot - from) + 1))
				return false;
			from = dot;
		}
		dot++;
	}
	*before = end[-1];
	return put(session, from, (size_t)(end - from));
}

static bool put_message(struct smtp_session *session, const struct relay_mail *mail)
{
	char before = '\n';

	return put_stuffed(session, mail->head, mail->head_size, &before) &&
	       put_stuffed(session, mail->rest, mail->rest_size, &before) &&
	       (ends_a_line(mail) || put(session, "\r\n", 2)) && put(session, ".\r\n", 3);
}

/* -- a mail -- */

static void put_command(struct smtp_session *session, enum step step, const struct relay_mail *mail)
{
	GString *out = session->commands;
	const int offered = session->smtp->esmtp;

	if (step == STEP_MAIL) {
		g_string_append_printf(out, "MAIL FROM:<%s>", mail->sender);
		if (offered & MAILSMTP_ESMTP_SIZE)
			g_string_append_printf(out, " SIZE=%zu", size_of(mail));
		if ((offered & MAILSMTP_ESMTP_8BITMIME) &&
		    !(is_ascii(mail->head, mail->head_size) &&
			is_ascii(mail->rest, mail->rest_size)))
			g_string_append(out, " BODY=8BITMIME");
	} else if (step == STEP_RCPT) {
		g_string_append_printf(out, "RCPT TO:<%s>", mail->recipient);
	} else {
		g_string_append(out, steps[step].name);
	}
	g_string_append(out, "\r\n");
}

/* The session is of no more use, with this end for the mail.  code: 0, or of a strange answer. */
static void break_off(struct smtp_session *session, enum relay_end end, const char *where, int code,
    struct relay_answer *answer)
{
	if (code == 0)
		courier_answer_say(answer->text, "%s: %s", where, session->failure);
	else
		courier_answer_quote(answer->text, code, session->lines->str);
	answer->end = end;
	answer->code = code;
	answer->broken = true;
}

static void conclude(struct smtp_session *session, int code, struct relay_answer *answer)
{
	static const enum relay_end ends[] = {[2] = RELAY_SENT, [4] = RELAY_TEMP, [5] = RELAY_PERM};

	courier_answer_quote(answer->text, code, session->lines->str);
	answer->end = ends[code / 100];
	answer->code = code;
}

/* True if the code is a no with which the session goes on. */
static bool is_refusal(int code)
{
	return (code / 100 == 4 || code / 100 == 5) && code != 421;
}

/*
 * Read the answer to a step; the first no becomes the mail's.  The code; 0: the session is over.
 */
static int take_answer(struct smtp_session *session, enum step step, struct relay_answer *answer)
{
	int code;

	allow(session, session->timeout_ms);
	code = read_answer(session);
	if (code / 100 == steps[step].good)
		return code;
	if (is_refusal(code) && step != STEP_RSET) {
		if (answer->code == 0)
			conclude(session, code, answer);
		return code;
	}
	if (answer->code == 0)
		break_off(session, RELAY_TEMP, steps[step].name, code, answer);
	answer->broken = true;
	return 0;
}

/*
 * The mail was refused, but the peer waits for it: end it empty, to nobody (RFC 2920 section 3.1).
 * LMTP has an answer for each receiver, and so none for nobody.
 */
static void abandon(struct smtp_session *session, struct relay_answer *answer)
{
	const int code = session->is_lmtp ? 0 : ask(session, ".");

	answer->broken = code == 0 || code == 421;
}

static bool say_steps(
    struct smtp_session *session, const struct relay_mail *mail, enum step first, enum step behind)
{
	g_string_truncate(session->commands, 0);
	for (enum step step = first; step < behind; step++)
		put_command(session, step, mail);
	allow(session, session->timeout_ms);
	return say(session);
}

/* True if the peer waits for the message; else *answer says how the mail ended. */
static bool send_envelope(
    struct smtp_session *session, const struct relay_mail *mail, struct relay_answer *answer)
{
	const bool is_pipelined = session->smtp->esmtp & MAILSMTP_ESMTP_PIPELINING;
	const enum step first = session->is_stale ? STEP_RSET : STEP_MAIL;
	enum step said = first; /* those before it */
	int code = 0;

	session->is_stale = false;
	for (enum step step = first; step < STEPS; step++) {
		if (step == said) {
			said = is_pipelined ? STEPS : step + 1;
			if (!say_steps(session, mail, step, said)) {
				break_off(session, RELAY_TEMP, steps[step].name, 0, answer);
				answer->gone = step == first;
				return false;
			}
		}
		code = take_answer(session, step, answer);
		if (code == 0) {
			answer->gone = step <= STEP_MAIL;
			return false;
		}
		if (answer->code != 0 && !is_pipelined)
			break;
	}
	if (answer->code == 0)
		return true;
	session->is_stale = true;
	if (code / 100 == 3)
		abandon(session, answer);
	return false;
}

/* Send the message.  *has_ended: its dot may have reached the peer. */
static bool say_message(
    struct smtp_session *session, const struct relay_mail *mail, bool *has_ended)
{
	mailstream *stream = session->smtp->stream;

	*has_ended = false;
	session->failure = "an answer that nobody asked for";
	if (stream->read_buffer_len > 0)
		return false;
	if (put_message(session, mail)) {
		*has_ended = mailstream_flush(stream) == 0;
		if (*has_ended)
			return true;
		/* The buffer holds what has not left. */
		*has_ended = stream->write_buffer_len < strlen(".\r\n");
	}
	session->failure = etpan_failure(stream);
	return false;
}

static void send_message(
    struct smtp_session *session, const struct relay_mail *mail, struct relay_answer *answer)
{
	bool has_ended;
	int code = 0;

	if (say_message(session, mail, &has_ended)) {
		allow(session, 2 * session->timeout_ms);
		code = read_answer(session);
	}
	if (code / 100 == 2 || is_refusal(code))
		conclude(session, code, answer);
	else
		break_off(session, has_ended && code != 421 ? RELAY_UNKNOWN : RELAY_TEMP,
		    "end of the message", code, answer);
}

void courier_smtp_send(
    struct smtp_session *session, const struct relay_mail *mail, struct relay_answer *answer)
{
	const size_t size_max = session->smtp->smtp_max_msg_size;

	answer->end = RELAY_TEMP;
	answer->code = 0;
	answer->broken = false;
	answer->gone = false;
	g_string_truncate(answer->text, 0);
	if (size_max > 0 && size_of(mail) > size_max) {
		answer->end = RELAY_PERM;
		courier_answer_say(answer->text, "%zu octets, the relay takes %zu at most",
		    size_of(mail), size_max);
	} else if (send_envelope(session, mail, answer)) {
		send_message(session, mail, answer);
	}
}
