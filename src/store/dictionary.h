/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The zstd dictionary of a new store: trained on made mails, so that it holds
 * pieces of nobody's.  A store keeps the one that it was made with.
 */
#ifndef STORE_DICTIONARY_H
#define STORE_DICTIONARY_H

#include <glib.h>

/* The same octets each time (for one version of zstd); NULL on error.  g_bytes_unref. */
GBytes *dictionary_make(GError **error);

#endif
