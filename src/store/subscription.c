/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/subscription.h"

#include "base/clock.h"
#include "db/db.h"

/* Who joins, or changes to digest, begins at the newest article; else the mark stays. */
static const char SQL_SET[] =
    "INSERT INTO subscription (person, grp, mode, mark, since) "
    "SELECT ?1, id, ?3, high, ?4 FROM grp WHERE id = ?2 AND removed = 0 "
    "ON CONFLICT (person, grp) DO UPDATE SET mode = excluded.mode, "
    "mark = CASE WHEN subscription.mode <> 1 AND excluded.mode = 1 THEN excluded.mark "
    "ELSE subscription.mark END";
static const char SQL_REMOVE[] = "DELETE FROM subscription WHERE person = ?1 AND grp = ?2";
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
	return db_run(store_db(store), error, SQL_SET, db_i(person), db_i(group), db_i(mode),
	    db_i(clock_now()));
}

bool subscription_remove(
    struct store *store, int64_t person, int64_t group, bool *found, GError **error)
{
	if (!db_run(store_db(store), error, SQL_REMOVE, db_i(person), db_i(group)))
		return false;
	*found = db_changes(store_db(store)) > 0;
	return true;
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
