/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The bytes of an article as they came (CRLF line ends), compressed by zstd with the
 * dictionary that the store itself keeps.
 */
#ifndef STORE_WIRE_H
#define STORE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "store/store.h"

/* Compress; needs no transaction.  NULL on error; g_bytes_unref. */
GBytes *wire_pack(struct store *store, const char *bytes, size_t size, GError **error);

/*
 * Likewise into a buffer of the store's, without a copy: borrowed until the next call.  A process that
 * was forked after wire_load() may call it: it does not touch the connection.  NULL on error.
 */
const void *wire_pack_into(
    struct store *store, const char *bytes, size_t size, size_t *packed_size, GError **error);
bool wire_load(struct store *store, GError **error);

/* Compress and add. */
bool wire_add(struct store *store, int64_t article, const char *bytes, size_t size, GError **error);
/* Add what was compressed before. */
bool wire_add_packed(
    struct store *store, int64_t article, const void *packed, size_t size, GError **error);

/* The bytes of an article into `out` (emptied first; data is not NULL). ERR_ABSENT: no such. */
bool wire_get(struct store *store, int64_t article, GByteArray *out, GError **error);

/* Expand what wire_pack made (held messages keep theirs in a row of their own). */
bool wire_unpack(
    struct store *store, const void *packed, size_t size, GByteArray *out, GError **error);

bool wire_remove(struct store *store, int64_t article, GError **error);

#endif
