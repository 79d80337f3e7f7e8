/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/due.h"

#include "courier-sample.h"

#include "accept/withdraw.h"
#include "base/clock.h"
#include "store/cursor.h"
#include "store/person.h"

/* -- posts to rows -- */

static void take(void **state)
{
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "bau");
	g_autoptr(GPtrArray) rows = NULL;
	int64_t article;
	bool more = true;

	member_add(sample, group, "a");
	member_add(sample, group, "b");
	article = post_add(sample, "1", &group, 1);
	assert_int_equal(post_take(sample, &more), 1);
	assert_false(more);
	rows = post_rows(sample, article);
	assert_int_equal(rows->len, 2);
	assert_int_equal(row_to(rows, "a")->state, DELIVERY_WAITING);
	assert_int_equal(row_to(rows, "b")->kind, DELIVERY_POST);
	/* Who joins now gets what comes now. */
	member_add(sample, group, "c");
	assert_int_equal(post_take(sample, &more), 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 2);
	post_add(sample, "2", &group, 1);
	assert_int_equal(post_take(sample, &more), 1);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 5);
}

/* More receivers than one transaction takes: the cursor keeps the place, over a new start as well. */
static void chunks(void **state)
{
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "alle");
	struct group *other = sample_group(sample, "bau");
	bool more = false;

	member_add_many(sample, group, 4600);
	member_add(sample, other, "m1");
	member_add(sample, other, "z");
	post_add(sample, "1", &group, 1);
	post_add(sample, "2", &other, 1);
	assert_int_equal(post_take(sample, &more), 0);
	assert_true(more);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 4000);
	store_close(sample->store);
	sample->store = store_open(sample->url, STORE_WRITE, NULL);
	assert_non_null(sample->store);
	assert_int_equal(post_take(sample, &more), 2);
	assert_int_equal(post_take(sample, &more), 0);
	assert_false(more);
	assert_int_equal(
	    sample_count(sample, "SELECT count(*) FROM delivery WHERE article = 1"), 4600);
	assert_int_equal(
	    sample_count(sample, "SELECT count(DISTINCT person) FROM delivery WHERE article = 1"),
	    4600);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 4602);
}

/* A member of both groups of a post gets it once. */
static void crossposted(void **state)
{
	struct sample *sample = *state;
	struct group *groups[] = {sample_group(sample, "bau"), sample_group(sample, "rat")};
	g_autoptr(GPtrArray) rows = NULL;
	int64_t article;
	bool more;

	member_add(sample, groups[0], "a");
	member_add(sample, groups[0], "both");
	member_add(sample, groups[1], "both");
	member_add(sample, groups[1], "b");
	article = post_add(sample, "1", groups, 2);
	while (post_take(sample, &more), more)
		continue;
	rows = post_rows(sample, article);
	assert_int_equal(rows->len, 3);
	assert_int_equal(row_to(rows, "both")->group, groups[0]->id);
	assert_int_equal(row_to(rows, "b")->group, groups[1]->id);
}

/* Where nobody gets mail, the cursor passes over all of it at once; who joins gets what follows. */
static void unwanted(void **state)
{
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "bau");
	g_autoptr(GArray) cursors = NULL;
	bool more = true;

	for (unsigned i = 0; i < 500; i++) {
		g_autofree char *id = g_strdup_printf("%u", i);

		post_add(sample, id, &group, 1);
	}
	assert_int_equal(post_take(sample, &more), 0);
	assert_false(more);
	cursors = cursor_list(sample->store, COURIER_CONSUMER, NULL);
	assert_int_equal(g_array_index(cursors, struct cursor, 0).number, 500);
	member_add(sample, group, "a");
	post_add(sample, "new", &group, 1);
	assert_int_equal(post_take(sample, &more), 1);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 1);
}

/* A withdrawn post leaves a gap that the cursor steps over. */
static void withdrawn(void **state)
{
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "bau");
	g_autoptr(GArray) behind = NULL;
	bool more;

	member_add(sample, group, "a");
	post_add(sample, "1", &group, 1);
	post_add(sample, "2", &group, 1);
	sample_begin(sample);
	assert_true(withdraw_article(sample->store, "<2@x>", "test", NULL));
	sample_commit(sample);
	assert_int_equal(post_take(sample, &more), 1);
	assert_false(more);
	behind = cursor_behind(sample->store, COURIER_CONSUMER, NULL);
	assert_int_equal(behind->len, 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 1);
}

/* -- rows to the queue -- */

/* A group with so many members who wait for one post. */
static int64_t waiting(struct sample *sample, unsigned count)
{
	struct group *group = sample_group(sample, "bau");
	int64_t article;
	bool more;

	member_add_many(sample, group, count);
	article = post_add(sample, "1", &group, 1);
	while (post_take(sample, &more), more)
		continue;
	return article;
}

static struct delivery *next(struct courier_due *due)
{
	g_autoptr(GError) error = NULL;
	struct delivery *delivery = courier_due_next(due, &error);

	assert_null(error);
	return delivery;
}

/* Thousands may be in hand at once (64 workers): each is given out once, however often is looked. */
static void in_hand(void **state)
{
	struct sample *sample = *state;
	struct courier_due *due = courier_due_new(sample->store);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
	struct delivery *delivery;
	GHashTableIter iter;
	void *row;
	int64_t last = 0;

	waiting(sample, 1700);
	while ((delivery = next(due)) != NULL) {
		assert_true(delivery->id > last);
		last = delivery->id;
		assert_true(g_hash_table_add(seen, &delivery->id));
		assert_ptr_equal(courier_due_find(due, delivery->id), delivery);
	}
	assert_int_equal(g_hash_table_size(seen), 1700);
	courier_due_look(due);
	assert_null(next(due));
	/* All but one are done; that one waits on, in hand or not. */
	sample_begin(sample);
	g_hash_table_iter_init(&iter, seen);
	while (g_hash_table_iter_next(&iter, NULL, &row)) {
		delivery = courier_due_find(due, *(int64_t *)row);
		if (delivery->id == last)
			continue;
		delivery->state = DELIVERY_SENT;
		assert_true(delivery_update(sample->store, delivery, NULL));
	}
	sample_commit(sample);
	for (int64_t id = 1; id < last; id++)
		courier_due_done(due, courier_due_find(due, id));
	assert_null(courier_due_find(due, 1));
	courier_due_look(due);
	assert_null(next(due));
	courier_due_return(due, courier_due_find(due, last));
	assert_int_equal(next(due)->id, last);
	assert_null(next(due));
	courier_due_free(due);
}

/* The order is that of being due; what goes back comes first; what is due later, later. */
static void order(void **state)
{
	struct sample *sample = *state;
	struct courier_due *due = courier_due_new(sample->store);
	g_autoptr(GPtrArray) rows = post_rows(sample, waiting(sample, 4));
	const int64_t now = clock_now();
	struct delivery *first;

	row_to(rows, "m1")->due = now - 10;
	row_to(rows, "m2")->due = now + 1000;
	row_to(rows, "m3")->due = now - 20;
	row_to(rows, "m4")->due = now - 10;
	for (guint i = 0; i < rows->len; i++)
		row_write(sample->store, rows->pdata[i]);
	first = next(due);
	assert_string_equal(first->address, "m3" MEMBERS_DOMAIN);
	assert_string_equal(next(due)->address, "m1" MEMBERS_DOMAIN);
	courier_due_return(due, first);
	assert_ptr_equal(next(due), first);
	assert_string_equal(next(due)->address, "m4" MEMBERS_DOMAIN);
	assert_null(next(due));
	/* Done for now, and due at once again: the next look finds it. */
	first->due = now;
	first->attempts = 1;
	row_write(sample->store, first);
	courier_due_done(due, first);
	assert_null(next(due));
	courier_due_look(due);
	first = next(due);
	assert_string_equal(first->address, "m3" MEMBERS_DOMAIN);
	assert_int_equal(first->attempts, 1);
	courier_due_free(due);
}

/* What another process drops while it is in the queue is not given out; in hand it may be sent. */
static void dropped(void **state)
{
	struct sample *sample = *state;
	struct store *other = store_open(sample->url, STORE_WRITE, NULL);
	struct courier_due *due = courier_due_new(sample->store);
	const int64_t article = waiting(sample, 5);
	g_autoptr(GPtrArray) rows = NULL;
	struct delivery *sent = next(due);
	struct delivery *failed = next(due);

	assert_true(store_begin(other, NULL));
	assert_true(delivery_drop(other, 4, "test", NULL, NULL));
	assert_true(delivery_drop(other, sent->id, "test", NULL, NULL));
	assert_true(delivery_drop(other, failed->id, "test", NULL, NULL));
	assert_true(store_commit(other, NULL));
	courier_due_look(due);
	assert_int_equal(next(due)->id, 3);
	assert_int_equal(next(due)->id, 5);
	assert_null(courier_due_find(due, 4));
	assert_null(next(due));
	sent->state = DELIVERY_SENT;
	row_write(sample->store, sent);
	failed->state = DELIVERY_FAILED;
	row_write(sample->store, failed);
	rows = post_rows(sample, article);
	assert_int_equal(row_to(rows, "m1")->state, DELIVERY_SENT);
	assert_int_equal(row_to(rows, "m2")->state, DELIVERY_DROPPED);
	assert_int_equal(row_to(rows, "m4")->state, DELIVERY_DROPPED);
	courier_due_free(due);
	store_close(other);
}

/*
 * A person is erased while a mail is in hand, and another mail comes: the answer to the first must
 * not mark the second as sent, so ids are never given twice.
 */
static void erased(void **state)
{
	struct sample *sample = *state;
	struct store *other = store_open(sample->url, STORE_WRITE, NULL);
	struct courier_due *due = courier_due_new(sample->store);
	struct delivery *in_hand_yet;
	struct delivery *delivery;
	bool more;

	waiting(sample, 2);
	in_hand_yet = next(due);
	next(due);
	assert_true(store_begin(other, NULL));
	for (int64_t person = 1; person <= 2; person++)
		assert_true(person_erase(other, person, NULL));
	assert_true(store_commit(other, NULL));
	member_add(sample, sample->groups->pdata[0], "neu");
	post_add(sample, "2", (struct group **)sample->groups->pdata, 1);
	assert_int_equal(post_take(sample, &more), 1);
	in_hand_yet->state = DELIVERY_SENT;
	row_write(sample->store, in_hand_yet);
	courier_due_look(due);
	delivery = next(due);
	assert_non_null(delivery);
	assert_string_equal(delivery->address, "neu" MEMBERS_DOMAIN);
	assert_int_equal(delivery->state, DELIVERY_WAITING);
	assert_true(delivery->id > 2);
	courier_due_free(due);
	store_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(take),
	    sample_test(chunks),
	    sample_test(crossposted),
	    sample_test(unwanted),
	    sample_test(withdrawn),
	    sample_test(in_hand),
	    sample_test(order),
	    sample_test(dropped),
	    sample_test(erased),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
