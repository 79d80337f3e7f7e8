/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/memo.h"

#include "base/clock.h"
#include "db/db.h"

static const char SQL_FIND[] = "SELECT text, at FROM memo WHERE name = ?1";
static const char SQL_SET[] = "INSERT INTO memo (name, at, text) VALUES (?1, ?2, ?3) "
			      "ON CONFLICT (name) DO UPDATE SET text = excluded.text";
static const char SQL_PRUNE[] = "DELETE FROM memo WHERE name >= ?1 AND name < ?2 AND at < ?3";
static const char SQL_REMOVE[] = "DELETE FROM memo WHERE name = ?1";

char *memo_find(struct store *store, const char *name, int64_t *at, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_FIND, db_t(name));
	char *text = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW) {
		text = g_strdup(db_column_text(stmt, 0));
		if (at)
			*at = db_column_int(stmt, 1);
	}
	db_end(stmt);
	return text;
}

bool memo_set(struct store *store, const char *name, const char *text, GError **error)
{
	if (!text)
		return db_run(store_db(store), error, SQL_REMOVE, db_t(name));
	return db_run(store_db(store), error, SQL_SET, db_t(name), db_i(clock_now()), db_t(text));
}

bool memo_prune(struct store *store, const char *prefix, int64_t before, GError **error)
{
	g_autofree char *end = g_strconcat(prefix, "\x7f", NULL);

	return db_run(store_db(store), error, SQL_PRUNE, db_t(prefix), db_t(end), db_i(before));
}
