/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/dress.h"

#include <string.h>

#include "article/compose.h"
#include "article/outgoing.h"
#include "base/err.h"
#include "base/token.h"
#include "store/article.h"
#include "store/group.h"
#include "store/placement.h"
#include "store/reply.h"
#include "store/suspect.h"
#include "store/wire.h"

#define CONSUMER "courier"
#define GARMENTS_MAX 32
#define OCTETS_MAX ((size_t)64 * 1024 * 1024)

/* What the receivers of one mail have in common. */
struct garment {
	int64_t article; /* of a post by way of a group, … */
	int64_t group;
	int64_t mail;	 /* … or a mail of ours */
	GBytes *content; /* owned */
	char *address;	 /* owned; of the group; NULL for a mail of ours */
	bool may_leave;	 /* a List-Unsubscribe may be put in front */
};

struct courier_wardrobe {
	struct store *store;		 /* borrowed */
	const struct settings *settings; /* borrowed */
	GQueue garments;		 /* owned struct garment *, the last used one first */
	size_t octets;			 /* of all of them */
};

void courier_dressed_clear(struct courier_dressed *dressed)
{
	g_free(dressed->sender);
	if (dressed->head != NULL)
		g_string_free(dressed->head, TRUE);
	if (dressed->content != NULL)
		g_bytes_unref(dressed->content);
	*dressed = (struct courier_dressed){NULL};
}

static void garment_free(struct garment *garment)
{
	if (garment == NULL)
		return;
	if (garment->content != NULL)
		g_bytes_unref(garment->content);
	g_free(garment->address);
	g_free(garment);
}

struct courier_wardrobe *courier_wardrobe_new(struct store *store, const struct settings *settings)
{
	struct courier_wardrobe *wardrobe = g_new0(struct courier_wardrobe, 1);

	wardrobe->store = store;
	wardrobe->settings = settings;
	g_queue_init(&wardrobe->garments);
	return wardrobe;
}

static void drop_last(struct courier_wardrobe *wardrobe)
{
	struct garment *last = g_queue_pop_tail(&wardrobe->garments);

	wardrobe->octets -= g_bytes_get_size(last->content);
	garment_free(last);
}

void courier_wardrobe_free(struct courier_wardrobe *wardrobe)
{
	if (wardrobe == NULL)
		return;
	while (!g_queue_is_empty(&wardrobe->garments))
		drop_last(wardrobe);
	g_free(wardrobe);
}

/* -- making -- */

static bool in_transaction(
    struct courier_wardrobe *wardrobe, int64_t article, int64_t *tries, GError **error)
{
	struct store *store = wardrobe->store;
	bool ok;

	if (!store_begin(store, error))
		return false;
	if (tries != NULL) {
		*tries = suspect_note(store, CONSUMER, article, error);
		ok = *tries >= 0;
	} else {
		ok = suspect_clear(store, CONSUMER, article, error);
	}
	if (ok)
		return store_commit(store, error);
	store_rollback(store);
	return false;
}

/*
 * The addresses of all groups that a crosspost stands in, the own one first, less those whose posts
 * members alone may read; NULL: there is one only, or an error.
 */
static char *addresses_of(
    struct courier_wardrobe *wardrobe, const struct group *own, int64_t article, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) places = placement_list(wardrobe->store, article, &inner);
	g_autoptr(GString) all = g_string_new(own->address);

	for (guint i = 0; i < places->len && inner == NULL; i++) {
		const int64_t id = g_array_index(places, struct placement, i).group;
		struct group *group =
		    id == own->id ? NULL : group_find_by_id(wardrobe->store, id, &inner);

		if (group != NULL && !group->read_members && g_str_is_ascii(group->address))
			g_string_append_printf(all, ", %s", group->address);
		group_free(group);
	}
	if (inner != NULL) {
		g_propagate_error(error, inner);
		return NULL;
	}
	return all->len > strlen(own->address) ? g_string_free(g_steal_pointer(&all), FALSE) : NULL;
}

/* The article as members of the group get it. */
static bool sew_post(struct courier_wardrobe *wardrobe, const struct group *group,
    struct garment *garment, GError **error)
{
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autofree char *list_id = outgoing_list_id(group->address);
	g_autofree char *to = NULL;
	g_autofree char *reply_to = NULL;
	struct article *article;
	GError *inner = NULL;
	GString *out;
	struct outgoing outgoing = {
	    .title = group->title,
	    .list_id = list_id,
	    .address = group->address,
	};

	article = article_find_by_id(wardrobe->store, garment->article, &inner);
	if (inner == NULL)
		to = addresses_of(wardrobe, group, garment->article, &inner);
	if (article == NULL && inner == NULL)
		err_set(&inner, ERR_ABSENT, "the article is gone");
	if (inner != NULL || !wire_get(wardrobe->store, garment->article, wire, &inner)) {
		article_free(article);
		g_propagate_error(error, inner);
		return false;
	}
	outgoing.fields = article->fields;
	outgoing.posted = article->via == VIA_NEWS;
	outgoing.to = to;
	reply_to = reply_address(wardrobe->store, group, article->id, article->msgid);
	outgoing.reply_to = reply_to;
	out = g_string_sized_new(wire->len + 1024);
	garment->may_leave = outgoing_append(out, (const char *)wire->data, wire->len, &outgoing);
	garment->content = g_string_free_to_bytes(out);
	garment->address = g_strdup(group->address);
	article_free(article);
	return true;
}

static bool make_post(struct courier_wardrobe *wardrobe, struct garment *garment, GError **error)
{
	GError *inner = NULL;
	struct group *group = group_find_by_id(wardrobe->store, garment->group, &inner);
	int64_t tries = 0;
	bool ok = false;

	if (group == NULL && inner == NULL)
		err_set(&inner, ERR_ABSENT, "the group is gone");
	if (inner == NULL && in_transaction(wardrobe, garment->article, &tries, &inner)) {
		if (tries >= SUSPECT_TRIES)
			err_set(&inner, ERR_PERM, "set aside: it ended the courier %d times",
			    SUSPECT_TRIES);
		else if (sew_post(wardrobe, group, garment, &inner))
			ok = in_transaction(wardrobe, garment->article, NULL, &inner);
		else /* An error is no end of us, least of all one of the store. */
			in_transaction(wardrobe, garment->article, NULL, NULL);
	}
	group_free(group);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return ok;
}

/* What follows the own lines of a digest; a letter has no more than those. */
static bool make_own(struct courier_wardrobe *wardrobe, struct garment *garment, GError **error)
{
	GByteArray *octets = g_byte_array_new();
	const bool ok =
	    garment->mail == 0 || delivery_mail(wardrobe->store, garment->mail, octets, error);

	garment->content = g_byte_array_free_to_bytes(octets);
	return ok;
}

static struct garment *find(struct courier_wardrobe *wardrobe, const struct delivery *delivery)
{
	const bool post = delivery->kind == DELIVERY_POST;

	for (GList *at = wardrobe->garments.head; at != NULL; at = at->next) {
		struct garment *garment = at->data;

		if (post
			? garment->article != delivery->article || garment->group != delivery->group
			: garment->article != 0 || garment->mail != delivery->mail)
			continue;
		g_queue_unlink(&wardrobe->garments, at);
		g_queue_push_head_link(&wardrobe->garments, at);
		return garment;
	}
	return NULL;
}

static struct garment *make(
    struct courier_wardrobe *wardrobe, const struct delivery *delivery, GError **error)
{
	struct garment *garment = g_new0(struct garment, 1);
	bool ok;

	if (delivery->kind == DELIVERY_POST) {
		garment->article = delivery->article;
		garment->group = delivery->group;
		ok = make_post(wardrobe, garment, error);
	} else {
		garment->mail = delivery->mail;
		ok = make_own(wardrobe, garment, error);
	}
	if (!ok) {
		garment_free(garment);
		return NULL;
	}
	wardrobe->octets += g_bytes_get_size(garment->content);
	g_queue_push_head(&wardrobe->garments, garment);
	while (wardrobe->garments.length > 1 &&
	       (wardrobe->garments.length > GARMENTS_MAX || wardrobe->octets > OCTETS_MAX))
		drop_last(wardrobe);
	return garment;
}

/* -- the receiver's own -- */

static char *bounce_address(
    const struct courier_wardrobe *wardrobe, const struct delivery *delivery)
{
	g_autofree char *token =
	    token_make(store_key(wardrobe->store), TOKEN_BOUNCE, &delivery->id, 1);

	return g_strconcat("bounce+", token, "@", wardrobe->settings->domain, NULL);
}

/* List-Unsubscribe (RFC 2369 section 3.2): an empty mail to this address is enough. */
static void append_unsubscribe(GString *head, const struct courier_wardrobe *wardrobe,
    const struct delivery *delivery, const struct garment *garment)
{
	const int64_t numbers[] = {delivery->person, delivery->group};
	const char *at = strrchr(garment->address, '@');
	g_autofree char *token =
	    token_make(store_key(wardrobe->store), TOKEN_LEAVE, numbers, G_N_ELEMENTS(numbers));

	g_string_append(head, "List-Unsubscribe: <mailto:");
	g_string_append_len(head, garment->address, at - garment->address);
	g_string_append(head, "-ab+");
	g_string_append(head, token);
	g_string_append(head, at);
	g_string_append(head, ">\r\n");
}

bool courier_dress(struct courier_wardrobe *wardrobe, const struct delivery *delivery,
    struct courier_dressed *dressed, GError **error)
{
	struct garment *garment = find(wardrobe, delivery);

	*dressed = (struct courier_dressed){NULL};
	if (garment == NULL)
		garment = make(wardrobe, delivery, error);
	if (garment == NULL)
		return false;
	dressed->sender =
	    delivery->kind == DELIVERY_LETTER ? g_strdup("") : bounce_address(wardrobe, delivery);
	dressed->head = g_string_new(NULL);
	dressed->content = g_bytes_ref(garment->content);
	if (garment->may_leave)
		append_unsubscribe(dressed->head, wardrobe, delivery, garment);
	if (delivery->head != NULL)
		g_string_append_len(dressed->head, g_bytes_get_data(delivery->head, NULL),
		    (gssize)g_bytes_get_size(delivery->head));
	return true;
}
