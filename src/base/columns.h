/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One line of text in the columns of a terminal, as mails in plain text are read: wide characters
 * take two, what combines with another takes none.
 */
#ifndef BASE_COLUMNS_H
#define BASE_COLUMNS_H

#include <stddef.h>

#include <glib.h>

/* How many columns a character, a valid UTF-8 text takes. */
size_t columns_of_char(gunichar c);
size_t columns_of(const char *text);

/*
 * A text from outside as one line to stand among words of ours: valid UTF-8, without control
 * characters, line separators and marks that turn the direction of what follows; each run of
 * blanks one blank, none at the ends.  The caller frees.
 */
char *columns_line(const char *text);

/*
 * The line if it fits into the columns (2 or more), else its beginning up to a word's end and "…".
 * At most twice as many characters as columns.  The caller frees.
 */
char *columns_cut(const char *line, size_t columns);

#endif
