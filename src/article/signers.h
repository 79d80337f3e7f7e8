/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How a letter is closed: the formula, and who signs below it.  A line of which any word says more than
 * that is none of both: what somebody wrote is worth more than a name too many.
 */
#ifndef ARTICLE_SIGNERS_H
#define ARTICLE_SIGNERS_H

#include <stdbool.h>

#include <glib.h>

#include "article/lines.h"

/*
 * "Mit freundlichen Grüßen", "Beste Grüße aus Brunnthal", "Gruß Nadine Seifert", "MfG ;-)": a formula
 * and nothing besides, in the languages of the neighbours too.
 */
bool signers_is_formula(const struct line *line);

/* "Sehr geehrte Frau Lehmann,", "Guten Tag": how a letter begins. */
bool signers_is_salutation(const struct line *line);

/* A name, an office, a telephone: no sentence.  first: directly below a formula, where "otto" is one. */
bool signers_is_signer(const struct line *line, bool first);

/*
 * The words by which an author's name is known again, from a display name or the part of an address in
 * front of its @ (valid UTF-8, may be NULL).  Never NULL; g_strfreev.
 */
char **signers_names(const char *author);

/* The line begins with the author's name, and that is all, or an office follows behind a comma. */
bool signers_is_author(const struct line *line, char *const *names);

#endif
