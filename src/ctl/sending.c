/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/sending.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/lang.h"
#include "courier/due.h"
#include "ctl/ctl.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/cursor.h"
#include "store/memo.h"
#include "store/suspect.h"

#define TROUBLE_PATIENCE INT64_C(600) /* seconds that the relay may be away */

/* -- reading -- */

static void behind_free(gpointer data)
{
	struct ctl_behind *behind = data;

	g_free(behind->group);
	g_free(behind);
}

static bool read_behind(struct store *store, GPtrArray *all, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) cursors = cursor_behind(store, COURIER_CONSUMER, &inner);

	for (guint i = 0; inner == NULL && i < cursors->len; i++) {
		const struct cursor *cursor = &g_array_index(cursors, struct cursor, i);
		ctl_auto_group *group = group_find_by_id(store, cursor->group, &inner);
		struct ctl_behind *behind;

		if (group == NULL)
			continue;
		behind = g_new0(struct ctl_behind, 1);
		behind->group = g_strdup(group->name);
		behind->number = cursor->number;
		behind->high = cursor->high;
		g_ptr_array_add(all, behind);
	}
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

static bool fill(struct ctl_sending *sending, struct store *store, GError **error)
{
	GError *inner = NULL;

	sending->behind = g_ptr_array_new_with_free_func(behind_free);
	if (!delivery_count(store, &sending->queue, error))
		return false;
	sending->held_by = memo_find(store, MEMO_COURIER_HELD, &sending->held_since, &inner);
	if (inner == NULL)
		sending->trouble =
		    memo_find(store, MEMO_RELAY_TROUBLE, &sending->trouble_since, &inner);
	if (inner == NULL)
		sending->set_aside = suspect_list(store, &inner);
	if (inner == NULL)
		read_behind(store, sending->behind, &inner);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

struct ctl_sending *ctl_sending_read(struct store *store, GError **error)
{
	struct ctl_sending *sending = g_new0(struct ctl_sending, 1);

	if (!fill(sending, store, error))
		g_clear_pointer(&sending, ctl_sending_free);
	return sending;
}

void ctl_sending_free(struct ctl_sending *sending)
{
	if (sending == NULL)
		return;
	g_free(sending->held_by);
	g_free(sending->trouble);
	if (sending->set_aside != NULL)
		g_ptr_array_unref(sending->set_aside);
	g_ptr_array_unref(sending->behind);
	g_free(sending);
}

/* -- judging -- */

static bool trouble_is_long(const struct ctl_sending *sending)
{
	return sending->trouble != NULL && clock_now() - sending->trouble_since > TROUBLE_PATIENCE;
}

void ctl_sending_judge(
    const struct ctl_sending *sending, const struct settings *settings, GPtrArray *needs)
{
	g_autofree char *held = ctl_list_show_time(sending->held_since, settings->timezone);
	g_autofree char *trouble = ctl_list_show_time(sending->trouble_since, settings->timezone);

	if (sending->held_by != NULL)
		g_ptr_array_add(needs,
		    g_strdup_printf(_("nothing is sent since %s, by %s: umlauf courier release"),
			held, sending->held_by));
	if (trouble_is_long(sending))
		g_ptr_array_add(
		    needs, g_strdup_printf(
			       _("the relay can't be used since %s (%s); umlauf check tries it"),
			       trouble, sending->trouble));
	for (guint i = 0; i < sending->set_aside->len; i++)
		g_ptr_array_add(needs,
		    g_strdup_printf(_("set aside, because it has ended its process three times: %s;"
				      " umlauf article remove takes it out"),
			(const char *)sending->set_aside->pdata[i]));
}

/* -- showing -- */

static void append_queue(const struct delivery_counts *queue, GString *json)
{
	ctl_json_open(json, "queue", '{');
	ctl_json_number(json, "waiting", queue->waiting);
	ctl_json_number(json, "tried", queue->tried);
	if (queue->waiting > 0)
		ctl_json_time(json, "oldest", queue->oldest);
	else
		ctl_json_null(json, "oldest");
	ctl_json_number(json, "failed", queue->failed);
	ctl_json_close(json, '}');
}

/* {"KEY":TEXT,"since":TIME}, or null. */
static void append_memo(
    GString *json, const char *name, const char *key, const char *text, int64_t since)
{
	if (text == NULL) {
		ctl_json_null(json, name);
		return;
	}
	ctl_json_open(json, name, '{');
	ctl_json_text(json, key, text);
	ctl_json_time(json, "since", since);
	ctl_json_close(json, '}');
}

static void append_behind(const struct ctl_sending *sending, GString *json)
{
	ctl_json_open(json, "behind", '[');
	for (guint i = 0; i < sending->behind->len; i++) {
		const struct ctl_behind *behind = sending->behind->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "group", behind->group);
		ctl_json_number(json, "number", behind->number);
		ctl_json_number(json, "high", behind->high);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

static void append_set_aside(const struct ctl_sending *sending, GString *json)
{
	ctl_json_open(json, "set_aside", '[');
	for (guint i = 0; i < sending->set_aside->len; i++) {
		const char *text = sending->set_aside->pdata[i];
		const char *blank = strchrnul(text, ' ');
		g_autofree char *by = g_strndup(text, (size_t)(blank - text));

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "by", by);
		ctl_json_text(json, "message_id", *blank == ' ' ? blank + 1 : "");
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

void ctl_sending_append(const struct ctl_sending *sending, GString *json)
{
	append_queue(&sending->queue, json);
	ctl_json_open(json, "courier", '{');
	append_memo(json, "held", "by", sending->held_by, sending->held_since);
	append_memo(json, "trouble", "error", sending->trouble, sending->trouble_since);
	append_behind(sending, json);
	ctl_json_close(json, '}');
	append_set_aside(sending, json);
}

static void print_queue(const struct delivery_counts *queue, const struct settings *settings)
{
	const enum lang lang = lang_of_environment();
	g_autofree char *since = ctl_list_show_time(queue->oldest, settings->timezone);

	printf(lang_plural(lang, "%lld mail waits to be sent", "%lld mails wait to be sent",
		   (unsigned long)queue->waiting),
	    (long long)queue->waiting);
	if (queue->waiting > 0)
		printf(
		    _(", the oldest since %s; tried before: %lld"), since, (long long)queue->tried);
	putchar('\n');
	if (queue->failed > 0)
		printf(lang_plural(lang,
			   "%lld mail has failed within a day: umlauf queue list --failed\n",
			   "%lld mails have failed within a day: umlauf queue list --failed\n",
			   (unsigned long)queue->failed),
		    (long long)queue->failed);
}

void ctl_sending_print(const struct ctl_sending *sending, const struct settings *settings)
{
	g_autofree char *trouble = ctl_list_show_time(sending->trouble_since, settings->timezone);

	print_queue(&sending->queue, settings);
	if (sending->trouble != NULL && !trouble_is_long(sending))
		printf(_("the relay can't be used since %s (%s); it is tried again\n"), trouble,
		    sending->trouble);
	for (guint i = 0; i < sending->behind->len; i++) {
		const struct ctl_behind *behind = sending->behind->pdata[i];

		printf(_("%s: the courier has come to %lld of %lld\n"), behind->group,
		    (long long)behind->number, (long long)behind->high);
	}
}
