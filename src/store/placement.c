/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/placement.h"

#include "base/err.h"
#include "db/db.h"

static const char SQL_ADD[] =
    "INSERT INTO placement (grp, number, article, overview) VALUES (?1, ?2, ?3, ?4)";
static const char SQL_SET_OVERVIEW[] =
    "UPDATE placement SET overview = ?3 WHERE grp = ?1 AND number = ?2";
static const char SQL_BURY[] = "INSERT INTO tombstone (grp, number, article) "
			       "SELECT grp, number, article FROM placement WHERE article = ?1";
static const char SQL_REMOVE[] = "DELETE FROM placement WHERE article = ?1";
static const char SQL_REMOVE_ONE[] = "DELETE FROM placement WHERE article = ?1 AND grp = ?2";
static const char SQL_NUMBER[] = "SELECT number FROM placement WHERE article = ?1 AND grp = ?2";
static const char SQL_LIST[] = "SELECT grp, number FROM placement WHERE article = ?1 ORDER BY grp";
static const char SQL_ARTICLE[] = "SELECT article FROM placement WHERE grp = ?1 AND number = ?2";
static const char SQL_NEXT[] =
    "SELECT number FROM placement WHERE grp = ?1 AND number > ?2 ORDER BY number LIMIT 1";
static const char SQL_PREVIOUS[] =
    "SELECT number FROM placement WHERE grp = ?1 AND number < ?2 ORDER BY number DESC LIMIT 1";
static const char SQL_SCAN[] = "SELECT number, article, overview FROM placement "
			       "WHERE grp = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number";
static const char SQL_SCAN_NUMBERS[] =
    "SELECT number, article FROM placement "
    "WHERE grp = ?1 AND number BETWEEN ?2 AND ?3 ORDER BY number";
static const char SQL_EDGE[] =
    "SELECT p.number, a.arrived FROM placement p JOIN article a ON a.id = p.article "
    "WHERE p.grp = ?1 AND p.number >= ?2 ORDER BY p.number LIMIT 1";
static const char SQL_HIGH[] = "SELECT max(number) FROM placement WHERE grp = ?1";
static const char SQL_NEW[] =
    "SELECT p.number, a.msgid FROM placement p JOIN article a ON a.id = p.article "
    "WHERE p.grp = ?1 AND p.number >= ?2 AND a.arrived >= ?3 ORDER BY p.number";

bool placement_add(struct store *store, int64_t group, int64_t number, int64_t article,
    const char *overview, size_t overview_size, GError **error)
{
	return db_run(store_db(store), error, SQL_ADD, db_i(group), db_i(number), db_i(article),
	    db_b(overview, overview_size));
}

bool placement_set_overview(struct store *store, int64_t group, int64_t number,
    const char *overview, size_t overview_size, GError **error)
{
	return db_run(store_db(store), error, SQL_SET_OVERVIEW, db_i(group), db_i(number),
	    db_b(overview, overview_size));
}

bool placement_remove_all(struct store *store, int64_t article, GError **error)
{
	return db_run(store_db(store), error, SQL_BURY, db_i(article)) &&
	       db_run(store_db(store), error, SQL_REMOVE, db_i(article));
}

bool placement_remove(struct store *store, int64_t article, int64_t group, GError **error)
{
	return db_run(store_db(store), error, SQL_REMOVE_ONE, db_i(article), db_i(group));
}

bool placement_number(
    struct store *store, int64_t article, int64_t group, int64_t *number, GError **error)
{
	GError *inner = NULL;

	*number = db_number(store_db(store), &inner, 0, SQL_NUMBER, db_i(article), db_i(group));
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

GArray *placement_list(struct store *store, int64_t article, GError **error)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct placement));
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_LIST, db_i(article));

	if (!stmt)
		return list;
	while (db_step(stmt, error) == DB_ROW) {
		struct placement placement = {db_column_int(stmt, 0), db_column_int(stmt, 1)};

		g_array_append_val(list, placement);
	}
	db_end(stmt);
	return list;
}

int64_t placement_article(struct store *store, int64_t group, int64_t number, GError **error)
{
	GError *inner = NULL;
	int64_t article =
	    db_number(store_db(store), &inner, 0, SQL_ARTICLE, db_i(group), db_i(number));

	if (!inner)
		return article;
	g_propagate_error(error, inner);
	return -1;
}

int64_t placement_next(struct store *store, int64_t group, int64_t number, GError **error)
{
	return db_number(store_db(store), error, 0, SQL_NEXT, db_i(group), db_i(number));
}

int64_t placement_previous(struct store *store, int64_t group, int64_t number, GError **error)
{
	return db_number(store_db(store), error, 0, SQL_PREVIOUS, db_i(group), db_i(number));
}

bool placement_scan(struct store *store, int64_t group, int64_t low, int64_t high, placement_fn *fn,
    void *data, GError **error)
{
	struct db_stmt *stmt =
	    db_query(store_db(store), error, SQL_SCAN, db_i(group), db_i(low), db_i(high));
	enum db_step step;

	if (!stmt)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		size_t size;
		const char *overview = db_column_blob(stmt, 2, &size);

		if (!fn(db_column_int(stmt, 0), db_column_int(stmt, 1), overview, size, data))
			break;
	}
	db_end(stmt);
	return step != DB_FAILED;
}

bool placement_scan_numbers(struct store *store, int64_t group, int64_t low, int64_t high,
    placement_fn *fn, void *data, GError **error)
{
	struct db_stmt *stmt =
	    db_query(store_db(store), error, SQL_SCAN_NUMBERS, db_i(group), db_i(low), db_i(high));
	enum db_step step;

	if (!stmt)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW)
		if (!fn(db_column_int(stmt, 0), db_column_int(stmt, 1), NULL, 0, data))
			break;
	db_end(stmt);
	return step != DB_FAILED;
}

/* The first article at `number` or above: its number and arrival; false: there is none. */
static bool edge(struct store *store, int64_t group, int64_t number, struct placement *found,
    int64_t *arrived, GError **error)
{
	struct db_stmt *stmt =
	    db_query(store_db(store), error, SQL_EDGE, db_i(group), db_i(number));
	bool got;

	if (!stmt)
		return false;
	got = db_step(stmt, error) == DB_ROW;
	if (got) {
		found->number = db_column_int(stmt, 0);
		*arrived = db_column_int(stmt, 1);
	}
	db_end(stmt);
	return got;
}

/*
 * Numbers are given in the order of acceptance, so arrivals rise with them, and the first
 * number that arrived at `since` or later is found by halving, without an index.  -1 on error.
 */
static int64_t first_since(struct store *store, int64_t group, int64_t since, GError **error)
{
	GError *inner = NULL;
	int64_t low = 1;
	int64_t high = db_number(store_db(store), &inner, 0, SQL_HIGH, db_i(group)) + 1;

	while (low < high && !inner) {
		int64_t middle = low + (high - low) / 2;
		struct placement found;
		int64_t arrived;

		if (!edge(store, group, middle, &found, &arrived, &inner) || arrived >= since)
			high = middle;
		else
			low = found.number + 1;
	}
	if (!inner)
		return low;
	g_propagate_error(error, inner);
	return -1;
}

bool placement_new(struct store *store, int64_t group, int64_t since, int64_t after,
    placement_new_fn *fn, void *data, GError **error)
{
	int64_t first = after > 0 ? after + 1 : first_since(store, group, since, error);
	struct db_stmt *stmt;
	enum db_step step;

	if (first < 0)
		return false;
	stmt = db_query(store_db(store), error, SQL_NEW, db_i(group), db_i(first), db_i(since));
	if (!stmt)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW)
		if (!fn(db_column_int(stmt, 0), db_column_text(stmt, 1), data))
			break;
	db_end(stmt);
	return step != DB_FAILED;
}
