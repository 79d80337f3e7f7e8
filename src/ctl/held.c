/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * held list, show, approve, reject: what a moderator decides, by the operator's hand.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "accept/held.h"
#include "base/err.h"
#include "base/lang.h"
#include "base/text.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/held.h"

int ctl_held_list(struct ctl *ctl)
{
	static const struct ctl_column columns[] = {
	    {"id", N_("Id")},
	    {"group", N_("Group")},
	    {"arrived", N_("Arrived")},
	    {"author", N_("Author")},
	    {"sender", NULL},
	    {"subject", N_("Subject")},
	    {"reason", N_("Why")},
	};
	g_autoptr(GPtrArray) waiting = NULL;
	g_autoptr(GError) error = NULL;
	struct ctl_list *list;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	waiting = held_list(ctl->store, &error);
	if (waiting == NULL)
		return ctl_fail(error);
	list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);
	for (unsigned i = 0; i < waiting->len; i++) {
		const struct held *held = waiting->pdata[i];

		ctl_list_number(list, held->id);
		ctl_list_text(list, held->group_name);
		ctl_list_time(list, held->arrived);
		ctl_list_text(list, held->author);
		ctl_list_text(list, held->sender);
		ctl_list_text(list, held->subject);
		ctl_list_text(list, ctl->json ? held->reason : _(held->reason));
	}
	ctl_list_print(list, ctl->json);
	return ctl_done();
}

int ctl_held_show(struct ctl *ctl)
{
	const char *text = ctl->argv[0];
	g_autoptr(GError) error = NULL;
	struct held *held;
	uint64_t id;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	if (!text_number(text, strlen(text), INT64_MAX, &id))
		return ctl_failed(_("%s is no id of a held message"), text);
	held = held_find(ctl->store, (int64_t)id, &error);
	if (held == NULL)
		return error != NULL ? ctl_fail(error)
				     : ctl_failed(_("no message %s is held"), text);
	fwrite(held->bytes->data, 1, held->bytes->len, stdout);
	held_free(held);
	return ctl_done();
}

/* Decide about one message: what became of it is appended to json or said. */
typedef bool decide_fn(struct ctl *ctl, int64_t id, GString *json, GError **error);

static bool approve(struct ctl *ctl, int64_t id, GString *json, GError **error)
{
	struct outcome outcome = {NULL};
	bool placed;

	if (!held_approve(ctl->store, ctl->settings, id, ctl_who(), &outcome, error))
		return false;
	placed = outcome.msgid != NULL;
	if (placed) {
		ctl_json_open(json, NULL, '{');
		ctl_json_number(json, "id", id);
		ctl_json_text(json, "message_id", outcome.msgid);
		ctl_json_number(json, "number", outcome.numbers[0]);
		ctl_json_close(json, '}');
		ctl_say(ctl, _("%lld is approved: %s"), (long long)id, outcome.msgid);
	} else {
		err_set(error, ERR_DENIED, "%lld: %s", (long long)id,
		    outcome.reason != NULL ? _(outcome.reason) : _("refused"));
	}
	outcome_clear(&outcome);
	return placed;
}

static bool reject(struct ctl *ctl, int64_t id, GString *json, GError **error)
{
	if (!held_reject(ctl->store, id, ctl_who(), error))
		return false;
	ctl_json_open(json, NULL, '{');
	ctl_json_number(json, "id", id);
	ctl_json_truth(json, "rejected", true);
	ctl_json_close(json, '}');
	ctl_say(ctl, _("%lld is rejected."), (long long)id);
	return true;
}

/* Each id in a savepoint, so that a wrong one does not keep the others waiting. */
static bool decide_one(struct ctl *ctl, decide_fn *decide, const char *text, GString *json)
{
	g_autoptr(GError) error = NULL;
	uint64_t id;

	if (!text_number(text, strlen(text), INT64_MAX, &id)) {
		ctl_warn(_("%s is no id of a held message"), text);
		return false;
	}
	if (!store_savepoint(ctl->store, &error)) {
		ctl_fail(error);
		return false;
	}
	if (decide(ctl, (int64_t)id, json, &error) && store_release(ctl->store, &error))
		return true;
	store_undo(ctl->store);
	ctl_fail(error);
	return false;
}

static int decide_all(struct ctl *ctl, decide_fn *decide)
{
	g_autoptr(GString) json = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	bool all = true;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	ctl_json_open(json, NULL, '[');
	for (int i = 0; i < ctl->argc; i++)
		all = decide_one(ctl, decide, ctl->argv[i], json) && all;
	ctl_json_close(json, ']');
	if (!ctl_commit(ctl, &error))
		return ctl_fail(error);
	if (ctl->json)
		ctl_json_print(json);
	return ctl_done() == CTL_OK && all ? CTL_OK : CTL_FAILED;
}

int ctl_held_approve(struct ctl *ctl)
{
	return decide_all(ctl, approve);
}

int ctl_held_reject(struct ctl *ctl)
{
	return decide_all(ctl, reject);
}
