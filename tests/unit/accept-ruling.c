/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/ruling.h"

#include "base/err.h"
#include "store-sample.h"
#include "store/placement.h"

/* The state: a sample with the groups bau and rat, and in bau a thread a <- b <- c, a <- d. */
struct house {
	struct sample *sample;
	struct group *bau;
	struct group *rat;
};

static void post(struct house *house, struct group *group, const char *id, const char *answers)
{
	g_autofree char *head = g_strdup_printf("Message-ID: <%s@x>\nSubject: %s\n%s%s%s", id, id,
	    answers ? "In-Reply-To: <" : "", answers ? answers : "", answers ? "@x>\n" : "");

	assert_int_equal(sample_post(house->sample, group, head), VERDICT_PLACED);
}

static int set_up(void **state)
{
	struct house *house = g_new0(struct house, 1);

	house->sample = sample_new(NULL);
	house->bau = sample_group(house->sample, "bau");
	house->rat = sample_group(house->sample, "rat");
	post(house, house->bau, "a", NULL);
	post(house, house->bau, "b", "a");
	post(house, house->bau, "c", "b");
	post(house, house->bau, "d", "a");
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	struct house *house = *state;

	sample_verify(house->sample);
	sample_free(house->sample);
	g_free(house);
	return 0;
}

static bool split(struct house *house, const char *id, GError **error)
{
	bool ok;

	sample_begin(house->sample);
	ok = ruling_split(house->sample->store, house->sample->settings, id, "otto", error);
	sample_commit(house->sample);
	return ok;
}

static bool join(struct house *house, const char *id, const char *parent, GError **error)
{
	bool ok;

	sample_begin(house->sample);
	ok = ruling_join(house->sample->store, house->sample->settings, id, parent, "otto", error);
	sample_commit(house->sample);
	return ok;
}

static bool move(struct house *house, struct ruling_move *to, GError **error)
{
	bool ok;

	sample_begin(house->sample);
	ok = ruling_move(house->sample->store, house->sample->settings, to, "otto", error);
	sample_commit(house->sample);
	return ok;
}

static void check_root(struct house *house, const char *id, const char *wanted)
{
	g_autofree char *msgid = g_strdup_printf("<%s@x>", id);
	g_autofree char *root = sample_root(house->sample, msgid);
	g_autofree char *as_wanted = g_strdup_printf("<%s@x>", wanted);

	assert_string_equal(root, as_wanted);
}

static void check_line(struct house *house, const struct group *group, int64_t number,
    enum overview_column column, const char *wanted)
{
	g_autofree char *line = sample_overview(house->sample, group, number, column);

	assert_string_equal(line, wanted);
}

static void test_split(void **state)
{
	struct house *house = *state;

	assert_true(split(house, "<b@x>", NULL));
	check_root(house, "a", "a");
	check_root(house, "b", "b");
	check_root(house, "c", "b");
	check_root(house, "d", "a");
	check_line(house, house->bau, 2, OVERVIEW_REFERENCES, "");
	assert_int_equal(
	    sample_count(house->sample, "SELECT count(*) FROM audit WHERE who = 'otto' AND "
					"what = 'thread split <b@x>'"),
	    1);
}

/* Nothing that arrives later undoes it. */
static void test_split_stays(void **state)
{
	struct house *house = *state;

	post(house, house->bau, "y", "z");
	assert_true(split(house, "<y@x>", NULL));
	post(house, house->bau, "z", NULL);
	check_root(house, "y", "y");
	assert_true(split(house, "<b@x>", NULL));
	sample_post(house->sample, house->rat, "Message-ID: <a@x>\nSubject: a\n");
	check_root(house, "b", "b");
}

static void test_join(void **state)
{
	struct house *house = *state;

	post(house, house->bau, "e", NULL);
	post(house, house->bau, "f", "e");
	assert_true(join(house, "<e@x>", "<c@x>", NULL));
	check_root(house, "e", "a");
	check_root(house, "f", "a");
	check_line(house, house->bau, 5, OVERVIEW_REFERENCES, "<a@x> <b@x> <c@x>");
	assert_true(join(house, "<b@x>", "<d@x>", NULL));
	check_root(house, "f", "a");
	check_line(house, house->bau, 2, OVERVIEW_REFERENCES, "<a@x> <d@x>");
}

/* What came with References keeps them in news, and is joined all the same. */
static void test_join_with_references(void **state)
{
	struct house *house = *state;

	sample_post(house->sample, house->bau,
	    "Message-ID: <r@x>\nSubject: r\nReferences: <fort@x> <b@x>\n");
	check_root(house, "r", "a");
	assert_true(split(house, "<r@x>", NULL));
	check_root(house, "r", "r");
	check_line(house, house->bau, 5, OVERVIEW_REFERENCES, "<fort@x> <b@x>");
	assert_true(join(house, "<r@x>", "<d@x>", NULL));
	check_root(house, "r", "a");
}

static void test_errors(void **state)
{
	struct house *house = *state;
	g_autoptr(GError) error = NULL;

	assert_false(join(house, "<a@x>", "<c@x>", &error));
	assert_int_equal(err_code(error), ERR_BAD);
	g_clear_error(&error);
	assert_false(join(house, "<a@x>", "<a@x>", &error));
	assert_int_equal(err_code(error), ERR_BAD);
	g_clear_error(&error);
	assert_false(join(house, "<a@x>", "<fort@x>", &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	g_clear_error(&error);
	assert_false(split(house, "<fort@x>", &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	assert_int_equal(sample_count(house->sample, "SELECT count(*) FROM audit"), 0);
	check_root(house, "c", "a");
}

static int64_t count_in(struct house *house, const struct group *group)
{
	g_autoptr(GError) error = NULL;
	struct group *now = group_find_by_id(house->sample->store, group->id, &error);
	const int64_t count = now->count;

	group_free(now);
	return count;
}

static void test_move(void **state)
{
	struct house *house = *state;
	struct ruling_move b = {.msgid = "<b@x>", .to = house->rat};

	assert_true(move(house, &b, NULL));
	assert_int_equal(b.moved, 2);
	assert_int_equal(count_in(house, house->bau), 2);
	assert_int_equal(count_in(house, house->rat), 2);
	check_line(house, house->rat, 1, OVERVIEW_SUBJECT, "b");
	check_line(house, house->rat, 2, OVERVIEW_SUBJECT, "c");
	check_line(house, house->rat, 2, OVERVIEW_XREF, SAMPLE_DOMAIN " rat:2");
	check_root(house, "c", "a");
	/* Back again: new numbers, as they are never given twice. */
	b = (struct ruling_move){.msgid = "<b@x>", .to = house->bau};
	assert_true(move(house, &b, NULL));
	assert_int_equal(count_in(house, house->bau), 4);
	assert_int_equal(count_in(house, house->rat), 0);
	check_line(house, house->bau, 5, OVERVIEW_SUBJECT, "b");
}

/* A crosspost leaves the group that is named. */
static void test_move_crosspost(void **state)
{
	struct house *house = *state;
	struct group *kasse = sample_group(house->sample, "kasse");
	struct ruling_move a = {.msgid = "<a@x>", .to = kasse};
	g_autoptr(GError) error = NULL;

	sample_post(house->sample, house->rat, "Message-ID: <a@x>\nSubject: a\n");
	assert_false(move(house, &a, &error));
	assert_int_equal(err_code(error), ERR_BAD);
	g_clear_error(&error);
	a.from = kasse;
	assert_false(move(house, &a, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	g_clear_error(&error);
	a.from = house->rat;
	a.to = house->rat;
	assert_false(move(house, &a, &error));
	assert_int_equal(err_code(error), ERR_BAD);
	a.to = house->bau;
	assert_true(move(house, &a, NULL));
	assert_int_equal(count_in(house, house->bau), 4);
	assert_int_equal(count_in(house, house->rat), 0);
	check_line(house, house->bau, 1, OVERVIEW_XREF, SAMPLE_DOMAIN " bau:1");
}

#define ruling_test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    ruling_test(test_split),
	    ruling_test(test_split_stays),
	    ruling_test(test_join),
	    ruling_test(test_join_with_references),
	    ruling_test(test_errors),
	    ruling_test(test_move),
	    ruling_test(test_move_crosspost),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/ruling", tests, NULL, NULL);
}
