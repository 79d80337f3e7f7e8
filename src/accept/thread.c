/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/thread.h"

#include <string.h>

#include "accept/place.h"
#include "article/netnews.h"
#include "article/refs.h"
#include "article/threadindex.h"
#include "store/thread.h"
#include "store/wire.h"

#define CLAIMED "was:" /* and an id: none begins so */
#define CHAIN_WHOLE 20 /* References up to this long are served whole */
#define CHAIN_TAIL 10  /* of a longer one: the root and so many nearest ancestors */

static bool holds(const GPtrArray *ids, const char *id)
{
	for (guint i = 0; i < ids->len; i++)
		if (g_str_equal(ids->pdata[i], id))
			return true;
	return false;
}

char *thread_claimed_name(const char *msgid)
{
	return g_strconcat(CLAIMED, msgid, NULL);
}

/* True for a name that several articles may bear. */
static bool is_shared(const char *name)
{
	return threadindex_is_name(name) || g_str_has_prefix(name, CLAIMED);
}

GPtrArray *thread_candidates(const struct header *header, const char *answered, char *const *own)
{
	const struct field *index = header_find(header, "Thread-Index");
	g_autoptr(GPtrArray) named = refs_candidates(header, own[0]);
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < named->len; i++) {
		g_ptr_array_add(ids, g_strdup(named->pdata[i]));
		g_ptr_array_add(ids, thread_claimed_name(named->pdata[i]));
	}
	if (answered && !holds(ids, answered))
		g_ptr_array_add(ids, g_strdup(answered));
	if (index) {
		g_autoptr(GPtrArray) names = threadindex_names(index->value, index->value_size);

		for (guint i = 1; i < names->len; i++)
			g_ptr_array_add(ids, g_strdup(names->pdata[i]));
	}
	/* Its own other names are no parents either. */
	for (guint i = ids->len; i > 0; i--)
		if (g_strv_contains((const char *const *)own, ids->pdata[i - 1]))
			g_ptr_array_remove_index(ids, i - 1);
	return ids;
}

static int64_t find_candidate(struct store *store, const char *name, GError **error)
{
	return is_shared(name) ? thread_find_named(store, name, error)
			       : article_find_id(store, name, error);
}

bool thread_choose(
    struct store *store, struct article *article, GPtrArray *candidates, GError **error)
{
	article->wanted = 0;
	article->root = 0;
	article->place = PLACE_NONE;
	for (guint i = 0; i < candidates->len; i++) {
		int64_t id = find_candidate(store, candidates->pdata[i], error);

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

bool thread_is_earlier(const struct thread_node *a, const struct thread_node *b)
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

		if (thread_is_earlier(node, earliest))
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

	/* Another bearer of the name that it has found may be the earlier one. */
	if (nearer < candidates->len && is_shared(candidates->pdata[nearer]))
		nearer++;
	for (guint i = 0; i < nearer; i++)
		if (!thread_await(store, article->id, candidates->pdata[i], i, error))
			return false;
	return true;
}

/* Is `article`, under this name, a better parent than the one that the waiter has? */
static bool would_change(struct store *store, const struct thread_waiter *waiter,
    const struct article *article, const char *name, GError **error)
{
	const struct thread_node own = {.date = article->date, .msgid = article->msgid};
	struct thread_node node = {0};
	struct thread_node wanted = {0};
	bool better = false;

	if (waiter->article == article->id || !thread_node(store, waiter->article, &node, error))
		return false;
	if (node.place == PLACE_NONE || node.place > waiter->place)
		better = true;
	else if (node.place == waiter->place && is_shared(name))
		better = thread_node(store, node.wanted, &wanted, error) &&
			 thread_is_earlier(&own, &wanted);
	thread_node_clear(&node);
	thread_node_clear(&wanted);
	return better;
}

static bool adopt_waiters(struct store *store, const struct article *article, const char *name,
    GArray *adopters, GError **error)
{
	g_autoptr(GArray) waiters = thread_waiters(store, name, error);
	GError *inner = NULL;

	for (guint i = 0; waiters && i < waiters->len && !inner; i++) {
		const struct thread_waiter *waiter =
		    &g_array_index(waiters, struct thread_waiter, i);

		if (!would_change(store, waiter, article, name, &inner) ||
		    !thread_adopt(store, waiter->article, article->id, waiter->place, &inner))
			continue;
		g_array_append_val(adopters, waiter->article);
	}
	if (inner)
		g_propagate_error(error, inner);
	return waiters && !inner;
}

bool thread_join(struct store *store, const struct article *article, GPtrArray *candidates,
    char *const *own, GArray *adopters, GError **error)
{
	if (!await_nearer(store, article, candidates, error))
		return false;
	for (; *own; own++)
		if (!adopt_waiters(store, article, *own, adopters, error))
			return false;
	return true;
}

bool thread_settle(struct store *store, struct article *article, bool below, GError **error)
{
	if (below) {
		article->root = root_of(store, article->id, error);
		return article->root != 0 &&
		       thread_set_root(store, article->id, article->root, true, error);
	}
	if (article->root != 0)
		return true;
	article->root =
	    article->wanted == 0 ? article->id : thread_root(store, article->wanted, error);
	return article->root != 0 &&
	       thread_set_root(store, article->id, article->root, false, error);
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

bool thread_show(struct store *store, const struct settings *settings, int64_t id, GError **error)
{
	struct article *article = article_find_by_id(store, id, error);
	g_autoptr(GByteArray) wire = NULL;
	g_autofree char *references = NULL;
	char *fields;
	struct place place = {.store = store, .settings = settings, .article = article};
	bool ok = false;

	if (!article)
		return false;
	if (article->brought_refs || article->withdrawn) {
		article_free(article);
		return true;
	}
	wire = g_byte_array_new();
	references = thread_references(store, id, error);
	if (references && wire_get(store, id, wire, error)) {
		fields = netnews_fields_set(
		    article->fields, "References", references[0] ? references : NULL);
		g_free(article->fields);
		article->fields = fields;
		place.wire = (const char *)wire->data;
		place.size = wire->len;
		ok = article_set_fields(store, id, fields, error) && place_renew(&place, error);
	}
	article_free(article);
	return ok;
}
