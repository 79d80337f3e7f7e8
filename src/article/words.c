/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/words.h"

#include <stddef.h>
#include <string.h>

#include <glib.h>

#define ADDRESS_SIZE_MAX 1000

static bool begins(const char *at, const char *end, const char *with)
{
	const size_t size = strlen(with);

	return (size_t)(end - at) >= size && g_ascii_strncasecmp(at, with, size) == 0;
}

static const char *to_blank(const char *at, const char *end)
{
	while (at < end && !g_ascii_isspace(*at) && *at != '>')
		at++;
	return at;
}

/* Behind the URL or the address in brackets that begins here; `at` if none does. */
static const char *behind_address(const char *at, const char *end)
{
	const char *stop;

	if (begins(at, end, "http://") || begins(at, end, "https://") || begins(at, end, "mailto:"))
		return to_blank(at, end);
	if (*at != '<')
		return at;
	end = MIN(end, at + ADDRESS_SIZE_MAX);
	stop = to_blank(at, end);
	if (stop < end && *stop == '>' &&
	    (memchr(at, '@', (size_t)(stop - at)) != NULL ||
		memchr(at, ':', (size_t)(stop - at)) != NULL))
		return stop + 1;
	return at;
}

/* Letters that join the word but are no letters of it: soft hyphen, zero width. */
static bool is_nothing(gunichar c)
{
	return c == 0xad || (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff;
}

static uint64_t mixed(uint64_t hash, gunichar c)
{
	hash = (hash ^ g_unichar_tolower(c)) * 0x9e3779b97f4a7c15U;
	return hash ^ (hash >> 29);
}

/* To where a word begins, or the end. */
static const char *skip_between(const char *at, const char *end)
{
	while (at < end) {
		const char *behind = behind_address(at, end);

		if (behind > at)
			at = behind;
		else if (g_unichar_isalnum(g_utf8_get_char(at)))
			break;
		else
			at += g_utf8_skip[(unsigned char)*at];
	}
	return MIN(at, end);
}

bool words_next(const char **at, const char *end, uint64_t *hash)
{
	const char *p = skip_between(*at, end);
	gunichar held = 0; /* the last letter: a mark behind it may compose with it */

	*hash = 1;
	for (; p < end; p += g_utf8_skip[(unsigned char)*p]) {
		const gunichar c = g_utf8_get_char(p);
		gunichar composed;

		if (is_nothing(c))
			continue;
		if (held != 0 && g_unichar_ismark(c)) {
			if (g_unichar_compose(held, c, &composed))
				held = composed;
			continue;
		}
		if (!g_unichar_isalnum(c))
			break;
		if (held != 0)
			*hash = mixed(*hash, held);
		held = c;
	}
	*at = MIN(p, end);
	if (held == 0)
		return false;
	*hash = mixed(*hash, held);
	if (*hash == 0)
		*hash = 1;
	return true;
}
