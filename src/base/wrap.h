/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A text wrapped for mails in plain text.  What is set on purpose stays: rows of tables (two
 * blanks, a tab inside, or `|` in front) are not broken, list items go on under their own text,
 * quoted lines go on as quoted lines, addresses and URLs stay in one piece.  A paragraph that its
 * writer's program has wrapped at more columns than there is room for is filled anew; a line that
 * ends before it had to is left where it ends.
 */
#ifndef BASE_WRAP_H
#define BASE_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#define WRAP_OCTETS_MAX 900 /* of a line; what is longer is broken, whatever it is */

struct wrap_line {
	char *text;  /* owned; valid UTF-8 without control characters, no blank at the end */
	bool joined; /* belongs to the line above: of one list item, table row or quoted line */
};

/*
 * Any text (repaired where it is not UTF-8; CR, CRLF, form feeds and the like end a line too, tabs
 * become blanks) as lines of at most so many columns (10 or more) but for what is not broken.
 * Array of struct wrap_line *.
 */
GPtrArray *wrap_text(const char *text, size_t columns);

/* The same as one text, each line with LF; the caller frees. */
char *wrap_string(const char *text, size_t columns);

#endif
