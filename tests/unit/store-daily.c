/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/daily.h"

#include "store-sample.h"

#include "store/delivery.h"
#include "store/person.h"
#include "store/subscription.h"

#define ANNA "anna@stadt.example"

static int64_t member(struct sample *sample, const struct group *group, const char *address,
    enum subscription_mode mode)
{
	int64_t person;

	sample_begin(sample);
	person = person_need(sample->store, address, LANG_DE, NULL);
	assert_true(subscription_set(sample->store, person, group->id, mode, NULL));
	sample_commit(sample);
	return person;
}

static void post(struct sample *sample, struct group *group, const char *id)
{
	g_autofree char *head = g_strdup_printf("Message-ID: %s\nSubject: x\n", id);

	assert_int_equal(sample_post(sample, group, head), VERDICT_PLACED);
}

/* The ranges as "GROUP:LOW-HIGH …", groups by their place in the sample. */
static char *ranges_of(struct sample *sample, int64_t person)
{
	g_autoptr(GArray) ranges = daily_ranges(sample->store, person, NULL);
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < ranges->len; i++) {
		const struct daily_range *range = &g_array_index(ranges, struct daily_range, i);

		g_string_append_printf(text, "%s%lld:%lld-%lld", i > 0 ? " " : "",
		    (long long)range->group, (long long)range->low, (long long)range->high);
	}
	return g_string_free(text, FALSE);
}

static void has_ranges(struct sample *sample, int64_t person, const char *wanted)
{
	g_autofree char *ranges = ranges_of(sample, person);

	assert_string_equal(ranges, wanted);
}

/* A digest of all that is due to the person. */
static void make(struct sample *sample, int64_t person, const char *day, int64_t delivery)
{
	g_autoptr(GArray) ranges = NULL;
	const struct daily daily = {.person = person,
	    .day = day,
	    .msgid = "<d@x.example>",
	    .posts = 1,
	    .delivery = delivery,
	    .moment = delivery * 100};

	sample_begin(sample);
	ranges = daily_ranges(sample->store, person, NULL);
	assert_true(daily_record(sample->store, &daily, ranges, NULL));
	sample_commit(sample);
}

static void put_back(struct sample *sample, int64_t delivery)
{
	sample_begin(sample);
	assert_true(daily_put_back(sample->store, delivery, NULL));
	sample_commit(sample);
}

/* -- who -- */

static void set_hour(struct sample *sample, int64_t id, const char *hour)
{
	struct person *person = person_find_by_id(sample->store, id, NULL);

	g_free(person->digest_at);
	person->digest_at = g_strdup(hour);
	sample_begin(sample);
	assert_true(person_update(sample->store, person, NULL));
	sample_commit(sample);
	person_free(person);
}

static guint count_due(struct sample *sample, const char *hour, int64_t moment, int limit)
{
	g_autofree char *copy = g_strdup(hour);
	const struct daily_schedule schedule = {.hour = copy};
	g_autoptr(GArray) due = daily_due(sample->store, &schedule, moment, limit, NULL);

	return due->len;
}

static void test_due(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GPtrArray) schedules = NULL;
	const int64_t later = INT64_C(4000000000);
	int64_t anna, ben;

	anna = member(sample, bau, ANNA, MODE_DIGEST);
	ben = member(sample, bau, "ben@stadt.example", MODE_DIGEST);
	member(sample, bau, "cem@stadt.example", MODE_DIGEST);
	member(sample, bau, "dora@stadt.example", MODE_EACH);
	set_hour(sample, ben, "07:00");
	schedules = daily_schedules(sample->store, NULL);
	assert_int_equal(schedules->len, 2);
	assert_int_equal(count_due(sample, NULL, later, 100), 2);
	assert_int_equal(count_due(sample, NULL, later, 1), 1);
	assert_int_equal(count_due(sample, "07:00", later, 100), 1);
	/* An hour that passed before they joined is not owed. */
	assert_int_equal(count_due(sample, NULL, 1000, 100), 0);
	sample_begin(sample);
	assert_true(daily_set_done(sample->store, anna, later, NULL));
	assert_true(daily_set_done(sample->store, anna, 5, NULL)); /* never goes back */
	sample_commit(sample);
	assert_int_equal(count_due(sample, NULL, later, 100), 1);
	assert_int_equal(count_due(sample, NULL, later + 1, 100), 2);
}

static void test_wanted(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);
	const int64_t ben = member(sample, bau, "ben@stadt.example", MODE_EACH);
	bool wanted;

	assert_true(daily_is_wanted(sample->store, anna, &wanted, NULL));
	assert_true(wanted);
	assert_true(daily_is_wanted(sample->store, ben, &wanted, NULL));
	assert_false(wanted);
	assert_true(daily_is_wanted(sample->store, 4711, &wanted, NULL));
	assert_false(wanted);
}

/* -- which numbers -- */

static void test_ranges(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");
	g_autoptr(GArray) fresh = NULL;
	int64_t anna;
	bool exists;

	post(sample, bau, "<old@x.example>");
	anna = member(sample, bau, ANNA, MODE_DIGEST);
	member(sample, rat, ANNA, MODE_DIGEST);
	has_ranges(sample, anna, "");
	post(sample, bau, "<a@x.example>");
	post(sample, bau, "<b@x.example>");
	post(sample, rat, "<c@x.example>");
	has_ranges(sample, anna, "1:2-3 2:1-1");
	fresh = daily_fresh(sample->store, 2, NULL);
	assert_int_equal(fresh->len, 2);
	assert_int_equal(g_array_index(fresh, int64_t, 0), sample_id(sample, "<c@x.example>"));
	make(sample, anna, "2026-11-24", 1);
	has_ranges(sample, anna, "");
	assert_true(daily_exists(sample->store, anna, "2026-11-24", &exists, NULL));
	assert_true(exists);
	assert_true(daily_exists(sample->store, anna, "2026-11-25", &exists, NULL));
	assert_false(exists);
	post(sample, rat, "<d@x.example>");
	has_ranges(sample, anna, "2:2-2");
	sample_begin(sample);
	assert_true(group_remove(sample->store, rat->id, NULL));
	sample_commit(sample);
	has_ranges(sample, anna, "");
}

static void test_advance(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);
	g_autoptr(GArray) ranges = NULL;

	sample->quiet = true;
	post(sample, bau, "<a@x.example>");
	ranges = daily_ranges(sample->store, anna, NULL);
	sample_begin(sample);
	assert_true(daily_advance(sample->store, anna, ranges, NULL));
	sample_commit(sample);
	has_ranges(sample, anna, "");
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM digest"), 0);
}

/* The ids of what the person's next digest would hold of a group. */
static guint count_posts(struct sample *sample, int64_t person, const struct group *group)
{
	const struct daily_range all = {group->id, 1, 1000};
	g_autoptr(GArray) posts = daily_posts(sample->store, person, &all, NULL);

	return posts->len;
}

static void test_posts(void **state)
{
	struct sample *sample = *state;
	struct group *groups[] = {sample_group(sample, "bau"), sample_group(sample, "rat")};
	struct group *bau = groups[0], *rat = groups[1];
	struct delivery_post row = {.group = rat->id, .number = 1};
	struct outcome outcome;
	int64_t anna, ben, cem;
	bool more;

	anna = member(sample, bau, ANNA, MODE_DIGEST);
	ben = member(sample, bau, "ben@stadt.example", MODE_DIGEST);
	member(sample, rat, "ben@stadt.example", MODE_EACH);
	cem = member(sample, bau, "cem@stadt.example", MODE_DIGEST);
	member(sample, rat, "cem@stadt.example", MODE_DIGEST);
	outcome = sample_accept(sample, "Message-ID: <both@x.example>\n", groups, 2);
	outcome_clear(&outcome);
	sample->quiet = true;
	post(sample, bau, "<imported@x.example>");
	assert_int_equal(count_posts(sample, anna, bau), 1);
	/* Ben has had it as a mail, by the other group. */
	row.article = sample_id(sample, "<both@x.example>");
	sample_begin(sample);
	assert_true(delivery_add_posts(sample->store, &row, &more, NULL));
	sample_commit(sample);
	assert_int_equal(count_posts(sample, ben, bau), 0);
	assert_int_equal(count_posts(sample, anna, bau), 1);
	/* Cem has it in a digest of another group. */
	assert_int_equal(count_posts(sample, cem, bau), 1);
	make(sample, cem, "2026-11-24", 1);
	assert_int_equal(count_posts(sample, cem, bau), 0);
	assert_int_equal(count_posts(sample, cem, rat), 0);
}

static void test_wrote(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);
	const int64_t ben = member(sample, bau, "ben@stadt.example", MODE_DIGEST);
	bool wrote;

	post(sample, bau, "<a@x.example>"); /* by Anna */
	assert_true(
	    daily_wrote(sample->store, anna, sample_id(sample, "<a@x.example>"), &wrote, NULL));
	assert_true(wrote);
	assert_true(
	    daily_wrote(sample->store, ben, sample_id(sample, "<a@x.example>"), &wrote, NULL));
	assert_false(wrote);
}

/* -- what never arrives -- */

static void test_put_back(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);

	post(sample, bau, "<a@x.example>");
	post(sample, bau, "<b@x.example>");
	make(sample, anna, "2026-11-24", 1);
	post(sample, bau, "<c@x.example>");
	/* The newest one: the mark goes back, and it is one range again. */
	put_back(sample, 1);
	has_ranges(sample, anna, "1:1-3");
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM owed"), 0);
	make(sample, anna, "2026-11-25", 2);
	has_ranges(sample, anna, "");
	/* Of the first one nothing is left to put back. */
	put_back(sample, 1);
	has_ranges(sample, anna, "");
}

static void test_put_back_late(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);

	post(sample, bau, "<a@x.example>");
	make(sample, anna, "2026-11-24", 1);
	post(sample, bau, "<b@x.example>");
	make(sample, anna, "2026-11-25", 2);
	post(sample, bau, "<c@x.example>");
	/* A later one has taken the mark further: owed beside what is new. */
	put_back(sample, 1);
	has_ranges(sample, anna, "1:1-1 1:3-3");
	make(sample, anna, "2026-11-26", 3);
	has_ranges(sample, anna, "");
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM owed"), 0);
	/* That one fails too: it had both. */
	put_back(sample, 3);
	has_ranges(sample, anna, "1:1-1 1:3-3");
	assert_int_equal(count_posts(sample, anna, bau), 3);
}

/* Nothing is owed to who has left. */
static void test_put_back_left(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);
	bool found;

	post(sample, bau, "<a@x.example>");
	make(sample, anna, "2026-11-24", 1);
	post(sample, bau, "<b@x.example>");
	make(sample, anna, "2026-11-25", 2);
	sample_begin(sample);
	assert_true(subscription_remove(sample->store, anna, bau->id, &found, NULL));
	sample_commit(sample);
	put_back(sample, 1);
	put_back(sample, 2);
	has_ranges(sample, anna, "");
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM owed"), 0);
}

/* -- looking back -- */

static void test_trace(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);
	const int64_t ben = member(sample, bau, "ben@stadt.example", MODE_DIGEST);
	g_autoptr(GPtrArray) both = NULL;
	g_autoptr(GPtrArray) none = NULL;
	g_autofree char *day = NULL;

	post(sample, bau, "<a@x.example>");
	make(sample, anna, "2026-11-25", 1);
	make(sample, ben, "2026-11-24", 2);
	post(sample, bau, "<b@x.example>");
	both = daily_of_article(sample->store, sample_id(sample, "<a@x.example>"), NULL);
	assert_int_equal(both->len, 2);
	assert_int_equal(((const struct daily_trace *)both->pdata[0])->delivery, 2);
	assert_string_equal(((const struct daily_trace *)both->pdata[0])->day, "2026-11-24");
	none = daily_of_article(sample->store, sample_id(sample, "<b@x.example>"), NULL);
	assert_int_equal(none->len, 0);
	day = daily_day(sample->store, 1, NULL);
	assert_string_equal(day, "2026-11-25");
	assert_null(daily_day(sample->store, 3, NULL));
}

static void test_prune(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	const int64_t anna = member(sample, bau, ANNA, MODE_DIGEST);

	post(sample, bau, "<a@x.example>");
	make(sample, anna, "2026-11-24", 1);
	sample_change(sample, "UPDATE digest SET made = 100");
	post(sample, bau, "<b@x.example>");
	make(sample, anna, "2026-11-25", 2);
	sample_begin(sample);
	assert_true(daily_prune(sample->store, 101, NULL));
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM digest"), 1);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM digest_range"), 1);
	has_ranges(sample, anna, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_due),
	    sample_test(test_wanted),
	    sample_test(test_ranges),
	    sample_test(test_advance),
	    sample_test(test_posts),
	    sample_test(test_wrote),
	    sample_test(test_put_back),
	    sample_test(test_put_back_late),
	    sample_test(test_put_back_left),
	    sample_test(test_trace),
	    sample_test(test_prune),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
