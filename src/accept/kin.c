/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/kin.h"

#include <string.h>

#include "accept/resolve.h"
#include "accept/thread.h"
#include "article/address.h"
#include "article/subject.h"
#include "base/siphash.h"
#include "store/thread.h"

#define PERSONS_MAX 32
#define NEAR_S (14 * 86400)

static bool holds(const GPtrArray *persons, const char *address)
{
	for (guint i = 0; i < persons->len; i++)
		if (g_str_equal(persons->pdata[i], address))
			return true;
	return false;
}

static bool add_persons(struct kin *kin, struct store *store, const struct settings *settings,
    const struct field *field, GError **error)
{
	g_autoptr(GPtrArray) mailboxes = address_parse(field->value, field->value_size);

	for (guint i = 0; i < mailboxes->len && kin->persons->len < PERSONS_MAX; i++) {
		const struct mailbox *mailbox = mailboxes->pdata[i];
		bool ours;

		if (holds(kin->persons, mailbox->address))
			continue;
		if (!resolve_is_ours(store, settings, mailbox->address, &ours, error))
			return false;
		if (!ours)
			g_ptr_array_add(kin->persons, g_strdup(mailbox->address));
	}
	return true;
}

bool kin_read(struct kin *kin, struct store *store, const struct settings *settings,
    const struct header *header, const char *subject, GError **error)
{
	static const char *const names[] = {"From", "To", "Cc"};

	kin->base = subject_base(subject);
	kin->persons = g_ptr_array_new_with_free_func(g_free);
	for (size_t i = 0; kin->base[0] && i < G_N_ELEMENTS(names); i++) {
		const struct field *field = header_find(header, names[i]);

		for (; field; field = header_find_next(header, field))
			if (!add_persons(kin, store, settings, field, error))
				return false;
	}
	return true;
}

void kin_clear(struct kin *kin)
{
	g_clear_pointer(&kin->base, g_free);
	g_clear_pointer(&kin->persons, g_ptr_array_unref);
}

/* What two articles have in common that are kin. */
static int64_t hash_of(
    const struct store *store, int64_t group, const char *base, const char *person)
{
	g_autofree char *text =
	    g_strdup_printf("%" G_GINT64_FORMAT "\n%s\n%s", group, base, person);

	return (int64_t)siphash(store_key(store), text, strlen(text));
}

/* False for one that has a nearer parent, or is told by the operator. */
static bool is_open(int64_t place)
{
	return place == PLACE_NONE || place == PLACE_SUBJECT;
}

/* Is the article `candidate` a later one than the present parent? */
static bool is_later(struct store *store, int64_t candidate, int64_t present, GError **error)
{
	struct thread_node nodes[2] = {{0}};
	bool later;

	if (present == 0)
		return true;
	later = candidate != present && thread_node(store, candidate, &nodes[0], error) &&
		thread_node(store, present, &nodes[1], error) &&
		thread_is_earlier(&nodes[1], &nodes[0]);
	thread_node_clear(&nodes[0]);
	thread_node_clear(&nodes[1]);
	return later;
}

/* `parent` becomes the parent of `child` if it is the latest of those that may be. */
static bool offer(
    struct store *store, struct article *child, int64_t parent, bool *taken, GError **error)
{
	GError *inner = NULL;

	*taken = is_open(child->place) && subject_is_reply(child->subject) &&
		 is_later(store, parent, child->wanted, &inner) &&
		 thread_adopt(store, child->id, parent, PLACE_SUBJECT, &inner);
	if (inner) {
		g_propagate_error(error, inner);
		return false;
	}
	if (*taken) {
		child->wanted = parent;
		child->place = PLACE_SUBJECT;
		child->root = 0;
	}
	return true;
}

/* The next later one, if it is a reply, may answer this one: all behind it answer it, or a later one. */
static bool offer_to_next(struct store *store, const struct article *article, int64_t next,
    GArray *adopters, GError **error)
{
	struct article *child = article_find_by_id(store, next, error);
	bool taken = false;
	bool ok = child && offer(store, child, article->id, &taken, error);

	if (taken)
		g_array_append_val(adopters, next);
	article_free(child);
	return ok;
}

bool kin_meet(struct store *store, struct article *article, const struct kin *kin, int64_t group,
    GArray *adopters, GError **error)
{
	const struct thread_node own = {.date = article->date, .msgid = article->msgid};

	for (guint i = 0; i < kin->persons->len; i++) {
		const int64_t hash = hash_of(store, group, kin->base, kin->persons->pdata[i]);
		int64_t before = 0;
		int64_t after;
		bool taken;

		if (is_open(article->place) && subject_is_reply(article->subject))
			before = thread_kin_before(store, hash, &own, own.date - NEAR_S, error);
		after = thread_kin_after(store, hash, &own, own.date + NEAR_S, error);
		if (before < 0 || after < 0 ||
		    !thread_kin_add(store, hash, article->date, article->id, error) ||
		    (before > 0 && !offer(store, article, before, &taken, error)) ||
		    (after > 0 && !offer_to_next(store, article, after, adopters, error)))
			return false;
	}
	return true;
}
