/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The store: one SQLite file, opened by each process for itself.  Transactions,
 * migrations, the keyed hash.  The rows are in the other files of this room; all
 * take a struct store and must run inside a transaction where they write.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/siphash.h"

struct store;

enum store_mode {
	STORE_READ,  /* read-only */
	STORE_WRITE, /* synchronous=FULL: what answers a yes */
	STORE_LOAD,  /* as WRITE, for an archive that can be loaded again: synchronous=NORMAL */
};

/*
 * Open the file of an "sqlite:PATH" URL.  NULL on error: ERR_ABSENT where there is no store or its
 * schema is older than ours (store_migrate), ERR_PERM where it is newer.
 */
struct store *store_open(const char *url, enum store_mode mode, GError **error);
void store_close(struct store *store);

/* Make the store, or bring its schema up to date, each step in a transaction. */
bool store_migrate(const char *url, GError **error);

/*
 * A transaction.  A busy store is waited for, up to a minute, then ERR_TEMP.  store_begin locks
 * for writing (BEGIN IMMEDIATE) unless the store is read-only.  After a failed commit
 * everything of it is undone.
 */
bool store_begin(struct store *store, GError **error);

/*
 * For who writes, too: what is asked from here to store_end_read, or to the next store_begin, takes
 * the lock once.  Both may be called where that has happened already.
 */
bool store_begin_read(struct store *store, GError **error);
void store_end_read(struct store *store);

bool store_commit(struct store *store, GError **error);
void store_rollback(struct store *store);
bool store_in_transaction(const struct store *store);

/* A part of a transaction that can be undone alone; they do not nest. */
bool store_savepoint(struct store *store, GError **error);
bool store_release(struct store *store, GError **error);
void store_undo(struct store *store);

/* A number that changes when another process has committed (PRAGMA data_version). */
int64_t store_version(struct store *store);

/* Cut the write-ahead file back when it has grown beyond 16 MiB; cheap otherwise. */
void store_tidy(struct store *store);

/* The 64-bit keyed hash of a Message-ID, as the index holds it. */
int64_t store_hash(const struct store *store, const char *msgid);

/* The store's own secret (made by init), for keyed hashes and masks; borrowed. */
const uint8_t *store_key(const struct store *store);

/* A copy while others write: FOLDER/umlauf.db (must not be there).  progress may be NULL. */
bool store_backup(
    struct store *store, const char *folder, void (*progress)(int done, int total), GError **error);

/*
 * Look through the whole store: SQLite's check, each wire expands and has its size, counters,
 * placements and threads agree.  Findings are appended to `findings` (char *); false only if
 * the check itself failed.
 */
bool store_verify(struct store *store, GPtrArray *findings, GError **error);

/* For the files of this room: the connection, and what store/wire.c keeps with it. */
struct db;
struct store_codec;
struct db *store_db(const struct store *store);
struct store_codec *store_codec(const struct store *store);
void store_set_codec(
    struct store *store, struct store_codec *codec, void (*free_fn)(struct store_codec *codec));

#endif
