/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/quote.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <glib.h>

#define INTRODUCTION_LINES_MAX 3

enum kind {
	KIND_NEW,
	KIND_EMPTY,
	KIND_QUOTE,
	KIND_LEFT_OUT,
};

struct line {
	const char *text; /* borrowed */
	size_t size;	  /* without the LF */
	enum kind kind;
};

/* -- lines -- */

/* Where the text of a line begins: behind blanks and, of a quotation, its marks. */
static const char *begin_of(const struct line *line)
{
	const char *end = line->text + line->size;
	const char *p = line->text;

	while (p < end) {
		bool is_mark = *p == '>' && line->kind == KIND_QUOTE;

		if (!is_mark && !g_unichar_isspace(g_utf8_get_char(p)))
			break;
		p += g_utf8_skip[(unsigned char)*p];
	}
	return p;
}

static bool is_empty(const struct line *line)
{
	return begin_of(line) == line->text + line->size;
}

static GArray *split(const char *text)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct line));

	while (*text != '\0') {
		struct line line = {text, strcspn(text, "\n"), KIND_NEW};

		if (*text == '>')
			line.kind = KIND_QUOTE;
		else if (is_empty(&line))
			line.kind = KIND_EMPTY;
		g_array_append_val(lines, line);
		text += line.size + (text[line.size] == '\n');
	}
	return lines;
}

static struct line *line_at(GArray *lines, unsigned i)
{
	return &g_array_index(lines, struct line, i);
}

/* -- what introduces a quotation -- */

/* `Am 23.11.2026 um 09:12 …` */
static bool begins_introduction(const char *text)
{
	return (g_str_has_prefix(text, "Am ") || g_str_has_prefix(text, "On ")) &&
	       strpbrk(text, "0123456789") != NULL;
}

/* `… schrieb Otto Beispiel:` */
static bool ends_introduction(const char *text)
{
	static const char *const verbs[] = {"schrieb", "geschrieben", "wrote", "writes"};

	for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
		if (g_str_has_suffix(text, ":") && strstr(text, verbs[i]) != NULL)
			return true;
	return false;
}

/* Lines joined to one, without blanks at both ends. */
static char *joined(GArray *lines, unsigned first, unsigned end)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = first; i < end; i++) {
		const struct line *line = line_at(lines, i);
		const char *begin = begin_of(line);

		g_string_append_len(out, begin, line->text + line->size - begin);
		g_string_append_c(out, ' ');
	}
	return g_strchomp(g_string_free(out, FALSE));
}

/* True if the sentence goes on in the next line. */
static bool goes_on(const struct line *line)
{
	return line->size > 0 && strchr(".!?", line->text[line->size - 1]) == NULL;
}

/* Where the introduction begins that ends before line `end`; `end` if there is none. */
static unsigned introduction(GArray *lines, unsigned end)
{
	unsigned found = end;

	for (unsigned n = 1; n <= INTRODUCTION_LINES_MAX && n <= end; n++) {
		const struct line *line = line_at(lines, end - n);
		g_autofree char *text = NULL;

		if (line->kind != KIND_NEW || (n > 1 && !goes_on(line)))
			break;
		text = joined(lines, end - n, end);
		if (!ends_introduction(text))
			continue;
		if (begins_introduction(text))
			return end - n;
		if (found == end)
			found = end - n;
	}
	return found;
}

/* -- what is left out -- */

/* A signature goes from `-- ` to the end, or to a quotation below it. */
static void leave_signatures_out(GArray *lines)
{
	bool in_signature = false;

	for (unsigned i = 0; i < lines->len; i++) {
		struct line *line = line_at(lines, i);

		if (line->kind == KIND_QUOTE)
			in_signature = false;
		else if (line->size == 3 && memcmp(line->text, "-- ", 3) == 0)
			in_signature = true;
		if (in_signature)
			line->kind = KIND_LEFT_OUT;
	}
}

/* Quotations behind which nothing new comes, with what introduces them. */
static void leave_tail_out(GArray *lines)
{
	bool quoted = false;
	unsigned end = lines->len;

	while (end > 0) {
		struct line *line = line_at(lines, end - 1);
		unsigned begin = end - 1;

		if (line->kind == KIND_NEW) {
			begin = quoted ? introduction(lines, end) : end;
			if (begin == end)
				return;
			quoted = false;
		}
		quoted |= line->kind == KIND_QUOTE;
		for (; end > begin; end--)
			line_at(lines, end - 1)->kind = KIND_LEFT_OUT;
	}
}

/* -- what remains -- */

static bool says_something(const struct line *line)
{
	const char *end = line->text + line->size;
	const char *begin = begin_of(line);
	g_autofree char *text = g_strndup(begin, (gsize)(end - begin));

	for (const char *p = begin; p < end; p += g_utf8_skip[(unsigned char)*p])
		if (g_unichar_isalnum(g_utf8_get_char(p)))
			return !ends_introduction(g_strchomp(text));
	return false;
}

/* What stands before the text of a line that remains: of several empty lines one, never the first. */
static void append_gap(GString *out, bool *gap)
{
	if (*gap && out->len > 0)
		g_string_append_c(out, '\n');
	*gap = false;
}

static void append_line(GString *out, const struct line *line)
{
	g_string_append_len(out, line->text, (gssize)line->size);
	g_string_append_c(out, '\n');
}

/* The lines that remain; with fold a quotation shows one line only. */
static char *written(GArray *lines, bool fold)
{
	GString *out = g_string_new(NULL);
	bool shown = false; /* of this quotation */
	bool gap = false;

	for (unsigned i = 0; i < lines->len; i++) {
		struct line *line = line_at(lines, i);

		if (line->kind == KIND_EMPTY || line->kind == KIND_LEFT_OUT) {
			gap = true;
		} else if (line->kind == KIND_NEW || !fold) {
			append_gap(out, &gap);
			append_line(out, line);
			shown = false;
		} else if (!shown && says_something(line)) {
			const char *begin = begin_of(line);

			append_gap(out, &gap);
			g_string_append(out, "> ");
			line->size -= (size_t)(begin - line->text);
			line->text = begin;
			append_line(out, line);
			shown = true;
		}
	}
	return g_string_free(out, FALSE);
}

static bool has_new(GArray *lines)
{
	for (unsigned i = 0; i < lines->len; i++)
		if (line_at(lines, i)->kind == KIND_NEW)
			return true;
	return false;
}

char *quote_fold(const char *text)
{
	g_autoptr(GArray) lines = split(text);

	leave_signatures_out(lines);
	leave_tail_out(lines);
	if (has_new(lines))
		return written(lines, true);
	g_array_unref(lines);
	lines = split(text);
	return written(lines, false);
}
