/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/held.h"

#include "base/clock.h"
#include "base/err.h"
#include "store/held.h"
#include "store/notice.h"

static struct held *find(struct store *store, int64_t id, GError **error)
{
	GError *inner = NULL;
	struct held *held = held_find(store, id, &inner);

	if (inner)
		g_propagate_error(error, inner);
	else if (!held)
		err_set(
		    error, ERR_ABSENT, "%" G_GINT64_FORMAT ": nothing held has this number", id);
	return held;
}

static bool decided(
    struct store *store, int64_t id, const char *who, const char *verb, GError **error)
{
	g_autofree char *what = g_strdup_printf("held %s %" G_GINT64_FORMAT, verb, id);

	return held_remove(store, id, error) && audit_add(store, who, what, error);
}

static void free_group(gpointer group)
{
	group_free(group);
}

/* The group that held it, then those that wait with it; array of struct group *, NULL on error. */
static GPtrArray *groups_of(struct store *store, const struct held *held, GError **error)
{
	g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(free_group);
	g_autoptr(GArray) along = held_along(store, held->id, error);
	GError *inner = NULL;

	if (!along)
		return NULL;
	g_array_prepend_val(along, held->group);
	for (guint i = 0; i < along->len && !inner; i++) {
		struct group *group =
		    group_find_by_id(store, g_array_index(along, int64_t, i), &inner);

		if (group)
			g_ptr_array_add(groups, group);
		else if (i == 0 && !inner)
			err_set(&inner, ERR_ABSENT, "the group of this message is gone");
	}
	if (!inner)
		return g_steal_pointer(&groups);
	g_propagate_error(error, inner);
	return NULL;
}

bool held_approve(struct store *store, const struct settings *settings, int64_t id, const char *who,
    struct outcome *outcome, GError **error)
{
	struct held *held = find(store, id, error);
	g_autoptr(GPtrArray) groups = held ? groups_of(store, held, error) : NULL;
	bool ok = false;

	if (groups) {
		struct submission submission = {
		    .bytes = (const char *)held->bytes->data,
		    .size = held->bytes->len,
		    .sender = held->sender,
		    .via = (enum via)held->via,
		    .approved = true,
		    .answers = held->answers,
		    .groups = (struct group **)groups->pdata,
		    .n_groups = groups->len,
		    .arrived = clock_now(),
		};

		ok = accept_message(store, settings, &submission, outcome, error) &&
		     decided(store, id, who, "approve", error);
	}
	held_free(held);
	return ok;
}

bool held_reject(struct store *store, int64_t id, const char *who, GError **error)
{
	struct held *held = find(store, id, error);
	bool ok = held && decided(store, id, who, "reject", error);

	held_free(held);
	return ok;
}
