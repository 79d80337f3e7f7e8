/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/person.h"

#include "base/clock.h"
#include "base/err.h"
#include "db/db.h"

#define SELECT_PERSON "SELECT id, name, language, zone, digest_at, digest_days FROM person "

static const char SQL_FIND_ID[] = "SELECT person FROM address WHERE address = ?1";
static const char SQL_FIND[] = SELECT_PERSON "WHERE id = ?1";
static const char SQL_LIST[] = SELECT_PERSON "ORDER BY id";
static const char SQL_ADDRESSES[] =
    "SELECT address FROM address WHERE person = ?1 ORDER BY confirmed, address";
/* No id is given again: old mails name persons in their tokens. */
static const char SQL_ADD[] =
    "INSERT INTO person (id, name, language, zone, digest_at, digest_days) "
    "SELECT CASE WHEN a > b THEN a ELSE b END + 1, ?1, ?2, ?3, ?4, ?5 FROM "
    "(SELECT coalesce((SELECT max(id) FROM person), 0) AS a, "
    " coalesce((SELECT CAST(text AS INTEGER) FROM memo WHERE name = 'last person'), 0) AS b) AS n";
static const char SQL_ADD_ADDRESS[] =
    "INSERT INTO address (address, person, confirmed) VALUES (?1, ?2, ?3)";
static const char SQL_UPDATE[] =
    "UPDATE person SET name = ?2, language = ?3, zone = ?4, digest_at = ?5, digest_days = ?6 "
    "WHERE id = ?1";
static const char SQL_RIGHTS[] =
    "SELECT coalesce((SELECT r.rights FROM rights r WHERE r.person = a.person AND r.grp = ?2), 0),"
    " EXISTS (SELECT 1 FROM subscription s WHERE s.person = a.person AND s.grp = ?2) "
    "FROM address a WHERE a.address = ?1";
static const char SQL_FIND_BY_ID[] =
    "SELECT address FROM address WHERE person = ?1 ORDER BY confirmed, address LIMIT 1";
static const char SQL_GRANT[] =
    "INSERT INTO rights (person, grp, rights) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (person, grp) DO UPDATE SET rights = rights.rights | excluded.rights";
static const char SQL_MODERATORS[] =
    "SELECT (SELECT a.address FROM address a WHERE a.person = r.person "
    " ORDER BY a.confirmed, a.address LIMIT 1) "
    "FROM rights r WHERE r.grp = ?1 AND r.rights & 4 ORDER BY 1";
static const char *const SQL_ERASE[] = {
    "INSERT INTO memo (name, at, text) VALUES ('last person', 0, CAST(?1 AS TEXT)) "
    "ON CONFLICT (name) DO UPDATE SET text = excluded.text "
    "WHERE CAST(excluded.text AS INTEGER) > CAST(memo.text AS INTEGER)",
    "DELETE FROM bounce WHERE delivery IN (SELECT d.id FROM delivery d JOIN address a "
    "ON a.address = d.address WHERE a.person = ?1)",
    "DELETE FROM delivery WHERE address IN (SELECT address FROM address WHERE person = ?1)",
    "DELETE FROM digest_range WHERE digest IN (SELECT id FROM digest WHERE person = ?1)",
    "DELETE FROM digest WHERE person = ?1",
    "DELETE FROM owed WHERE person = ?1",
    "DELETE FROM subscription WHERE person = ?1",
    "DELETE FROM rights WHERE person = ?1",
    "DELETE FROM address WHERE person = ?1",
    "DELETE FROM person WHERE id = ?1",
};

void person_free(struct person *person)
{
	if (!person)
		return;
	g_free(person->name);
	g_free(person->zone);
	g_strfreev(person->addresses);
	g_free(person->digest_at);
	g_free(person->digest_days);
	g_free(person);
}

static void *from_row(struct db_stmt *stmt)
{
	struct person *person = g_new0(struct person, 1);

	person->id = db_column_int(stmt, 0);
	person->name = g_strdup(db_column_text(stmt, 1));
	if (!lang_parse(db_column_text(stmt, 2), &person->language))
		person->language = LANG_DE;
	person->zone = g_strdup(db_column_text(stmt, 3));
	person->digest_at = g_strdup(db_column_text(stmt, 4));
	person->digest_days = g_strdup(db_column_text(stmt, 5));
	return person;
}

static bool add_addresses(struct store *store, struct person *person, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_ADDRESSES, db_i(person->id));
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	enum db_step step;

	if (!stmt)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW)
		g_strv_builder_add(builder, db_column_text(stmt, 0));
	db_end(stmt);
	person->addresses = g_strv_builder_end(builder);
	return step == DB_DONE;
}

static int64_t find_id(struct store *store, const char *address, GError **error)
{
	return db_number(store_db(store), error, 0, SQL_FIND_ID, db_t(address));
}

struct person *person_find(struct store *store, const char *address, GError **error)
{
	int64_t id = find_id(store, address, error);
	struct db_stmt *stmt;
	struct person *person = NULL;

	if (id == 0)
		return NULL;
	stmt = db_query(store_db(store), error, SQL_FIND, db_i(id));
	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW)
		person = from_row(stmt);
	db_end(stmt);
	if (person && !add_addresses(store, person, error))
		g_clear_pointer(&person, person_free);
	return person;
}

struct person *person_find_by_id(struct store *store, int64_t id, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_FIND_BY_ID, db_i(id));
	g_autofree char *address = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW)
		address = g_strdup(db_column_text(stmt, 0));
	db_end(stmt);
	return address ? person_find(store, address, error) : NULL;
}

bool person_has_address(
    struct store *store, int64_t person, const char *address, bool *has, GError **error)
{
	GError *inner = NULL;

	*has = address && find_id(store, address, &inner) == person;
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

static void free_person(gpointer person)
{
	person_free(person);
}

GPtrArray *person_list(struct store *store, GError **error)
{
	g_autoptr(GPtrArray) list =
	    db_collect(db_query_values(store_db(store), SQL_LIST, NULL, 0, error), from_row,
		free_person, error);

	for (guint i = 0; list && i < list->len; i++)
		if (!add_addresses(store, list->pdata[i], error))
			return NULL;
	return g_steal_pointer(&list);
}

bool person_add(struct store *store, struct person *person, const char *address, GError **error)
{
	GError *inner = NULL;
	int64_t owner = find_id(store, address, &inner);

	if (inner) {
		g_propagate_error(error, inner);
		return false;
	}
	if (owner > 0)
		return err_set(error, ERR_DENIED, "%s is known already", address);
	if (!db_run(store_db(store), error, SQL_ADD, db_t(person->name),
		db_t(lang_code(person->language)), db_t(person->zone), db_t(person->digest_at),
		db_t(person->digest_days)))
		return false;
	person->id = db_last_id(store_db(store));
	return db_run(store_db(store), error, SQL_ADD_ADDRESS, db_t(address), db_i(person->id),
	    db_i(clock_now()));
}

bool person_update(struct store *store, const struct person *person, GError **error)
{
	return db_run(store_db(store), error, SQL_UPDATE, db_i(person->id), db_t(person->name),
	    db_t(lang_code(person->language)), db_t(person->zone), db_t(person->digest_at),
	    db_t(person->digest_days));
}

int64_t person_need(struct store *store, const char *address, enum lang language, GError **error)
{
	GError *inner = NULL;
	int64_t id = find_id(store, address, &inner);
	char empty[] = "";
	struct person person = {.name = empty, .language = language};

	if (inner) {
		g_propagate_error(error, inner);
		return 0;
	}
	if (id > 0)
		return id;
	return person_add(store, &person, address, error) ? person.id : 0;
}

int person_rights(struct store *store, const char *address, int64_t group, GError **error)
{
	struct db_stmt *stmt =
	    db_query(store_db(store), error, SQL_RIGHTS, db_t(address), db_i(group));
	enum db_step step;
	int rights = 0;

	if (!stmt)
		return -1;
	step = db_step(stmt, error);
	if (step == DB_ROW) {
		rights = (int)db_column_int(stmt, 0);
		if (db_column_int(stmt, 1))
			rights |= RIGHT_READ | RIGHT_POST;
	}
	db_end(stmt);
	return step == DB_FAILED ? -1 : rights;
}

bool person_grant(
    struct store *store, int64_t person, int64_t group, enum right right, GError **error)
{
	return db_run(store_db(store), error, SQL_GRANT, db_i(person), db_i(group), db_i(right));
}

static void *text_of_row(struct db_stmt *stmt)
{
	return g_strdup(db_column_text(stmt, 0));
}

GPtrArray *person_moderators(struct store *store, int64_t group, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_MODERATORS, db_i(group)),
	    text_of_row, g_free, error);
}

bool person_erase(struct store *store, int64_t person, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(SQL_ERASE); i++)
		if (!db_run(store_db(store), error, SQL_ERASE[i], db_i(person)))
			return false;
	return true;
}
