/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/courier.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "courier/crew.h"
#include "courier/dress.h"
#include "courier/due.h"
#include "courier/result.h"
#include "digest/make.h"
#include "store/daily.h"
#include "store/memo.h"

#define ROLE "courier"
#define KEEP_DAYS 30	    /* what has been done is known so long, for trace */
#define PAUSE_FIRST_MS 1000 /* with a relay that can't be reached, doubling */
#define PAUSE_MAX_MS 60000

static const struct timeval second = {.tv_sec = 1};
static const struct timeval turn_time = {.tv_usec = 10000}; /* answers are written once a turn */
static const struct timeval ring_time = {.tv_usec = 20000}; /* from a ring to the look */
static const struct timeval lock_time = {.tv_usec = 50000}; /* another look for the lock */
static const struct timeval at_once = {0};
static const struct timeval leave_time = {.tv_sec = 8};

struct courier {
	const struct settings *settings; /* borrowed */
	struct event_base *base;	 /* owned, as all below */
	struct store *store;
	struct courier_due *due;
	struct courier_crew *crew;
	struct courier_wardrobe *wardrobe;
	struct digest_maker *maker;
	GPtrArray *answered; /* struct delivery *, borrowed from due: to be written */
	struct event *look;  /* each second, and at a bell */
	struct event *turn;  /* writes what is answered */
	struct event *limit; /* of leaving */
	struct event *ring;
	struct event *term;
	int bell;
	int lock;  /* -1: another courier has the tables */
	bool held; /* the brake */
	bool rung; /* a look will follow soon */
	bool leaving;
	bool overdue;	       /* the leaving: what hangs is not waited for */
	bool stuck;	       /* the store takes no marks */
	char *trouble;	       /* why the relay can't be reached; owned; NULL: it can */
	int64_t trouble_since; /* Unix seconds */
	int64_t pause_ms;
	int64_t pause_until_ms;
	int64_t minute; /* of the last look for digests */
	int64_t hour;	/* of the last tidying */
};

/* A fault of the store: it is tried again at the next look. */
static void complain(const GError *error)
{
	static int64_t quiet_until_ms;
	const int64_t now = clock_monotonic_ms();

	if (now < quiet_until_ms)
		return;
	quiet_until_ms = now + 1000;
	log_error("store", log_text("error", error != NULL ? error->message : "unknown"));
}

static void leave_if_done(struct courier *courier)
{
	if (courier->leaving && courier_crew_busy(courier->crew) == 0 &&
	    courier->answered->len == 0)
		event_base_loopexit(courier->base, NULL);
}

/* -- sending -- */

static void note_answered(struct courier *courier, struct delivery *delivery)
{
	g_ptr_array_add(courier->answered, delivery);
	if (!evtimer_pending(courier->turn, NULL))
		evtimer_add(courier->turn, &turn_time);
}

static void give(struct courier *courier, struct delivery *delivery)
{
	struct courier_dressed dressed;
	g_autoptr(GError) error = NULL;

	if (courier_dress(courier->wardrobe, delivery, &dressed, &error)) {
		const struct courier_load load = {
		    .id = delivery->id,
		    .sender = dressed.sender,
		    .recipient = delivery->address,
		    .head = dressed.head->str,
		    .head_size = dressed.head->len,
		    .content = dressed.content,
		};

		courier_crew_give(courier->crew, &load);
	} else if (err_code(error) == ERR_TEMP) {
		complain(error);
		courier->pause_until_ms = clock_monotonic_ms() + PAUSE_FIRST_MS;
		courier_due_return(courier->due, delivery);
	} else {
		courier_result_refuse(delivery, error);
		note_answered(courier, delivery);
	}
	courier_dressed_clear(&dressed);
}

/*
 * With a relay in trouble one mail at a time tries whether it is there again.  While what was sent
 * can't be marked, nothing more is sent: all of it would go out again after a crash.
 */
static bool may_give(const struct courier *courier)
{
	if (courier->held || courier->leaving || courier->stuck ||
	    clock_monotonic_ms() < courier->pause_until_ms)
		return false;
	if (courier->trouble != NULL && courier_crew_busy(courier->crew) > 0)
		return false;
	return courier_crew_room(courier->crew) > 0;
}

static void feed(struct courier *courier)
{
	while (may_give(courier)) {
		g_autoptr(GError) error = NULL;
		struct delivery *delivery = courier_due_next(courier->due, &error);

		if (error != NULL)
			complain(error);
		if (delivery == NULL)
			return;
		give(courier, delivery);
	}
}

static bool in_transaction(struct courier *courier,
    bool (*step)(struct courier *courier, const char *text, GError **error), const char *text)
{
	g_autoptr(GError) error = NULL;

	if (!store_begin(courier->store, &error)) {
		complain(error);
		return false;
	}
	if (step(courier, text, &error) && store_commit(courier->store, &error))
		return true;
	if (store_in_transaction(courier->store))
		store_rollback(courier->store);
	complain(error);
	return false;
}

static bool write_trouble(struct courier *courier, const char *text, GError **error)
{
	return memo_set(courier->store, MEMO_RELAY_TROUBLE, text, error);
}

/* No session could be opened: nothing is tried for a while. */
static void begin_trouble(struct courier *courier, const char *text)
{
	const int64_t now_ms = clock_monotonic_ms();

	if (now_ms < courier->pause_until_ms)
		return;
	if (courier->trouble == NULL)
		courier->trouble_since = clock_now();
	if (g_strcmp0(courier->trouble, text) != 0) {
		log_error(
		    "relay", log_text("relay", courier->settings->relay), log_text("error", text));
		in_transaction(courier, write_trouble, text);
		g_free(courier->trouble);
		courier->trouble = g_strdup(text);
	}
	courier->pause_until_ms = now_ms + courier->pause_ms;
	courier->pause_ms = MIN(courier->pause_ms * 2, PAUSE_MAX_MS);
}

static void end_trouble(struct courier *courier)
{
	courier->pause_ms = PAUSE_FIRST_MS;
	if (courier->trouble == NULL)
		return;
	log_notice("relay", log_text("relay", courier->settings->relay),
	    log_text("error", "none any more"));
	g_clear_pointer(&courier->trouble, g_free);
	in_transaction(courier, write_trouble, NULL);
}

/* False: the row is as it was, and goes back into the queue. */
static bool apply(
    struct courier *courier, struct delivery *delivery, const struct courier_reply *reply)
{
	if (courier_result_apply(delivery, reply, courier->settings, clock_now())) {
		note_answered(courier, delivery);
		return true;
	}
	courier_due_return(courier->due, delivery);
	return false;
}

/* What waits for the relay as long as this one did needs no try of its own to be given up. */
static void give_up_old(struct courier *courier, const struct courier_reply *reply)
{
	struct delivery *delivery;

	do {
		g_autoptr(GError) error = NULL;

		delivery = courier_due_next(courier->due, &error);
		if (error != NULL)
			complain(error);
	} while (delivery != NULL && apply(courier, delivery, reply));
}

static void on_reply(const struct courier_reply *reply, void *data)
{
	struct courier *courier = data;
	const bool no_session = reply->tried == COURIER_NO_SESSION && !courier->leaving;
	struct courier_reply known = *reply;
	bool changed;

	if (reply->tried == COURIER_TRIED && reply->end != RELAY_UNKNOWN)
		end_trouble(courier);
	else if (no_session)
		begin_trouble(courier, reply->text);
	known.since = courier->trouble_since;
	changed = apply(courier, courier_due_find(courier->due, reply->id), &known);
	if (no_session && changed && !courier->held)
		give_up_old(courier, &known);
	feed(courier);
	leave_if_done(courier);
}

static bool write_answered(struct courier *courier, const char *text, GError **error)
{
	(void)text;
	return courier_result_write(courier->store, courier->settings, courier->answered, error);
}

/* What has been answered in this turn is written in one go; on a fault it stays for the next. */
static void on_turn(evutil_socket_t fd, short what, void *data)
{
	struct courier *courier = data;

	(void)fd;
	(void)what;
	if (courier->answered->len == 0)
		return;
	courier->stuck = !in_transaction(courier, write_answered, NULL);
	if (courier->stuck) {
		evtimer_add(courier->turn, &second);
		return;
	}
	for (guint i = 0; i < courier->answered->len; i++)
		courier_due_done(courier->due, courier->answered->pdata[i]);
	g_ptr_array_set_size(courier->answered, 0);
	feed(courier);
	leave_if_done(courier);
}

/* -- looking -- */

static void read_brake(struct courier *courier)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *text = memo_find(courier->store, MEMO_COURIER_HELD, NULL, &error);

	if (error != NULL) {
		complain(error);
		return;
	}
	if (courier->held != (text != NULL))
		log_notice("brake", log_text("courier", text != NULL ? "held" : "released"));
	courier->held = text != NULL;
}

/* A trouble goes on over the courier's own end; that of another relay, before SIGHUP, does not. */
static void read_trouble(struct courier *courier)
{
	g_autofree char *ours = g_strconcat(courier->settings->relay, ": ", NULL);
	g_autoptr(GError) error = NULL;

	courier->trouble =
	    memo_find(courier->store, MEMO_RELAY_TROUBLE, &courier->trouble_since, &error);
	if (error != NULL)
		complain(error);
	if (courier->trouble != NULL && !g_str_has_prefix(courier->trouble, ours))
		end_trouble(courier);
}

/* New posts become rows; true: there is more to do. */
static bool take(struct courier *courier)
{
	g_autoptr(GError) error = NULL;
	unsigned taken = 0;
	bool more = false;

	if (!courier_due_take(courier->store, &more, &taken, &error)) {
		complain(error);
		return false;
	}
	if (taken > 0)
		log_notice("taken", log_number("articles", taken));
	return more;
}

/* Digests, when the clock has come to another minute; true: there is more to do. */
static bool make_digests(struct courier *courier)
{
	const int64_t now = clock_now();
	g_autoptr(GError) error = NULL;
	unsigned made = 0;
	bool more = false;

	if (now / 60 == courier->minute)
		return false;
	if (!digest_make_due(courier->maker, now, &made, &more, &error)) {
		complain(error);
		return false;
	}
	if (made > 0)
		log_notice("digests", log_number("made", made));
	if (!more)
		courier->minute = now / 60;
	return more;
}

static bool tidy_some(struct courier *courier, const char *text, GError **error)
{
	const int64_t now = clock_now();
	const int64_t before = now - KEEP_DAYS * INT64_C(86400);
	bool more = false;

	(void)text;
	if (!delivery_mend_clock(courier->store, now, error) ||
	    !delivery_prune(courier->store, before, &more, error) ||
	    !daily_prune(courier->store, before, error) ||
	    !memo_prune(courier->store, MEMO_UNDELIVERED, before, error))
		return false;
	if (!more)
		courier->hour = now / 3600;
	return true;
}

/*
 * True if the tables are ours: while settings change, the courier of the old ones finishes what it has
 * in hand, and two would send the same mail.
 */
static bool own_tables(struct courier *courier)
{
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;

	if (courier->lock >= 0)
		return true;
	path = g_build_filename(courier->settings->runtime_dir, "courier.lock", NULL);
	courier->lock = file_lock(path, &error);
	if (courier->lock < 0) {
		if (err_code(error) != ERR_TEMP)
			complain(error);
		return false;
	}
	read_trouble(courier);
	return true;
}

static void on_look(evutil_socket_t fd, short what, void *data)
{
	struct courier *courier = data;
	bool more = false;

	(void)fd;
	(void)what;
	courier->rung = false;
	if (courier->leaving)
		return;
	if (!own_tables(courier)) {
		evtimer_add(courier->look, &lock_time);
		return;
	}
	read_brake(courier);
	more = take(courier);
	more = make_digests(courier) || more;
	if (!more && clock_now() / 3600 != courier->hour)
		in_transaction(courier, tidy_some, NULL);
	courier_due_look(courier->due);
	feed(courier);
	store_tidy(courier->store);
	evtimer_add(courier->look, more ? &at_once : &second);
}

/* Somebody has committed; in a burst of posts one look serves many, and takes the lock from none. */
static void on_ring(evutil_socket_t fd, short what, void *data)
{
	struct courier *courier = data;

	(void)what;
	bell_answer(fd);
	if (courier->rung || courier->leaving)
		return;
	courier->rung = true;
	evtimer_add(courier->look, &ring_time);
}

/* -- beginning and end -- */

/* The relay hangs: that the mails in hand are in doubt is still written, in another second. */
static void on_limit(evutil_socket_t fd, short what, void *data)
{
	struct courier *courier = data;

	(void)fd;
	(void)what;
	if (courier->overdue)
		event_base_loopexit(courier->base, NULL);
	courier->overdue = true;
	courier_crew_break(courier->crew);
	evtimer_add(courier->limit, &second);
}

static void on_term(evutil_socket_t fd, short what, void *data)
{
	struct courier *courier = data;

	(void)fd;
	(void)what;
	courier->leaving = true;
	courier_crew_leave(courier->crew);
	evtimer_add(courier->limit, &leave_time);
	leave_if_done(courier);
}

static bool start(struct courier *courier, GError **error)
{
	const struct settings *settings = courier->settings;

	/* A kill takes nothing that was committed; a power cut may repeat the last second. */
	courier->store = store_open(settings->store, STORE_LOAD, error);
	if (courier->store == NULL)
		return false;
	courier->bell = bell_open(settings->runtime_dir, ROLE, error);
	if (courier->bell < 0)
		return false;
	courier->due = courier_due_new(courier->store);
	courier->wardrobe = courier_wardrobe_new(courier->store, settings);
	courier->maker = digest_maker_new(courier->store, settings);
	courier->crew = courier_crew_new(courier->base, settings, on_reply, courier);
	courier->look = evtimer_new(courier->base, on_look, courier);
	courier->turn = evtimer_new(courier->base, on_turn, courier);
	courier->limit = evtimer_new(courier->base, on_limit, courier);
	courier->ring =
	    event_new(courier->base, courier->bell, EV_READ | EV_PERSIST, on_ring, courier);
	courier->term = evsignal_new(courier->base, SIGTERM, on_term, courier);
	evtimer_add(courier->look, &at_once);
	event_add(courier->ring, NULL);
	evsignal_add(courier->term, NULL);
	return true;
}

static void free_event(struct event *event)
{
	if (event != NULL)
		event_free(event);
}

static void stop(struct courier *courier)
{
	courier_crew_free(courier->crew);
	courier_due_free(courier->due);
	courier_wardrobe_free(courier->wardrobe);
	digest_maker_free(courier->maker);
	g_ptr_array_unref(courier->answered);
	g_free(courier->trouble);
	free_event(courier->look);
	free_event(courier->turn);
	free_event(courier->limit);
	free_event(courier->ring);
	free_event(courier->term);
	bell_close(courier->bell, courier->settings->runtime_dir, ROLE);
	if (courier->lock >= 0)
		close(courier->lock);
	store_close(courier->store);
	event_base_free(courier->base);
}

int courier_run(const struct settings *settings, GPtrArray *listeners, int ready_fd)
{
	struct courier courier = {
	    .settings = settings,
	    .base = event_base_new(),
	    .answered = g_ptr_array_new(),
	    .bell = -1,
	    .lock = -1,
	    .pause_ms = PAUSE_FIRST_MS,
	};
	g_autoptr(GError) error = NULL;
	bool started;

	(void)listeners;
	log_open(ROLE, settings->log_to_syslog);
	signal(SIGPIPE, SIG_IGN);
	started = start(&courier, &error);
	if (started) {
		if (write(ready_fd, "", 1) != 1)
			log_warning("ready", log_text("error", "nobody waits"));
		close(ready_fd);
		event_base_dispatch(courier.base);
	} else {
		log_error("start", log_text("error", error->message));
	}
	stop(&courier);
	return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
