/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The seam to the database: SQLite now, PostgreSQL later.  Statements are
 * prepared once for a connection and found again by the address of their text,
 * so SQL must be a named constant.  Parameters are ?1, ?2 …
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct db;
struct db_stmt;

enum db_flags {
	DB_READ_ONLY = 1,
	DB_CREATE = 2,
	DB_SYNC_NORMAL = 4, /* a power cut may take the last commits, a kill can't */
};

enum db_step {
	DB_ROW,
	DB_DONE,
	DB_FAILED,
};

/* A value of a parameter: db_i(7), db_t("text" or NULL), db_b(bytes, size), db_id(0 is NULL). */
struct db_value {
	char kind;
	int64_t number;
	const void *bytes;
	size_t size;
};

#define db_i(n) ((struct db_value){.kind = 'i', .number = (int64_t)(n)})
#define db_id(n) ((struct db_value){.kind = (n) ? 'i' : 0, .number = (int64_t)(n)})
#define db_b(b, n) ((struct db_value){.kind = 'b', .bytes = (b), .size = (n)})

static inline struct db_value db_t(const char *text)
{
	return (struct db_value){.kind = text ? 't' : 0, .bytes = text};
}

struct db *db_open(const char *path, enum db_flags flags, GError **error);
void db_close(struct db *db);

/* Any statements, not prepared, no parameters: for schema steps and pragmas. */
bool db_exec(struct db *db, const char *sql, GError **error);

/*
 * Begin a query: the statement with its parameters bound (borrowed until db_end).  NULL on
 * error.  The same text can't run twice at once.
 */
struct db_stmt *db_query_values(
    struct db *db, const char *sql, const struct db_value *values, size_t n, GError **error);
#define db_query(db, error, sql, ...)                                    \
	db_query_values(db, sql, (const struct db_value[]){__VA_ARGS__}, \
	    sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), error)

enum db_step db_step(struct db_stmt *stmt, GError **error);
void db_end(struct db_stmt *stmt);

/*
 * All rows of a query, each made into an element by row_fn and released by free_fn; the query is
 * ended.  stmt NULL (the query failed, error is set) gives NULL, as does a failure under way.
 * g_ptr_array_unref.
 */
GPtrArray *db_collect(struct db_stmt *stmt, void *(*row_fn)(struct db_stmt *stmt),
    GDestroyNotify free_fn, GError **error);

/* Likewise the number in the first column of each row: array of int64_t; g_array_unref. */
GArray *db_collect_numbers(struct db_stmt *stmt, GError **error);

/* Run a statement that gives no rows. ERR_DENIED: a constraint forbids it. */
bool db_run_values(
    struct db *db, const char *sql, const struct db_value *values, size_t n, GError **error);
#define db_run(db, error, sql, ...)                                    \
	db_run_values(db, sql, (const struct db_value[]){__VA_ARGS__}, \
	    sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), error)

/* The first column of the first row; `otherwise` if there is none; *error set if it failed. */
int64_t db_int_of(struct db *db, const char *sql, const struct db_value *values, size_t n,
    int64_t otherwise, GError **error);
#define db_number(db, error, otherwise, sql, ...)                                                \
	db_int_of(db, sql, (const struct db_value[]){__VA_ARGS__},                               \
	    sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value), otherwise, \
	    error)

/* Columns of the present row, from 0; texts and blobs are borrowed until the next step. */
int64_t db_column_int(struct db_stmt *stmt, int column);
const char *db_column_text(struct db_stmt *stmt, int column); /* NULL for NULL */
const void *db_column_blob(struct db_stmt *stmt, int column, size_t *size);

int64_t db_last_id(struct db *db);
int64_t db_changes(struct db *db);

/* Transactions; db_begin takes the write lock at once if `write`. */
bool db_begin(struct db *db, bool write, GError **error);
bool db_commit(struct db *db, GError **error);
void db_rollback(struct db *db);
/* False also where an error has undone the transaction: db_commit will fail then. */
bool db_in_transaction(const struct db *db);

/* Changes when another connection has committed. */
int64_t db_data_version(struct db *db);
/* The number of the last schema step. */
int64_t db_schema_version(struct db *db, GError **error);
bool db_set_schema_version(struct db *db, int64_t version, GError **error);

/* Truncate the write-ahead file if it has grown beyond `limit` octets; gives up after 50 ms. */
void db_checkpoint(struct db *db, int64_t limit);

bool db_backup(
    struct db *db, const char *path, void (*progress)(int done, int total), GError **error);
/* SQLite's integrity check; each finding is appended (char *). */
bool db_integrity(struct db *db, GPtrArray *findings, GError **error);

#endif
