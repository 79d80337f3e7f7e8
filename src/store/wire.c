/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/wire.h"

#include <zstd.h>

#include "base/err.h"
#include "db/db.h"

#define LEVEL 3
#define ROOM_FIRST ((size_t)64 * 1024)
#define ROOM_KEPT ((size_t)1024 * 1024)
#define EXPANDED_MAX (1u << 30)

/* The contexts of zstd with the store's dictionary; made when first wanted, kept with the store. */
struct store_codec {
	GBytes *dictionary;
	ZSTD_CCtx *packer;
	ZSTD_CDict *pack_dictionary;
	ZSTD_DCtx *unpacker;
	ZSTD_DDict *unpack_dictionary;
	void *room; /* of wire_pack_into() */
	size_t room_size;
};

static const char SQL_DICTIONARY[] = "SELECT bytes FROM dictionary WHERE id = 1";
static const char SQL_ADD[] = "INSERT INTO wire (article, dictionary, bytes) VALUES (?1, 1, ?2)";
static const char SQL_GET[] = "SELECT bytes FROM wire WHERE article = ?1";
static const char SQL_REMOVE[] = "DELETE FROM wire WHERE article = ?1";

static void codec_free(struct store_codec *codec)
{
	ZSTD_freeCCtx(codec->packer);
	ZSTD_freeCDict(codec->pack_dictionary);
	ZSTD_freeDCtx(codec->unpacker);
	ZSTD_freeDDict(codec->unpack_dictionary);
	g_bytes_unref(codec->dictionary);
	g_free(codec->room);
	g_free(codec);
}

static GBytes *load_dictionary(struct store *store, GError **error)
{
	struct db_stmt *stmt = db_query_values(store_db(store), SQL_DICTIONARY, NULL, 0, error);
	GBytes *dictionary = NULL;

	if (!stmt)
		return NULL;
	if (db_step(stmt, error) == DB_ROW) {
		size_t size;
		const void *bytes = db_column_blob(stmt, 0, &size);

		dictionary = g_bytes_new(bytes, size);
	}
	db_end(stmt);
	return dictionary;
}

static struct store_codec *codec(struct store *store, GError **error)
{
	struct store_codec *made = store_codec(store);
	GBytes *dictionary;

	if (made)
		return made;
	dictionary = load_dictionary(store, error);
	if (!dictionary) {
		if (error && !*error)
			err_set(error, ERR_PERM, "the store has no dictionary");
		return NULL;
	}
	made = g_new0(struct store_codec, 1);
	made->dictionary = dictionary;
	store_set_codec(store, made, codec_free);
	return made;
}

bool wire_load(struct store *store, GError **error)
{
	struct store_codec *with = codec(store, error);
	const void *text;
	size_t length;

	if (!with)
		return false;
	if (with->packer)
		return true;
	text = g_bytes_get_data(with->dictionary, &length);
	with->packer = ZSTD_createCCtx();
	with->pack_dictionary = ZSTD_createCDict(text, length, LEVEL);
	return true;
}

/* Room for a packed message; what a large one has taken is given back before the next. */
static void make_room(struct store_codec *with, size_t size)
{
	if (with->room && size <= with->room_size && with->room_size <= ROOM_KEPT)
		return;
	g_free(with->room);
	with->room_size = MAX(size, ROOM_FIRST);
	with->room = g_malloc(with->room_size);
}

const void *wire_pack_into(
    struct store *store, const char *bytes, size_t size, size_t *packed_size, GError **error)
{
	struct store_codec *with;

	if (!wire_load(store, error))
		return NULL;
	with = store_codec(store);
	make_room(with, ZSTD_compressBound(size));
	*packed_size = ZSTD_compress_usingCDict(
	    with->packer, with->room, with->room_size, bytes, size, with->pack_dictionary);
	if (!ZSTD_isError(*packed_size))
		return with->room;
	err_set(error, ERR_TEMP, "can't compress: %s", ZSTD_getErrorName(*packed_size));
	return NULL;
}

GBytes *wire_pack(struct store *store, const char *bytes, size_t size, GError **error)
{
	size_t packed_size;
	const void *packed = wire_pack_into(store, bytes, size, &packed_size, error);

	return packed ? g_bytes_new(packed, packed_size) : NULL;
}

bool wire_add_packed(
    struct store *store, int64_t article, const void *packed, size_t size, GError **error)
{
	return db_run(store_db(store), error, SQL_ADD, db_i(article), db_b(packed, size));
}

bool wire_add(struct store *store, int64_t article, const char *bytes, size_t size, GError **error)
{
	size_t packed_size;
	const void *packed = wire_pack_into(store, bytes, size, &packed_size, error);

	return packed && wire_add_packed(store, article, packed, packed_size, error);
}

bool wire_unpack(
    struct store *store, const void *packed, size_t size, GByteArray *out, GError **error)
{
	struct store_codec *with = codec(store, error);
	unsigned long long expanded = ZSTD_getFrameContentSize(packed, size);
	size_t got;

	if (!with)
		return false;
	if (expanded > EXPANDED_MAX) /* also the values that mean an error */
		return err_set(error, ERR_BAD, "the stored bytes are damaged");
	if (!with->unpacker) {
		size_t length;
		const void *text = g_bytes_get_data(with->dictionary, &length);

		with->unpacker = ZSTD_createDCtx();
		with->unpack_dictionary = ZSTD_createDDict(text, length);
	}
	/* The octet more: data is not NULL for an empty message either. */
	g_byte_array_set_size(out, (guint)expanded + 1);
	g_byte_array_set_size(out, (guint)expanded);
	got = ZSTD_decompress_usingDDict(
	    with->unpacker, out->data, out->len, packed, size, with->unpack_dictionary);
	if (ZSTD_isError(got) || got != expanded)
		return err_set(error, ERR_BAD, "the stored bytes are damaged");
	return true;
}

bool wire_get(struct store *store, int64_t article, GByteArray *out, GError **error)
{
	struct db_stmt *stmt = db_query(store_db(store), error, SQL_GET, db_i(article));
	enum db_step step;
	bool ok = false;

	if (!stmt)
		return false;
	step = db_step(stmt, error);
	if (step == DB_ROW) {
		size_t size;
		const void *packed = db_column_blob(stmt, 0, &size);

		ok = wire_unpack(store, packed, size, out, error);
	} else if (step == DB_DONE) {
		err_set(error, ERR_ABSENT, "no such article");
	}
	db_end(stmt);
	return ok;
}

bool wire_remove(struct store *store, int64_t article, GError **error)
{
	return db_run(store_db(store), error, SQL_REMOVE, db_i(article));
}
