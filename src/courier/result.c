/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/result.h"

#include "base/err.h"
#include "base/log.h"
#include "courier/due.h"
#include "letters/queue.h"
#include "store/article.h"
#include "store/cursor.h"
#include "store/daily.h"
#include "store/group.h"
#include "store/memo.h"
#include "store/person.h"
#include "store/placement.h"

#define MINUTE 60
#define DAY (24 * 60 * MINUTE)

/* Before the second try, the third …; the last one stands for all further. */
static const int pauses[] = {
    MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, 60 * MINUTE, 120 * MINUTE, 240 * MINUTE};

static void set_answer(struct delivery *delivery, const char *text)
{
	g_free(delivery->answer);
	delivery->answer = g_strdup(text);
}

/* Counted from the first try, not from the making: the brake may have been on for a week. */
static bool is_over(const struct delivery *delivery, const struct settings *settings, int64_t now)
{
	return now - delivery->tried >= settings->retry_for_ms / 1000;
}

/* No try was possible at all: the relay has been away as long as the mail is there, or longer. */
static bool is_hopeless(const struct delivery *delivery, const struct courier_reply *reply,
    const struct settings *settings, int64_t now)
{
	return now - MAX(delivery->made, reply->since) >= settings->retry_for_ms / 1000;
}

static void postpone(struct delivery *delivery, const struct settings *settings, int64_t now)
{
	const size_t last = G_N_ELEMENTS(pauses) - 1;
	const size_t try = MIN((size_t)MAX(delivery->attempts - 1, 0), last);

	if (is_over(delivery, settings, now))
		delivery->state = DELIVERY_FAILED;
	else
		delivery->due = now + pauses[try];
}

bool courier_result_apply(struct delivery *delivery, const struct courier_reply *reply,
    const struct settings *settings, int64_t now)
{
	if (reply->tried == COURIER_UNTOUCHED)
		return false;
	if (reply->tried == COURIER_NO_SESSION) {
		if (!is_hopeless(delivery, reply, settings, now))
			return false;
		delivery->state = DELIVERY_FAILED;
		set_answer(delivery, reply->text);
		return true;
	}
	delivery->attempts++;
	if (delivery->tried == 0)
		delivery->tried = now;
	set_answer(delivery, reply->text);
	switch (reply->end) {
	case RELAY_SENT:
		delivery->state = DELIVERY_SENT;
		break;
	case RELAY_PERM:
		delivery->state = DELIVERY_FAILED;
		break;
	case RELAY_UNKNOWN:
		delivery->doubtful = true;
		postpone(delivery, settings, now);
		break;
	case RELAY_TEMP:
		postpone(delivery, settings, now);
		break;
	}
	return true;
}

void courier_result_refuse(struct delivery *delivery, const GError *error)
{
	delivery->state = err_code(error) == ERR_ABSENT ? DELIVERY_DROPPED : DELIVERY_FAILED;
	set_answer(delivery, error->message);
}

/* What was sent by the thousand is in the table, for trace; a line each for what went wrong. */
static void log_row(const struct delivery *delivery)
{
	const bool sent = delivery->state == DELIVERY_SENT;
	const char *event = delivery->state == DELIVERY_WAITING
				? "postponed"
				: delivery_state_name(delivery->state);

	if (sent && delivery->kind == DELIVERY_POST)
		return;
	log_write(sent ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING, event,
	    (const struct log_field[]){log_number("delivery", delivery->id),
		log_text("kind", delivery_kind_name(delivery->kind)),
		log_text("to", delivery->address), log_number("article", delivery->article),
		log_number("attempts", delivery->attempts), log_text("answer", delivery->answer),
		{.key = NULL}});
}

/* -- the end of an article -- */

/* True if the cursor of that group is at the placement or beyond. */
static bool is_behind(const GArray *cursors, const struct placement *at)
{
	for (guint i = 0; i < cursors->len; i++) {
		const struct cursor *cursor = &g_array_index(cursors, struct cursor, i);

		if (cursor->group == at->group && cursor->number < at->number)
			return true;
	}
	return false;
}

/* All its rows are written: the courier's cursors are at it or beyond, in each of its groups. */
static bool is_taken(
    struct store *store, const struct delivery *delivery, bool *taken, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) places = placement_list(store, delivery->article, &inner);
	g_autoptr(GArray) cursors =
	    inner == NULL ? cursor_behind(store, COURIER_CONSUMER, &inner) : NULL;

	*taken = true;
	for (guint i = 0; cursors != NULL && i < places->len; i++)
		*taken = *taken && !is_behind(cursors, &g_array_index(places, struct placement, i));
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

/* One letter about an article: to its author, if nobody got it, else to the operator. */
static bool write_letter(struct store *store, const struct settings *settings,
    const struct delivery *delivery, const struct delivery_counts *counts, GError **error)
{
	GError *inner = NULL;
	struct article *article = article_find_by_id(store, delivery->article, &inner);
	struct person *author = article ? person_find(store, article->author, &inner) : NULL;
	struct group *group =
	    inner == NULL ? group_find_by_id(store, delivery->group, &inner) : NULL;
	g_autofree char *answer =
	    inner == NULL ? delivery_last_failure(store, delivery->article, &inner) : NULL;
	const bool to_author =
	    article != NULL && author != NULL && counts->states[DELIVERY_SENT] == 0;
	const struct letter letter = {
	    .kind = to_author ? LETTER_UNDELIVERED : LETTER_UNDELIVERED_ADMIN,
	    .language = to_author ? author->language : settings->language,
	    .to = to_author ? author->addresses[0] : settings->admin,
	    .to_name = to_author ? author->name : NULL,
	    .in_reply_to = to_author ? article->msgid : NULL,
	    .group_title = group ? group->title : NULL,
	    .group_address = group ? group->address : NULL,
	    .subject = article ? article->subject : "",
	    .article = article ? article->msgid : "",
	    .answer = answer,
	    .failed = (unsigned long)counts->states[DELIVERY_FAILED],
	    .all = (unsigned long)(counts->states[DELIVERY_FAILED] + counts->states[DELIVERY_SENT] +
				   counts->states[DELIVERY_DROPPED]),
	};
	const struct letters_about about = {
	    .person = to_author ? author->id : 0,
	    .group = delivery->group,
	    .once_s = to_author ? 0 : DAY,
	};
	const bool ok = inner == NULL && letters_queue(store, settings, &letter, about, &inner);

	article_free(article);
	person_free(author);
	group_free(group);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return ok;
}

/* *open: the article's last delivery is done, some failed, and nobody has been told yet. */
static bool is_to_be_told(
    struct store *store, const struct delivery *delivery, bool *open, GError **error)
{
	g_autofree char *name =
	    g_strdup_printf(MEMO_UNDELIVERED "%" G_GINT64_FORMAT, delivery->article);
	g_autofree char *told = NULL;
	GError *inner = NULL;
	bool taken = false;

	if (!delivery_ended_badly(store, delivery->article, open, error))
		return false;
	if (!*open)
		return true;
	if (!is_taken(store, delivery, &taken, error))
		return false;
	told = memo_find(store, name, NULL, &inner);
	*open = taken && told == NULL;
	if (inner == NULL && *open)
		memo_set(store, name, delivery->answer, &inner);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

static bool conclude(struct store *store, const struct settings *settings,
    const struct delivery *delivery, GError **error)
{
	struct delivery_counts counts;
	bool open;

	if (!is_to_be_told(store, delivery, &open, error))
		return false;
	return !open || (delivery_count_article(store, delivery->article, &counts, error) &&
			    write_letter(store, settings, delivery, &counts, error));
}

/* -- writing -- */

static bool write_row(struct store *store, const struct delivery *delivery, GError **error)
{
	log_row(delivery);
	if (!delivery_update(store, delivery, error))
		return false;
	return delivery->kind != DELIVERY_DIGEST || delivery->state != DELIVERY_FAILED ||
	       delivery->doubtful || daily_put_back(store, delivery->id, error);
}

bool courier_result_write(
    struct store *store, const struct settings *settings, const GPtrArray *rows, GError **error)
{
	g_autoptr(GHashTable) ended = g_hash_table_new(g_int64_hash, g_int64_equal);
	GHashTableIter iter;
	void *row;

	for (guint i = 0; i < rows->len; i++) {
		struct delivery *delivery = rows->pdata[i];

		if (!write_row(store, delivery, error))
			return false;
		if (delivery->kind == DELIVERY_POST && delivery->state != DELIVERY_WAITING)
			g_hash_table_replace(ended, &delivery->article, delivery);
	}
	g_hash_table_iter_init(&iter, ended);
	while (g_hash_table_iter_next(&iter, NULL, &row))
		if (!conclude(store, settings, row, error))
			return false;
	return true;
}
