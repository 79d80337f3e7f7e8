/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/delivery.h"

#include "base/lang.h"
#include "ctl/json.h"
#include "store/article.h"
#include "store/daily.h"
#include "store/group.h"

bool ctl_brings_find(
    struct store *store, const struct delivery *delivery, struct ctl_brings *brings, GError **error)
{
	GError *inner = NULL;
	struct group *group = NULL;
	struct article *article = NULL;

	*brings = (struct ctl_brings){NULL};
	if (delivery->group != 0)
		group = group_find_by_id(store, delivery->group, &inner);
	if (inner == NULL && delivery->article != 0)
		article = article_find_by_id(store, delivery->article, &inner);
	if (inner == NULL && delivery->kind == DELIVERY_DIGEST)
		brings->day = daily_day(store, delivery->id, &inner);
	if (group != NULL)
		brings->group = g_strdup(group->name);
	if (article != NULL) {
		brings->msgid = g_strdup(article->msgid);
		brings->subject = g_strdup(article->subject);
	}
	group_free(group);
	article_free(article);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

void ctl_brings_clear(struct ctl_brings *brings)
{
	g_free(brings->group);
	g_free(brings->msgid);
	g_free(brings->subject);
	g_free(brings->day);
}

const char *ctl_brings_words(const struct ctl_brings *brings, const struct delivery *delivery)
{
	switch (delivery->kind) {
	case DELIVERY_POST:
		return brings->subject;
	case DELIVERY_DIGEST:
		return brings->day;
	case DELIVERY_LETTER:
		break;
	}
	return delivery->letter;
}

void ctl_delivery_append(GString *json, const struct delivery *delivery)
{
	ctl_json_number(json, "id", delivery->id);
	ctl_json_text(json, "kind", delivery_kind_name(delivery->kind));
	ctl_json_text(json, "address", delivery->address);
	ctl_json_text(json, "state", delivery_state_name(delivery->state));
	ctl_json_number(json, "attempts", delivery->attempts);
	ctl_json_time(json, "made", delivery->made);
	ctl_json_time(json, "changed", delivery->changed);
	if (delivery->state == DELIVERY_WAITING)
		ctl_json_time(json, "due", delivery->due);
	else
		ctl_json_null(json, "due");
	ctl_json_text(json, "answer", delivery->answer);
	ctl_json_truth(json, "doubtful", delivery->doubtful);
}

void ctl_brings_append(
    GString *json, const struct ctl_brings *brings, const struct delivery *delivery)
{
	ctl_json_text(json, "group", brings->group);
	ctl_json_text(json, "message_id", brings->msgid);
	ctl_json_text(json, "subject", brings->subject);
	ctl_json_text(json, "letter", delivery->letter);
	ctl_json_text(json, "day", brings->day);
}

const char *ctl_delivery_kind(const struct delivery *delivery)
{
	static const char *const names[] = {
	    [DELIVERY_POST] = N_("post"),
	    [DELIVERY_DIGEST] = N_("digest"),
	    [DELIVERY_LETTER] = N_("letter"),
	};

	return _(names[delivery->kind]);
}

char *ctl_delivery_state(const struct delivery *delivery)
{
	static const char *const names[] = {
	    [DELIVERY_WAITING] = N_("waiting"),
	    [DELIVERY_SENT] = N_("sent"),
	    [DELIVERY_FAILED] = N_("failed"),
	    [DELIVERY_DROPPED] = N_("dropped"),
	};
	const char *doubt =
	    delivery->state == DELIVERY_SENT ? N_("may have come twice") : N_("may have arrived");

	if (!delivery->doubtful)
		return g_strdup(_(names[delivery->state]));
	return g_strdup_printf("%s (%s)", _(names[delivery->state]), _(doubt));
}
