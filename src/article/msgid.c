/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/msgid.h"

#include <string.h>

#include <glib.h>

#include "article/encoded.h"
#include "base/text.h"

#define EXTRACT_SIZE_MAX 998

bool msgid_is_valid(const char *id, size_t size)
{
	if (size < 3 || size > MSGID_SIZE_MAX || id[0] != '<' || id[size - 1] != '>')
		return false;
	for (size_t i = 1; i < size - 1; i++)
		if (id[i] <= ' ' || id[i] >= 0x7f || id[i] == '>')
			return false;
	return true;
}

/* The `<…>` that stands at value, less blanks and controls; NULL if nothing is in it. */
static char *copy(const char *value, size_t size)
{
	g_autoptr(GString) id = g_string_sized_new(size + 1);

	for (size_t i = 0; i < size; i++)
		if (value[i] != ' ' && !g_ascii_iscntrl(value[i]))
			g_string_append_c(id, value[i]);
	if (id->len < 3 || id->len > EXTRACT_SIZE_MAX)
		return NULL;
	if (!g_utf8_validate(id->str, (gssize)id->len, NULL))
		return encoded_decode(id->str, id->len);
	return g_strndup(id->str, id->len);
}

static char *extract(const char *value, size_t size)
{
	const char *end = value + size;
	const char *open = memchr(value, '<', size);

	while (open != NULL) {
		const char *close = memchr(open, '>', (size_t)(end - open));
		char *id;

		if (close == NULL)
			return NULL;
		id = copy(open, (size_t)(close - open) + 1);
		if (id != NULL || close - open > EXTRACT_SIZE_MAX)
			return id;
		open = memchr(close, '<', (size_t)(end - close));
	}
	return NULL;
}

char *msgid_extract(const char *value, size_t size)
{
	g_autofree char *text = NULL;

	if (size == 0)
		return NULL;
	if (memchr(value, '<', size) != NULL || memmem(value, size, "=?", 2) == NULL)
		return extract(value, size);
	text = encoded_decode(value, size);
	return extract(text, strlen(text));
}

char *msgid_make(const char *domain, const void *digest, size_t size)
{
	g_autofree char *local = text_base32(digest, size);

	return g_strconcat("<", local, "@", domain, ">", NULL);
}

bool msgid_is_of_domain(const char *id, const char *domain)
{
	size_t id_size = strlen(id);
	size_t size = strlen(domain);
	const char *at;

	if (id_size < size + 4 || id[id_size - 1] != '>')
		return false;
	at = id + id_size - size - 2;
	return *at == '@' && g_ascii_strncasecmp(at + 1, domain, size) == 0;
}
