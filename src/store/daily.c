/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/daily.h"

#include "base/clock.h"
#include "db/db.h"

#define DAY 86400

/* A change to another mode may have left a part of a digest to be sent (store/subscription.c). */
#define WANTS_DIGEST                                                  \
	"EXISTS (SELECT 1 FROM subscription s WHERE s.person = p.id " \
	"AND (s.mode = 1 OR s.before = 1))"

static const char SQL_SCHEDULES[] =
    "SELECT DISTINCT zone, digest_at, digest_days FROM person p WHERE " WANTS_DIGEST
    " ORDER BY zone, digest_at, digest_days";
static const char SQL_DUE[] =
    "SELECT p.id FROM person p WHERE p.zone IS NOT DISTINCT FROM ?1 "
    "AND p.digest_at IS NOT DISTINCT FROM ?2 AND p.digest_days IS NOT DISTINCT FROM ?3 "
    "AND p.digest_done < ?4 AND " WANTS_DIGEST " ORDER BY p.id LIMIT ?5";
static const char SQL_AHEAD[] = "SELECT count(*) FROM person WHERE digest_done > ?1";
static const char SQL_MEND_CLOCK[] = "UPDATE person SET digest_done = ?1 WHERE digest_done > ?2";
static const char SQL_SET_DONE[] =
    "UPDATE person SET digest_done = ?2 WHERE id = ?1 AND digest_done < ?2";
static const char SQL_RANGES[] =
    "SELECT s.grp, s.mark + 1, CASE WHEN s.mode = 1 THEN g.high ELSE s.turn END AS top "
    "FROM subscription s JOIN grp g ON g.id = s.grp WHERE s.person = ?1 AND g.removed = 0 "
    "AND (s.mode = 1 OR s.before = 1) "
    "AND s.mark < CASE WHEN s.mode = 1 THEN g.high ELSE s.turn END "
    "UNION ALL SELECT grp, low, high FROM owed WHERE person = ?1 ORDER BY 1, 2";
static const char SQL_FRESH[] =
    "SELECT DISTINCT p.article FROM (SELECT s.grp, min(s.mark) AS mark FROM subscription s "
    " WHERE s.mode = 1 OR (s.before = 1 AND s.mark < s.turn) GROUP BY s.grp "
    " UNION ALL SELECT grp, low - 1 FROM owed) AS m "
    "JOIN placement p ON p.grp = m.grp AND p.number > m.mark "
    "JOIN article a ON a.id = p.article WHERE a.quiet = 0 ORDER BY p.article DESC LIMIT ?1";
/* Not what came as a mail of its own, nor what an earlier digest held by way of another group. */
static const char SQL_POSTS[] =
    "SELECT a.id, p.grp, p.number, a.wanted, a.root, a.date FROM placement p "
    "JOIN article a ON a.id = p.article "
    "WHERE p.grp = ?2 AND p.number BETWEEN ?3 AND ?4 AND a.quiet = 0 "
    "AND NOT EXISTS (SELECT 1 FROM delivery m "
    " WHERE m.kind = 0 AND m.article = a.id AND m.person = ?1 AND m.state <> 3) "
    "AND NOT " DAILY_SQL_HAD("?1", "a.id", "p.grp") " ORDER BY p.number";
static const char SQL_WROTE[] =
    "SELECT count(*) FROM article a JOIN address w ON w.address = a.author "
    "WHERE a.root = ?2 AND w.person = ?1";
static const char SQL_WANTED[] = "SELECT count(*) FROM person p WHERE p.id = ?1 AND " WANTS_DIGEST;
static const char SQL_DAY[] = "SELECT day FROM digest WHERE delivery = ?1";
static const char SQL_EXISTS[] = "SELECT count(*) FROM digest WHERE person = ?1 AND day = ?2";
static const char SQL_RECORD[] = "INSERT INTO digest (person, day, made, msgid, posts, delivery) "
				 "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char SQL_ADD_RANGE[] =
    "INSERT INTO digest_range (digest, grp, low, high) VALUES (?1, ?2, ?3, ?4)";
static const char SQL_SET_MARK[] =
    "UPDATE subscription SET mark = ?3 WHERE person = ?1 AND grp = ?2 AND mark < ?3";
static const char SQL_PAID[] = "DELETE FROM owed WHERE person = ?1";
/* Of the newest range of a group the mark goes back; an older one is owed beside it. */
static const char SQL_HELD_RANGES[] =
    "SELECT r.grp, r.low, r.high, d.person, r.digest FROM digest d "
    "JOIN digest_range r ON r.digest = d.id WHERE d.delivery = ?1 ORDER BY r.grp, r.low DESC";
static const char SQL_MARK_BACK[] =
    "UPDATE subscription SET mark = ?3 - 1 WHERE person = ?1 AND grp = ?2 AND mark = ?4";
static const char SQL_OWE[] =
    "INSERT INTO owed (person, grp, low, high) SELECT person, grp, ?3, ?4 FROM subscription "
    "WHERE person = ?1 AND grp = ?2 AND (mode = 1 OR before = 1) ON CONFLICT DO NOTHING";
static const char SQL_DROP_RANGES[] = "DELETE FROM digest_range WHERE digest = ?1";
static const char SQL_OF_ARTICLE[] =
    "SELECT DISTINCT d.delivery, d.day FROM placement p "
    "JOIN digest_range r ON r.grp = p.grp AND p.number BETWEEN r.low AND r.high "
    "JOIN digest d ON d.id = r.digest "
    "WHERE p.article = ?1 AND NOT EXISTS (SELECT 1 FROM delivery e "
    " WHERE e.kind = 0 AND e.article = ?1 AND e.person = d.person) ORDER BY d.day, d.delivery";
/* One that waits may still have to be put back. */
#define OLD                                                                                \
	"made < ?1 AND NOT EXISTS (SELECT 1 FROM delivery w WHERE w.id = digest.delivery " \
	"AND w.state = 0)"
static const char SQL_PRUNE_RANGES[] =
    "DELETE FROM digest_range WHERE digest IN (SELECT id FROM digest WHERE " OLD ")";
static const char SQL_PRUNE[] = "DELETE FROM digest WHERE " OLD;

/* -- who is due -- */

void daily_schedule_free(struct daily_schedule *schedule)
{
	if (!schedule)
		return;
	g_free(schedule->zone);
	g_free(schedule->hour);
	g_free(schedule->days);
	g_free(schedule);
}

static void free_schedule(gpointer schedule)
{
	daily_schedule_free(schedule);
}

static void *schedule_of_row(struct db_stmt *stmt)
{
	struct daily_schedule *schedule = g_new0(struct daily_schedule, 1);

	schedule->zone = g_strdup(db_column_text(stmt, 0));
	schedule->hour = g_strdup(db_column_text(stmt, 1));
	schedule->days = g_strdup(db_column_text(stmt, 2));
	return schedule;
}

GPtrArray *daily_schedules(struct store *store, GError **error)
{
	return db_collect(db_query_values(store_db(store), SQL_SCHEDULES, NULL, 0, error),
	    schedule_of_row, free_schedule, error);
}

GArray *daily_due(struct store *store, const struct daily_schedule *schedule, int64_t moment,
    int limit, GError **error)
{
	return db_collect_numbers(
	    db_query(store_db(store), error, SQL_DUE, db_t(schedule->zone), db_t(schedule->hour),
		db_t(schedule->days), db_i(moment), db_i(limit)),
	    error);
}

GArray *daily_fresh(struct store *store, int limit, GError **error)
{
	return db_collect_numbers(db_query(store_db(store), error, SQL_FRESH, db_i(limit)), error);
}

bool daily_is_ahead(struct store *store, int64_t now, bool *ahead, GError **error)
{
	GError *inner = NULL;

	*ahead = db_number(store_db(store), &inner, 0, SQL_AHEAD, db_i(now + DAY)) > 0;
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

bool daily_mend_clock(struct store *store, int64_t now, GError **error)
{
	return db_run(store_db(store), error, SQL_MEND_CLOCK, db_i(now), db_i(now + DAY));
}

bool daily_set_done(struct store *store, int64_t person, int64_t moment, GError **error)
{
	return db_run(store_db(store), error, SQL_SET_DONE, db_i(person), db_i(moment));
}

bool daily_exists(
    struct store *store, int64_t person, const char *day, bool *exists, GError **error)
{
	GError *inner = NULL;

	*exists = db_number(store_db(store), &inner, 0, SQL_EXISTS, db_i(person), db_t(day)) > 0;
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

/* -- what it holds -- */

GArray *daily_ranges(struct store *store, int64_t person, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_RANGES, db_i(person));
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(struct daily_range));
	enum db_step step;

	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		const struct daily_range range = {
		    db_column_int(stmt, 0), db_column_int(stmt, 1), db_column_int(stmt, 2)};

		g_array_append_val(ranges, range);
	}
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&ranges) : NULL;
}

GArray *daily_posts(
    struct store *store, int64_t person, const struct daily_range *range, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_POSTS, db_i(person),
	    db_i(range->group), db_i(range->low), db_i(range->high));
	g_autoptr(GArray) posts = g_array_new(FALSE, FALSE, sizeof(struct daily_post));
	enum db_step step;

	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		const struct daily_post post = {db_column_int(stmt, 0), db_column_int(stmt, 1),
		    db_column_int(stmt, 2), db_column_int(stmt, 3), db_column_int(stmt, 4),
		    db_column_int(stmt, 5)};

		g_array_append_val(posts, post);
	}
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&posts) : NULL;
}

bool daily_is_wanted(struct store *store, int64_t person, bool *wanted, GError **error)
{
	GError *inner = NULL;

	*wanted = db_number(store_db(store), &inner, 0, SQL_WANTED, db_i(person)) > 0;
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

bool daily_wrote(struct store *store, int64_t person, int64_t root, bool *wrote, GError **error)
{
	GError *inner = NULL;

	*wrote = db_number(store_db(store), &inner, 0, SQL_WROTE, db_i(person), db_i(root)) > 0;
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

/* -- recording -- */

bool daily_advance(struct store *store, int64_t person, const GArray *ranges, GError **error)
{
	for (guint i = 0; i < ranges->len; i++) {
		const struct daily_range *range = &g_array_index(ranges, struct daily_range, i);

		if (!db_run(store_db(store), error, SQL_SET_MARK, db_i(person), db_i(range->group),
			db_i(range->high)))
			return false;
	}
	return db_run(store_db(store), error, SQL_PAID, db_i(person));
}

bool daily_record(
    struct store *store, const struct daily *daily, const GArray *ranges, GError **error)
{
	int64_t id;

	if (!db_run(store_db(store), error, SQL_RECORD, db_i(daily->person), db_t(daily->day),
		db_i(clock_now()), db_t(daily->msgid), db_i(daily->posts), db_i(daily->delivery)))
		return false;
	id = db_last_id(store_db(store));
	for (guint i = 0; i < ranges->len; i++) {
		const struct daily_range *range = &g_array_index(ranges, struct daily_range, i);

		if (!db_run(store_db(store), error, SQL_ADD_RANGE, db_i(id), db_i(range->group),
			db_i(range->low), db_i(range->high)))
			return false;
	}
	return daily_advance(store, daily->person, ranges, error) &&
	       daily_set_done(store, daily->person, daily->moment, error);
}

/* A range of a digest that never arrives. */
struct lost {
	struct daily_range range;
	int64_t person;
	int64_t digest;
};

static GArray *lost_ranges(struct store *store, int64_t delivery, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_HELD_RANGES, db_i(delivery));
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct lost));
	enum db_step step;

	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		const struct lost lost = {
		    {db_column_int(stmt, 0), db_column_int(stmt, 1), db_column_int(stmt, 2)},
		    db_column_int(stmt, 3), db_column_int(stmt, 4)};

		g_array_append_val(all, lost);
	}
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&all) : NULL;
}

static bool put_back(struct store *store, const struct lost *lost, GError **error)
{
	const struct daily_range *range = &lost->range;

	if (!db_run(store_db(store), error, SQL_MARK_BACK, db_i(lost->person), db_i(range->group),
		db_i(range->low), db_i(range->high)))
		return false;
	return db_changes(store_db(store)) > 0 ||
	       db_run(store_db(store), error, SQL_OWE, db_i(lost->person), db_i(range->group),
		   db_i(range->low), db_i(range->high));
}

bool daily_put_back(struct store *store, int64_t delivery, GError **error)
{
	g_autoptr(GArray) all = lost_ranges(store, delivery, error);

	for (guint i = 0; all && i < all->len; i++)
		if (!put_back(store, &g_array_index(all, struct lost, i), error))
			return false;
	return all && (all->len == 0 || db_run(store_db(store), error, SQL_DROP_RANGES,
					    db_i(g_array_index(all, struct lost, 0).digest)));
}

/* -- looking back -- */

void daily_trace_free(struct daily_trace *trace)
{
	if (!trace)
		return;
	g_free(trace->day);
	g_free(trace);
}

static void free_trace(gpointer trace)
{
	daily_trace_free(trace);
}

static void *trace_of_row(struct db_stmt *stmt)
{
	struct daily_trace *trace = g_new0(struct daily_trace, 1);

	trace->delivery = db_column_int(stmt, 0);
	trace->day = g_strdup(db_column_text(stmt, 1));
	return trace;
}

GPtrArray *daily_of_article(struct store *store, int64_t article, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_OF_ARTICLE, db_i(article)),
	    trace_of_row, free_trace, error);
}

char *daily_day(struct store *store, int64_t delivery, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_DAY, db_i(delivery));
	char *day = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW)
		day = g_strdup(db_column_text(stmt, 0));
	db_end(stmt);
	return day;
}

bool daily_prune(struct store *store, int64_t before, GError **error)
{
	return db_run(store_db(store), error, SQL_PRUNE_RANGES, db_i(before)) &&
	       db_run(store_db(store), error, SQL_PRUNE, db_i(before));
}
