/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/result.h"

#include "courier-sample.h"

#include "base/clock.h"
#include "base/err.h"
#include "courier/due.h"
#include "store/cursor.h"
#include "store/daily.h"
#include "store/person.h"

#define NOW INT64_C(1795500000)
#define MINUTE 60
#define HOUR (60 * MINUTE)

/* -- an answer and a row -- */

/* retry-for is an hour. */
static void apply(void **state)
{
	static const struct {
		const char *name;
		enum courier_try tried;
		enum relay_end end;
		int64_t attempts; /* before */
		int64_t age;
		bool changed;
		enum delivery_state state;
		int64_t wait; /* until it is due, from now */
		bool doubtful;
	} cases[] = {
	    {"sent", COURIER_TRIED, RELAY_SENT, 0, 0, true, DELIVERY_SENT, 0, false},
	    {"sent late", COURIER_TRIED, RELAY_SENT, 9, 9 * HOUR, true, DELIVERY_SENT, 0, false},
	    {"no", COURIER_TRIED, RELAY_PERM, 0, 0, true, DELIVERY_FAILED, 0, false},
	    {"later", COURIER_TRIED, RELAY_TEMP, 0, 0, true, DELIVERY_WAITING, MINUTE, false},
	    {"2nd", COURIER_TRIED, RELAY_TEMP, 1, 1, true, DELIVERY_WAITING, 5 * MINUTE, false},
	    {"3rd", COURIER_TRIED, RELAY_TEMP, 2, 1, true, DELIVERY_WAITING, 15 * MINUTE, false},
	    {"4th", COURIER_TRIED, RELAY_TEMP, 3, 1, true, DELIVERY_WAITING, 30 * MINUTE, false},
	    {"5th", COURIER_TRIED, RELAY_TEMP, 4, 1, true, DELIVERY_WAITING, HOUR, false},
	    {"6th", COURIER_TRIED, RELAY_TEMP, 5, 1, true, DELIVERY_WAITING, 2 * HOUR, false},
	    {"7th", COURIER_TRIED, RELAY_TEMP, 6, 1, true, DELIVERY_WAITING, 4 * HOUR, false},
	    {"100th", COURIER_TRIED, RELAY_TEMP, 99, 1, true, DELIVERY_WAITING, 4 * HOUR, false},
	    {"just in time", COURIER_TRIED, RELAY_TEMP, 0, HOUR - 1, true, DELIVERY_WAITING, MINUTE,
		false},
	    {"over", COURIER_TRIED, RELAY_TEMP, 3, HOUR, true, DELIVERY_FAILED, 0, false},
	    {"in doubt", COURIER_TRIED, RELAY_UNKNOWN, 0, 0, true, DELIVERY_WAITING, MINUTE, true},
	    {"doubt, over", COURIER_TRIED, RELAY_UNKNOWN, 0, HOUR, true, DELIVERY_FAILED, 0, true},
	    {"no session", COURIER_NO_SESSION, 0, 0, HOUR - 1, false, DELIVERY_WAITING, 0, false},
	    {"no session, over", COURIER_NO_SESSION, 0, 0, HOUR, true, DELIVERY_FAILED, 0, false},
	    {"untouched", COURIER_UNTOUCHED, 0, 0, 0, false, DELIVERY_WAITING, 0, false},
	    /* It waited for us, not for the relay. */
	    {"untouched, over", COURIER_UNTOUCHED, 0, 0, 9 * HOUR, false, DELIVERY_WAITING, 0,
		false},
	};
	const struct settings settings = {.retry_for_ms = INT64_C(3600) * 1000};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct courier_reply reply = {
		    .tried = cases[i].tried, .end = cases[i].end, .text = "450 later"};
		struct delivery *row = g_new0(struct delivery, 1);
		const bool tried = cases[i].tried == COURIER_TRIED;
		bool good;

		/* How long it lay before its first try, behind a brake, doesn't count. */
		row->attempts = cases[i].attempts;
		row->made = NOW - cases[i].age - (tried ? 9 * HOUR : 0);
		row->tried = tried && cases[i].age > 0 ? NOW - cases[i].age : 0;
		row->due = NOW;
		row->answer = g_strdup("before");
		good = courier_result_apply(row, &reply, &settings, NOW) == cases[i].changed &&
		       row->state == cases[i].state && row->due == NOW + cases[i].wait &&
		       row->attempts == cases[i].attempts + tried &&
		       row->doubtful == cases[i].doubtful &&
		       g_str_equal(row->answer, cases[i].changed ? "450 later" : "before");
		if (!good)
			fail_msg("%s: state %d, due in %d, attempts %d, answer %s", cases[i].name,
			    (int)row->state, (int)(row->due - NOW), (int)row->attempts,
			    row->answer);
		delivery_free(row);
	}
}

/* What lay behind the brake is not given up because the relay is away for a minute. */
static void no_session(void **state)
{
	static const struct {
		int64_t made; /* hours ago, as the next */
		int64_t since;
		bool over;
	} cases[] = {{9, 0, false}, {0, 9, false}, {1, 9, true}, {9, 1, true}};
	const struct settings settings = {.retry_for_ms = INT64_C(3600) * 1000};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct courier_reply reply = {.tried = COURIER_NO_SESSION,
		    .text = "no route",
		    .since = NOW - cases[i].since * HOUR};
		struct delivery *row = g_new0(struct delivery, 1);

		row->made = NOW - cases[i].made * HOUR;
		assert_int_equal(courier_result_apply(row, &reply, &settings, NOW), cases[i].over);
		assert_int_equal(row->tried, 0);
		delivery_free(row);
	}
}

static void refuse(void **state)
{
	static const struct {
		enum err code;
		enum delivery_state state;
	} cases[] = {
	    {ERR_ABSENT, DELIVERY_DROPPED},
	    {ERR_PERM, DELIVERY_FAILED},
	    {ERR_BAD, DELIVERY_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct delivery *row = g_new0(struct delivery, 1);
		g_autoptr(GError) error = NULL;

		err_set(&error, cases[i].code, "it is so");
		courier_result_refuse(row, error);
		assert_int_equal(row->state, cases[i].state);
		assert_int_equal(row->attempts, 0);
		assert_string_equal(row->answer, "it is so");
		delivery_free(row);
	}
}

/* -- who is told -- */

static void set(struct delivery *row, enum delivery_state state)
{
	row->state = state;
	g_free(row->answer);
	row->answer = g_strdup(state == DELIVERY_SENT ? "250 kept" : "550 nobody");
}

static void write_all(struct sample *sample, GPtrArray *rows)
{
	g_autoptr(GError) error = NULL;

	sample_begin(sample);
	if (!courier_result_write(sample->store, sample->settings, rows, &error))
		fail_msg("%s", error->message);
	sample_commit(sample);
}

static int64_t letters(struct sample *sample, const char *kind)
{
	g_autofree char *sql =
	    g_strdup_printf("SELECT count(*) FROM delivery WHERE kind = 2 AND letter = '%s'", kind);

	return sample_count(sample, sql);
}

/* The newest letter's text. */
static char *letter(struct sample *sample)
{
	struct delivery *row = delivery_find(
	    sample->store, sample_count(sample, "SELECT max(id) FROM delivery"), NULL);
	gsize size;
	const char *bytes = g_bytes_get_data(row->head, &size);
	char *text = g_strndup(bytes, size);

	delivery_free(row);
	return text;
}

/* By its first letter. */
static enum delivery_state state_of(char letter)
{
	enum delivery_state state = DELIVERY_WAITING;

	while (delivery_state_name(state)[0] != letter)
		state++;
	return state;
}

/* A post to m1, m2 and m3, whose rows end so; the author is known, or not. */
static void telling(void **state)
{
	static const struct {
		const char *name;
		const char *states; /* of each: s(ent), f(ailed), d(ropped), w(aiting) */
		bool known;
		int author;
		int operator;
	} cases[] = {
	    {"all sent", "sss", true, 0, 0},
	    {"one failed", "sfs", true, 0, 1},
	    {"all failed", "fff", true, 1, 0},
	    {"all failed, a stranger's post", "fff", false, 0, 1},
	    {"one waits", "ffw", true, 0, 0},
	    {"failed, and left", "fdd", true, 1, 0},
	    {"all have left", "ddd", true, 0, 0},
	    {"sent, and left", "sds", true, 0, 0},
	    {"failed, left, sent", "fds", true, 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct sample *sample = sample_new(NULL);
		struct group *group = sample_group(sample, "bau");
		g_autoptr(GPtrArray) rows = NULL;
		int64_t article;
		bool more;

		member_add_many(sample, group, 3);
		if (cases[i].known) {
			sample_begin(sample);
			assert_true(
			    person_need(sample->store, "anna@stadt.example", LANG_EN, NULL) > 0);
			sample_commit(sample);
		}
		article = post_add(sample, "1", &group, 1);
		post_take(sample, &more);
		rows = post_rows(sample, article);
		for (guint k = 0; k < rows->len; k++)
			set(rows->pdata[k], state_of(cases[i].states[k]));
		write_all(sample, rows);
		/* Once, however often its rows are written. */
		write_all(sample, rows);
		if (letters(sample, "undelivered") != cases[i].author ||
		    letters(sample, "undelivered-admin") != cases[i].operator)
			fail_msg("%s: author %d, operator %d", cases[i].name,
			    (int)letters(sample, "undelivered"),
			    (int)letters(sample, "undelivered-admin"));
		sample_free(sample);
	}
}

/* In which words: those of a row that failed, not of the last one that was written. */
static void words(void **state)
{
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "bau");
	g_autoptr(GPtrArray) rows = NULL;
	g_autofree char *text = NULL;
	int64_t article;
	bool more;

	member_add_many(sample, group, 3);
	article = post_add(sample, "1", &group, 1);
	post_take(sample, &more);
	rows = post_rows(sample, article);
	set(rows->pdata[0], DELIVERY_FAILED);
	set(rows->pdata[1], DELIVERY_SENT);
	set(rows->pdata[2], DELIVERY_SENT);
	write_all(sample, rows);
	text = letter(sample);
	assert_non_null(strstr(text, "550 nobody"));
	assert_non_null(strstr(text, "<1@x>"));
	assert_non_null(strstr(text, "bau@" SAMPLE_DOMAIN));
	assert_null(strstr(text, "250 kept"));
}

/* The operator hears of one post a day. */
static void once_a_day(void **state)
{
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "bau");
	bool more;

	member_add_many(sample, group, 2);
	for (int i = 0; i < 3; i++) {
		g_autofree char *id = g_strdup_printf("%d", i);
		const int64_t article = post_add(sample, id, &group, 1);
		g_autoptr(GPtrArray) rows = NULL;

		post_take(sample, &more);
		rows = post_rows(sample, article);
		set(rows->pdata[0], DELIVERY_FAILED);
		set(rows->pdata[1], DELIVERY_SENT);
		write_all(sample, rows);
	}
	assert_int_equal(letters(sample, "undelivered-admin"), 1);
	assert_int_equal(
	    sample_count(sample, "SELECT count(*) FROM memo WHERE name LIKE 'undelivered %'"), 3);
}

/* A letter that fails is the end: no letter tells of a letter. */
static void no_letter_of_a_letter(void **state)
{
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "bau");
	g_autoptr(GPtrArray) rows = NULL;
	g_autoptr(GPtrArray) due = NULL;
	int64_t article;
	bool more;

	member_add_many(sample, group, 2);
	article = post_add(sample, "1", &group, 1);
	post_take(sample, &more);
	rows = post_rows(sample, article);
	set(rows->pdata[0], DELIVERY_FAILED);
	set(rows->pdata[1], DELIVERY_FAILED);
	write_all(sample, rows);
	due = delivery_due(sample->store, clock_now() + 1, NULL, 10, NULL);
	assert_int_equal(due->len, 1);
	set(due->pdata[0], DELIVERY_FAILED);
	write_all(sample, due);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE kind = 2"), 1);
}

/* While the cursor of one of its groups is behind, more receivers may come. */
static void crossposted(void **state)
{
	struct sample *sample = *state;
	struct group *groups[] = {sample_group(sample, "bau"), sample_group(sample, "rat")};
	const struct cursor behind = {.group = groups[1]->id};
	const struct cursor there = {.group = groups[1]->id, .number = 1};
	g_autoptr(GPtrArray) rows = NULL;
	int64_t article;
	bool more;

	member_add(sample, groups[0], "a");
	member_add(sample, groups[1], "b");
	article = post_add(sample, "1", groups, 2);
	sample_begin(sample);
	assert_true(cursor_set(sample->store, COURIER_CONSUMER, &there, NULL));
	sample_commit(sample);
	post_take(sample, &more);
	sample_begin(sample);
	assert_true(cursor_set(sample->store, COURIER_CONSUMER, &behind, NULL));
	sample_commit(sample);
	rows = post_rows(sample, article);
	assert_int_equal(rows->len, 1);
	set(rows->pdata[0], DELIVERY_FAILED);
	write_all(sample, rows);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM delivery WHERE kind = 2"), 0);
	post_take(sample, &more);
	g_ptr_array_unref(g_steal_pointer(&rows));
	rows = post_rows(sample, article);
	assert_int_equal(rows->len, 2);
	set(row_to(rows, "b"), DELIVERY_SENT);
	write_all(sample, rows);
	assert_int_equal(letters(sample, "undelivered-admin"), 1);
}

/* -- digests -- */

/* What a digest held that will never arrive comes with the next; in doubt it does not. */
static void put_back(void **state)
{
	static const struct {
		enum delivery_state state;
		bool doubtful;
		int mark; /* up to this number all was told */
	} cases[] = {
	    {DELIVERY_SENT, false, 1},
	    {DELIVERY_WAITING, false, 1},
	    {DELIVERY_FAILED, true, 1},
	    {DELIVERY_FAILED, false, 0},
	};
	struct sample *sample = *state;
	struct group *group = sample_group(sample, "bau");
	static char address[] = "a" MEMBERS_DOMAIN;
	const int64_t person = member_add(sample, group, "a");
	const struct daily_range range = {.group = group->id, .low = 1, .high = 1};
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(range));

	g_array_append_val(ranges, range);
	sample_begin(sample);
	assert_true(subscription_set(sample->store, person, group->id, MODE_DIGEST, NULL));
	sample_commit(sample);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *day = g_strdup_printf("2026-11-%02zu", i + 1);
		const struct delivery new = {
		    .kind = DELIVERY_DIGEST, .person = person, .address = address};
		struct daily daily = {
		    .person = person, .day = day, .msgid = "<d@x>", .posts = 1, .moment = NOW};
		g_autoptr(GPtrArray) rows = g_ptr_array_new();
		struct delivery *row;

		sample_begin(sample);
		daily.delivery = delivery_add(sample->store, &new, NULL);
		assert_true(daily_record(sample->store, &daily, ranges, NULL));
		sample_commit(sample);
		row = delivery_find(sample->store, daily.delivery, NULL);
		set(row, cases[i].state);
		row->doubtful = cases[i].doubtful;
		g_ptr_array_add(rows, row);
		write_all(sample, rows);
		assert_int_equal(
		    sample_count(sample, "SELECT mark FROM subscription"), cases[i].mark);
		delivery_free(row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(apply),
	    cmocka_unit_test(no_session),
	    cmocka_unit_test(refuse),
	    cmocka_unit_test(telling),
	    sample_test(words),
	    sample_test(once_a_day),
	    sample_test(no_letter_of_a_letter),
	    sample_test(crossposted),
	    sample_test(put_back),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
