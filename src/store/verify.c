/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/store.h"

#include "base/err.h"
#include "db/db.h"
#include "store/wire.h"

/* Each looks for what must not be; a row is a finding: a count and what it is about. */
static const struct {
	const char *sql;
	const char *finding;
} rules[] = {
    {"SELECT count(*) FROM article a WHERE NOT EXISTS "
     "(SELECT 1 FROM wire w WHERE w.article = a.id)",
	"articles without their bytes"},
    {"SELECT count(*) FROM placement p JOIN article a ON a.id = p.article WHERE a.withdrawn = 1",
	"withdrawn articles that still stand in a group"},
    {"SELECT count(*) FROM grp g WHERE g.count <> "
     "(SELECT count(*) FROM placement p WHERE p.grp = g.id)",
	"groups whose count is wrong"},
    {"SELECT count(*) FROM grp g WHERE EXISTS "
     "(SELECT 1 FROM placement p WHERE p.grp = g.id AND (p.number > g.high OR p.number < g.low))",
	"groups with numbers beyond their watermarks"},
    {"SELECT count(*) FROM article a WHERE a.wanted IS NOT NULL AND NOT EXISTS "
     "(SELECT 1 FROM article b WHERE b.id = a.wanted)",
	"articles whose parent is not there"},
    {"SELECT count(*) FROM article a JOIN article b ON b.id = a.wanted WHERE a.root <> b.root",
	"articles in another thread than their parent"},
};

static const char SQL_WIRES[] =
    "SELECT w.article, a.size FROM wire w JOIN article a ON a.id = w.article";

static bool check_wires(struct store *store, GPtrArray *findings, GError **error)
{
	struct db_stmt *stmt = db_query_values(store_db(store), SQL_WIRES, NULL, 0, error);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	enum db_step step;

	if (!stmt)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		int64_t article = db_column_int(stmt, 0);
		g_autoptr(GError) damage = NULL;

		if (!wire_get(store, article, bytes, &damage))
			g_ptr_array_add(
			    findings, g_strdup_printf("article %" G_GINT64_FORMAT ": %s", article,
					  damage->message));
		else if (bytes->len != db_column_int(stmt, 1))
			g_ptr_array_add(findings,
			    g_strdup_printf("article %" G_GINT64_FORMAT ": wrong size", article));
	}
	db_end(stmt);
	return step == DB_DONE;
}

bool store_verify(struct store *store, GPtrArray *findings, GError **error)
{
	if (!db_integrity(store_db(store), findings, error))
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
		GError *inner = NULL;
		int64_t count = db_int_of(store_db(store), rules[i].sql, NULL, 0, 0, &inner);

		if (inner) {
			g_propagate_error(error, inner);
			return false;
		}
		if (count > 0)
			g_ptr_array_add(findings,
			    g_strdup_printf("%" G_GINT64_FORMAT " %s", count, rules[i].finding));
	}
	return check_wires(store, findings, error);
}
