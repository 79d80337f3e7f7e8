/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/place.h"

#include <string.h>

#include "article/header.h"
#include "article/overview.h"
#include "article/serve.h"
#include "store/placement.h"

/* A placement with its group. */
struct stand {
	struct group *group; /* owned, but for the one that is being placed */
	int64_t number;
};

/* Buffers that live as long as the process: a line is made for each article. */
struct workshop {
	GString *head;
	GString *line;
	struct header header;
};

static struct workshop *workshop(void)
{
	static struct workshop shop;

	if (!shop.head) {
		shop.head = g_string_new(NULL);
		shop.line = g_string_new(NULL);
		header_init(&shop.header);
	}
	g_string_truncate(shop.head, 0);
	g_string_truncate(shop.line, 0);
	return &shop;
}

static void stand_clear(void *data)
{
	struct stand *stand = data;

	group_free(stand->group);
}

static GArray *stands_of(const struct place *place, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) places = placement_list(place->store, place->article->id, &inner);
	g_autoptr(GArray) stands = g_array_new(FALSE, TRUE, sizeof(struct stand));

	g_array_set_clear_func(stands, stand_clear);
	for (guint i = 0; i < places->len && !inner; i++) {
		const struct placement *at = &g_array_index(places, struct placement, i);
		struct stand stand = {
		    group_find_by_id(place->store, at->group, &inner), at->number};

		/* A removed group keeps its lines, but nobody is shown them. */
		if (stand.group)
			g_array_append_val(stands, stand);
	}
	if (inner) {
		g_propagate_error(error, inner);
		return NULL;
	}
	return g_steal_pointer(&stands);
}

/* That of one of the groups, perhaps with a token. */
static bool is_group_address(const char *address, void *data)
{
	const size_t name = strcspn(address, "+@");
	const char *at = address + strcspn(address, "@");
	const GArray *stands = data;

	for (guint i = 0; i < stands->len; i++) {
		const char *own = g_array_index(stands, struct stand, i).group->address;

		if (strncmp(own, address, name) == 0 && g_str_equal(own + name, at))
			return true;
	}
	return false;
}

/*
 * The line of one group; borrowed from the workshop until the next one.  NULL: with what news puts in front, the
 * head goes beyond the limits.
 */
static GString *line_for(
    const struct place *place, GArray *stands, const struct stand *own, GError **error)
{
	struct workshop *shop = workshop();
	g_autoptr(GArray) shown = g_array_new(FALSE, FALSE, sizeof(struct serve_place));
	struct address_mask mask = {
	    .domain = place->settings->domain,
	    .is_public_fn = is_group_address,
	    .data = stands,
	};
	struct serve serve = {
	    .host = place->settings->domain,
	    .fields = place->article->fields,
	    .injected = place->article->arrived,
	};
	size_t body;

	memcpy(mask.key, store_key(place->store), sizeof(mask.key));
	for (guint i = 0; i < stands->len; i++) {
		const struct stand *stand = &g_array_index(stands, struct stand, i);
		struct serve_place at = {stand->group->name, stand->number};

		if (stand->group->read_members && stand != own)
			continue;
		g_array_append_val(shown, at);
		if (stand->group->masked)
			serve.mask = &mask;
	}
	serve.places = (const struct serve_place *)(const void *)shown->data;
	serve.n_places = shown->len;
	body = serve_head(shop->head, place->wire, place->size, &serve);
	if (!header_scan(&shop->header, shop->head->str, shop->head->len, error))
		return NULL;
	overview_append(shop->line, &shop->header, shop->head->len + 2 + (place->size - body),
	    (size_t)place->article->lines);
	return shop->line;
}

static bool renew(const struct place *place, GArray *stands, int64_t but, GError **error)
{
	for (guint i = 0; i < stands->len; i++) {
		const struct stand *stand = &g_array_index(stands, struct stand, i);
		GString *line;

		if (stand->group->id == but)
			continue;
		line = line_for(place, stands, stand, NULL);
		/* One that can't be made keeps the old line: it must not stop another's acceptance. */
		if (line && !placement_set_overview(place->store, stand->group->id, stand->number,
				line->str, line->len, error))
			return false;
	}
	return true;
}

static int by_group(const void *a, const void *b)
{
	const struct stand *left = a;
	const struct stand *right = b;

	return left->group->id < right->group->id ? -1 : left->group->id > right->group->id;
}

bool place_article(const struct place *place, struct group *group, int64_t *number, GError **error)
{
	g_autoptr(GArray) stands = stands_of(place, error);
	struct stand own = {.group = group};
	const struct stand *at = NULL;
	GString *line;
	bool ok;

	if (!stands)
		return false;
	own.number = group_take_number(place->store, group->id, error);
	if (own.number == 0)
		return false;
	g_array_append_val(stands, own);
	g_array_sort(stands, by_group);
	for (guint i = 0; i < stands->len; i++)
		if (g_array_index(stands, struct stand, i).group == group)
			at = &g_array_index(stands, struct stand, i);
	line = line_for(place, stands, at, error);
	ok = line &&
	     placement_add(place->store, group->id, own.number, place->article->id, line->str,
		 line->len, error) &&
	     renew(place, stands, group->id, error);
	*number = own.number;
	/* The caller's group is not the array's to free. */
	for (guint i = 0; i < stands->len; i++)
		if (g_array_index(stands, struct stand, i).group == group)
			g_array_index(stands, struct stand, i).group = NULL;
	return ok;
}

bool place_renew(const struct place *place, GError **error)
{
	g_autoptr(GArray) stands = stands_of(place, error);

	return stands && renew(place, stands, 0, error);
}
