/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "intake/batch.h"

#include "accept/errand.h"
#include "base/bell.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

/* One transaction holds at most so much, so that the first of them need not wait for long. */
#define ITEMS_MAX 256
#define OCTETS_MAX ((size_t)64 * 1024 * 1024)

struct intake_batch {
	struct store *store;		 /* borrowed */
	const struct settings *settings; /* borrowed */
	struct event *event;		 /* owned */
	GQueue waiting;			 /* owned struct intake_item * */
};

static void free_target(gpointer target)
{
	target_free(target);
}

struct intake_item *intake_item_new(GByteArray *bytes, const char *sender, GPtrArray *groups)
{
	struct intake_item *item = g_new0(struct intake_item, 1);

	item->bytes = bytes;
	item->sender = g_strdup(sender);
	item->groups = groups;
	item->errands = g_ptr_array_new_with_free_func(free_target);
	item->done = g_ptr_array_new();
	return item;
}

void intake_item_free(struct intake_item *item)
{
	if (!item)
		return;
	g_byte_array_unref(item->bytes);
	g_free(item->sender);
	g_ptr_array_unref(item->groups);
	g_ptr_array_unref(item->errands);
	g_ptr_array_unref(item->done);
	g_clear_error(&item->error);
	outcome_clear(&item->outcome);
	g_free(item);
}

static const char *const events[] = {
    [VERDICT_PLACED] = "accepted",
    [VERDICT_DUPLICATE] = "duplicate",
    [VERDICT_HELD] = "held",
    [VERDICT_REFUSED] = "refused",
};

static void log_errands(const struct intake_item *item)
{
	for (guint i = 0; i < item->done->len; i++) {
		const struct target *target = item->errands->pdata[i];

		if (item->done->pdata[i])
			log_notice("errand", log_text("done", item->done->pdata[i]),
			    log_text("group", target->group ? target->group->name : "-"),
			    log_number("delivery", target->delivery),
			    log_text("sender", item->sender));
	}
}

static void log_item(const struct intake_item *item)
{
	if (item->error) {
		log_warning("not-accepted", log_text("sender", item->sender),
		    log_number("size", item->bytes->len), log_text("error", item->error->message));
		return;
	}
	log_errands(item);
	for (guint i = 0; i < item->groups->len; i++) {
		const struct group *group = item->groups->pdata[i];
		const enum verdict verdict = item->outcome.verdicts[i];
		const bool there = verdict == VERDICT_PLACED || verdict == VERDICT_DUPLICATE;

		log_write(verdict == VERDICT_REFUSED ? LOG_LEVEL_WARNING : LOG_LEVEL_NOTICE,
		    events[verdict],
		    (const struct log_field[]){log_text("id", item->outcome.msgid),
			log_text("group", group->name),
			log_number("number", item->outcome.numbers[i]),
			log_text("sender", item->sender),
			log_text("reason", there ? NULL : item->outcome.reason), {.key = NULL}});
	}
}

/* The same as one before it: the mail was to NAME-ab@ and NAME-unsubscribe@. */
static bool is_repeat(const GPtrArray *errands, guint n)
{
	const struct target *one = errands->pdata[n];

	for (guint i = 0; i < n; i++) {
		const struct target *other = errands->pdata[i];

		if (other->kind == one->kind && other->person == one->person &&
		    other->confirmed == one->confirmed && other->delivery == one->delivery &&
		    (one->group ? other->group->id == one->group->id : !other->group))
			return true;
	}
	return false;
}

static bool run_errands(struct intake_batch *batch, const struct intake_item *item,
    const struct submission *submission, GError **error)
{
	g_ptr_array_set_size(item->done, (int)item->errands->len);
	for (guint i = 0; i < item->errands->len; i++) {
		const struct target *target = item->errands->pdata[i];
		const char *done = "";

		if (is_repeat(item->errands, i))
			continue;
		if (!errand_run(batch->store, batch->settings, submission, target, &done, error))
			return false;
		item->done->pdata[i] = (gpointer)(uintptr_t)done;
	}
	return true;
}

/* One message within the transaction; false with item->error where it can't be taken. */
static bool accept_item(struct intake_batch *batch, struct intake_item *item)
{
	const struct submission submission = {
	    .bytes = item->bytes->len > 0 ? (const char *)item->bytes->data : "",
	    .size = item->bytes->len,
	    .sender = item->sender,
	    .null_sender = item->null_sender,
	    .via = item->via,
	    .person = item->person,
	    .answers = item->answers,
	    .whole = item->via == VIA_NEWS,
	    .groups = (struct group **)item->groups->pdata,
	    .n_groups = item->groups->len,
	    .arrived = clock_now(),
	};

	return (item->groups->len == 0 || accept_message(batch->store, batch->settings, &submission,
					      &item->outcome, &item->error)) &&
	       run_errands(batch, item, &submission, &item->error);
}

/* What came of an item that has been undone. */
static void forget_outcome(struct intake_item *item)
{
	outcome_clear(&item->outcome);
	g_clear_error(&item->error);
	g_ptr_array_set_size(item->done, 0);
}

/*
 * All of them without savepoints, for which SQLite copies aside each page that they may undo.  False:
 * one can't be taken, and the transaction is undone.
 */
static bool accept_at_once(struct intake_batch *batch, GPtrArray *items)
{
	guint taken = 0;

	while (taken < items->len && accept_item(batch, items->pdata[taken]))
		taken++;
	if (taken == items->len)
		return true;
	store_rollback(batch->store);
	for (guint i = 0; i <= taken; i++)
		forget_outcome(items->pdata[i]);
	return false;
}

/* Each in a savepoint: the failure of one undoes nothing of the others. */
static void accept_with_care(struct intake_batch *batch, GPtrArray *items)
{
	for (guint i = 0; i < items->len; i++) {
		struct intake_item *item = items->pdata[i];

		/* A full disk may have ended the transaction for all of them: nothing is begun behind it. */
		if (!store_in_transaction(batch->store))
			err_set(&item->error, ERR_TEMP, "the transaction has been undone");
		else if (!store_savepoint(batch->store, &item->error))
			continue;
		else if (accept_item(batch, item))
			store_release(batch->store, &item->error);
		else
			store_undo(batch->store);
	}
}

/* What would fill this transaction, in the order of arrival. */
static GPtrArray *take_some(struct intake_batch *batch)
{
	GPtrArray *items = g_ptr_array_new();
	size_t octets = 0;

	while (
	    !g_queue_is_empty(&batch->waiting) && items->len < ITEMS_MAX && octets < OCTETS_MAX) {
		struct intake_item *item = g_queue_pop_head(&batch->waiting);

		octets += item->bytes->len;
		g_ptr_array_add(items, item);
	}
	return items;
}

static void answer(GPtrArray *items, const GError *failure)
{
	for (guint i = 0; i < items->len; i++) {
		struct intake_item *item = items->pdata[i];

		/* Nothing of the batch is stored: all of it waits for another try. */
		if (failure) {
			forget_outcome(item);
			item->error = g_error_copy(failure);
		}
		log_item(item);
		if (item->done_fn)
			item->done_fn(item, item->data);
		intake_item_free(item);
	}
}

static void run(struct intake_batch *batch)
{
	g_autoptr(GPtrArray) items = take_some(batch);
	GError *failure = NULL;

	if (store_begin(batch->store, &failure)) {
		if (!accept_at_once(batch, items) && store_begin(batch->store, &failure))
			accept_with_care(batch, items);
		if (!failure)
			store_commit(batch->store, &failure);
	}
	if (failure) {
		failure->domain = ERR;
		failure->code = ERR_TEMP; /* whatever it was: nothing was wrong with the messages */
		log_error("commit", log_number("messages", items->len),
		    log_text("error", failure->message));
	}
	answer(items, failure);
	if (!failure) {
		bell_ring(batch->settings->runtime_dir);
		store_tidy(batch->store);
	}
	g_clear_error(&failure);
}

static void on_event(evutil_socket_t fd, short what, void *data)
{
	struct intake_batch *batch = data;

	(void)fd;
	(void)what;
	store_end_read(batch->store);
	if (!g_queue_is_empty(&batch->waiting))
		run(batch);
	if (!g_queue_is_empty(&batch->waiting))
		event_active(batch->event, EV_TIMEOUT, 0);
}

struct intake_batch *intake_batch_new(
    struct event_base *base, struct store *store, const struct settings *settings)
{
	struct intake_batch *batch = g_new0(struct intake_batch, 1);

	batch->store = store;
	batch->settings = settings;
	batch->event = event_new(base, -1, 0, on_event, batch);
	event_priority_set(batch->event, INTAKE_BATCH_PRIORITY);
	g_queue_init(&batch->waiting);
	return batch;
}

void intake_batch_free(struct intake_batch *batch)
{
	if (!batch)
		return;
	store_end_read(batch->store);
	while (!g_queue_is_empty(&batch->waiting))
		run(batch);
	event_free(batch->event);
	g_free(batch);
}

bool intake_batch_read(struct intake_batch *batch, GError **error)
{
	event_active(batch->event, EV_TIMEOUT, 0);
	return store_begin_read(batch->store, error);
}

void intake_batch_add(struct intake_batch *batch, struct intake_item *item)
{
	g_queue_push_tail(&batch->waiting, item);
	event_active(batch->event, EV_TIMEOUT, 0);
}

void intake_batch_forget(struct intake_item *item)
{
	item->done_fn = NULL;
	item->data = NULL;
}
