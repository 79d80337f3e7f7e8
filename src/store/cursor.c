/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/cursor.h"

#include "db/db.h"

#define SELECT_CURSOR                                                                  \
	"SELECT g.id, coalesce(c.number, 0), coalesce(c.place, 0), g.high FROM grp g " \
	"LEFT JOIN cursor c ON c.grp = g.id AND c.consumer = ?1 WHERE g.removed = 0 "
#define ORDER " ORDER BY g.id"

static const char SQL_BEHIND[] = SELECT_CURSOR "AND g.high > coalesce(c.number, 0)" ORDER;
static const char SQL_LIST[] = SELECT_CURSOR ORDER;
static const char SQL_SET[] =
    "INSERT INTO cursor (consumer, grp, number, place) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (consumer, grp) DO UPDATE SET number = excluded.number, place = excluded.place";
static const char SQL_NEXT[] =
    "SELECT p.number, p.article, a.quiet FROM placement p JOIN article a ON a.id = p.article "
    "WHERE p.grp = ?1 AND p.number > ?2 ORDER BY p.number LIMIT ?3";

/* Rows by value, each written by row_fn; NULL where the query fails. */
static GArray *collect(struct db_stmt *stmt, guint size,
    void (*row_fn)(struct db_stmt *stmt, void *row), GError **error)
{
	g_autoptr(GArray) rows = g_array_new(FALSE, TRUE, size);
	enum db_step step;

	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		g_array_set_size(rows, rows->len + 1);
		row_fn(stmt, rows->data + (size_t)(rows->len - 1) * size);
	}
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&rows) : NULL;
}

static void cursor_row(struct db_stmt *stmt, void *row)
{
	*(struct cursor *)row = (struct cursor){db_column_int(stmt, 0), db_column_int(stmt, 1),
	    db_column_int(stmt, 2), db_column_int(stmt, 3)};
}

GArray *cursor_behind(struct store *store, const char *consumer, GError **error)
{
	return collect(db_query(store_db(store), error, SQL_BEHIND, db_t(consumer)),
	    sizeof(struct cursor), cursor_row, error);
}

GArray *cursor_list(struct store *store, const char *consumer, GError **error)
{
	return collect(db_query(store_db(store), error, SQL_LIST, db_t(consumer)),
	    sizeof(struct cursor), cursor_row, error);
}

bool cursor_set(
    struct store *store, const char *consumer, const struct cursor *cursor, GError **error)
{
	return db_run(store_db(store), error, SQL_SET, db_t(consumer), db_i(cursor->group),
	    db_i(cursor->number), db_i(cursor->place));
}

static void step_row(struct db_stmt *stmt, void *row)
{
	*(struct cursor_step *)row = (struct cursor_step){
	    db_column_int(stmt, 0), db_column_int(stmt, 1), db_column_int(stmt, 2) != 0};
}

GArray *cursor_next(struct store *store, const struct cursor *cursor, int limit, GError **error)
{
	return collect(db_query(store_db(store), error, SQL_NEXT, db_i(cursor->group),
			   db_i(cursor->number), db_i(limit)),
	    sizeof(struct cursor_step), step_row, error);
}
