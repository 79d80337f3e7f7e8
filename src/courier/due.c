/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/due.h"

#include "base/clock.h"
#include "store/cursor.h"
#include "store/subscription.h"

#define STEPS 200  /* articles that one look passes over */
#define CHUNKS 8   /* of receivers in one transaction */
#define LOADED 500 /* rows in one look */

/* -- articles to rows -- */

struct taking {
	struct store *store;
	unsigned chunks; /* left in this transaction */
	unsigned taken;
};

/* Rows for one article; false in *done: the chunks are used up, the cursor has the place. */
static bool take_article(struct taking *taking, struct cursor *cursor,
    const struct cursor_step *step, bool *done, GError **error)
{
	struct delivery_post post = {
	    .group = cursor->group,
	    .number = step->number,
	    .article = step->article,
	    .place = cursor->place,
	};
	bool more = !step->quiet;

	while (more && taking->chunks > 0) {
		if (!delivery_add_posts(taking->store, &post, &more, error))
			return false;
		taking->chunks--;
	}
	*done = !more;
	cursor->place = more ? post.place : 0;
	if (more)
		return true;
	cursor->number = step->number;
	taking->taken += !step->quiet;
	return true;
}

/* Nobody in the group gets mail: the articles need not be looked at. */
static bool pass_over(struct taking *taking, struct cursor *cursor, GError **error)
{
	cursor->number = cursor->high;
	cursor->place = 0;
	return cursor_set(taking->store, COURIER_CONSUMER, cursor, error);
}

static bool take_group(struct taking *taking, struct cursor *cursor, bool *more, GError **error)
{
	g_autoptr(GArray) steps = NULL;
	bool wanted = false;
	bool done = true;

	if (!subscription_wants_each(taking->store, cursor->group, &wanted, error))
		return false;
	if (!wanted)
		return pass_over(taking, cursor, error);
	steps = cursor_next(taking->store, cursor, STEPS, error);
	if (steps == NULL)
		return false;
	for (guint i = 0; i < steps->len && done; i++)
		if (!take_article(
			taking, cursor, &g_array_index(steps, struct cursor_step, i), &done, error))
			return false;
	/* Numbers that were withdrawn are passed over; more may have come since `high` was read. */
	if (done && steps->len < STEPS)
		cursor->number = MAX(cursor->number, cursor->high);
	*more = *more || !done || steps->len == STEPS;
	return cursor_set(taking->store, COURIER_CONSUMER, cursor, error);
}

static bool take_groups(struct taking *taking, GArray *behind, bool *more, GError **error)
{
	for (guint i = 0; i < behind->len; i++) {
		if (taking->chunks == 0) {
			*more = true;
			return true;
		}
		if (!take_group(taking, &g_array_index(behind, struct cursor, i), more, error))
			return false;
	}
	return true;
}

bool courier_due_take(struct store *store, bool *more, unsigned *taken, GError **error)
{
	struct taking taking = {.store = store, .chunks = CHUNKS};
	g_autoptr(GArray) behind = cursor_behind(store, COURIER_CONSUMER, error);

	*more = false;
	*taken = 0;
	if (behind == NULL || behind->len == 0)
		return behind != NULL;
	if (!store_begin(store, error))
		return false;
	if (!take_groups(&taking, behind, more, error)) {
		store_rollback(store);
		return false;
	}
	*taken = taking.taken;
	return store_commit(store, error);
}

/* -- rows to the queue -- */

struct courier_due {
	struct store *store; /* borrowed */
	GHashTable *known;   /* owned; id (within the row) to struct delivery *, owned */
	GQueue ready;	     /* of these, those that nobody has in hand */
	int64_t behind_due;  /* where the look has come to */
	int64_t behind_id;
	bool ended;	 /* it has seen all */
	int64_t version; /* of the store when the queue was filled */
	bool stale;	 /* somebody has committed since */
};

static void free_delivery(gpointer delivery)
{
	delivery_free(delivery);
}

struct courier_due *courier_due_new(struct store *store)
{
	struct courier_due *due = g_new0(struct courier_due, 1);

	due->store = store;
	due->known = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, free_delivery);
	g_queue_init(&due->ready);
	return due;
}

void courier_due_free(struct courier_due *due)
{
	if (due == NULL)
		return;
	g_queue_clear(&due->ready);
	g_hash_table_unref(due->known);
	g_free(due);
}

void courier_due_look(struct courier_due *due)
{
	due->stale = store_version(due->store) != due->version;
	if (!due->ended || !g_queue_is_empty(&due->ready))
		return;
	due->behind_due = 0;
	due->behind_id = 0;
	due->ended = false;
}

static void add(struct courier_due *due, struct delivery *delivery)
{
	due->behind_due = delivery->due;
	due->behind_id = delivery->id;
	if (g_hash_table_contains(due->known, &delivery->id)) {
		delivery_free(delivery);
		return;
	}
	g_hash_table_insert(due->known, &delivery->id, delivery);
	g_queue_push_tail(&due->ready, delivery);
}

static bool load(struct courier_due *due, GError **error)
{
	const struct delivery behind = {.due = due->behind_due, .id = due->behind_id};
	/* Before the rows: what is committed in between makes them stale, not unseen. */
	const int64_t version = store_version(due->store);
	g_autoptr(GPtrArray) rows = delivery_due(due->store, clock_now(), &behind, LOADED, error);

	if (rows == NULL)
		return false;
	due->ended = rows->len < LOADED;
	due->version = version;
	due->stale = false;
	g_ptr_array_set_free_func(rows, NULL);
	for (guint i = 0; i < rows->len; i++)
		add(due, rows->pdata[i]);
	return true;
}

/* True if the row still says that it waits. */
static bool still_waits(
    struct courier_due *due, const struct delivery *delivery, bool *waits, GError **error)
{
	GError *inner = NULL;
	struct delivery *row = delivery_find(due->store, delivery->id, &inner);

	*waits = row != NULL && row->state == DELIVERY_WAITING;
	delivery_free(row);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

struct delivery *courier_due_next(struct courier_due *due, GError **error)
{
	struct delivery *delivery = NULL;
	bool waits = false;

	while (!waits) {
		if (g_queue_is_empty(&due->ready) && !due->ended && !load(due, error))
			return NULL;
		delivery = g_queue_peek_head(&due->ready);
		if (delivery == NULL && due->ended)
			return NULL;
		waits = delivery != NULL;
		if (waits && due->stale && !still_waits(due, delivery, &waits, error))
			return NULL;
		if (delivery != NULL)
			g_queue_pop_head(&due->ready);
		if (delivery != NULL && !waits)
			courier_due_done(due, delivery);
	}
	return delivery;
}

void courier_due_return(struct courier_due *due, struct delivery *delivery)
{
	g_queue_push_head(&due->ready, delivery);
}

struct delivery *courier_due_find(struct courier_due *due, int64_t id)
{
	return g_hash_table_lookup(due->known, &id);
}

void courier_due_done(struct courier_due *due, struct delivery *delivery)
{
	g_hash_table_remove(due->known, &delivery->id);
}
