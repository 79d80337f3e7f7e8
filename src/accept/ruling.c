/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/ruling.h"

#include "accept/kin.h"
#include "accept/place.h"
#include "accept/thread.h"
#include "article/header.h"
#include "base/err.h"
#include "store/article.h"
#include "store/notice.h"
#include "store/placement.h"
#include "store/thread.h"
#include "store/wire.h"

static struct article *find(struct store *store, const char *msgid, GError **error)
{
	GError *inner = NULL;
	struct article *article = article_find(store, msgid, &inner);

	if (article && article->withdrawn)
		g_clear_pointer(&article, article_free);
	if (inner)
		g_propagate_error(error, inner);
	else if (!article)
		err_set(error, ERR_ABSENT, "%s: no such article", msgid);
	return article;
}

/* parent 0: none. */
static bool rule(struct store *store, const struct settings *settings, struct article *article,
    int64_t parent, GError **error)
{
	return thread_adopt(store, article->id, parent, PLACE_RULED, error) &&
	       thread_settle(store, article, true, error) &&
	       thread_show(store, settings, article->id, error);
}

bool ruling_split(struct store *store, const struct settings *settings, const char *msgid,
    const char *who, GError **error)
{
	struct article *article = find(store, msgid, error);
	g_autofree char *what = g_strdup_printf("thread split %s", msgid);
	const bool ok = article && rule(store, settings, article, 0, error) &&
			audit_add(store, who, what, error);

	article_free(article);
	return ok;
}

static bool join(struct store *store, const struct settings *settings, struct article *article,
    const struct article *parent, GError **error)
{
	GError *inner = NULL;
	const bool below = thread_is_below(store, parent->id, article->id, &inner);

	if (inner) {
		g_propagate_error(error, inner);
		return false;
	}
	if (below)
		return err_set(
		    error, ERR_BAD, "%s hangs below %s itself", parent->msgid, article->msgid);
	return rule(store, settings, article, parent->id, error);
}

bool ruling_join(struct store *store, const struct settings *settings, const char *msgid,
    const char *parent, const char *who, GError **error)
{
	struct article *article = find(store, msgid, error);
	struct article *above = article ? find(store, parent, error) : NULL;
	g_autofree char *what = g_strdup_printf("thread join %s %s", msgid, parent);
	const bool ok = above && join(store, settings, article, above, error) &&
			audit_add(store, who, what, error);

	article_free(article);
	article_free(above);
	return ok;
}

/* The group that the thread is moved from; 0 on error. */
static int64_t origin_of(struct store *store, const struct article *article,
    const struct ruling_move *move, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) places = placement_list(store, article->id, &inner);
	int64_t origin = 0;

	for (guint i = 0; i < places->len; i++) {
		const int64_t group = g_array_index(places, struct placement, i).group;

		if (move->from ? group == move->from->id : places->len == 1)
			origin = group;
	}
	if (inner)
		g_propagate_error(error, inner);
	else if (origin == 0 && (move->from || places->len == 0))
		err_set(error, ERR_ABSENT, "%s does not stand there", article->msgid);
	else if (origin == 0)
		err_set(error, ERR_BAD, "%s stands in several groups: say which one it leaves",
		    article->msgid);
	else if (origin == move->to->id)
		err_set(error, ERR_BAD, "%s stands in %s already", article->msgid, move->to->name);
	else
		return origin;
	return 0;
}

/* The article comes to the group as one that was sent there: kin by subject may be met. */
static bool meet(struct store *store, const struct settings *settings, struct article *article,
    const struct place *place, int64_t group, GError **error)
{
	g_autoptr(GArray) adopters = g_array_new(FALSE, FALSE, sizeof(int64_t));
	struct kin kin = {NULL};
	struct header header;
	bool ok;

	header_init(&header);
	ok = header_scan(&header, place->wire, place->size, error) &&
	     kin_read(&kin, store, settings, &header, article->subject, error) &&
	     kin_meet(store, article, &kin, group, adopters, error);
	if (article->root == 0)
		g_array_append_val(adopters, article->id);
	if (ok && adopters->len > 0)
		ok = thread_settle(store, article, true, error);
	for (guint i = 0; ok && i < adopters->len; i++)
		ok = thread_show(store, settings, g_array_index(adopters, int64_t, i), error);
	header_clear(&header);
	kin_clear(&kin);
	return ok;
}

static bool move_one(struct store *store, const struct settings *settings, int64_t id, int64_t from,
    struct group *to, GError **error)
{
	struct article *article = article_find_by_id(store, id, error);
	g_autoptr(GByteArray) wire = g_byte_array_new();
	struct place place = {.store = store, .settings = settings, .article = article};
	int64_t number = 0;
	bool stands = false;
	bool ok = article && placement_number(store, id, to->id, &number, error) &&
		  wire_get(store, id, wire, error);

	stands = number != 0;
	place.wire = (const char *)wire->data;
	place.size = wire->len;
	ok = ok && (stands || place_article(&place, to, &number, error)) &&
	     placement_remove(store, id, from, error) && place_renew(&place, error) &&
	     (stands || meet(store, settings, article, &place, to->id, error));
	article_free(article);
	return ok;
}

static bool move_all(struct store *store, const struct settings *settings,
    const struct article *article, struct ruling_move *move, GError **error)
{
	const int64_t from = origin_of(store, article, move, error);
	g_autoptr(GArray) below = from > 0 ? thread_below(store, article->id, from, error) : NULL;

	if (!below)
		return false;
	for (guint i = 0; i < below->len; i++)
		if (!move_one(
			store, settings, g_array_index(below, int64_t, i), from, move->to, error))
			return false;
	move->moved = below->len;
	return group_recount(store, from, error) && group_recount(store, move->to->id, error);
}

bool ruling_move(struct store *store, const struct settings *settings, struct ruling_move *move,
    const char *who, GError **error)
{
	struct article *article = find(store, move->msgid, error);
	g_autofree char *what = g_strdup_printf("thread move %s %s%s%s", move->msgid,
	    move->to->name, move->from ? " from " : "", move->from ? move->from->name : "");
	const bool ok = article && move_all(store, settings, article, move, error) &&
			audit_add(store, who, what, error);

	article_free(article);
	return ok;
}
