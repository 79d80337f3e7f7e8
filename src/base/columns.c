/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/columns.h"

#include <stdbool.h>
#include <string.h>

size_t columns_of_char(gunichar c)
{
	if (g_unichar_iszerowidth(c))
		return 0;
	return g_unichar_iswide(c) ? 2 : 1;
}

size_t columns_of(const char *text)
{
	size_t columns = 0;

	for (; *text != '\0'; text += g_utf8_skip[(unsigned char)*text])
		columns += columns_of_char(g_utf8_get_char(text));
	return columns;
}

/* Embeddings, overrides and isolates of the bidirectional algorithm (Unicode, UAX #9). */
static bool turns_direction(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_blank(gunichar c)
{
	return c == ' ' || c == 0xa0 || c == 0x2028 || c == 0x2029 || g_unichar_iscntrl(c);
}

char *columns_line(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *line = g_string_sized_new(strlen(valid));
	bool gap = false;

	for (const char *at = valid; *at != '\0'; at += g_utf8_skip[(unsigned char)*at]) {
		const gunichar c = g_utf8_get_char(at);

		if (turns_direction(c))
			continue;
		if (is_blank(c)) {
			gap = line->len > 0;
			continue;
		}
		if (gap)
			g_string_append_c(line, ' ');
		gap = false;
		g_string_append_unichar(line, c);
	}
	return g_string_free(line, FALSE);
}

/* The octets of the line that fit into so many columns and characters. */
static size_t fitting(const char *line, size_t columns, size_t characters)
{
	const char *at = line;

	for (; *at != '\0' && characters > 0; at += g_utf8_skip[(unsigned char)*at], characters--) {
		const size_t own = columns_of_char(g_utf8_get_char(at));

		if (own > columns)
			break;
		columns -= own;
	}
	return (size_t)(at - line);
}

char *columns_cut(const char *line, size_t columns)
{
	size_t size = fitting(line, columns, 2 * columns);
	GString *cut;

	if (line[size] == '\0')
		return g_strdup(line);
	size = fitting(line, columns - 1, 2 * columns - 1);
	cut = g_string_new_len(line, (gssize)size);
	if (line[size] != ' ') {
		const char *blank = strrchr(cut->str, ' ');

		if (blank != NULL && (size_t)(blank - cut->str) >= size / 2)
			g_string_truncate(cut, (gsize)(blank - cut->str));
	}
	while (cut->len > 0 && strchr(" ,;:-", cut->str[cut->len - 1]) != NULL)
		g_string_truncate(cut, cut->len - 1);
	g_string_append(cut, "…");
	return g_string_free(cut, FALSE);
}
