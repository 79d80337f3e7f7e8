/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/smtp.h"

#include "base/clock.h"
#include "base/err.h"
#include "courier-peer.h"

#define PIPED "PIPELINING\n"
#define NEAR "smtp://127.0.0.1"
#define NEAR_AS_FAR "2130706433" /* 127.0.0.1, by a name that nobody takes for this machine */

enum {
	SHORT_MS = 300,
	OPENED = -1,
};

static struct pki *pki;
static SSL_CTX *good_tls;
static SSL_CTX *bad_tls;

static int set_up(void **state)
{
	(void)state;
	pki = pki_new();
	good_tls = pki_serve(pki, "IP:127.0.0.1", PKI_GOOD);
	bad_tls = pki_serve(pki, "IP:127.0.0.2", PKI_GOOD);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(good_tls);
	SSL_CTX_free(bad_tls);
	pki_free(pki);
	return 0;
}

static void send_split(struct talk *talk, const char *bytes, size_t size, size_t head_size)
{
	const struct relay_mail mail = {.sender = "bounce+k3f5@listen.example",
	    .recipient = "petra@stadt.example",
	    .head = bytes,
	    .head_size = head_size,
	    .rest = bytes + head_size,
	    .rest_size = size - head_size};

	courier_smtp_send(talk->session, &mail, &talk->answer);
}

static void send_usual(struct talk *talk)
{
	static const char text[] = "Subject: Umlauf\r\n\r\nGuten Tag\r\n";

	send_split(talk, text, strlen(text), 0);
}

/* -- what a relay may answer -- */

struct outcome {
	const char *name;
	struct twist twists[2];
	enum relay_end end;
	int code;
	bool broken;
	const char *text; /* of the answer, the whole or its beginning */
};

/* clang-format off */
static const struct outcome outcomes[] = {
	{"all is well", {{NULL, NULL}}, RELAY_SENT, 250, false, "250 2.0.0 queued as 4711"},
	{"MAIL 4xx", {{"MAIL", "451 4.3.0 later\r\n"}}, RELAY_TEMP, 451, false, "451 4.3.0 later"},
	{"MAIL 5xx", {{"MAIL", "550 5.7.1 not you\r\n"}}, RELAY_PERM, 550, false, "550 5.7.1 not you"},
	{"RCPT 4xx", {{"RCPT", "450 4.2.0 full\r\n"}}, RELAY_TEMP, 450, false, "450 4.2.0 full"},
	{"RCPT 5xx", {{"RCPT", "550 5.1.1 who?\r\n"}}, RELAY_PERM, 550, false, "550 5.1.1 who?"},
	{"RCPT 5xx and DATA all the same", {{"RCPT", "550 5.1.1 who?\r\n"}, {"DATA", "354 go\r\n"}},
		RELAY_PERM, 550, false, "550 5.1.1 who?"},
	{"RCPT 5xx and DATA 4xx", {{"RCPT", "550 5.1.1 who?\r\n"}, {"DATA", "451 4.0.0 no\r\n"}},
		RELAY_PERM, 550, false, "550 5.1.1 who?"},
	{"RCPT 5xx and DATA 421", {{"RCPT", "550 5.1.1 who?\r\n"}, {"DATA", "421 too many\r\n"}},
		RELAY_PERM, 550, true, "550 5.1.1 who?"},
	{"RCPT 5xx and DATA closes", {{"RCPT", "550 5.1.1 who?\r\n"}, {"DATA", peer_close}},
		RELAY_PERM, 550, true, "550 5.1.1 who?"},
	{"RCPT 251", {{"RCPT", "251 will forward\r\n"}}, RELAY_SENT, 250, false, "250"},
	{"RCPT 252", {{"RCPT", "252 will try\r\n"}}, RELAY_SENT, 250, false, "250"},
	{"DATA 4xx", {{"DATA", "451 4.3.0 later\r\n"}}, RELAY_TEMP, 451, false, "451 4.3.0 later"},
	{"DATA 5xx", {{"DATA", "554 5.5.1 no\r\n"}}, RELAY_PERM, 554, false, "554 5.5.1 no"},
	{"dot 4xx", {{".", "452 4.3.1 disk\r\n"}}, RELAY_TEMP, 452, false, "452 4.3.1 disk"},
	{"dot 5xx", {{".", "550 5.7.1 spam\r\n"}}, RELAY_PERM, 550, false, "550 5.7.1 spam"},
	{"dot another 2xx", {{".", "200 ok\r\n"}}, RELAY_SENT, 200, false, "200 ok"},

	{"MAIL 421", {{"MAIL", "421 4.3.2 bye\r\n"}}, RELAY_TEMP, 421, true, "421 4.3.2 bye"},
	{"RCPT 421", {{"RCPT", "421 4.3.2 bye\r\n"}}, RELAY_TEMP, 421, true, "421 4.3.2 bye"},
	{"DATA 421", {{"DATA", "421 4.3.2 bye\r\n"}}, RELAY_TEMP, 421, true, "421 4.3.2 bye"},
	{"dot 421", {{".", "421 4.3.2 bye\r\n"}}, RELAY_TEMP, 421, true, "421 4.3.2 bye"},

	{"MAIL closes", {{"MAIL", peer_close}}, RELAY_TEMP, 0, true, "MAIL: closed by the peer"},
	{"RCPT closes", {{"RCPT", peer_close}}, RELAY_TEMP, 0, true, "RCPT: closed by the peer"},
	{"DATA closes", {{"DATA", peer_close}}, RELAY_TEMP, 0, true, "DATA: closed by the peer"},
	{"dot closes", {{".", peer_close}}, RELAY_UNKNOWN, 0, true,
		"end of the message: closed by the peer"},

	{"MAIL garbage", {{"MAIL", "what?\r\n"}}, RELAY_TEMP, 0, true,
		"MAIL: an answer without a code"},
	{"RCPT empty line", {{"RCPT", "\r\n"}}, RELAY_TEMP, 0, true, "RCPT: an answer without"},
	{"RCPT bare LF", {{"RCPT", "\n"}}, RELAY_TEMP, 0, true, "RCPT: an answer without"},
	{"DATA garbage", {{"DATA", "\xff\xfe\r\n"}}, RELAY_TEMP, 0, true, "DATA: an answer without"},
	{"dot garbage", {{".", "ok\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an answer"},
	{"dot garbage with a yes", {{".", "ok 250\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the mess"},
	{"MAIL 4346", {{"MAIL", "4346 x\r\n"}}, RELAY_TEMP, 0, true, "MAIL: an answer without"},
	{"dot 4346", {{".", "4346 x\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an ans"},
	{"dot 199", {{".", "199 x\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an answer"},
	{"dot 600", {{".", "600 x\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an answer"},
	{"dot -250", {{".", "-250 x\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an ans"},
	{"dot 250x", {{".", "250x\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an answer"},
	{"dot 25", {{".", "25\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an answer"},
	{"dot blank 250", {{".", " 250 ok\r\n"}}, RELAY_UNKNOWN, 0, true, "end of the message: an"},
	{"RCPT 354", {{"RCPT", "354 go\r\n"}}, RELAY_TEMP, 354, true, "354 go"},
	{"DATA 250", {{"DATA", "250 ok\r\n"}}, RELAY_TEMP, 250, true, "250 ok"},
	{"dot 354", {{".", "354 go on\r\n"}}, RELAY_UNKNOWN, 354, true, "354 go on"},
	{"DATA and more", {{"DATA", "354 go\r\n250 early\r\n"}}, RELAY_TEMP, 0, true,
		"end of the message: an answer that nobody asked for"},

	{"MAIL flood", {{"MAIL", peer_flood}}, RELAY_TEMP, 0, true,
		"MAIL: an answer beyond all bounds"},
	{"dot flood", {{".", peer_flood}}, RELAY_UNKNOWN, 0, true,
		"end of the message: an answer beyond all bounds"},
	{"RCPT lines", {{"RCPT", peer_lines}}, RELAY_TEMP, 0, true,
		"RCPT: an answer beyond all bounds"},
	{"dot lines", {{".", peer_lines}}, RELAY_UNKNOWN, 0, true,
		"end of the message: an answer beyond all bounds"},

	{"code alone", {{".", "250\r\n"}}, RELAY_SENT, 250, false, "250"},
	{"lone LF", {{".", "250 ok\n"}}, RELAY_SENT, 250, false, "250 ok"},
	{"lines", {{".", "250-2.0.0 well\r\n250 2.0.0 done\r\n"}}, RELAY_SENT, 250, false,
		"250 2.0.0 well done"},
	{"lines of a no", {{"RCPT", "550-5.1.1 nobody\r\n550-5.1.1 here\r\n550 5.7.1 go\r\n"}},
		RELAY_PERM, 550, false, "550 5.1.1 nobody here 5.7.1 go"},
	{"codes that differ", {{".", "250-well\r\n550 no\r\n"}}, RELAY_PERM, 550, false, "550 well no"},
	{"controls", {{"RCPT", "550 a\x1b[31mb\tc\x7f" "d\xe4\r\n"}}, RELAY_PERM, 550, false,
		"550 a [31mb c d\xef\xbf\xbd"},
};

static const struct outcome hangs[] = {
	{"MAIL hangs", {{"MAIL", peer_hang}}, RELAY_TEMP, 0, true, "MAIL: time-out"},
	{"RCPT hangs", {{"RCPT", peer_hang}}, RELAY_TEMP, 0, true, "RCPT: time-out"},
	{"DATA hangs", {{"DATA", peer_hang}}, RELAY_TEMP, 0, true, "DATA: time-out"},
	{"dot hangs", {{".", peer_hang}}, RELAY_UNKNOWN, 0, true, "end of the message: time-out"},
};
/* clang-format on */

/* One mail with the outcome; where the session goes on, another one, which is sent. */
static void check_outcome(
    const struct outcome *outcome, const char *offers, const char *relay, int64_t timeout_ms)
{
	const struct script script = {
	    .offers = offers, .twists = {outcome->twists[0], outcome->twists[1]}};
	struct talk *talk = talk_new(&script, relay);
	const struct relay_answer *answer = &talk->answer;
	const char *second = outcome->twists[1].reply;
	/* LMTP would have no answer for a mail to nobody. */
	const bool closes = relay == NULL && second != NULL && g_str_has_prefix(second, "354");

	talk->settings.relay_timeout_ms = timeout_ms;
	talk_open(talk);
	send_usual(talk);
	if (answer->end != outcome->end || answer->code != outcome->code ||
	    answer->broken != (outcome->broken || closes) ||
	    !g_str_has_prefix(answer->text->str, outcome->text))
		fail_msg("%s, %s: %d %d %d \"%s\"", outcome->name, offers, (int)answer->end,
		    answer->code, answer->broken, answer->text->str);
	if (!answer->broken) {
		send_usual(talk);
		if (answer->end != RELAY_SENT)
			fail_msg("behind %s, %s: %s", outcome->name, offers, answer->text->str);
	}
	talk_drop(talk, answer->broken);
}

static void answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++) {
		check_outcome(&outcomes[i], PIPED, NEAR, PATIENCE_MS);
		if (outcomes[i].twists[1].verb == NULL) /* else not all is said */
			check_outcome(&outcomes[i], "", NEAR, PATIENCE_MS);
		check_outcome(&outcomes[i], PIPED, NULL, PATIENCE_MS);
	}
}

/* Each answer has its time; the one behind the dot has twice that. */
static void time_outs(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(hangs); i++) {
		const bool behind = hangs[i].end == RELAY_UNKNOWN;
		const int64_t since = clock_monotonic_ms();
		int64_t taken;

		check_outcome(&hangs[i], PIPED, NEAR, SHORT_MS);
		taken = clock_monotonic_ms() - since;
		assert_in_range(taken, SHORT_MS * (behind ? 2 : 1), PATIENCE_MS / 2);
	}
}

/* An answer too many would be taken for that of the next command. */
static void out_of_step(void **state)
{
	const struct script script = {
	    .offers = PIPED, .twists = {{".", "250 ok\r\n250 once more\r\n"}}};
	struct talk *talk = talk_new(&script, NEAR);

	(void)state;
	talk_open(talk);
	send_usual(talk);
	assert_int_equal(talk->answer.end, RELAY_SENT);
	send_usual(talk);
	assert_int_equal(talk->answer.end, RELAY_TEMP);
	assert_true(talk->answer.broken);
	assert_string_equal(talk->answer.text->str, "MAIL: an answer that nobody asked for");
	talk_drop(talk, true);
}

/* -- the message -- */

/* What the peer has heard behind the last DATA, and before QUIT. */
static GString *message_of(const GString *heard)
{
	static const char data[] = "DATA\r\n";
	static const char quit[] = "QUIT\r\n";
	const char *at = g_strrstr_len(heard->str, (gssize)heard->len, data);
	const size_t begin = (size_t)(at - heard->str) + strlen(data);

	assert_non_null(at);
	assert_memory_equal(heard->str + heard->len - strlen(quit), quit, strlen(quit));
	return g_string_new_len(heard->str + begin, (gssize)(heard->len - begin - strlen(quit)));
}

#define BYTES(text) (text), sizeof(text) - 1

static const struct {
	const char *name;
	const char *bytes;
	size_t size;
	const char *wire;
	size_t wire_size;
} messages[] = {
    {"usual", BYTES("A: b\r\n\r\nc\r\n"), BYTES("A: b\r\n\r\nc\r\n.\r\n")},
    {"empty", BYTES(""), BYTES(".\r\n")},
    {"dot first", BYTES(".a\r\n"), BYTES("..a\r\n.\r\n")},
    {"dots", BYTES("a\r\n.\r\n..\r\n.b.\r\n"), BYTES("a\r\n..\r\n...\r\n..b.\r\n.\r\n")},
    {"dot last", BYTES("a\r\n."), BYTES("a\r\n..\r\n.\r\n")},
    {"dot alone", BYTES("."), BYTES("..\r\n.\r\n")},
    {"no line end", BYTES("a"), BYTES("a\r\n.\r\n")},
    {"CR at the end", BYTES("a\r"), BYTES("a\r\r\n.\r\n")},
    {"LF at the end", BYTES("a\n"), BYTES("a\n\r\n.\r\n")},
    {"empty lines", BYTES("\r\n\r\n"), BYTES("\r\n\r\n.\r\n")},
    {"NUL and 8 bits", BYTES("a\0b\xe4\xff\r\n"), BYTES("a\0b\xe4\xff\r\n.\r\n")},
    {"smuggling", BYTES("a\n.\r\nb\r.\r\nc\r\n.\nd\r\n"),
	BYTES("a\n..\r\nb\r..\r\nc\r\n..\nd\r\n.\r\n")},
};

/* Every octet as it is, wherever head and rest meet. */
static void bytes(void **state)
{
	const struct script script = {.offers = PIPED};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
		for (size_t head = 0; head <= messages[i].size; head++) {
			struct talk *talk = talk_new(&script, NEAR);
			GString *heard, *got;

			talk_open(talk);
			send_split(talk, messages[i].bytes, messages[i].size, head);
			heard = talk_finish(talk, false);
			got = message_of(heard);
			if (got->len != messages[i].wire_size ||
			    memcmp(got->str, messages[i].wire, got->len) != 0)
				fail_msg(
				    "%s, head of %zu: \"%s\"", messages[i].name, head, got->str);
			g_string_free(got, TRUE);
			g_string_free(heard, TRUE);
		}
	}
}

/* Many mails over one session, some beyond every buffer. */
static void reuse(void **state)
{
	static const size_t sizes[] = {10, 100000, 20, 3000000, 262144, 262139, 30};
	const struct script script = {.offers = PIPED};
	struct talk *talk = talk_new(&script, NEAR);
	GString *heard;
	size_t at = 0;

	(void)state;
	talk_open(talk);
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *body = g_strnfill(sizes[i], (char)('a' + (int)i));

		send_split(talk, body, sizes[i], sizes[i] / 2);
		assert_int_equal(talk->answer.end, RELAY_SENT);
	}
	heard = talk_finish(talk, false);
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *body = g_strnfill(sizes[i], (char)('a' + (int)i));
		const char *data = g_strstr_len(heard->str + at, -1, "DATA\r\n");

		assert_non_null(data);
		assert_memory_equal(data + 6, body, sizes[i]);
		assert_memory_equal(data + 6 + sizes[i], "\r\n.\r\n", 5);
		at = (size_t)(data - heard->str) + 6 + sizes[i];
	}
	assert_null(strstr(heard->str, "RSET"));
	g_string_free(heard, TRUE);
}

/* The relay goes in the middle of the message: it has had no dot, and so nobody has the mail. */
static void cut_short(void **state)
{
	const struct script script = {.offers = PIPED, .twists = {{"DATA", peer_cut}}};
	struct talk *talk = talk_new(&script, NEAR);
	const size_t size = 32 * 1024 * 1024;
	g_autofree char *body = g_strnfill(size, 'x');

	(void)state;
	talk_open(talk);
	send_split(talk, body, size, 0);
	assert_int_equal(talk->answer.end, RELAY_TEMP);
	assert_true(talk->answer.broken);
	assert_string_equal(talk->answer.text->str, "end of the message: closed by the peer");
	talk_drop(talk, true);
}

/* The relay takes a part of what is sent in one write, and no more. */
static void held_back(void **state)
{
	const struct script script = {.offers = PIPED, .twists = {{"DATA", peer_hold}}};
	struct talk *talk = talk_new(&script, NULL);
	g_autofree char *body = g_strnfill(250000, 'x');

	(void)state;
	talk->settings.relay_timeout_ms = SHORT_MS;
	talk_open(talk);
	send_split(talk, body, 250000, 0);
	assert_int_equal(talk->answer.end, RELAY_TEMP);
	assert_true(talk->answer.broken);
	assert_string_equal(talk->answer.text->str, "end of the message: time-out");
	talk_drop(talk, true);
}

/* RFC 1870, RFC 6152: what MAIL says of the message. */
static void parameters(void **state)
{
	static const struct {
		const char *offers;
		const char *bytes;
		const char *line; /* NULL: not even asked for */
	} cases[] = {
	    {"", "\xc3\xa4\r\n", "MAIL FROM:<bounce+k3f5@listen.example>\r\n"},
	    {"SIZE\n", ".\r\n", "MAIL FROM:<bounce+k3f5@listen.example> SIZE=3\r\n"},
	    {"SIZE 0\n", "a", "MAIL FROM:<bounce+k3f5@listen.example> SIZE=3\r\n"},
	    {"SIZE 5\n", "abc", "MAIL FROM:<bounce+k3f5@listen.example> SIZE=5\r\n"},
	    {"SIZE 5\n", "abcd", NULL},
	    {"SIZE 5\n", "abcd\r\n", NULL},
	    {"8BITMIME\n", "a\r\n", "MAIL FROM:<bounce+k3f5@listen.example>\r\n"},
	    {"8BITMIME\nSIZE 99\n", "\xc3\xa4",
		"MAIL FROM:<bounce+k3f5@listen.example> SIZE=4 BODY=8BITMIME\r\n"},
	    {"DSN\n", "a", "MAIL FROM:<bounce+k3f5@listen.example>\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct script script = {.offers = cases[i].offers};
		struct talk *talk = talk_new(&script, NEAR);
		const bool refused = cases[i].line == NULL;
		GString *heard;

		talk_open(talk);
		send_split(talk, cases[i].bytes, strlen(cases[i].bytes), 1);
		assert_int_equal(talk->answer.end, refused ? RELAY_PERM : RELAY_SENT);
		assert_int_equal(talk->answer.code, refused ? 0 : 250);
		assert_false(talk->answer.broken);
		if (refused)
			send_split(talk, "ok", 2, 0);
		assert_int_equal(talk->answer.end, refused ? RELAY_SENT : talk->answer.end);
		heard = talk_finish(talk, false);
		if (!refused && strstr(heard->str, cases[i].line) == NULL)
			fail_msg("%s: %s", cases[i].line, heard->str);
		if (refused)
			assert_null(strstr(heard->str, "abcd"));
		g_string_free(heard, TRUE);
	}
}

/* -- opening -- */

struct opening {
	const char *name;
	const char *offers;
	struct twist twists[2];
	int code;	  /* OPENED, or of the error */
	const char *text; /* of the error; or a part of what the peer hears */
};

/* clang-format off */
static const struct opening openings[] = {
	{"usual", PIPED, {{NULL, NULL}}, OPENED, "EHLO listen.example\r\nQUIT\r\n"},
	{"no EHLO", PIPED, {{"EHLO", "502 5.5.1 what?\r\n"}}, OPENED,
		"EHLO listen.example\r\nHELO listen.example\r\nQUIT\r\n"},
	{"greeting of two lines", "", {{"connect", "220-well\r\n220 come\r\n"}}, OPENED, "EHLO"},
	{"greeting 5xx", "", {{"connect", "554 5.3.2 nothing here\r\n"}}, ERR_TEMP,
		"greeting: 554 5.3.2 nothing here"},
	{"greeting 421", "", {{"connect", "421 too busy\r\n"}}, ERR_TEMP, "greeting: 421 too busy"},
	{"greeting closes", "", {{"connect", peer_close}}, ERR_TEMP, "greeting: closed by the peer"},
	{"greeting hangs", "", {{"connect", peer_hang}}, ERR_TEMP, "greeting: time-out"},
	{"greeting floods", "", {{"connect", peer_flood}}, ERR_TEMP,
		"greeting: an answer beyond all bounds"},
	{"another protocol", "", {{"connect", "* OK IMAP4rev1\r\n"}}, ERR_TEMP,
		"greeting: an answer without a code"},
	{"greeting and more", "", {{"connect", "220 a\r\n250 b\r\n"}}, ERR_TEMP,
		"EHLO: an answer that nobody asked for"},
	{"EHLO 4xx", "", {{"EHLO", "451 later\r\n"}}, ERR_TEMP, "EHLO: 451 later"},
	{"EHLO closes", "", {{"EHLO", peer_close}}, ERR_TEMP, "EHLO: closed by the peer"},
	{"EHLO lines", "", {{"EHLO", peer_lines}}, ERR_TEMP, "EHLO: an answer beyond all bounds"},
	{"no HELO", "", {{"EHLO", "502 no\r\n"}, {"HELO", "502 no\r\n"}}, ERR_TEMP, "HELO: 502 no"},
	{"a tab in AUTH, which libetpan reads for ever", "AUTH\tPLAIN\nAUTH \t\n", {{NULL, NULL}},
		OPENED, "QUIT"},
	{"AUTH at the end", "AUTH \n", {{"EHLO", "250-x\r\n250 AUTH FOO\r\n"}}, OPENED, "QUIT"},
};

/* Behind STARTTLS, with tls = required and a login. */
static const struct opening tls_openings[] = {
	{"usual", "STARTTLS\nAUTH PLAIN LOGIN\n", {{NULL, NULL}}, OPENED, "AUTH PLAIN "},
	{"by words", "STARTTLS\nAUTH CRAM-MD5 LOGIN\n", {{NULL, NULL}}, OPENED, "AUTH LOGIN\r\n"},
	{"EHLO once more", "STARTTLS\nAUTH PLAIN\n", {{NULL, NULL}}, OPENED,
		"STARTTLS\r\nEHLO listen.example\r\nAUTH"},
	{"none offered", "AUTH PLAIN\n", {{NULL, NULL}}, ERR_PERM, "offers no encryption (STARTTLS)"},
	{"none without EHLO", "STARTTLS\n", {{"EHLO", "502 no\r\n"}}, ERR_PERM, "offers no encryp"},
	{"refused", "STARTTLS\n", {{"STARTTLS", "502 5.5.1 no\r\n"}}, ERR_PERM,
		"STARTTLS: 502 5.5.1 no"},
	{"not now", "STARTTLS\n", {{"STARTTLS", "454 4.7.0 later\r\n"}}, ERR_TEMP,
		"STARTTLS: 454 4.7.0 later"},
	{"closes", "STARTTLS\n", {{"STARTTLS", peer_close}}, ERR_TEMP, "STARTTLS: closed by the pe"},
	{"injection", "STARTTLS\n", {{"STARTTLS", "220 go\r\n250-AUTH PLAIN\r\n250 x\r\n"}}, ERR_PERM,
		"TLS: the peer sent octets in clear before it"},
	{"login refused", "STARTTLS\nAUTH PLAIN\n", {{"AUTH", "535 5.7.8 AHVtbGF1Zg==\r\n"}}, ERR_PERM,
		"AUTH: the login of umlauf was refused with 535"},
	{"login later", "STARTTLS\nAUTH PLAIN\n", {{"AUTH", "454 4.7.0 later\r\n"}}, ERR_TEMP,
		"AUTH: the login of umlauf was refused with 454"},
	{"login 250", "STARTTLS\nAUTH PLAIN\n", {{"AUTH", "250 hm\r\n"}}, ERR_TEMP, "AUTH: the login"},
	{"login closes", "STARTTLS\nAUTH PLAIN\n", {{"AUTH", peer_close}}, ERR_TEMP,
		"AUTH: closed by the peer"},
	{"no login", "STARTTLS\n", {{NULL, NULL}}, ERR_PERM, "offers no login (AUTH PLAIN or LOGIN)"},
	{"no known login", "STARTTLS\nAUTH CRAM-MD5\n", {{NULL, NULL}}, ERR_PERM, "offers no login"},
};
/* clang-format on */

/* Open and close; frees talk. */
static void check_opening(const struct opening *opening, struct talk *talk)
{
	g_autofree char *relay = g_strconcat(talk->settings.relay, ": ", NULL);
	g_autoptr(GError) error = NULL;
	GString *heard;

	talk->session = courier_smtp_open(&talk->settings, &error);
	heard = talk_finish(talk, false);
	if (error == NULL) {
		if (opening->code != OPENED || strstr(heard->str, opening->text) == NULL)
			fail_msg("%s: open; %s", opening->name, heard->str);
	} else if ((int)err_code(error) != opening->code ||
		   !g_str_has_prefix(error->message, relay) ||
		   !g_str_has_prefix(error->message + strlen(relay), opening->text)) {
		fail_msg("%s: %d, %s", opening->name, (int)err_code(error), error->message);
	}
	g_string_free(heard, TRUE);
}

static void open_clear(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(openings); i++) {
		const struct opening *opening = &openings[i];
		const struct script script = {
		    .offers = opening->offers, .twists = {opening->twists[0], opening->twists[1]}};
		struct talk *talk = talk_new(&script, NEAR);

		if (opening->twists[0].reply == peer_hang)
			talk->settings.relay_timeout_ms = SHORT_MS;
		check_opening(opening, talk);
	}
}

static void give_login(struct talk *talk)
{
	talk->settings.relay_user = g_strdup(PEER_USER);
	talk->settings.password = g_strdup(PEER_PASSWORD);
}

static void open_tls(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tls_openings); i++) {
		const struct opening *opening = &tls_openings[i];
		const struct script script = {.offers = opening->offers,
		    .twists = {opening->twists[0], opening->twists[1]},
		    .tls = good_tls};
		struct talk *talk = talk_new(&script, NEAR);

		talk->settings.relay_tls = RELAY_TLS_REQUIRED;
		talk->settings.ca_file = g_strdup(pki->ca_file);
		give_login(talk);
		check_opening(opening, talk);
	}
}

/* What the settings ask for, and where the relay is. */
static void policy(void **state)
{
	static const struct {
		const char *relay; /* NULL: LMTP */
		enum relay_tls tls;
		bool is_bad; /* the certificate */
		bool has_login;
		struct opening opening;
	} cases[] = {
	    {"smtp://127.0.0.1", RELAY_TLS_AUTO, false, false,
		{"near", "STARTTLS\n", .code = OPENED, .text = "EHLO listen.example\r\nQUIT"}},
	    {"smtp://localhost", RELAY_TLS_AUTO, false, true,
		{"near, login", "AUTH PLAIN\n", .code = OPENED, .text = "AUTH PLAIN"}},
	    {"smtp://127.0.0.1", RELAY_TLS_REQUIRED, true, true,
		{"wrong certificate", "STARTTLS\nAUTH PLAIN\n", .code = ERR_PERM,
		    .text = "TLS: the certificate of 127.0.0.1 is not good"}},
	    {"smtps://127.0.0.1", RELAY_TLS_AUTO, false, true,
		{"at once", "AUTH PLAIN\n", .code = OPENED, .text = "AUTH PLAIN"}},
	    {"smtps://127.0.0.1", RELAY_TLS_NONE, true, true,
		{"at once, wrong certificate", "AUTH PLAIN\n", .code = ERR_PERM,
		    .text = "TLS: the certificate of 127.0.0.1 is not good"}},
	    {"smtp://" NEAR_AS_FAR, RELAY_TLS_AUTO, false, false,
		{"far", PIPED, .code = ERR_PERM, .text = "offers no encryption (STARTTLS)"}},
	    {"smtp://" NEAR_AS_FAR, RELAY_TLS_NONE, false, false,
		{"far, in clear", PIPED, .code = OPENED, .text = "QUIT"}},
	    {"smtp://" NEAR_AS_FAR, RELAY_TLS_NONE, false, true,
		{"far, in clear, login", "AUTH PLAIN\n", .code = ERR_PERM,
		    .text = "no password is sent without encryption"}},
	    {NULL, RELAY_TLS_AUTO, false, false,
		{"no LHLO", PIPED, {{"LHLO", "502 what?\r\n"}}, ERR_TEMP, "LHLO: 502 what?"}},
	    {NULL, RELAY_TLS_AUTO, false, false,
		{"unix", "STARTTLS\n", .code = OPENED, .text = "LHLO listen.example\r\nQUIT"}},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *relay = cases[i].relay;
		const struct script script = {.offers = cases[i].opening.offers,
		    .twists = {cases[i].opening.twists[0]},
		    .tls = cases[i].is_bad ? bad_tls : good_tls,
		    .tls_at_once = relay != NULL && g_str_has_prefix(relay, "smtps:")};
		struct talk *talk = talk_new(&script, relay);

		talk->settings.relay_tls = cases[i].tls;
		talk->settings.ca_file = g_strdup(pki->ca_file);
		if (cases[i].has_login)
			give_login(talk);
		check_opening(&cases[i].opening, talk);
	}
}

/* Nobody is reached, or nothing is said to them. */
static void nowhere(void **state)
{
	static const struct {
		const char *relay;
		enum relay_tls tls;
		int code;
		const char *text;
	} cases[] = {
	    {"lmtp:/nonexistent/lmtp", RELAY_TLS_AUTO, ERR_TEMP, "/nonexistent/lmtp: No such"},
	    {"lmtp:/nonexistent/lmtp", RELAY_TLS_REQUIRED, ERR_PERM, "tls = required, but a unix"},
	    {"maildir:/tmp", RELAY_TLS_AUTO, ERR_PERM, "no relay of SMTP or LMTP"},
	    {"smtp://127.0.0.1", RELAY_TLS_AUTO, ERR_PERM, "no relay of SMTP or LMTP"},
	    {"smtp://127.0.0.1:70000", RELAY_TLS_AUTO, ERR_PERM, "no relay of SMTP or LMTP"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct settings settings = {.relay = (char *)(uintptr_t)cases[i].relay,
		    .relay_tls = cases[i].tls,
		    .relay_timeout_ms = PATIENCE_MS};
		g_autofree char *text = g_strconcat(cases[i].relay, ": ", cases[i].text, NULL);
		g_autoptr(GError) error = NULL;

		assert_null(courier_smtp_open(&settings, &error));
		if ((int)err_code(error) != cases[i].code ||
		    !g_str_has_prefix(error->message, text))
			fail_msg("%s: %d, %s", text, (int)err_code(error), error->message);
	}
	courier_smtp_close(NULL, false);
}

static void no_password(void **state)
{
	const struct script script = {.offers = "AUTH PLAIN\n"};
	const struct opening opening = {
	    "no password", "", .code = ERR_PERM, .text = "no password for umlauf"};
	struct talk *talk = talk_new(&script, NEAR);

	(void)state;
	talk->settings.relay_user = g_strdup(PEER_USER);
	check_opening(&opening, talk);
}

static void mail_over_tls(void **state)
{
	const struct script script = {.offers = PIPED "STARTTLS\n", .tls = good_tls};
	const size_t size = 3 * 1024 * 1024;
	g_autofree char *body = g_strnfill(size, 'x');
	struct talk *talk = talk_new(&script, NEAR);
	GString *heard;

	(void)state;
	talk->settings.relay_tls = RELAY_TLS_REQUIRED;
	talk->settings.ca_file = g_strdup(pki->ca_file);
	talk_open(talk);
	send_usual(talk);
	assert_int_equal(talk->answer.end, RELAY_SENT);
	send_split(talk, body, size, 1);
	assert_int_equal(talk->answer.end, RELAY_SENT);
	heard = talk_finish(talk, false);
	assert_non_null(memmem(heard->str, heard->len, body, size));
	g_string_free(heard, TRUE);
}

/* QUIT waits for a second at most. */
static void slow_farewell(void **state)
{
	const struct script script = {.offers = "", .twists = {{"QUIT", peer_hang}}};
	struct talk *talk = talk_new(&script, NEAR);
	int64_t since;

	(void)state;
	talk_open(talk);
	since = clock_monotonic_ms();
	talk_drop(talk, false);
	assert_in_range(clock_monotonic_ms() - since, 900, PATIENCE_MS / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers),
	    cmocka_unit_test(time_outs),
	    cmocka_unit_test(out_of_step),
	    cmocka_unit_test(bytes),
	    cmocka_unit_test(reuse),
	    cmocka_unit_test(cut_short),
	    cmocka_unit_test(held_back),
	    cmocka_unit_test(parameters),
	    cmocka_unit_test(open_clear),
	    cmocka_unit_test(open_tls),
	    cmocka_unit_test(policy),
	    cmocka_unit_test(nowhere),
	    cmocka_unit_test(no_password),
	    cmocka_unit_test(mail_over_tls),
	    cmocka_unit_test(slow_farewell),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
