/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The private socket, on which news workers hand in what is posted, and errands that come by mail.
 */
#include "config.h"

#include "intake/lmtp.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "store-sample.h"

#include "base/token.h"
#include "db/db.h"
#include "net/listen.h"
#include "store/person.h"
#include "store/subscription.h"

#define CONF "[intake]\nmax-message-size = 1024\ntrusted-authserv = mx.example\n"

/* Groups: bau (open), leute (of members, whom Anna is one of), rat (moderated), zu (closed). */
struct door {
	struct sample *sample;
	struct event_base *base;
	struct intake_batch *batch;
	GPtrArray *listeners;
	struct intake_lmtp *lmtp;
	int64_t anna;
	int64_t leute;
};

static void add_anna(struct door *door)
{
	struct sample *sample = door->sample;

	sample_begin(sample);
	door->anna = person_need(sample->store, "anna@stadt.example", LANG_DE, NULL);
	assert_true(subscription_set(sample->store, door->anna, door->leute, MODE_EACH, NULL));
	sample_commit(sample);
}

/* paths: unix sockets in the sample's folder to listen on, NULL-terminated; may be NULL. */
static void door_open(struct door *door, const char *const *paths)
{
	const struct listen_rights rights = {.mode = 0600};
	g_autoptr(GError) error = NULL;
	struct settings *settings;

	memset(door, 0, sizeof(*door));
	door->sample = sample_new(CONF);
	settings = door->sample->settings;
	g_free(settings->runtime_dir);
	g_free(settings->post_socket);
	settings->runtime_dir = g_strdup(door->sample->folder);
	settings->post_socket = g_build_filename(door->sample->folder, "post", NULL);
	sample_group(door->sample, "bau");
	door->leute = sample_group_of(door->sample, "leute", POST_MEMBERS)->id;
	sample_group_of(door->sample, "rat", POST_MODERATED);
	sample_group_of(door->sample, "zu", POST_CLOSED);
	add_anna(door);
	door->base = event_base_new();
	event_base_priority_init(door->base, INTAKE_PRIORITIES);
	door->batch = intake_batch_new(door->base, door->sample->store, settings);
	door->listeners = g_ptr_array_new();
	for (; paths && *paths; paths++) {
		g_autofree char *path = g_build_filename(door->sample->folder, *paths, NULL);
		struct listener *listener = listen_open(path, &rights, &error);

		assert_non_null(listener);
		g_ptr_array_add(door->listeners, listener);
	}
	door->lmtp = intake_lmtp_start(
	    door->base, settings, door->sample->store, door->batch, door->listeners, &error);
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

static int door_enter(struct door *door, bool news)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	intake_lmtp_serve(door->lmtp, ends[0], news);
	return ends[1];
}

#define LHLO "LHLO news\r\n"
#define HELLO                                                     \
	"220 " SAMPLE_DOMAIN " LMTP Umlauf\r\n250-" SAMPLE_DOMAIN \
	"\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 1024\r\n" \
	"250 ENHANCEDSTATUSCODES\r\n"
#define QUIT "QUIT\r\n"
#define BYE "221 2.0.0 bye\r\n"

/* What a client gets on this connection that greets, says `said` (`step` octets at once) and QUIT. */
static char *say_on(struct door *door, int fd, const char *said, size_t step)
{
	g_autofree char *all = g_strconcat(LHLO, said, QUIT, NULL);
	const size_t size = strlen(all);
	GString *got = g_string_new(NULL);
	size_t at = 0;

	while (door_take(door, fd, got)) {
		const size_t now = MIN(step, size - at);
		const ssize_t done = now > 0 ? send(fd, all + at, now, MSG_NOSIGNAL) : 0;

		at += done > 0 ? (size_t)done : 0;
	}
	close(fd);
	if (!g_str_has_prefix(got->str, HELLO) || !g_str_has_suffix(got->str, BYE))
		fail_msg("%s", got->str);
	g_string_truncate(got, got->len - strlen(BYE));
	g_string_erase(got, 0, (gssize)strlen(HELLO));
	return g_string_free(got, FALSE);
}

static void expect(struct door *door, bool news, const char *said, size_t step, const char *got)
{
	g_autofree char *answer = say_on(door, door_enter(door, news), said, step);

	assert_string_equal(answer, got);
}

#define MAIL "MAIL FROM:<> VIA=news\r\n"
#define MAIL_OK "250 2.1.0 ok\r\n"
#define RCPT(group) "RCPT TO:<" group ">\r\n"
#define RCPT_OK "250 2.1.5 ok\r\n"
#define NOBODY "550 5.1.1 there is no such address here\r\n"
#define DATA_OK "354 end with a dot on a line of its own\r\n"
#define MESSAGE                                                                              \
	"From: Anna <anna@stadt.example>\r\nMessage-ID: <1@a.example>\r\nSubject: x\r\n\r\n" \
	"Hallo\r\n"
#define DATA "DATA\r\n" MESSAGE ".\r\n"
#define TAKEN "250 2.0.0 <1@a.example> is bau:1\r\n"
#define AGAIN "250 2.0.0 <1@a.example> is bau:1 already\r\n"
#define MODERATED "250 2.0.0 held for moderation: the group is moderated\r\n"
#define UNVERIFIED "250 2.0.0 held for moderation: the author could not be verified\r\n"
#define CLOSED "550 5.7.1 only moderators post in this group\r\n"
#define NO_PERSON "501 5.5.4 PERSON is not a number\r\n"
#define PARAMETER "555 5.5.4 parameter not known\r\n"
#define NO_RECIPIENTS "503 5.5.1 no valid recipients\r\n"

static const struct {
	const char *name;
	const char *said;
	const char *got;
} posts[] = {
    /* clang-format off */
	{"a post, from the empty sender though", MAIL RCPT("bau") DATA, MAIL_OK RCPT_OK DATA_OK TAKEN},
	{"without its parameter", "MAIL FROM:<>\r\n" RCPT("bau") DATA, MAIL_OK RCPT_OK DATA_OK TAKEN},
	{"a name is no address", MAIL RCPT("bau@" SAMPLE_DOMAIN) RCPT("BAU") RCPT("bau-ab@" SAMPLE_DOMAIN) RCPT("") DATA,
		MAIL_OK NOBODY NOBODY NOBODY "501 5.5.4 syntax: RCPT TO:<address>\r\n" NO_RECIPIENTS "500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"
		"500 5.5.2 command not known\r\n500 5.5.2 command not known\r\n"},
	/* RFC 5537 section 3.5: what we don't have is ignored beside what we have */
	{"an unknown group beside a known one", MAIL RCPT("nix") RCPT("bau") RCPT("r\xc3\xa4t") RCPT("r\xe4t") DATA,
		MAIL_OK NOBODY RCPT_OK NOBODY NOBODY DATA_OK TAKEN},
	{"one answer for two recipients", MAIL RCPT("bau") RCPT("bau") DATA, MAIL_OK RCPT_OK RCPT_OK DATA_OK TAKEN},
	{"the one that holds it tells", MAIL RCPT("bau") RCPT("rat") DATA, MAIL_OK RCPT_OK RCPT_OK DATA_OK MODERATED},
	{"the one that refuses it tells", MAIL RCPT("bau") RCPT("rat") RCPT("zu") DATA,
		MAIL_OK RCPT_OK RCPT_OK RCPT_OK DATA_OK CLOSED},
	{"the same again", MAIL RCPT("bau") DATA MAIL RCPT("bau") DATA MAIL RCPT("bau") RCPT("rat") DATA,
		MAIL_OK RCPT_OK DATA_OK TAKEN MAIL_OK RCPT_OK DATA_OK AGAIN MAIL_OK RCPT_OK RCPT_OK DATA_OK MODERATED},
	{"another with its id", MAIL RCPT("bau") DATA MAIL RCPT("bau") "DATA\r\nDate: heute\r\n" MESSAGE ".\r\n",
		MAIL_OK RCPT_OK DATA_OK TAKEN MAIL_OK RCPT_OK DATA_OK "550 5.7.1 another article has this Message-ID\r\n"},

	{"nobody is logged in", MAIL RCPT("leute") DATA, MAIL_OK RCPT_OK DATA_OK UNVERIFIED},
	{"PERSON=0 is nobody", "MAIL FROM:<> PERSON=0\r\n" RCPT("leute") DATA, MAIL_OK RCPT_OK DATA_OK UNVERIFIED},
	{"Anna is logged in", "MAIL FROM:<> VIA=news PERSON=1\r\n" RCPT("leute") DATA,
		MAIL_OK RCPT_OK DATA_OK "250 2.0.0 <1@a.example> is leute:1\r\n"},
	{"in any order and case", "MAIL FROM:<> SIZE=10 person=1 BODY=8BITMIME via=NEWS\r\n" RCPT("leute") DATA,
		MAIL_OK RCPT_OK DATA_OK "250 2.0.0 <1@a.example> is leute:1\r\n"},
	{"somebody else is logged in", "MAIL FROM:<> PERSON=2\r\n" RCPT("leute") DATA,
		MAIL_OK RCPT_OK DATA_OK "550 5.7.1 From is not an address of who is logged in\r\n"},
	{"RSET forgets who is logged in", "MAIL FROM:<> PERSON=1\r\nRSET\r\n" MAIL RCPT("leute") DATA,
		MAIL_OK "250 2.0.0 ok\r\n" MAIL_OK RCPT_OK DATA_OK UNVERIFIED},
	{"a message forgets who is logged in", "MAIL FROM:<> PERSON=1\r\n" RCPT("bau") DATA MAIL RCPT("leute") DATA,
		MAIL_OK RCPT_OK DATA_OK TAKEN MAIL_OK RCPT_OK DATA_OK UNVERIFIED},
	{"no numbers", "MAIL FROM:<> PERSON=\r\nMAIL FROM:<> PERSON=-1\r\nMAIL FROM:<> PERSON=1x\r\n"
		"MAIL FROM:<> PERSON=99999999999999999999\r\nMAIL FROM:<> PERSON\r\nMAIL FROM:<> VIA=mail\r\n" RCPT("bau"),
		NO_PERSON NO_PERSON NO_PERSON NO_PERSON PARAMETER PARAMETER "503 5.5.1 say MAIL FROM first\r\n"},
	/* A refused MAIL leaves nothing behind. */
	{"who was named in vain", "MAIL FROM:<> PERSON=1 NIX=1\r\n" MAIL RCPT("leute") DATA,
		PARAMETER MAIL_OK RCPT_OK DATA_OK UNVERIFIED},
	{"too large", MAIL RCPT("bau") RCPT("rat") "DATA\r\n" MESSAGE
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"
		".\r\n" MAIL, MAIL_OK RCPT_OK RCPT_OK DATA_OK "552 5.3.4 the message is too large\r\n" MAIL_OK},
    /* clang-format on */
};

static void posting(void **state)
{
	static const size_t steps[] = {SIZE_MAX, 1, 13};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(posts); i++) {
		print_message("# %s\n", posts[i].name);
		for (size_t j = 0; j < G_N_ELEMENTS(steps); j++) {
			struct door door;

			door_open(&door, NULL);
			assert_int_equal(door.anna, 1);
			expect(&door, true, posts[i].said, steps[j], posts[i].got);
			sample_verify(door.sample);
			door_close(&door);
		}
	}
}

/* What only news workers may say is no parameter to a mail server. */
static void not_to_mail(void **state)
{
	struct door door;

	(void)state;
	door_open(&door, NULL);
	expect(&door, false,
	    "MAIL FROM:<> VIA=news\r\nMAIL FROM:<> PERSON=1\r\nMAIL FROM:<>\r\n" RCPT("bau"),
	    SIZE_MAX, PARAMETER PARAMETER MAIL_OK NOBODY);
	door_close(&door);
}

/* What can't be stored is one answer too. */
static void store_fails(void **state)
{
	static const char bad[] = "CREATE TRIGGER bad BEFORE INSERT ON placement BEGIN "
				  "SELECT RAISE(ABORT, 'bad'); END";
	struct door door;

	(void)state;
	door_open(&door, NULL);
	assert_true(db_exec(store_db(door.sample->store), bad, NULL));
	expect(&door, true, MAIL RCPT("bau") RCPT("bau") DATA, SIZE_MAX,
	    MAIL_OK RCPT_OK RCPT_OK DATA_OK "451 4.3.0 not stored, try again later\r\n");
	assert_int_equal(sample_count(door.sample, "SELECT count(*) FROM article"), 0);
	assert_true(db_exec(store_db(door.sample->store), "DROP TRIGGER bad", NULL));
	assert_true(db_exec(store_db(door.sample->store), "ALTER TABLE grp RENAME TO away", NULL));
	expect(&door, true, MAIL RCPT("bau"), SIZE_MAX, MAIL_OK "451 4.3.0 try again later\r\n");
	door_close(&door);
}

static int connect_to(const struct listener *listener)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	g_strlcpy(name.sun_path, listener->address, sizeof(name.sun_path));
	assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	return fd;
}

/* Which socket is the private one is told by its path. */
static void sockets(void **state)
{
	static const char *const paths[] = {"lmtp", "post", NULL};
	static const char said[] = "MAIL FROM:<> VIA=news\r\n";
	struct door door;
	g_autofree char *mail = NULL;
	g_autofree char *news = NULL;

	(void)state;
	door_open(&door, paths);
	mail = say_on(&door, connect_to(door.listeners->pdata[0]), said, SIZE_MAX);
	news = say_on(&door, connect_to(door.listeners->pdata[1]), said, SIZE_MAX);
	assert_string_equal(mail, PARAMETER);
	assert_string_equal(news, MAIL_OK);
	door_close(&door);
}

/* -- errands, which come by mail -- */

#define SENDER "MAIL FROM:<anna@stadt.example>\r\n"
#define AT(local) RCPT(local "@" SAMPLE_DOMAIN)
#define OK "250 2.0.0 ok\r\n"
#define PASS "Authentication-Results: mx.example; dmarc=pass header.from=stadt.example\r\n"
#define WISH "DATA\r\n" PASS MESSAGE ".\r\n"

static const struct {
	const char *name;
	const char *said;
	const char *got;
	bool left;
	int64_t letters;
} errands[] = {
    /* clang-format off */
	{"to leave", SENDER AT("leute-ab") WISH, MAIL_OK RCPT_OK DATA_OK OK, true, 1},
	{"to leave, unverified", SENDER AT("leute-unsubscribe") DATA, MAIL_OK RCPT_OK DATA_OK OK, false, 1},
	/* RFC 2033 section 4.2: an answer for each recipient, in their order */
	{"a post too", SENDER AT("bau") AT("leute-ab") WISH, MAIL_OK RCPT_OK RCPT_OK DATA_OK TAKEN OK, true, 1},
	{"before it", SENDER AT("leute-ab") AT("bau") WISH, MAIL_OK RCPT_OK RCPT_OK DATA_OK OK TAKEN, true, 1},
	{"between what is held and what is refused", SENDER AT("rat") AT("LEUTE-AB") AT("nix-ab") AT("bau") WISH,
		MAIL_OK RCPT_OK RCPT_OK NOBODY RCPT_OK DATA_OK MODERATED OK TAKEN, true, 1},
	{"twice in one mail", SENDER AT("leute-ab") AT("leute-unsubscribe") AT("leute-ab") WISH,
		MAIL_OK RCPT_OK RCPT_OK RCPT_OK DATA_OK OK OK OK, true, 1},
	{"two in one mail", SENDER AT("leute-ab") AT("ueberblick-ab") AT("bau-ab") WISH,
		MAIL_OK RCPT_OK RCPT_OK RCPT_OK DATA_OK OK OK OK, true, 2},
	{"a token that is none", SENDER AT("leute-ab+aaaaaaaaaaaaaaaa") AT("bounce+aaaaaaaaaaaaaaaa") AT("bounce"),
		MAIL_OK NOBODY NOBODY NOBODY, false, 0},
	{"from the empty sender", "MAIL FROM:<>\r\n" AT("leute-ab") WISH, MAIL_OK RCPT_OK DATA_OK OK, false, 0},
	{"RSET forgets them", SENDER AT("leute-ab") "RSET\r\n" SENDER AT("bau") WISH,
		MAIL_OK RCPT_OK OK MAIL_OK RCPT_OK DATA_OK TAKEN, false, 0},
	{"a message forgets them", SENDER AT("leute-ab") DATA SENDER AT("bau") WISH,
		MAIL_OK RCPT_OK DATA_OK OK MAIL_OK RCPT_OK DATA_OK TAKEN, false, 1},
    /* clang-format on */
};

static bool has_left(struct door *door)
{
	return sample_count(door->sample, "SELECT count(*) FROM subscription") == 0;
}

static void running_errands(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(errands); i++) {
		struct door door;

		print_message("# %s\n", errands[i].name);
		door_open(&door, NULL);
		expect(&door, false, errands[i].said, i % 2 ? 1 : SIZE_MAX, errands[i].got);
		assert_int_equal(has_left(&door), errands[i].left);
		assert_int_equal(
		    sample_count(door.sample, "SELECT count(*) FROM delivery"), errands[i].letters);
		sample_verify(door.sample);
		door_close(&door);
	}
}

/* A token brings it about for whom it names; the wrong group's is none. */
static void by_token(void **state)
{
	struct door door;
	g_autofree char *token = NULL;
	g_autofree char *said = NULL;
	int64_t numbers[2];

	(void)state;
	door_open(&door, NULL);
	numbers[0] = door.anna;
	numbers[1] = door.leute;
	token = token_make(store_key(door.sample->store), TOKEN_LEAVE, numbers, 2);
	said = g_strdup_printf("%sRCPT TO:<bau-ab+%s@%s>\r\nRCPT TO:<leute-ab+%s@%s>\r\n%s", SENDER,
	    token, SAMPLE_DOMAIN, token, SAMPLE_DOMAIN, DATA);
	expect(&door, false, said, SIZE_MAX, MAIL_OK NOBODY RCPT_OK DATA_OK OK);
	assert_true(has_left(&door));
	door_close(&door);
}

/* Post and errands are one: where the one fails, the other is not done. */
static void together(void **state)
{
	static const char said[] = SENDER AT("bau") AT("leute-ab") WISH;
	static const char later[] = "451 4.3.0 not stored, try again later\r\n";
	static const char *const tables[] = {"placement", "delivery", "audit"};
	g_autofree char *got = g_strconcat(MAIL_OK RCPT_OK RCPT_OK DATA_OK, later, later, NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
		g_autofree char *bad =
		    g_strdup_printf("CREATE TRIGGER bad BEFORE INSERT ON %s BEGIN "
				    "SELECT RAISE(ABORT, 'bad'); END",
			tables[i]);
		struct door door;

		print_message("# %s\n", tables[i]);
		door_open(&door, NULL);
		assert_true(db_exec(store_db(door.sample->store), bad, NULL));
		expect(&door, false, said, SIZE_MAX, got);
		assert_false(has_left(&door));
		assert_int_equal(sample_count(door.sample, "SELECT count(*) FROM article"), 0);
		assert_true(db_exec(store_db(door.sample->store), "DROP TRIGGER bad", NULL));
		expect(&door, false, said, SIZE_MAX, MAIL_OK RCPT_OK RCPT_OK DATA_OK TAKEN OK);
		assert_true(has_left(&door));
		sample_verify(door.sample);
		door_close(&door);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(posting),
	    cmocka_unit_test(not_to_mail),
	    cmocka_unit_test(store_fails),
	    cmocka_unit_test(sockets),
	    cmocka_unit_test(running_errands),
	    cmocka_unit_test(by_token),
	    cmocka_unit_test(together),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("intake/post", tests, NULL, NULL);
}
