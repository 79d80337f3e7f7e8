/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/errand.h"

#include "store-sample.h"

#include "article/header.h"
#include "base/clock.h"
#include "base/token.h"
#include "db/db.h"
#include "store/delivery.h"
#include "store/notice.h"
#include "store/person.h"
#include "store/subscription.h"

#define DAY 86400
#define PLAIN 0 /* in place of a kind: no token */
#define CONF "[intake]\ntrusted-authserv = mx.example\n"

/*
 * Groups: rat, bau.  Eva, who reads English and has two addresses, takes each post of rat and the
 * digest of bau; Bob, who reads German, takes nothing.
 */
struct scene {
	struct sample *sample;
	struct group *rat;
	struct group *bau;
	int64_t eva;
	int64_t bob;
};

static int64_t add_person(
    struct scene *scene, const char *name, const char *address, enum lang language)
{
	g_autofree char *own = g_strdup(name);
	struct person person = {.name = own, .language = language};

	assert_true(person_add(scene->sample->store, &person, address, NULL));
	return person.id;
}

static void subscribe(
    struct scene *scene, int64_t person, const struct group *group, enum subscription_mode mode)
{
	sample_begin(scene->sample);
	assert_true(subscription_set(scene->sample->store, person, group->id, mode, NULL));
	sample_commit(scene->sample);
}

static void scene_open(struct scene *scene)
{
	struct sample *sample = sample_new(CONF);

	scene->sample = sample;
	scene->rat = sample_group(sample, "rat");
	scene->bau = sample_group(sample, "bau");
	g_free(scene->rat->title);
	scene->rat->title = g_strdup("Der Rat");
	sample_group_update(sample, scene->rat);
	sample_begin(sample);
	scene->eva = add_person(scene, "Eva", "eva@stadt.example", LANG_EN);
	scene->bob = add_person(scene, "Bob", "bob@stadt.example", LANG_DE);
	/* Confirmed later than the first, so that it is not the main one. */
	assert_true(db_run(store_db(sample->store), NULL,
	    "INSERT INTO address (address, person, confirmed) VALUES (?1, ?2, ?3)",
	    db_t("a.eva@firma.example"), db_i(scene->eva), db_i(clock_now() + 60)));
	sample_commit(sample);
	subscribe(scene, scene->eva, scene->rat, MODE_EACH);
	subscribe(scene, scene->eva, scene->bau, MODE_DIGEST);
}

static void scene_close(struct scene *scene)
{
	sample_free(scene->sample);
}

/* -- running one -- */

/* Send a mail with these header lines to the address; what was done. */
static const char *run(struct scene *scene, const char *address, const char *head, bool null_sender)
{
	struct sample *sample = scene->sample;
	g_autofree char *lines = g_strconcat(head, "Message-ID: <wunsch@stadt.example>\n", NULL);
	g_autofree char *with_crlf = NULL;
	g_autoptr(GString) mail = g_string_new(lines);
	g_autoptr(GError) error = NULL;
	struct target *target = resolve_recipient(sample->store, sample->settings, address, &error);
	struct submission submission = {.sender = null_sender ? "" : "wer@auch.example",
	    .null_sender = null_sender,
	    .arrived = SAMPLE_ARRIVED};
	const char *done = NULL;

	if (!target)
		fail_msg("%s: %s", address, error->message);
	g_string_append(mail, "\n\n");
	g_string_replace(mail, "\n", "\r\n", 0);
	submission.bytes = mail->str;
	submission.size = mail->len;
	sample_begin(sample);
	if (!errand_run(sample->store, sample->settings, &submission, target, &done, &error))
		fail_msg("%s", error->message);
	sample_commit(sample);
	target_free(target);
	assert_non_null(done);
	return done;
}

static char *address_of(struct scene *scene, const struct group *group, enum token_kind kind)
{
	const int64_t numbers[] = {scene->eva, group ? group->id : 0, clock_now() / DAY + 1};
	g_autofree char *token = kind ? token_make(store_key(scene->sample->store), kind, numbers,
					    kind == TOKEN_CONFIRM ? 3 : 2)
				      : NULL;

	return g_strdup_printf("%s-ab%s%s@" SAMPLE_DOMAIN, group ? group->name : "ueberblick",
	    token ? "+" : "", token ? token : "");
}

static bool takes(struct scene *scene, const struct group *group, enum subscription_mode mode)
{
	g_autoptr(GPtrArray) list = subscription_list(scene->sample->store, group->id, NULL);

	for (guint i = 0; i < list->len; i++) {
		const struct subscription *one = list->pdata[i];

		if (one->person == scene->eva)
			return one->mode == mode;
	}
	return false;
}

/* -- letters -- */

static int64_t count_letters(struct scene *scene)
{
	return sample_count(scene->sample, "SELECT count(*) FROM delivery WHERE kind = 2");
}

/* The only letter that waits: its row. */
static struct delivery *only_letter(struct scene *scene)
{
	g_autoptr(GPtrArray) list = delivery_waiting(scene->sample->store, 10, NULL);

	assert_int_equal(list->len, 1);
	return delivery_find(
	    scene->sample->store, ((const struct delivery *)list->pdata[0])->id, NULL);
}

static char *field_of(const struct delivery *letter, const char *name)
{
	struct header header;
	size_t size;
	const char *bytes = g_bytes_get_data(letter->head, &size);
	const struct field *field;
	char *value;

	header_init(&header);
	assert_true(header_scan(&header, bytes, size, NULL));
	field = header_find(&header, name);
	value = field ? field_unfolded(field) : g_strdup("");
	header_clear(&header);
	return value;
}

static void check_letter(struct scene *scene, const char *kind, const char *to)
{
	struct delivery *letter;
	g_autofree char *receiver = NULL;
	g_autofree char *answers = NULL;
	g_autofree char *machine = NULL;

	if (!kind) {
		assert_int_equal(count_letters(scene), 0);
		return;
	}
	letter = only_letter(scene);
	assert_int_equal(letter->kind, DELIVERY_LETTER);
	assert_string_equal(letter->letter, kind);
	assert_string_equal(letter->address, to);
	receiver = field_of(letter, "To");
	answers = field_of(letter, "In-Reply-To");
	machine = field_of(letter, "Auto-Submitted");
	assert_non_null(strstr(receiver, to));
	assert_string_equal(answers, "<wunsch@stadt.example>");
	assert_string_equal(machine, "auto-replied");
	delivery_free(letter);
}

/* -- the table: who asks, by which address -- */

#define EVA "From: Eva <Eva@Stadt.example>\n"
#define EVA_TOO "From: a.eva@firma.example\n"
#define BOB "From: Bob <bob@stadt.example>\n"
#define STRANGER "From: Fremd <fremd@weit.example>\n"
#define PASS(domain) "Authentication-Results: mx.example; dmarc=pass header.from=" domain "\n"
#define FAKE "Authentication-Results: mx.fremd.example; dmarc=pass header.from=stadt.example\n"
#define MACHINE "Auto-Submitted: auto-replied\n"

#define MAIN "eva@stadt.example"
#define AUTO "from a machine"
#define UNKNOWN "nobody known"

static const struct {
	const char *name;
	enum token_kind kind; /* or PLAIN */
	const char *head;
	const char *done;
	const char *letter; /* NULL: none */
	const char *to;
	bool left;
} wishes[] = {
    /* clang-format off */
	{"a machine", PLAIN, EVA MACHINE PASS("stadt.example"), AUTO, NULL, NULL, false},
	{"a machine with a token", TOKEN_LEAVE, EVA MACHINE, AUTO, NULL, NULL, false},
	{"a machine that confirms", TOKEN_CONFIRM, EVA MACHINE, AUTO, NULL, NULL, false},

	{"nobody known", PLAIN, STRANGER, UNKNOWN, NULL, NULL, false},
	{"nobody known, verified", PLAIN, STRANGER PASS("weit.example"), UNKNOWN, "not-subscribed", "fremd@weit.example", false},
	{"nobody at all", PLAIN, "Subject: ab\n", UNKNOWN, NULL, NULL, false},
	{"a From without address", PLAIN, "From: Eva\n", UNKNOWN, NULL, NULL, false},
	{"two authors", PLAIN, "From: eva@stadt.example, bob@stadt.example\n" PASS("stadt.example"), UNKNOWN, NULL, NULL, false},
	{"two From", PLAIN, EVA EVA PASS("stadt.example"), UNKNOWN, NULL, NULL, false},

	{"the person, not verified", PLAIN, EVA, "asked", "confirm", MAIN, false},
	{"the other address, not verified", PLAIN, EVA_TOO, "asked", "confirm", MAIN, false},
	{"verified by somebody else", PLAIN, EVA FAKE, "asked", "confirm", MAIN, false},
	{"verified for another domain", PLAIN, EVA PASS("weit.example"), "asked", "confirm", MAIN, false},
	{"the person, verified", PLAIN, EVA PASS("stadt.example"), "left", "left", MAIN, true},
	{"the other address, verified", PLAIN, EVA_TOO PASS("firma.example"), "left", "left", MAIN, true},

	{"the token and the person", TOKEN_LEAVE, EVA, "left", "left", MAIN, true},
	{"the token and the other address", TOKEN_LEAVE, EVA_TOO, "left", "left", MAIN, true},
	{"the token and a stranger", TOKEN_LEAVE, STRANGER, "asked", "confirm", MAIN, false},
	{"the token and another member, verified", TOKEN_LEAVE, BOB PASS("stadt.example"), "asked", "confirm", MAIN, false},
	{"the token and nobody", TOKEN_LEAVE, "Subject: ab\n", "asked", "confirm", MAIN, false},
	{"the token and two authors", TOKEN_LEAVE, "From: eva@stadt.example, bob@stadt.example\n", "asked", "confirm", MAIN, false},

	{"confirmed by the person", TOKEN_CONFIRM, EVA, "left", "left", MAIN, true},
	{"confirmed from anywhere", TOKEN_CONFIRM, STRANGER, "left", "left", MAIN, true},
	{"confirmed from nowhere", TOKEN_CONFIRM, "Subject: ab\n", "left", "left", MAIN, true},
    /* clang-format on */
};

/* Of a group: "left", "confirm-leave"; of the digest: "left-digest", "confirm-digest". */
static char *letter_name(const char *letter, bool digest)
{
	if (!letter || g_str_equal(letter, "not-subscribed"))
		return g_strdup(letter);
	if (g_str_equal(letter, "left"))
		return g_strdup(digest ? "left-digest" : "left");
	return g_strdup(digest ? "confirm-digest" : "confirm-leave");
}

static void check_wish(size_t row, bool digest)
{
	struct scene scene;
	g_autofree char *address = NULL;
	g_autofree char *letter = letter_name(wishes[row].letter, digest);

	scene_open(&scene);
	address = address_of(&scene, digest ? NULL : scene.rat, wishes[row].kind);
	assert_string_equal(run(&scene, address, wishes[row].head, false), wishes[row].done);
	check_letter(&scene, letter, wishes[row].to);
	assert_int_equal(takes(&scene, scene.rat, MODE_EACH), digest || !wishes[row].left);
	assert_int_equal(takes(&scene, scene.bau, MODE_DIGEST), !digest || !wishes[row].left);
	if (digest && wishes[row].left)
		assert_true(takes(&scene, scene.bau, MODE_NONE));
	assert_int_equal(
	    sample_count(scene.sample, "SELECT count(*) FROM audit"), wishes[row].left);
	scene_close(&scene);
}

static void leaving(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(wishes); i++) {
		print_message("# %s\n", wishes[i].name);
		check_wish(i, false);
		check_wish(i, true);
	}
}

/* RFC 3834 section 2: no answer to what comes from the empty sender. */
static void null_sender(void **state)
{
	static const enum token_kind kinds[] = {PLAIN, TOKEN_LEAVE, TOKEN_CONFIRM};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct scene scene;
		g_autofree char *address = NULL;

		scene_open(&scene);
		address = address_of(&scene, scene.rat, kinds[i]);
		assert_string_equal(run(&scene, address, EVA PASS("stadt.example"), true), AUTO);
		check_letter(&scene, NULL, NULL);
		assert_true(takes(&scene, scene.rat, MODE_EACH));
		scene_close(&scene);
	}
}

/* A mere word in the subject: nothing is done, nobody is answered, and the operator reads of it. */
static void perhaps_a_machine(void **state)
{
	static const enum token_kind kinds[] = {PLAIN, TOKEN_LEAVE, TOKEN_CONFIRM};
	const char *head = EVA PASS("stadt.example") "Subject: Urlaub bis =?utf-8?Q?12.8.=01?=\n";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		struct scene scene;
		g_autofree char *address = NULL;
		g_autoptr(GPtrArray) notices = NULL;
		const struct notice *notice;

		scene_open(&scene);
		address = address_of(&scene, scene.rat, kinds[i]);
		assert_string_equal(run(&scene, address, head, false), "perhaps from a machine");
		check_letter(&scene, NULL, NULL);
		assert_true(takes(&scene, scene.rat, MODE_EACH));
		notices = notice_list(scene.sample->store, 2, NULL);
		assert_int_equal(notices->len, 1);
		notice = notices->pdata[0];
		assert_string_equal(notice->text,
		    "a wish to leave from wer@auch.example, left alone: its subject looks like an "
		    "automatic answer: Urlaub bis 12.8.");
		scene_close(&scene);
	}
}

/* Where no mail server is trusted, a From proves nothing. */
static void nobody_vouches(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	g_strfreev(scene.sample->settings->trusted_authserv);
	scene.sample->settings->trusted_authserv = g_new0(char *, 1);
	assert_string_equal(
	    run(&scene, "rat-ab@" SAMPLE_DOMAIN, EVA PASS("stadt.example"), false), "asked");
	assert_string_equal(
	    run(&scene, "rat-ab@" SAMPLE_DOMAIN, STRANGER PASS("weit.example"), false), UNKNOWN);
	check_letter(&scene, "confirm-leave", MAIN);
	scene_close(&scene);
}

/* An answer to the letter that asks is what the letter says it is. */
static void answer_confirms(void **state)
{
	static const bool digests[] = {false, true};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(digests); i++) {
		struct scene scene;
		struct delivery *letter;
		g_autofree char *address = NULL;
		g_autofree char *reply_to = NULL;

		scene_open(&scene);
		address = address_of(&scene, digests[i] ? NULL : scene.rat, PLAIN);
		assert_string_equal(run(&scene, address, EVA, false), "asked");
		letter = only_letter(&scene);
		reply_to = field_of(letter, "Reply-To");
		delivery_free(letter);
		assert_string_equal(run(&scene, reply_to, STRANGER, false), "left");
		assert_int_equal(takes(&scene, scene.rat, MODE_EACH), digests[i]);
		assert_int_equal(takes(&scene, scene.bau, MODE_DIGEST), !digests[i]);
		assert_string_equal(run(&scene, reply_to, STRANGER, false), "not subscribed");
		scene_close(&scene);
	}
}

/* Who isn't in the group is told so; who has no digest has had an answer. */
static void not_there(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	assert_string_equal(
	    run(&scene, "ueberblick-ab@" SAMPLE_DOMAIN, BOB PASS("stadt.example"), false),
	    "not subscribed");
	check_letter(&scene, NULL, NULL);
	assert_string_equal(run(&scene, "rat-ab@" SAMPLE_DOMAIN, BOB PASS("stadt.example"), false),
	    "not subscribed");
	check_letter(&scene, "not-subscribed", "bob@stadt.example");
	assert_int_equal(sample_count(scene.sample, "SELECT count(*) FROM audit"), 0);
	scene_close(&scene);
}

/* A token outlives the person. */
static void person_gone(void **state)
{
	static const enum token_kind kinds[] = {TOKEN_LEAVE, TOKEN_CONFIRM};
	struct scene scene;

	(void)state;
	scene_open(&scene);
	sample_begin(scene.sample);
	assert_true(person_erase(scene.sample->store, scene.eva, NULL));
	sample_commit(scene.sample);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		g_autofree char *address = address_of(&scene, scene.rat, kinds[i]);

		assert_string_equal(
		    run(&scene, address, EVA PASS("stadt.example"), false), UNKNOWN);
	}
	check_letter(&scene, NULL, NULL);
	scene_close(&scene);
}

/* -- once a day -- */

static void days_pass(struct scene *scene, int64_t seconds)
{
	assert_true(db_run(store_db(scene->sample->store), NULL,
	    "UPDATE delivery SET made = made - ?1", db_i(seconds)));
}

static void once_a_day(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(run(&scene, "rat-ab@" SAMPLE_DOMAIN, EVA, false), "asked");
	assert_int_equal(count_letters(&scene), 1);
	days_pass(&scene, DAY - 60);
	assert_string_equal(run(&scene, "rat-ab@" SAMPLE_DOMAIN, EVA, false), "asked");
	assert_int_equal(count_letters(&scene), 1);
	days_pass(&scene, 61);
	assert_string_equal(run(&scene, "rat-ab@" SAMPLE_DOMAIN, EVA, false), "asked");
	assert_int_equal(count_letters(&scene), 2);
	/* A stranger who is vouched for is answered once a day as well. */
	for (unsigned i = 0; i < 2; i++)
		run(&scene, "rat-ab@" SAMPLE_DOMAIN, STRANGER PASS("weit.example"), false);
	assert_int_equal(count_letters(&scene), 3);
	scene_close(&scene);
}

/* Who leaves two groups on one day is asked for both, and told of both. */
static void once_for_each_group(void **state)
{
	static const char *const heads[] = {EVA, EVA PASS("stadt.example")};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		struct scene scene;

		scene_open(&scene);
		run(&scene, "rat-ab@" SAMPLE_DOMAIN, heads[i], false);
		run(&scene, "bau-ab@" SAMPLE_DOMAIN, heads[i], false);
		assert_int_equal(count_letters(&scene), 2);
		assert_int_equal(takes(&scene, scene.bau, MODE_DIGEST), i == 0);
		scene_close(&scene);
	}
}

/* Who has left, come back and left again is told that it was done. */
static void told_each_time(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene);
	for (int64_t i = 1; i <= 2; i++) {
		assert_string_equal(
		    run(&scene, "rat-ab@" SAMPLE_DOMAIN, EVA PASS("stadt.example"), false), "left");
		assert_int_equal(count_letters(&scene), i);
		subscribe(&scene, scene.eva, scene.rat, MODE_EACH);
	}
	scene_close(&scene);
}

/* -- in whose language -- */

static void language(void **state)
{
	struct scene scene;
	g_autofree char *address = NULL;
	g_autoptr(GPtrArray) letters = NULL;
	static const char *const subjects[] = {"You have left Der Rat",
	    "Sie haben Der Rat verlassen", "Ihre Adresse steht nicht auf der Liste Der Rat"};

	(void)state;
	scene_open(&scene);
	subscribe(&scene, scene.bob, scene.rat, MODE_EACH);
	assert_int_equal(scene.sample->settings->language, LANG_DE);
	run(&scene, "rat-ab@" SAMPLE_DOMAIN, EVA PASS("stadt.example"), false);
	run(&scene, "rat-ab@" SAMPLE_DOMAIN, BOB PASS("stadt.example"), false);
	run(&scene, "rat-ab@" SAMPLE_DOMAIN, STRANGER PASS("weit.example"), false);
	letters = delivery_waiting(scene.sample->store, 10, NULL);
	assert_int_equal(letters->len, G_N_ELEMENTS(subjects));
	for (guint i = 0; i < letters->len; i++) {
		struct delivery *letter = delivery_find(
		    scene.sample->store, ((const struct delivery *)letters->pdata[i])->id, NULL);
		g_autofree char *subject = field_of(letter, "Subject");

		assert_string_equal(subject, subjects[i]);
		delivery_free(letter);
	}
	scene_close(&scene);
}

/* -- reports -- */

#define REPORT(action, text)                                                                  \
	"From: MAILER-DAEMON@mx.example\nMIME-Version: 1.0\nContent-Type: multipart/report; " \
	"report-type=delivery-status; boundary=b\n\n--b\n\nLeider.\n--b\n"                    \
	"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"         \
	"Final-Recipient: rfc822; eva@stadt.example\nAction: " action "\nStatus: 5.1.1\n"     \
	"Diagnostic-Code: smtp; " text "\n\n--b--\n"

/* A letter to Eva, and the address for reports about it. */
static int64_t add_letter(struct scene *scene, char **address)
{
	g_autofree char *to = g_strdup(MAIN);
	g_autofree char *kind = g_strdup("left");
	g_autoptr(GBytes) head = g_bytes_new_static("To: x\r\n", 7);
	const struct delivery delivery = {.kind = DELIVERY_LETTER,
	    .person = scene->eva,
	    .address = to,
	    .letter = kind,
	    .head = head};
	g_autofree char *token = NULL;
	int64_t id;

	sample_begin(scene->sample);
	id = delivery_add(scene->sample->store, &delivery, NULL);
	sample_commit(scene->sample);
	assert_true(id > 0);
	token = token_make(store_key(scene->sample->store), TOKEN_BOUNCE, &id, 1);
	*address = g_strconcat("bounce+", token, "@" SAMPLE_DOMAIN, NULL);
	return id;
}

static void reports(void **state)
{
	struct scene scene;
	g_autofree char *address = NULL;
	g_autoptr(GPtrArray) list = NULL;
	const struct delivery_report *report;
	int64_t id;

	(void)state;
	scene_open(&scene);
	id = add_letter(&scene, &address);
	assert_string_equal(run(&scene, address, REPORT("failed", "550 weg"), true), "report");
	assert_string_equal(run(&scene, address, REPORT("failed", "550 weg"), true), "report");
	assert_string_equal(run(&scene, address, REPORT("delayed", "451 voll"), true), "report");
	assert_string_equal(
	    run(&scene, address, EVA MACHINE "Subject: Bin im Urlaub\n", false), "answer");
	list = delivery_reports(scene.sample->store, id, NULL);
	assert_int_equal(list->len, 3); /* the same one is kept once */
	report = list->pdata[0];
	assert_string_equal(report->action, "failed");
	assert_string_equal(report->status, "5.1.1");
	assert_string_equal(report->text, "550 weg");
	assert_int_equal(report->at, SAMPLE_ARRIVED);
	report = list->pdata[1];
	assert_string_equal(report->action, "delayed");
	report = list->pdata[2];
	assert_string_equal(report->action, "");
	assert_string_equal(report->text, "Bin im Urlaub");
	/* Nobody gets a letter for it, and nothing else follows. */
	assert_int_equal(count_letters(&scene), 1);
	assert_true(takes(&scene, scene.rat, MODE_EACH));
	scene_close(&scene);
}

static void report_of_the_forgotten(void **state)
{
	struct scene scene;
	g_autofree char *address = NULL;

	(void)state;
	scene_open(&scene);
	add_letter(&scene, &address);
	assert_true(db_exec(store_db(scene.sample->store), "DELETE FROM delivery", NULL));
	assert_string_equal(
	    run(&scene, address, REPORT("failed", "550 weg"), true), "its delivery is forgotten");
	assert_int_equal(sample_count(scene.sample, "SELECT count(*) FROM bounce"), 0);
	scene_close(&scene);
}

/* -- when the store fails -- */

static void store_fails(void **state)
{
	static const char *const tables[] = {"address", "subscription", "delivery", "audit"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
		struct scene scene;
		static const char mail[] = "From: eva@stadt.example\r\n\r\n";
		const struct submission submission = {
		    .bytes = mail, .size = strlen(mail), .sender = "", .arrived = SAMPLE_ARRIVED};
		g_autofree char *sql = g_strdup_printf("ALTER TABLE %s RENAME TO away", tables[i]);
		g_autoptr(GError) error = NULL;
		const char *done;
		struct target target = {.kind = TARGET_LEAVE};

		scene_open(&scene);
		target.group = scene.rat;
		target.person = scene.eva;
		target.confirmed = true;
		assert_true(
		    db_exec(store_db(scene.sample->store), "PRAGMA legacy_alter_table = 1", NULL));
		assert_true(db_exec(store_db(scene.sample->store), sql, NULL));
		sample_begin(scene.sample);
		assert_false(errand_run(scene.sample->store, scene.sample->settings, &submission,
		    &target, &done, &error));
		assert_non_null(error);
		store_rollback(scene.sample->store);
		scene_close(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leaving),
	    cmocka_unit_test(null_sender),
	    cmocka_unit_test(perhaps_a_machine),
	    cmocka_unit_test(nobody_vouches),
	    cmocka_unit_test(answer_confirms),
	    cmocka_unit_test(not_there),
	    cmocka_unit_test(person_gone),
	    cmocka_unit_test(once_a_day),
	    cmocka_unit_test(once_for_each_group),
	    cmocka_unit_test(told_each_time),
	    cmocka_unit_test(language),
	    cmocka_unit_test(reports),
	    cmocka_unit_test(report_of_the_forgotten),
	    cmocka_unit_test(store_fails),
	};

	lang_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/errand", tests, NULL, NULL);
}
