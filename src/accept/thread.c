/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/thread.h"

#include <string.h>

#include "store/thread.h"

#define CHAIN_WHOLE 20 /* References up to this long are served whole */
#define CHAIN_TAIL 10  /* of a longer one: the root and so many nearest ancestors */

bool thread_choose(
    struct store *store, struct article *article, GPtrArray *candidates, GError **error)
{
	article->wanted = 0;
	article->root = 0;
	article->place = -1;
	for (guint i = 0; i < candidates->len; i++) {
		int64_t id = article_find_id(store, candidates->pdata[i], error);

		if (id < 0)
			return false;
		if (id == 0)
			continue;
		article->wanted = id;
		article->place = i;
		article->root = thread_root(store, id, error);
		return article->root > 0;
	}
	return true;
}

/* The earlier one of two nodes: by date, then id; the same whatever the order of arrival. */
static bool is_earlier(const struct thread_node *a, const struct thread_node *b)
{
	return a->date != b->date ? a->date < b->date : strcmp(a->msgid, b->msgid) < 0;
}

static void node_clear(void *node)
{
	thread_node_clear(node);
}

/*
 * Follow wanted parents from an article: to the one that wants none, or around a cycle (real lists
 * have them), of which the earliest is the root.  0 on error.
 */
static int64_t root_of(struct store *store, int64_t article, GError **error)
{
	g_autoptr(GArray) way = g_array_new(FALSE, TRUE, sizeof(struct thread_node));
	g_autoptr(GHashTable) seen =
	    g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	const struct thread_node *earliest;
	int64_t id = article;

	g_array_set_clear_func(way, node_clear);
	while (!g_hash_table_contains(seen, &id)) {
		struct thread_node node = {0};

		if (!thread_node(store, id, &node, error))
			return 0;
		g_array_append_val(way, node);
		g_hash_table_insert(seen, g_memdup2(&id, sizeof(id)), NULL);
		if (node.wanted == 0)
			return node.id;
		id = node.wanted;
	}
	/* `id` has come round: the cycle is from it to the end of the way. */
	earliest = &g_array_index(way, struct thread_node, way->len - 1);
	for (guint i = way->len; i > 0; i--) {
		const struct thread_node *node = &g_array_index(way, struct thread_node, i - 1);

		if (is_earlier(node, earliest))
			earliest = node;
		if (node->id == id)
			break;
	}
	return earliest->id;
}

static bool await_nearer(
    struct store *store, const struct article *article, GPtrArray *candidates, GError **error)
{
	guint nearer = article->place < 0 ? candidates->len : (guint)article->place;

	for (guint i = 0; i < nearer; i++)
		if (!thread_await(store, article->id, candidates->pdata[i], i, error))
			return false;
	return true;
}

static bool adopt_waiters(struct store *store, const struct article *article, const char *msgid,
    GArray *adopters, GError **error)
{
	g_autoptr(GArray) waiters = thread_waiters(store, msgid, error);

	for (guint i = 0; waiters && i < waiters->len; i++) {
		const struct thread_waiter *waiter =
		    &g_array_index(waiters, struct thread_waiter, i);

		if (waiter->article == article->id)
			continue;
		if (!thread_adopt(store, waiter->article, article->id, waiter->place, error))
			return false;
		g_array_append_val(adopters, waiter->article);
	}
	return waiters != NULL;
}

bool thread_join(struct store *store, struct article *article, GPtrArray *candidates,
    GPtrArray *ids, GArray **adopters, GError **error)
{
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(int64_t));

	if (!await_nearer(store, article, candidates, error))
		return false;
	for (guint i = 0; i < ids->len; i++)
		if (!adopt_waiters(store, article, ids->pdata[i], found, error))
			return false;
	if (found->len > 0) {
		article->root = root_of(store, article->id, error);
		if (article->root == 0 ||
		    !thread_set_root(store, article->id, article->root, true, error))
			return false;
	} else if (article->root == 0) {
		article->root = article->id;
		if (!thread_set_root(store, article->id, article->root, false, error))
			return false;
	}
	*adopters = g_steal_pointer(&found);
	return true;
}

/* The ids of an article's ancestors, nearest first, `most` of them at most; *root: its thread's. */
static GPtrArray *ancestors(
    struct store *store, int64_t article, guint most, int64_t *root, GError **error)
{
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	int64_t id = article;

	while (id != 0 && ids->len <= most) {
		struct thread_node node = {0};

		if (!thread_node(store, id, &node, error))
			return NULL;
		g_ptr_array_add(ids, node.msgid);
		*root = node.root;
		/* The root wants a parent too where it is the earliest of a cycle. */
		id = node.id == node.root ? 0 : node.wanted;
	}
	g_ptr_array_remove_index(ids, 0);
	return g_steal_pointer(&ids);
}

char *thread_references(struct store *store, int64_t article, GError **error)
{
	int64_t root = article;
	g_autoptr(GPtrArray) ids = ancestors(store, article, CHAIN_WHOLE + 1, &root, error);
	g_autoptr(GString) chain = g_string_new(NULL);
	guint shown;

	if (!ids)
		return NULL;
	shown = ids->len;
	if (shown > CHAIN_WHOLE) {
		struct thread_node node = {0};

		if (!thread_node(store, root, &node, error))
			return NULL;
		g_string_append(chain, node.msgid);
		thread_node_clear(&node);
		shown = CHAIN_TAIL;
	}
	for (guint i = shown; i > 0; i--)
		g_string_append_printf(
		    chain, "%s%s", chain->len > 0 ? " " : "", (const char *)ids->pdata[i - 1]);
	return g_string_free(g_steal_pointer(&chain), FALSE);
}
