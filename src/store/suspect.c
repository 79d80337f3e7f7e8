/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/suspect.h"

#include "db/db.h"

static const char SQL_TRIES[] = "SELECT tries FROM suspect WHERE consumer = ?1 AND article = ?2";
static const char SQL_NOTE[] =
    "INSERT INTO suspect (consumer, article, tries) VALUES (?1, ?2, 1) "
    "ON CONFLICT (consumer, article) DO UPDATE SET tries = suspect.tries + 1";
static const char SQL_CLEAR[] = "DELETE FROM suspect WHERE consumer = ?1 AND article = ?2";
static const char SQL_LIST[] =
    "SELECT s.consumer, a.msgid FROM suspect s JOIN article a ON a.id = s.article "
    "WHERE s.tries >= ?1 ORDER BY s.consumer, s.article";

int64_t suspect_note(struct store *store, const char *consumer, int64_t article, GError **error)
{
	GError *inner = NULL;
	const int64_t tries =
	    db_number(store_db(store), &inner, 0, SQL_TRIES, db_t(consumer), db_i(article));

	if (!inner && tries < SUSPECT_TRIES)
		db_run(store_db(store), &inner, SQL_NOTE, db_t(consumer), db_i(article));
	if (!inner)
		return tries;
	g_propagate_error(error, inner);
	return -1;
}

bool suspect_clear(struct store *store, const char *consumer, int64_t article, GError **error)
{
	return db_run(store_db(store), error, SQL_CLEAR, db_t(consumer), db_i(article));
}

static void *text_of_row(struct db_stmt *stmt)
{
	return g_strdup_printf("%s %s", db_column_text(stmt, 0), db_column_text(stmt, 1));
}

GPtrArray *suspect_list(struct store *store, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_LIST, db_i(SUSPECT_TRIES)),
	    text_of_row, g_free, error);
}
