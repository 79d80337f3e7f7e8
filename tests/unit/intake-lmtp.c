/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "intake/lmtp.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store-sample.h"

#include "db/db.h"
#include "intake/lmtp_commands.h"
#include "net/listen.h"

#define CONF "[intake]\nmax-message-size = 1024\n"

struct door {
	struct sample *sample;
	struct event_base *base;
	struct intake_batch *batch;
	GPtrArray *listeners;
	struct intake_lmtp *lmtp;
	bool emptied;
};

/* Groups: bau (open), rat (moderated), zu (closed). */
static void door_open(struct door *door, const char *address)
{
	const struct listen_rights rights = {.mode = 0600};
	g_autoptr(GError) error = NULL;
	struct listener *listener = NULL;

	memset(door, 0, sizeof(*door));
	door->sample = sample_new(CONF);
	g_free(door->sample->settings->runtime_dir);
	door->sample->settings->runtime_dir = g_strdup(door->sample->folder);
	sample_group(door->sample, "bau");
	sample_group_of(door->sample, "rat", POST_MODERATED);
	sample_group_of(door->sample, "zu", POST_CLOSED);
	door->base = event_base_new();
	event_base_priority_init(door->base, INTAKE_PRIORITIES);
	door->batch = intake_batch_new(door->base, door->sample->store, door->sample->settings);
	door->listeners = g_ptr_array_new();
	if (address) {
		listener = listen_open(address, &rights, &error);
		assert_non_null(listener);
		g_ptr_array_add(door->listeners, listener);
	}
	door->lmtp = intake_lmtp_start(door->base, door->sample->settings, door->sample->store,
	    door->batch, door->listeners, &error);
	assert_non_null(door->lmtp);
}

static void door_close(struct door *door)
{
	intake_batch_free(door->batch);
	intake_lmtp_free(door->lmtp);
	for (guint i = 0; i < door->listeners->len; i++)
		listen_close(door->listeners->pdata[i], true);
	g_ptr_array_unref(door->listeners);
	event_base_free(door->base);
	sample_free(door->sample);
}

static int door_enter(struct door *door)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	intake_lmtp_serve(door->lmtp, ends[0], false);
	return ends[1];
}

/* Let it work, and append what the client gets; false at the end of the session. */
static bool door_take(struct door *door, int fd, GString *got)
{
	char piece[65536];
	ssize_t size;

	event_base_loop(door->base, EVLOOP_NONBLOCK);
	while ((size = recv(fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
		g_string_append_len(got, piece, size);
	return size < 0 && errno == EAGAIN;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that a client gets that says these octets, `step` at once, and goes; without the greeting. */
static GString *talk(struct door *door, const char *said, size_t size, size_t step)
{
	static const char greeting[] = "220 " SAMPLE_DOMAIN " LMTP Umlauf\r\n";
	int fd = door_enter(door);
	GString *got = g_string_new(NULL);
	size_t at = 0;

	while (door_take(door, fd, got) && at <= size) {
		size_t now = MIN(step, size - at);
		ssize_t done = now > 0 ? send(fd, said + at, now, MSG_NOSIGNAL) : 0;

		at += done > 0 ? (size_t)done : 0;
		if (at == size && now == 0)
			break;
	}
	close(fd);
	assert_true(g_str_has_prefix(got->str, greeting));
	g_string_erase(got, 0, (gssize)strlen(greeting));
	return got;
}

#define LHLO "LHLO a.example\r\n"
#define HELLO                                                                          \
	"250-" SAMPLE_DOMAIN "\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 1024\r\n" \
	"250 ENHANCEDSTATUSCODES\r\n"
#define MAIL "MAIL FROM:<anna@stadt.example>\r\n"
#define MAIL_OK "250 2.1.0 ok\r\n"
#define RCPT "RCPT TO:<bau@" SAMPLE_DOMAIN ">\r\n"
#define RCPT_OK "250 2.1.5 ok\r\n"
#define NOBODY "550 5.1.1 there is no such address here\r\n"
#define DATA_OK "354 end with a dot on a line of its own\r\n"
#define QUIT "QUIT\r\n"
#define BYE "221 2.0.0 bye\r\n"
#define OK "250 2.0.0 ok\r\n"
#define MESSAGE                                                                              \
	"From: Anna <anna@stadt.example>\r\nMessage-ID: <1@a.example>\r\nSubject: x\r\n\r\n" \
	"Hallo\r\n"
#define TAKEN "250 2.0.0 <1@a.example> is bau:1\r\n"
#define MAIL_SYNTAX "501 5.5.4 syntax: MAIL FROM:<address>\r\n"
#define RCPT_SYNTAX "501 5.5.4 syntax: RCPT TO:<address>\r\n"
#define PARAMETER "555 5.5.4 parameter not known\r\n"
#define CONTROLS "501 5.5.4 control characters in a command\r\n"

static const struct {
	const char *name;
	const char *said;
	const char *got;
} cases[] = {
    /* clang-format off */
	/* RFC 2033 section 4 */
	{"a message", LHLO MAIL RCPT "DATA\r\n" MESSAGE ".\r\n" QUIT, HELLO MAIL_OK RCPT_OK DATA_OK TAKEN BYE},
	{"HELO and EHLO are not LMTP", "HELO a\r\nEHLO a\r\n" QUIT,
		"500 5.5.1 this is LMTP: say LHLO\r\n500 5.5.1 this is LMTP: say LHLO\r\n" BYE},
	{"4.2: an answer for each recipient that was accepted",
		LHLO MAIL "RCPT TO:<rat@" SAMPLE_DOMAIN ">\r\nRCPT TO:<nix@" SAMPLE_DOMAIN ">\r\n" RCPT
		"DATA\r\n" MESSAGE ".\r\n" QUIT,
		HELLO MAIL_OK RCPT_OK NOBODY RCPT_OK DATA_OK "250 2.0.0 held for moderation: the group is moderated\r\n"
		TAKEN BYE},
	{"4.2: one group twice, by two spellings", LHLO MAIL RCPT "RCPT TO:<BAU@Listen.Example>\r\nDATA\r\n" MESSAGE ".\r\n" QUIT,
		HELLO MAIL_OK RCPT_OK RCPT_OK DATA_OK TAKEN TAKEN BYE},
	{"4.2: no DATA without a valid recipient",
		LHLO MAIL "RCPT TO:<nix@" SAMPLE_DOMAIN ">\r\nDATA\r\n" QUIT,
		HELLO MAIL_OK NOBODY "503 5.5.1 no valid recipients\r\n" BYE},

	/* RFC 5321 section 4.1.4: order */
	{"nothing before LHLO", MAIL RCPT "DATA\r\n" QUIT,
		"503 5.5.1 say LHLO first\r\n503 5.5.1 say MAIL FROM first\r\n503 5.5.1 say MAIL FROM first\r\n" BYE},
	{"two senders", LHLO MAIL MAIL QUIT, HELLO MAIL_OK "503 5.5.1 there is a sender already\r\n" BYE},
	{"RSET", LHLO MAIL RCPT "RSET\r\nDATA\r\n" MAIL QUIT,
		HELLO MAIL_OK RCPT_OK OK "503 5.5.1 say MAIL FROM first\r\n" MAIL_OK BYE},
	{"LHLO again forgets", LHLO MAIL LHLO RCPT QUIT,
		HELLO MAIL_OK HELLO "503 5.5.1 say MAIL FROM first\r\n" BYE},
	{"NOOP, VRFY, HELP at any time", "NOOP\r\nnoop x\r\nVRFY bau\r\nHELP\r\n" QUIT,
		OK OK "252 2.1.5 send some mail, RCPT will tell\r\n"
		"214 2.0.0 LHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT (RFC 2033)\r\n" BYE},

	/* RFC 5321 section 4.1.2 and 4.1.1.11: paths and parameters */
	{"paths of senders",
		LHLO "MAIL FROM:<>\r\nRSET\r\nmail from: <a@b> \r\nRSET\r\nMAIL FROM:<@x,@y:a@b>\r\nRSET\r\n"
		"MAIL FROM:<\"a> b\\\"\"@b> BODY=8BITMIME\r\nRSET\r\nMAIL FROM:<j\xc3\xb6rg@b>\r\nRSET\r\nMAIL FROM:<j\xf6rg@b>\r\n" QUIT,
		HELLO MAIL_OK OK MAIL_OK OK MAIL_OK OK MAIL_OK OK MAIL_OK OK MAIL_OK BYE},
	{"no paths", LHLO "MAIL\r\nMAIL FROM\r\nMAIL FROM:\r\nMAIL FROM:a@b\r\nMAIL FROM:<a@b\r\nMAIL FROM:<a@b>x\r\n"
		"MAIL FROM:<\"a@b>\r\nMAIL FROM:<@x>\r\nMAIL TO:<a@b>\r\nMAIL FROM:<a<b@c>\r\n" QUIT,
		HELLO MAIL_SYNTAX MAIL_SYNTAX MAIL_SYNTAX MAIL_SYNTAX MAIL_SYNTAX MAIL_SYNTAX MAIL_SYNTAX
		MAIL_SYNTAX MAIL_SYNTAX MAIL_SYNTAX BYE},
	{"RFC 1870: SIZE", LHLO "MAIL FROM:<a@b> SIZE=1024\r\nRSET\r\nMAIL FROM:<a@b> size=1025\r\nMAIL FROM:<a@b> SIZE=x\r\n"
		"MAIL FROM:<a@b> SIZE=99999999999999999999\r\nMAIL FROM:<a@b> SIZE=5 BODY=7BIT\r\n" QUIT,
		HELLO MAIL_OK OK "552 5.3.4 the message is too large\r\n501 5.5.4 SIZE is not a number\r\n"
		"552 5.3.4 the message is too large\r\n" MAIL_OK BYE},
	{"parameters", LHLO "MAIL FROM:<a@b> BODY=BINARYMIME\r\nMAIL FROM:<a@b> RET=FULL\r\nMAIL FROM:<a@b>  BODY=7bit\r\n"
		"RCPT TO:<bau@" SAMPLE_DOMAIN "> NOTIFY=NEVER\r\n" QUIT,
		HELLO PARAMETER PARAMETER MAIL_OK PARAMETER BYE},
	{"recipients", LHLO MAIL "RCPT TO:<>\r\nRCPT TO:bau\r\nRCPT TO:<bau>\r\nRCPT TO:<@relay.example:bau@" SAMPLE_DOMAIN
		">\r\nRCPT TO:<bau@stadt.example>\r\nRCPT TO:<b\xc3\xa4u@" SAMPLE_DOMAIN ">\r\nRCPT TO:<b\xe4u@" SAMPLE_DOMAIN ">\r\n" QUIT,
		HELLO MAIL_OK RCPT_SYNTAX RCPT_SYNTAX NOBODY RCPT_OK NOBODY NOBODY NOBODY BYE},

	/* RFC 5321 section 4.2.4 and words of other protocols */
	{"no commands", "\r\nGET / HTTP/1.1\r\nLHL\r\nLHLOO x\r\nQUIT now\r\nDATA x\r\nRSET x\r\nLHLO\r\n" QUIT,
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n501 5.5.4 this command takes no argument\r\n"
		"501 5.5.4 this command takes no argument\r\n501 5.5.4 this command takes no argument\r\n"
		"501 5.5.4 LHLO needs your name\r\n" BYE},
	{"controls", "LHLO a\x01\r\nLHLO a\rb\r\nLHLO\ta\r\nNOOP \x7f\r\nnoop \t\r\n" QUIT,
		CONTROLS CONTROLS CONTROLS CONTROLS OK BYE},
	{"too many errors",
		"x\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nx\r\nNOOP\r\n",
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n421 4.7.0 too many errors\r\n"},

	/* after the data */
	{"the same again, in one session", LHLO MAIL RCPT "DATA\r\n" MESSAGE ".\r\n" MAIL RCPT "DATA\r\n" MESSAGE ".\r\n" QUIT,
		HELLO MAIL_OK RCPT_OK DATA_OK TAKEN MAIL_OK RCPT_OK DATA_OK
		"250 2.0.0 <1@a.example> is bau:1 already\r\n" BYE},
	{"nothing in the message but its end", LHLO MAIL RCPT "DATA\r\n.\r\nNOOP\r\n" QUIT, NULL},
	{"the end is CRLF.CRLF only", LHLO MAIL RCPT "DATA\r\n" MESSAGE "\n.\nMAIL FROM:<b@b>\n.\r\n.\r\n" QUIT,
		HELLO MAIL_OK RCPT_OK DATA_OK TAKEN BYE},
    /* clang-format on */
};

static void sessions(void **state)
{
	static const size_t steps[] = {SIZE_MAX, 1, 13};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		print_message("# %s\n", cases[i].name);
		for (size_t j = 0; j < G_N_ELEMENTS(steps); j++) {
			struct door door;
			GString *got;

			door_open(&door, NULL);
			got = talk(&door, cases[i].said, strlen(cases[i].said), steps[j]);
			if (cases[i].got)
				assert_string_equal(got->str, cases[i].got);
			else
				assert_true(g_str_has_suffix(got->str, OK BYE));
			g_string_free(got, TRUE);
			door_close(&door);
		}
	}
}

/* What one session gets that says `said`, whole. */
static void expect(const char *said, const char *end)
{
	struct door door;
	GString *got;

	door_open(&door, NULL);
	got = talk(&door, said, strlen(said), SIZE_MAX);
	if (!g_str_has_suffix(got->str, end))
		assert_string_equal(got->str, end);
	g_string_free(got, TRUE);
	door_close(&door);
}

static void limits(void **state)
{
	g_autofree char *x = g_strnfill(3000, 'x');
	g_autofree char *line =
	    g_strdup_printf("NOOP %.2041s\r\nNOOP %.2042s\r\nNOOP\r\n" QUIT, x, x);
	g_autofree char *sender =
	    g_strdup_printf(LHLO "MAIL FROM:<%.250s@a.b>\r\nMAIL FROM:<%.251s@a.b>\r\n" QUIT, x, x);
	g_autofree char *recipient = g_strdup_printf(
	    LHLO MAIL "RCPT TO:<%.250s@a.b>\r\nRCPT TO:<%.251s@a.b>\r\n" QUIT, x, x);
	g_autofree char *data =
	    g_strdup_printf(LHLO MAIL RCPT RCPT "DATA\r\n" MESSAGE "%.1024s\r\n.\r\n" MAIL QUIT, x);
	g_autoptr(GString) many = g_string_new(LHLO MAIL);

	(void)state;
	expect(line, OK "500 5.5.2 the line is too long\r\n" OK BYE);
	expect(sender, HELLO MAIL_OK "503 5.5.1 there is a sender already\r\n" BYE);
	g_string_truncate(many, 0);
	g_string_append_printf(many, LHLO "MAIL FROM:<%.251s@a.b>\r\n" QUIT, x);
	expect(many->str, HELLO "501 5.1.7 the address is too long\r\n" BYE);
	expect(recipient, MAIL_OK NOBODY "501 5.1.3 the address is too long\r\n" BYE);
	expect(data, RCPT_OK RCPT_OK DATA_OK
	    "552 5.3.4 the message is too large\r\n552 5.3.4 the message is too large\r\n" MAIL_OK
		BYE);
	g_string_assign(many, LHLO MAIL);
	for (unsigned i = 0; i < INTAKE_RECIPIENTS_MAX + 1; i++)
		g_string_append(many, RCPT);
	g_string_append(many, QUIT);
	expect(many->str, RCPT_OK "452 4.5.3 too many recipients\r\n" BYE);
}

/* Two that are ready in one turn share a transaction, and see one another. */
static void in_one_batch(void **state)
{
	struct door door;
	g_autoptr(GString) one = g_string_new(NULL);
	g_autoptr(GString) two = g_string_new(NULL);
	int first;
	int second;

	(void)state;
	door_open(&door, NULL);
	first = door_enter(&door);
	second = door_enter(&door);
	say(first, LHLO MAIL RCPT "DATA\r\n" MESSAGE ".\r\n");
	say(second, LHLO MAIL RCPT "DATA\r\n" MESSAGE ".\r\n" QUIT);
	assert_true(door_take(&door, first, one));
	assert_false(door_take(&door, second, two));
	assert_true(g_str_has_suffix(one->str, DATA_OK TAKEN));
	assert_true(
	    g_str_has_suffix(two->str, DATA_OK "250 2.0.0 <1@a.example> is bau:1 already\r\n" BYE));
	assert_int_equal(sample_count(door.sample, "SELECT count(*) FROM placement"), 1);
	close(first);
	close(second);
	door_close(&door);
}

/* The sender hangs up behind its last dot: what it has sent is stored. */
static void gone_before_the_answer(void **state)
{
	struct door door;
	int fd;

	(void)state;
	door_open(&door, NULL);
	fd = door_enter(&door);
	say(fd, LHLO MAIL RCPT "DATA\r\n" MESSAGE ".\r\n");
	close(fd);
	event_base_loop(door.base, EVLOOP_NONBLOCK);
	assert_int_equal(sample_count(door.sample, "SELECT count(*) FROM placement"), 1);
	assert_int_equal(g_hash_table_size(door.lmtp->sessions), 0);
	door_close(&door);
}

static void cut(evutil_socket_t fd, short what, void *data)
{
	struct door *door = data;
	g_autoptr(GList) sessions = g_hash_table_get_keys(door->lmtp->sessions);

	(void)fd;
	(void)what;
	if (sessions && ((struct intake_session *)sessions->data)->item)
		lineconn_abort(((struct intake_session *)sessions->data)->conn);
}

/* Likewise where that is seen between the data and the commit. */
static void cut_before_the_commit(void **state)
{
	static const struct timeval at_once = {0};
	struct door door;
	struct event *event;
	int fd;

	(void)state;
	door_open(&door, NULL);
	/* Runs after the session's octets were read and before the batch, which has a lower priority. */
	event = event_new(door.base, -1, EV_PERSIST, cut, &door);
	event_add(event, &at_once);
	fd = door_enter(&door);
	say(fd, LHLO MAIL RCPT "DATA\r\n" MESSAGE ".\r\n");
	while (sample_count(door.sample, "SELECT count(*) FROM placement") == 0)
		event_base_loop(door.base, EVLOOP_ONCE);
	event_free(event);
	assert_int_equal(g_hash_table_size(door.lmtp->sessions), 0);
	close(fd);
	door_close(&door);
}

static void run_sql(struct door *door, const char *sql)
{
	g_autoptr(GError) error = NULL;

	if (!db_exec(store_db(door->sample->store), sql, &error))
		fail_msg("%s", error->message);
}

/* How a store may fail, and how it is mended. */
static const struct {
	const char *name;
	const char *broken;
	const char *mended;
} failures[] = {
    {"the transaction can't begin", "PRAGMA query_only = 1", "PRAGMA query_only = 0"},
    {"a row can't be written",
	"CREATE TRIGGER bad BEFORE INSERT ON placement BEGIN SELECT RAISE(ABORT, 'bad'); END",
	"DROP TRIGGER bad"},
    {"the whole transaction is undone",
	"CREATE TRIGGER bad BEFORE INSERT ON placement BEGIN SELECT RAISE(ROLLBACK, 'bad'); END",
	"DROP TRIGGER bad"},
    {"the commit fails",
	"CREATE TABLE one (id INTEGER PRIMARY KEY);"
	"CREATE TABLE two (one INTEGER REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED);"
	"CREATE TRIGGER bad AFTER INSERT ON placement BEGIN INSERT INTO two VALUES (1); END",
	"DROP TRIGGER bad"},
};

/* One that can't be stored, between two that can: they are gone through again, with care. */
static void one_fails(void **state)
{
	static const char *const answers[] = {"<1@a.example> is bau:1\r\n",
	    "451 4.3.0 not stored, try again later\r\n", "<3@a.example> is bau:2\r\n"};
	struct door door;
	int fds[G_N_ELEMENTS(answers)];

	(void)state;
	door_open(&door, NULL);
	run_sql(&door, "CREATE TRIGGER no BEFORE INSERT ON wire WHEN NEW.article = 2 AND "
		       "(SELECT msgid FROM article WHERE id = 2) = '<2@a.example>' "
		       "BEGIN SELECT RAISE(ABORT, 'no'); END");
	for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_autofree char *said = g_strdup_printf(LHLO MAIL RCPT
		    "DATA\r\nFrom: anna@stadt.example\r\nMessage-ID: <%u@a.example>\r\n\r\n.\r\n",
		    i + 1);

		fds[i] = door_enter(&door);
		say(fds[i], said);
	}
	for (unsigned i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_autoptr(GString) got = g_string_new(NULL);

		assert_true(door_take(&door, fds[i], got));
		assert_true(g_str_has_suffix(got->str, answers[i]));
		close(fds[i]);
	}
	assert_int_equal(sample_count(door.sample, "SELECT count(*) FROM placement"), 2);
	assert_int_equal(sample_count(door.sample, "SELECT high FROM grp"), 2);
	door_close(&door);
}

/* Nothing can be stored: every recipient is asked to come again, and later all is as if nothing had been. */
static void store_fails(void **state)
{
	static const char said[] = LHLO MAIL RCPT RCPT "DATA\r\n" MESSAGE ".\r\n" QUIT;
	static const char later[] = DATA_OK "451 4.3.0 not stored, try again later\r\n"
					    "451 4.3.0 not stored, try again later\r\n" BYE;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
		struct door door;
		g_autoptr(GString) one = g_string_new(NULL);
		g_autoptr(GString) two = g_string_new(NULL);
		GString *again;
		int first;
		int second;

		print_message("# %s\n", failures[i].name);
		door_open(&door, NULL);
		run_sql(&door, failures[i].broken);
		first = door_enter(&door);
		second = door_enter(&door);
		say(first, said);
		say(second, said);
		assert_false(door_take(&door, first, one));
		assert_false(door_take(&door, second, two));
		assert_true(g_str_has_suffix(one->str, later));
		assert_true(g_str_has_suffix(two->str, later));
		close(first);
		close(second);
		run_sql(&door, failures[i].mended);
		again = talk(&door, said, strlen(said), SIZE_MAX);
		assert_true(g_str_has_suffix(again->str, DATA_OK TAKEN TAKEN BYE));
		g_string_free(again, TRUE);
		sample_verify(door.sample);
		door_close(&door);
	}
}

/* Whether there is such a group can't be told: no "no such address". */
static void no_look(void **state)
{
	static const char said[] = LHLO MAIL RCPT QUIT;
	struct door door;
	g_autoptr(GString) answer = NULL;

	(void)state;
	door_open(&door, NULL);
	run_sql(&door, "ALTER TABLE grp RENAME TO away");
	answer = talk(&door, said, strlen(said), SIZE_MAX);
	assert_true(g_str_has_suffix(answer->str, "451 4.3.0 try again later\r\n" BYE));
	door_close(&door);
}

static void on_emptied(void *data)
{
	((struct door *)data)->emptied = true;
}

/* Going down: who is idle is told so, who is in the middle of a message may finish it. */
static void leaving(void **state)
{
	struct door door;
	g_autoptr(GString) idle = g_string_new(NULL);
	g_autoptr(GString) busy = g_string_new(NULL);
	int first;
	int second;

	(void)state;
	door_open(&door, NULL);
	first = door_enter(&door);
	second = door_enter(&door);
	say(second, LHLO MAIL RCPT "DATA\r\n");
	assert_true(door_take(&door, second, busy));
	intake_lmtp_stop(door.lmtp, on_emptied, &door);
	assert_false(door_take(&door, first, idle));
	assert_true(g_str_has_suffix(idle->str, "Umlauf\r\n421 4.3.2 closing down\r\n"));
	assert_false(door.emptied);
	say(second, MESSAGE ".\r\n");
	assert_false(door_take(&door, second, busy));
	assert_true(g_str_has_suffix(busy->str, TAKEN "421 4.3.2 closing down\r\n"));
	assert_true(door.emptied);
	close(first);
	close(second);
	door_close(&door);
}

static int connect_to(const struct listener *listener)
{
	struct sockaddr_storage name;
	socklen_t size = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(getsockname(listener->fd, (struct sockaddr *)&name, &size), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&name, size), 0);
	return fd;
}

/* One address may have 100 connections; one more can't, until another goes. */
static void connections(void **state)
{
	enum {
		MANY = 101,
	};
	struct door door;
	int fds[MANY];

	(void)state;
	door_open(&door, "127.0.0.1:0");
	for (size_t i = 0; i < MANY; i++) {
		g_autoptr(GString) got = g_string_new(NULL);

		fds[i] = connect_to(door.listeners->pdata[0]);
		while (got->len == 0)
			door_take(&door, fds[i], got);
		assert_true(g_str_has_prefix(
		    got->str, i < 100 ? "220 " : "421 4.7.0 too many connections\r\n"));
	}
	close(fds[0]);
	while (g_hash_table_size(door.lmtp->sessions) == 100)
		event_base_loop(door.base, EVLOOP_ONCE);
	fds[0] = connect_to(door.listeners->pdata[0]);
	while (g_hash_table_size(door.lmtp->sessions) < 100)
		event_base_loop(door.base, EVLOOP_ONCE);
	for (size_t i = 0; i < MANY; i++)
		close(fds[i]);
	door_close(&door);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sessions),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(in_one_batch),
	    cmocka_unit_test(gone_before_the_answer),
	    cmocka_unit_test(cut_before_the_commit),
	    cmocka_unit_test(one_fails),
	    cmocka_unit_test(store_fails),
	    cmocka_unit_test(no_look),
	    cmocka_unit_test(leaving),
	    cmocka_unit_test(connections),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("intake/lmtp", tests, NULL, NULL);
}
