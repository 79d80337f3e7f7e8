/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/delivery.h"

#include "store-sample.h"

#include "base/clock.h"
#include "base/err.h"
#include "store/person.h"
#include "store/subscription.h"

#define ANNA "anna@stadt.example"
#define MANY 1100 /* more than two chunks */

static int64_t member(struct sample *sample, const struct group *group, const char *address,
    enum subscription_mode mode)
{
	int64_t person;

	person = person_need(sample->store, address, LANG_DE, NULL);
	assert_true(person > 0);
	assert_true(subscription_set(sample->store, person, group->id, mode, NULL));
	return person;
}

/* Post, and write the rows of the newest number for all members. */
static int64_t post(struct sample *sample, struct group *group, const char *id, int64_t number)
{
	g_autofree char *head = g_strdup_printf("Message-ID: %s\nSubject: x\n", id);
	struct delivery_post row = {.group = group->id, .number = number};
	bool more = true;

	assert_int_equal(sample_post(sample, group, head), VERDICT_PLACED);
	row.article = sample_id(sample, id);
	sample_begin(sample);
	while (more)
		assert_true(delivery_add_posts(sample->store, &row, &more, NULL));
	sample_commit(sample);
	return row.article;
}

static struct delivery *first_due(struct sample *sample)
{
	g_autoptr(GPtrArray) rows = delivery_due(sample->store, clock_now() + 1, NULL, 1, NULL);

	assert_int_equal(rows->len, 1);
	return g_steal_pointer(&rows->pdata[0]);
}

/* Write a state as the courier does. */
static void end(struct sample *sample, struct delivery *delivery, enum delivery_state state)
{
	char answer[] = "550 no such mailbox";

	g_free(delivery->answer);
	delivery->answer = g_strdup(answer);
	delivery->state = state;
	delivery->attempts++;
	sample_begin(sample);
	assert_true(delivery_update(sample->store, delivery, NULL));
	sample_commit(sample);
}

static enum delivery_state state_of(struct sample *sample, int64_t id)
{
	struct delivery *delivery = delivery_find(sample->store, id, NULL);
	const enum delivery_state state = delivery->state;

	delivery_free(delivery);
	return state;
}

static int64_t add_letter(struct sample *sample, const char *address, int64_t mail)
{
	char letter[] = "left";
	g_autofree char *to = g_strdup(address);
	g_autoptr(GBytes) head = g_bytes_new_static("To: a\r\n", 7);
	const struct delivery delivery = {
	    .kind = DELIVERY_LETTER, .address = to, .letter = letter, .head = head, .mail = mail};

	return delivery_add(sample->store, &delivery, NULL);
}

/* -- rows for a post -- */

static void test_chunks(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct delivery_post row = {.group = bau->id, .number = 1};
	int64_t before = 0;
	int goes = 0;
	bool more = true;

	sample_begin(sample);
	for (int i = 0; i < MANY; i++) {
		g_autofree char *address = g_strdup_printf("p%d@stadt.example", i);

		member(sample, bau, address, MODE_EACH);
	}
	sample_commit(sample);
	assert_int_equal(sample_post(sample, bau, "Message-ID: <a@x.example>\n"), VERDICT_PLACED);
	row.article = sample_id(sample, "<a@x.example>");
	sample_begin(sample);
	while (true) {
		assert_true(delivery_add_posts(sample->store, &row, &more, NULL));
		if (!more)
			break;
		assert_true(row.place > before);
		before = row.place;
		goes++;
	}
	assert_true(goes >= 3);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), MANY);
	assert_int_equal(
	    sample_count(sample, "SELECT count(DISTINCT address) FROM delivery"), MANY);
	/* From the beginning again, as after a crash: nothing comes twice. */
	row.place = 0;
	assert_true(delivery_add_posts(sample->store, &row, &more, NULL));
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), MANY);
}

static void test_modes(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GPtrArray) rows = NULL;
	const struct delivery *row;
	int64_t anna, article;

	sample_begin(sample);
	anna = member(sample, bau, ANNA, MODE_EACH);
	member(sample, bau, "ben@stadt.example", MODE_DIGEST);
	member(sample, bau, "cem@stadt.example", MODE_NONE);
	sample_commit(sample);
	article = post(sample, bau, "<a@x.example>", 1);
	rows = delivery_of_article(sample->store, article, NULL);
	assert_int_equal(rows->len, 1);
	row = rows->pdata[0];
	assert_int_equal(row->kind, DELIVERY_POST);
	assert_int_equal(row->person, anna);
	assert_string_equal(row->address, ANNA);
	assert_int_equal(row->article, article);
	assert_int_equal(row->group, bau->id);
	assert_int_equal(row->state, DELIVERY_WAITING);
	assert_int_equal(row->attempts, 0);
	assert_false(row->doubtful);
	assert_int_equal(row->due, row->made);
	assert_null(row->head);
	assert_null(row->letter);
	assert_string_equal(row->answer, "");
}

/* A person who is in both groups gets one. */
static void test_crosspost(void **state)
{
	struct sample *sample = *state;
	struct group *groups[] = {sample_group(sample, "bau"), sample_group(sample, "rat")};
	struct outcome outcome;
	bool more;

	sample_begin(sample);
	member(sample, groups[0], ANNA, MODE_EACH);
	member(sample, groups[1], ANNA, MODE_EACH);
	member(sample, groups[1], "ben@stadt.example", MODE_EACH);
	sample_commit(sample);
	outcome = sample_accept(sample, "Message-ID: <a@x.example>\n", groups, 2);
	outcome_clear(&outcome);
	sample_begin(sample);
	for (size_t i = 0; i < G_N_ELEMENTS(groups); i++) {
		struct delivery_post row = {.group = groups[i]->id,
		    .number = 1,
		    .article = sample_id(sample, "<a@x.example>")};

		assert_true(delivery_add_posts(sample->store, &row, &more, NULL));
	}
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 2);
	assert_int_equal(
	    sample_count(sample, "SELECT count(*) FROM delivery WHERE address = '" ANNA "'"), 1);
}

/* -- sending -- */

static void test_due(void **state)
{
	struct sample *sample = *state;
	g_autoptr(GPtrArray) first = NULL;
	g_autoptr(GPtrArray) rest = NULL;
	g_autoptr(GPtrArray) waiting = NULL;
	int64_t ids[4];

	sample_begin(sample);
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
		ids[i] = add_letter(sample, ANNA, 0);
	sample_commit(sample);
	sample_change(sample, "UPDATE delivery SET due = 1000 - id % 3");
	/* due: 999, 998, 1000, 999 */
	first = delivery_due(sample->store, 999, NULL, 2, NULL);
	assert_int_equal(first->len, 2);
	assert_int_equal(((const struct delivery *)first->pdata[0])->id, ids[1]);
	assert_int_equal(((const struct delivery *)first->pdata[1])->id, ids[0]);
	rest = delivery_due(sample->store, 999, first->pdata[1], 100, NULL);
	assert_int_equal(rest->len, 1);
	assert_int_equal(((const struct delivery *)rest->pdata[0])->id, ids[3]);
	waiting = delivery_waiting(sample->store, 100, NULL);
	assert_int_equal(waiting->len, 4);
	assert_int_equal(((const struct delivery *)waiting->pdata[0])->id, ids[1]);
	assert_int_equal(((const struct delivery *)waiting->pdata[3])->id, ids[2]);
}

static void test_update(void **state)
{
	struct sample *sample = *state;
	struct delivery *delivery;
	struct delivery *found;

	sample_begin(sample);
	add_letter(sample, ANNA, 0);
	sample_commit(sample);
	delivery = first_due(sample);
	assert_int_equal(g_bytes_get_size(delivery->head), 7);
	assert_string_equal(delivery->letter, "left");
	delivery->due += 60;
	delivery->doubtful = true;
	end(sample, delivery, DELIVERY_WAITING);
	found = delivery_find(sample->store, delivery->id, NULL);
	assert_int_equal(found->state, DELIVERY_WAITING);
	assert_int_equal(found->attempts, 1);
	assert_int_equal(found->due, delivery->due);
	assert_true(found->doubtful);
	assert_string_equal(found->answer, "550 no such mailbox");
	end(sample, delivery, DELIVERY_SENT);
	assert_int_equal(state_of(sample, delivery->id), DELIVERY_SENT);
	delivery_free(found);
	delivery_free(delivery);
	assert_null(delivery_find(sample->store, 4711, NULL));
	delivery_free(NULL);
}

/* What is in a worker's hand when the operator drops it. */
static void test_dropped_in_hand(void **state)
{
	static const struct {
		enum delivery_state answered, kept;
	} rows[] = {
	    {DELIVERY_WAITING, DELIVERY_DROPPED},
	    {DELIVERY_FAILED, DELIVERY_DROPPED},
	    {DELIVERY_SENT, DELIVERY_SENT},
	};
	struct sample *sample = *state;
	int64_t dropped;

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct delivery *delivery;

		sample_begin(sample);
		add_letter(sample, ANNA, 0);
		sample_commit(sample);
		delivery = first_due(sample);
		sample_begin(sample);
		assert_true(delivery_drop(sample->store, delivery->id, "x", &dropped, NULL));
		assert_int_equal(dropped, 1);
		assert_true(delivery_drop(sample->store, delivery->id, "x", &dropped, NULL));
		assert_int_equal(dropped, 0);
		sample_commit(sample);
		end(sample, delivery, rows[i].answered);
		assert_int_equal(state_of(sample, delivery->id), rows[i].kept);
		delivery_free(delivery);
	}
}

static void test_drops(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");
	int64_t anna, a, dropped;

	sample_begin(sample);
	anna = member(sample, bau, ANNA, MODE_EACH);
	member(sample, bau, "ben@stadt.example", MODE_EACH);
	member(sample, rat, ANNA, MODE_EACH);
	sample_commit(sample);
	a = post(sample, bau, "<a@x.example>", 1);
	post(sample, bau, "<b@x.example>", 2);
	post(sample, rat, "<c@x.example>", 1);
	sample_begin(sample);
	add_letter(sample, ANNA, 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 0"), 6);
	assert_true(delivery_drop_article(sample->store, a, "withdrawn", NULL));
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 0"), 4);
	assert_true(delivery_drop_member(sample->store, anna, bau->id, "left", NULL));
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 0"), 3);
	assert_true(delivery_drop_member(sample->store, 0, rat->id, "removed", NULL));
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 0"), 2);
	assert_true(delivery_drop_all(sample->store, "by hand", &dropped, NULL));
	sample_commit(sample);
	assert_int_equal(dropped, 2);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 0"), 0);
	assert_int_equal(
	    sample_count(sample, "SELECT count(*) FROM delivery WHERE answer = 'withdrawn'"), 2);
}

/* -- mails, pruning -- */

static void test_mail(void **state)
{
	struct sample *sample = *state;
	static const char text[] = "\r\nHallo Welt\r\n";
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GError) error = NULL;
	struct delivery *delivery;
	int64_t mail;
	bool more;

	sample_begin(sample);
	mail = delivery_add_mail(sample->store, text, strlen(text), NULL);
	add_letter(sample, ANNA, mail);
	add_letter(sample, "ben@stadt.example", mail);
	sample_commit(sample);
	assert_true(delivery_mail(sample->store, mail, out, NULL));
	assert_int_equal(out->len, strlen(text));
	assert_memory_equal(out->data, text, out->len);
	for (int left = 2; left > 0; left--) {
		/* While one waits for it, it is kept. */
		sample_begin(sample);
		assert_true(delivery_prune(sample->store, 0, &more, NULL));
		sample_commit(sample);
		assert_true(delivery_mail(sample->store, mail, out, NULL));
		delivery = first_due(sample);
		end(sample, delivery, DELIVERY_SENT);
		delivery_free(delivery);
	}
	sample_begin(sample);
	assert_true(delivery_prune(sample->store, 0, &more, NULL));
	sample_commit(sample);
	assert_false(more);
	assert_false(delivery_mail(sample->store, mail, out, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 2);
}

static void add_report(struct sample *sample, int64_t delivery, int64_t at, const char *text)
{
	char action[] = "failed";
	char status[] = "5.1.1";
	g_autofree char *copy = g_strdup(text);
	const struct delivery_report report = {
	    .at = at, .action = action, .status = status, .text = copy};

	assert_true(delivery_add_report(sample->store, delivery, &report, NULL));
}

static void test_reports(void **state)
{
	struct sample *sample = *state;
	g_autoptr(GPtrArray) reports = NULL;
	const struct delivery_report *first;
	int64_t id;

	sample_begin(sample);
	id = add_letter(sample, ANNA, 0);
	add_report(sample, id, 10, "unknown");
	add_report(sample, id, 20, "unknown");
	add_report(sample, id, 30, "full");
	add_report(sample, id + 1, 30, "another one's");
	sample_commit(sample);
	reports = delivery_reports(sample->store, id, NULL);
	assert_int_equal(reports->len, 2);
	first = reports->pdata[0];
	assert_int_equal(first->at, 10);
	assert_string_equal(first->action, "failed");
	assert_string_equal(first->status, "5.1.1");
	assert_string_equal(first->text, "unknown");
	delivery_report_free(NULL);
}

static void test_prune(void **state)
{
	struct sample *sample = *state;
	int64_t old_done, old_waiting, fresh;
	bool more = true;
	int goes = 0;

	sample_begin(sample);
	old_waiting = add_letter(sample, ANNA, 0);
	old_done = add_letter(sample, ANNA, 0);
	for (int i = 0; i < MANY; i++)
		add_letter(sample, ANNA, 0);
	add_report(sample, old_done, 5, "x");
	add_report(sample, old_waiting, 5, "x");
	sample_commit(sample);
	sample_change(sample, "UPDATE delivery SET made = 100, state = 1");
	sample_change(sample, "UPDATE delivery SET state = 0 WHERE id = 1");
	assert_int_equal(old_waiting, 1);
	sample_begin(sample);
	fresh = add_letter(sample, ANNA, 0);
	sample_commit(sample);
	sample_change(sample, "UPDATE delivery SET state = 2 WHERE made > 100");
	while (more) {
		sample_begin(sample);
		assert_true(delivery_prune(sample->store, 101, &more, NULL));
		sample_commit(sample);
		goes += more;
	}
	assert_true(goes >= 3); /* none of them a long transaction */
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 2);
	assert_int_equal(state_of(sample, old_waiting), DELIVERY_WAITING);
	assert_int_equal(state_of(sample, fresh), DELIVERY_FAILED);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM bounce"), 1);
}

/* -- looking -- */

static void test_counts(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct delivery_counts counts;
	struct delivery *delivery;
	int64_t article;
	bool badly;

	assert_true(delivery_count(sample->store, &counts, NULL));
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(counts.oldest, 0);
	sample_begin(sample);
	member(sample, bau, ANNA, MODE_EACH);
	member(sample, bau, "ben@stadt.example", MODE_EACH);
	sample_commit(sample);
	article = post(sample, bau, "<a@x.example>", 1);
	delivery = first_due(sample);
	end(sample, delivery, DELIVERY_WAITING);
	assert_true(delivery_count(sample->store, &counts, NULL));
	assert_int_equal(counts.waiting, 2);
	assert_int_equal(counts.tried, 1);
	assert_int_equal(counts.oldest, delivery->made);
	assert_int_equal(counts.failed, 0);
	end(sample, delivery, DELIVERY_FAILED);
	assert_true(delivery_ended_badly(sample->store, article, &badly, NULL));
	assert_false(badly); /* the other one still waits */
	delivery_free(delivery);
	delivery = first_due(sample);
	end(sample, delivery, DELIVERY_SENT);
	delivery_free(delivery);
	assert_true(delivery_ended_badly(sample->store, article, &badly, NULL));
	assert_true(badly);
	assert_true(delivery_count(sample->store, &counts, NULL));
	assert_int_equal(counts.waiting, 0);
	assert_int_equal(counts.failed, 1);
	assert_true(delivery_count_article(sample->store, article, &counts, NULL));
	assert_int_equal(counts.states[DELIVERY_SENT], 1);
	assert_int_equal(counts.states[DELIVERY_FAILED], 1);
	assert_int_equal(counts.states[DELIVERY_WAITING], 0);
	sample_change(sample, "UPDATE delivery SET changed = changed - 90000");
	assert_true(delivery_count(sample->store, &counts, NULL));
	assert_int_equal(counts.failed, 0);
}

static void test_failed(void **state)
{
	struct sample *sample = *state;
	g_autoptr(GPtrArray) two = NULL;
	g_autoptr(GPtrArray) none = NULL;
	int64_t total = -1;

	sample_begin(sample);
	for (int i = 0; i < 5; i++)
		add_letter(sample, ANNA, 0);
	sample_commit(sample);
	sample_change(sample, "UPDATE delivery SET state = 2, changed = 100 + id WHERE id <= 3");
	two = delivery_failed(sample->store, 102, 1, &total, NULL);
	assert_int_equal(total, 2);
	assert_int_equal(two->len, 1);
	assert_int_equal(((const struct delivery *)two->pdata[0])->id, 3);
	none = delivery_failed(sample->store, 104, 10, &total, NULL);
	assert_int_equal(total, 0);
	assert_int_equal(none->len, 0);
}

static void test_address(void **state)
{
	struct sample *sample = *state;
	const int64_t now = clock_now();
	g_autoptr(GPtrArray) rows = NULL;
	int64_t second;
	bool found;

	sample_begin(sample);
	add_letter(sample, ANNA, 0);
	add_letter(sample, "ben@stadt.example", 0);
	second = add_letter(sample, ANNA, 0);
	sample_commit(sample);
	rows = delivery_to_address(sample->store, ANNA, 100, NULL);
	assert_int_equal(rows->len, 2);
	assert_int_equal(((const struct delivery *)rows->pdata[0])->id, second);
	assert_true(delivery_letter_since(sample->store, ANNA, "left", 0, now - 10, &found, NULL));
	assert_true(found);
	assert_true(delivery_letter_since(sample->store, ANNA, "left", 0, now + 10, &found, NULL));
	assert_false(found);
	assert_true(
	    delivery_letter_since(sample->store, ANNA, "confirm-leave", 0, 0, &found, NULL));
	assert_false(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_chunks),
	    sample_test(test_modes),
	    sample_test(test_crosspost),
	    sample_test(test_due),
	    sample_test(test_update),
	    sample_test(test_dropped_in_hand),
	    sample_test(test_drops),
	    sample_test(test_mail),
	    sample_test(test_reports),
	    sample_test(test_prune),
	    sample_test(test_counts),
	    sample_test(test_failed),
	    sample_test(test_address),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
