/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * subscribe, unsubscribe, subscriptions.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "article/address.h"
#include "base/file.h"
#include "base/lang.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/subscription.h"

#define FILE_SIZE_MAX ((size_t)64 * 1024 * 1024)

static bool subscribe(struct ctl *ctl, const char *address, const struct group *group,
    enum subscription_mode mode, GError **error)
{
	const int64_t person = person_need(ctl->store, address, ctl->settings->language, error);

	return person != 0 && subscription_set(ctl->store, person, group->id, mode, error);
}

/*
 * The addresses of a file, normal form, one a line; `#` comments and blank lines skipped.  Each
 * line that is none is named on stderr; NULL then, or if the file can't be read.
 */
static GPtrArray *read_addresses(const char *path)
{
	g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) bytes = file_read(path, FILE_SIZE_MAX, &error);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	bool good = true;

	if (bytes == NULL) {
		ctl_fail(error);
		return NULL;
	}
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	lines = g_strsplit(text, "\n", -1);
	for (size_t i = 0; lines[i] != NULL; i++) {
		const char *line = g_strstrip(lines[i]);
		g_autofree char *address = address_normal(line);

		if (*line == '\0' || *line == '#')
			continue;
		if (!address_is_valid(address)) {
			fprintf(stderr, _("%s:%zu: %s is no mail address\n"), path, i + 1, line);
			good = false;
			continue;
		}
		g_ptr_array_add(addresses, g_steal_pointer(&address));
	}
	return good ? g_steal_pointer(&addresses) : NULL;
}

/* The addresses that the arguments name; NULL: *status. */
static GPtrArray *take_addresses(struct ctl *ctl, const char *file, int *status)
{
	GPtrArray *addresses;
	char *address;

	if (file != NULL) {
		addresses = read_addresses(file);
		if (addresses == NULL)
			*status = ctl_failed(_("nobody was subscribed"));
		return addresses;
	}
	address = ctl_address(ctl->argv[0], status);
	if (address == NULL)
		return NULL;
	addresses = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(addresses, address);
	return addresses;
}

static int confirm(struct ctl *ctl, const struct group *group, unsigned count)
{
	g_autoptr(GString) json = g_string_new(NULL);

	if (ctl->json) {
		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "group", group->name);
		ctl_json_number(json, "subscribed", count);
		ctl_json_close(json, '}');
		ctl_json_print(json);
	} else {
		ctl_say(ctl,
		    lang_plural(lang_of_environment(), "%u address is subscribed to %s.",
			"%u addresses are subscribed to %s.", count),
		    count, group->name);
	}
	return ctl_done();
}

static int subscribe_all(struct ctl *ctl, const char *file, enum subscription_mode mode)
{
	ctl_auto_group *group = NULL;
	g_autoptr(GPtrArray) addresses = NULL;
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	group = ctl_group_find(ctl, ctl->argv[ctl->argc - 1], &status);
	if (group == NULL)
		return status;
	addresses = take_addresses(ctl, file, &status);
	if (addresses == NULL)
		return status;
	for (unsigned i = 0; i < addresses->len; i++)
		if (!subscribe(ctl, addresses->pdata[i], group, mode, &error))
			return ctl_fail(error);
	if (!ctl_commit(ctl, &error))
		return ctl_fail(error);
	return confirm(ctl, group, addresses->len);
}

int ctl_subscribe(struct ctl *ctl)
{
	g_autofree char *file = NULL;
	g_autofree char *mode_name = NULL;
	enum subscription_mode mode = MODE_EACH;
	const GOptionEntry entries[] = {
	    {"file", 0, 0, G_OPTION_ARG_FILENAME, &file,
		N_("subscribe the addresses of a file, one a line"), "FILE"},
	    {"mode", 0, 0, G_OPTION_ARG_STRING, &mode_name,
		N_("each post as a mail, one digest, or none (default: each)"), "each|digest|none"},
	    {NULL},
	};

	if (!ctl_start(ctl, entries))
		return ctl->status;
	if (mode_name != NULL && !subscription_mode_parse(mode_name, &mode))
		return ctl_usage(_("--mode is each, digest or none, not %s"), mode_name);
	if (file == NULL && ctl->argc != 2)
		return ctl_usage(_("an address and a group are wanted, or --file and a group"));
	if (file != NULL && ctl->argc != 1)
		return ctl_usage(_("with --file a group alone is wanted"));
	return subscribe_all(ctl, file, mode);
}

int ctl_unsubscribe(struct ctl *ctl)
{
	ctl_auto_group *group = NULL;
	ctl_auto_person *person = NULL;
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;
	bool found = false;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	group = ctl_group_find(ctl, ctl->argv[1], &status);
	if (group == NULL)
		return status;
	person = ctl_person_find(ctl, ctl->argv[0], &status);
	if (person == NULL)
		return status;
	if (!subscription_remove(ctl->store, person->id, group->id, &found, &error))
		return ctl_fail(error);
	if (!found)
		return ctl_failed(
		    _("%s is not subscribed to %s"), person->addresses[0], group->name);
	if (!ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "address", person->addresses[0], _("%s is unsubscribed from %s."),
	    person->addresses[0], group->name);
}

static void print_subscriptions(struct ctl *ctl, const GPtrArray *subscriptions)
{
	static const struct ctl_column columns[] = {
	    {"group", N_("Group")},
	    {"address", N_("Address")},
	    {"name", N_("Name")},
	    {"mode", N_("Mode")},
	    {"since", N_("Since")},
	    {"mark", NULL},
	};
	struct ctl_list *list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);

	for (unsigned i = 0; i < subscriptions->len; i++) {
		const struct subscription *s = subscriptions->pdata[i];

		ctl_list_text(list, s->group_name);
		ctl_list_text(list, s->address);
		ctl_list_text(list, s->name);
		ctl_list_text(list, subscription_mode_name(s->mode));
		ctl_list_time(list, s->since);
		ctl_list_number(list, s->mark);
	}
	ctl_list_print(list, ctl->json);
}

int ctl_subscriptions(struct ctl *ctl)
{
	g_autofree char *name = NULL;
	ctl_auto_group *group = NULL;
	g_autoptr(GPtrArray) subscriptions = NULL;
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;
	const GOptionEntry entries[] = {
	    {"group", 0, 0, G_OPTION_ARG_STRING, &name, N_("of this group only"), "GROUP"},
	    {NULL},
	};

	if (!ctl_start(ctl, entries))
		return ctl->status;
	if (name != NULL) {
		group = ctl_group_find(ctl, name, &status);
		if (group == NULL)
			return status;
	}
	subscriptions = subscription_list(ctl->store, group != NULL ? group->id : 0, &error);
	if (subscriptions == NULL)
		return ctl_fail(error);
	print_subscriptions(ctl, subscriptions);
	return ctl_done();
}
