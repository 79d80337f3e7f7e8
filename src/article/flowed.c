/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/flowed.h"

#include <stddef.h>
#include <string.h>

#include <glib.h>

/* A line of format=flowed (RFC 3676 section 4). */
struct flowed_line {
	const char *text; /* behind quotation marks and space-stuffing */
	size_t size;
	unsigned depth;
	bool is_soft; /* goes on in the next line */
	bool is_signature;
	const char *next;
};

static struct flowed_line flowed_line(const char *p)
{
	struct flowed_line line = {0};

	while (*p == '>') {
		line.depth++;
		p++;
	}
	p += *p == ' ';
	line.text = p;
	line.size = strcspn(p, "\n");
	line.next = p + line.size + (p[line.size] == '\n');
	line.is_signature = line.size == 3 && memcmp(p, "-- ", 3) == 0;
	line.is_soft = line.size > 0 && p[line.size - 1] == ' ' && !line.is_signature;
	return line;
}

/* Quotation marks; what only looks like one keeps its blank. */
static void append_depth(GString *out, const struct flowed_line *line)
{
	for (unsigned i = 0; i < line->depth; i++)
		g_string_append_c(out, '>');
	if (line->depth > 0 || *line->text == '>')
		g_string_append_c(out, ' ');
}

static void end_paragraph(GString *out)
{
	while (out->len > 0 && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	g_string_append_c(out, '\n');
}

char *flowed_join(const char *text, bool delete_space)
{
	GString *out = g_string_sized_new(strlen(text) + 1);
	struct flowed_line before = {0};

	for (const char *p = text; *p != '\0'; p = before.next) {
		struct flowed_line line = flowed_line(p);

		if (!before.is_soft || line.depth != before.depth || line.is_signature) {
			if (before.is_soft)
				end_paragraph(out);
			append_depth(out, &line);
		}
		g_string_append_len(out, line.text, (gssize)line.size);
		if (line.is_soft && delete_space)
			g_string_truncate(out, out->len - 1);
		if (!line.is_soft)
			g_string_append_c(out, '\n');
		before = line;
	}
	return g_string_free(out, FALSE);
}
