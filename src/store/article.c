/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/article.h"

#include <string.h>

#include "base/err.h"
#include "db/db.h"

#define COLUMNS                                                                                   \
	"id, msgid, content, wanted, root, place, date, arrived, subject, subject_hash, author, " \
	"via, verified, size, lines, fields, quiet, brought_refs, withdrawn"

static const char SQL_FIND[] = "SELECT " COLUMNS " FROM article WHERE hash = ?1 AND msgid = ?2";
static const char SQL_FIND_BY_ID[] = "SELECT " COLUMNS " FROM article WHERE id = ?1";
static const char SQL_FIND_ID[] = "SELECT id FROM article WHERE hash = ?1 AND msgid = ?2";
static const char SQL_FIND_ALIAS[] =
    "SELECT article FROM alias WHERE hash = ?1 AND msgid = ?2 ORDER BY article";
static const char SQL_EARLIER[] = "SELECT id, author FROM article WHERE root = ?1 AND id < ?2 AND "
				  "withdrawn = 0 ORDER BY id DESC LIMIT ?3";
static const char SQL_ADD[] =
    "INSERT INTO article (hash, msgid, content, wanted, root, place, date, arrived, subject, "
    "subject_hash, author, via, verified, size, lines, fields, quiet, brought_refs) "
    "VALUES (?1, ?2, ?3, ?4, ?18, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
static const char SQL_ADD_ALIAS[] =
    "INSERT INTO alias (hash, article, msgid) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
static const char SQL_FIELDS[] = "SELECT arrived, fields FROM article WHERE id = ?1";
static const char SQL_SET_FIELDS[] = "UPDATE article SET fields = ?2 WHERE id = ?1";
static const char SQL_SET_WITHDRAWN[] = "UPDATE article SET withdrawn = 1 WHERE id = ?1";

void article_free(struct article *article)
{
	if (!article)
		return;
	g_free(article->msgid);
	g_free(article->subject);
	g_free(article->author);
	g_free(article->fields);
	g_free(article);
}

static struct article *from_row(struct db_stmt *stmt)
{
	struct article *article = g_new0(struct article, 1);
	int column = 0;

	article->id = db_column_int(stmt, column++);
	article->msgid = g_strdup(db_column_text(stmt, column++));
	article->content = db_column_int(stmt, column++);
	article->wanted = db_column_int(stmt, column++);
	article->root = db_column_int(stmt, column++);
	article->place = db_column_int(stmt, column++);
	article->date = db_column_int(stmt, column++);
	article->arrived = db_column_int(stmt, column++);
	article->subject = g_strdup(db_column_text(stmt, column++));
	article->subject_hash = db_column_int(stmt, column++);
	article->author = g_strdup(db_column_text(stmt, column++));
	article->via = (enum via)db_column_int(stmt, column++);
	article->verified = db_column_int(stmt, column++) != 0;
	article->size = db_column_int(stmt, column++);
	article->lines = db_column_int(stmt, column++);
	article->fields = g_strdup(db_column_text(stmt, column++));
	article->quiet = db_column_int(stmt, column++) != 0;
	article->brought_refs = db_column_int(stmt, column++) != 0;
	article->withdrawn = db_column_int(stmt, column++) != 0;
	return article;
}

static struct article *one(struct db_stmt *stmt, GError **error)
{
	struct article *article = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW)
		article = from_row(stmt);
	db_end(stmt);
	return article;
}

static int64_t find_alias(struct store *store, const char *msgid, GError **error)
{
	return db_number(
	    store_db(store), error, 0, SQL_FIND_ALIAS, db_i(store_hash(store, msgid)), db_t(msgid));
}

struct article *article_find(struct store *store, const char *msgid, GError **error)
{
	GError *inner = NULL;
	struct article *article = one(db_query(store_db(store), &inner, SQL_FIND,
					  db_i(store_hash(store, msgid)), db_t(msgid)),
	    &inner);
	int64_t id;

	if (!article && !inner) {
		id = find_alias(store, msgid, &inner);
		if (id > 0 && !inner)
			article = article_find_by_id(store, id, &inner);
	}
	if (inner)
		g_propagate_error(error, inner);
	return article;
}

struct article *article_find_by_id(struct store *store, int64_t id, GError **error)
{
	return one(db_query(store_db(store), error, SQL_FIND_BY_ID, db_i(id)), error);
}

int64_t article_find_id(struct store *store, const char *msgid, GError **error)
{
	GError *inner = NULL;
	int64_t id = db_number(
	    store_db(store), &inner, 0, SQL_FIND_ID, db_i(store_hash(store, msgid)), db_t(msgid));

	if (id == 0 && !inner)
		id = find_alias(store, msgid, &inner);
	if (!inner)
		return id;
	g_propagate_error(error, inner);
	return -1;
}

static void brief_clear(gpointer brief)
{
	g_free(((struct article_brief *)brief)->author);
}

GArray *article_earlier(
    struct store *store, int64_t root, int64_t before, unsigned most, GError **error)
{
	struct db_stmt *stmt =
	    db_query(store_db(store), error, SQL_EARLIER, db_i(root), db_i(before), db_i(most));
	g_autoptr(GArray) briefs = g_array_new(FALSE, FALSE, sizeof(struct article_brief));
	enum db_step step;

	g_array_set_clear_func(briefs, brief_clear);
	if (!stmt)
		return NULL;
	while ((step = db_step(stmt, error)) == DB_ROW) {
		struct article_brief brief = {
		    db_column_int(stmt, 0), g_strdup(db_column_text(stmt, 1))};

		g_array_append_val(briefs, brief);
	}
	db_end(stmt);
	return step == DB_DONE ? g_steal_pointer(&briefs) : NULL;
}

bool article_add(struct store *store, struct article *article, GError **error)
{
	if (!db_run(store_db(store), error, SQL_ADD, db_i(store_hash(store, article->msgid)),
		db_t(article->msgid), db_i(article->content), db_id(article->wanted),
		db_i(article->place), db_i(article->date), db_i(article->arrived),
		db_t(article->subject), db_i(article->subject_hash), db_t(article->author),
		db_i(article->via), db_i(article->verified), db_i(article->size),
		db_i(article->lines), db_t(article->fields), db_i(article->quiet),
		db_i(article->brought_refs), db_i(article->root)))
		return false;
	article->id = db_last_id(store_db(store));
	return true;
}

bool article_add_alias(struct store *store, int64_t id, const char *msgid, GError **error)
{
	return db_run(store_db(store), error, SQL_ADD_ALIAS, db_i(store_hash(store, msgid)),
	    db_i(id), db_t(msgid));
}

char *article_fields(struct store *store, int64_t id, int64_t *arrived, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_FIELDS, db_i(id));
	char *fields = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW) {
		*arrived = db_column_int(stmt, 0);
		fields = g_strdup(db_column_text(stmt, 1));
	}
	db_end(stmt);
	return fields;
}

bool article_set_fields(struct store *store, int64_t id, const char *fields, GError **error)
{
	return db_run(store_db(store), error, SQL_SET_FIELDS, db_i(id), db_t(fields));
}

bool article_set_withdrawn(struct store *store, int64_t id, GError **error)
{
	return db_run(store_db(store), error, SQL_SET_WITHDRAWN, db_i(id));
}
