/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/delivery.h"

#include "base/clock.h"
#include "base/err.h"
#include "db/db.h"
#include "store/daily.h"
#include "store/wire.h"

#define CHUNK 500 /* rows of one go */

/* clang-format off */
#define SELECT_DELIVERY                                                                            \
	"SELECT id, kind, person, address, article, grp, letter, head, mail, state, attempts, "    \
	"doubtful, made, due, changed, answer, tried FROM delivery "
/* clang-format on */

static const char SQL_CHUNK[] =
    "SELECT max(person) FROM (SELECT person FROM subscription WHERE grp = ?1 AND person > ?2 "
    "ORDER BY person LIMIT ?3) AS chunk";
/* clang-format off */
#define ADD_POSTS                                                                                  \
	"INSERT INTO delivery (kind, person, address, article, grp, state, made, due, changed) "   \
	"SELECT 0, s.person, (SELECT a.address FROM address a WHERE a.person = s.person "          \
	" ORDER BY a.confirmed, a.address LIMIT 1), "
/* clang-format on */
/* What was accepted before the last change of mode has its rows since then (SQL_CATCH_UP). */
static const char SQL_ADD_POSTS[] = ADD_POSTS
    "?1, ?2, 0, ?6, ?6, ?6 FROM subscription s "
    "WHERE s.grp = ?2 AND s.person > ?4 AND s.person <= ?5 AND s.mode = 0 AND s.turn < ?3 "
    "AND NOT " DAILY_SQL_HAD("s.person", "?1", "s.grp") " "
							"ORDER BY s.person ON CONFLICT DO NOTHING";
static const char SQL_CATCH_UP[] =
    ADD_POSTS "p.article, p.grp, 0, ?3, ?3, ?3 FROM subscription s "
	      "JOIN placement p ON p.grp = s.grp AND p.number > s.turn "
	      "JOIN article n ON n.id = p.article "
	      "WHERE s.person = ?1 AND s.grp = ?2 AND s.mode = 0 AND n.quiet = 0 "
	      "AND p.number > coalesce((SELECT c.number FROM cursor c "
	      " WHERE c.consumer = 'courier' AND c.grp = s.grp), 0) "
	      "AND NOT " DAILY_SQL_HAD(
		  "s.person", "p.article", "p.grp") " "
						    "ORDER BY p.number ON CONFLICT DO NOTHING";
static const char SQL_ADD[] =
    "INSERT INTO delivery (kind, person, address, grp, letter, head, mail, state, made, due, "
    "changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8, ?8)";
static const char SQL_SET_HEAD[] = "UPDATE delivery SET head = ?2 WHERE id = ?1";
static const char SQL_ADD_MAIL[] = "INSERT INTO mail (dictionary, bytes) VALUES (1, ?1)";
static const char SQL_MAIL[] = "SELECT bytes FROM mail WHERE id = ?1";
static const char SQL_DUE[] = SELECT_DELIVERY
    "WHERE state = 0 AND due <= ?1 AND (due, id) > (?2, ?3) ORDER BY due, id LIMIT ?4";
static const char SQL_UPDATE[] =
    "UPDATE delivery SET state = ?2, attempts = ?3, doubtful = ?4, due = ?5, answer = ?6, "
    "changed = ?7, tried = ?8, mail = CASE WHEN ?2 = 0 THEN mail END "
    "WHERE id = ?1 AND (state = 0 OR ?2 = 1)";
static const char SQL_MEND_CLOCK[] =
    "UPDATE delivery SET made = ?1, due = ?1, tried = min(tried, ?1) WHERE state = 0 AND due > ?2";
static const char SQL_FIND[] = SELECT_DELIVERY "WHERE id = ?1";
static const char SQL_OF_ARTICLE[] =
    SELECT_DELIVERY "WHERE kind = 0 AND article = ?1 ORDER BY address";
static const char SQL_TO_ADDRESS[] = SELECT_DELIVERY "WHERE address = ?1 ORDER BY id DESC LIMIT ?2";
static const char SQL_WAITING[] = SELECT_DELIVERY "WHERE state = 0 ORDER BY due, id LIMIT ?1";
static const char SQL_FAILED[] =
    SELECT_DELIVERY "WHERE state = 2 AND changed >= ?1 ORDER BY changed DESC, id DESC LIMIT ?2";
static const char SQL_COUNT[] =
    "SELECT count(*), coalesce(sum(CASE WHEN attempts > 0 THEN 1 ELSE 0 END), 0), "
    "coalesce(min(made), 0) FROM delivery WHERE state = 0";
static const char SQL_COUNT_FAILED[] =
    "SELECT count(*) FROM delivery WHERE state = 2 AND changed >= ?1";
/* What waits is found by its own small index, what failed likewise. */
static const char SQL_HAS_FAILED[] =
    "SELECT 1 FROM delivery WHERE state = 2 AND article = ?1 LIMIT 1";
static const char
    SQL_WAITS[] = /* the + keeps SQLite from going through all of the article's rows */
    "SELECT 1 FROM delivery WHERE state = 0 AND kind = 0 AND +article = ?1 LIMIT 1";
static const char SQL_LAST_FAILURE[] =
    "SELECT answer FROM delivery WHERE state = 2 AND article = ?1 ORDER BY changed DESC LIMIT 1";
static const char SQL_COUNT_ARTICLE[] =
    "SELECT state, count(*) FROM delivery WHERE kind = 0 AND article = ?1 GROUP BY state";
#define DROP "UPDATE delivery SET state = 3, answer = ?1, changed = ?2, mail = NULL WHERE state = 0"
static const char SQL_DROP[] = DROP " AND id = ?3";
static const char SQL_DROP_ARTICLE[] = DROP " AND kind = 0 AND article = ?3";
/* A crosspost that came by a group which is left goes by another that the person wants it by. */
#define OTHER_GROUP                                                                           \
	"(SELECT min(q.grp) FROM placement q JOIN subscription s ON s.grp = q.grp "           \
	" WHERE q.article = delivery.article AND q.grp <> ?1 AND s.person = delivery.person " \
	" AND s.mode = 0 AND s.turn < q.number)"
static const char SQL_MOVE_MEMBER[] =
    "UPDATE delivery SET grp = " OTHER_GROUP " WHERE state = 0 AND kind = 0 AND grp = ?1 "
    "AND (?2 = 0 OR person = ?2) AND " OTHER_GROUP " IS NOT NULL";
static const char SQL_DROP_MEMBER[] = DROP " AND kind = 0 AND (?3 = 0 OR person = ?3) AND grp = ?4";
static const char SQL_DROP_ALL[] = DROP;
static const char SQL_LETTER_SINCE[] =
    "SELECT count(*) FROM delivery WHERE address = ?1 AND letter = ?2 AND (?3 = 0 OR grp = ?3) "
    "AND made >= ?4";
/* Ids rise with time: the oldest rows are looked at, not all of them. */
static const char SQL_PRUNE_REPORTS[] =
    "DELETE FROM bounce WHERE delivery IN (SELECT id FROM "
    "(SELECT id, state, made FROM delivery ORDER BY id LIMIT ?2) AS oldest "
    "WHERE state <> 0 AND made < ?1)";
static const char SQL_PRUNE[] =
    "DELETE FROM delivery WHERE id IN (SELECT id FROM "
    "(SELECT id, state, made FROM delivery ORDER BY id LIMIT ?2) AS oldest "
    "WHERE state <> 0 AND made < ?1)";
static const char SQL_PRUNE_MAIL[] =
    "DELETE FROM mail WHERE NOT EXISTS (SELECT 1 FROM delivery d WHERE d.mail = mail.id)";
static const char SQL_ADD_REPORT[] =
    "INSERT INTO bounce (delivery, at, action, status, text) SELECT ?1, ?2, ?3, ?4, ?5 "
    "WHERE (SELECT count(*) FROM bounce b WHERE b.delivery = ?1) < 20 ON CONFLICT DO NOTHING";
static const char SQL_REPORTS[] =
    "SELECT at, action, status, text FROM bounce WHERE delivery = ?1 ORDER BY id";

void delivery_free(struct delivery *delivery)
{
	if (!delivery)
		return;
	g_free(delivery->address);
	g_free(delivery->letter);
	if (delivery->head)
		g_bytes_unref(delivery->head);
	g_free(delivery->answer);
	g_free(delivery);
}

static void free_delivery(gpointer delivery)
{
	delivery_free(delivery);
}

static void *from_row(struct db_stmt *stmt)
{
	struct delivery *delivery = g_new0(struct delivery, 1);
	const void *head;
	size_t size = 0;

	delivery->id = db_column_int(stmt, 0);
	delivery->kind = (enum delivery_kind)db_column_int(stmt, 1);
	delivery->person = db_column_int(stmt, 2);
	delivery->address = g_strdup(db_column_text(stmt, 3));
	delivery->article = db_column_int(stmt, 4);
	delivery->group = db_column_int(stmt, 5);
	delivery->letter = g_strdup(db_column_text(stmt, 6));
	head = db_column_blob(stmt, 7, &size);
	if (size > 0)
		delivery->head = g_bytes_new(head, size);
	delivery->mail = db_column_int(stmt, 8);
	delivery->state = (enum delivery_state)db_column_int(stmt, 9);
	delivery->attempts = db_column_int(stmt, 10);
	delivery->doubtful = db_column_int(stmt, 11) != 0;
	delivery->made = db_column_int(stmt, 12);
	delivery->due = db_column_int(stmt, 13);
	delivery->changed = db_column_int(stmt, 14);
	delivery->answer = g_strdup(db_column_text(stmt, 15));
	delivery->tried = db_column_int(stmt, 16);
	return delivery;
}

/* -- adding -- */

bool delivery_add_posts(struct store *store, struct delivery_post *post, bool *more, GError **error)
{
	GError *inner = NULL;
	const int64_t last = db_number(store_db(store), &inner, 0, SQL_CHUNK, db_i(post->group),
	    db_i(post->place), db_i(CHUNK));

	if (inner) {
		g_propagate_error(error, inner);
		return false;
	}
	*more = last > 0;
	if (last == 0)
		return true;
	if (!db_run(store_db(store), error, SQL_ADD_POSTS, db_i(post->article), db_i(post->group),
		db_i(post->number), db_i(post->place), db_i(last), db_i(clock_now())))
		return false;
	post->place = last;
	return true;
}

bool delivery_catch_up(struct store *store, int64_t person, int64_t group, GError **error)
{
	return db_run(
	    store_db(store), error, SQL_CATCH_UP, db_i(person), db_i(group), db_i(clock_now()));
}

int64_t delivery_add(struct store *store, const struct delivery *delivery, GError **error)
{
	size_t size = 0;
	const void *head = delivery->head ? g_bytes_get_data(delivery->head, &size) : NULL;

	if (!db_run(store_db(store), error, SQL_ADD, db_i(delivery->kind), db_id(delivery->person),
		db_t(delivery->address), db_id(delivery->group), db_t(delivery->letter),
		db_b(head ? head : "", size), db_id(delivery->mail), db_i(clock_now())))
		return 0;
	return db_last_id(store_db(store));
}

bool delivery_set_head(
    struct store *store, int64_t id, const char *head, size_t size, GError **error)
{
	return db_run(store_db(store), error, SQL_SET_HEAD, db_i(id), db_b(head, size));
}

int64_t delivery_add_mail(struct store *store, const char *bytes, size_t size, GError **error)
{
	g_autoptr(GBytes) packed = wire_pack(store, bytes, size, error);
	const void *data;

	if (!packed)
		return 0;
	data = g_bytes_get_data(packed, &size);
	if (!db_run(store_db(store), error, SQL_ADD_MAIL, db_b(data, size)))
		return 0;
	return db_last_id(store_db(store));
}

bool delivery_mail(struct store *store, int64_t mail, GByteArray *out, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_MAIL, db_i(mail));
	const void *packed;
	size_t size = 0;
	bool ok = false;

	if (!stmt)
		return false;
	if (db_step(stmt, error) == DB_ROW) {
		packed = db_column_blob(stmt, 0, &size);
		ok = wire_unpack(store, packed, size, out, error);
	} else if (error && !*error) {
		err_set(error, ERR_ABSENT, "no such mail");
	}
	db_end(stmt);
	return ok;
}

/* -- sending -- */

GPtrArray *delivery_due(
    struct store *store, int64_t now, const struct delivery *behind, int limit, GError **error)
{
	return db_collect(
	    db_query(store_db(store), error, SQL_DUE, db_i(now), db_i(behind ? behind->due : 0),
		db_i(behind ? behind->id : 0), db_i(limit)),
	    from_row, free_delivery, error);
}

bool delivery_update(struct store *store, const struct delivery *delivery, GError **error)
{
	return db_run(store_db(store), error, SQL_UPDATE, db_i(delivery->id), db_i(delivery->state),
	    db_i(delivery->attempts), db_i(delivery->doubtful), db_i(delivery->due),
	    db_t(delivery->answer ? delivery->answer : ""), db_i(clock_now()),
	    db_i(delivery->tried));
}

bool delivery_mend_clock(struct store *store, int64_t now, GError **error)
{
	return db_run(
	    store_db(store), error, SQL_MEND_CLOCK, db_i(now), db_i(now + DELIVERY_PAUSE_MAX));
}

GPtrArray *delivery_failed(
    struct store *store, int64_t since, int limit, int64_t *total, GError **error)
{
	GError *inner = NULL;

	*total = db_number(store_db(store), &inner, 0, SQL_COUNT_FAILED, db_i(since));
	if (inner) {
		g_propagate_error(error, inner);
		return NULL;
	}
	return db_collect(db_query(store_db(store), error, SQL_FAILED, db_i(since), db_i(limit)),
	    from_row, free_delivery, error);
}

struct delivery *delivery_find(struct store *store, int64_t id, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_FIND, db_i(id));
	struct delivery *delivery = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW)
		delivery = from_row(stmt);
	db_end(stmt);
	return delivery;
}

/* -- looking -- */

GPtrArray *delivery_of_article(struct store *store, int64_t article, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_OF_ARTICLE, db_i(article)), from_row,
	    free_delivery, error);
}

GPtrArray *delivery_to_address(struct store *store, const char *address, int limit, GError **error)
{
	return db_collect(
	    db_query(store_db(store), error, SQL_TO_ADDRESS, db_t(address), db_i(limit)), from_row,
	    free_delivery, error);
}

GPtrArray *delivery_waiting(struct store *store, int limit, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_WAITING, db_i(limit)), from_row,
	    free_delivery, error);
}

bool delivery_count(struct store *store, struct delivery_counts *counts, GError **error)
{
	struct db_stmt *stmt = db_query_values(store_db(store), SQL_COUNT, NULL, 0, error);
	GError *inner = NULL;
	enum db_step step;

	*counts = (struct delivery_counts){0};
	if (!stmt)
		return false;
	step = db_step(stmt, error);
	if (step == DB_ROW) {
		counts->waiting = db_column_int(stmt, 0);
		counts->tried = db_column_int(stmt, 1);
		counts->oldest = db_column_int(stmt, 2);
	}
	db_end(stmt);
	if (step == DB_FAILED)
		return false;
	counts->failed =
	    db_number(store_db(store), &inner, 0, SQL_COUNT_FAILED, db_i(clock_now() - 86400));
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

bool delivery_count_article(
    struct store *store, int64_t article, struct delivery_counts *counts, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_COUNT_ARTICLE, db_i(article));
	enum db_step step;

	*counts = (struct delivery_counts){0};
	if (!stmt)
		return false;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		const int64_t state = db_column_int(stmt, 0);

		if (state >= 0 && (size_t)state < G_N_ELEMENTS(counts->states))
			counts->states[state] = db_column_int(stmt, 1);
	}
	db_end(stmt);
	counts->waiting = counts->states[DELIVERY_WAITING];
	return step != DB_FAILED;
}

bool delivery_ended_badly(struct store *store, int64_t article, bool *badly, GError **error)
{
	GError *inner = NULL;

	*badly = db_number(store_db(store), &inner, 0, SQL_HAS_FAILED, db_i(article)) > 0;
	if (inner == NULL && *badly)
		*badly = db_number(store_db(store), &inner, 0, SQL_WAITS, db_i(article)) == 0;
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

char *delivery_last_failure(struct store *store, int64_t article, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_LAST_FAILURE, db_i(article));
	char *answer = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW)
		answer = g_strdup(db_column_text(stmt, 0));
	db_end(stmt);
	return answer;
}

bool delivery_letter_since(struct store *store, const char *address, const char *letter,
    int64_t group, int64_t since, bool *found, GError **error)
{
	GError *inner = NULL;

	*found = db_number(store_db(store), &inner, 0, SQL_LETTER_SINCE, db_t(address),
		     db_t(letter), db_i(group), db_i(since)) > 0;
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

/* -- giving up -- */

static bool count_dropped(struct store *store, int64_t *dropped, bool ok)
{
	if (ok && dropped)
		*dropped = db_changes(store_db(store));
	return ok;
}

bool delivery_drop(
    struct store *store, int64_t id, const char *why, int64_t *dropped, GError **error)
{
	return count_dropped(store, dropped,
	    db_run(store_db(store), error, SQL_DROP, db_t(why), db_i(clock_now()), db_i(id)));
}

bool delivery_drop_article(struct store *store, int64_t article, const char *why, GError **error)
{
	return db_run(
	    store_db(store), error, SQL_DROP_ARTICLE, db_t(why), db_i(clock_now()), db_i(article));
}

bool delivery_drop_member(
    struct store *store, int64_t person, int64_t group, const char *why, GError **error)
{
	if (!db_run(store_db(store), error, SQL_MOVE_MEMBER, db_i(group), db_i(person)))
		return false;
	return db_run(store_db(store), error, SQL_DROP_MEMBER, db_t(why), db_i(clock_now()),
	    db_i(person), db_i(group));
}

bool delivery_drop_all(struct store *store, const char *why, int64_t *dropped, GError **error)
{
	return count_dropped(store, dropped,
	    db_run(store_db(store), error, SQL_DROP_ALL, db_t(why), db_i(clock_now())));
}

bool delivery_prune(struct store *store, int64_t before, bool *more, GError **error)
{
	if (!db_run(store_db(store), error, SQL_PRUNE_REPORTS, db_i(before), db_i(CHUNK)) ||
	    !db_run(store_db(store), error, SQL_PRUNE, db_i(before), db_i(CHUNK)))
		return false;
	*more = db_changes(store_db(store)) > 0;
	return *more || db_run_values(store_db(store), SQL_PRUNE_MAIL, NULL, 0, error);
}

/* -- reports -- */

void delivery_report_free(struct delivery_report *report)
{
	if (!report)
		return;
	g_free(report->action);
	g_free(report->status);
	g_free(report->text);
	g_free(report);
}

static void free_report(gpointer report)
{
	delivery_report_free(report);
}

static void *report_of_row(struct db_stmt *stmt)
{
	struct delivery_report *report = g_new0(struct delivery_report, 1);

	report->at = db_column_int(stmt, 0);
	report->action = g_strdup(db_column_text(stmt, 1));
	report->status = g_strdup(db_column_text(stmt, 2));
	report->text = g_strdup(db_column_text(stmt, 3));
	return report;
}

bool delivery_add_report(
    struct store *store, int64_t delivery, const struct delivery_report *report, GError **error)
{
	return db_run(store_db(store), error, SQL_ADD_REPORT, db_i(delivery), db_i(report->at),
	    db_t(report->action), db_t(report->status), db_t(report->text));
}

GPtrArray *delivery_reports(struct store *store, int64_t delivery, GError **error)
{
	return db_collect(db_query(store_db(store), error, SQL_REPORTS, db_i(delivery)),
	    report_of_row, free_report, error);
}

const char *delivery_state_name(enum delivery_state state)
{
	static const char *const names[] = {
	    [DELIVERY_WAITING] = "waiting",
	    [DELIVERY_SENT] = "sent",
	    [DELIVERY_FAILED] = "failed",
	    [DELIVERY_DROPPED] = "dropped",
	};

	return names[state];
}

const char *delivery_kind_name(enum delivery_kind kind)
{
	static const char *const names[] = {
	    [DELIVERY_POST] = "post",
	    [DELIVERY_DIGEST] = "digest",
	    [DELIVERY_LETTER] = "letter",
	};

	return names[kind];
}
