/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/wrap.h"

#include <stdint.h>
#include <string.h>

#include "base/columns.h"

enum {
	TAB_COLUMNS = 8,
	WRAPPED_MAX =
	    100, /* columns at which a program wraps at most; what is longer is not wrapped */
};

/* The lines that are made, and the one that is being made. */
struct wrapping {
	GPtrArray *lines; /* owned */
	size_t columns;
	GString *line;	  /* owned */
	size_t used;	  /* columns of it */
	size_t front;	  /* octets of it that are indentation or marker only */
	const char *rest; /* borrowed: what the next lines begin with */
	bool joined;	  /* of this line */
	bool joins;	  /* of the next ones */
	bool item;	  /* the last line was part of a list item */
};

static void line_free(gpointer data)
{
	struct wrap_line *line = data;

	g_free(line->text);
	g_free(line);
}

/* -- what a line is -- */

/* Octets of blanks and tabs. */
static size_t blanks_at(const char *text)
{
	return strspn(text, " \t");
}

/* Octets of "1.", "2.3)", "(a)", "b)"; 0: nothing like it. */
static size_t numbering_at(const char *text)
{
	const size_t open = *text == '(';
	size_t size = open;

	if (g_ascii_isdigit(text[size]))
		size += strspn(text + size, "0123456789.");
	else if (g_ascii_isalpha(text[size]))
		size++;
	if (size == open || size > 10)
		return 0;
	if (text[size] == ')')
		return size + 1;
	return !open && text[size - 1] == '.' ? size : 0;
}

/* Octets of a list marker with the blanks behind it; 0: none. */
static size_t marker_at(const char *text)
{
	static const char *const bullets[] = {"-", "*", "+", "•", "◦", "▪", "·", "–", "—"};
	size_t size = numbering_at(text);

	for (size_t i = 0; size == 0 && i < G_N_ELEMENTS(bullets); i++)
		if (g_str_has_prefix(text, bullets[i]))
			size = strlen(bullets[i]);
	if (size == 0 || blanks_at(text + size) == 0)
		return 0;
	return size + blanks_at(text + size);
}

/* A row: `|` in front, or a gap inside, which two blanks behind a sentence are not. */
static bool is_row(const char *text)
{
	const char *at = text + blanks_at(text);

	if (*at == '|')
		return true;
	at += marker_at(at);
	for (const char *begin = at; *at != '\0'; at++) {
		const size_t gap = blanks_at(at);
		const bool sentence = at > begin && strchr(".?!:;", at[-1]) != NULL;

		if (gap == 0)
			continue;
		if (at[gap] != '\0' && (memchr(at, '\t', gap) != NULL || gap > (sentence ? 2 : 1)))
			return true;
		at += gap - 1;
	}
	return false;
}

/* Octets of "> > " with what indents it; 0: not quoted. */
static size_t quotation_at(const char *text)
{
	const size_t blanks = blanks_at(text);

	return text[blanks] == '>' ? strspn(text, "> \t") : 0;
}

/* A word that is of no use in pieces. */
static bool is_whole(const char *word, size_t size)
{
	static const char *const marks[] = {"://", "www.", "@", "\\"};

	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
		if (memmem(word, size, marks[i], strlen(marks[i])) != NULL)
			return true;
	return false;
}

/* -- filling lines -- */

static void begin_line(struct wrapping *w, const char *front, bool joined)
{
	g_string_assign(w->line, front);
	w->front = w->line->len;
	w->used = columns_of(front);
	w->joined = joined;
}

static void end_line(struct wrapping *w)
{
	struct wrap_line *line = g_new(struct wrap_line, 1);

	line->text = g_strchomp(g_strdup(w->line->str));
	line->joined = w->joined;
	g_ptr_array_add(w->lines, line);
	begin_line(w, w->rest, w->joins);
}

/* Character by character, a new line at each end of the room. */
static void put_pieces(struct wrapping *w, const char *text, size_t size, size_t columns)
{
	for (const char *at = text; at < text + size; at += g_utf8_skip[(unsigned char)*at]) {
		const gunichar c = g_utf8_get_char(at);
		const size_t own = columns_of_char(c);

		if (w->line->len > w->front &&
		    (w->used + own > columns || w->line->len + 4 > WRAP_OCTETS_MAX))
			end_line(w);
		g_string_append_unichar(w->line, c);
		w->used += own;
	}
}

static bool has_room(const struct wrapping *w, size_t columns, size_t octets)
{
	return w->used + columns <= w->columns && w->line->len + octets <= WRAP_OCTETS_MAX;
}

/* word: size octets behind `gap` blanks. */
static void put_word(struct wrapping *w, size_t gap, const char *word, size_t size)
{
	g_autofree char *copy = g_strndup(word, size);
	const size_t own = columns_of(copy);

	if (w->line->len > w->front && !has_room(w, gap + own, gap + size))
		end_line(w);
	if (w->line->len > w->front) {
		for (size_t i = 0; i < gap; i++)
			g_string_append_c(w->line, ' ');
		w->used += gap;
	}
	put_pieces(w, word, size, is_whole(word, size) ? SIZE_MAX : w->columns);
}

static void put_words(struct wrapping *w, const char *text)
{
	while (*text != '\0') {
		const size_t gap = strspn(text, " ");
		const size_t size = strcspn(text + gap, " ");

		put_word(w, gap, text + gap, size);
		text += gap + size;
	}
}

/* -- a line -- */

static char *expand_tabs(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 32);
	size_t at = 0;

	for (; *text != '\0'; text += g_utf8_skip[(unsigned char)*text]) {
		const gunichar c = g_utf8_get_char(text);
		size_t blanks = c == '\t' ? TAB_COLUMNS - at % TAB_COLUMNS : 0;

		at += blanks > 0 ? blanks : columns_of_char(c);
		for (; blanks > 0; blanks--)
			g_string_append_c(out, ' ');
		if (c != '\t')
			g_string_append_unichar(out, c);
	}
	return g_string_free(out, FALSE);
}

/* What does not fit: words behind what stands in front of each line. */
static void put_folded(struct wrapping *w, const char *text, size_t marker, size_t quotation)
{
	const size_t blanks = blanks_at(text);
	const size_t size = quotation > 0 ? quotation : blanks + marker;
	g_autofree char *front = g_strndup(text, size);
	const size_t columns = columns_of(front);
	const bool fits = columns <= w->columns / 2;
	g_autofree char *rest =
	    quotation > 0 ? g_strdup(front) : g_strnfill(fits ? columns : 0, ' ');

	w->rest = fits ? rest : "";
	begin_line(w, fits ? front : "", w->joined);
	put_words(w, text + (fits ? size : blanks));
	end_line(w);
	w->rest = "";
}

/* line: without a line end; control characters are tabs only. */
static void put_line(struct wrapping *w, const char *line)
{
	g_autofree char *text = g_strchomp(expand_tabs(line));
	const size_t blanks = blanks_at(text);
	const size_t marker = marker_at(text + blanks);
	const size_t quotation = quotation_at(text);
	const bool row = is_row(line);

	begin_line(w, "", w->item && blanks > 0 && marker == 0 && *text != '\0');
	w->item = marker > 0 || w->joined;
	w->joins = w->item || row || quotation > 0;
	if (!row && columns_of(text) > w->columns) {
		put_folded(w, text, marker, quotation);
		return;
	}
	put_pieces(w, text, strlen(text), SIZE_MAX);
	end_line(w);
}

/* Every line end as LF, every other control character but TAB as a blank. */
static char *clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_sized_new(strlen(valid));

	for (const char *at = valid; *at != '\0'; at += g_utf8_skip[(unsigned char)*at]) {
		const gunichar c = g_utf8_get_char(at);

		if (c == '\r' && at[1] == '\n')
			continue;
		if (c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == 0x85 || c == 0x2028 ||
		    c == 0x2029)
			g_string_append_c(out, '\n');
		else
			g_string_append_unichar(out, c != '\t' && g_unichar_iscntrl(c) ? ' ' : c);
	}
	return g_string_free(out, FALSE);
}

/* -- paragraphs that were wrapped elsewhere -- */

/* Where the text of a line begins: behind blanks and a list marker. */
static size_t text_column(const char *line)
{
	const size_t blanks = blanks_at(line);

	return columns_of(line) - columns_of(line + blanks + marker_at(line + blanks));
}

/* Prose that begins at that column: it may be the rest of the line above. */
static bool goes_on(const char *line, size_t column)
{
	const size_t blanks = blanks_at(line);

	return line[blanks] != '\0' && marker_at(line + blanks) == 0 && quotation_at(line) == 0 &&
	       !is_row(line) && memchr(line, '\t', blanks) == NULL && blanks == column;
}

/* Lines from `at` on that may be one paragraph; *widest: columns of the widest one. */
static size_t paragraph_at(char *const *lines, size_t at, size_t *widest)
{
	size_t column = text_column(lines[at]);
	size_t count = 1;

	*widest = columns_of(lines[at]);
	if (lines[at][blanks_at(lines[at])] == '\0' || quotation_at(lines[at]) > 0 ||
	    is_row(lines[at]))
		return 1;
	while (lines[at + count] != NULL && goes_on(lines[at + count], column)) {
		*widest = MAX(*widest, columns_of(lines[at + count]));
		count++;
	}
	return count;
}

/*
 * The next line's first word had no room: the program broke the line, not the writer, who may well
 * have at the end of a sentence.
 */
static bool was_broken(const char *line, const char *next, size_t widest)
{
	const size_t size = strlen(line);
	const bool sentence = size > 0 && strchr(".?!:", line[size - 1]) != NULL;
	const char *word = next + blanks_at(next);
	g_autofree char *first = g_strndup(word, strcspn(word, " "));

	return !sentence && columns_of(line) + 1 + columns_of(first) > widest;
}

static void put_paragraph(struct wrapping *w, char *const *lines, size_t count, size_t widest)
{
	GString *line = g_string_new(lines[0]);

	for (size_t i = 1; i < count; i++) {
		if (was_broken(lines[i - 1], lines[i], widest)) {
			g_string_append_c(line, ' ');
			g_string_append(line, lines[i] + blanks_at(lines[i]));
			continue;
		}
		put_line(w, line->str);
		g_string_assign(line, lines[i]);
	}
	put_line(w, line->str);
	g_string_free(line, TRUE);
}

GPtrArray *wrap_text(const char *text, size_t columns)
{
	g_autofree char *whole = clean(text);
	g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
	struct wrapping w = {.lines = g_ptr_array_new_with_free_func(line_free),
	    .columns = columns,
	    .line = g_string_new(NULL),
	    .rest = ""};
	size_t count = g_strv_length(lines);
	size_t widest;

	/* Behind the last line end there is no line. */
	if (count > 0 && lines[count - 1][0] == '\0')
		g_clear_pointer(&lines[--count], g_free);
	for (size_t at = 0; at < count;) {
		const size_t together = paragraph_at(lines, at, &widest);

		if (widest > columns && widest <= WRAPPED_MAX)
			put_paragraph(&w, lines + at, together, widest);
		else
			for (size_t i = 0; i < together; i++)
				put_line(&w, lines[at + i]);
		at += together;
	}
	g_string_free(w.line, TRUE);
	return w.lines;
}

char *wrap_string(const char *text, size_t columns)
{
	g_autoptr(GPtrArray) lines = wrap_text(text, columns);
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < lines->len; i++) {
		const struct wrap_line *line = lines->pdata[i];

		g_string_append(out, line->text);
		g_string_append_c(out, '\n');
	}
	return g_string_free(out, FALSE);
}
