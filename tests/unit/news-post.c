/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Posting, against an intake that says what a test wants it to say.
 */
#include "config.h"

#include "news/post.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "news-intake.h"
#include "news-sample.h"

#include "article/msgid.h"

/* -- a worker, and clients -- */

struct scene {
	struct sample *sample;
	struct intake intake;
};

static void scene_open(struct scene *scene)
{
	scene->sample = sample_new();
	sample_serve(scene->sample);
	intake_open(&scene->intake, scene->sample->settings.post_socket);
}

static void scene_close(struct scene *scene)
{
	sample_rest(scene->sample);
	intake_close(&scene->intake);
	sample_free(scene->sample);
}

#define TURNS 2000 /* more than anything here takes, one octet at a time */

/* A client that has been greeted. */
static int enter(struct scene *scene)
{
	g_autoptr(GString) greeting = g_string_new(NULL);
	const int fd = sample_connect(scene->sample);

	sample_take(scene->sample, fd, greeting);
	return fd;
}

/* Send all of it, `step` octets a turn, and go on until so many lines have come; what came. */
static char *say(struct scene *scene, int fd, const char *said, size_t step, unsigned lines)
{
	const size_t size = strlen(said);
	GString *got = g_string_new(NULL);
	size_t at = 0;
	unsigned n = 0;

	for (unsigned turn = 0; (at < size || n < lines) && turn < TURNS + size; turn++) {
		const size_t now = MIN(step, size - at);
		const ssize_t done = now > 0 ? send(fd, said + at, now, MSG_NOSIGNAL) : 0;

		at += done > 0 ? (size_t)done : 0;
		intake_turn(&scene->intake);
		if (!sample_take(scene->sample, fd, got))
			break;
		n = 0;
		for (const char *p = got->str; *p != '\0'; p++)
			n += *p == '\n';
	}
	return g_string_free(got, FALSE);
}

/* Let everybody go on for a while. */
static void rest(struct scene *scene)
{
	for (unsigned turn = 0; turn < 20; turn++) {
		event_base_loop(scene->sample->base, EVLOOP_NONBLOCK);
		intake_turn(&scene->intake);
	}
}

/* The answer to POST, and to the article. */
static char *post(struct scene *scene, int fd, const char *article, size_t step)
{
	g_autofree char *said = g_strconcat("POST\r\n", article, ".\r\n", NULL);
	g_autofree char *got = say(scene, fd, said, step, 2);
	const char *second;

	if (!g_str_has_prefix(got, "340 "))
		fail_msg("%s", got);
	second = strstr(got, "\r\n") + 2;
	assert_true(g_str_has_suffix(second, "\r\n"));
	return g_strndup(second, strlen(second) - 2);
}

static void expect(struct scene *scene, int fd, const char *article, const char *answer)
{
	g_autofree char *got = post(scene, fd, article, SIZE_MAX);

	assert_string_equal(got, answer);
}

#define HEAD(groups)                                                  \
	"From: Ada <ada@stadt.example>\r\nNewsgroups: " groups "\r\n" \
	"Subject: Neu\r\nMessage-ID: <neu@ada.example>\r\n\r\n"
#define ARTICLE HEAD("rat.bau") "Hallo.\r\n"
#define CROSSPOST HEAD("rat.bau,rat.finanzen") "Hallo.\r\n"
#define TAKEN "240 <neu@ada.example> is rat.bau:5"
#define LATER "441 posting failed: not stored, try again later"
#define NO_GROUP "441 posting failed: no such newsgroup"
#define ENVELOPE "MAIL FROM:<> VIA=news\nRCPT TO:<rat.bau>\nDATA\n"

/* -- what intake says, and the client is told -- */

static const struct {
	const char *name;
	struct {
		enum step step;
		const char *reply;
	} changes[3]; /* of what is usual; NULL ends them */
	const char *answer;
} cases[] = {
    /* clang-format off */
	{"taken", {{0}}, TAKEN},
	{"there already", {{STEP_END, "250 2.0.0 <neu@ada.example> is rat.bau:5 already"}}, TAKEN " already"},
	{"held", {{STEP_END, "250 2.0.0 held for moderation: the group is moderated"}}, "240 held for moderation: the group is moderated"},
	{"refused", {{STEP_END, "550 5.7.1 only moderators post in this group"}}, "441 posting failed: only moderators post in this group"},
	{"too large there", {{STEP_END, "552 5.3.4 the message is too large"}}, "441 posting failed: the message is too large"},
	{"not stored", {{STEP_END, "451 4.3.0 not stored, try again later"}}, LATER},
	{"without an enhanced code", {{STEP_END, "250 gut so"}}, "240 gut so"},
	{"in two lines", {{STEP_END, "250-erstens\r\n250 2.0.0 zweitens"}}, "240 zweitens"},
	{"closing down behind it", {{STEP_END, "250 2.0.0 <neu@ada.example> is rat.bau:5\r\n421 4.3.2 closing down"}}, TAKEN},

	{"one group is not known", {{STEP_RCPT_2, "550 5.1.1 there is no such address here"}}, TAKEN},
	{"no group is known", {{STEP_RCPT, "550 5.1.1 there is no such address here"}, {STEP_RCPT_2, "550 5.1.1 nor here"},
		{STEP_DATA, "503 5.5.1 no valid recipients"}}, NO_GROUP},
	/* For all of its groups or for none. */
	{"one group can't be looked up", {{STEP_RCPT_2, "451 4.3.0 try again later"}}, LATER},
	{"the other can't", {{STEP_RCPT, "451 4.3.0 try again later"}}, LATER},
	{"none can", {{STEP_RCPT, "451 4.3.0 try again later"}, {STEP_RCPT_2, "451 4.3.0 try again later"},
		{STEP_DATA, "503 5.5.1 no valid recipients"}}, LATER},

	{"too many connections", {{STEP_GREETING, "421 4.7.0 too many connections"}}, LATER},
	{"another protocol", {{STEP_LHLO, "500 5.5.2 command not known"}}, LATER},
	{"no parameters", {{STEP_MAIL, "555 5.5.4 parameter not known"}}, LATER},
	{"no data", {{STEP_DATA, "451 4.3.0 try again later"}}, LATER},
	{"nothing that makes sense", {{STEP_GREETING, "Guten Tag"}}, LATER},

	{"it goes at once", {{STEP_GREETING, GO}}, LATER},
	{"it goes at LHLO", {{STEP_LHLO, GO}}, LATER},
	{"it goes at MAIL", {{STEP_MAIL, GO}}, LATER},
	{"it goes at RCPT", {{STEP_RCPT_2, GO}}, LATER},
	{"it goes at DATA", {{STEP_DATA, GO}}, LATER},
	{"it goes before the article", {{STEP_BODY, GO}}, LATER},
	{"it goes behind the article", {{STEP_END, GO}}, LATER},
    /* clang-format on */
};

static void mapping(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct scene scene;
		int fd;

		print_message("# %s\n", cases[i].name);
		scene_open(&scene);
		for (size_t k = 0; k < 3 && cases[i].changes[k].reply != NULL; k++)
			scene.intake.replies[cases[i].changes[k].step] = cases[i].changes[k].reply;
		fd = enter(&scene);
		expect(&scene, fd, CROSSPOST, cases[i].answer);
		/* The session and the next post are none the worse for it. */
		memcpy(scene.intake.replies, usual, sizeof(usual));
		rest(&scene);
		expect(&scene, fd, ARTICLE, TAKEN);
		close(fd);
		scene_close(&scene);
	}
}

/* A reply that does not end. */
static void endless_reply(void **state)
{
	g_autofree char *x = g_strnfill(5000, 'x');
	struct scene scene;
	int fd;

	(void)state;
	scene_open(&scene);
	scene.intake.replies[STEP_GREETING] = x;
	/* Without its line end: the worker must not wait for it. */
	x[4999] = '\r';
	fd = enter(&scene);
	expect(&scene, fd, ARTICLE, LATER);
	close(fd);
	scene_close(&scene);
}

/* An article that does not fit into the socket goes out all the same, and its end may be missed. */
static void large(void **state)
{
	static const char *const goes[] = {NULL, GO};
	g_autoptr(GString) article = g_string_new(ARTICLE);

	(void)state;
	while (article->len < 4 * 1024 * 1024)
		g_string_append(article, "eine Zeile\r\n..und eine mit Punkt\r\n");
	for (size_t i = 0; i < G_N_ELEMENTS(goes); i++) {
		struct scene scene;
		int fd;

		scene_open(&scene);
		scene.intake.replies[STEP_BODY] = goes[i];
		fd = enter(&scene);
		expect(&scene, fd, article->str, i == 0 ? TAKEN : LATER);
		if (i == 0)
			assert_int_equal(scene.intake.message->len, article->len - 2);
		close(fd);
		scene_close(&scene);
	}
}

/* -- what intake gets -- */

/* RFC 3977 section 3.1.1, RFC 5321 section 4.5.2: dots go through both as they are. */
static void dots(void **state)
{
	static const char body[] = "..\r\n...zwei\r\n.. \r\nx.\r\n..\r\n\r\n";
	static const size_t steps[] = {SIZE_MAX, 1, 7};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autofree char *article = g_strconcat(HEAD("rat.bau"), body, NULL);
		g_autofree char *got = NULL;
		struct scene scene;
		int fd;

		scene_open(&scene);
		fd = enter(&scene);
		got = post(&scene, fd, article, steps[i]);
		assert_string_equal(got, TAKEN);
		g_string_append(scene.intake.message, "\r\n");
		assert_string_equal(scene.intake.message->str, article);
		assert_string_equal(scene.intake.said->str, "LHLO news\n" ENVELOPE "(message)\n");
		close(fd);
		scene_close(&scene);
	}
}

/* Of groups that only members read intake is not even told. */
static void hidden(void **state)
{
	struct scene scene;
	int fd;

	(void)state;
	scene_open(&scene);
	fd = enter(&scene);
	expect(&scene, fd, HEAD("vorstand") "Hallo.\r\n", NO_GROUP);
	expect(&scene, fd, HEAD("nix, vorstand,RAT.BAU") "Hallo.\r\n", NO_GROUP);
	rest(&scene);
	assert_int_equal(scene.intake.wires->len, 0);
	expect(&scene, fd, HEAD("vorstand,rat.bau,nix,rat.bau") "Hallo.\r\n", TAKEN);
	assert_string_equal(scene.intake.said->str, "LHLO news\n" ENVELOPE "(message)\n");
	close(fd);
	scene_close(&scene);
}

/* -- connections -- */

static void reuse(void **state)
{
	struct scene scene;
	int first;
	int second;

	(void)state;
	scene_open(&scene);
	first = enter(&scene);
	second = enter(&scene);
	for (unsigned i = 0; i < 3; i++) {
		expect(&scene, first, ARTICLE, TAKEN);
		expect(&scene, second, ARTICLE, TAKEN);
	}
	assert_int_equal(scene.intake.wires->len, 1);
	assert_true(g_str_has_prefix(
	    scene.intake.said->str, "LHLO news\n" ENVELOPE "(message)\n" ENVELOPE "(message)\n"));
	close(first);
	close(second);
	scene_close(&scene);
}

/* A connection that intake has ended meanwhile, with words or without, is not used again. */
static void ended_while_idle(void **state)
{
	static const char *const words[] = {"", "421 4.4.2 idle for too long\r\n"};
	struct scene scene;
	int fd;

	(void)state;
	scene_open(&scene);
	fd = enter(&scene);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		struct wire *wire;

		expect(&scene, fd, ARTICLE, TAKEN);
		assert_int_equal(scene.intake.wires->len, i + 1);
		wire = scene.intake.wires->pdata[i];
		send(wire->fd, words[i], strlen(words[i]), MSG_NOSIGNAL);
		wire_close(wire);
		rest(&scene);
		assert_true(g_queue_is_empty(&scene.sample->worker->idle_posts));
	}
	expect(&scene, fd, ARTICLE, TAKEN);
	close(fd);
	scene_close(&scene);
}

/* Many at once have a connection each; some of these are kept. */
static void at_once(void **state)
{
	enum {
		MANY = 20,
	};
	struct scene scene;
	int fds[MANY];

	(void)state;
	scene_open(&scene);
	for (unsigned i = 0; i < MANY; i++) {
		fds[i] = enter(&scene);
		assert_int_equal(
		    send(fds[i], "POST\r\n" ARTICLE ".\r\n", strlen("POST\r\n" ARTICLE ".\r\n"), 0),
		    strlen("POST\r\n" ARTICLE ".\r\n"));
	}
	event_base_loop(scene.sample->base, EVLOOP_NONBLOCK);
	rest(&scene);
	for (unsigned i = 0; i < MANY; i++) {
		g_autoptr(GString) got = g_string_new(NULL);

		sample_take(scene.sample, fds[i], got);
		assert_true(g_str_has_suffix(got->str, "\r\n" TAKEN "\r\n"));
	}
	assert_int_equal(scene.intake.wires->len, MANY);
	assert_int_equal(scene.sample->worker->idle_posts.length, 16);
	for (unsigned i = 0; i < MANY; i++)
		close(fds[i]);
	scene_close(&scene);
}

static void away(void **state)
{
	struct sample *own = sample_new();
	struct scene scene = {.sample = own};
	int fd;

	(void)state;
	sample_serve(own);
	scene.intake.wires = g_ptr_array_new();
	scene.intake.listener = -1;
	fd = enter(&scene);
	expect(&scene, fd, ARTICLE, LATER);
	/* A socket that a dead process has left behind. */
	g_ptr_array_unref(scene.intake.wires);
	intake_open(&scene.intake, own->settings.post_socket);
	close(scene.intake.listener);
	scene.intake.listener = -1;
	expect(&scene, fd, ARTICLE, LATER);
	unlink(own->settings.post_socket);
	intake_close(&scene.intake);
	intake_open(&scene.intake, own->settings.post_socket);
	expect(&scene, fd, ARTICLE, TAKEN);
	close(fd);
	scene_close(&scene);
}

/* -- who is gone -- */

/* A client's article is on its way and intake has it. */
static int begin(struct scene *scene)
{
	int fd;

	scene_open(scene);
	scene->intake.replies[STEP_END] = WAIT;
	fd = enter(scene);
	send(fd, "POST\r\n" ARTICLE ".\r\n", strlen("POST\r\n" ARTICLE ".\r\n"), 0);
	rest(scene);
	assert_non_null(strstr(scene->intake.said->str, "(message)"));
	assert_non_null(scene->sample->worker->sessions->post);
	return fd;
}

static void finish(struct scene *scene)
{
	struct wire *wire = scene->intake.wires->pdata[0];
	g_autofree char *line = g_strconcat(usual[STEP_END], "\r\n", NULL);

	send(wire->fd, line, strlen(line), MSG_NOSIGNAL);
	memcpy(scene->intake.replies, usual, sizeof(usual));
	rest(scene);
}

/* The newsreader goes before it is answered; the connection serves the next one. */
static void client_goes(void **state)
{
	static const bool aborts[] = {false, true};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(aborts); i++) {
		struct scene scene;
		int fd = begin(&scene);

		close(fd);
		if (aborts[i])
			lineconn_abort(scene.sample->worker->sessions->conn);
		finish(&scene);
		assert_null(scene.sample->worker->sessions);
		fd = enter(&scene);
		expect(&scene, fd, ARTICLE, TAKEN);
		assert_int_equal(scene.intake.wires->len, 1);
		close(fd);
		scene_close(&scene);
	}
}

/* The worker goes down first: with nobody waiting, and with somebody. */
static void worker_goes(void **state)
{
	static const bool aborts[] = {true, false};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(aborts); i++) {
		struct scene scene;
		int fd = begin(&scene);

		if (aborts[i])
			lineconn_abort(scene.sample->worker->sessions->conn);
		scene_close(&scene);
		close(fd);
	}
}

/* What is under way is answered before the good-bye. */
static void leaves(void **state)
{
	struct scene scene;
	g_autoptr(GString) got = g_string_new(NULL);
	int fd = begin(&scene);

	(void)state;
	news_session_leave_all(scene.sample->worker);
	assert_true(sample_take(scene.sample, fd, got));
	finish(&scene);
	assert_false(sample_take(scene.sample, fd, got));
	assert_true(g_str_has_suffix(got->str, "\r\n" TAKEN "\r\n400 closing down\r\n"));
	assert_null(scene.sample->worker->sessions);
	close(fd);
	scene_close(&scene);
}

/* -- what the newsreader says -- */

/* RFC 3977 section 3.5: POST may not be pipelined, but who does it gets all answers in order. */
static void pipelined(void **state)
{
	static const char said[] =
	    "POST\r\n" ARTICLE ".\r\nGROUP rat.bau\r\nPOST\r\n.\r\nPOST\r\n" ARTICLE
	    ".\r\nSTAT 1\r\n";
	static const size_t steps[] = {SIZE_MAX, 1, 100};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		struct scene scene;
		g_autofree char *got = NULL;
		g_auto(GStrv) lines = NULL;
		int fd;

		scene_open(&scene);
		fd = enter(&scene);
		got = say(&scene, fd, said, steps[i], 8);
		lines = g_strsplit(got, "\r\n", -1);
		assert_int_equal(g_strv_length(lines), 9);
		assert_true(g_str_has_prefix(lines[0], "340 "));
		assert_string_equal(lines[1], TAKEN);
		assert_string_equal(lines[2], "211 3 1 4 rat.bau");
		assert_true(g_str_has_prefix(lines[3], "340 "));
		assert_string_equal(lines[4], "441 posting failed: the article is empty");
		assert_true(g_str_has_prefix(lines[5], "340 "));
		assert_string_equal(lines[6], TAKEN);
		assert_string_equal(lines[7], "223 1 <1@ada.example>");
		close(fd);
		scene_close(&scene);
	}
}

static const struct {
	const char *article;
	const char *answer;
} refused[] = {
    /* clang-format off */
	{"", "the article is empty"},
	{"\r\n", "From is missing"},
	{"Hallo.\r\n", "line 1 of the header is not Name: value"},
	{"From: a@b.example\r\nNewsgroups: rat.bau\r\n\r\nSubject: x\r\n", "Subject is missing"},
	{"From: a@b.example\r\nNewsgroups: rat.bau\r\nSubject: x\r\nControl: rmgroup rat.bau\r\n\r\n", "Control may not be posted"},
	{"From: a@b.example\r\nNewsgroups: rat.bau\r\nSubject: x\r\nX\xc3\xa4: \x01\r\n\r\n", "line 4 of the header is not Name: value"},
	{"From: a@b.example\r\nNewsgroups: ,\r\nSubject: x\r\n\r\n", "no such newsgroup"},
    /* clang-format on */
};

/* What is wrong with it is found here: intake is not asked. */
static void refusals(void **state)
{
	struct scene scene;
	int fd;

	(void)state;
	scene_open(&scene);
	fd = enter(&scene);
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autofree char *answer =
		    g_strconcat("441 posting failed: ", refused[i].answer, NULL);

		expect(&scene, fd, refused[i].article, answer);
	}
	rest(&scene);
	assert_int_equal(scene.intake.wires->len, 0);
	close(fd);
	scene_close(&scene);
}

static void too_large(void **state)
{
	g_autofree char *x = g_strnfill(1024, 'x');
	g_autofree char *fits =
	    g_strdup_printf(ARTICLE "%.*s\r\n", (int)(1024 - strlen(ARTICLE) - 2), x);
	g_autofree char *beyond = g_strconcat(fits, "\r\n", NULL);
	g_autofree char *header = g_strconcat("X: ", x, "\r\n\r\n", x, "\r\n", NULL);
	struct scene scene;
	int fd;

	(void)state;
	scene_open(&scene);
	scene.sample->settings.max_message_size = 1024;
	fd = enter(&scene);
	assert_int_equal(strlen(fits), 1024);
	expect(&scene, fd, fits, TAKEN);
	expect(&scene, fd, beyond, "441 posting failed: the article is too large");
	expect(&scene, fd, header, "441 posting failed: the article is too large");
	expect(&scene, fd, ARTICLE, TAKEN);
	close(fd);
	scene_close(&scene);
}

/* RFC 3977 section 6.3.1: the id that is recommended is one, and nobody else's. */
static void recommended_id(void **state)
{
	struct scene scene;
	g_autofree char *last = NULL;
	int fd;

	(void)state;
	scene_open(&scene);
	fd = enter(&scene);
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *got = say(&scene, fd, "POST\r\n.\r\n", SIZE_MAX, 2);
		const char *id = strchr(got, '<');
		const size_t size = id != NULL ? strcspn(id, "\r") : 0;
		g_autofree char *copy = g_strndup(id, size);

		assert_true(g_str_has_prefix(got, "340 "));
		assert_true(msgid_is_valid(copy, size));
		assert_true(msgid_is_of_domain(copy, "news.example"));
		assert_string_not_equal(copy, last != NULL ? last : "");
		g_free(last);
		last = g_steal_pointer(&copy);
	}
	close(fd);
	scene_close(&scene);
}

/* RFC 3977 sections 5.1.1, 5.2, 5.3, 6.3.1: all say the same about posting. */
static void without_login(void **state)
{
	static const struct {
		enum login_need need;
		const char *greeting;
		const char *mode;
		bool posting;
	} rows[] = {
	    {LOGIN_NONE, "200 ", "200 ", true},
	    {LOGIN_POST, "201 ", "201 ", false},
	    {LOGIN_READ, "201 ", "201 ", false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct sample *own = sample_new();
		g_autoptr(GString) greeting = g_string_new(NULL);
		GString *got;
		int fd;

		own->settings.require_login = rows[i].need;
		sample_serve(own);
		fd = sample_connect(own);
		sample_take(own, fd, greeting);
		assert_true(g_str_has_prefix(greeting->str, rows[i].greeting));
		close(fd);
		got = sample_talk(own, "MODE READER\r\nCAPABILITIES\r\n", 27, SIZE_MAX);
		assert_true(g_str_has_prefix(got->str, rows[i].mode));
		assert_int_equal(strstr(got->str, "\r\nPOST\r\n") != NULL, rows[i].posting);
		g_string_free(got, TRUE);
		got = sample_talk(own, "POST\r\n", rows[i].posting ? 0 : 6, SIZE_MAX);
		if (!rows[i].posting)
			assert_true(g_str_has_prefix(got->str, "440 "));
		g_string_free(got, TRUE);
		sample_rest(own);
		sample_free(own);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mapping),
	    cmocka_unit_test(endless_reply),
	    cmocka_unit_test(large),
	    cmocka_unit_test(dots),
	    cmocka_unit_test(hidden),
	    cmocka_unit_test(reuse),
	    cmocka_unit_test(ended_while_idle),
	    cmocka_unit_test(at_once),
	    cmocka_unit_test(away),
	    cmocka_unit_test(client_goes),
	    cmocka_unit_test(worker_goes),
	    cmocka_unit_test(leaves),
	    cmocka_unit_test(pipelined),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(too_large),
	    cmocka_unit_test(recommended_id),
	    cmocka_unit_test(without_login),
	};

	signal(SIGPIPE, SIG_IGN); /* as news_run() does */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("news/post", tests, NULL, NULL);
}
