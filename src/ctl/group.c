/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * group add, list, set, remove.
 */
#include "config.h"

#include "ctl/commands.h"

#include <string.h>

#include "accept/place.h"
#include "accept/resolve.h"
#include "article/address.h"
#include "base/lang.h"
#include "base/text.h"
#include "ctl/list.h"
#include "ctl/progress.h"
#include "store/article.h"
#include "store/notice.h"
#include "store/placement.h"
#include "store/wire.h"

enum {
	RENEW_CHUNK = 500, /* articles whose lines are renewed in one transaction */
	NAME_SIZE_MAX = 200,
};

/* As given; all owned, NULL: not given. */
struct options {
	char *address;
	char *title;
	char *language;
	char *post;
	char *read;
	char *addresses;
	char **moderators;
};

static void options_clear(struct options *o)
{
	g_free(o->address);
	g_free(o->title);
	g_free(o->language);
	g_free(o->post);
	g_free(o->read);
	g_free(o->addresses);
	g_strfreev(o->moderators);
}
#define auto_options __attribute__((cleanup(options_clear))) struct options

static bool start(struct ctl *ctl, struct options *o)
{
	const GOptionEntry entries[] = {
	    {"address", 0, 0, G_OPTION_ARG_STRING, &o->address, N_("mail address of the group"),
		"ADDRESS"},
	    {"title", 0, 0, G_OPTION_ARG_STRING, &o->title, N_("one line that says what it is for"),
		"TEXT"},
	    {"language", 0, 0, G_OPTION_ARG_STRING, &o->language,
		N_("language of the texts around it"), "de|en"},
	    {"post", 0, 0, G_OPTION_ARG_STRING, &o->post, N_("who may post (default: members)"),
		"open|members|moderated|closed"},
	    {"read", 0, 0, G_OPTION_ARG_STRING, &o->read, N_("who may read (default: open)"),
		"open|members"},
	    {"addresses", 0, 0, G_OPTION_ARG_STRING, &o->addresses,
		N_("authors' addresses in news (default: masked where anybody may read)"),
		"shown|masked"},
	    {"moderator", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->moderators,
		N_("address of a moderator; may be given several times"), "ADDRESS"},
	    {NULL},
	};

	return ctl_start(ctl, entries);
}

/* A component of a newsgroup's name: lower case alone, not of digits alone. */
static bool component_is_valid(const char *component)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789+-_";

	return g_ascii_isalnum(*component) && component[strspn(component, allowed)] == '\0' &&
	       component[strspn(component, "0123456789")] != '\0' &&
	       strcmp(component, "all") != 0 && strcmp(component, "ctl") != 0;
}

/* RFC 5536 section 3.1.4, with the names that it reserves. */
static bool name_is_valid(const char *name)
{
	static const char *const reserved[] = {"poster", "junk", "control", "to", NULL};
	g_auto(GStrv) components = g_strsplit(name, ".", -1);

	if (strlen(name) > NAME_SIZE_MAX || components[0] == NULL)
		return false;
	for (char **c = components; *c != NULL; c++)
		if (!component_is_valid(*c))
			return false;
	return strcmp(components[0], "control") != 0 && strcmp(components[0], "to") != 0 &&
	       !g_strv_contains(reserved, name);
}

/* text is one of two words: *second tells which. */
static bool take_choice(
    const char *option, const char *text, const char *const words[2], bool *second, int *status)
{
	if (text == NULL)
		return true;
	*second = strcmp(text, words[1]) == 0;
	if (*second || strcmp(text, words[0]) == 0)
		return true;
	*status = ctl_usage(_("--%s is %s or %s, not %s"), option, words[0], words[1], text);
	return false;
}

static void warn_of_domain(const struct ctl *ctl, const char *address)
{
	const char *at = strrchr(address, '@');

	if (at != NULL && strcmp(at + 1, ctl->settings->domain) != 0)
		ctl_warn(_("warning: %s is not in the domain %s; mail for it must reach this host"),
		    address, ctl->settings->domain);
}

static bool take_address(struct ctl *ctl, struct group *group, const char *text, int *status)
{
	g_autofree char *address = ctl_address(text, status);
	g_autofree char *collision = NULL;
	g_autoptr(GError) error = NULL;

	if (address == NULL)
		return false;
	if (group->address != NULL && strcmp(address, group->address) == 0)
		return true;
	collision = resolve_collision(ctl->store, address, ctl->settings->admin, &error);
	if (collision != NULL || error != NULL) {
		*status = error != NULL ? ctl_fail(error) : ctl_failed("%s", collision);
		return false;
	}
	warn_of_domain(ctl, address);
	g_free(group->address);
	group->address = g_steal_pointer(&address);
	return true;
}

/* Put the options into the group; false: *status. */
static bool take_options(struct ctl *ctl, struct group *group, const struct options *o, int *status)
{
	static const char *const reads[2] = {"open", "members"};
	static const char *const shows[2] = {"shown", "masked"};
	const bool was_open = !group->read_members;

	if (o->language != NULL && !lang_parse(o->language, &group->language)) {
		*status = ctl_usage(_("--language is de or en, not %s"), o->language);
		return false;
	}
	if (o->post != NULL && !group_post_parse(o->post, &group->post)) {
		*status =
		    ctl_usage(_("--post is open, members, moderated or closed, not %s"), o->post);
		return false;
	}
	if (!take_choice("read", o->read, reads, &group->read_members, status))
		return false;
	if (!group->read_members && (!was_open || group->id == 0))
		group->masked = true; /* who opens a group says it if addresses are to be shown */
	else if (group->id == 0)
		group->masked = false;
	if (!take_choice("addresses", o->addresses, shows, &group->masked, status))
		return false;
	if (o->title != NULL) {
		g_free(group->title);
		group->title = text_clean(o->title);
	}
	return o->address == NULL || take_address(ctl, group, o->address, status);
}

static bool grant_moderators(
    struct ctl *ctl, const struct group *group, char *const *moderators, int *status)
{
	for (; moderators != NULL && *moderators != NULL; moderators++) {
		g_autofree char *address = ctl_address(*moderators, status);
		g_autoptr(GError) error = NULL;
		int64_t person;

		if (address == NULL)
			return false;
		person = person_need(ctl->store, address, group->language, &error);
		if (person == 0 ||
		    !person_grant(ctl->store, person, group->id, RIGHT_MODERATE, &error)) {
			*status = ctl_fail(error);
			return false;
		}
	}
	return true;
}

static bool list_groups(struct ctl *ctl, const GPtrArray *groups, GError **error)
{
	static const struct ctl_column columns[] = {
	    {"name", N_("Name")},
	    {"address", N_("Address")},
	    {"language", NULL},
	    {"post", N_("Post")},
	    {"read", N_("Read")},
	    {"addresses", N_("Addresses")},
	    {"articles", N_("Articles")},
	    {"low", N_("First")},
	    {"high", N_("Last")},
	    {"moderators", NULL},
	    {"title", N_("Title")},
	};
	struct ctl_list *list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);

	for (unsigned i = 0; i < groups->len; i++) {
		const struct group *group = groups->pdata[i];
		g_autoptr(GPtrArray) moderators = person_moderators(ctl->store, group->id, error);

		if (moderators == NULL) {
			ctl_list_free(list);
			return false;
		}
		g_ptr_array_add(moderators, NULL);
		ctl_list_text(list, group->name);
		ctl_list_text(list, group->address);
		ctl_list_text(list, lang_code(group->language));
		ctl_list_text(list, group_post_name(group->post));
		ctl_list_text(list, group->read_members ? "members" : "open");
		ctl_list_text(list, group->masked ? "masked" : "shown");
		ctl_list_number(list, group->count);
		ctl_list_number(list, group->low);
		ctl_list_number(list, group->high);
		ctl_list_texts(list, (char *const *)moderators->pdata);
		ctl_list_text(list, group->title);
	}
	ctl_list_print(list, ctl->json);
	return true;
}

/* Add the group, a name in it, as the options say. */
static int add(struct ctl *ctl, struct group *group, const struct options *o)
{
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	group->language = ctl->settings->language;
	group->post = POST_MEMBERS;
	group->title = g_strdup("");
	if (!take_options(ctl, group, o, &status))
		return status;
	if (!group_add(ctl->store, group, &error))
		return ctl_fail(error);
	if (!grant_moderators(ctl, group, o->moderators, &status))
		return status;
	if (!ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "name", group->name, _("Group %s is there."), group->name);
}

int ctl_group_add(struct ctl *ctl)
{
	auto_options o = {NULL};
	struct group *group;
	int status;

	if (!start(ctl, &o))
		return ctl->status;
	if (!name_is_valid(ctl->argv[0]))
		return ctl_usage(
		    _("%s is no name for a newsgroup: words of a-z, 0-9, +, - and _ with dots between,"
		      " none of digits alone"),
		    ctl->argv[0]);
	if (o.address == NULL)
		return ctl_usage(_("--address is missing"));
	group = g_new0(struct group, 1);
	group->name = g_strdup(ctl->argv[0]);
	status = add(ctl, group, &o);
	group_free(group);
	return status;
}

int ctl_group_list(struct ctl *ctl)
{
	g_autoptr(GPtrArray) groups = NULL;
	g_autoptr(GError) error = NULL;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	groups = group_list(ctl->store, &error);
	if (groups == NULL || !list_groups(ctl, groups, &error))
		return ctl_fail(error);
	return ctl_done();
}

static bool collect(int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	GArray *articles = data;

	(void)number;
	(void)overview;
	(void)size;
	g_array_append_val(articles, article);
	return true;
}

static bool renew_article(struct ctl *ctl, int64_t id, GByteArray *wire, GError **error)
{
	struct article *article = article_find_by_id(ctl->store, id, error);
	struct place place = {ctl->store, ctl->settings, article, NULL, 0};
	bool renewed;

	if (article == NULL)
		return *error == NULL;
	renewed = wire_get(ctl->store, id, wire, error);
	place.wire = (const char *)wire->data;
	place.size = wire->len;
	renewed = renewed && place_renew(&place, error);
	article_free(article);
	return renewed;
}

/*
 * Make the overview lines of all articles anew, in every group where they stand, in short
 * transactions.  group may be removed already.
 */
static bool renew_lines(struct ctl *ctl, const struct group *group, GError **error)
{
	g_autoptr(GArray) articles = g_array_new(FALSE, FALSE, sizeof(int64_t));
	g_autoptr(GByteArray) wire = g_byte_array_new();
	struct ctl_progress progress;
	bool renewed = true;

	if (!store_begin(ctl->store, error) || !placement_scan_numbers(ctl->store, group->id,
						   group->low, INT64_MAX, collect, articles, error))
		return false;
	ctl_progress_start(&progress, ctl->quiet);
	for (unsigned i = 0; renewed && i < articles->len; i++) {
		if (i > 0 && i % RENEW_CHUNK == 0)
			renewed = ctl_commit(ctl, error) && store_begin(ctl->store, error);
		renewed =
		    renewed && renew_article(ctl, g_array_index(articles, int64_t, i), wire, error);
		ctl_progress_step(&progress, i, i, articles->len);
	}
	ctl_progress_end(&progress);
	return renewed && ctl_commit(ctl, error);
}

int ctl_group_set(struct ctl *ctl)
{
	auto_options o = {NULL};
	ctl_auto_group *group = NULL;
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	if (!start(ctl, &o))
		return ctl->status;
	group = ctl_group_find(ctl, ctl->argv[0], &status);
	if (group == NULL || !take_options(ctl, group, &o, &status) ||
	    !grant_moderators(ctl, group, o.moderators, &status))
		return status;
	if (!group_update(ctl->store, group, &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	/* Where addresses are masked, the group's own is shown. */
	if ((o.read != NULL || o.addresses != NULL || o.address != NULL) &&
	    !renew_lines(ctl, group, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "name", group->name, _("Group %s is changed."), group->name);
}

int ctl_group_remove(struct ctl *ctl)
{
	ctl_auto_group *group = NULL;
	g_autofree char *what = NULL;
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	group = ctl_group_find(ctl, ctl->argv[0], &status);
	if (group == NULL)
		return status;
	what = g_strdup_printf("group remove %s <%s>", group->name, group->address);
	if (!group_remove(ctl->store, group->id, &error) ||
	    !audit_add(ctl->store, ctl_who(), what, &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	/* What stands in other groups too names this one there, and masks as it wanted. */
	if (!renew_lines(ctl, group, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "name", group->name, _("Group %s is served no more."), group->name);
}
