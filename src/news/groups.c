/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/groups.h"

#include "base/text.h"
#include "news/range.h"

struct news_groups {
	const char *domain; /* borrowed from the settings */
	bool hide;
	bool posting; /* without a login */
	bool filled;
	int64_t changed;     /* group_changed() at the last renewal */
	GPtrArray *stored;   /* owned; struct group *, all of the store */
	GPtrArray *visible;  /* owned; borrowed from stored, by name */
	GHashTable *by_name; /* of the visible ones; all borrowed from stored */
	GHashTable *by_id;
	GHashTable *hidden;	      /* the others, by id */
	GString *answers[NEWS_LISTS]; /* owned; NULL until asked for */
};

struct news_groups *news_groups_new(const char *domain, bool hide, bool posting)
{
	struct news_groups *groups = g_new0(struct news_groups, 1);

	groups->domain = domain;
	groups->hide = hide;
	groups->posting = posting;
	groups->visible = g_ptr_array_new();
	groups->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	groups->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
	groups->hidden = g_hash_table_new(g_int64_hash, g_int64_equal);
	return groups;
}

static void drop_answers(struct news_groups *groups)
{
	for (unsigned i = 0; i < NEWS_LISTS; i++) {
		if (groups->answers[i] != NULL)
			g_string_free(groups->answers[i], TRUE);
		groups->answers[i] = NULL;
	}
}

void news_groups_free(struct news_groups *groups)
{
	if (groups == NULL)
		return;
	drop_answers(groups);
	g_hash_table_unref(groups->by_name);
	g_hash_table_unref(groups->by_id);
	g_hash_table_unref(groups->hidden);
	g_ptr_array_unref(groups->visible);
	if (groups->stored != NULL)
		g_ptr_array_unref(groups->stored);
	g_free(groups);
}

static void add(struct news_groups *groups, struct group *group)
{
	if (groups->hide || group->read_members) {
		g_hash_table_insert(groups->hidden, &group->id, group);
		return;
	}
	g_ptr_array_add(groups->visible, group);
	g_hash_table_insert(groups->by_name, group->name, group);
	g_hash_table_insert(groups->by_id, &group->id, group);
}

bool news_groups_renew(struct news_groups *groups, struct store *store, GError **error)
{
	const int64_t changed = group_changed(store);
	GPtrArray *stored;

	if (groups->filled && changed == groups->changed)
		return true;
	stored = group_list(store, error);
	if (stored == NULL)
		return false;
	drop_answers(groups);
	g_hash_table_remove_all(groups->by_name);
	g_hash_table_remove_all(groups->by_id);
	g_hash_table_remove_all(groups->hidden);
	g_ptr_array_set_size(groups->visible, 0);
	if (groups->stored != NULL)
		g_ptr_array_unref(groups->stored);
	groups->stored = stored;
	for (guint i = 0; i < stored->len; i++)
		add(groups, g_ptr_array_index(stored, i));
	groups->changed = changed;
	groups->filled = true;
	return true;
}

const struct group *news_groups_find(const struct news_groups *groups, const char *name)
{
	return g_hash_table_lookup(groups->by_name, name);
}

const struct group *news_groups_find_by_id(const struct news_groups *groups, int64_t id)
{
	return g_hash_table_lookup(groups->by_id, &id);
}

const GPtrArray *news_groups_all(const struct news_groups *groups)
{
	return groups->visible;
}

/* `high low`, the order of LIST ACTIVE. */
static void append_watermarks(GString *out, const struct group *group)
{
	news_range_append(out, group->high);
	g_string_append_c(out, ' ');
	news_range_append(out, group->low);
}

/* May one post there (RFC 3977 section 7.6.3)? */
static const char *status_of(const struct news_groups *groups, const struct group *group)
{
	if (!groups->posting || group->post == POST_CLOSED)
		return " n";
	return group->post == POST_MODERATED ? " m" : " y";
}

static void append_title(GString *out, const struct group *group)
{
	g_autofree char *title = text_clean(group->title != NULL ? group->title : "");

	g_strstrip(title);
	g_string_append(out, *title != '\0' ? title : "?");
}

void news_groups_append(
    const struct news_groups *groups, GString *out, enum news_list list, const struct group *group)
{
	g_string_append(out, group->name);
	g_string_append_c(out, list == NEWS_LIST_NEWSGROUPS ? '\t' : ' ');
	switch (list) {
	case NEWS_LIST_ACTIVE:
		append_watermarks(out, group);
		g_string_append(out, status_of(groups, group));
		break;
	case NEWS_LIST_ACTIVE_TIMES:
		news_range_append(out, MAX(group->created, 0));
		g_string_append_c(out, ' ');
		g_string_append(out, groups->domain);
		break;
	case NEWS_LIST_NEWSGROUPS:
		append_title(out, group);
		break;
	case NEWS_LIST_COUNTS:
		append_watermarks(out, group);
		g_string_append_c(out, ' ');
		news_range_append(out, group->count);
		g_string_append(out, status_of(groups, group));
		break;
	case NEWS_LISTS:
		break;
	}
	g_string_append(out, "\r\n");
}

const GString *news_groups_answer(struct news_groups *groups, enum news_list list)
{
	GString *answer = groups->answers[list];

	if (answer != NULL)
		return answer;
	answer = g_string_new(NULL);
	for (guint i = 0; i < groups->visible->len; i++)
		news_groups_append(groups, answer, list, g_ptr_array_index(groups->visible, i));
	groups->answers[list] = answer;
	return answer;
}

const struct group *news_groups_find_hidden(const struct news_groups *groups, int64_t id)
{
	const struct group *group = news_groups_find_by_id(groups, id);

	return group != NULL ? group : g_hash_table_lookup(groups->hidden, &id);
}
