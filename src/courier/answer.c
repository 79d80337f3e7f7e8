/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/answer.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

#define TEXT_MAX ((size_t)500)

/* Clean what stands in text. */
static void clean(GString *text)
{
	g_autofree char *whole = text_clean(text->str);
	size_t size = strlen(whole);

	if (size > TEXT_MAX) {
		size = TEXT_MAX;
		while ((whole[size] & 0xc0) == 0x80) /* not within a character */
			size--;
	}
	while (size > 0 && whole[size - 1] == ' ')
		size--;
	g_string_truncate(text, 0);
	g_string_append_len(text, whole, (gssize)size);
}

void courier_answer_say(GString *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_string_vprintf(text, format, args);
	va_end(args);
	clean(text);
}

/* The octets of "5.1.1 " at the beginning; 0: there is no such. */
static size_t status_size(const char *line)
{
	const size_t size = strspn(line, "0123456789.");

	return size >= strlen("5.1.1") && line[size] == ' ' ? size + 1 : 0;
}

void courier_answer_quote(GString *text, int code, const char *lines)
{
	const size_t status = status_size(lines);
	const char *line = lines;

	g_string_printf(text, "%d", code);
	while (*line != '\0' && text->len <= 2 * TEXT_MAX) {
		const size_t size = strcspn(line, "\n");
		const bool again = line != lines && strncmp(line, lines, status) == 0;
		const size_t skip = again ? status : 0;

		g_string_append_c(text, ' ');
		g_string_append_len(text, line + skip, (gssize)(size - skip));
		line += size + (line[size] == '\n');
	}
	clean(text);
}
