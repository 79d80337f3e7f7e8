/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/subscription.h"

#include "store-sample.h"

#include "db/db.h"
#include "store/cursor.h"
#include "store/daily.h"
#include "store/delivery.h"
#include "store/person.h"
#include "store/placement.h"

#define ANNA "anna@stadt.example"
#define COURIER "courier"

/* One reader of one group, and what the courier and the digests have brought. */
struct reader {
	struct sample *sample;
	struct group *group;
	int64_t person;
	enum subscription_mode mode;
	int64_t high;	  /* numbers so far */
	int64_t taken;	  /* up to here the courier has come */
	GArray *wanted;	  /* mode at the time of each number */
	GHashTable *told; /* article to how often a digest held it */
	int64_t digests;
};

static struct reader reader_new(struct sample *sample, enum subscription_mode mode)
{
	struct reader reader = {
	    .sample = sample,
	    .group = sample_group(sample, "bau"),
	    .mode = mode,
	    .wanted = g_array_new(FALSE, FALSE, sizeof(enum subscription_mode)),
	    .told = g_hash_table_new(g_direct_hash, g_direct_equal),
	};

	sample_begin(sample);
	reader.person = person_need(sample->store, ANNA, LANG_DE, NULL);
	assert_true(subscription_set(sample->store, reader.person, reader.group->id, mode, NULL));
	sample_commit(sample);
	return reader;
}

static void reader_clear(struct reader *reader)
{
	g_array_unref(reader->wanted);
	g_hash_table_unref(reader->told);
}

static void post(struct reader *reader)
{
	g_autofree char *head = g_strdup_printf(
	    "Message-ID: <%lld@x.example>\nSubject: x\n", (long long)++reader->high);

	assert_int_equal(sample_post(reader->sample, reader->group, head), VERDICT_PLACED);
	g_array_append_val(reader->wanted, reader->mode);
}

static void change(struct reader *reader, enum subscription_mode mode)
{
	sample_begin(reader->sample);
	assert_true(
	    subscription_set(reader->sample->store, reader->person, reader->group->id, mode, NULL));
	sample_commit(reader->sample);
	reader->mode = mode;
}

/* The courier takes the next article, as courier/due.c does. */
static void take(struct reader *reader)
{
	struct store *store = reader->sample->store;
	struct cursor cursor = {.group = reader->group->id, .number = reader->taken + 1};
	struct delivery_post row = {.group = reader->group->id, .number = reader->taken + 1};
	bool more = true;

	if (reader->taken == reader->high)
		return;
	row.article = placement_article(store, row.group, row.number, NULL);
	assert_true(row.article > 0);
	sample_begin(reader->sample);
	while (more)
		assert_true(delivery_add_posts(store, &row, &more, NULL));
	assert_true(cursor_set(store, COURIER, &cursor, NULL));
	sample_commit(reader->sample);
	reader->taken++;
}

static void tell(struct reader *reader)
{
	struct store *store = reader->sample->store;
	g_autoptr(GArray) ranges = NULL;
	g_autofree char *day = g_strdup_printf("day %lld", (long long)++reader->digests);
	const struct daily daily = {.person = reader->person,
	    .day = day,
	    .msgid = "<d@x.example>",
	    .delivery = reader->digests,
	    .moment = reader->digests};

	sample_begin(reader->sample);
	ranges = daily_ranges(store, reader->person, NULL);
	assert_non_null(ranges);
	for (guint i = 0; i < ranges->len; i++) {
		g_autoptr(GArray) posts = daily_posts(
		    store, reader->person, &g_array_index(ranges, struct daily_range, i), NULL);

		for (guint k = 0; k < posts->len; k++) {
			void *key = GSIZE_TO_POINTER(
			    (size_t)g_array_index(posts, struct daily_post, k).article);
			const size_t times =
			    GPOINTER_TO_SIZE(g_hash_table_lookup(reader->told, key));

			g_hash_table_insert(reader->told, key, GSIZE_TO_POINTER(times + 1));
		}
	}
	assert_true(daily_record(store, &daily, ranges, NULL));
	sample_commit(reader->sample);
}

static int64_t mails(struct reader *reader, int64_t article)
{
	g_autoptr(GPtrArray) rows = delivery_of_article(reader->sample->store, article, NULL);

	assert_non_null(rows);
	return rows->len;
}

/* Each number has come once, and the way that was wished for when it was accepted. */
static void each_came_once(struct reader *reader, const char *story)
{
	while (reader->taken < reader->high)
		take(reader);
	tell(reader);
	for (int64_t number = 1; number <= reader->high; number++) {
		const int64_t article =
		    placement_article(reader->sample->store, reader->group->id, number, NULL);
		const int64_t by_mail = mails(reader, article);
		const int64_t by_digest = (int64_t)GPOINTER_TO_SIZE(
		    g_hash_table_lookup(reader->told, GSIZE_TO_POINTER((size_t)article)));
		const bool wanted_mail =
		    g_array_index(reader->wanted, enum subscription_mode, number - 1) == MODE_EACH;

		if (by_mail != wanted_mail || by_digest != !wanted_mail)
			fail_msg("%s: number %lld came %lld times by mail, %lld by digest", story,
			    (long long)number, (long long)by_mail, (long long)by_digest);
	}
}

static void play(struct reader *reader, const char *story)
{
	for (const char *step = story; *step != '\0'; step++) {
		switch (*step) {
		case 'p':
			post(reader);
			break;
		case 'E':
			change(reader, MODE_EACH);
			break;
		case 'D':
			change(reader, MODE_DIGEST);
			break;
		case 't':
			take(reader);
			break;
		case 'd':
			tell(reader);
			break;
		default:
			fail_msg("%c", *step);
		}
	}
	each_came_once(reader, story);
}

/* p: a post comes; E, D: each, digest from now on; t: the courier takes one; d: a digest goes out. */
static const char *const stories[] = {
    "ppp",
    "pptDppd",
    "ptDpEpt",
    "ptDpEptDpd",
    "ptDpdEptDpdEpt",
    "pDptpEtptd",
    "ppDpptEtttd",
    "DppEppDppd",
    "DpEpDpEpDpd",
    "ppDppEpp",
    "ppDppEppDpp",
    "ppEEppDDpp",
    "pDEDEp",
};

static void test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
		struct sample *sample = sample_new(NULL);
		struct reader reader = reader_new(sample, MODE_EACH);

		play(&reader, stories[i]);
		reader_clear(&reader);
		sample_free(sample);
	}
}

/* Chance finds what nobody thought of; the seed is fixed, so that a failure comes again. */
static void test_changes_by_chance(void **state)
{
	g_autoptr(GRand) chance = g_rand_new_with_seed(4711);

	(void)state;
	for (int round = 0; round < 25; round++) {
		struct sample *sample = sample_new(NULL);
		struct reader reader = reader_new(sample, MODE_EACH);
		char story[31] = "";

		for (size_t i = 0; i < sizeof(story) - 1; i++)
			story[i] = "pppttdED"[g_rand_int_range(chance, 0, 8)];
		play(&reader, story);
		reader_clear(&reader);
		sample_free(sample);
	}
}

/* -- joining, leaving -- */

static struct subscription *only_one(struct sample *sample, GPtrArray **list)
{
	*list = subscription_list(sample->store, 0, NULL);
	assert_int_equal((*list)->len, 1);
	return (*list)->pdata[0];
}

static void test_joining(void **state)
{
	struct sample *sample = *state;
	struct reader reader = reader_new(sample, MODE_EACH);
	g_autoptr(GPtrArray) before = NULL;
	g_autoptr(GPtrArray) after = NULL;
	bool found;

	post(&reader);
	post(&reader);
	assert_int_equal(only_one(sample, &before)->mark, 0);
	/* Who leaves and joins anew begins at the newest. */
	sample_begin(sample);
	assert_true(
	    subscription_remove(sample->store, reader.person, reader.group->id, &found, NULL));
	assert_true(found);
	sample_commit(sample);
	change(&reader, MODE_DIGEST);
	assert_int_equal(only_one(sample, &after)->mark, 2);
	take(&reader);
	take(&reader);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 0);
	tell(&reader);
	assert_int_equal(g_hash_table_size(reader.told), 0);
	reader_clear(&reader);
}

static void test_leaving_drops(void **state)
{
	struct sample *sample = *state;
	struct reader reader = reader_new(sample, MODE_EACH);
	bool found;

	post(&reader);
	take(&reader);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 0"), 1);
	sample_begin(sample);
	assert_true(
	    subscription_remove(sample->store, reader.person, reader.group->id, &found, NULL));
	assert_true(
	    subscription_remove(sample->store, reader.person, reader.group->id, &found, NULL));
	assert_false(found);
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 3"), 1);
	reader_clear(&reader);
}

static void leave_digest(struct reader *reader, bool wanted)
{
	bool found;

	sample_begin(reader->sample);
	assert_true(subscription_leave_digest(reader->sample->store, reader->person, &found, NULL));
	sample_commit(reader->sample);
	assert_int_equal(found, wanted);
}

static void test_leaving_the_digest(void **state)
{
	struct sample *sample = *state;
	struct reader reader = reader_new(sample, MODE_DIGEST);
	g_autoptr(GPtrArray) none = NULL;
	g_autoptr(GPtrArray) each = NULL;

	post(&reader);
	leave_digest(&reader, true);
	leave_digest(&reader, false);
	assert_int_equal(only_one(sample, &none)->mode, MODE_NONE);
	tell(&reader);
	assert_int_equal(g_hash_table_size(reader.told), 0);
	/* Who has changed to each meanwhile keeps that, whatever an old digest's link says. */
	change(&reader, MODE_DIGEST);
	post(&reader);
	change(&reader, MODE_EACH);
	leave_digest(&reader, true); /* of what was still to be told */
	leave_digest(&reader, false);
	assert_int_equal(only_one(sample, &each)->mode, MODE_EACH);
	tell(&reader);
	assert_int_equal(g_hash_table_size(reader.told), 0);
	reader_clear(&reader);
}

/* None is at once: what the courier has not come to is not sent either. */
static void test_none(void **state)
{
	struct sample *sample = *state;
	struct reader reader = reader_new(sample, MODE_EACH);

	post(&reader);
	change(&reader, MODE_NONE);
	post(&reader);
	change(&reader, MODE_EACH);
	take(&reader);
	take(&reader);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 0);
	post(&reader);
	take(&reader);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery"), 1);
	reader_clear(&reader);
}

static void test_removed_group(void **state)
{
	struct sample *sample = *state;
	struct reader reader = reader_new(sample, MODE_EACH);
	g_autoptr(GPtrArray) list = NULL;

	post(&reader);
	take(&reader);
	sample_begin(sample);
	assert_true(group_remove(sample->store, reader.group->id, NULL));
	sample_commit(sample);
	list = subscription_list(sample->store, 0, NULL);
	assert_int_equal(list->len, 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE state = 0"), 0);
	reader_clear(&reader);
}

static void test_names(void **state)
{
	enum subscription_mode mode;

	(void)state;
	for (int i = MODE_EACH; i <= MODE_NONE; i++) {
		assert_true(subscription_mode_parse(
		    subscription_mode_name((enum subscription_mode)i), &mode));
		assert_int_equal(mode, i);
	}
	assert_false(subscription_mode_parse("weekly", &mode));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_joining),
	    sample_test(test_leaving_drops),
	    sample_test(test_leaving_the_digest),
	    sample_test(test_none),
	    sample_test(test_removed_group),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_changes_by_chance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
