/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/dkim.h"

#include <string.h>

#define NAMES_MAX 5000 /* in all signatures; a usual one has 20 */

/* Text without blanks, tabs and folds; the caller frees. */
static char *without_space(const char *text, size_t size)
{
	GString *out = g_string_sized_new(size + 1);

	for (size_t i = 0; i < size; i++)
		if (!g_ascii_isspace(text[i]))
			g_string_append_c(out, text[i]);
	return g_string_free(out, FALSE);
}

/* The names of an h= value: parted by colons, with blanks and folds anywhere. */
static void add_names(GHashTable *names, const char *value, const char *end)
{
	while (value < end && g_hash_table_size(names) < NAMES_MAX) {
		const char *colon = memchr(value, ':', (size_t)(end - value));
		const char *behind = colon == NULL ? end : colon;
		g_autofree char *name = without_space(value, (size_t)(behind - value));

		if (*name != '\0')
			g_hash_table_add(names, g_ascii_strdown(name, -1));
		value = colon == NULL ? end : colon + 1;
	}
}

/* A tag-list (RFC 6376 section 3.2): `name = value` parted by semicolons. */
static void add_signature(GHashTable *names, const struct field *field)
{
	const char *at = field->value;
	const char *end = field->value + field->value_size;

	while (at < end) {
		const char *semicolon = memchr(at, ';', (size_t)(end - at));
		const char *behind = semicolon == NULL ? end : semicolon;
		const char *equals = memchr(at, '=', (size_t)(behind - at));

		if (equals != NULL) {
			g_autofree char *tag = without_space(at, (size_t)(equals - at));

			if (strcmp(tag, "h") == 0)
				add_names(names, equals + 1, behind);
		}
		at = semicolon == NULL ? end : semicolon + 1;
	}
}

GHashTable *dkim_signed_names(const struct header *header)
{
	GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const struct field *field = header_find(header, "DKIM-Signature");

	for (; field != NULL; field = header_find_next(header, field))
		add_signature(names, field);
	return names;
}

bool dkim_covers(GHashTable *names, const char *name, size_t size)
{
	g_autofree char *lower = NULL;

	if (g_hash_table_size(names) == 0)
		return false;
	lower = g_ascii_strdown(name, (gssize)size);
	return g_hash_table_contains(names, lower);
}
