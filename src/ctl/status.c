/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * status: what runs, what is stored, what waits; exit status 1 if something needs a person.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "ctl/roles.h"
#include "ctl/sending.h"
#include "store/held.h"
#include "store/notice.h"

enum {
	NOTICES_SHOWN = 50,
	HELD_PATIENCE = 3 * 24 * 60 * 60, /* seconds that a message may wait for a moderator */
};

struct status {
	struct ctl *ctl;
	GPtrArray *roles; /* owned, as all of these */
	GPtrArray *groups;
	GPtrArray *held;
	GPtrArray *notices;
	struct ctl_sending *sending;
	GPtrArray *needs;  /* char *: what needs a person */
	char *store_error; /* NULL: the store is open and up to date */
};

static void drop(GPtrArray *array)
{
	if (array != NULL)
		g_ptr_array_unref(array);
}

static void status_clear(struct status *status)
{
	drop(status->roles);
	drop(status->groups);
	drop(status->held);
	drop(status->notices);
	ctl_sending_free(status->sending);
	drop(status->needs);
	g_free(status->store_error);
}
#define auto_status __attribute__((cleanup(status_clear))) struct status

static bool role_is_well(const struct ctl_role *role)
{
	return role->alive && strcmp(role->state, "running") == 0;
}

static void G_GNUC_PRINTF(2, 3) need(struct status *status, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	g_ptr_array_add(status->needs, g_strdup_vprintf(format, list));
	va_end(list);
}

static void judge_roles(struct status *status)
{
	if (!ctl_roles_daemon_runs(status->ctl->settings)) {
		need(status, _("umlaufd is not running"));
		return;
	}
	for (unsigned i = 0; i < status->roles->len; i++) {
		const struct ctl_role *role = status->roles->pdata[i];

		if (!role_is_well(role))
			need(status, _("%s is not running (%s); its log says why"), role->role,
			    role->alive ? role->state : _("dead"));
	}
}

static void judge_store(struct status *status)
{
	int64_t long_held = 0;

	if (status->store_error != NULL) {
		need(status, "%s", status->store_error);
		return;
	}
	for (unsigned i = 0; status->held != NULL && i < status->held->len; i++) {
		const struct held *held = status->held->pdata[i];

		long_held += clock_now() - held->arrived > HELD_PATIENCE;
	}
	if (long_held > 0)
		need(status, _("%lld held messages wait longer than three days: umlauf held list"),
		    (long long)long_held);
	ctl_sending_judge(status->sending, status->ctl->settings, status->needs);
	if (status->notices != NULL && status->notices->len > 0)
		need(status, _("notices wait to be read; umlauf status --clear when they are"));
}

static bool read_store(struct status *status, GError **error)
{
	struct store *store = status->ctl->store =
	    store_open(status->ctl->settings->store, STORE_READ, error);

	if (store == NULL || !store_begin(store, error))
		return false;
	status->groups = group_list(store, error);
	if (status->groups != NULL)
		status->held = held_list(store, error);
	if (status->held != NULL)
		status->notices = notice_list(store, NOTICES_SHOWN, error);
	if (status->notices != NULL)
		status->sending = ctl_sending_read(store, error);
	return status->sending != NULL;
}

static void status_read(struct status *status)
{
	g_autoptr(GError) error = NULL;

	status->roles = ctl_roles_read(status->ctl->settings);
	status->needs = g_ptr_array_new_with_free_func(g_free);
	if (!read_store(status, &error))
		status->store_error = g_strdup(error->message);
	judge_roles(status);
	judge_store(status);
}

static void append_roles(const struct status *status, GString *json)
{
	ctl_json_open(json, "roles", '[');
	for (unsigned i = 0; i < status->roles->len; i++) {
		const struct ctl_role *role = status->roles->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "role", role->role);
		ctl_json_number(json, "pid", role->pid);
		ctl_json_text(json, "state", role->alive ? role->state : "dead");
		ctl_json_number(json, "restarts", role->restarts);
		ctl_json_time(json, "since", role->since);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

static void append_groups(const struct status *status, GString *json)
{
	ctl_json_open(json, "groups", '[');
	for (unsigned i = 0; status->groups != NULL && i < status->groups->len; i++) {
		const struct group *group = status->groups->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "name", group->name);
		ctl_json_number(json, "articles", group->count);
		ctl_json_number(json, "low", group->low);
		ctl_json_number(json, "high", group->high);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

static void append_notices(const struct status *status, GString *json)
{
	ctl_json_open(json, "notices", '[');
	for (unsigned i = 0; status->notices != NULL && i < status->notices->len; i++) {
		const struct notice *notice = status->notices->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_time(json, "at", notice->at);
		ctl_json_text(json, "role", notice->role);
		ctl_json_text(json, "event", notice->event);
		ctl_json_text(json, "text", notice->text);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

static void print_json(struct status *status)
{
	g_autoptr(GString) json = g_string_new(NULL);
	const unsigned needs = status->needs->len;

	g_ptr_array_add(status->needs, NULL);
	ctl_json_open(json, NULL, '{');
	ctl_json_truth(json, "ok", needs == 0);
	ctl_json_texts(json, "needs", (char *const *)status->needs->pdata);
	ctl_json_truth(json, "running", ctl_roles_daemon_runs(status->ctl->settings));
	append_roles(status, json);
	ctl_json_text(json, "store", status->ctl->settings->store);
	ctl_json_truth(json, "store_ok", status->store_error == NULL);
	append_groups(status, json);
	ctl_json_number(json, "held", status->held != NULL ? status->held->len : 0);
	if (status->sending != NULL)
		ctl_sending_append(status->sending, json);
	append_notices(status, json);
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

static void print_roles(const struct status *status)
{
	for (unsigned i = 0; i < status->roles->len; i++) {
		const struct ctl_role *role = status->roles->pdata[i];
		g_autofree char *since =
		    ctl_list_show_time(role->since, status->ctl->settings->timezone);

		printf(_("%-12s %s, process %lld, since %s, started again %lld times\n"),
		    role->role, role->alive ? role->state : _("dead"), (long long)role->pid, since,
		    (long long)role->restarts);
	}
}

static void print_groups(const struct status *status)
{
	static const struct ctl_column columns[] = {
	    {"name", N_("Group")},
	    {"articles", N_("Articles")},
	    {"low", N_("First")},
	    {"high", N_("Last")},
	};
	struct ctl_list *list = ctl_list_new(columns, G_N_ELEMENTS(columns), status->ctl->settings);

	for (unsigned i = 0; i < status->groups->len; i++) {
		const struct group *group = status->groups->pdata[i];

		ctl_list_text(list, group->name);
		ctl_list_number(list, group->count);
		ctl_list_number(list, group->low);
		ctl_list_number(list, group->high);
	}
	ctl_list_print(list, false);
}

static void print_notices(const struct status *status)
{
	for (unsigned i = 0; i < status->notices->len; i++) {
		const struct notice *notice = status->notices->pdata[i];
		g_autofree char *at =
		    ctl_list_show_time(notice->at, status->ctl->settings->timezone);

		printf("%s  %s  %s  %s\n", at, notice->role, notice->event, notice->text);
	}
}

static void print_text(const struct status *status)
{
	print_roles(status);
	printf(_("store %s\n"), status->ctl->settings->store);
	if (status->store_error == NULL) {
		print_groups(status);
		printf(lang_plural(lang_of_environment(), "%u message is held\n",
			   "%u messages are held\n", status->held->len),
		    status->held->len);
		ctl_sending_print(status->sending, status->ctl->settings);
		print_notices(status);
	}
	for (unsigned i = 0; i < status->needs->len; i++)
		printf("! %s\n", (const char *)status->needs->pdata[i]);
	if (status->needs->len == 0)
		puts(_("All is well."));
}

static int clear_notices(struct ctl *ctl)
{
	g_autoptr(GError) error = NULL;

	ctl->store = store_open(ctl->settings->store, STORE_WRITE, &error);
	if (ctl->store == NULL || !store_begin(ctl->store, &error) ||
	    !notice_clear(ctl->store, &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "cleared", "notices", _("The notices are cleared."));
}

int ctl_status(struct ctl *ctl)
{
	int clear = 0;
	const GOptionEntry entries[] = {
	    {"clear", 0, 0, G_OPTION_ARG_NONE, &clear, N_("take the notices away"), NULL},
	    {NULL},
	};
	auto_status status = {.ctl = ctl};
	bool well;

	if (!ctl_start(ctl, entries))
		return ctl->status;
	if (clear)
		return clear_notices(ctl);
	status_read(&status);
	well = status.needs->len == 0;
	if (ctl->json)
		print_json(&status);
	else
		print_text(&status);
	return ctl_done() == CTL_OK && well ? CTL_OK : CTL_FAILED;
}
