/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/thread.h"

#include <string.h>

#include "article/overview.h"
#include "base/err.h"
#include "db/db.h"

static const char SQL_AWAIT[] =
    "INSERT INTO awaited (hash, article, place) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
static const char SQL_WAITERS[] =
    "SELECT article, place FROM awaited WHERE hash = ?1 ORDER BY article";
static const char SQL_ADOPT[] = "UPDATE article SET wanted = ?2, place = ?3 WHERE id = ?1";
static const char SQL_ADOPTED[] = "DELETE FROM awaited WHERE article = ?1 AND place > ?2";
static const char SQL_NODE[] =
    "SELECT id, wanted, root, date, msgid, place FROM article WHERE id = ?1";
static const char SQL_FIND_NAMED[] =
    "SELECT a.id FROM alias n JOIN article a ON a.id = n.article "
    "WHERE n.hash = ?1 AND n.msgid = ?2 ORDER BY a.date, a.msgid LIMIT 1";
static const char SQL_ADD_KIN[] =
    "INSERT INTO kin (hash, date, article) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
static const char SQL_KIN_BEFORE[] =
    "SELECT k.date, k.article, a.msgid FROM kin k JOIN article a ON a.id = k.article "
    "WHERE k.hash = ?1 AND k.date BETWEEN ?2 AND ?3 ORDER BY k.date DESC";
static const char SQL_KIN_AFTER[] =
    "SELECT k.date, k.article, a.msgid FROM kin k JOIN article a ON a.id = k.article "
    "WHERE k.hash = ?1 AND k.date BETWEEN ?2 AND ?3 ORDER BY k.date";
static const char SQL_SET_OWN_ROOT[] = "UPDATE article SET root = ?2 WHERE id = ?1";
static const char SQL_ROOT[] = "SELECT root FROM article WHERE id = ?1";
static const char SQL_IS_BELOW[] =
    "WITH RECURSIVE above (id) AS ("
    " SELECT ?1 UNION SELECT a.wanted FROM article a JOIN above b ON a.id = b.id) "
    "SELECT count(*) FROM above WHERE id = ?2";
#define BELOW                            \
	"WITH RECURSIVE below (id) AS (" \
	" SELECT ?1 UNION SELECT a.id FROM article a JOIN below b ON a.wanted = b.id) "
static const char SQL_BELOW[] =
    BELOW "SELECT p.article FROM placement p JOIN below b ON b.id = p.article "
	  "WHERE p.grp = ?2 ORDER BY p.number";
static const char SQL_SET_ROOT[] =
    BELOW "UPDATE article SET root = ?2 WHERE id IN (SELECT id FROM below) AND root <> ?2";

/* clang-format off */
#define ENTRY                                                                                      \
	"SELECT a.id, a.wanted, a.root, a.date, a.withdrawn, a.msgid, a.subject, "                 \
	"(SELECT p.number FROM placement p WHERE p.article = a.id AND (?2 = 0 OR p.grp = ?2)), "   \
	"(SELECT p.overview FROM placement p WHERE p.article = a.id AND (?2 = 0 OR p.grp = ?2)), " \
	"EXISTS (SELECT 1 FROM tombstone t WHERE t.article = a.id AND (?2 = 0 OR t.grp = ?2)) "    \
	"FROM article a "
/* clang-format on */
#define ENTRY_ORDER " ORDER BY a.date, a.msgid"

static const char SQL_OF_ROOT[] = ENTRY "WHERE a.root = ?1" ENTRY_ORDER;
static const char SQL_OF_GROUP[] =
    ENTRY "WHERE a.root IN (SELECT b.root FROM placement p JOIN article b ON b.id = p.article "
	  "WHERE p.grp = ?1)" ENTRY_ORDER;

bool thread_await(
    struct store *store, int64_t article, const char *msgid, int64_t place, GError **error)
{
	return db_run(store_db(store), error, SQL_AWAIT, db_i(store_hash(store, msgid)),
	    db_i(article), db_i(place));
}

GArray *thread_waiters(struct store *store, const char *msgid, GError **error)
{
	struct db_stmt *stmt =
	    db_query(store_db(store), error, SQL_WAITERS, db_i(store_hash(store, msgid)));
	g_autoptr(GArray) waiters = g_array_new(FALSE, FALSE, sizeof(struct thread_waiter));
	enum db_step step;

	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		struct thread_waiter waiter = {db_column_int(stmt, 0), db_column_int(stmt, 1)};

		g_array_append_val(waiters, waiter);
	}
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&waiters) : NULL;
}

bool thread_adopt(
    struct store *store, int64_t article, int64_t wanted, int64_t place, GError **error)
{
	return db_run(
		   store_db(store), error, SQL_ADOPT, db_i(article), db_id(wanted), db_i(place)) &&
	       db_run(store_db(store), error, SQL_ADOPTED, db_i(article), db_i(place));
}

bool thread_node(struct store *store, int64_t article, struct thread_node *node, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_NODE, db_i(article));
	enum db_step step;

	if (!stmt)
		return false;
	step = db_step(stmt, error);
	if (step == DB_ROW) {
		node->id = db_column_int(stmt, 0);
		node->wanted = db_column_int(stmt, 1);
		node->root = db_column_int(stmt, 2);
		node->date = db_column_int(stmt, 3);
		node->msgid = g_strdup(db_column_text(stmt, 4));
		node->place = db_column_int(stmt, 5);
	} else if (step == DB_DONE) {
		err_set(error, ERR_ABSENT, "no such article");
	}
	db_end(stmt);
	return step == DB_ROW;
}

void thread_node_clear(struct thread_node *node)
{
	g_clear_pointer(&node->msgid, g_free);
}

/* The id that a query gave; 0 if none, -1 on error. */
static int64_t found(int64_t id, GError *inner, GError **error)
{
	if (!inner)
		return id;
	g_propagate_error(error, inner);
	return -1;
}

int64_t thread_find_named(struct store *store, const char *name, GError **error)
{
	GError *inner = NULL;
	const int64_t id = db_number(
	    store_db(store), &inner, 0, SQL_FIND_NAMED, db_i(store_hash(store, name)), db_t(name));

	return found(id, inner, error);
}

bool thread_kin_add(struct store *store, int64_t kin, int64_t date, int64_t article, GError **error)
{
	return db_run(store_db(store), error, SQL_ADD_KIN, db_i(kin), db_i(date), db_i(article));
}

/* Of two ids: is the first one further in that direction? */
static bool is_beyond(const char *msgid, const char *other, bool upwards)
{
	const int order = strcmp(msgid, other);

	return upwards ? order > 0 : order < 0;
}

/*
 * Of rows by date, upwards or down, the one that is nearest to the node on that side: of several of one
 * date the id decides.  It is done here since an index that has no ids would make SQL sort.
 */
static int64_t nearest(
    struct db_stmt *stmt, const struct thread_node *node, bool upwards, GError **error)
{
	g_autofree char *best = NULL;
	int64_t date = 0;
	int64_t id = 0;
	enum db_step step;

	if (!stmt)
		return -1;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		const int64_t its_date = db_column_int(stmt, 0);
		const char *msgid = db_column_text(stmt, 2);

		if (best && its_date != date)
			break;
		if (its_date == node->date && !is_beyond(msgid, node->msgid, upwards))
			continue;
		if (best && is_beyond(msgid, best, upwards))
			continue;
		g_free(best);
		best = g_strdup(msgid);
		date = its_date;
		id = db_column_int(stmt, 1);
	}
	db_end(stmt);
	return step == DB_FAILED ? -1 : id;
}

int64_t thread_kin_before(
    struct store *store, int64_t kin, const struct thread_node *node, int64_t since, GError **error)
{
	return nearest(db_query(store_db(store), error, SQL_KIN_BEFORE, db_i(kin), db_i(since),
			   db_i(node->date)),
	    node, false, error);
}

int64_t thread_kin_after(
    struct store *store, int64_t kin, const struct thread_node *node, int64_t until, GError **error)
{
	return nearest(db_query(store_db(store), error, SQL_KIN_AFTER, db_i(kin), db_i(node->date),
			   db_i(until)),
	    node, true, error);
}

int64_t thread_root(struct store *store, int64_t article, GError **error)
{
	return db_number(store_db(store), error, 0, SQL_ROOT, db_i(article));
}

bool thread_is_below(struct store *store, int64_t article, int64_t above, GError **error)
{
	return db_number(store_db(store), error, 0, SQL_IS_BELOW, db_i(article), db_i(above)) > 0;
}

GArray *thread_below(struct store *store, int64_t article, int64_t group, GError **error)
{
	return db_collect_numbers(
	    db_query(store_db(store), error, SQL_BELOW, db_i(article), db_i(group)), error);
}

bool thread_set_root(struct store *store, int64_t article, int64_t root, bool below, GError **error)
{
	return db_run(store_db(store), error, below ? SQL_SET_ROOT : SQL_SET_OWN_ROOT,
	    db_i(article), db_i(root));
}

static void entry_free(gpointer data)
{
	struct thread_entry *entry = data;

	g_free(entry->msgid);
	g_free(entry->subject);
	g_free(entry->from);
	g_free(entry);
}

static void *entry_of_row(struct db_stmt *stmt)
{
	struct thread_entry *entry = g_new0(struct thread_entry, 1);
	size_t line_size;
	size_t size;
	const char *line;
	const char *from;

	entry->id = db_column_int(stmt, 0);
	entry->wanted = db_column_int(stmt, 1);
	entry->root = db_column_int(stmt, 2);
	entry->date = db_column_int(stmt, 3);
	entry->withdrawn = db_column_int(stmt, 4) != 0;
	entry->msgid = g_strdup(db_column_text(stmt, 5));
	entry->tombstone_here = db_column_int(stmt, 9) != 0;
	if (entry->withdrawn)
		return entry;
	entry->subject = g_strdup(db_column_text(stmt, 6));
	entry->number = db_column_int(stmt, 7);
	line = db_column_blob(stmt, 8, &line_size);
	if (line) {
		from = overview_column(line, line_size, OVERVIEW_FROM, &size);
		entry->from = g_strndup(from, size);
	}
	return entry;
}

GPtrArray *thread_of_root(struct store *store, int64_t root, int64_t group, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_OF_ROOT, db_i(root), db_i(group)),
	    entry_of_row, entry_free, error);
}

GPtrArray *thread_of_group(struct store *store, int64_t group, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_OF_GROUP, db_i(group), db_i(group)),
	    entry_of_row, entry_free, error);
}
