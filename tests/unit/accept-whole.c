/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What newsreaders post, which goes to all of its groups or to none; and what no person wrote.
 */
#include "config.h"

#include "accept/accept.h"

#include "store-sample.h"

#include "accept/held.h"
#include "accept/withdraw.h"
#include "base/clock.h"
#include "db/db.h"
#include "store/held.h"
#include "store/person.h"

#define ANNA "From: Anna Muster <anna@stadt.example>\n"
#define FIRST "Message-ID: <1@x>\nDate: Mon, 23 Nov 2026 08:00:00 +0000\nSubject: a\n"

/* A group of each policy, and Anna, who may post as a member and has a second address. */
struct scene {
	struct sample *sample;
	struct group *open;
	struct group *members;
	struct group *moderated;
	struct group *closed;
	int64_t anna;
};

static int scene_open(void **state)
{
	struct scene *scene = g_new0(struct scene, 1);
	struct sample *sample = sample_new(NULL);

	scene->sample = sample;
	scene->open = sample_group_of(sample, "offen", POST_OPEN);
	scene->members = sample_group_of(sample, "verein", POST_MEMBERS);
	scene->moderated = sample_group_of(sample, "rat", POST_MODERATED);
	scene->closed = sample_group_of(sample, "amt", POST_CLOSED);
	sample_begin(sample);
	scene->anna = person_need(sample->store, "anna@stadt.example", LANG_DE, NULL);
	assert_true(db_run(store_db(sample->store), NULL,
	    "INSERT INTO address (address, person, confirmed) VALUES (?1, ?2, ?3)",
	    db_t("anna@firma.example"), db_i(scene->anna), db_i(clock_now() + 60)));
	assert_true(person_grant(sample->store, scene->anna, scene->members->id, RIGHT_POST, NULL));
	sample_commit(sample);
	*state = scene;
	return 0;
}

static int scene_close(void **state)
{
	struct scene *scene = *state;

	sample_free(scene->sample);
	g_free(scene);
	return 0;
}

#define scene_test(function) cmocka_unit_test_setup_teardown(function, scene_open, scene_close)

/* -- handing in -- */

/* A post by news: with `person` logged in (0: nobody), for all of the groups (NULL ends them). */
static struct outcome post(
    struct scene *scene, int64_t person, const char *head, struct group **groups)
{
	g_autofree char *mail = sample_mail(head);
	struct submission submission = {
	    .bytes = mail,
	    .size = strlen(mail),
	    .sender = "",
	    .via = VIA_NEWS,
	    .person = person,
	    .whole = true,
	    .groups = groups,
	    .arrived = SAMPLE_ARRIVED,
	};
	struct outcome outcome;
	g_autoptr(GError) error = NULL;

	while (groups[submission.n_groups])
		submission.n_groups++;
	sample_begin(scene->sample);
	if (!accept_message(
		scene->sample->store, scene->sample->settings, &submission, &outcome, &error))
		fail_msg("%s", error->message);
	sample_commit(scene->sample);
	return outcome;
}

/* The outcome has these verdicts; it is cleared. */
static void expect(struct outcome outcome, const enum verdict *verdicts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const bool there =
		    verdicts[i] == VERDICT_PLACED || verdicts[i] == VERDICT_DUPLICATE;

		assert_int_equal(outcome.verdicts[i], verdicts[i]);
		assert_int_equal(outcome.numbers[i] > 0, there);
	}
	outcome_clear(&outcome);
}

#define EXPECT(outcome, ...)                                 \
	expect(outcome, (const enum verdict[]){__VA_ARGS__}, \
	    sizeof((const enum verdict[]){__VA_ARGS__}) / sizeof(enum verdict))

#define COUNT(scene, table) sample_count((scene)->sample, "SELECT count(*) FROM " table)

/* The id of what is held in the group. */
static int64_t held_in(struct scene *scene, const struct group *group, const char *reason)
{
	g_autoptr(GPtrArray) list = held_list(scene->sample->store, NULL);

	for (guint i = 0; i < list->len; i++) {
		const struct held *held = list->pdata[i];

		if (held->group != group->id)
			continue;
		assert_string_equal(held->reason, reason);
		assert_int_equal(held->via, VIA_NEWS);
		return held->id;
	}
	fail_msg("nothing is held in %s", group->name);
	return 0;
}

static struct outcome approve(struct scene *scene, int64_t id)
{
	struct sample *sample = scene->sample;
	struct outcome outcome;
	g_autoptr(GError) error = NULL;

	sample_begin(sample);
	if (!held_approve(sample->store, sample->settings, id, "eva", &outcome, &error))
		fail_msg("%s", error->message);
	sample_commit(sample);
	return outcome;
}

#define MODERATED "the group is moderated"
#define NO_MEMBER "the author is not a member of the group"
#define UNVERIFIED "the author could not be verified"
#define CLOSED "only moderators post in this group"

/* -- one holds it for all -- */

static void test_placed_in_all(void **state)
{
	struct scene *scene = *state;
	struct group *both[] = {scene->open, scene->members, NULL};
	struct outcome outcome = post(scene, scene->anna, FIRST, both);

	assert_string_equal(outcome.msgid, "<1@x>");
	assert_null(outcome.reason);
	EXPECT(outcome, VERDICT_PLACED, VERDICT_PLACED);
	assert_int_equal(COUNT(scene, "placement"), 2);
	assert_int_equal(sample_count(scene->sample, "SELECT via FROM article"), VIA_NEWS);
	assert_int_equal(sample_count(scene->sample, "SELECT verified FROM article"), 1);
	sample_verify(scene->sample);
}

static void test_held_for_both(void **state)
{
	struct scene *scene = *state;
	struct group *orders[][3] = {
	    {scene->open, scene->moderated, NULL}, {scene->moderated, scene->open, NULL}};
	static const char *const heads[] = {FIRST, "Message-ID: <2@x>\nSubject: b\n"};

	for (size_t i = 0; i < G_N_ELEMENTS(orders); i++) {
		struct outcome outcome = post(scene, 0, heads[i], orders[i]);
		int64_t id = held_in(scene, scene->moderated, MODERATED);
		GArray *along;

		assert_string_equal(outcome.reason, MODERATED);
		assert_null(outcome.msgid);
		assert_int_equal(outcome.article, 0);
		EXPECT(outcome, VERDICT_HELD, VERDICT_HELD);
		assert_int_equal(COUNT(scene, "held"), 1); /* it waits where it was held */
		assert_int_equal(COUNT(scene, "placement"), 2 * (int64_t)i);
		along = held_along(scene->sample->store, id, NULL);
		assert_int_equal(along->len, 1);
		assert_int_equal(g_array_index(along, int64_t, 0), scene->open->id);
		g_array_unref(along);
		EXPECT(approve(scene, id), VERDICT_PLACED, VERDICT_PLACED);
		assert_int_equal(COUNT(scene, "placement"), 2 * (int64_t)i + 2);
		assert_int_equal(COUNT(scene, "held"), 0);
		assert_int_equal(COUNT(scene, "held_along"), 0);
	}
	sample_verify(scene->sample);
}

/* The same once more waits once, and goes to both once. */
static void test_held_again(void **state)
{
	struct scene *scene = *state;
	struct group *both[] = {scene->open, scene->moderated, NULL};

	for (unsigned i = 0; i < 2; i++)
		EXPECT(post(scene, 0, FIRST, both), VERDICT_HELD, VERDICT_HELD);
	assert_int_equal(COUNT(scene, "held"), 1);
	assert_int_equal(COUNT(scene, "held_along"), 1);
	EXPECT(approve(scene, held_in(scene, scene->moderated, MODERATED)), VERDICT_PLACED,
	    VERDICT_PLACED);
	EXPECT(post(scene, 0, FIRST, both), VERDICT_DUPLICATE, VERDICT_DUPLICATE);
}

/* Each moderator is told why it waits with him. */
static void test_two_hold_it(void **state)
{
	struct scene *scene = *state;
	struct group *all[] = {scene->moderated, scene->open, scene->members, NULL};
	struct outcome outcome = post(scene, 0, FIRST "From: fremd@weit.example\n", all);
	int64_t rat;
	int64_t verein;

	assert_string_equal(outcome.reason, MODERATED); /* of the first that holds it */
	EXPECT(outcome, VERDICT_HELD, VERDICT_HELD, VERDICT_HELD);
	rat = held_in(scene, scene->moderated, MODERATED);
	verein = held_in(scene, scene->members, NO_MEMBER);
	EXPECT(approve(scene, verein), VERDICT_PLACED);
	EXPECT(approve(scene, rat), VERDICT_PLACED, VERDICT_PLACED);
	assert_int_equal(COUNT(scene, "placement"), 3);
	assert_int_equal(COUNT(scene, "article"), 1);
	sample_verify(scene->sample);
}

/* What comes by mail is held by each group for itself, each for its own reason. */
static void test_mail_is_held_apart(void **state)
{
	struct scene *scene = *state;
	struct group *all[] = {scene->moderated, scene->members, scene->open};
	struct outcome outcome =
	    sample_accept(scene->sample, FIRST "From: fremd@weit.example\n", all, 3);
	g_autoptr(GPtrArray) list = NULL;

	EXPECT(outcome, VERDICT_HELD, VERDICT_HELD, VERDICT_PLACED);
	list = held_list(scene->sample->store, NULL);
	assert_int_equal(list->len, 2);
	assert_string_equal(((struct held *)list->pdata[0])->reason, MODERATED);
	assert_string_equal(((struct held *)list->pdata[1])->reason, NO_MEMBER);
}

static void test_reject(void **state)
{
	struct scene *scene = *state;
	struct group *both[] = {scene->open, scene->moderated, NULL};

	EXPECT(post(scene, 0, FIRST, both), VERDICT_HELD, VERDICT_HELD);
	sample_begin(scene->sample);
	assert_true(held_reject(
	    scene->sample->store, held_in(scene, scene->moderated, MODERATED), "eva", NULL));
	sample_commit(scene->sample);
	assert_int_equal(COUNT(scene, "held"), 0);
	assert_int_equal(COUNT(scene, "held_along"), 0);
	assert_int_equal(COUNT(scene, "placement"), 0);
}

/* A group that waited with it is gone: the others get it. */
static void test_along_is_gone(void **state)
{
	struct scene *scene = *state;
	struct group *both[] = {scene->open, scene->moderated, NULL};

	EXPECT(post(scene, 0, FIRST, both), VERDICT_HELD, VERDICT_HELD);
	sample_begin(scene->sample);
	assert_true(group_remove(scene->sample->store, scene->open->id, NULL));
	sample_commit(scene->sample);
	EXPECT(approve(scene, held_in(scene, scene->moderated, MODERATED)), VERDICT_PLACED);
	assert_int_equal(COUNT(scene, "placement"), 1);
}

/* Where it stands already it neither waits nor is placed again. */
static void test_known_in_one(void **state)
{
	struct scene *scene = *state;
	struct group *first[] = {scene->open, NULL};
	struct group *both[] = {scene->open, scene->moderated, NULL};
	struct outcome outcome;

	EXPECT(post(scene, 0, FIRST, first), VERDICT_PLACED);
	outcome = post(scene, 0, FIRST, both);
	assert_string_equal(outcome.msgid, "<1@x>");
	assert_int_equal(outcome.numbers[0], 1);
	EXPECT(outcome, VERDICT_DUPLICATE, VERDICT_HELD);
	assert_int_equal(COUNT(scene, "held_along"), 0);
	EXPECT(approve(scene, held_in(scene, scene->moderated, MODERATED)), VERDICT_PLACED);
	assert_int_equal(COUNT(scene, "placement"), 2);
	sample_verify(scene->sample);
}

static void test_moderator(void **state)
{
	struct scene *scene = *state;
	struct group *all[] = {scene->closed, scene->moderated, scene->open, NULL};

	sample_begin(scene->sample);
	assert_true(person_grant(
	    scene->sample->store, scene->anna, scene->moderated->id, RIGHT_MODERATE, NULL));
	assert_true(person_grant(
	    scene->sample->store, scene->anna, scene->closed->id, RIGHT_MODERATE, NULL));
	sample_commit(scene->sample);
	EXPECT(
	    post(scene, scene->anna, FIRST, all), VERDICT_PLACED, VERDICT_PLACED, VERDICT_PLACED);
	assert_int_equal(COUNT(scene, "held"), 0);
}

/* -- refused -- */

/* A newsreader is told at once, and why, whichever other group would hold it. */
static void test_closed(void **state)
{
	struct scene *scene = *state;
	struct group *rows[][4] = {
	    {scene->closed, NULL},
	    {scene->open, scene->closed, NULL},
	    {scene->closed, scene->moderated, scene->open, NULL},
	    {scene->moderated, scene->closed, scene->members, NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct outcome outcome = post(scene, scene->anna, FIRST, rows[i]);

		print_message("# %zu\n", i);
		assert_string_equal(outcome.reason, CLOSED);
		assert_null(outcome.msgid);
		for (size_t k = 0; rows[i][k]; k++)
			assert_int_equal(outcome.verdicts[k], VERDICT_REFUSED);
		outcome_clear(&outcome);
	}
	assert_int_equal(COUNT(scene, "held"), 0);
	assert_int_equal(COUNT(scene, "article"), 0);
}

/* Nor does it name an article that is refused, though it stands in one of the groups. */
static void test_closed_and_known(void **state)
{
	struct scene *scene = *state;
	struct group *first[] = {scene->open, NULL};
	struct group *both[] = {scene->open, scene->closed, NULL};
	struct outcome outcome;

	EXPECT(post(scene, 0, FIRST, first), VERDICT_PLACED);
	outcome = post(scene, 0, FIRST, both);
	assert_null(outcome.msgid);
	assert_int_equal(outcome.article, 0);
	EXPECT(outcome, VERDICT_REFUSED, VERDICT_REFUSED);
	assert_int_equal(COUNT(scene, "placement"), 1);
}

/* RFC 5537 section 3.5: an id belongs to one article; a newsreader can choose another. */
static void test_known_id(void **state)
{
	struct scene *scene = *state;
	struct group *groups[] = {scene->open, scene->moderated, NULL};
	struct group *first[] = {scene->open, NULL};
	struct outcome outcome;

	EXPECT(post(scene, 0, FIRST, first), VERDICT_PLACED);
	outcome = post(scene, 0, "Message-ID: <1@x>\nSubject: anders\nDate: heute\n", groups);
	assert_string_equal(outcome.reason, "another article has this Message-ID");
	assert_null(outcome.msgid);
	EXPECT(outcome, VERDICT_REFUSED, VERDICT_REFUSED);
	assert_int_equal(COUNT(scene, "article"), 1);
	assert_int_equal(COUNT(scene, "held"), 0);
	EXPECT(post(scene, 0, FIRST, first), VERDICT_DUPLICATE);
}

static void test_withdrawn(void **state)
{
	struct scene *scene = *state;
	struct group *groups[] = {scene->open, NULL};
	struct outcome outcome;

	EXPECT(post(scene, 0, FIRST, groups), VERDICT_PLACED);
	sample_begin(scene->sample);
	assert_true(withdraw_article(scene->sample->store, "<1@x>", "eva", NULL));
	sample_commit(scene->sample);
	outcome = post(scene, 0, FIRST, groups);
	assert_string_equal(outcome.reason, "this article has been withdrawn");
	EXPECT(outcome, VERDICT_REFUSED);
}

/* Its id was taken by another while it waited: the moderator learns why it can't be let in. */
static void test_id_taken_meanwhile(void **state)
{
	struct scene *scene = *state;
	struct group *rat[] = {scene->moderated, NULL};
	struct group *offen[] = {scene->open, NULL};
	struct outcome outcome;

	EXPECT(post(scene, 0, FIRST, rat), VERDICT_HELD);
	EXPECT(post(scene, 0, "Message-ID: <1@x>\nSubject: anders\nDate: heute\n", offen),
	    VERDICT_PLACED);
	outcome = approve(scene, held_in(scene, scene->moderated, MODERATED));
	assert_string_equal(outcome.reason, "another article has this Message-ID");
	EXPECT(outcome, VERDICT_REFUSED);
	assert_int_equal(COUNT(scene, "article"), 1);
}

/* -- who is logged in -- */

static const struct {
	const char *name;
	bool logged_in;
	const char *from;
	const char *reason; /* in a group of members; NULL: placed; DENIED: refused; else held */
} authors[] = {
/* clang-format off */
#define DENIED "From is not an address of who is logged in"
	{"a member who is logged in", true, ANNA, NULL},
	{"by the second address, any case", true, "From: ANNA@Firma.example\n", NULL},
	{"a foreign address", true, "From: bob@stadt.example\n", DENIED},
	{"an own address and a foreign one", true, "From: anna@stadt.example, bob@stadt.example\n", DENIED},
	{"two From", true, ANNA ANNA, DENIED},
	{"a member who is not logged in", false, ANNA, UNVERIFIED},
	{"no member", false, "From: fremd@weit.example\n", NO_MEMBER},
	{"Authentication-Results count for nothing", false, ANNA
		"Authentication-Results: mx.example; dmarc=pass header.from=stadt.example\n", UNVERIFIED},
	{"no author", false, "From: Anna\n", "the message names no author"},
	{"no author, logged in", true, "From: Anna\n", "the message names no author"},
    /* clang-format on */
};

static void test_authors(void **state)
{
	struct scene *scene = *state;
	char trusted[] = "mx.example";
	char *list[] = {trusted, NULL};
	char **before = scene->sample->settings->trusted_authserv;
	struct group *groups[] = {scene->members, NULL};

	scene->sample->settings->trusted_authserv = list;
	for (size_t i = 0; i < G_N_ELEMENTS(authors); i++) {
		g_autofree char *head =
		    g_strdup_printf("%sMessage-ID: <%zu@x>\nSubject: a\n", authors[i].from, i);
		const int64_t person = authors[i].logged_in ? scene->anna : 0;
		const bool denied = g_strcmp0(authors[i].reason, DENIED) == 0;
		struct outcome outcome = post(scene, person, head, groups);

		print_message("# %s\n", authors[i].name);
		assert_int_equal(outcome.verdicts[0], !authors[i].reason ? VERDICT_PLACED
						      : denied		 ? VERDICT_REFUSED
									 : VERDICT_HELD);
		if (authors[i].reason)
			assert_string_equal(outcome.reason, authors[i].reason);
		outcome_clear(&outcome);
	}
	scene->sample->settings->trusted_authserv = before;
	assert_int_equal(COUNT(scene, "article"), 2);
}

/* -- what no person wrote -- */

#define AUTO "Auto-Submitted: auto-generated\n"
#define OWN_LIST "List-Id: Offen <offen." SAMPLE_DOMAIN ">\n"
#define A_MACHINE "a machine wrote it (Auto-Submitted)"
#define NO_SENDER "it has no sender: a report or an automatic answer"
#define A_WORD "its subject looks like an automatic answer"
#define BEEN_HERE "it has been through a list of ours already"

static const struct {
	const char *name;
	const char *head;
	enum via via;
	bool null_sender;
	bool approved;
	const char *reason; /* NULL: it is placed */
} machines[] = {
    /* clang-format off */
	{"a person", "", VIA_MAIL, false, false, NULL},
	{"a machine", AUTO, VIA_MAIL, false, false, A_MACHINE},
	{"the empty sender", "", VIA_MAIL, true, false, NO_SENDER},
	{"a report", "Content-Type: multipart/report\n", VIA_MAIL, false, false, "it is a report on a mail"},
	{"a word in the subject", "Subject: Abwesenheitsnotiz: a\n", VIA_MAIL, false, false, A_WORD},
	{"a word by news", "Subject: Abwesenheitsnotiz: a\n", VIA_NEWS, false, false, A_WORD},
	{"a person about that word", "Subject: AW: Abwesenheitsnotiz einrichten?\n", VIA_MAIL, false, false, NULL},
	{"a list of ours", OWN_LIST, VIA_MAIL, false, false, BEEN_HERE},
	{"another group's list", "List-Id: <amt." SAMPLE_DOMAIN ">\n", VIA_MAIL, false, false, BEEN_HERE},
	{"a foreign list", "List-Id: <offen.weit.example>\n", VIA_MAIL, false, false, NULL},
	{"a machine and a list of ours", AUTO OWN_LIST, VIA_MAIL, true, false, BEEN_HERE},
	{"a moderator answers for a machine", AUTO OWN_LIST, VIA_MAIL, true, true, NULL},
	{"import", AUTO OWN_LIST, VIA_IMPORT, true, false, NULL},
	{"a machine by news", AUTO, VIA_NEWS, false, false, A_MACHINE},
	{"news has no envelope", "", VIA_NEWS, false, false, NULL},
    /* clang-format on */
};

static void test_machines(void **state)
{
	struct scene *scene = *state;
	struct group *group = scene->open;

	for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
		g_autofree char *head =
		    g_strdup_printf("%sMessage-ID: <%zu@x>\nSubject: a\n", machines[i].head, i);
		g_autofree char *mail = sample_mail(head);
		const struct submission submission = {
		    .bytes = mail,
		    .size = strlen(mail),
		    .sender = machines[i].null_sender ? "" : "anna@stadt.example",
		    .null_sender = machines[i].null_sender,
		    .via = machines[i].via,
		    .approved = machines[i].approved,
		    .groups = &group,
		    .n_groups = 1,
		    .arrived = SAMPLE_ARRIVED,
		};
		struct outcome outcome;

		print_message("# %s\n", machines[i].name);
		sample_begin(scene->sample);
		assert_true(accept_message(
		    scene->sample->store, scene->sample->settings, &submission, &outcome, NULL));
		sample_commit(scene->sample);
		assert_int_equal(
		    outcome.verdicts[0], machines[i].reason ? VERDICT_HELD : VERDICT_PLACED);
		if (machines[i].reason)
			assert_string_equal(outcome.reason, machines[i].reason);
		else
			assert_null(outcome.reason);
		outcome_clear(&outcome);
	}
}

/* A group of a domain of its own knows the posts that it has sent itself. */
static void test_own_list_elsewhere(void **state)
{
	struct scene *scene = *state;
	struct group group = {.language = LANG_DE};
	struct group *at = &group;
	struct outcome outcome;

	group.name = g_strdup("bau");
	group.address = g_strdup("bau@stadt.example");
	group.title = g_strdup("");
	sample_begin(scene->sample);
	assert_true(group_add(scene->sample->store, &group, NULL));
	sample_commit(scene->sample);
	outcome =
	    sample_accept(scene->sample, FIRST "List-Id: Bauen <bau.stadt.example>\n", &at, 1);
	assert_string_equal(outcome.reason, BEEN_HERE);
	EXPECT(outcome, VERDICT_HELD);
	g_free(group.name);
	g_free(group.address);
	g_free(group.title);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    scene_test(test_placed_in_all),
	    scene_test(test_held_for_both),
	    scene_test(test_held_again),
	    scene_test(test_two_hold_it),
	    scene_test(test_mail_is_held_apart),
	    scene_test(test_reject),
	    scene_test(test_along_is_gone),
	    scene_test(test_known_in_one),
	    scene_test(test_moderator),
	    scene_test(test_closed),
	    scene_test(test_closed_and_known),
	    scene_test(test_known_id),
	    scene_test(test_withdrawn),
	    scene_test(test_id_taken_meanwhile),
	    scene_test(test_authors),
	    scene_test(test_machines),
	    scene_test(test_own_list_elsewhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/whole", tests, NULL, NULL);
}
