/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/subscription.h"

#include "base/clock.h"
#include "db/db.h"
#include "store/delivery.h"

/*
 * The mode that counts for an article is the one of its time: up to number `turn` the mode `before`,
 * beyond it the present one.  So a change loses nothing and doubles nothing, however far the
 * digest has come; what the courier has not come to gets its rows before the change, as two
 * changes may pass before it looks.  Who joins, or changes to digest, begins at the newest article.
 */
static const char SQL_SET[] =
    "INSERT INTO subscription (person, grp, mode, mark, since, turn, before) "
    "SELECT ?1, id, ?3, high, ?4, high, 2 FROM grp WHERE id = ?2 AND removed = 0 "
    "ON CONFLICT (person, grp) DO UPDATE SET mode = excluded.mode, "
    "mark = CASE WHEN subscription.mode <> 1 AND excluded.mode = 1 THEN excluded.mark "
    " ELSE subscription.mark END, "
    "turn = CASE WHEN subscription.mode = excluded.mode THEN subscription.turn "
    " ELSE excluded.turn END, "
    "before = CASE WHEN subscription.mode = excluded.mode THEN subscription.before "
    " WHEN excluded.mode = 2 THEN 2 ELSE subscription.mode END";
/* From digest to each and back before the next digest: the first part is still to be told. */
static const char SQL_OWE[] =
    "INSERT INTO owed (person, grp, low, high) SELECT person, grp, mark + 1, turn "
    "FROM subscription WHERE person = ?1 AND grp = ?2 AND mode = 0 AND before = 1 AND mark < turn "
    "ON CONFLICT DO NOTHING";
/* An hour that passed before the first digest was wished for is not owed. */
static const char SQL_BEGIN_DIGEST[] =
    "UPDATE person SET digest_done = ?2 WHERE id = ?1 AND digest_done < ?2 "
    "AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.person = ?1 AND s.mode = 1)";
static const char SQL_REMOVE_OWED[] = "DELETE FROM owed WHERE person = ?1 AND grp = ?2";
static const char SQL_LEAVE_DIGEST[] =
    "UPDATE subscription SET mode = CASE WHEN mode = 1 THEN 2 ELSE mode END, before = 2 "
    "WHERE person = ?1 AND (mode = 1 OR before = 1)";
static const char SQL_LEAVE_OWED[] = "DELETE FROM owed WHERE person = ?1";
static const char SQL_REMOVE[] = "DELETE FROM subscription WHERE person = ?1 AND grp = ?2";
static const char SQL_WANTS_EACH[] =
    "SELECT EXISTS (SELECT 1 FROM subscription WHERE grp = ?1 AND mode = 0)";
static const char SQL_LIST[] =
    "SELECT s.person, s.grp, "
    "(SELECT a.address FROM address a WHERE a.person = s.person "
    " ORDER BY a.confirmed, a.address LIMIT 1) AS main, "
    "p.name, g.name, s.mode, s.mark, s.since "
    "FROM subscription s JOIN person p ON p.id = s.person JOIN grp g ON g.id = s.grp "
    "WHERE ?1 = 0 OR s.grp = ?1 ORDER BY g.name, main";

void subscription_free(struct subscription *subscription)
{
	if (!subscription)
		return;
	g_free(subscription->address);
	g_free(subscription->name);
	g_free(subscription->group_name);
	g_free(subscription);
}

bool subscription_set(
    struct store *store, int64_t person, int64_t group, enum subscription_mode mode, GError **error)
{
	const int64_t now = clock_now();

	if (mode == MODE_DIGEST &&
	    (!db_run(store_db(store), error, SQL_BEGIN_DIGEST, db_i(person), db_i(now)) ||
		!db_run(store_db(store), error, SQL_OWE, db_i(person), db_i(group)) ||
		!delivery_catch_up(store, person, group, error)))
		return false;
	if (mode == MODE_NONE &&
	    !db_run(store_db(store), error, SQL_REMOVE_OWED, db_i(person), db_i(group)))
		return false;
	return db_run(
	    store_db(store), error, SQL_SET, db_i(person), db_i(group), db_i(mode), db_i(now));
}

bool subscription_remove(
    struct store *store, int64_t person, int64_t group, bool *found, GError **error)
{
	if (!db_run(store_db(store), error, SQL_REMOVE, db_i(person), db_i(group)))
		return false;
	*found = db_changes(store_db(store)) > 0;
	return db_run(store_db(store), error, SQL_REMOVE_OWED, db_i(person), db_i(group)) &&
	       delivery_drop_member(store, person, group, "left the group", error);
}

bool subscription_leave_digest(struct store *store, int64_t person, bool *found, GError **error)
{
	if (!db_run(store_db(store), error, SQL_LEAVE_DIGEST, db_i(person)))
		return false;
	*found = db_changes(store_db(store)) > 0;
	return db_run(store_db(store), error, SQL_LEAVE_OWED, db_i(person));
}

static void *from_row(struct db_stmt *stmt)
{
	struct subscription *subscription = g_new0(struct subscription, 1);

	subscription->person = db_column_int(stmt, 0);
	subscription->group = db_column_int(stmt, 1);
	subscription->address = g_strdup(db_column_text(stmt, 2));
	subscription->name = g_strdup(db_column_text(stmt, 3));
	subscription->group_name = g_strdup(db_column_text(stmt, 4));
	subscription->mode = (enum subscription_mode)db_column_int(stmt, 5);
	subscription->mark = db_column_int(stmt, 6);
	subscription->since = db_column_int(stmt, 7);
	return subscription;
}

static void free_subscription(gpointer subscription)
{
	subscription_free(subscription);
}

bool subscription_wants_each(struct store *store, int64_t group, bool *wanted, GError **error)
{
	const int64_t found = db_number(store_db(store), error, -1, SQL_WANTS_EACH, db_i(group));

	*wanted = found > 0;
	return found >= 0;
}

GPtrArray *subscription_list(struct store *store, int64_t group, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_LIST, db_i(group)), from_row,
	    free_subscription, error);
}

static const char *const mode_names[] = {
    [MODE_EACH] = "each",
    [MODE_DIGEST] = "digest",
    [MODE_NONE] = "none",
};

const char *subscription_mode_name(enum subscription_mode mode)
{
	return mode_names[mode];
}

bool subscription_mode_parse(const char *text, enum subscription_mode *mode)
{
	for (size_t i = 0; i < G_N_ELEMENTS(mode_names); i++)
		if (g_str_equal(text, mode_names[i])) {
			*mode = (enum subscription_mode)i;
			return true;
		}
	return false;
}
