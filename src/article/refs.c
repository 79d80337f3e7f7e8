/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/refs.h"

#include <stdbool.h>
#include <string.h>

#include "article/encoded.h"
#include "article/msgid.h"

struct span {
	const char *id; /* borrowed */
	size_t size;
};

/* The octet behind the comment or quoted string that begins at p; NULL if it has no end. */
static const char *behind(const char *p, const char *end)
{
	bool comment = *p == '(';
	unsigned depth = comment;

	for (p++; p < end; p++) {
		if (*p == '\\')
			p++;
		else if (comment && *p == '(')
			depth++;
		else if (comment ? *p == ')' && --depth == 0 : *p == '"')
			return p + 1;
	}
	return NULL;
}

/* Where the id that ends at close begins: a `<` behind a blank cuts off what stood before it. */
static const char *begin_of(const char *open, const char *close)
{
	for (const char *p = close - 1; p > open; p--)
		if (*p == '<' && g_ascii_isspace(p[-1]))
			return p;
	return open;
}

/* Everything from `<` to `>` outside comments and quoted strings: array of struct span. */
static GArray *find_spans(const char *value, size_t size)
{
	GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct span));
	const char *end = value + size;
	bool open_comment = false; /* one without an end is no comment, nor is any behind it */
	bool open_quote = false;

	for (const char *p = value; p < end; p++) {
		bool *open = *p == '(' ? &open_comment : &open_quote;

		if (*p == '<') {
			const char *close = memchr(p, '>', (size_t)(end - p));
			struct span span = {p, 0};

			if (close == NULL)
				break;
			span.id = begin_of(p, close);
			span.size = (size_t)(close - span.id) + 1;
			g_array_append_val(spans, span);
			p = close;
		} else if ((*p == '(' || *p == '"') && !*open) {
			const char *next = behind(p, end);

			*open = next == NULL;
			if (next != NULL)
				p = next - 1;
		}
	}
	return spans;
}

static bool parts_words(char c)
{
	return g_ascii_isspace(c) || c == ',' || c == ';';
}

/* All words, if each is an id without brackets: array of struct span. */
static GArray *find_bare(const char *value, size_t size)
{
	GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct span));
	const char *end = value + size;

	for (const char *p = value; p < end;) {
		struct span span = {p, 0};

		while (p < end && !parts_words(*p))
			p++;
		span.size = (size_t)(p - span.id);
		if (span.size > 0 && !msgid_is_bare(span.id, span.size)) {
			g_array_set_size(spans, 0);
			break;
		}
		if (span.size > 0)
			g_array_append_val(spans, span);
		p++;
	}
	return spans;
}

static bool holds(const GPtrArray *ids, const char *id)
{
	for (unsigned i = 0; i < ids->len; i++)
		if (strcmp(ids->pdata[i], id) == 0)
			return true;
	return false;
}

/* The last ids first, none twice. */
static GPtrArray *parse_backwards(const char *value, size_t size)
{
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) spans = NULL;
	g_autofree char *text = NULL;

	if (size > 0 && memmem(value, size, "=?", 2) != NULL) {
		text = encoded_decode(value, size);
		value = text;
		size = strlen(text);
	}
	spans = memchr(value, '<', size) != NULL ? find_spans(value, size) : find_bare(value, size);
	for (unsigned i = spans->len; i > 0 && ids->len < REFS_MAX; i--) {
		const struct span *span = &g_array_index(spans, struct span, i - 1);
		g_autofree char *id = msgid_extract(span->id, span->size);

		if (id != NULL && !holds(ids, id))
			g_ptr_array_add(ids, g_steal_pointer(&id));
	}
	return ids;
}

static void reverse(GPtrArray *ids)
{
	for (unsigned i = 0, k = ids->len; i + 1 < k; i++) {
		gpointer id = ids->pdata[i];

		ids->pdata[i] = ids->pdata[--k];
		ids->pdata[k] = id;
	}
}

GPtrArray *refs_parse(const char *value, size_t size)
{
	GPtrArray *ids = parse_backwards(value, size);

	reverse(ids);
	return ids;
}

/* The ids of the first field of that name that names any, nearest first; never NULL. */
static GPtrArray *ids_of(const struct header *header, const char *name)
{
	const struct field *field = header_find(header, name);
	GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);

	for (; field != NULL && ids->len == 0; field = header_find_next(header, field)) {
		g_ptr_array_unref(ids);
		ids = parse_backwards(field->value, field->value_size);
	}
	return ids;
}

GPtrArray *refs_candidates(const struct header *header, const char *self)
{
	GPtrArray *ids = ids_of(header, "References");
	g_autoptr(GPtrArray) more = ids_of(header, "In-Reply-To");

	for (unsigned i = more->len; i > 0 && ids->len < REFS_MAX; i--)
		if (!holds(ids, more->pdata[i - 1]))
			g_ptr_array_add(ids, g_strdup(more->pdata[i - 1]));
	for (unsigned i = ids->len; i > 0; i--)
		if (self != NULL && strcmp(ids->pdata[i - 1], self) == 0)
			g_ptr_array_remove_index(ids, i - 1);
	return ids;
}
