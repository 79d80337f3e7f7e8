/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What mail programs put above the text that they quote: a block of fields ("Von: … Gesendet: …"), a
 * title ("-----Ursprüngliche Nachricht-----"), a sentence ("Am … schrieb …:").
 */
#ifndef ARTICLE_OPENINGS_H
#define ARTICLE_OPENINGS_H

#include <stdbool.h>

#include <glib.h>

struct opening {
	unsigned first;	  /* line */
	unsigned end;	  /* behind its last line */
	const char *rule; /* static */
	/*
	 * What follows is quoted though it bears no marks.  False for a sentence that a person could have
	 * written: it opens a quotation only where marked or known lines follow.
	 */
	bool certain;
};

/* True if an opening begins at this line (new, not empty). */
bool opening_find(const GArray *lines, unsigned at, struct opening *opening);

/* GroupWise puts quotation marks around its sentence: true if they are no marks of a quotation here. */
bool opening_bears_marks(const GArray *lines, unsigned at);

/* True if its title says that somebody passes the text below on, and does not answer it. */
bool opening_forwards(const struct opening *opening);

/*
 * True if the lines say that answers stand in the text below, in a colour or between its lines
 * ("meine Antworten unten in rot").
 */
bool opening_is_announced(const GArray *lines, unsigned first, unsigned end);

#endif
