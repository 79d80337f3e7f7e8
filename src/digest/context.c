/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/context.h"

#include <stdbool.h>
#include <string.h>

#include "article/body.h"
#include "article/quote.h"
#include "article/sources.h"
#include "base/err.h"
#include "store/article.h"
#include "store/thread.h"
#include "store/wire.h"

#define KEPT_SIZE_MAX ((size_t)16 * 1024 * 1024) /* octets of texts */
#define AUTHORS_MAX 3000

struct digest_context {
	struct store *store;   /* borrowed */
	GHashTable *texts;     /* owned; article's id to its text (GRefString), both owned */
	size_t kept;	       /* octets of them */
	GHashTable *authors;   /* owned; address to ids (GArray of int64_t), both owned */
	GHashTable *set_aside; /* owned; ids, owned */
	GByteArray *wire;      /* owned; room for one article */
};

/* What is found for one article. */
struct finding {
	struct digest_context *context; /* borrowed */
	GPtrArray *sources;		/* owned; GRefString, owned */
	GPtrArray *letters;		/* likewise */
	GHashTable *seen;		/* owned; ids of the sources, owned */
};

static void release_text(gpointer text)
{
	if (text != NULL)
		g_ref_string_release(text);
}

static void unref_ids(gpointer ids)
{
	g_array_unref(ids);
}

static GHashTable *table_of_ids(GDestroyNotify free_value)
{
	return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_value);
}

static int64_t *copy_of(int64_t id)
{
	return g_memdup2(&id, sizeof(id));
}

struct digest_context *digest_context_new(struct store *store)
{
	struct digest_context *context = g_new0(struct digest_context, 1);

	context->store = store;
	context->texts = table_of_ids(release_text);
	context->authors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_ids);
	context->set_aside = table_of_ids(NULL);
	context->wire = g_byte_array_new();
	return context;
}

void digest_context_free(struct digest_context *context)
{
	if (context == NULL)
		return;
	g_hash_table_unref(context->texts);
	g_hash_table_unref(context->authors);
	g_hash_table_unref(context->set_aside);
	g_byte_array_unref(context->wire);
	g_free(context);
}

static void forget_texts(struct digest_context *context)
{
	g_hash_table_remove_all(context->texts);
	context->kept = 0;
}

void digest_context_tidy(struct digest_context *context)
{
	if (context->kept > KEPT_SIZE_MAX / 2)
		forget_texts(context);
	if (g_hash_table_size(context->authors) > AUTHORS_MAX)
		g_hash_table_remove_all(context->authors);
}

void digest_context_set_aside(struct digest_context *context, int64_t article)
{
	g_hash_table_add(context->set_aside, copy_of(article));
}

/* -- texts -- */

static void keep(struct digest_context *context, int64_t article, char *text)
{
	const size_t size = g_ref_string_length(text);

	if (article == 0 || g_hash_table_contains(context->texts, &article))
		return;
	if (context->kept + size > KEPT_SIZE_MAX)
		forget_texts(context);
	context->kept += size;
	g_hash_table_insert(context->texts, copy_of(article), g_ref_string_acquire(text));
}

/* The text of an article, "" if it can't be read; NULL: ERR_TEMP.  g_ref_string_release. */
static char *text_of(struct digest_context *context, int64_t article, GError **error)
{
	char *text = g_hash_table_lookup(context->texts, &article);
	GError *inner = NULL;
	struct body body;

	if (text != NULL)
		return g_ref_string_acquire(text);
	if (g_hash_table_contains(context->set_aside, &article))
		return g_ref_string_new("");
	if (!wire_get(context->store, article, context->wire, &inner)) {
		if (err_code(inner) == ERR_TEMP) {
			g_propagate_error(error, inner);
			return NULL;
		}
		g_error_free(inner);
		text = g_ref_string_new("");
	} else {
		body_read(&body, (const char *)context->wire->data, context->wire->len, LANG_DE);
		text = g_ref_string_new(body.text);
		body_clear(&body);
	}
	keep(context, article, text);
	return text;
}

/* -- sources and letters -- */

static bool add_text(struct finding *finding, GPtrArray *texts, int64_t article, GError **error)
{
	char *text = text_of(finding->context, article, error);

	if (text != NULL)
		g_ptr_array_add(texts, text);
	return text != NULL;
}

static bool add_source(struct finding *finding, int64_t article, GError **error)
{
	if (finding->sources->len >= SOURCES_MAX ||
	    !g_hash_table_add(finding->seen, copy_of(article)))
		return true;
	return add_text(finding, finding->sources, article, error);
}

/* False: ERR_TEMP; that an ancestor is not there ends the line. */
static bool add_ancestors(struct finding *finding, int64_t parent, GError **error)
{
	for (unsigned n = 0; parent != 0 && n < SOURCES_MAX; n++) {
		struct thread_node node = {0};
		GError *inner = NULL;

		if (!add_source(finding, parent, error))
			return false;
		if (!thread_node(finding->context->store, parent, &node, &inner)) {
			if (err_code(inner) == ERR_TEMP) {
				g_propagate_error(error, inner);
				return false;
			}
			g_error_free(inner);
		}
		parent = node.wanted;
		thread_node_clear(&node);
	}
	return true;
}

/* Those of the thread that came before; the author's are letters, too. */
static bool add_earlier(struct finding *finding, const struct digest_place *place, GError **error)
{
	g_autoptr(GArray) earlier = NULL;
	const int64_t before = place->article != 0 ? place->article : INT64_MAX;

	if (place->root == 0)
		return true;
	earlier = article_earlier(
	    finding->context->store, place->root, before, DIGEST_EARLIER_MAX, error);
	if (earlier == NULL)
		return false;
	for (unsigned i = 0; i < earlier->len; i++) {
		const struct article_brief *brief =
		    &g_array_index(earlier, struct article_brief, i);

		if (!add_source(finding, brief->id, error))
			return false;
		if (strcmp(brief->author, place->author) == 0 &&
		    finding->letters->len < DIGEST_LETTERS_MAX &&
		    !add_text(finding, finding->letters, brief->id, error))
			return false;
	}
	return true;
}

/* The author's letters in other threads that came by before. */
static bool add_letters(struct finding *finding, const struct digest_place *place, GError **error)
{
	const GArray *ids = g_hash_table_lookup(finding->context->authors, place->author);

	for (unsigned i = 0; ids != NULL && i < ids->len; i++) {
		const int64_t id = g_array_index(ids, int64_t, i);

		if (id != place->article && !g_hash_table_contains(finding->seen, &id) &&
		    !add_text(finding, finding->letters, id, error))
			return false;
	}
	return true;
}

/* Remember that the article is of this author; the oldest of too many goes. */
static void note_author(struct digest_context *context, const struct digest_place *place)
{
	GArray *ids = g_hash_table_lookup(context->authors, place->author);

	if (place->article == 0 || *place->author == '\0')
		return;
	if (ids == NULL) {
		ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
		g_hash_table_insert(context->authors, g_strdup(place->author), ids);
	}
	for (unsigned i = 0; i < ids->len; i++)
		if (g_array_index(ids, int64_t, i) == place->article)
			return;
	if (ids->len >= DIGEST_LETTERS_MAX)
		g_array_remove_index(ids, 0);
	g_array_append_val(ids, place->article);
}

static GArray *read_with(
    const struct finding *finding, const char *text, const struct digest_place *place)
{
	g_autoptr(GPtrArray) tails = NULL;
	struct quote_known known = {.author = place->name};

	g_ptr_array_add(finding->letters, g_ref_string_new(text));
	tails = quote_learn((const char *const *)finding->letters->pdata, finding->letters->len);
	g_ptr_array_add(tails, NULL);
	g_ptr_array_add(finding->sources, NULL);
	known.tails = (const char *const *)tails->pdata;
	known.sources = (const char *const *)finding->sources->pdata;
	return quote_read(text, &known);
}

GArray *digest_context_read(struct digest_context *context, const struct digest_place *place,
    const char *text, GError **error)
{
	struct finding finding = {
	    .context = context,
	    .sources = g_ptr_array_new_with_free_func(release_text),
	    .letters = g_ptr_array_new_with_free_func(release_text),
	    .seen = table_of_ids(NULL),
	};
	g_autoptr(GRefString) own = g_ref_string_new(text);
	GArray *pieces = NULL;

	keep(context, place->article, own);
	if (add_ancestors(&finding, place->parent, error) && add_earlier(&finding, place, error) &&
	    add_letters(&finding, place, error))
		pieces = read_with(&finding, text, place);
	note_author(context, place);
	g_ptr_array_unref(finding.sources);
	g_ptr_array_unref(finding.letters);
	g_hash_table_unref(finding.seen);
	return pieces;
}
