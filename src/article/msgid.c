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

bool msgid_is_bare(const char *word, size_t size)
{
	const char *at = memchr(word, '@', size);

	for (size_t i = 0; i < size; i++)
		if (word[i] == '<' || word[i] == '>' || word[i] == ' ' || g_ascii_iscntrl(word[i]))
			return false;
	return at != NULL && at > word && at < word + size - 1;
}

/* The id of a value of one word without brackets. */
static char *extract_bare(const char *value, size_t size)
{
	g_autoptr(GString) id = NULL;

	while (size > 0 && g_ascii_isspace(value[0])) {
		value++;
		size--;
	}
	while (size > 0 && g_ascii_isspace(value[size - 1]))
		size--;
	if (!msgid_is_bare(value, size))
		return NULL;
	id = g_string_new("<");
	g_string_append_len(id, value, (gssize)size);
	g_string_append_c(id, '>');
	return copy(id->str, id->len);
}

char *msgid_extract(const char *value, size_t size)
{
	g_autofree char *text = NULL;

	if (size == 0)
		return NULL;
	if (memchr(value, '<', size) != NULL)
		return extract(value, size);
	if (memmem(value, size, "=?", 2) != NULL) {
		text = encoded_decode(value, size);
		value = text;
		size = strlen(text);
	}
	return memchr(value, '<', size) != NULL ? extract(value, size) : extract_bare(value, size);
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
