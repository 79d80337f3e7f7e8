/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/worker.h"

#include <string.h>

#include "article/serve.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/lineconn.h"
#include "net/peers.h"
#include "news/post.h"

/* Room that a large article has taken is given back beyond this. */
#define ROOM_MAX ((size_t)1024 * 1024)

#define GLANCE_MS 1000

static void make_room(struct news_worker *worker)
{
	worker->wire = g_byte_array_new();
	worker->head = g_string_sized_new(4096);
}

/* The addresses of the groups that an article stands in are shown in it. */
static bool is_public(const char *address, void *data)
{
	const struct news_worker *worker = data;

	for (guint i = 0; i < worker->addresses->len; i++)
		if (strcmp(g_ptr_array_index(worker->addresses, i), address) == 0)
			return true;
	return false;
}

struct news_worker *news_worker_new(
    const struct settings *settings, struct event_base *base, GError **error)
{
	struct store *store = store_open(settings->store, STORE_READ, error);
	struct news_worker *worker;

	if (store == NULL)
		return NULL;
	worker = g_new0(struct news_worker, 1);
	worker->settings = settings;
	worker->base = base;
	worker->store = store;
	worker->groups = news_groups_new(settings->domain, settings->require_login == LOGIN_READ,
	    settings->require_login == LOGIN_NONE);
	g_queue_init(&worker->posts);
	g_queue_init(&worker->idle_posts);
	worker->peers = peers_new(settings->max_connections_per_address);
	memcpy(worker->mask.key, store_key(store), SIPHASH_KEY_SIZE);
	worker->mask.domain = settings->domain;
	worker->mask.is_public_fn = is_public;
	worker->mask.data = worker;
	worker->addresses = g_ptr_array_new();
	worker->idle_timeout = lineconn_timeout(base, settings->idle_timeout_ms);
	worker->version = -1;
	make_room(worker);
	worker->places = g_array_new(FALSE, FALSE, sizeof(struct serve_place));
	header_init(&worker->header);
	news_worker_look(worker);
	news_worker_end(worker);
	return worker;
}

void news_worker_free(struct news_worker *worker)
{
	if (worker == NULL)
		return;
	news_post_close_all(worker);
	store_close(worker->store);
	news_groups_free(worker->groups);
	peers_free(worker->peers);
	g_byte_array_unref(worker->wire);
	g_string_free(worker->head, TRUE);
	g_array_unref(worker->places);
	g_ptr_array_unref(worker->addresses);
	header_clear(&worker->header);
	g_free(worker);
}

bool news_worker_takes_posts(const struct news_worker *worker)
{
	return worker->settings->require_login == LOGIN_NONE;
}

void news_worker_look(struct news_worker *worker)
{
	g_autoptr(GError) error = NULL;
	int64_t version;

	/* Within the transaction that the turn needs anyway: a look alone would lock the file too. */
	if (store_in_transaction(worker->store) || !news_worker_begin(worker))
		return;
	worker->looked_ms = clock_monotonic_ms();
	version = store_version(worker->store);
	if (version == worker->version)
		return;
	if (news_groups_renew(worker->groups, worker->store, &error))
		worker->version = version;
	else
		news_worker_complain(error);
}

void news_worker_glance(struct news_worker *worker)
{
	if (clock_monotonic_ms() - worker->looked_ms >= GLANCE_MS)
		news_worker_look(worker);
}

bool news_worker_begin(struct news_worker *worker)
{
	g_autoptr(GError) error = NULL;

	if (store_in_transaction(worker->store) || store_begin(worker->store, &error))
		return true;
	news_worker_complain(error);
	return false;
}

void news_worker_end(struct news_worker *worker)
{
	if (store_in_transaction(worker->store) && !store_commit(worker->store, NULL))
		store_rollback(worker->store);
	if (worker->wire->len > ROOM_MAX || worker->head->len > ROOM_MAX) {
		g_byte_array_unref(worker->wire);
		g_string_free(worker->head, TRUE);
		make_room(worker);
	}
}

/* A store that is gone would be told of at each command: once a second will do. */
void news_worker_complain(const GError *error)
{
	static int64_t quiet_until_ms;
	const int64_t now = clock_monotonic_ms();

	if (now < quiet_until_ms)
		return;
	quiet_until_ms = now + 1000;
	log_error("store", log_text("error", error != NULL ? error->message : "not readable"));
}
