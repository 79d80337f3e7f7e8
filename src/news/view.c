/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/view.h"

#include "article/serve.h"
#include "base/err.h"
#include "store/article.h"
#include "store/wire.h"

/*
 * The visible groups that hold the article into worker->places, the addresses of all that do into
 * worker->addresses.  *masked: one of the visible ones masks addresses, and so all do.
 */
static bool find_places(struct news_worker *worker, int64_t id, bool *masked, GError **error)
{
	GError *reason = NULL;
	g_autoptr(GArray) placed = placement_list(worker->store, id, &reason);

	g_array_set_size(worker->places, 0);
	g_ptr_array_set_size(worker->addresses, 0);
	*masked = false;
	if (reason != NULL) {
		g_propagate_error(error, reason);
		return false;
	}
	for (guint i = 0; i < placed->len; i++) {
		const struct placement *at = &g_array_index(placed, struct placement, i);
		const struct group *group = news_groups_find_hidden(worker->groups, at->group);
		struct serve_place place;

		if (group != NULL)
			g_ptr_array_add(worker->addresses, group->address);
		group = news_groups_find_by_id(worker->groups, at->group);
		if (group == NULL)
			continue;
		place.group = group->name;
		place.number = at->number;
		g_array_append_val(worker->places, place);
		*masked = *masked || group->masked;
	}
	return worker->places->len > 0 ||
	       err_set(error, ERR_ABSENT, "article %" G_GINT64_FORMAT " is not visible", id);
}

bool news_view_make(struct news_worker *worker, int64_t id, struct news_view *view, GError **error)
{
	GError *reason = NULL;
	g_autofree char *fields = NULL;
	struct serve serve;
	bool masked;

	if (!find_places(worker, id, &masked, error) ||
	    !wire_get(worker->store, id, worker->wire, error))
		return false;
	fields = article_fields(worker->store, id, &serve.injected, &reason);
	if (reason != NULL) {
		g_propagate_error(error, reason);
		return false;
	}
	if (fields == NULL)
		return err_set(error, ERR_ABSENT, "article %" G_GINT64_FORMAT, id);
	serve.host = worker->settings->domain;
	serve.fields = fields;
	serve.places = (const struct serve_place *)(const void *)worker->places->data;
	serve.n_places = worker->places->len;
	serve.mask = masked ? &worker->mask : NULL;
	g_string_truncate(worker->head, 0);
	view->head = worker->head;
	view->body = (const char *)worker->wire->data;
	view->body_size = worker->wire->len;
	if (view->body_size > 0) {
		const size_t body = serve_head(worker->head, view->body, view->body_size, &serve);

		view->body += body;
		view->body_size -= body;
	}
	return true;
}

int64_t news_view_find(struct news_worker *worker, const char *msgid, struct placement *place,
    char **served, GError **error)
{
	GError *reason = NULL;
	struct article *article = article_find(worker->store, msgid, error);
	g_autoptr(GArray) placed = NULL;
	int64_t id = 0;

	if (article == NULL || article->withdrawn) {
		article_free(article);
		return 0;
	}
	placed = placement_list(worker->store, article->id, &reason);
	for (guint i = 0; reason == NULL && i < placed->len && id == 0; i++) {
		const struct placement *at = &g_array_index(placed, struct placement, i);

		if (news_groups_find_by_id(worker->groups, at->group) == NULL)
			continue;
		id = article->id;
		if (place != NULL)
			*place = *at;
		if (served != NULL)
			*served = g_steal_pointer(&article->msgid);
	}
	article_free(article);
	if (reason != NULL)
		g_propagate_error(error, reason);
	return id;
}
