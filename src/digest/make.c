/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/make.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "article/compose.h"
#include "article/msgid.h"
#include "base/clock.h"
#include "base/dates.h"
#include "base/err.h"
#include "base/token.h"
#include "digest/collect.h"
#include "digest/text.h"
#include "store/daily.h"
#include "store/delivery.h"
#include "store/suspect.h"

#define CONSUMER "digest"
#define FRESH_MAX 1000 /* articles that are read before */
#define CHUNK 100      /* persons in one transaction, … */
#define CHUNK_MS 100   /* … which others wait for */

struct digest_maker {
	struct store *store;		 /* borrowed */
	const struct settings *settings; /* borrowed */
	struct digest_shelf *shelf;	 /* owned */
	GHashTable *mails; /* owned; text (owned) to its mail's id (owned), within a transaction */
};

struct digest_maker *digest_maker_new(struct store *store, const struct settings *settings)
{
	struct digest_maker *maker = g_new0(struct digest_maker, 1);

	maker->store = store;
	maker->settings = settings;
	maker->shelf = digest_shelf_new(store);
	maker->mails = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return maker;
}

void digest_maker_free(struct digest_maker *maker)
{
	if (maker == NULL)
		return;
	digest_shelf_free(maker->shelf);
	g_hash_table_unref(maker->mails);
	g_free(maker);
}

/* -- timetables -- */

/* A person's own, or the settings'; what the store holds was checked, and is the settings' if not. */
static void open_timetable(const struct digest_maker *maker, const struct daily_schedule *schedule,
    struct timetable *timetable)
{
	const struct settings *settings = maker->settings;
	const char *zone = schedule->zone != NULL ? schedule->zone : settings->timezone;
	const char *hour = schedule->hour != NULL ? schedule->hour : settings->digest_at;
	const char *days = schedule->days != NULL ? schedule->days : settings->digest_days;

	if (!timetable_init(timetable, zone, hour, days))
		timetable_init(timetable, "UTC", settings->digest_at, settings->digest_days);
}

static const char *zone_of(const struct digest_maker *maker, const struct person *person)
{
	return person->zone != NULL ? person->zone : maker->settings->timezone;
}

/* A moment of a timetable, and whom it concerns. */
struct round {
	struct digest_maker *maker;
	const struct daily_schedule *schedule;
	struct timetable timetable;
	int64_t moment;
};

/* -- before the transaction: the texts -- */

/* One article, noted while it is looked into: it may be the end of us (store/suspect.h). */
static bool read_guarded(struct digest_maker *maker, int64_t article, GError **error)
{
	struct store *store = maker->store;
	int64_t tries;
	bool read;

	if (!store_begin(store, error))
		return false;
	tries = suspect_note(store, CONSUMER, article, error);
	if (tries < 0) {
		store_rollback(store);
		return false;
	}
	if (!store_commit(store, error))
		return false;
	if (tries >= SUSPECT_TRIES) {
		digest_shelf_set_aside(maker->shelf, article);
		return true;
	}
	read = digest_shelf_read(maker->shelf, article, error);
	/* An error is no end of us; the first one is told. */
	error = read ? error : NULL;
	if (!store_begin(store, error))
		return false;
	if (suspect_clear(store, CONSUMER, article, error))
		return store_commit(store, error) && read;
	store_rollback(store);
	return false;
}

static bool read_fresh(struct digest_maker *maker, GError **error)
{
	g_autoptr(GArray) fresh = daily_fresh(maker->store, FRESH_MAX, error);

	if (fresh == NULL)
		return false;
	digest_shelf_tidy(maker->shelf);
	for (guint i = 0; i < fresh->len; i++) {
		const int64_t article = g_array_index(fresh, int64_t, i);

		if (!digest_shelf_has(maker->shelf, article) &&
		    !read_guarded(maker, article, error))
			return false;
	}
	return true;
}

/* -- one mail -- */

static char *new_id(const struct digest_maker *maker, GError **error)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random))
		return msgid_make(maker->settings->domain, random, sizeof(random));
	err_set(error, ERR_TEMP, "no random octets: %s", g_strerror(errno));
	return NULL;
}

/* The receiver's own fields. */
static GString *head_of(const struct digest_maker *maker, const struct digest *digest,
    const struct person *person, const char *msgid)
{
	const char *domain = maker->settings->domain;
	const int64_t numbers[] = {person->id, 0};
	g_autofree char *token =
	    token_make(store_key(maker->store), TOKEN_LEAVE, numbers, G_N_ELEMENTS(numbers));
	g_autofree char *from = g_strconcat("ueberblick@", domain, NULL);
	g_autofree char *list_id = g_strconcat("<ueberblick.", domain, ">", NULL);
	g_autofree char *leave =
	    g_strconcat("<mailto:ueberblick-ab+", token, "@", domain, ">", NULL);
	g_autofree char *date = dates_mail(digest->zone, digest->at);
	g_autofree char *subject = digest_subject(digest);
	GString *head = g_string_new(NULL);

	compose_raw_field(head, "List-Unsubscribe", leave);
	compose_raw_field(head, "List-Id", list_id);
	compose_raw_field(head, "Precedence", "list");
	compose_raw_field(head, "Auto-Submitted", "auto-generated");
	compose_raw_field(head, "X-Auto-Response-Suppress", "All");
	compose_address_field(head, "From", lang_text(digest->language, N_("Daily digest")), from);
	compose_address_field(head, "To", person->name, person->addresses[0]);
	/* Who answers the digest and not a group's address reaches a human at least. */
	compose_address_field(head, "Reply-To", NULL, maker->settings->admin);
	compose_text_field(head, "Subject", subject);
	compose_raw_field(head, "Date", date);
	compose_raw_field(head, "Message-ID", msgid);
	return head;
}

/* What all receivers of the same text have in common, stored once; 0 on error. */
static int64_t mail_of(struct digest_maker *maker, const struct digest *digest, GError **error)
{
	g_autofree char *text = digest_text(digest);
	g_autoptr(GString) part = NULL;
	const int64_t *known = g_hash_table_lookup(maker->mails, text);
	int64_t mail;

	if (known != NULL)
		return *known;
	part = g_string_sized_new(2 * strlen(text));
	compose_text_part(part, text, false);
	mail = delivery_add_mail(maker->store, part->str, part->len, error);
	if (mail > 0)
		g_hash_table_insert(
		    maker->mails, g_steal_pointer(&text), g_memdup2(&mail, sizeof(mail)));
	return mail;
}

static int64_t queue(struct digest_maker *maker, const struct digest *digest,
    const struct person *person, const char *msgid, GError **error)
{
	g_autoptr(GBytes) head = g_string_free_to_bytes(head_of(maker, digest, person, msgid));
	const struct delivery delivery = {
	    .kind = DELIVERY_DIGEST,
	    .person = person->id,
	    .address = person->addresses[0],
	    .head = head,
	    .mail = mail_of(maker, digest, error),
	};

	return delivery.mail > 0 ? delivery_add(maker->store, &delivery, error) : 0;
}

static bool record(const struct round *round, const struct digest *digest,
    const struct person *person, const GArray *ranges, GError **error)
{
	struct digest_maker *maker = round->maker;
	g_autofree char *day = dates_iso(digest->zone, round->moment);
	g_autofree char *msgid = new_id(maker, error);
	struct daily daily = {
	    .person = person->id,
	    .day = day,
	    .msgid = msgid,
	    .posts = digest_posts(digest) + digest->counted,
	    .moment = round->moment,
	};

	if (msgid == NULL)
		return false;
	daily.delivery = queue(maker, digest, person, msgid, error);
	return daily.delivery > 0 && daily_record(maker->store, &daily, ranges, error);
}

static struct digest *collect(
    const struct round *round, const struct person *person, GArray **ranges, GError **error)
{
	const struct digest_wish wish = {
	    .person = person,
	    .zone = zone_of(round->maker, person),
	    .at = round->moment,
	    .minute = round->timetable.minute,
	    .days = round->timetable.days,
	};

	return digest_collect(round->maker->shelf, &wish, ranges, error);
}

/* No mail on days without posts; the moment is done all the same. */
static bool make_one(
    const struct round *round, const struct person *person, unsigned *made, GError **error)
{
	struct digest_maker *maker = round->maker;
	g_autoptr(GArray) ranges = NULL;
	struct digest *digest = collect(round, person, &ranges, error);
	bool ok;

	if (digest == NULL)
		return false;
	if (digest->threads->len > 0) {
		ok = record(round, digest, person, ranges, error);
		*made += ok;
	} else {
		ok = daily_advance(maker->store, person->id, ranges, error) &&
		     daily_set_done(maker->store, person->id, round->moment, error);
	}
	digest_free(digest);
	return ok;
}

/* The day's digest is made already: the hour was changed after it.  One a day. */
static bool has_had_one(
    const struct round *round, const struct person *person, bool *had, GError **error)
{
	g_autoptr(GTimeZone) zone = dates_zone(zone_of(round->maker, person));
	g_autofree char *day = dates_iso(zone, round->moment);

	return daily_exists(round->maker->store, person->id, day, had, error);
}

static bool make_for(const struct round *round, int64_t id, unsigned *made, GError **error)
{
	struct digest_maker *maker = round->maker;
	GError *inner = NULL;
	struct person *person = person_find_by_id(maker->store, id, &inner);
	bool had = false;

	if (person != NULL)
		has_had_one(round, person, &had, &inner);
	if (inner == NULL && (person == NULL || had))
		daily_set_done(maker->store, id, round->moment, &inner);
	else if (inner == NULL)
		make_one(round, person, made, &inner);
	person_free(person);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

/* -- all that are due -- */

/* Some persons in one transaction; who is due is asked within it, as another process may be at it. */
static bool make_chunk(const struct round *round, unsigned *made, bool *more, GError **error)
{
	struct digest_maker *maker = round->maker;
	const int64_t limit_ms = clock_monotonic_ms() + CHUNK_MS;
	g_autoptr(GArray) due = NULL;
	unsigned count = 0;
	guint at = 0;
	bool ok;

	if (!store_begin(maker->store, error))
		return false;
	due = daily_due(maker->store, round->schedule, round->moment, CHUNK, error);
	ok = due != NULL;
	for (; ok && at < due->len && (at == 0 || clock_monotonic_ms() < limit_ms); at++)
		ok = make_for(round, g_array_index(due, int64_t, at), &count, error);
	g_hash_table_remove_all(maker->mails);
	if (!ok) {
		store_rollback(maker->store);
		return false;
	}
	*more = *more || due->len == CHUNK || at < due->len;
	*made += count;
	return store_commit(maker->store, error);
}

static bool is_anybody_due(const struct round *round, bool *due, GError **error)
{
	g_autoptr(GArray) one =
	    daily_due(round->maker->store, round->schedule, round->moment, 1, error);

	*due = one != NULL && one->len > 0;
	return one != NULL;
}

static bool make_round(struct round *round, unsigned *made, bool *more, GError **error)
{
	bool due;

	if (!is_anybody_due(round, &due, error))
		return false;
	return !due || (read_fresh(round->maker, error) && make_chunk(round, made, more, error));
}

static void begin_round(struct round *round, struct digest_maker *maker,
    const struct daily_schedule *schedule, int64_t now)
{
	*round = (struct round){.maker = maker, .schedule = schedule};
	open_timetable(maker, schedule, &round->timetable);
	round->moment = timetable_last(&round->timetable, now);
}

/* By the clock, whatever moment the digests are made for. */
static bool mend_clock(struct digest_maker *maker, GError **error)
{
	struct store *store = maker->store;
	const int64_t now = clock_now();
	bool ahead;

	if (!daily_is_ahead(store, now, &ahead, error))
		return false;
	if (!ahead)
		return true;
	if (!store_begin(store, error))
		return false;
	if (daily_mend_clock(store, now, error))
		return store_commit(store, error);
	store_rollback(store);
	return false;
}

bool digest_make_due(
    struct digest_maker *maker, int64_t now, unsigned *made, bool *more, GError **error)
{
	g_autoptr(GPtrArray) schedules = daily_schedules(maker->store, error);
	bool ok = schedules != NULL && mend_clock(maker, error);

	*made = 0;
	*more = false;
	for (guint i = 0; ok && i < schedules->len; i++) {
		struct round round;

		begin_round(&round, maker, schedules->pdata[i], now);
		ok = make_round(&round, made, more, error);
		timetable_clear(&round.timetable);
	}
	return ok;
}

/* -- looking ahead -- */

void digest_plan_free(struct digest_plan *plan)
{
	if (plan == NULL)
		return;
	g_free(plan->address);
	g_free(plan->day);
	g_free(plan);
}

static void free_plan(gpointer plan)
{
	digest_plan_free(plan);
}

static bool plan_for(
    const struct round *round, const struct person *person, GPtrArray *plans, GError **error)
{
	g_autoptr(GArray) ranges = NULL;
	struct digest *digest;
	struct digest_plan *plan;
	bool had;

	if (!has_had_one(round, person, &had, error))
		return false;
	if (had)
		return true;
	digest = collect(round, person, &ranges, error);
	if (digest == NULL)
		return false;
	if (digest->threads->len > 0) {
		plan = g_new0(struct digest_plan, 1);
		plan->address = g_strdup(person->addresses[0]);
		plan->day = dates_iso(digest->zone, round->moment);
		plan->posts = digest_posts(digest) + digest->counted;
		g_ptr_array_add(plans, plan);
	}
	digest_free(digest);
	return true;
}

static bool plan_round(const struct round *round, GPtrArray *plans, GError **error)
{
	struct store *store = round->maker->store;
	g_autoptr(GArray) due = daily_due(store, round->schedule, round->moment, INT32_MAX, error);
	bool ok = due != NULL;

	for (guint i = 0; ok && i < due->len; i++) {
		struct person *person =
		    person_find_by_id(store, g_array_index(due, int64_t, i), error);

		ok = person != NULL && plan_for(round, person, plans, error);
		person_free(person);
	}
	return ok;
}

GPtrArray *digest_plan_due(struct digest_maker *maker, int64_t now, GError **error)
{
	g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func(free_plan);
	g_autoptr(GPtrArray) schedules = daily_schedules(maker->store, error);
	bool ok = schedules != NULL;

	for (guint i = 0; ok && i < schedules->len; i++) {
		struct round round;

		begin_round(&round, maker, schedules->pdata[i], now);
		ok = plan_round(&round, plans, error);
		timetable_clear(&round.timetable);
	}
	return ok ? g_steal_pointer(&plans) : NULL;
}

/* The one at `now` itself, or the next whose day has no digest yet. */
static bool next_moment(
    struct round *round, const struct person *person, int64_t now, GError **error)
{
	g_autoptr(GTimeZone) zone = dates_zone(zone_of(round->maker, person));
	bool exists = true;

	if (round->moment < now)
		round->moment = timetable_next(&round->timetable, now);
	for (;;) {
		g_autofree char *day = dates_iso(zone, round->moment);

		if (!daily_exists(round->maker->store, person->id, day, &exists, error))
			return false;
		if (!exists)
			return true;
		round->moment = timetable_next(&round->timetable, round->moment);
	}
}

struct digest *digest_of(
    struct digest_maker *maker, const struct person *person, int64_t now, GError **error)
{
	const struct daily_schedule schedule = {
	    .zone = person->zone, .hour = person->digest_at, .days = person->digest_days};
	g_autoptr(GArray) ranges = NULL;
	struct digest *digest;
	struct round round;

	begin_round(&round, maker, &schedule, now);
	digest = NULL;
	if (next_moment(&round, person, now, error))
		digest = collect(&round, person, &ranges, error);
	timetable_clear(&round.timetable);
	return digest;
}
