/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/peers.h"

#include <glib.h>

struct peers {
	int64_t max;
	GHashTable *counts; /* owned; address (owned) to a number > 0 */
};

struct peers *peers_new(int64_t max)
{
	struct peers *peers = g_new0(struct peers, 1);

	peers->max = max;
	peers->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return peers;
}

void peers_free(struct peers *peers)
{
	if (peers == NULL)
		return;
	g_hash_table_unref(peers->counts);
	g_free(peers);
}

const char *peers_enter(struct peers *peers, const char *address)
{
	gpointer key = NULL;
	gpointer count = NULL;

	if (!g_hash_table_lookup_extended(peers->counts, address, &key, &count))
		key = g_strdup(address);
	if (GPOINTER_TO_INT(count) >= peers->max)
		return NULL;
	g_hash_table_steal(peers->counts, key);
	g_hash_table_insert(peers->counts, key, GINT_TO_POINTER(GPOINTER_TO_INT(count) + 1));
	return key;
}

void peers_leave(struct peers *peers, const char *address)
{
	gpointer key = NULL;
	gpointer count = NULL;

	if (!g_hash_table_lookup_extended(peers->counts, address, &key, &count))
		return;
	if (GPOINTER_TO_INT(count) <= 1) {
		g_hash_table_remove(peers->counts, key);
		return;
	}
	g_hash_table_steal(peers->counts, key);
	g_hash_table_insert(peers->counts, key, GINT_TO_POINTER(GPOINTER_TO_INT(count) - 1));
}
