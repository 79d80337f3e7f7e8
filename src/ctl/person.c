/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * person add, list, set, export, erase.
 */
#include "config.h"

#include "ctl/commands.h"

#include "base/lang.h"
#include "base/text.h"
#include "base/timetable.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/notice.h"
#include "store/subscription.h"

/* As given; all owned, NULL: not given. */
struct options {
	char *name;
	char *language;
	char *zone;
	char *digest_at;
	char *digest_days;
};

static void options_clear(struct options *o)
{
	g_free(o->name);
	g_free(o->language);
	g_free(o->zone);
	g_free(o->digest_at);
	g_free(o->digest_days);
}
#define auto_options __attribute__((cleanup(options_clear))) struct options

static bool start(struct ctl *ctl, struct options *o)
{
	const GOptionEntry entries[] = {
	    {"name", 0, 0, G_OPTION_ARG_STRING, &o->name, N_("name of the person"), "NAME"},
	    {"language", 0, 0, G_OPTION_ARG_STRING, &o->language,
		N_("language of what the person gets"), "de|en"},
	    {"zone", 0, 0, G_OPTION_ARG_STRING, &o->zone,
		N_("time zone; empty: that of the config file"), "ZONE"},
	    {"digest-at", 0, 0, G_OPTION_ARG_STRING, &o->digest_at,
		N_("hour of the digest; empty: that of the config file"), "HH:MM"},
	    {"digest-days", 0, 0, G_OPTION_ARG_STRING, &o->digest_days,
		N_("days of the digest; empty: those of the config file"), "Mon-Fri|daily"},
	    {NULL},
	};

	return ctl_start(ctl, entries);
}

static bool zone_is_known(const char *zone)
{
	g_autoptr(GTimeZone) known = g_time_zone_new_identifier(zone);

	return known != NULL;
}

/* A new text in place of the old one; the empty text is `none`. */
static void take_text(char **field, const char *text, const char *none)
{
	if (text == NULL)
		return;
	g_free(*field);
	*field = *text != '\0' ? text_clean(text) : g_strdup(none);
}

/* Put the options into the person; false: *status. */
static bool take_options(struct person *person, const struct options *o, int *status)
{
	unsigned minute, days;

	*status = CTL_OK;
	if (o->language != NULL && !lang_parse(o->language, &person->language))
		*status = ctl_usage(_("--language is de or en, not %s"), o->language);
	else if (o->zone != NULL && *o->zone != '\0' && !zone_is_known(o->zone))
		*status =
		    ctl_usage(_("%s is no known time zone; one looks like Europe/Berlin"), o->zone);
	else if (o->digest_at != NULL && *o->digest_at != '\0' &&
		 !timetable_parse_hour(o->digest_at, &minute))
		*status = ctl_usage(_("--digest-at is an hour like 06:30, not %s"), o->digest_at);
	else if (o->digest_days != NULL && *o->digest_days != '\0' &&
		 !timetable_parse_days(o->digest_days, &days))
		*status = ctl_usage(
		    _("--digest-days is daily, or days like Mon-Fri, not %s"), o->digest_days);
	if (*status != CTL_OK)
		return false;
	take_text(&person->name, o->name, "");
	take_text(&person->zone, o->zone, NULL);
	take_text(&person->digest_at, o->digest_at, NULL);
	take_text(&person->digest_days, o->digest_days, NULL);
	return true;
}

static int add(struct ctl *ctl, struct person *person, const char *address, const struct options *o)
{
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	person->name = g_strdup("");
	person->language = ctl->settings->language;
	if (!take_options(person, o, &status))
		return status;
	if (!person_add(ctl->store, person, address, &error) ||
	    !person_update(ctl->store, person, &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "address", address, _("%s is known now."), address);
}

int ctl_person_add(struct ctl *ctl)
{
	auto_options o = {NULL};
	struct person *person;
	g_autofree char *address = NULL;
	int status = CTL_OK;

	if (!start(ctl, &o))
		return ctl->status;
	address = ctl_address(ctl->argv[0], &status);
	if (address == NULL)
		return status;
	person = g_new0(struct person, 1);
	status = add(ctl, person, address, &o);
	person_free(person);
	return status;
}

int ctl_person_list(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
	    {"addresses", N_("Addresses")},
	    {"name", N_("Name")},
	    {"language", N_("Language")},
	    {"zone", N_("Time zone")},
	    {"digest_at", N_("Digest at")},
	    {"digest_days", N_("On")},
	};
	g_autoptr(GPtrArray) persons = NULL;
	g_autoptr(GError) error = NULL;
	struct ctl_list *list;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	persons = person_list(ctl->store, &error);
	if (persons == NULL)
		return ctl_fail(error);
	list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);
	for (unsigned i = 0; i < persons->len; i++) {
		const struct person *person = persons->pdata[i];

		ctl_list_texts(list, person->addresses);
		ctl_list_text(list, person->name);
		ctl_list_text(list, lang_code(person->language));
		ctl_list_text(list, person->zone);
		ctl_list_text(list, person->digest_at);
		ctl_list_text(list, person->digest_days);
	}
	ctl_list_print(list, ctl->json);
	return ctl_done();
}

int ctl_person_set(struct ctl *ctl)
{
	auto_options o = {NULL};
	ctl_auto_person *person = NULL;
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	if (!start(ctl, &o))
		return ctl->status;
	person = ctl_person_find(ctl, ctl->argv[0], &status);
	if (person == NULL || !take_options(person, &o, &status))
		return status;
	if (!person_update(ctl->store, person, &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(
	    ctl, "address", person->addresses[0], _("%s is changed."), person->addresses[0]);
}

static bool append_subscriptions(
    struct ctl *ctl, GString *json, const struct person *person, GError **error)
{
	g_autoptr(GPtrArray) all = subscription_list(ctl->store, 0, error);

	if (all == NULL)
		return false;
	ctl_json_open(json, "subscriptions", '[');
	for (unsigned i = 0; i < all->len; i++) {
		const struct subscription *s = all->pdata[i];

		if (s->person != person->id)
			continue;
		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "group", s->group_name);
		ctl_json_text(json, "mode", subscription_mode_name(s->mode));
		ctl_json_time(json, "since", s->since);
		ctl_json_number(json, "mark", s->mark);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	return true;
}

static bool append_rights(
    struct ctl *ctl, GString *json, const struct person *person, GError **error)
{
	g_autoptr(GPtrArray) groups = group_list(ctl->store, error);

	if (groups == NULL)
		return false;
	ctl_json_open(json, "rights", '[');
	for (unsigned i = 0; i < groups->len; i++) {
		const struct group *group = groups->pdata[i];
		const int rights =
		    person_rights(ctl->store, person->addresses[0], group->id, error);

		if (rights < 0)
			return false;
		if (rights == 0)
			continue;
		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "group", group->name);
		ctl_json_truth(json, "read", (rights & RIGHT_READ) != 0);
		ctl_json_truth(json, "post", (rights & RIGHT_POST) != 0);
		ctl_json_truth(json, "moderate", (rights & RIGHT_MODERATE) != 0);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	return true;
}

int ctl_person_export(struct ctl *ctl)
{
	ctl_auto_person *person = NULL;
	g_autoptr(GString) json = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	person = ctl_person_find(ctl, ctl->argv[0], &status);
	if (person == NULL)
		return status;
	ctl_json_open(json, NULL, '{');
	ctl_json_texts(json, "addresses", person->addresses);
	ctl_json_text(json, "name", person->name);
	ctl_json_text(json, "language", lang_code(person->language));
	ctl_json_text(json, "zone", person->zone);
	ctl_json_text(json, "digest_at", person->digest_at);
	ctl_json_text(json, "digest_days", person->digest_days);
	if (!append_subscriptions(ctl, json, person, &error) ||
	    !append_rights(ctl, json, person, &error))
		return ctl_fail(error);
	ctl_json_close(json, '}');
	ctl_json_print(json);
	return ctl_done();
}

int ctl_person_erase(struct ctl *ctl)
{
	ctl_auto_person *person = NULL;
	g_autofree char *what = NULL;
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	person = ctl_person_find(ctl, ctl->argv[0], &status);
	if (person == NULL)
		return status;
	/* The trail is kept for good: the number, not the address that is to be forgotten. */
	what = g_strdup_printf("person erase %" G_GINT64_FORMAT, person->id);
	if (!person_erase(ctl->store, person->id, &error) ||
	    !audit_add(ctl->store, ctl_who(), what, &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(
	    ctl, "address", person->addresses[0], _("%s is forgotten."), person->addresses[0]);
}
