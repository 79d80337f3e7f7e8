/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/store.h"

#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "db/db.h"
#include "store/schema.h"

#define WAL_LIMIT (INT64_C(16) * 1024 * 1024)

struct store {
	struct db *db;
	enum store_mode mode;
	bool reading; /* by store_begin_read */
	uint8_t key[SIPHASH_KEY_SIZE];
	struct store_codec *codec; /* owned by store/wire.c */
	void (*codec_free)(struct store_codec *codec);
};

static const char SQL_KEY[] = "SELECT bytes FROM secret WHERE name = 'key'";

static const char *path_of(const char *url, GError **error)
{
	if (g_str_has_prefix(url, "sqlite:"))
		return url + strlen("sqlite:");
	err_set(error, ERR_PERM, "%s: this version knows stores of the form sqlite:PATH", url);
	return NULL;
}

static bool load_key(struct store *store, GError **error)
{
	struct db_stmt *stmt = db_query_values(store->db, SQL_KEY, NULL, 0, error);
	const void *bytes;
	size_t size = 0;

	if (!stmt)
		return false;
	if (db_step(stmt, error) == DB_ROW) {
		bytes = db_column_blob(stmt, 0, &size);
		if (size == sizeof(store->key))
			memcpy(store->key, bytes, size);
	}
	db_end(stmt);
	if (size == sizeof(store->key))
		return true;
	if (error && *error)
		return false;
	return err_set(error, ERR_PERM, "the store has no key");
}

static bool is_ready(struct store *store, const char *path, GError **error)
{
	int64_t have = db_schema_version(store->db, error);

	if (have < 0)
		return false;
	if (have < schema_newest())
		return err_set(error, ERR_ABSENT,
		    "%s: not made yet, or of an older version: umlauf init", path);
	if (have > schema_newest())
		return err_set(error, ERR_PERM, "%s: made by a newer version of Umlauf", path);
	return load_key(store, error);
}

struct store *store_open(const char *url, enum store_mode mode, GError **error)
{
	static const enum db_flags flags[] = {
	    [STORE_READ] = DB_READ_ONLY,
	    [STORE_WRITE] = 0,
	    [STORE_LOAD] = DB_SYNC_NORMAL,
	};
	const char *path = path_of(url, error);
	struct store *store;

	if (!path)
		return NULL;
	if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
		err_set(error, ERR_ABSENT, "%s: there is no store: umlauf init", path);
		return NULL;
	}
	store = g_new0(struct store, 1);
	store->mode = mode;
	store->db = db_open(path, flags[mode], error);
	if (store->db && is_ready(store, path, error))
		return store;
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->codec)
		store->codec_free(store->codec);
	db_close(store->db);
	g_free(store);
}

bool store_migrate(const char *url, GError **error)
{
	const char *path = path_of(url, error);
	struct db *db = path ? db_open(path, DB_CREATE, error) : NULL;
	bool ok = db && schema_migrate(db, error);

	db_close(db);
	return ok;
}

bool store_begin_read(struct store *store, GError **error)
{
	if (!store->reading)
		store->reading = db_begin(store->db, false, error);
	return store->reading;
}

void store_end_read(struct store *store)
{
	if (store->reading)
		db_rollback(store->db);
	store->reading = false;
}

bool store_begin(struct store *store, GError **error)
{
	store_end_read(store);
	return db_begin(store->db, store->mode != STORE_READ, error);
}

bool store_commit(struct store *store, GError **error)
{
	return db_commit(store->db, error);
}

void store_rollback(struct store *store)
{
	db_rollback(store->db);
}

bool store_in_transaction(const struct store *store)
{
	return db_in_transaction(store->db);
}

static const char SQL_SAVEPOINT[] = "SAVEPOINT part";
static const char SQL_RELEASE[] = "RELEASE part";
static const char SQL_UNDO[] = "ROLLBACK TO part";

bool store_savepoint(struct store *store, GError **error)
{
	return db_run_values(store->db, SQL_SAVEPOINT, NULL, 0, error);
}

bool store_release(struct store *store, GError **error)
{
	return db_run_values(store->db, SQL_RELEASE, NULL, 0, error);
}

void store_undo(struct store *store)
{
	db_run_values(store->db, SQL_UNDO, NULL, 0, NULL);
	db_run_values(store->db, SQL_RELEASE, NULL, 0, NULL);
}

int64_t store_version(struct store *store)
{
	return db_data_version(store->db);
}

void store_tidy(struct store *store)
{
	db_checkpoint(store->db, WAL_LIMIT);
}

int64_t store_hash(const struct store *store, const char *msgid)
{
	return (int64_t)siphash(store->key, msgid, strlen(msgid));
}

const uint8_t *store_key(const struct store *store)
{
	return store->key;
}

struct db *store_db(const struct store *store)
{
	return store->db;
}

struct store_codec *store_codec(const struct store *store)
{
	return store->codec;
}

void store_set_codec(
    struct store *store, struct store_codec *codec, void (*free_fn)(struct store_codec *codec))
{
	store->codec = codec;
	store->codec_free = free_fn;
}

bool store_backup(
    struct store *store, const char *folder, void (*progress)(int done, int total), GError **error)
{
	g_autofree char *path = g_build_filename(folder, "umlauf.db", NULL);

	if (!file_make_folder(folder, error))
		return false;
	if (g_file_test(path, G_FILE_TEST_EXISTS))
		return err_set(error, ERR_DENIED, "%s is there already", path);
	return db_backup(store->db, path, progress, error);
}
