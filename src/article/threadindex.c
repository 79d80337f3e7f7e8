/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/threadindex.h"

#include <string.h>

#include "base/text.h"

#define PREFIX "ti:"

enum {
	ROOT_SIZE = 22,
	STEP_SIZE = 5,
	FIRST_OCTET = 1,
	NAME_OCTETS = 16, /* of a hash: the index itself grows with each reply */
	ENCODED_MAX = 8192,
};

/* The octets of base64 with blanks and folds in it; NULL if there is anything else. */
static guchar *decode(const char *value, size_t size, gsize *n)
{
	g_autoptr(GString) text = g_string_sized_new(size);

	for (size_t i = 0; i < size; i++) {
		const char c = value[i];

		if (g_ascii_isspace(c))
			continue;
		if (!g_ascii_isalnum(c) && strchr("+/=", c) == NULL)
			return NULL;
		g_string_append_c(text, c);
	}
	return text->len % 4 == 0 ? g_base64_decode(text->str, n) : NULL;
}

static char *name_of(const guchar *octets, size_t size)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	guint8 digest[32];
	gsize length = sizeof(digest);
	g_autofree char *letters = NULL;

	g_checksum_update(sum, octets, (gssize)size);
	g_checksum_get_digest(sum, digest, &length);
	letters = text_base32(digest, NAME_OCTETS);
	return g_strconcat(PREFIX, letters, NULL);
}

GPtrArray *threadindex_names(const char *value, size_t size)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree guchar *octets = NULL;
	gsize n = 0;

	if (size <= ENCODED_MAX)
		octets = decode(value, size, &n);
	if (octets == NULL || n < ROOT_SIZE || (n - ROOT_SIZE) % STEP_SIZE != 0 ||
	    octets[0] != FIRST_OCTET)
		return names;
	g_ptr_array_add(names, name_of(octets, n));
	while (n > ROOT_SIZE && names->len < THREADINDEX_DEPTH_MAX) {
		n -= STEP_SIZE;
		g_ptr_array_add(names, name_of(octets, n));
	}
	if (n > ROOT_SIZE)
		g_ptr_array_add(names, name_of(octets, ROOT_SIZE));
	return names;
}

bool threadindex_is_name(const char *name)
{
	return g_str_has_prefix(name, PREFIX);
}
