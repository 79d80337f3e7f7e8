/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/group.h"

#include "base/clock.h"
#include "base/err.h"
#include "db/db.h"
#include "store/delivery.h"

#define SELECT_GROUP                                                                            \
	"SELECT id, name, address, title, language, post, read_members, masked, created, low, " \
	"high, count, changed FROM grp WHERE removed = 0"
/* Of a removed group of that name: newsreaders keep what they have read by name and number. */
#define LAST_NUMBER "coalesce((SELECT max(high) FROM grp WHERE name = ?1), 0)"
#define NEXT_CHANGE "(SELECT coalesce(max(changed), 0) + 1 FROM grp)"

static const char SQL_FIND[] = SELECT_GROUP " AND name = ?1";
static const char SQL_FIND_BY_ADDRESS[] = SELECT_GROUP " AND address = ?1";
static const char SQL_FIND_BY_ID[] = SELECT_GROUP " AND id = ?1";
static const char SQL_LIST[] = SELECT_GROUP " ORDER BY name";
static const char SQL_CHANGED[] = "SELECT max(changed) FROM grp";
static const char SQL_ADD[] =
    "INSERT INTO grp (name, address, title, language, post, read_members, masked, created, "
    "low, high, count, changed) "
    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, " LAST_NUMBER " + 1, " LAST_NUMBER ", 0, " NEXT_CHANGE
    ")";
static const char SQL_UPDATE[] =
    "UPDATE grp SET title = ?2, address = ?3, language = ?4, post = ?5, read_members = ?6, "
    "masked = ?7, changed = " NEXT_CHANGE " WHERE id = ?1";
static const char SQL_REMOVE[] =
    "UPDATE grp SET removed = 1, changed = " NEXT_CHANGE " WHERE id = ?1";
static const char SQL_REMOVE_SUBSCRIPTIONS[] = "DELETE FROM subscription WHERE grp = ?1";
static const char SQL_REMOVE_RIGHTS[] = "DELETE FROM rights WHERE grp = ?1";
static const char SQL_REMOVE_OWED[] = "DELETE FROM owed WHERE grp = ?1";
static const char SQL_TAKE_NUMBER[] =
    "UPDATE grp SET high = high + 1, count = count + 1, changed = " NEXT_CHANGE
    " WHERE id = ?1 AND removed = 0";
static const char SQL_TAKEN_NUMBER[] = "SELECT high FROM grp WHERE id = ?1 AND removed = 0";
static const char SQL_RECOUNT[] =
    "UPDATE grp SET count = (SELECT count(*) FROM placement WHERE grp = ?1), "
    "low = coalesce((SELECT min(number) FROM placement WHERE grp = ?1), high + 1), "
    "changed = " NEXT_CHANGE " WHERE id = ?1";

void group_free(struct group *group)
{
	if (!group)
		return;
	g_free(group->name);
	g_free(group->address);
	g_free(group->title);
	g_free(group);
}

static void *from_row(struct db_stmt *stmt)
{
	struct group *group = g_new0(struct group, 1);
	int column = 0;

	group->id = db_column_int(stmt, column++);
	group->name = g_strdup(db_column_text(stmt, column++));
	group->address = g_strdup(db_column_text(stmt, column++));
	group->title = g_strdup(db_column_text(stmt, column++));
	if (!lang_parse(db_column_text(stmt, column++), &group->language))
		group->language = LANG_DE;
	group->post = (enum group_post)db_column_int(stmt, column++);
	group->read_members = db_column_int(stmt, column++) != 0;
	group->masked = db_column_int(stmt, column++) != 0;
	group->created = db_column_int(stmt, column++);
	group->low = db_column_int(stmt, column++);
	group->high = db_column_int(stmt, column++);
	group->count = db_column_int(stmt, column++);
	group->changed = db_column_int(stmt, column++);
	return group;
}

static struct group *one(struct db_stmt *stmt, GError **error)
{
	struct group *group = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW)
		group = from_row(stmt);
	db_end(stmt);
	return group;
}

struct group *group_find(struct store *store, const char *name, GError **error)
{
	return one(db_query(store_db(store), error, SQL_FIND, db_t(name)), error);
}

struct group *group_find_by_address(struct store *store, const char *address, GError **error)
{
	return one(db_query(store_db(store), error, SQL_FIND_BY_ADDRESS, db_t(address)), error);
}

struct group *group_find_by_id(struct store *store, int64_t id, GError **error)
{
	return one(db_query(store_db(store), error, SQL_FIND_BY_ID, db_i(id)), error);
}

static void free_group(gpointer group)
{
	group_free(group);
}

GPtrArray *group_list(struct store *store, GError **error)
{
	return db_collect(db_query_values(store_db(store), SQL_LIST, NULL, 0, error), from_row,
	    free_group, error);
}

int64_t group_changed(struct store *store)
{
	return db_int_of(store_db(store), SQL_CHANGED, NULL, 0, 0, NULL);
}

static bool taken(const struct group *group, GError **error)
{
	return err_set(
	    error, ERR_DENIED, "%s or %s is another group's", group->name, group->address);
}

bool group_add(struct store *store, struct group *group, GError **error)
{
	GError *inner = NULL;
	struct group *made;

	group->created = clock_now();
	if (!db_run(store_db(store), &inner, SQL_ADD, db_t(group->name), db_t(group->address),
		db_t(group->title), db_t(lang_code(group->language)), db_i(group->post),
		db_i(group->read_members), db_i(group->masked), db_i(group->created))) {
		if (err_code(inner) != ERR_DENIED) {
			g_propagate_error(error, inner);
			return false;
		}
		g_error_free(inner);
		return taken(group, error);
	}
	group->id = db_last_id(store_db(store));
	made = group_find_by_id(store, group->id, error);
	if (!made)
		return false;
	group->low = made->low;
	group->high = made->high;
	group->count = made->count;
	group->changed = made->changed;
	group_free(made);
	return true;
}

bool group_update(struct store *store, const struct group *group, GError **error)
{
	GError *inner = NULL;

	if (db_run(store_db(store), &inner, SQL_UPDATE, db_i(group->id), db_t(group->title),
		db_t(group->address), db_t(lang_code(group->language)), db_i(group->post),
		db_i(group->read_members), db_i(group->masked)))
		return true;
	if (err_code(inner) == ERR_DENIED) {
		g_error_free(inner);
		return taken(group, error);
	}
	g_propagate_error(error, inner);
	return false;
}

bool group_remove(struct store *store, int64_t id, GError **error)
{
	return db_run(store_db(store), error, SQL_REMOVE_SUBSCRIPTIONS, db_i(id)) &&
	       db_run(store_db(store), error, SQL_REMOVE_RIGHTS, db_i(id)) &&
	       db_run(store_db(store), error, SQL_REMOVE_OWED, db_i(id)) &&
	       delivery_drop_member(store, 0, id, "the group was removed", error) &&
	       db_run(store_db(store), error, SQL_REMOVE, db_i(id));
}

int64_t group_take_number(struct store *store, int64_t id, GError **error)
{
	int64_t number;

	/* No RETURNING: its temporary table costs more than the second statement. */
	if (!db_run(store_db(store), error, SQL_TAKE_NUMBER, db_i(id)))
		return 0;
	number = db_number(store_db(store), error, 0, SQL_TAKEN_NUMBER, db_i(id));
	if (number == 0 && error && !*error)
		err_set(error, ERR_ABSENT, "the group is gone");
	return number;
}

bool group_recount(struct store *store, int64_t id, GError **error)
{
	return db_run(store_db(store), error, SQL_RECOUNT, db_i(id));
}

static const char *const post_names[] = {
    [POST_OPEN] = "open",
    [POST_MEMBERS] = "members",
    [POST_MODERATED] = "moderated",
    [POST_CLOSED] = "closed",
};

const char *group_post_name(enum group_post post)
{
	return post_names[post];
}

bool group_post_parse(const char *text, enum group_post *post)
{
	for (size_t i = 0; i < G_N_ELEMENTS(post_names); i++)
		if (g_str_equal(text, post_names[i])) {
			*post = (enum group_post)i;
			return true;
		}
	return false;
}
