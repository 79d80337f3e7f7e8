/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/notice.h"

#include "base/clock.h"
#include "db/db.h"

static const char SQL_ADD[] = "INSERT INTO notice (at, role, event, text) VALUES (?1, ?2, ?3, ?4)";
static const char SQL_LIST[] = "SELECT id, at, role, event, text FROM "
			       "(SELECT * FROM notice ORDER BY id DESC LIMIT ?1) ORDER BY id";
static const char SQL_CLEAR[] = "DELETE FROM notice";
static const char SQL_AUDIT[] = "INSERT INTO audit (at, who, what) VALUES (?1, ?2, ?3)";

void notice_free(struct notice *notice)
{
	if (!notice)
		return;
	g_free(notice->role);
	g_free(notice->event);
	g_free(notice->text);
	g_free(notice);
}

bool notice_add(
    struct store *store, const char *role, const char *event, const char *text, GError **error)
{
	return db_run(store_db(store), error, SQL_ADD, db_i(clock_now()), db_t(role), db_t(event),
	    db_t(text));
}

static void free_notice(gpointer notice)
{
	notice_free(notice);
}

static void *from_row(struct db_stmt *stmt)
{
	struct notice *notice = g_new0(struct notice, 1);

	notice->id = db_column_int(stmt, 0);
	notice->at = db_column_int(stmt, 1);
	notice->role = g_strdup(db_column_text(stmt, 2));
	notice->event = g_strdup(db_column_text(stmt, 3));
	notice->text = g_strdup(db_column_text(stmt, 4));
	return notice;
}

GPtrArray *notice_list(struct store *store, int limit, GError **error)
{
	return db_collect(
	    db_query(store_db(store), error, SQL_LIST, db_i(limit)), from_row, free_notice, error);
}

bool notice_clear(struct store *store, GError **error)
{
	return db_run_values(store_db(store), SQL_CLEAR, NULL, 0, error);
}

bool audit_add(struct store *store, const char *who, const char *what, GError **error)
{
	return db_run(store_db(store), error, SQL_AUDIT, db_i(clock_now()), db_t(who), db_t(what));
}
