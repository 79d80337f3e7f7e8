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

bool held_approve(struct store *store, const struct settings *settings, int64_t id, const char *who,
    struct outcome *outcome, GError **error)
{
	struct held *held = find(store, id, error);
	struct group *group = held ? group_find_by_id(store, held->group, error) : NULL;
	bool ok = false;

	if (group) {
		struct submission submission = {
		    .bytes = (const char *)held->bytes->data,
		    .size = held->bytes->len,
		    .sender = held->sender,
		    .via = (enum via)held->via,
		    .approved = true,
		    .groups = &group,
		    .n_groups = 1,
		    .arrived = clock_now(),
		};

		ok = accept_message(store, settings, &submission, outcome, error) &&
		     decided(store, id, who, "approve", error);
	} else if (held && error && !*error) {
		err_set(error, ERR_ABSENT, "the group of this message is gone");
	}
	group_free(group);
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
