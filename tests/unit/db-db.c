/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "db/db.h"

#include "store-sample.h"

#include <sys/stat.h>

#include "base/err.h"

static const char SQL_MAKE[] = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b BLOB)";
static const char SQL_ADD[] = "INSERT INTO t (a, b) VALUES (?1, ?2)";
static const char SQL_LIST[] = "SELECT id, a, b FROM t ORDER BY id";
static const char SQL_COUNT[] = "SELECT count(*) FROM t";
static const char SQL_OF_NAME[] = "SELECT id FROM t WHERE a = ?1";
static const char SQL_NULL[] = "SELECT max(id) FROM t WHERE a = ?1";

/* The folder of a sample serves; its store is not touched. */
static char *path_of(struct sample *sample, const char *name)
{
	return g_build_filename(sample->folder, name, NULL);
}

static struct db *make(struct sample *sample)
{
	g_autofree char *path = path_of(sample, "t.db");
	g_autoptr(GError) error = NULL;
	struct db *db = db_open(path, DB_CREATE, &error);

	assert_non_null(db);
	assert_true(db_exec(db, SQL_MAKE, &error));
	return db;
}

static int64_t count(struct db *db)
{
	return db_int_of(db, SQL_COUNT, NULL, 0, -1, NULL);
}

static void test_values(void **state)
{
	struct db *db = make(*state);
	struct db_stmt *stmt;
	const void *blob;
	size_t size;

	assert_true(db_run(db, NULL, SQL_ADD, db_t("ä'"), db_b("a\0b", 3)));
	assert_int_equal(db_last_id(db), 1);
	assert_int_equal(db_changes(db), 1);
	assert_true(db_run(db, NULL, SQL_ADD, db_t(NULL), db_b("", 0)));
	assert_true(db_run(db, NULL, SQL_ADD, db_id(0), db_id(7)));
	stmt = db_query_values(db, SQL_LIST, NULL, 0, NULL);
	assert_int_equal(db_step(stmt, NULL), DB_ROW);
	assert_int_equal(db_column_int(stmt, 0), 1);
	assert_string_equal(db_column_text(stmt, 1), "ä'");
	blob = db_column_blob(stmt, 2, &size);
	assert_int_equal(size, 3);
	assert_memory_equal(blob, "a\0b", 3);
	assert_int_equal(db_step(stmt, NULL), DB_ROW);
	assert_null(db_column_text(stmt, 1));
	db_column_blob(stmt, 2, &size);
	assert_int_equal(size, 0);
	assert_int_equal(db_step(stmt, NULL), DB_ROW);
	assert_null(db_column_text(stmt, 1));
	assert_int_equal(db_column_int(stmt, 2), 7);
	assert_int_equal(db_step(stmt, NULL), DB_DONE);
	db_end(stmt);
	db_end(NULL);
	db_close(db);
	db_close(NULL);
}

static void test_number(void **state)
{
	struct db *db = make(*state);
	GError *error = NULL;

	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_int_equal(db_number(db, &error, -7, SQL_OF_NAME, db_t("a")), 1);
	assert_int_equal(db_number(db, &error, -7, SQL_OF_NAME, db_t("b")), -7);
	assert_int_equal(db_number(db, &error, -7, SQL_NULL, db_t("b")), -7);
	assert_null(error);
	db_close(db);
}

/* A constraint is ERR_DENIED, bad SQL ERR_PERM; either leaves the connection usable. */
static void test_errors(void **state)
{
	struct db *db = make(*state);
	g_autoptr(GError) error = NULL;

	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_false(db_run(db, &error, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_int_equal(err_code(error), ERR_DENIED);
	g_clear_error(&error);
	assert_null(db_query_values(db, "SELECT nothing FROM nowhere", NULL, 0, &error));
	assert_int_equal(err_code(error), ERR_PERM);
	g_clear_error(&error);
	assert_false(db_run(db, &error, SQL_OF_NAME, db_t("a"), db_t("one too many")));
	assert_non_null(error);
	assert_true(db_run(db, NULL, SQL_ADD, db_t("b"), db_t(NULL)));
	assert_int_equal(count(db), 2);
	db_close(db);
}

static void test_absent(void **state)
{
	g_autofree char *path = path_of(*state, "nowhere/t.db");
	g_autoptr(GError) error = NULL;

	assert_null(db_open(path, DB_CREATE, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
}

static void test_read_only(void **state)
{
	g_autofree char *path = path_of(*state, "t.db");
	struct db *db = make(*state);
	struct db *reader = db_open(path, DB_READ_ONLY, NULL);
	int64_t version = db_data_version(reader);

	assert_int_equal(count(reader), 0);
	assert_false(db_run(reader, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_int_equal(db_data_version(reader), version);
	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_int_not_equal(db_data_version(reader), version);
	assert_int_equal(count(reader), 1);
	/* A read transaction sees one state throughout. */
	assert_true(db_begin(reader, false, NULL));
	assert_int_equal(count(reader), 1);
	assert_true(db_run(db, NULL, SQL_ADD, db_t("b"), db_t(NULL)));
	assert_int_equal(count(reader), 1);
	db_rollback(reader);
	assert_int_equal(count(reader), 2);
	db_close(reader);
	db_close(db);
}

static void test_transaction(void **state)
{
	struct db *db = make(*state);

	assert_true(db_begin(db, true, NULL));
	assert_true(db_in_transaction(db));
	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	db_rollback(db);
	assert_false(db_in_transaction(db));
	assert_int_equal(count(db), 0);
	assert_true(db_begin(db, true, NULL));
	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_true(db_commit(db, NULL));
	assert_false(db_in_transaction(db));
	assert_int_equal(count(db), 1);
	/* A commit that can't be says so, and the next transaction is not the worse for it. */
	assert_true(db_exec(
	    db, "CREATE TABLE u (t INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)", NULL));
	assert_true(db_begin(db, true, NULL));
	assert_true(db_run(db, NULL, SQL_ADD, db_t("b"), db_t(NULL)));
	assert_true(db_exec(db, "INSERT INTO u VALUES (99)", NULL));
	assert_false(db_commit(db, NULL));
	assert_false(db_in_transaction(db));
	assert_int_equal(count(db), 1);
	assert_true(db_begin(db, true, NULL));
	assert_true(db_commit(db, NULL));
	db_close(db);
}

/* What was a transaction is none any more: its commit must not be a yes. */
static void test_lost_transaction(void **state)
{
	struct db *db = make(*state);

	assert_true(db_begin(db, true, NULL));
	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_true(
	    db_exec(db, "ROLLBACK", NULL)); /* as SQLite does by itself when a disk is full */
	assert_true(db_run(db, NULL, SQL_ADD, db_t("b"), db_t(NULL)));
	assert_false(db_commit(db, NULL));
	assert_false(db_in_transaction(db));
	db_close(db);
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_size : -1;
}

static void test_checkpoint(void **state)
{
	g_autofree char *path = path_of(*state, "t.db");
	g_autofree char *wal = g_strconcat(path, "-wal", NULL);
	g_autofree char *much = g_strnfill(1 << 20, 'x');
	struct db *db = make(*state);
	struct db *reader = db_open(path, DB_READ_ONLY, NULL);

	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(much)));
	assert_true(size_of(wal) > 1 << 20);
	db_checkpoint(db, 16 << 20);
	assert_true(size_of(wal) > 1 << 20);
	/* A reader in the way is not waited for long. */
	assert_true(db_begin(reader, false, NULL));
	assert_int_equal(count(reader), 1);
	assert_true(db_run(db, NULL, SQL_ADD, db_t("b"), db_t(NULL)));
	db_checkpoint(db, 1 << 20);
	assert_int_equal(count(reader), 1);
	db_rollback(reader);
	db_checkpoint(db, 1 << 20);
	assert_int_equal(size_of(wal), 0);
	assert_int_equal(count(reader), 2);
	db_close(reader);
	db_close(db);
}

static void test_backup(void **state)
{
	g_autofree char *copy = path_of(*state, "copy.db");
	struct db *db = make(*state);
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	struct db *other;

	assert_true(db_run(db, NULL, SQL_ADD, db_t("a"), db_t(NULL)));
	assert_true(db_set_schema_version(db, 5, NULL));
	assert_true(db_backup(db, copy, NULL, NULL));
	db_close(db);
	other = db_open(copy, DB_READ_ONLY, NULL);
	assert_int_equal(count(other), 1);
	assert_int_equal(db_schema_version(other, NULL), 5);
	assert_true(db_integrity(other, findings, NULL));
	assert_int_equal(findings->len, 0);
	db_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_values),
	    sample_test(test_number),
	    sample_test(test_errors),
	    sample_test(test_absent),
	    sample_test(test_read_only),
	    sample_test(test_transaction),
	    sample_test(test_lost_transaction),
	    sample_test(test_checkpoint),
	    sample_test(test_backup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("db/db", tests, NULL, NULL);
}
