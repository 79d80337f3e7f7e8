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

bool wire_add(struct store *store, int64_t article, GBytes *packed, GError **error);

/* The bytes of an article into `out` (emptied first; data is not NULL). ERR_ABSENT: no such. */
bool wire_get(struct store *store, int64_t article, GByteArray *out, GError **error);

/* Expand what wire_pack made (held messages keep theirs in a row of their own). */
bool wire_unpack(
    struct store *store, const void *packed, size_t size, GByteArray *out, GError **error);

bool wire_remove(struct store *store, int64_t article, GError **error);

#endif
