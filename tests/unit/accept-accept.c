/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/accept.h"

#include "store-sample.h"

#include "accept/held.h"
#include "accept/withdraw.h"
#include "article/serve.h"
#include "base/err.h"
#include "store/held.h"
#include "store/placement.h"
#include "store/wire.h"

/* -- ids -- */

#define FIRST "Message-ID: <1@x>\nDate: Mon, 23 Nov 2026 08:00:00 +0000\nSubject: a\n"

static void test_same_again(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct outcome first = sample_accept(sample, FIRST, &bau, 1);
	/* What hops add or take at the head and the end is not another article. */
	struct outcome again =
	    sample_accept(sample, "Received: from a\n" FIRST "X-Spam: no\n", &bau, 1);

	assert_int_equal(first.verdicts[0], VERDICT_PLACED);
	assert_int_equal(first.numbers[0], 1);
	assert_string_equal(first.msgid, "<1@x>");
	assert_null(first.reason);
	assert_int_equal(again.verdicts[0], VERDICT_DUPLICATE);
	assert_int_equal(again.numbers[0], 1);
	assert_int_equal(again.article, first.article);
	assert_string_equal(again.msgid, "<1@x>");
	assert_int_equal(sample_count(sample, "SELECT high FROM grp"), 1);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM article"), 1);
	outcome_clear(&first);
	outcome_clear(&again);
	sample_verify(sample);
}

/* Messages that can't have the id they bring: each gets one of ours, by which a repeat finds itself. */
static const struct {
	const char *name;
	const char *head;
	const char *original; /* what stands in X-Original-Message-ID; NULL: nothing */
	const char *alias;    /* NULL: none */
} own_ids[] = {
    /* clang-format off */
	{"the id of another article", "Message-ID: <1@x>\nDate: Mon, 23 Nov 2026 09:00:00 +0000\n", "<1@x>", NULL},
	{"no id", "Subject: ohne\n", NULL, NULL},
	{"another one without id", "Subject: auch ohne\n", NULL, NULL},
	{"an id that is none", "Message-ID: unsinn\nSubject: b\n", "unsinn", NULL},
	{"an id that news can't carry", "Message-ID: <a\xc3\xa4@x>\nSubject: c\n", "=?UTF-8?", "<a\xc3\xa4@x>"},
	{"an id of our domain", "Message-ID: <7@Listen.Example>\nSubject: d\n", "<7@Listen.Example>", "<7@Listen.Example>"},
	{"another one with that id", "Message-ID: <7@Listen.Example>\nSubject: e\nDate: Mon, 23 Nov 2026 07:00:00 +0000\n",
		"<7@Listen.Example>", NULL},
    /* clang-format on */
};

static void check_own_id(struct sample *sample, size_t i, struct group *bau, int64_t number)
{
	struct outcome made = sample_accept(sample, own_ids[i].head, &bau, 1);
	struct outcome again = sample_accept(sample, own_ids[i].head, &bau, 1);
	g_autofree char *fields = sample_fields(sample, made.msgid);

	print_message("# %s\n", own_ids[i].name);
	assert_int_equal(made.verdicts[0], VERDICT_PLACED);
	assert_int_equal(made.numbers[0], number);
	assert_true(g_str_has_suffix(made.msgid, "@" SAMPLE_DOMAIN ">"));
	assert_non_null(strstr(fields, made.msgid));
	if (own_ids[i].original) {
		g_autofree char *line =
		    g_strconcat("+X-Original-Message-ID: ", own_ids[i].original, NULL);

		assert_non_null(strstr(fields, line));
	} else {
		assert_null(strstr(fields, "X-Original-Message-ID"));
	}
	if (own_ids[i].alias)
		assert_int_equal(sample_id(sample, own_ids[i].alias), made.article);
	assert_int_equal(again.verdicts[0], VERDICT_DUPLICATE);
	assert_int_equal(again.article, made.article);
	outcome_clear(&made);
	outcome_clear(&again);
}

static void test_own_ids(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	assert_int_equal(sample_post(sample, bau, FIRST), VERDICT_PLACED);
	for (size_t i = 0; i < G_N_ELEMENTS(own_ids); i++)
		check_own_id(sample, i, bau, (int64_t)i + 2);
	/* The one that was first keeps its name, and is still itself. */
	assert_int_equal(sample_post(sample, bau, FIRST), VERDICT_DUPLICATE);
	assert_int_equal(sample_id(sample, "<1@x>"), 1);
	sample_verify(sample);
}

/* Another sender or subject makes another id where the message has none. */
static void test_own_id_of_sender(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	assert_int_equal(sample_post(sample, bau, "Subject: a\n"), VERDICT_PLACED);
	sample->sender = "bob@stadt.example";
	assert_int_equal(sample_post(sample, bau, "Subject: a\n"), VERDICT_PLACED);
	assert_int_equal(sample_post(sample, bau, "Subject: a\n"), VERDICT_DUPLICATE);
}

/* Our own doors may bring ids in our domain, and such an article may come back by mail. */
static void test_id_of_own_door(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");
	struct outcome outcome;

	sample->via = VIA_NEWS;
	outcome = sample_accept(sample, "Message-ID: <9@listen.example>\n", &bau, 1);
	assert_string_equal(outcome.msgid, "<9@listen.example>");
	outcome_clear(&outcome);
	sample->via = VIA_MAIL;
	outcome = sample_accept(sample, "Message-ID: <9@listen.example>\n", &rat, 1);
	assert_int_equal(outcome.verdicts[0], VERDICT_PLACED);
	assert_string_equal(outcome.msgid, "<9@listen.example>");
	outcome_clear(&outcome);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM article"), 1);
}

/* -- groups -- */

static void check_overview(struct sample *sample, const struct group *group, int64_t number,
    enum overview_column column, const char *wanted)
{
	g_autofree char *value = sample_overview(sample, group, number, column);

	assert_string_equal(value, wanted);
}

static void test_second_recipient(void **state)
{
	static const char both[] = SAMPLE_DOMAIN " bau:2 rat:1";
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");
	struct group *all[] = {rat, bau};
	struct outcome outcome;

	assert_int_equal(sample_post(sample, bau, "Message-ID: <0@x>\n"), VERDICT_PLACED);
	assert_int_equal(sample_post(sample, bau, FIRST), VERDICT_PLACED);
	check_overview(sample, bau, 2, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:2");
	outcome = sample_accept(sample, FIRST, all, 2);
	assert_int_equal(outcome.verdicts[0], VERDICT_PLACED);
	assert_int_equal(outcome.verdicts[1], VERDICT_DUPLICATE);
	assert_int_equal(outcome.numbers[0], 1);
	assert_int_equal(outcome.numbers[1], 2);
	check_overview(sample, bau, 2, OVERVIEW_XREF, both);
	check_overview(sample, rat, 1, OVERVIEW_XREF, both);
	outcome_clear(&outcome);
	outcome = sample_accept(sample, "Message-ID: <3@x>\n", all, 2);
	assert_int_equal(outcome.numbers[0], 2);
	assert_int_equal(outcome.numbers[1], 3);
	check_overview(sample, bau, 3, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:3 rat:2");
	check_overview(sample, rat, 2, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:3 rat:2");
	outcome_clear(&outcome);
	sample_verify(sample);
}

/* A line names its own and open groups only, whichever group came first. */
static void test_hidden_group(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *vorstand = sample_group(sample, "vorstand");

	vorstand->read_members = true;
	sample_group_update(sample, vorstand);
	for (int turn = 0; turn < 2; turn++) {
		const char *head = turn ? "Message-ID: <2@x>\n" : "Message-ID: <1@x>\n";

		assert_int_equal(sample_post(sample, turn ? bau : vorstand, head), VERDICT_PLACED);
		assert_int_equal(sample_post(sample, turn ? vorstand : bau, head), VERDICT_PLACED);
	}
	check_overview(sample, bau, 1, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:1");
	check_overview(sample, bau, 2, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:2");
	check_overview(sample, vorstand, 1, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:1 vorstand:1");
	check_overview(sample, vorstand, 2, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:2 vorstand:2");
}

/* What masks in one group masks in each line that names it. */
static void test_masked(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");
	g_autofree char *shown = NULL;
	g_autofree char *masked = NULL;
	g_autofree char *masked_too = NULL;

	rat->masked = true;
	sample_group_update(sample, rat);
	assert_int_equal(sample_post(sample, bau, FIRST), VERDICT_PLACED);
	shown = sample_overview(sample, bau, 1, OVERVIEW_FROM);
	assert_string_equal(shown, "Anna Muster <anna@stadt.example>");
	assert_int_equal(sample_post(sample, rat, FIRST), VERDICT_PLACED);
	masked = sample_overview(sample, rat, 1, OVERVIEW_FROM);
	masked_too = sample_overview(sample, bau, 1, OVERVIEW_FROM);
	assert_true(g_str_has_prefix(masked, "Anna Muster <p-"));
	assert_true(g_str_has_suffix(masked, "@" SAMPLE_DOMAIN ">"));
	assert_null(strstr(masked, "anna@"));
	assert_string_equal(masked_too, masked);
}

static bool is_group_address(const char *address, void *data)
{
	return g_str_equal(address, ((const struct group *)data)->address);
}

/* The size in the overview is that of the article as news serves it. */
static void check_bytes(struct sample *sample, struct group *group, int64_t number)
{
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autoptr(GString) head = g_string_new(NULL);
	g_autofree char *bytes = sample_overview(sample, group, number, OVERVIEW_BYTES);
	int64_t id = placement_article(sample->store, group->id, number, NULL);
	struct article *article = article_find_by_id(sample->store, id, NULL);
	struct serve_place at = {group->name, number};
	struct address_mask mask = {{0}, SAMPLE_DOMAIN, is_group_address, group};
	struct serve serve = {
	    SAMPLE_DOMAIN, article->fields, &at, 1, group->masked ? &mask : NULL, article->arrived};
	size_t body;

	memcpy(mask.key, store_key(sample->store), sizeof(mask.key));
	assert_true(wire_get(sample->store, id, wire, NULL));
	body = serve_head(head, (const char *)wire->data, wire->len, &serve);
	assert_int_equal(g_ascii_strtoll(bytes, NULL, 10), head->len + 2 + (wire->len - body));
	article_free(article);
}

static void test_bytes(void **state)
{
	struct sample *sample = *state;
	struct group *rat = sample_group(sample, "rat");
	struct group *bau = sample_group(sample, "bau");
	static const char *const heads[] = {
	    "Message-ID: <1@x>\nTo: rat@listen.example, bau@listen.example, c@x\nReceived: a\n b\n",
	    "Subject: \xfc\nDate: Unsinn\nReferences: <a@b>\n <c@d>\n",
	    "Message-ID: <3@x>\nDKIM-Signature: a\n",
	};

	rat->masked = true;
	sample_group_update(sample, rat);
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		assert_int_equal(sample_post(sample, rat, heads[i]), VERDICT_PLACED);
		check_bytes(sample, rat, (int64_t)i + 1);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
		g_autofree char *other = g_strconcat("X-Other: yes\nDate: x\n", heads[i], NULL);

		assert_int_equal(sample_post(sample, bau, other), VERDICT_PLACED);
		check_bytes(sample, bau, (int64_t)i + 1);
	}
}

/* -- what a message lacks -- */

static int count_of(const char *head, const char *line)
{
	int count = 0;

	for (const char *at = head; (at = strstr(at, line)) != NULL; at++)
		count++;
	return count;
}

static char *served_head(struct sample *sample, const char *msgid)
{
	g_autofree char *fields = sample_fields(sample, msgid);
	g_autoptr(GByteArray) wire = g_byte_array_new();
	GString *head = g_string_new("\r\n");
	struct serve serve = {SAMPLE_DOMAIN, fields, NULL, 0, NULL, sample->arrived};

	assert_true(wire_get(sample->store, sample_id(sample, msgid), wire, NULL));
	serve_head(head, (const char *)wire->data, wire->len, &serve);
	return g_string_free(head, FALSE);
}

/* RFC 5536 section 3.1: one of each, whatever came. */
static const struct {
	const char *name;
	const char *head;
} poor[] = {
    {"nothing at all", "Message-ID: <p0@x>\nFrom:\n"},
    {"no address in From", "Message-ID: <p1@x>\nFrom: Anna\n"},
    {"8-bit From without address", "Message-ID: <p2@x>\nFrom: \xc4nna\n"},
    {"two Froms", "Message-ID: <p3@x>\nFrom: Anna <a@b.example>\nFrom: Bob <b@b.example>\n"},
    {"References without ids",
	"Message-ID: <p4@x>\nReferences: dein Schreiben\nIn-Reply-To: <1@x>\n"},
    {"empty References", "Message-ID: <p5@x>\nReferences:\nIn-Reply-To: <1@x>\n"},
    {"two References", "Message-ID: <p6@x>\nReferences:\nReferences: <1@x>\nIn-Reply-To: <1@x>\n"},
    {"empty Subject", "Subject:\nSubject: a\nDate: \nDate: x\nMessage-ID:\nMessage-ID: b\n"},
};

static void test_one_of_each(void **state)
{
	static const char *const names[] = {
	    "\r\nFrom:", "\r\nSubject:", "\r\nDate:", "\r\nMessage-ID:", "\r\nPath:"};
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	sample->approved = true;
	assert_int_equal(sample_post(sample, bau, FIRST), VERDICT_PLACED);
	for (size_t i = 0; i < G_N_ELEMENTS(poor); i++) {
		struct outcome outcome = sample_accept(sample, poor[i].head, &bau, 1);
		g_autofree char *head = served_head(sample, outcome.msgid);

		print_message("# %s\n", poor[i].name);
		assert_int_equal(outcome.verdicts[0], VERDICT_PLACED);
		for (size_t k = 0; k < G_N_ELEMENTS(names); k++)
			assert_int_equal(count_of(head, names[k]), 1);
		assert_int_equal(
		    count_of(head, "\r\nReferences:"), strstr(poor[i].head, "References") != NULL);
		outcome_clear(&outcome);
	}
}

/* The same where the parent comes later than the reply. */
static void test_one_of_each_later(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autofree char *head = NULL;

	assert_int_equal(
	    sample_post(sample, bau, "Message-ID: <2@x>\nReferences: oben\nIn-Reply-To: <1@x>\n"),
	    VERDICT_PLACED);
	assert_int_equal(sample_post(sample, bau, FIRST), VERDICT_PLACED);
	head = served_head(sample, "<2@x>");
	assert_int_equal(count_of(head, "\r\nReferences:"), 1);
	assert_non_null(strstr(head, "\r\nReferences: <1@x>\r\n"));
	check_overview(sample, bau, 1, OVERVIEW_REFERENCES, "<1@x>");
}

static void test_header_limit(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autofree char *big = g_strnfill(HEADER_SIZE_MAX, 'x');
	g_autofree char *mail = g_strconcat("From: a@b.example\r\nX-Big: ", big, "\r\n\r\n", NULL);
	struct submission submission = {
	    .bytes = mail, .size = strlen(mail), .sender = "", .groups = &bau, .n_groups = 1};
	struct outcome outcome;
	g_autoptr(GError) error = NULL;

	sample_begin(sample);
	assert_false(
	    accept_message(sample->store, sample->settings, &submission, &outcome, &error));
	assert_int_equal(err_code(error), ERR_LIMIT);
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM article"), 0);
}

/* -- held -- */

static int64_t only_held(struct sample *sample)
{
	g_autoptr(GPtrArray) list = held_list(sample->store, NULL);

	assert_int_equal(list->len, 1);
	return ((const struct held *)list->pdata[0])->id;
}

static void test_held(void **state)
{
	struct sample *sample = *state;
	struct group *rat = sample_group_of(sample, "rat", POST_MODERATED);
	struct group *bau = sample_group(sample, "bau");
	struct group *both[] = {rat, bau};
	struct outcome outcome = sample_accept(sample, FIRST, &rat, 1);
	int64_t id = only_held(sample);

	assert_int_equal(outcome.verdicts[0], VERDICT_HELD);
	assert_string_equal(outcome.reason, "the group is moderated");
	assert_null(outcome.msgid);
	assert_int_equal(outcome.article, 0);
	outcome_clear(&outcome);
	assert_int_equal(sample_post(sample, rat, FIRST), VERDICT_HELD);
	assert_int_equal(only_held(sample), id); /* the same message waits once */
	outcome = sample_accept(sample, FIRST, both, 2);
	assert_int_equal(outcome.verdicts[0], VERDICT_HELD);
	assert_int_equal(outcome.verdicts[1], VERDICT_PLACED);
	outcome_clear(&outcome);
	outcome = sample_accept(sample, FIRST, &rat, 1);
	assert_int_equal(outcome.verdicts[0], VERDICT_HELD);
	assert_null(outcome.msgid); /* it stands elsewhere, not in a group that was asked for */
	assert_int_equal(outcome.article, 0);
	outcome_clear(&outcome);

	sample_begin(sample);
	assert_true(held_approve(sample->store, sample->settings, id, "eva", &outcome, NULL));
	sample_commit(sample);
	assert_int_equal(outcome.verdicts[0], VERDICT_PLACED);
	assert_int_equal(outcome.numbers[0], 1);
	assert_string_equal(outcome.msgid, "<1@x>");
	outcome_clear(&outcome);
	check_overview(sample, bau, 1, OVERVIEW_XREF, SAMPLE_DOMAIN " rat:1 bau:1");
	assert_int_equal(sample_post(sample, rat, FIRST), VERDICT_DUPLICATE);
	assert_int_equal(held_count(sample->store, NULL), 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM audit"), 1);
	sample_verify(sample);
}

/* Two messages are two, though they share author, Date and text, or the id. */
static void test_held_are_kept_apart(void **state)
{
	struct sample *sample = *state;
	struct group *rat = sample_group_of(sample, "rat", POST_MODERATED);
	static const char *const heads[] = {"Message-ID: <1@x>\nSubject: a\n",
	    "Message-ID: <2@x>\nSubject: a\n", "Subject: a\n", "Subject: b\n",
	    "Message-ID: <1@x>\nFrom: Bob <bob@stadt.example>\n"};

	for (size_t turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < G_N_ELEMENTS(heads); i++)
			assert_int_equal(sample_post(sample, rat, heads[i]), VERDICT_HELD);
	assert_int_equal(held_count(sample->store, NULL), G_N_ELEMENTS(heads));
}

static void test_reject(void **state)
{
	struct sample *sample = *state;
	struct group *rat = sample_group_of(sample, "rat", POST_CLOSED);
	struct outcome outcome = {NULL};
	g_autoptr(GError) error = NULL;
	int64_t id;

	assert_int_equal(sample_post(sample, rat, FIRST), VERDICT_HELD);
	id = only_held(sample);
	sample_begin(sample);
	assert_true(held_reject(sample->store, id, "eva", NULL));
	assert_false(held_reject(sample->store, id, "eva", &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	g_clear_error(&error);
	assert_false(held_approve(sample->store, sample->settings, id, "eva", &outcome, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM article"), 0);
	assert_int_equal(sample_post(sample, rat, FIRST), VERDICT_HELD);
}

static void test_approve_without_group(void **state)
{
	struct sample *sample = *state;
	struct group *rat = sample_group_of(sample, "rat", POST_CLOSED);
	struct outcome outcome = {NULL};
	g_autoptr(GError) error = NULL;

	assert_int_equal(sample_post(sample, rat, FIRST), VERDICT_HELD);
	sample_begin(sample);
	assert_true(group_remove(sample->store, rat->id, NULL));
	assert_false(held_approve(
	    sample->store, sample->settings, only_held(sample), "eva", &outcome, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	assert_true(held_reject(sample->store, only_held(sample), "eva", NULL));
	sample_commit(sample);
}

/* -- withdraw -- */

static bool withdraw(struct sample *sample, const char *msgid)
{
	g_autoptr(GError) error = NULL;
	bool done;

	sample_begin(sample);
	done = withdraw_article(sample->store, msgid, "eva", &error);
	sample_commit(sample);
	assert_true(done || err_code(error) == ERR_ABSENT);
	return done;
}

static void check_marks(
    struct sample *sample, const char *name, int64_t low, int64_t high, int64_t count)
{
	struct group *group = group_find(sample->store, name, NULL);

	assert_int_equal(group->low, low);
	assert_int_equal(group->high, high);
	assert_int_equal(group->count, count);
	group_free(group);
}

static void test_withdraw(void **state)
{
	struct sample *sample = *state;
	struct group *both[] = {sample_group(sample, "bau"), sample_group(sample, "rat")};
	struct outcome outcome = sample_accept(sample, FIRST, both, 2);
	g_autofree char *root = NULL;

	outcome_clear(&outcome);
	assert_int_equal(
	    sample_post(sample, both[0], "Message-ID: <2@x>\nReferences: <1@x>\n"), VERDICT_PLACED);
	check_marks(sample, "bau", 1, 2, 2);
	assert_true(withdraw(sample, "<1@x>"));
	check_marks(sample, "bau", 2, 2, 1);
	check_marks(sample, "rat", 2, 1, 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM tombstone"), 2);
	assert_false(withdraw(sample, "<1@x>"));
	assert_false(withdraw(sample, "<none@x>"));

	outcome = sample_accept(sample, FIRST, both, 2);
	assert_int_equal(outcome.verdicts[0], VERDICT_REFUSED);
	assert_int_equal(outcome.verdicts[1], VERDICT_REFUSED);
	assert_string_equal(outcome.reason, "this article has been withdrawn");
	assert_null(outcome.msgid);
	outcome_clear(&outcome);

	/* Its node stays in the thread, for old and new replies. */
	assert_int_equal(sample_post(sample, both[1], "Message-ID: <3@x>\nIn-Reply-To: <1@x>\n"),
	    VERDICT_PLACED);
	check_marks(sample, "rat", 2, 2, 1);
	root = sample_root(sample, "<3@x>");
	assert_string_equal(root, "<1@x>");
	sample_verify(sample);
}

/* An own id is refused again as well, and found by the id that the message brought. */
static void test_withdraw_own_id(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	static const char head[] = "Message-ID: <7@listen.example>\nSubject: a\n";

	assert_int_equal(sample_post(sample, bau, head), VERDICT_PLACED);
	assert_true(withdraw(sample, "<7@listen.example>"));
	assert_int_equal(sample_post(sample, bau, head), VERDICT_REFUSED);
}

/* -- numbers -- */

static void test_numbers_without_gaps(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autofree char *mail = sample_mail(FIRST);
	struct submission submission = {.bytes = mail,
	    .size = strlen(mail),
	    .sender = "",
	    .groups = &bau,
	    .n_groups = 1,
	    .arrived = SAMPLE_ARRIVED};
	struct outcome outcome;

	sample_begin(sample);
	for (int turn = 0; turn < 3; turn++) {
		assert_true(store_savepoint(sample->store, NULL));
		assert_true(
		    accept_message(sample->store, sample->settings, &submission, &outcome, NULL));
		assert_int_equal(outcome.verdicts[0], VERDICT_PLACED);
		assert_int_equal(outcome.numbers[0], 1);
		outcome_clear(&outcome);
		if (turn < 2)
			store_undo(sample->store);
		else
			assert_true(store_release(sample->store, NULL));
	}
	sample_commit(sample);
	assert_int_equal(sample_post(sample, bau, "Message-ID: <2@x>\n"), VERDICT_PLACED);
	check_marks(sample, "bau", 1, 2, 2);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM article"), 2);
	sample_verify(sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_same_again),
	    sample_test(test_own_ids),
	    sample_test(test_own_id_of_sender),
	    sample_test(test_id_of_own_door),
	    sample_test(test_second_recipient),
	    sample_test(test_hidden_group),
	    sample_test(test_masked),
	    sample_test(test_bytes),
	    sample_test(test_one_of_each),
	    sample_test(test_one_of_each_later),
	    sample_test(test_header_limit),
	    sample_test(test_held),
	    sample_test(test_held_are_kept_apart),
	    sample_test(test_reject),
	    sample_test(test_approve_without_group),
	    sample_test(test_withdraw),
	    sample_test(test_withdraw_own_id),
	    sample_test(test_numbers_without_gaps),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/accept", tests, NULL, NULL);
}
