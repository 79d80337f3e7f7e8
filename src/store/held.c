/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/held.h"

#include "base/err.h"
#include "db/db.h"
#include "store/wire.h"

#define SELECT_HELD                                                                               \
	"SELECT h.id, h.grp, g.name, h.arrived, h.content, h.via, h.sender, h.reason, h.author, " \
	"h.subject, h.answers, h.bytes FROM held h JOIN grp g ON g.id = h.grp "

static const char SQL_ADD[] =
    "INSERT INTO held (grp, arrived, content, via, sender, reason, author, subject, dictionary, "
    "bytes, answers) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10) ON CONFLICT DO NOTHING";
static const char SQL_FIND_ID[] = "SELECT id FROM held WHERE grp = ?1 AND content = ?2";
static const char SQL_FIND[] = SELECT_HELD "WHERE h.id = ?1";
static const char SQL_LIST[] = SELECT_HELD "ORDER BY h.id";
static const char SQL_REMOVE[] = "DELETE FROM held WHERE id = ?1";
static const char SQL_ADD_ALONG[] =
    "INSERT INTO held_along (held, grp) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
static const char SQL_ALONG[] = "SELECT grp FROM held_along WHERE held = ?1 ORDER BY grp";
static const char SQL_REMOVE_ALONG[] = "DELETE FROM held_along WHERE held = ?1";
static const char SQL_COUNT[] = "SELECT count(*) FROM held";

void held_free(struct held *held)
{
	if (!held)
		return;
	g_free(held->group_name);
	g_free(held->sender);
	g_free(held->reason);
	g_free(held->author);
	g_free(held->subject);
	if (held->bytes)
		g_byte_array_unref(held->bytes);
	g_free(held);
}

int64_t held_content(const struct store *store, int64_t content, const char *msgid)
{
	return content ^ store_hash(store, msgid);
}

bool held_add(
    struct store *store, struct held *held, const char *bytes, size_t size, GError **error)
{
	g_autoptr(GBytes) packed = wire_pack(store, bytes, size, error);
	size_t packed_size;
	const void *data;

	if (!packed)
		return false;
	data = g_bytes_get_data(packed, &packed_size);
	if (!db_run(store_db(store), error, SQL_ADD, db_i(held->group), db_i(held->arrived),
		db_i(held->content), db_i(held->via), db_t(held->sender), db_t(held->reason),
		db_t(held->author), db_t(held->subject), db_b(data, packed_size),
		db_i(held->answers)))
		return false;
	held->id = db_number(
	    store_db(store), error, 0, SQL_FIND_ID, db_i(held->group), db_i(held->content));
	return held->id > 0;
}

static void *from_row(struct db_stmt *stmt)
{
	struct held *held = g_new0(struct held, 1);

	held->id = db_column_int(stmt, 0);
	held->group = db_column_int(stmt, 1);
	held->group_name = g_strdup(db_column_text(stmt, 2));
	held->arrived = db_column_int(stmt, 3);
	held->content = db_column_int(stmt, 4);
	held->via = (int)db_column_int(stmt, 5);
	held->sender = g_strdup(db_column_text(stmt, 6));
	held->reason = g_strdup(db_column_text(stmt, 7));
	held->author = g_strdup(db_column_text(stmt, 8));
	held->subject = g_strdup(db_column_text(stmt, 9));
	held->answers = db_column_int(stmt, 10);
	return held;
}

struct held *held_find(struct store *store, int64_t id, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_FIND, db_i(id));
	struct held *held = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW) {
		size_t size;
		const void *packed = db_column_blob(stmt, 11, &size);

		held = from_row(stmt);
		held->bytes = g_byte_array_new();
		if (!wire_unpack(store, packed, size, held->bytes, error))
			g_clear_pointer(&held, held_free);
	}
	db_end(stmt);
	return held;
}

static void free_held(gpointer held)
{
	held_free(held);
}

GPtrArray *held_list(struct store *store, GError **error)
{
	return db_collect(
	    db_query_values(store_db(store), SQL_LIST, NULL, 0, error), from_row, free_held, error);
}

bool held_remove(struct store *store, int64_t id, GError **error)
{
	return db_run(store_db(store), error, SQL_REMOVE_ALONG, db_i(id)) &&
	       db_run(store_db(store), error, SQL_REMOVE, db_i(id));
}

bool held_add_along(struct store *store, int64_t id, int64_t group, GError **error)
{
	return db_run(store_db(store), error, SQL_ADD_ALONG, db_i(id), db_i(group));
}

GArray *held_along(struct store *store, int64_t id, GError **error)
{
	return db_collect_numbers(db_query(store_db(store), error, SQL_ALONG, db_i(id)), error);
}

int64_t held_count(struct store *store, GError **error)
{
	GError *inner = NULL;
	int64_t count = db_int_of(store_db(store), SQL_COUNT, NULL, 0, 0, &inner);

	if (!inner)
		return count;
	g_propagate_error(error, inner);
	return -1;
}
