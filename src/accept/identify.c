/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/identify.h"

#include <string.h>

#include "accept/prepare.h"
#include "accept/thread.h"
#include "article/msgid.h"
#include "article/threadindex.h"
#include "base/siphash.h"

static char *text_of(const struct header *header, const char *name)
{
	const struct field *field = header_find(header, name);

	return field ? field_unfolded(field) : g_strdup("");
}

static uint64_t hash_of_content(struct store *store, const struct submission *submission,
    const struct header *header, const char *author)
{
	const uint64_t body = submission->prepared ? submission->prepared->body_hash
						   : prepare_body_hash(store, header);
	g_autofree char *date = text_of(header, "Date");
	g_autofree char *meta =
	    g_strdup_printf("%s\n%s\n%016" G_GINT64_MODIFIER "x", author ? author : "", date, body);

	return siphash(store_key(store), meta, strlen(meta));
}

/*
 * An id of ours: from envelope sender, subject, content and the id that it brought, so that a repeat
 * gets it again, and no other message.
 */
static char *own_id(struct store *store, const struct settings *settings,
    const struct submission *submission, const struct header *header,
    const struct identity *identity)
{
	g_autofree char *subject = text_of(header, "Subject");
	g_autofree char *first =
	    g_strdup_printf("%s\n%s\n%s\n%016" G_GINT64_MODIFIER "x", submission->sender, subject,
		identity->brought ? identity->brought : "", (uint64_t)identity->content);
	g_autofree char *second = g_strconcat(first, "\n", NULL);
	uint64_t digest[2] = {siphash(store_key(store), first, strlen(first)),
	    siphash(store_key(store), second, strlen(second))};

	return msgid_make(settings->domain, digest, sizeof(digest));
}

/* True if the message may keep the id that it brings. */
static bool may_keep(
    const struct settings *settings, const struct submission *submission, const char *brought)
{
	if (!brought || !msgid_is_valid(brought, strlen(brought)))
		return false;
	/* Ids in our own domain come from our own doors alone. */
	return submission->via != VIA_MAIL || !msgid_is_of_domain(brought, settings->domain);
}

/* In which gateways that give a mail another id keep the first one. */
static const char *const taken_ids[] = {
    "X-Original-Message-ID", "X-Microsoft-Original-Message-ID", "X-Google-Original-Message-ID"};

static void add_taken_ids(const struct header *header, struct identity *identity)
{
	for (size_t i = 0; i < G_N_ELEMENTS(taken_ids); i++) {
		const struct field *field = header_find(header, taken_ids[i]);
		g_autofree char *id = field ? msgid_extract(field->value, field->value_size) : NULL;

		if (id)
			g_ptr_array_add(identity->names, thread_claimed_name(id));
	}
}

static void name_all(const struct header *header, struct identity *identity)
{
	const struct field *index = header_find(header, "Thread-Index");

	identity->names = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(identity->names, g_strdup(identity->msgid));
	if (identity->brought)
		g_ptr_array_add(identity->names, g_strdup(identity->brought));
	add_taken_ids(header, identity);
	if (index) {
		g_autoptr(GPtrArray) names = threadindex_names(index->value, index->value_size);

		if (names->len > 0)
			g_ptr_array_add(identity->names, g_strdup(names->pdata[0]));
	}
	g_ptr_array_add(identity->names, NULL);
}

bool identify_message(struct store *store, const struct settings *settings,
    const struct submission *submission, const struct header *header, const char *author,
    struct identity *identity, GError **error)
{
	const struct field *field = header_find(header, "Message-ID");
	g_autofree char *brought = field ? msgid_extract(field->value, field->value_size) : NULL;
	GError *inner = NULL;
	struct article *known = NULL;

	identity->content = (int64_t)hash_of_content(store, submission, header, author);
	if (brought) {
		known = article_find(store, brought, &inner);
		if (known && known->content == identity->content) {
			identity->msgid = g_strdup(known->msgid);
			identity->known = known;
			return true;
		}
	}
	if (!inner && !known && may_keep(settings, submission, brought)) {
		identity->msgid = g_steal_pointer(&brought);
		name_all(header, identity);
		return true;
	}
	article_free(known);
	if (!inner) {
		identity->brought = g_steal_pointer(&brought);
		identity->msgid = own_id(store, settings, submission, header, identity);
		identity->known = article_find(store, identity->msgid, &inner);
	}
	if (inner) {
		g_propagate_error(error, inner);
		return false;
	}
	if (!identity->known)
		name_all(header, identity);
	return true;
}

void identity_clear(struct identity *identity)
{
	g_clear_pointer(&identity->msgid, g_free);
	g_clear_pointer(&identity->brought, g_free);
	g_clear_pointer(&identity->known, article_free);
	g_clear_pointer(&identity->names, g_ptr_array_unref);
}
