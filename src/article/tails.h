/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What stands below a letter and is the same in all letters of its author: signature, farewell with an
 * office's address, "Von meinem iPhone gesendet", legal notes.
 */
#ifndef ARTICLE_TAILS_H
#define ARTICLE_TAILS_H

#include <stdbool.h>

#include <glib.h>

/* What is known of the author.  All borrowed. */
struct tails_known {
	const char *const
	    *tails; /* signatures as tails_learn() gives them, NULL at the end; NULL: none */
	char *const *names; /* by signers_names(); NULL: not known */
	unsigned said;	    /* the first new line with words in it: no formula closes above it */
};

/*
 * Fold the tail of a stretch of new lines.  What is behind a signature and is a letter again (P.S., a
 * question, a list) stays.  Looks at the last TAILS_LINES_MAX lines only.
 */
void tails_fold(GArray *lines, unsigned first, unsigned end, const struct tails_known *known);

#define TAILS_LINES_MAX 100

/*
 * The last lines that TAILS_POSTS_MIN or more letters of an author have in common (20 lines at most, of
 * each letter at least one line less than it has; none with a question or a list): each the array's
 * char *, lines with LF.  letters: arrays of struct line; of each the last stretch of new lines counts.
 * Never NULL; g_ptr_array_unref.
 */
GPtrArray *tails_learn(GArray *const *letters, unsigned count);

#define TAILS_POSTS_MIN 3
#define TAILS_LETTERS_MAX 50 /* those beyond are not looked at */

#endif
