/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * article show, remove.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>

#include "accept/withdraw.h"
#include "base/lang.h"
#include "ctl/json.h"
#include "store/article.h"
#include "store/placement.h"
#include "store/wire.h"

static void free_article(struct article **article)
{
	article_free(*article);
}
#define auto_article __attribute__((cleanup(free_article))) struct article

static const char *via_name(enum via via)
{
	switch (via) {
	case VIA_MAIL:
		return "mail";
	case VIA_NEWS:
		return "news";
	case VIA_FORUM:
		return "forum";
	case VIA_IMPORT:
		break;
	}
	return "import";
}

/* The id of another article of the thread; null for 0. */
static bool append_id(struct ctl *ctl, GString *json, const char *key, int64_t id, GError **error)
{
	auto_article *article = NULL;

	if (id != 0) {
		article = article_find_by_id(ctl->store, id, error);
		if (article == NULL && *error != NULL)
			return false;
	}
	ctl_json_text(json, key, article != NULL ? article->msgid : NULL);
	return true;
}

static bool append_groups(struct ctl *ctl, GString *json, int64_t id, GError **error)
{
	g_autoptr(GArray) places = placement_list(ctl->store, id, error);

	if (*error != NULL)
		return false;
	ctl_json_open(json, "groups", '[');
	for (unsigned i = 0; i < places->len; i++) {
		const struct placement *place = &g_array_index(places, struct placement, i);
		ctl_auto_group *group = group_find_by_id(ctl->store, place->group, error);

		if (group == NULL && *error != NULL)
			return false;
		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "group", group != NULL ? group->name : NULL);
		ctl_json_number(json, "number", place->number);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	return true;
}

static bool show_json(struct ctl *ctl, const struct article *article, GError **error)
{
	g_autoptr(GString) json = g_string_new(NULL);
	g_auto(GStrv) fields = g_strsplit(g_strchomp(article->fields), "\n", -1);

	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "id", article->msgid);
	if (!append_groups(ctl, json, article->id, error) ||
	    !append_id(ctl, json, "root", article->root, error) ||
	    !append_id(ctl, json, "parent", article->wanted, error))
		return false;
	ctl_json_text(json, "subject", article->subject);
	ctl_json_text(json, "author", article->author);
	ctl_json_truth(json, "verified", article->verified);
	ctl_json_time(json, "date", article->date);
	ctl_json_time(json, "arrived", article->arrived);
	ctl_json_text(json, "via", via_name(article->via));
	ctl_json_number(json, "size", article->size);
	ctl_json_number(json, "lines", article->lines);
	ctl_json_truth(json, "quiet", article->quiet);
	ctl_json_truth(json, "withdrawn", article->withdrawn);
	ctl_json_texts(json, "fields", fields);
	ctl_json_close(json, '}');
	ctl_json_print(json);
	return true;
}

int ctl_article_show(struct ctl *ctl)
{
	g_autofree char *msgid = NULL;
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autoptr(GError) error = NULL;
	auto_article *article = NULL;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	msgid = ctl_msgid(ctl->argv[0]);
	article = article_find(ctl->store, msgid, &error);
	if (article == NULL)
		return error != NULL ? ctl_fail(error)
				     : ctl_failed(_("there is no article %s"), msgid);
	if (ctl->json)
		return show_json(ctl, article, &error) ? ctl_done() : ctl_fail(error);
	if (article->withdrawn)
		ctl_warn(_("note: this article is withdrawn"));
	if (!wire_get(ctl->store, article->id, wire, &error))
		return ctl_fail(error);
	fwrite(wire->data, 1, wire->len, stdout);
	return ctl_done();
}

int ctl_article_remove(struct ctl *ctl)
{
	g_autofree char *msgid = NULL;
	g_autoptr(GError) error = NULL;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	msgid = ctl_msgid(ctl->argv[0]);
	if (!withdraw_article(ctl->store, msgid, ctl_who(), &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "id", msgid, _("%s is withdrawn."), msgid);
}
