/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/overview.h"

#include <stdbool.h>
#include <string.h>

/* The columns that are header fields. */
static const struct {
	const char *name;
	size_t size;
	enum overview_column column;
} fields[] = {
    /* clang-format off */
	{"subject",    7,  OVERVIEW_SUBJECT},
	{"from",       4,  OVERVIEW_FROM},
	{"date",       4,  OVERVIEW_DATE},
	{"message-id", 10, OVERVIEW_MSGID},
	{"references", 10, OVERVIEW_REFERENCES},
	{"xref",       4,  OVERVIEW_XREF},
    /* clang-format on */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A value with its folds joined, each control one blank (RFC 3977 section 8.3.2). */
static void append_value(GString *out, const struct field *field)
{
	const char *end = field->value + field->value_size;
	const char *from = field->value;

	while (end > from && (is_blank(end[-1]) || end[-1] == '\r' || end[-1] == '\n'))
		end--;
	for (const char *p = from; p < end; p++) {
		size_t fold = 0;

		if ((unsigned char)*p >= ' ' && *p != 0x7f)
			continue;
		g_string_append_len(out, from, p - from);
		if (*p == '\n')
			fold = 1;
		else if (*p == '\r' && end - p > 1 && p[1] == '\n')
			fold = 2;
		if (fold == 0 || !is_blank(p[fold]))
			g_string_append_c(out, ' ');
		from = p + MAX(fold, 1);
		p = from - 1;
	}
	g_string_append_len(out, from, end - from);
}

static void find_columns(const struct header *head, const struct field *found[OVERVIEW_COLUMNS])
{
	const struct field *all = (const void *)head->fields->data;

	for (size_t i = 0; i < head->fields->len; i++)
		for (size_t k = 0; k < G_N_ELEMENTS(fields); k++)
			if (all[i].name_size == fields[k].size && found[fields[k].column] == NULL &&
			    g_ascii_strncasecmp(all[i].name, fields[k].name, fields[k].size) == 0)
				found[fields[k].column] = &all[i];
}

void overview_append(GString *out, const struct header *head, size_t bytes, size_t lines)
{
	const struct field *found[OVERVIEW_COLUMNS] = {NULL};

	find_columns(head, found);
	for (size_t column = 0; column < OVERVIEW_COLUMNS; column++) {
		g_string_append_c(out, '\t');
		if (column == OVERVIEW_BYTES)
			g_string_append_printf(out, "%zu", bytes);
		if (column == OVERVIEW_LINES)
			g_string_append_printf(out, "%zu", lines);
		if (found[column] == NULL)
			continue;
		if (column == OVERVIEW_XREF)
			g_string_append(out, "Xref: ");
		append_value(out, found[column]);
	}
	g_string_append_len(out, "\r\n", 2);
}

const char *overview_column(
    const char *line, size_t line_size, enum overview_column column, size_t *size)
{
	const char *end = line + line_size;
	const char *at = memchr(line, '\t', line_size);
	const char *tab;

	*size = 0;
	for (unsigned i = 0; at != NULL && i < (unsigned)column; i++)
		at = memchr(at + 1, '\t', (size_t)(end - at - 1));
	if (at == NULL)
		return "";
	at++;
	if (column == OVERVIEW_XREF && end - at > 6 && g_ascii_strncasecmp(at, "Xref: ", 6) == 0)
		at += 6;
	tab = memchr(at, '\t', (size_t)(end - at));
	if (tab != NULL)
		end = tab;
	while (end > at && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	*size = (size_t)(end - at);
	return at;
}
