/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "db/db.h"

#include <sys/stat.h>
#include <time.h>

#include <sqlite3.h>

#include "base/err.h"

#define BUSY_LIMIT_MS 60000

struct db_stmt {
	sqlite3_stmt *handle;
	struct db *db; /* borrowed */
	bool busy;     /* between db_query and db_end */
};

struct db {
	sqlite3 *handle;
	GHashTable *stmts; /* owned: text's address -> struct db_stmt * */
	char *path;
	int busy_limit_ms;
	bool in_transaction;
};

static enum err code_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_CONSTRAINT:
		return ERR_DENIED;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT:
	case SQLITE_PROTOCOL:
	case SQLITE_CANTOPEN: /* no descriptor, no right to */
		return ERR_TEMP;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	default:
		return ERR_PERM;
	}
}

static bool fail(struct db *db, int result, GError **error)
{
	return err_set(error, code_of(result), "%s: %s", db->path,
	    db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(result));
}

/* Waits in small steps: SQLite's own handler sleeps up to 100 ms, which one post would feel. */
static int wait_busy(void *data, int tries)
{
	const struct db *db = data;
	const struct timespec pause = {.tv_nsec = 1000000};

	if (tries >= db->busy_limit_ms)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

static void stmt_free(gpointer data)
{
	struct db_stmt *stmt = data;

	sqlite3_finalize(stmt->handle);
	g_free(stmt);
}

static bool set_up(struct db *db, enum db_flags flags, GError **error)
{
	if (!db_exec(db, "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;", error))
		return false;
	if (flags & DB_READ_ONLY)
		return db_exec(db, "PRAGMA mmap_size = 1073741824", error);
	if (flags & DB_CREATE &&
	    !db_exec(db, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;", error))
		return false;
	return db_exec(db,
	    flags & DB_SYNC_NORMAL
		? "PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; PRAGMA cache_size = -32768"
		: "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA cache_size = -8192",
	    error);
}

struct db *db_open(const char *path, enum db_flags flags, GError **error)
{
	struct db *db = g_new0(struct db, 1);
	int how = flags & DB_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	int result;

	if (flags & DB_CREATE)
		how |= SQLITE_OPEN_CREATE;
	db->path = g_strdup(path);
	db->busy_limit_ms = BUSY_LIMIT_MS;
	db->stmts = g_hash_table_new_full(NULL, NULL, NULL, stmt_free);
	result = sqlite3_open_v2(path, &db->handle, how | SQLITE_OPEN_NOMUTEX, NULL);
	if (result == SQLITE_OK) {
		sqlite3_busy_handler(db->handle, wait_busy, db);
		if (set_up(db, flags, error))
			return db;
	} else if (result == SQLITE_CANTOPEN) {
		err_set(error, ERR_ABSENT, "%s: %s", path, sqlite3_errstr(result));
	} else {
		fail(db, result, error);
	}
	db_close(db);
	return NULL;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	g_hash_table_destroy(db->stmts);
	sqlite3_close(db->handle);
	g_free(db->path);
	g_free(db);
}

bool db_exec(struct db *db, const char *sql, GError **error)
{
	int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

	return result == SQLITE_OK || fail(db, result, error);
}

static struct db_stmt *prepared(struct db *db, const char *sql, GError **error)
{
	struct db_stmt *stmt = g_hash_table_lookup(db->stmts, sql);
	int result;

	if (stmt)
		return stmt;
	stmt = g_new0(struct db_stmt, 1);
	stmt->db = db;
	result =
	    sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->handle, NULL);
	if (result != SQLITE_OK) {
		fail(db, result, error);
		stmt_free(stmt);
		return NULL;
	}
	g_hash_table_insert(db->stmts, (gpointer)(uintptr_t)sql, stmt);
	return stmt;
}

static int bind(struct db_stmt *stmt, int index, const struct db_value *value)
{
	switch (value->kind) {
	case 'i':
		return sqlite3_bind_int64(stmt->handle, index, value->number);
	case 't':
		return sqlite3_bind_text(stmt->handle, index, value->bytes, -1, SQLITE_STATIC);
	case 'b':
		return sqlite3_bind_blob64(
		    stmt->handle, index, value->bytes, value->size, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(stmt->handle, index);
	}
}

struct db_stmt *db_query_values(
    struct db *db, const char *sql, const struct db_value *values, size_t n, GError **error)
{
	struct db_stmt *stmt = prepared(db, sql, error);
	size_t i;

	if (!stmt)
		return NULL;
	g_assert(!stmt->busy);
	for (i = 0; i < n; i++) {
		int result = bind(stmt, (int)i + 1, &values[i]);

		if (result != SQLITE_OK) {
			fail(db, result, error);
			return NULL;
		}
	}
	stmt->busy = true;
	return stmt;
}

enum db_step db_step(struct db_stmt *stmt, GError **error)
{
	int result = sqlite3_step(stmt->handle);

	if (result == SQLITE_ROW)
		return DB_ROW;
	if (result == SQLITE_DONE)
		return DB_DONE;
	fail(stmt->db, result, error);
	return DB_FAILED;
}

void db_end(struct db_stmt *stmt)
{
	if (!stmt)
		return;
	sqlite3_reset(stmt->handle);
	stmt->busy = false;
}

GPtrArray *db_collect(struct db_stmt *stmt, void *(*row_fn)(struct db_stmt *stmt),
    GDestroyNotify free_fn, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(free_fn);
	enum db_step step;

	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW)
		g_ptr_array_add(rows, row_fn(stmt));
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

GArray *db_collect_numbers(struct db_stmt *stmt, GError **error)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
	enum db_step step;

	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		const int64_t number = db_column_int(stmt, 0);

		g_array_append_val(numbers, number);
	}
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&numbers) : NULL;
}

bool db_run_values(
    struct db *db, const char *sql, const struct db_value *values, size_t n, GError **error)
{
	struct db_stmt *stmt = db_query_values(db, sql, values, n, error);
	enum db_step step;

	if (!stmt)
		return false;
	step = db_step(stmt, error);
	db_end(stmt);
	return step != DB_FAILED;
}

int64_t db_int_of(struct db *db, const char *sql, const struct db_value *values, size_t n,
    int64_t otherwise, GError **error)
{
	struct db_stmt *stmt = db_query_values(db, sql, values, n, error);
	int64_t number = otherwise;

	if (!stmt)
		return otherwise;
	if (db_step(stmt, error) == DB_ROW && sqlite3_column_type(stmt->handle, 0) != SQLITE_NULL)
		number = sqlite3_column_int64(stmt->handle, 0);
	db_end(stmt);
	return number;
}

int64_t db_column_int(struct db_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->handle, column);
}

const char *db_column_text(struct db_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt->handle, column);
}

const void *db_column_blob(struct db_stmt *stmt, int column, size_t *size)
{
	const void *bytes = sqlite3_column_blob(stmt->handle, column);

	*size = (size_t)sqlite3_column_bytes(stmt->handle, column);
	return bytes;
}

int64_t db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

static const char SQL_BEGIN_WRITE[] = "BEGIN IMMEDIATE";
static const char SQL_BEGIN_READ[] = "BEGIN";
static const char SQL_COMMIT[] = "COMMIT";
static const char SQL_ROLLBACK[] = "ROLLBACK";

bool db_begin(struct db *db, bool write, GError **error)
{
	g_assert(!db->in_transaction);
	db->in_transaction =
	    db_run_values(db, write ? SQL_BEGIN_WRITE : SQL_BEGIN_READ, NULL, 0, error);
	return db->in_transaction;
}

bool db_commit(struct db *db, GError **error)
{
	if (!db_run_values(db, SQL_COMMIT, NULL, 0, error)) {
		db_rollback(db);
		return false;
	}
	db->in_transaction = false;
	return true;
}

void db_rollback(struct db *db)
{
	/* After some failures SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(db->handle))
		db_run_values(db, SQL_ROLLBACK, NULL, 0, NULL);
	db->in_transaction = false;
}

bool db_in_transaction(const struct db *db)
{
	/* SQLite may have undone it by itself: a full disk, an I/O error. */
	return db->in_transaction && !sqlite3_get_autocommit(db->handle);
}

static const char SQL_DATA_VERSION[] = "PRAGMA data_version";

int64_t db_data_version(struct db *db)
{
	return db_int_of(db, SQL_DATA_VERSION, NULL, 0, -1, NULL);
}

int64_t db_schema_version(struct db *db, GError **error)
{
	return db_int_of(db, "PRAGMA user_version", NULL, 0, -1, error);
}

bool db_set_schema_version(struct db *db, int64_t version, GError **error)
{
	g_autofree char *sql = g_strdup_printf("PRAGMA user_version = %" G_GINT64_FORMAT, version);

	return db_exec(db, sql, error);
}

void db_checkpoint(struct db *db, int64_t limit)
{
	g_autofree char *wal = g_strconcat(db->path, "-wal", NULL);
	struct stat st;

	if (stat(wal, &st) != 0 || st.st_size <= limit)
		return;
	db->busy_limit_ms = 50;
	sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	db->busy_limit_ms = BUSY_LIMIT_MS;
}

static bool copy_pages(
    struct db *from, struct db *to, void (*progress)(int done, int total), GError **error)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->handle, "main", from->handle, "main");
	int result;

	if (!backup)
		return fail(to, sqlite3_errcode(to->handle), error);
	do {
		result = sqlite3_backup_step(backup, 1024);
		if (progress) {
			int total = sqlite3_backup_pagecount(backup);

			progress(total - sqlite3_backup_remaining(backup), total);
		}
	} while (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED);
	sqlite3_backup_finish(backup);
	return result == SQLITE_DONE || fail(to, result, error);
}

bool db_backup(
    struct db *db, const char *path, void (*progress)(int done, int total), GError **error)
{
	struct db *to = db_open(path, DB_CREATE, error);
	bool ok;

	if (!to)
		return false;
	/* One read transaction: a writer in between would make SQLite begin anew each time. */
	ok = db_begin(db, false, error);
	if (ok) {
		ok = copy_pages(db, to, progress, error);
		db_rollback(db);
	}
	db_close(to);
	return ok;
}

bool db_integrity(struct db *db, GPtrArray *findings, GError **error)
{
	struct db_stmt *stmt = db_query_values(db, "PRAGMA integrity_check", NULL, 0, error);
	enum db_step step;

	if (!stmt)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		const char *text = db_column_text(stmt, 0);

		if (g_strcmp0(text, "ok") != 0)
			g_ptr_array_add(findings, g_strdup(text));
	}
	db_end(stmt);
	return step == DB_DONE;
}
