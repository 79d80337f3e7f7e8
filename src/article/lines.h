/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The lines of a reply while article/quote finds out what each of them is.
 */
#ifndef ARTICLE_LINES_H
#define ARTICLE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

enum line_kind {
	LINE_NEW,    /* of the author, as far as is known; also an empty line */
	LINE_QUOTED, /* by its mark, or as a line of a known article */
	LINE_SHOWN,  /* quoted, and shown above what answers it */
	LINE_FOLDED,
};

/* A field of a header as mail programs put it above what they quote. */
enum line_label {
	LABEL_NONE,
	LABEL_FROM,
	LABEL_DATE,
	LABEL_TO,
	LABEL_CC,
	LABEL_SUBJECT,
	LABEL_OTHER,
	LABEL_FRAME, /* no words at all: a rule, the frame of a table */
};

struct line {
	const char *text; /* borrowed: from the left edge, … */
	size_t size;	  /* … without the LF */
	const char *core; /* behind blanks and quotation marks, … */
	size_t core_size; /* … without blanks at the end; 0: an empty line */
	unsigned depth;	  /* quotation marks */
	unsigned words;
	bool known; /* a line of a source (article/sources) */
	enum line_label label;
	bool label_alone; /* nothing behind it */
	enum line_kind kind;
	const char *rule; /* static; why it is not new; NULL for LINE_NEW */
};

/* Text (valid UTF-8, LF) as array of struct line, which borrows from it; g_array_unref. */
GArray *lines_split(const char *text);

static inline struct line *line_at(const GArray *lines, unsigned i)
{
	return &g_array_index(lines, struct line, i);
}

static inline bool line_is_empty(const struct line *line)
{
	return line->core_size == 0;
}

/* New, and no empty line. */
static inline bool line_is_own(const struct line *line)
{
	return line->kind == LINE_NEW && line->core_size > 0;
}

/* The first line from i on that is not empty, or `end`; the end behind the last such one. */
unsigned lines_skip(const GArray *lines, unsigned i, unsigned end);
unsigned lines_trim(const GArray *lines, unsigned first, unsigned end);

/* Make those that are new or quoted folded; the rule is that of the new ones. */
void lines_fold(GArray *lines, unsigned first, unsigned end, const char *rule);

/*
 * Lines joined by blanks for looking words up: case folded (ß is ss), composed, `*` and soft hyphens
 * left out, of several blanks one, none at the ends.  The caller frees.
 */
char *lines_folded(const GArray *lines, unsigned first, unsigned end);
char *line_folded(const struct line *line);

/* Behind a mark such as `PL> ` in front of a quoted line; the core if there is none. */
const char *line_behind_initials(const struct line *line);

/* True if the text holds one of the words (NULL-terminated). */
bool lines_has_any(const char *text, const char *const *words);

/* True if the text begins with one of the words (NULL-terminated). */
bool lines_begins(const char *text, const char *const *words);

#endif
