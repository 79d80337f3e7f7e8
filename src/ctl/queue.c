/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * queue list, drop: what waits to be sent.
 */
#include "config.h"

#include "ctl/commands.h"

#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "base/text.h"
#include "ctl/delivery.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/notice.h"

enum {
	SHOWN = 300,
	FAILED_DAYS = 7,
};

#define DAY INT64_C(86400)

/* -- list -- */

/* The rows to show; *total: how many there are.  NULL on error. */
static GPtrArray *read_rows(struct ctl *ctl, bool failed, int64_t *total, GError **error)
{
	struct delivery_counts counts;

	if (failed)
		return delivery_failed(
		    ctl->store, clock_now() - FAILED_DAYS * DAY, SHOWN, total, error);
	if (!delivery_count(ctl->store, &counts, error))
		return NULL;
	*total = counts.waiting;
	return delivery_waiting(ctl->store, SHOWN, error);
}

static bool add_row(struct ctl *ctl, struct ctl_list *list, const struct delivery *delivery,
    bool failed, GError **error)
{
	struct ctl_brings brings;

	if (!ctl_brings_find(ctl->store, delivery, &brings, error)) {
		ctl_brings_clear(&brings);
		return false;
	}
	ctl_list_number(list, delivery->id);
	ctl_list_text(
	    list, ctl->json ? delivery_kind_name(delivery->kind) : ctl_delivery_kind(delivery));
	ctl_list_text(list, delivery->address);
	ctl_list_text(list, brings.group);
	ctl_list_text(list, ctl_brings_words(&brings, delivery));
	ctl_list_text(list, brings.msgid);
	ctl_list_time(list, delivery->made);
	ctl_list_number(list, delivery->attempts);
	ctl_list_time(list, failed ? delivery->changed : delivery->due);
	ctl_list_text(list, delivery->answer);
	ctl_brings_clear(&brings);
	return true;
}

static int list_rows(struct ctl *ctl, bool failed)
{
	const struct ctl_column columns[] = {
	    {"id", N_("Id")},
	    {"kind", N_("Kind")},
	    {"address", N_("To")},
	    {"group", N_("Group")},
	    {"about", N_("About")},
	    {"message_id", NULL},
	    {"made", N_("Since")},
	    {"attempts", N_("Tries")},
	    {failed ? "failed" : "due", failed ? N_("Failed") : N_("Next try")},
	    {"answer", N_("Last answer")},
	};
	g_autoptr(GError) error = NULL;
	int64_t total = 0;
	g_autoptr(GPtrArray) rows = read_rows(ctl, failed, &total, &error);
	struct ctl_list *list;

	if (rows == NULL)
		return ctl_fail(error);
	list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);
	for (guint i = 0; i < rows->len; i++)
		if (!add_row(ctl, list, rows->pdata[i], failed, &error)) {
			ctl_list_free(list);
			return ctl_fail(error);
		}
	ctl_list_print(list, ctl->json);
	if (total > rows->len)
		ctl_warn(_("%u of %lld are shown"), rows->len, (long long)total);
	return ctl_done();
}

int ctl_queue_list(struct ctl *ctl)
{
	int failed = 0;
	const GOptionEntry entries[] = {
	    {"failed", 0, 0, G_OPTION_ARG_NONE, &failed,
		N_("what has failed for good within seven days"), NULL},
	    {NULL},
	};

	return ctl_start(ctl, entries) ? list_rows(ctl, failed) : ctl->status;
}

/* -- drop -- */

/* Say why nothing was dropped; false on error. */
static bool explain(struct ctl *ctl, int64_t id, GError **error)
{
	GError *inner = NULL;
	struct delivery *delivery = delivery_find(ctl->store, id, &inner);
	g_autofree char *state = delivery != NULL ? ctl_delivery_state(delivery) : NULL;

	if (delivery != NULL)
		ctl_warn(_("%lld does not wait any more: %s"), (long long)id, state);
	else if (inner == NULL)
		ctl_warn(_("%lld: nothing in the queue has this number"), (long long)id);
	delivery_free(delivery);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

/* One by its id; adds to *dropped.  A wrong id is said on stderr; false on error alone. */
static bool drop_one(
    struct ctl *ctl, const char *text, const char *why, int64_t *dropped, GError **error)
{
	g_autofree char *what = g_strconcat("queue drop ", text, NULL);
	int64_t done = 0;
	uint64_t id;

	if (!text_number(text, strlen(text), INT64_MAX, &id)) {
		ctl_warn(_("%s is no id of the queue"), text);
		return true;
	}
	if (!delivery_drop(ctl->store, (int64_t)id, why, &done, error))
		return false;
	*dropped += done;
	return done > 0 ? audit_add(ctl->store, ctl_who(), what, error)
			: explain(ctl, (int64_t)id, error);
}

static bool drop_all(struct ctl *ctl, const char *why, int64_t *dropped, GError **error)
{
	g_autofree char *what = NULL;

	if (!delivery_drop_all(ctl->store, why, dropped, error))
		return false;
	what = g_strdup_printf("queue drop --all (%" G_GINT64_FORMAT ")", *dropped);
	return *dropped == 0 || audit_add(ctl->store, ctl_who(), what, error);
}

static bool drop(struct ctl *ctl, bool all, int64_t *dropped, GError **error)
{
	g_autofree char *why = g_strconcat("dropped by ", ctl_who(), NULL);

	if (all)
		return drop_all(ctl, why, dropped, error);
	for (int i = 0; i < ctl->argc; i++)
		if (!drop_one(ctl, ctl->argv[i], why, dropped, error))
			return false;
	return true;
}

static void confirm(const struct ctl *ctl, int64_t dropped)
{
	g_autoptr(GString) json = g_string_new(NULL);

	if (!ctl->json) {
		ctl_say(ctl,
		    lang_plural(lang_of_environment(), "%lld mail is not sent any more.",
			"%lld mails are not sent any more.", (unsigned long)dropped),
		    (long long)dropped);
		return;
	}
	ctl_json_open(json, NULL, '{');
	ctl_json_number(json, "dropped", dropped);
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

int ctl_queue_drop(struct ctl *ctl)
{
	int all = 0;
	const GOptionEntry entries[] = {
	    {"all", 0, 0, G_OPTION_ARG_NONE, &all, N_("all that waits"), NULL},
	    {NULL},
	};
	g_autoptr(GError) error = NULL;
	int64_t dropped = 0;

	if (!ctl_start(ctl, entries))
		return ctl->status;
	if (all == (ctl->argc > 0))
		return ctl_usage(_("name the ids (umlauf queue list shows them), or say --all"));
	if (!drop(ctl, all, &dropped, &error) || !ctl_commit(ctl, &error))
		return ctl_fail(error);
	confirm(ctl, dropped);
	return ctl_done() == CTL_OK && (all || dropped == ctl->argc) ? CTL_OK : CTL_FAILED;
}
