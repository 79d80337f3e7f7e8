/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/schema.h"

#include <errno.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/siphash.h"
#include "store/dictionary.h"

/* clang-format off */
static const char STEP_1[] =
"CREATE TABLE secret (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
"CREATE TABLE dictionary (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"

"CREATE TABLE grp ("
" id INTEGER PRIMARY KEY,"
" name TEXT NOT NULL,"
" address TEXT NOT NULL,"
" title TEXT NOT NULL,"
" language TEXT NOT NULL,"
" post INTEGER NOT NULL,"
" read_members INTEGER NOT NULL,"
" masked INTEGER NOT NULL,"
" created INTEGER NOT NULL,"
" low INTEGER NOT NULL,"
" high INTEGER NOT NULL,"
" count INTEGER NOT NULL,"
" changed INTEGER NOT NULL,"
" removed INTEGER NOT NULL DEFAULT 0) STRICT;"
"CREATE UNIQUE INDEX grp_name ON grp (name) WHERE removed = 0;"
"CREATE UNIQUE INDEX grp_address ON grp (address) WHERE removed = 0;"
"CREATE INDEX grp_changed ON grp (changed);"

"CREATE TABLE article ("
" id INTEGER PRIMARY KEY,"
" hash INTEGER NOT NULL,"         /* keyed, of msgid */
" msgid TEXT NOT NULL,"
" content INTEGER NOT NULL,"      /* keyed, of author, date and body */
" wanted INTEGER,"                /* the wanted parent */
" root INTEGER NOT NULL,"
" place INTEGER NOT NULL,"        /* of the wanted parent among the candidates, -1 none */
" date INTEGER NOT NULL,"
" arrived INTEGER NOT NULL,"
" subject TEXT NOT NULL,"
" subject_hash INTEGER NOT NULL," /* keyed, of the base subject */
" author TEXT NOT NULL,"
" via INTEGER NOT NULL,"
" verified INTEGER NOT NULL,"
" size INTEGER NOT NULL,"
" lines INTEGER NOT NULL,"
" fields TEXT NOT NULL,"
" quiet INTEGER NOT NULL,"
" brought_refs INTEGER NOT NULL,"
" withdrawn INTEGER NOT NULL DEFAULT 0) STRICT;"
"CREATE INDEX article_hash ON article (hash);"
"CREATE INDEX article_wanted ON article (wanted) WHERE wanted IS NOT NULL;"
"CREATE INDEX article_root ON article (root);"

"CREATE TABLE alias ("
" hash INTEGER NOT NULL,"
" article INTEGER NOT NULL REFERENCES article,"
" msgid TEXT NOT NULL,"
" PRIMARY KEY (hash, article)) STRICT, WITHOUT ROWID;"

"CREATE TABLE awaited ("
" hash INTEGER NOT NULL,"
" article INTEGER NOT NULL REFERENCES article,"
" place INTEGER NOT NULL,"
" PRIMARY KEY (hash, article)) STRICT, WITHOUT ROWID;"
"CREATE INDEX awaited_article ON awaited (article, place);"

"CREATE TABLE wire ("
" article INTEGER PRIMARY KEY REFERENCES article,"
" dictionary INTEGER NOT NULL REFERENCES dictionary,"
" bytes BLOB NOT NULL) STRICT;"

"CREATE TABLE placement ("
" grp INTEGER NOT NULL REFERENCES grp,"
" number INTEGER NOT NULL,"
" article INTEGER NOT NULL REFERENCES article,"
" overview BLOB NOT NULL,"
" PRIMARY KEY (grp, number)) STRICT, WITHOUT ROWID;"
"CREATE INDEX placement_article ON placement (article);"
/* The key's columns first and in its order: else integrity_check of SQLite 3.40 sees NULLs. */
"CREATE TABLE tombstone ("
" article INTEGER NOT NULL REFERENCES article,"
" grp INTEGER NOT NULL REFERENCES grp,"
" number INTEGER NOT NULL,"
" PRIMARY KEY (article, grp)) STRICT, WITHOUT ROWID;"

"CREATE TABLE person ("
" id INTEGER PRIMARY KEY,"
" name TEXT NOT NULL,"
" language TEXT NOT NULL,"
" zone TEXT,"
" password TEXT,"
" digest_at TEXT,"
" digest_days TEXT) STRICT;"
"CREATE TABLE address ("
" address TEXT PRIMARY KEY,"
" person INTEGER NOT NULL REFERENCES person,"
" confirmed INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
"CREATE INDEX address_person ON address (person);"
"CREATE TABLE rights ("
" person INTEGER NOT NULL REFERENCES person,"
" grp INTEGER NOT NULL REFERENCES grp,"
" rights INTEGER NOT NULL,"
" PRIMARY KEY (person, grp)) STRICT, WITHOUT ROWID;"
"CREATE TABLE subscription ("
" person INTEGER NOT NULL REFERENCES person,"
" grp INTEGER NOT NULL REFERENCES grp,"
" mode INTEGER NOT NULL,"
" mark INTEGER NOT NULL,"
" since INTEGER NOT NULL,"
" PRIMARY KEY (person, grp)) STRICT, WITHOUT ROWID;"
"CREATE INDEX subscription_grp ON subscription (grp);"

"CREATE TABLE held ("
" id INTEGER PRIMARY KEY,"
" grp INTEGER NOT NULL REFERENCES grp,"
" arrived INTEGER NOT NULL,"
" content INTEGER NOT NULL,"
" via INTEGER NOT NULL,"
" sender TEXT NOT NULL,"
" reason TEXT NOT NULL,"
" author TEXT NOT NULL,"
" subject TEXT NOT NULL,"
" dictionary INTEGER NOT NULL REFERENCES dictionary,"
" bytes BLOB NOT NULL,"
" UNIQUE (grp, content)) STRICT;"

"CREATE TABLE notice ("
" id INTEGER PRIMARY KEY,"
" at INTEGER NOT NULL,"
" role TEXT NOT NULL,"
" event TEXT NOT NULL,"
" text TEXT NOT NULL) STRICT;"
"CREATE TABLE audit ("
" id INTEGER PRIMARY KEY,"
" at INTEGER NOT NULL,"
" who TEXT NOT NULL,"
" what TEXT NOT NULL) STRICT;";

/* Sending out.  What is there already has been read: nobody gets mail for it. */
static const char STEP_2[] =
"ALTER TABLE subscription ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;"
"ALTER TABLE subscription ADD COLUMN before INTEGER NOT NULL DEFAULT 2;"
"UPDATE subscription SET mark = (SELECT g.high FROM grp g WHERE g.id = subscription.grp);"
"ALTER TABLE person ADD COLUMN digest_done INTEGER NOT NULL DEFAULT 0;"

"CREATE TABLE cursor ("
" consumer TEXT NOT NULL,"
" grp INTEGER NOT NULL REFERENCES grp,"
" number INTEGER NOT NULL,"       /* up to this one all is done */
" place INTEGER NOT NULL,"        /* of the next one: up to this person all is done */
" PRIMARY KEY (consumer, grp)) STRICT, WITHOUT ROWID;"
"INSERT INTO cursor (consumer, grp, number, place) SELECT 'courier', id, high, 0 FROM grp;"

/* No id comes again: the courier keeps mails by it, tokens in addresses name deliveries. */
"CREATE TABLE mail ("
" id INTEGER PRIMARY KEY AUTOINCREMENT,"
" dictionary INTEGER NOT NULL REFERENCES dictionary,"
" bytes BLOB NOT NULL) STRICT;"

"CREATE TABLE delivery ("
" id INTEGER PRIMARY KEY AUTOINCREMENT,"
" kind INTEGER NOT NULL,"
" person INTEGER,"                /* NULL: nobody known */
" address TEXT NOT NULL,"
" article INTEGER REFERENCES article,"
" grp INTEGER REFERENCES grp,"
" letter TEXT,"                   /* its kind */
" head BLOB,"                     /* of a digest or letter: the receiver's own lines … */
" mail INTEGER REFERENCES mail,"  /* … and what follows; NULL when it is done */
" state INTEGER NOT NULL,"
" attempts INTEGER NOT NULL DEFAULT 0,"
" doubtful INTEGER NOT NULL DEFAULT 0," /* an attempt had no end: it may have arrived */
" tried INTEGER NOT NULL DEFAULT 0,"    /* when for the first time; 0: not yet */
" made INTEGER NOT NULL,"
" due INTEGER NOT NULL,"
" changed INTEGER NOT NULL,"
" answer TEXT NOT NULL DEFAULT '') STRICT;"
"CREATE UNIQUE INDEX delivery_post ON delivery (article, person) WHERE kind = 0;"
"CREATE INDEX delivery_due ON delivery (due, id) WHERE state = 0;"
"CREATE INDEX delivery_failed ON delivery (article, changed) WHERE state = 2;"
"CREATE INDEX delivery_address ON delivery (address);"
"CREATE INDEX delivery_mail ON delivery (mail) WHERE mail IS NOT NULL;"

"CREATE TABLE bounce ("
" id INTEGER PRIMARY KEY,"
" delivery INTEGER NOT NULL,"     /* its row may have been pruned */
" at INTEGER NOT NULL,"
" action TEXT NOT NULL,"
" status TEXT NOT NULL,"
" text TEXT NOT NULL,"
" UNIQUE (delivery, action, status, text)) STRICT;"

"CREATE TABLE digest ("
" id INTEGER PRIMARY KEY,"
" person INTEGER NOT NULL REFERENCES person,"
" day TEXT NOT NULL,"             /* local: 2026-11-24 */
" made INTEGER NOT NULL,"
" msgid TEXT NOT NULL,"
" posts INTEGER NOT NULL,"
" delivery INTEGER NOT NULL,"
" UNIQUE (person, day)) STRICT;"
"CREATE INDEX digest_delivery ON digest (delivery);"
"CREATE TABLE digest_range ("
" digest INTEGER NOT NULL REFERENCES digest,"
" grp INTEGER NOT NULL REFERENCES grp,"
" low INTEGER NOT NULL,"
" high INTEGER NOT NULL,"
" PRIMARY KEY (digest, grp, low)) STRICT, WITHOUT ROWID;"
"CREATE INDEX digest_range_grp ON digest_range (grp, high);"
/* Of a digest that never arrived, while a later one has taken the mark further. */
"CREATE TABLE owed ("
" person INTEGER NOT NULL REFERENCES person,"
" grp INTEGER NOT NULL REFERENCES grp,"
" low INTEGER NOT NULL,"
" high INTEGER NOT NULL,"
" PRIMARY KEY (person, grp, low)) STRICT, WITHOUT ROWID;"

/* Groups that a held message goes to as well when it is approved. */
"CREATE TABLE held_along ("
" held INTEGER NOT NULL REFERENCES held,"
" grp INTEGER NOT NULL REFERENCES grp,"
" PRIMARY KEY (held, grp)) STRICT, WITHOUT ROWID;"

"CREATE TABLE memo ("
" name TEXT PRIMARY KEY,"
" at INTEGER NOT NULL,"
" text TEXT NOT NULL) STRICT, WITHOUT ROWID;"
"CREATE TABLE suspect ("
" consumer TEXT NOT NULL,"
" article INTEGER NOT NULL REFERENCES article,"
" tries INTEGER NOT NULL,"
" PRIMARY KEY (consumer, article)) STRICT, WITHOUT ROWID;";

/* More ways to find a parent. */
static const char STEP_3[] =
"CREATE TABLE kin ("
" hash INTEGER NOT NULL,"         /* keyed, of group, base subject and a person's address */
" date INTEGER NOT NULL,"
" article INTEGER NOT NULL REFERENCES article,"
" PRIMARY KEY (hash, date, article)) STRICT, WITHOUT ROWID;"
/* What it answers by the address that it was sent to; 0: the address does not say. */
"ALTER TABLE held ADD COLUMN answers INTEGER NOT NULL DEFAULT 0;";
/* clang-format on */

static const char SQL_ADD_SECRET[] = "INSERT INTO secret (name, bytes) VALUES ('key', ?1)";
static const char SQL_ADD_DICTIONARY[] = "INSERT INTO dictionary (id, bytes) VALUES (1, ?1)";

static bool first_rows(struct db *db, GError **error)
{
	uint8_t key[SIPHASH_KEY_SIZE];
	g_autoptr(GBytes) dictionary = dictionary_make(error);

	if (!dictionary)
		return false;
	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return err_set(error, ERR_TEMP, "no random octets: %s", g_strerror(errno));
	return db_run(db, error, SQL_ADD_SECRET, db_b(key, sizeof(key))) &&
	       db_run(db, error, SQL_ADD_DICTIONARY,
		   db_b(g_bytes_get_data(dictionary, NULL), g_bytes_get_size(dictionary)));
}

static const char SQL_BEGIN_DIGESTS[] = "UPDATE person SET digest_done = ?1";

/* An hour that passed before the step is not owed. */
static bool begin_digests(struct db *db, GError **error)
{
	return db_run(db, error, SQL_BEGIN_DIGESTS, db_i(clock_now()));
}

static const struct {
	const char *sql;
	bool (*rows)(struct db *db, GError **error); /* what SQL alone can't do; may be NULL */
} steps[] = {
    {STEP_1, first_rows},
    {STEP_2, begin_digests},
    {STEP_3, NULL},
};

int64_t schema_newest(void)
{
	return G_N_ELEMENTS(steps);
}

static bool take_step(struct db *db, int64_t number, GError **error)
{
	if (!db_begin(db, true, error))
		return false;
	/* Another process may have taken it while we waited for the lock. */
	if (db_schema_version(db, NULL) >= number)
		return db_commit(db, error);
	if (db_exec(db, steps[number - 1].sql, error) &&
	    (!steps[number - 1].rows || steps[number - 1].rows(db, error)) &&
	    db_set_schema_version(db, number, error))
		return db_commit(db, error);
	db_rollback(db);
	return false;
}

bool schema_migrate(struct db *db, GError **error)
{
	GError *inner = NULL;
	int64_t have = db_schema_version(db, &inner);

	if (inner) {
		g_propagate_error(error, inner);
		return false;
	}
	if (have > schema_newest())
		return err_set(error, ERR_PERM,
		    "the store was made by a newer version (schema %" G_GINT64_FORMAT ")", have);
	while (have < schema_newest())
		if (!take_step(db, ++have, error))
			return false;
	return true;
}
