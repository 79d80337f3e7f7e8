/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/order.h"

/* The posts of a thread as a tree; all numbers are places among the posts by date. */
struct node {
	struct digest_post *post; /* borrowed */
	int parent;		  /* NONE: it stands at the left edge */
	int child;		  /* the first; NONE */
	int sibling;		  /* the next; NONE */
	int seen;		  /* the walk that came by, see break_circles() */
};

enum {
	NONE = -1,
};

static int by_date(gconstpointer a, gconstpointer b)
{
	const struct digest_post *one = *(struct digest_post *const *)a;
	const struct digest_post *two = *(struct digest_post *const *)b;

	if (one->date != two->date)
		return one->date < two->date ? -1 : 1;
	return (one->article > two->article) - (one->article < two->article);
}

/* -- the tree of a thread -- */

static void find_parents(struct node *nodes, const GPtrArray *posts)
{
	g_autoptr(GHashTable) places = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (int i = 0; i < (int)posts->len; i++) {
		struct digest_post *post = posts->pdata[i];

		nodes[i] = (struct node){post, NONE, NONE, NONE, NONE};
		g_hash_table_insert(places, &post->article, GINT_TO_POINTER(i));
	}
	for (int i = 0; i < (int)posts->len; i++) {
		gpointer place;

		if (g_hash_table_lookup_extended(places, &nodes[i].post->wanted, NULL, &place))
			nodes[i].parent = GPOINTER_TO_INT(place);
	}
}

/*
 * A walk upwards from each post; one that meets itself has found a circle, whose oldest post is
 * then a root.  Posts of earlier walks lead to no circle any more.
 */
static void break_circles(struct node *nodes, int count)
{
	for (int i = 0; i < count; i++) {
		int at = i;
		int oldest;

		while (at != NONE && nodes[at].seen == NONE) {
			nodes[at].seen = i;
			at = nodes[at].parent;
		}
		if (at == NONE || nodes[at].seen != i)
			continue;
		oldest = at;
		for (int k = nodes[at].parent; k != at; k = nodes[k].parent)
			oldest = MIN(oldest, k);
		nodes[oldest].parent = NONE;
	}
}

/* Backwards, so that each list begins with its oldest.  The first root; NONE without posts. */
static int link_children(struct node *nodes, int count)
{
	int root = NONE;

	for (int i = count - 1; i >= 0; i--) {
		int *first = nodes[i].parent == NONE ? &root : &nodes[nodes[i].parent].child;

		nodes[i].sibling = *first;
		*first = i;
	}
	return root;
}

/* What is shown behind a post: its first answer, else the next one of those above. */
static int next_of(const struct node *nodes, int at, unsigned *level)
{
	if (nodes[at].child != NONE) {
		++*level;
		return nodes[at].child;
	}
	while (nodes[at].sibling == NONE && nodes[at].parent != NONE) {
		--*level;
		at = nodes[at].parent;
	}
	return nodes[at].sibling;
}

static void order_posts(GPtrArray *posts)
{
	g_autoptr(GArray) tree = g_array_new(FALSE, FALSE, sizeof(struct node));
	const int count = (int)posts->len;
	struct node *nodes;
	unsigned level = 0;
	unsigned place = 0;

	g_array_set_size(tree, posts->len);
	nodes = (struct node *)(void *)tree->data;
	g_ptr_array_sort(posts, by_date);
	find_parents(nodes, posts);
	break_circles(nodes, count);
	for (int at = link_children(nodes, count); at != NONE; at = next_of(nodes, at, &level)) {
		nodes[at].post->depth = MIN(level, DIGEST_DEPTH_MAX);
		posts->pdata[place++] = nodes[at].post;
	}
}

/* -- the threads -- */

static int64_t oldest_of(const struct digest_thread *thread)
{
	int64_t oldest = INT64_MAX;

	for (unsigned i = 0; i < thread->posts->len; i++) {
		const struct digest_post *post = thread->posts->pdata[i];

		oldest = MIN(oldest, post->date);
	}
	return oldest;
}

static int by_value(gconstpointer a, gconstpointer b)
{
	const struct digest_thread *one = *(struct digest_thread *const *)a;
	const struct digest_thread *two = *(struct digest_thread *const *)b;
	const int64_t oldest = oldest_of(one);
	const int64_t other = oldest_of(two);

	if (digest_kind(one) != digest_kind(two))
		return digest_kind(one) < digest_kind(two) ? -1 : 1;
	if (oldest != other)
		return oldest < other ? -1 : 1;
	return (one->root > two->root) - (one->root < two->root);
}

void digest_order(struct digest *digest)
{
	for (unsigned i = 0; i < digest->threads->len; i++) {
		struct digest_thread *thread = digest->threads->pdata[i];

		order_posts(thread->posts);
	}
	g_ptr_array_sort(digest->threads, by_value);
}
