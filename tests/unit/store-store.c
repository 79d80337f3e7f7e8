/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/store.h"

#include "store-sample.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "db/db.h"
#include "store/notice.h"
#include "store/placement.h"
#include "store/schema.h"

static void test_open(void **state)
{
	struct sample *sample = *state;
	g_autofree char *nowhere = g_strconcat("sqlite:", sample->folder, "/nothing.db", NULL);
	g_autofree char *empty = g_strconcat("sqlite:", sample->folder, "/umlauf.conf", NULL);
	const struct {
		const char *url;
		enum err code;
	} bad[] = {{nowhere, ERR_ABSENT}, {"postgresql:umlauf", ERR_PERM}, {"", ERR_PERM},
	    {empty, ERR_PERM}};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		assert_null(store_open(bad[i].url, STORE_WRITE, &error));
		assert_int_equal(err_code(error), bad[i].code);
	}
	store_close(NULL);
}

static void test_versions(void **state)
{
	struct sample *sample = *state;
	g_autoptr(GError) error = NULL;

	assert_true(store_migrate(sample->url, NULL)); /* nothing to do */
	assert_true(db_set_schema_version(store_db(sample->store), 0, NULL));
	assert_null(store_open(sample->url, STORE_READ, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	g_clear_error(&error);
	assert_true(db_set_schema_version(store_db(sample->store), schema_newest() + 1, NULL));
	assert_null(store_open(sample->url, STORE_READ, &error));
	assert_int_equal(err_code(error), ERR_PERM);
	g_clear_error(&error);
	assert_false(store_migrate(sample->url, &error));
	assert_int_equal(err_code(error), ERR_PERM);
}

/* A store of 0.2.0 is brought up to date, with what waits in it. */
static void test_step_3(void **state)
{
	struct sample *sample = *state;
	struct group *heim = sample_group_of(sample, "heim", POST_MODERATED);

	sample_post(sample, sample_group(sample, "bau"), "Message-ID: <1@x>\nSubject: Wege\n");
	assert_int_equal(sample_post(sample, heim, "Message-ID: <2@x>\n"), VERDICT_HELD);
	assert_true(db_exec(
	    store_db(sample->store), "DROP TABLE kin; ALTER TABLE held DROP COLUMN answers", NULL));
	assert_true(db_set_schema_version(store_db(sample->store), 2, NULL));
	store_close(sample->store);
	assert_true(store_migrate(sample->url, NULL));
	sample->store = store_open(sample->url, STORE_WRITE, NULL);
	assert_non_null(sample->store);
	assert_int_equal(sample_count(sample, "SELECT answers FROM held"), 0);
	assert_int_equal(sample_post(sample, sample->groups->pdata[1],
			     "Message-ID: <3@x>\nSubject: AW: Wege\nIn-Reply-To: <1@x>\n"),
	    VERDICT_PLACED);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM kin"), 1);
	sample_verify(sample);
}

static void test_key(void **state)
{
	struct sample *sample = *state;
	struct store *reader = store_open(sample->url, STORE_READ, NULL);

	assert_memory_equal(store_key(reader), store_key(sample->store), SIPHASH_KEY_SIZE);
	assert_int_equal(store_hash(reader, "<1@x>"), store_hash(sample->store, "<1@x>"));
	assert_int_not_equal(store_hash(reader, "<1@x>"), store_hash(reader, "<2@x>"));
	store_close(reader);
}

static void test_savepoint(void **state)
{
	struct sample *sample = *state;
	struct store *store = sample->store;

	sample_begin(sample);
	assert_true(store_savepoint(store, NULL));
	assert_true(notice_add(store, "intake", "a", "", NULL));
	assert_true(store_release(store, NULL));
	assert_true(store_savepoint(store, NULL));
	assert_true(notice_add(store, "intake", "b", "", NULL));
	store_undo(store);
	assert_true(store_in_transaction(store));
	assert_true(store_savepoint(store, NULL));
	store_undo(store);
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM notice"), 1);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM notice WHERE event = 'a'"), 1);
}

/* Reading in one go: it sees nothing new until it ends, which a writing transaction does by itself. */
static void test_read(void **state)
{
	struct sample *sample = *state;
	struct store *other = store_open(sample->url, STORE_WRITE, NULL);

	assert_true(store_begin_read(other, NULL));
	assert_true(store_begin_read(other, NULL));
	assert_null(group_find(other, "neu", NULL));
	sample_group(sample, "neu");
	assert_null(group_find(other, "neu", NULL));
	assert_true(store_begin(other, NULL));
	assert_true(store_commit(other, NULL));
	assert_false(store_in_transaction(other));
	assert_true(store_begin_read(other, NULL));
	store_end_read(other);
	store_end_read(other);
	assert_false(store_in_transaction(other));
	store_close(other);
}

/* A store that another process writes to is waited for. */
static void test_busy(void **state)
{
	struct sample *sample = *state;
	int held[2];
	char octet;
	pid_t child;
	int status;

	assert_int_equal(pipe(held), 0);
	child = fork();
	if (child == 0) {
		struct store *other = store_open(sample->url, STORE_WRITE, NULL);
		bool ok = other && store_begin(other, NULL) &&
			  notice_add(other, "child", "a", "", NULL) && write(held[1], "x", 1) == 1;

		g_usleep(
		    100000); /* the parent's turn to knock in vain; as good if it comes later */
		_exit(ok && store_commit(other, NULL) ? 0 : 1);
	}
	assert_int_equal(read(held[0], &octet, 1), 1);
	sample_begin(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM notice"), 1);
	sample_commit(sample);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(held[0]);
	close(held[1]);
}

static void test_backup(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autofree char *folder = g_build_filename(sample->folder, "copy", NULL);
	g_autofree char *url = g_strconcat("sqlite:", folder, "/umlauf.db", NULL);
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	struct store *copy;

	sample_post(sample, bau, "Message-ID: <1@x>\n");
	assert_true(store_backup(sample->store, folder, NULL, NULL));
	assert_false(store_backup(sample->store, folder, NULL, &error));
	assert_int_equal(err_code(error), ERR_DENIED);
	copy = store_open(url, STORE_READ, NULL);
	assert_non_null(copy);
	assert_true(article_find_id(copy, "<1@x>", NULL) > 0);
	assert_true(store_verify(copy, findings, NULL));
	assert_int_equal(findings->len, 0);
	store_close(copy);
}

/* Each damage is one finding. */
static const struct {
	const char *name;
	const char *damage;
	unsigned findings;
} damages[] = {
    /* clang-format off */
	{"none",               "SELECT 1", 0},
	{"bytes lost",         "DELETE FROM wire WHERE article = 1", 1},
	{"bytes damaged",      "UPDATE wire SET bytes = x'00' WHERE article = 1", 1},
	{"bytes of another",   "UPDATE wire SET bytes = (SELECT w.bytes FROM wire w WHERE w.article = 2) "
				"WHERE article = 1", 1},
	{"withdrawn, placed",  "UPDATE article SET withdrawn = 1 WHERE id = 2", 1},
	{"count",              "UPDATE grp SET count = 9", 1},
	{"high",               "UPDATE grp SET high = 1", 1},
	{"low",                "UPDATE grp SET low = 2", 1},
	{"parent lost",        "UPDATE article SET wanted = 99 WHERE id = 2", 1},
	{"other thread",       "UPDATE article SET root = 2 WHERE id = 2", 1},
    /* clang-format on */
};

static void test_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(damages); i++) {
		struct sample *sample = sample_new(NULL);
		struct group *bau = sample_group(sample, "bau");
		g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);

		print_message("# %s\n", damages[i].name);
		sample_post(sample, bau, "Message-ID: <1@x>\n");
		sample_post(sample, bau, "Message-ID: <2@x>\nSubject: zwei\nIn-Reply-To: <1@x>\n");
		assert_true(db_exec(store_db(sample->store), damages[i].damage, NULL));
		assert_true(store_verify(sample->store, findings, NULL));
		assert_int_equal(findings->len, damages[i].findings);
		sample_free(sample);
	}
}

static bool collect(int64_t number, const char *msgid, void *data)
{
	(void)number;
	g_string_append(data, msgid);
	return true;
}

/* NEWNEWS by halving, across holes. */
static void test_new(void **state)
{
	static const struct {
		int64_t since;
		int64_t after;
		const char *wanted;
	} wants[] = {{0, 0, "<1@x><3@x><4@x>"}, {10, 0, "<1@x><3@x><4@x>"}, {11, 0, "<3@x><4@x>"},
	    {30, 0, "<3@x><4@x>"}, {31, 0, "<4@x>"}, {41, 0, ""}, {0, 1, "<3@x><4@x>"},
	    {0, 2, "<3@x><4@x>"}, {0, 4, ""}, {31, 1, "<4@x>"}};
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GError) error = NULL;

	for (int i = 1; i <= 4; i++) {
		g_autofree char *head = g_strdup_printf("Message-ID: <%d@x>\n", i);

		sample->arrived = 10 * i;
		assert_int_equal(sample_post(sample, bau, head), VERDICT_PLACED);
	}
	sample_begin(sample);
	assert_true(placement_remove_all(sample->store, 2, NULL));
	assert_true(group_recount(sample->store, bau->id, NULL));
	sample_commit(sample);
	for (size_t i = 0; i < G_N_ELEMENTS(wants); i++) {
		g_autoptr(GString) got = g_string_new(NULL);

		assert_true(placement_new(
		    sample->store, bau->id, wants[i].since, wants[i].after, collect, got, NULL));
		assert_string_equal(got->str, wants[i].wanted);
	}
	assert_int_equal(placement_next(sample->store, bau->id, 1, NULL), 3);
	assert_int_equal(placement_next(sample->store, bau->id, 4, NULL), 0);
	assert_int_equal(placement_previous(sample->store, bau->id, 3, NULL), 1);
	assert_int_equal(placement_previous(sample->store, bau->id, 1, NULL), 0);
	assert_int_equal(placement_article(sample->store, bau->id, 2, NULL), 0);
	/* What can't be read is an error, told once. */
	assert_true(db_exec(store_db(sample->store), "ALTER TABLE article RENAME TO away", NULL));
	assert_false(placement_new(sample->store, bau->id, 11, 0, collect, NULL, &error));
	assert_non_null(error);
	assert_true(db_exec(store_db(sample->store), "ALTER TABLE away RENAME TO article", NULL));
}

static void test_groups(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group twin = *bau;
	g_autoptr(GPtrArray) list = NULL;
	g_autoptr(GError) error = NULL;
	int64_t changed = group_changed(sample->store);
	char other[] = "bau@elsewhere.example";

	assert_int_equal(bau->low, bau->high + 1);
	sample_begin(sample);
	assert_int_equal(group_take_number(sample->store, bau->id, NULL), 1);
	assert_true(group_recount(sample->store, bau->id, NULL));
	twin.address = other;
	assert_false(group_add(sample->store, &twin, &error)); /* the name is taken */
	assert_int_equal(err_code(error), ERR_DENIED);
	g_clear_error(&error);
	assert_true(group_remove(sample->store, bau->id, NULL));
	assert_null(group_find(sample->store, "bau", NULL));
	assert_null(group_find_by_address(sample->store, bau->address, NULL));
	assert_int_equal(group_take_number(sample->store, 99, &error), 0);
	assert_int_equal(err_code(error), ERR_ABSENT);
	g_clear_error(&error);
	/* A message that was on its way when the group went can't be placed where nobody reads. */
	assert_int_equal(group_take_number(sample->store, bau->id, &error), 0);
	assert_int_equal(err_code(error), ERR_ABSENT);
	twin.address = bau->address;
	assert_true(group_add(sample->store, &twin, NULL)); /* name and address are free again */
	/* Newsreaders know the name and the numbers that they have read. */
	assert_int_equal(twin.high, 1);
	assert_int_equal(twin.low, 2);
	assert_int_equal(group_take_number(sample->store, twin.id, NULL), 2);
	assert_true(group_recount(sample->store, twin.id, NULL));
	sample_commit(sample);
	assert_int_not_equal(twin.id, bau->id);
	assert_true(group_changed(sample->store) > changed);
	list = group_list(sample->store, NULL);
	assert_int_equal(list->len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_open),
	    sample_test(test_versions),
	    sample_test(test_step_3),
	    sample_test(test_key),
	    sample_test(test_savepoint),
	    sample_test(test_read),
	    sample_test(test_busy),
	    sample_test(test_backup),
	    cmocka_unit_test(test_verify),
	    sample_test(test_new),
	    sample_test(test_groups),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("store/store", tests, NULL, NULL);
}
