/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/cursor.h"

#include "store-sample.h"

#include "accept/withdraw.h"

#define CONSUMER "courier"

static void post(struct sample *sample, struct group *group, const char *id)
{
	g_autofree char *head = g_strdup_printf("Message-ID: <%s@x.example>\n", id);

	assert_int_equal(sample_post(sample, group, head), VERDICT_PLACED);
}

static void set(struct sample *sample, const char *consumer, struct cursor cursor)
{
	sample_begin(sample);
	assert_true(cursor_set(sample->store, consumer, &cursor, NULL));
	sample_commit(sample);
}

static void test_behind(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");
	g_autoptr(GArray) none = cursor_behind(sample->store, CONSUMER, NULL);
	g_autoptr(GArray) both = NULL;
	g_autoptr(GArray) one = NULL;
	g_autoptr(GArray) all = NULL;
	g_autoptr(GArray) other = NULL;

	assert_int_equal(none->len, 0);
	post(sample, bau, "a");
	post(sample, bau, "b");
	post(sample, rat, "c");
	both = cursor_behind(sample->store, CONSUMER, NULL);
	assert_int_equal(both->len, 2);
	assert_int_equal(g_array_index(both, struct cursor, 0).number, 0);
	assert_int_equal(g_array_index(both, struct cursor, 0).high, 2);
	set(sample, CONSUMER, (struct cursor){.group = rat->id, .number = 1});
	set(sample, CONSUMER, (struct cursor){.group = bau->id, .number = 1, .place = 77});
	one = cursor_behind(sample->store, CONSUMER, NULL);
	assert_int_equal(one->len, 1);
	assert_int_equal(g_array_index(one, struct cursor, 0).group, bau->id);
	assert_int_equal(g_array_index(one, struct cursor, 0).number, 1);
	assert_int_equal(g_array_index(one, struct cursor, 0).place, 77);
	all = cursor_list(sample->store, CONSUMER, NULL);
	assert_int_equal(all->len, 2);
	/* Each consumer has its own. */
	other = cursor_behind(sample->store, "mirror", NULL);
	assert_int_equal(other->len, 2);
	assert_int_equal(g_array_index(other, struct cursor, 1).number, 0);
}

static void test_next(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct cursor cursor = {.group = bau->id};
	g_autoptr(GArray) two = NULL;
	g_autoptr(GArray) rest = NULL;
	g_autoptr(GArray) end = NULL;

	post(sample, bau, "a");
	sample->quiet = true;
	post(sample, bau, "b");
	sample->quiet = false;
	post(sample, bau, "c");
	post(sample, bau, "d");
	sample_begin(sample);
	assert_true(withdraw_article(sample->store, "<c@x.example>", "test", NULL));
	sample_commit(sample);

	two = cursor_next(sample->store, &cursor, 2, NULL);
	assert_int_equal(two->len, 2);
	assert_int_equal(g_array_index(two, struct cursor_step, 0).number, 1);
	assert_int_equal(
	    g_array_index(two, struct cursor_step, 0).article, sample_id(sample, "<a@x.example>"));
	assert_false(g_array_index(two, struct cursor_step, 0).quiet);
	assert_true(g_array_index(two, struct cursor_step, 1).quiet);
	cursor.number = 2;
	rest = cursor_next(sample->store, &cursor, 100, NULL);
	assert_int_equal(rest->len, 1);
	assert_int_equal(g_array_index(rest, struct cursor_step, 0).number, 4);
	cursor.number = 4;
	end = cursor_next(sample->store, &cursor, 100, NULL);
	assert_int_equal(end->len, 0);
}

static void test_removed_group(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GArray) behind = NULL;
	g_autoptr(GArray) all = NULL;

	post(sample, bau, "a");
	sample_begin(sample);
	assert_true(group_remove(sample->store, bau->id, NULL));
	sample_commit(sample);
	behind = cursor_behind(sample->store, CONSUMER, NULL);
	all = cursor_list(sample->store, CONSUMER, NULL);
	assert_int_equal(behind->len, 0);
	assert_int_equal(all->len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_behind),
	    sample_test(test_next),
	    sample_test(test_removed_group),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
