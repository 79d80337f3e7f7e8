/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/collect.h"

#include <string.h>

#include "article/address.h"
#include "article/body.h"
#include "article/header.h"
#include "article/netnews.h"
#include "article/quote.h"
#include "base/dates.h"
#include "base/err.h"
#include "digest/context.h"
#include "digest/order.h"
#include "store/article.h"
#include "store/daily.h"
#include "store/group.h"
#include "store/placement.h"
#include "store/reply.h"
#include "store/thread.h"
#include "store/wire.h"

#define SHOWN_MAX 3000 /* articles that are kept */
#define TEXT_KEPT 8192 /* octets of each; some 75 lines are shown */

/* What a digest shows of an article. */
struct shown {
	char *msgid;  /* owned; NULL: it is set aside */
	char *author; /* owned */
	struct {
		char *text;	/* owned; NULL: as in the first one */
		unsigned more;	/* lines of it that are not kept */
	} in[LANG_EN + 1];	/* languages; the first one lacks where the article is set aside */
	GPtrArray *attachments; /* owned */
};

struct digest_shelf {
	struct store *store;		/* borrowed */
	GHashTable *shown;		/* owned; article's id to struct shown *, both owned */
	GHashTable *groups;		/* owned; id (within the group) to struct group *, owned */
	GByteArray *wire;		/* owned; room for one article */
	struct digest_context *context; /* owned */
};

static void shown_free(gpointer data)
{
	struct shown *shown = data;

	g_free(shown->msgid);
	g_free(shown->author);
	for (size_t i = 0; i < G_N_ELEMENTS(shown->in); i++)
		g_free(shown->in[i].text);
	g_ptr_array_unref(shown->attachments);
	g_free(shown);
}

static void free_group(gpointer group)
{
	group_free(group);
}

struct digest_shelf *digest_shelf_new(struct store *store)
{
	struct digest_shelf *shelf = g_new0(struct digest_shelf, 1);

	shelf->store = store;
	shelf->shown = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, shown_free);
	shelf->groups = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_group);
	shelf->wire = g_byte_array_new();
	shelf->context = digest_context_new(store);
	return shelf;
}

void digest_shelf_free(struct digest_shelf *shelf)
{
	if (shelf == NULL)
		return;
	g_hash_table_unref(shelf->shown);
	g_hash_table_unref(shelf->groups);
	g_byte_array_unref(shelf->wire);
	digest_context_free(shelf->context);
	g_free(shelf);
}

void digest_shelf_tidy(struct digest_shelf *shelf)
{
	g_hash_table_remove_all(shelf->groups);
	digest_context_tidy(shelf->context);
	if (g_hash_table_size(shelf->shown) > SHOWN_MAX)
		g_hash_table_remove_all(shelf->shown);
}

/* -- articles -- */

bool digest_shelf_has(const struct digest_shelf *shelf, int64_t article)
{
	return g_hash_table_contains(shelf->shown, &article);
}

/* The name in From, else the address; never empty. */
static char *author_of(const struct header *header)
{
	const struct field *from = header_find(header, "From");
	g_autoptr(GPtrArray) mailboxes = NULL;
	const struct mailbox *first;

	if (from == NULL)
		return g_strdup("?");
	mailboxes = address_parse(from->value, from->value_size);
	if (mailboxes->len == 0)
		return netnews_text(header, from);
	first = mailboxes->pdata[0];
	if (first->name != NULL && first->name[0] != '\0')
		return g_strdup(first->name);
	return g_strdup(first->address);
}

static void put(struct digest_shelf *shelf, int64_t article, struct shown *shown)
{
	g_hash_table_replace(shelf->shown, g_memdup2(&article, sizeof(article)), shown);
}

/*
 * A digest shows the beginning: what is beyond is not set in columns for each receiver anew.  Returns
 * how many lines go.
 */
static unsigned shorten(char *text)
{
	unsigned lines = 0;
	char *end;

	if (strlen(text) <= TEXT_KEPT)
		return 0;
	end = memrchr(text, '\n', TEXT_KEPT);
	if (end == NULL)
		end = g_utf8_prev_char(text + TEXT_KEPT);
	for (const char *at = strchr(end + 1, '\n'); at != NULL && at[1] != '\0';
	     at = strchr(at + 1, '\n'))
		lines++;
	*end = '\0';
	return lines + 1;
}

/* The new text of an article by this author; NULL on error. */
static char *new_text(
    struct digest_shelf *shelf, int64_t id, const char *author, const char *text, GError **error)
{
	GError *inner = NULL;
	struct article *article = article_find_by_id(shelf->store, id, &inner);
	struct digest_place place = {.article = id, .author = "", .name = author};
	g_autoptr(GArray) pieces = NULL;

	if (inner != NULL) {
		g_propagate_error(error, inner);
		return NULL;
	}
	if (article != NULL) {
		place.parent = article->wanted;
		place.root = article->root;
		place.author = article->author;
	}
	pieces = digest_context_read(shelf->context, &place, text, error);
	article_free(article);
	return pieces != NULL ? quote_shown(text, pieces) : NULL;
}

/* What lies on the shelf, in each language where that makes a difference. */
static bool read_texts(
    struct digest_shelf *shelf, int64_t article, struct shown *shown, GError **error)
{
	bool ok = true;
	bool is_worded = true;

	for (enum lang lang = 0; ok && is_worded && lang < G_N_ELEMENTS(shown->in); lang++) {
		struct body body;

		body_read(&body, (const char *)shelf->wire->data, shelf->wire->len, lang);
		shown->in[lang].text = new_text(shelf, article, shown->author, body.text, error);
		ok = shown->in[lang].text != NULL;
		if (ok)
			shown->in[lang].more = shorten(shown->in[lang].text);
		is_worded = body.is_worded;
		if (shown->attachments == NULL)
			shown->attachments = g_steal_pointer(&body.attachments);
		body_clear(&body);
	}
	return ok;
}

static struct shown *read_shown(struct digest_shelf *shelf, int64_t article, GError **error)
{
	struct shown *shown = NULL;
	struct thread_node node = {0};
	struct header header;

	if (!thread_node(shelf->store, article, &node, error))
		return NULL;
	if (!wire_get(shelf->store, article, shelf->wire, error)) {
		thread_node_clear(&node);
		return NULL;
	}
	header_init(&header);
	if (header_scan(&header, (const char *)shelf->wire->data, shelf->wire->len, error))
		shown = g_new0(struct shown, 1);
	if (shown != NULL) {
		shown->msgid = g_steal_pointer(&node.msgid);
		shown->author = author_of(&header);
		if (!read_texts(shelf, article, shown, error))
			g_clear_pointer(&shown, shown_free);
	}
	header_clear(&header);
	thread_node_clear(&node);
	return shown;
}

void digest_shelf_set_aside(struct digest_shelf *shelf, int64_t article)
{
	struct shown *shown = g_new0(struct shown, 1);

	shown->author = g_strdup("?");
	shown->attachments = g_ptr_array_new();
	put(shelf, article, shown);
	digest_context_set_aside(shelf->context, article);
}

bool digest_shelf_read(struct digest_shelf *shelf, int64_t article, GError **error)
{
	GError *inner = NULL;
	struct shown *shown = read_shown(shelf, article, &inner);

	if (shown != NULL) {
		put(shelf, article, shown);
		return true;
	}
	if (err_code(inner) == ERR_TEMP) {
		g_propagate_error(error, inner);
		return false;
	}
	g_error_free(inner);
	digest_shelf_set_aside(shelf, article);
	return true;
}

static const struct group *group_of(struct digest_shelf *shelf, int64_t id, GError **error)
{
	struct group *group = g_hash_table_lookup(shelf->groups, &id);

	if (group != NULL)
		return group;
	group = group_find_by_id(shelf->store, id, error);
	if (group != NULL)
		g_hash_table_insert(shelf->groups, &group->id, group);
	return group;
}

/* -- a person's digest -- */

struct collecting {
	struct digest_shelf *shelf;
	const struct person *person;
	struct digest *digest;
	GHashTable *threads; /* root (within the thread) to struct digest_thread *, borrowed */
	GHashTable *seen;    /* articles (within the posts): a crosspost comes once */
};

static bool stands_in(
    struct store *store, int64_t article, int64_t group, bool *stands, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) places = placement_list(store, article, &inner);

	*stands = false;
	for (guint i = 0; places != NULL && i < places->len; i++)
		if (g_array_index(places, struct placement, i).group == group)
			*stands = true;
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

/*
 * Title and age are the root's, if it stands in the post's own group: it may be of one whose posts
 * members alone may read, or withdrawn.  Else they are the post's.
 */
static bool describe(struct collecting *c, struct digest_thread *thread,
    const struct daily_post *post, GError **error)
{
	struct store *store = c->shelf->store;
	GError *inner = NULL;
	struct article *root = NULL;
	bool shown = false;

	if (stands_in(store, thread->root, post->group, &shown, &inner))
		root = article_find_by_id(store, shown ? thread->root : post->article, &inner);
	if (root != NULL) {
		thread->subject = g_strdup(root->subject);
		thread->begun = root->date;
	}
	article_free(root);
	if (inner == NULL)
		daily_wrote(c->shelf->store, c->person->id, thread->root, &thread->own, &inner);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

/* The thread of a post, begun where it is the first one of it; NULL on error. */
static struct digest_thread *thread_of(
    struct collecting *c, const struct daily_post *post, GError **error)
{
	struct digest_thread *thread = g_hash_table_lookup(c->threads, &post->root);
	GError *inner = NULL;
	const struct group *group;

	if (thread != NULL)
		return thread;
	group = group_of(c->shelf, post->group, &inner);
	if (inner != NULL) {
		g_propagate_error(error, inner);
		return NULL;
	}
	thread = digest_thread_new();
	thread->root = post->root;
	thread->group_title = g_strdup(group != NULL ? group->title : "");
	thread->group_address = g_strdup(group != NULL ? group->address : "");
	g_ptr_array_add(c->digest->threads, thread);
	g_hash_table_insert(c->threads, &thread->root, thread);
	return describe(c, thread, post, error) ? thread : NULL;
}

static bool add_post(struct collecting *c, const struct daily_post *post, GError **error)
{
	struct digest_thread *thread;
	struct digest_post *shown;

	if (g_hash_table_contains(c->seen, &post->article))
		return true;
	thread = thread_of(c, post, error);
	if (thread == NULL)
		return false;
	shown = digest_post_new();
	shown->article = post->article;
	shown->wanted = post->wanted;
	shown->date = post->date;
	shown->group = post->group;
	thread->fresh = thread->fresh || post->article == post->root;
	g_ptr_array_add(thread->posts, shown);
	g_hash_table_add(c->seen, &shown->article);
	return true;
}

static bool add_range(struct collecting *c, const struct daily_range *range, GError **error)
{
	g_autoptr(GArray) posts = daily_posts(c->shelf->store, c->person->id, range, error);

	if (posts == NULL)
		return false;
	for (guint i = 0; i < posts->len; i++)
		if (!add_post(c, &g_array_index(posts, struct daily_post, i), error))
			return false;
	return true;
}

/* Beyond the maximum posts are counted only; a thread without any is no thread. */
static void cut(struct digest *digest)
{
	unsigned left = DIGEST_POSTS_MAX;

	for (guint i = 0; i < digest->threads->len;) {
		const struct digest_thread *thread = digest->threads->pdata[i];
		const guint posts = thread->posts->len;

		if (posts > left) {
			g_ptr_array_set_size(thread->posts, (gint)left);
			digest->counted += posts - left;
		}
		left -= thread->posts->len;
		if (thread->posts->len > 0)
			i++;
		else
			g_ptr_array_remove_index(digest->threads, i);
	}
}

static bool has_title(const struct digest *digest, const char *title)
{
	for (guint i = 0; i < digest->titles->len; i++)
		if (strcmp(digest->titles->pdata[i], title) == 0)
			return true;
	return false;
}

static bool fill_post(struct collecting *c, struct digest_post *post, GError **error)
{
	const struct shown *shown = g_hash_table_lookup(c->shelf->shown, &post->article);
	GError *inner = NULL;
	const struct group *group = group_of(c->shelf, post->group, &inner);
	enum lang lang = c->digest->language;

	if (shown == NULL && inner == NULL && digest_shelf_read(c->shelf, post->article, &inner))
		shown = g_hash_table_lookup(c->shelf->shown, &post->article);
	if (inner != NULL) {
		g_propagate_error(error, inner);
		return false;
	}
	if (shown->msgid != NULL && group != NULL)
		post->reply_to = reply_address(c->shelf->store, group, post->article, shown->msgid);
	post->author = g_strdup(shown->author);
	if (shown->in[lang].text == NULL)
		lang = 0;
	post->text = g_strdup(shown->in[lang].text != NULL
				  ? shown->in[lang].text
				  : lang_text(c->digest->language,
					N_("(This post can't be shown. The operator knows.)")));
	post->more = shown->in[lang].more;
	if (post->attachments != NULL)
		g_ptr_array_unref(post->attachments);
	post->attachments = g_ptr_array_ref(shown->attachments);
	return true;
}

static bool fill(struct collecting *c, GError **error)
{
	struct digest *digest = c->digest;

	for (guint i = 0; i < digest->threads->len; i++) {
		const struct digest_thread *thread = digest->threads->pdata[i];

		if (!has_title(digest, thread->group_title))
			g_ptr_array_add(digest->titles, g_strdup(thread->group_title));
		for (guint k = 0; k < thread->posts->len; k++)
			if (!fill_post(c, thread->posts->pdata[k], error))
				return false;
	}
	return true;
}

static bool collect(struct collecting *c, const GArray *ranges, GError **error)
{
	for (guint i = 0; i < ranges->len; i++)
		if (!add_range(c, &g_array_index(ranges, struct daily_range, i), error))
			return false;
	digest_order(c->digest);
	cut(c->digest);
	return fill(c, error);
}

struct digest *digest_collect(
    struct digest_shelf *shelf, const struct digest_wish *wish, GArray **ranges, GError **error)
{
	g_autoptr(GArray) covered = daily_ranges(shelf->store, wish->person->id, error);
	struct collecting c = {.shelf = shelf, .person = wish->person};
	bool ok;

	if (covered == NULL)
		return NULL;
	c.digest = digest_new();
	c.digest->language = wish->person->language;
	c.digest->zone = dates_zone(wish->zone);
	c.digest->at = wish->at;
	c.digest->minute = wish->minute;
	c.digest->days = wish->days;
	c.threads = g_hash_table_new(g_int64_hash, g_int64_equal);
	c.seen = g_hash_table_new(g_int64_hash, g_int64_equal);
	ok = collect(&c, covered, error);
	g_hash_table_unref(c.threads);
	g_hash_table_unref(c.seen);
	if (!ok) {
		digest_free(c.digest);
		return NULL;
	}
	*ranges = g_steal_pointer(&covered);
	return c.digest;
}
