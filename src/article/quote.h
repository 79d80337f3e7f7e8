/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The new text of a reply, apart from what it quotes, from signatures and legal notes: for display only,
 * the article stays whole.
 *
 * First the lines of known articles are found, whatever a mail program made of them (article/sources);
 * what is left is judged by the marks and openings of mail programs (article/openings) and by what stands
 * below letters (article/tails).  What is unsure is new.  If no word would be, all is.
 *
 * What counts as new is what somebody would mark who reads the message for the first time:
 *  - a closing formula and who signs below it are not, at the end or above a quotation, a bare name too;
 *    what stands behind them (a postscript, a question, answers further down) is;
 *  - neither is a tail that begins with the author's name and goes on with an office; a name alone is;
 *  - a whole letter (or a source that is quoted whole) above the only answer is not shown, a sentence above
 *    its answer is, as one line;
 *  - an answer below a letter without marks is new, if a source says where that letter ends;
 *  - what stands without marks below a sentence such as "Am … schrieb …:" is new, unless that has a full
 *    date or an address and a sender, or a source says so; answers between lines of a source are new.
 */
#ifndef ARTICLE_QUOTE_H
#define ARTICLE_QUOTE_H

#include <glib.h>

/* What is known besides the text.  All borrowed, valid UTF-8, NULL at the end; NULL: nothing. */
struct quote_known {
	const char *const *sources; /* texts of articles that may be quoted, the nearest first; of
				       them SOURCES_MAX count, and SOURCES_SIZE_MAX octets in all */
	const char *const *tails;   /* signatures of the author, by quote_learn() */
	const char *author;	    /* one string: the name in From, else the address */
};

enum quote_kind {
	QUOTE_NEW,    /* shown as it is */
	QUOTE_INLINE, /* a quotation above its answer: shown as one line behind "> " */
	QUOTE_FOLDED, /* not shown */
};

/* Lines of the text. */
struct quote_piece {
	unsigned first; /* from 0 */
	unsigned count; /* at least 1 */
	enum quote_kind kind;
	/*
	 * Static; why it is not new, NULL for QUOTE_NEW: "source", "quote" (marks), "outlook-header",
	 * "forwarded-header", "original-message", "attribution" (each with what stands below it),
	 * "signature", "greeting-block", "learnt-signature", "client-line", "list-footer", "legal-footer",
	 * "gateway-warning".
	 */
	const char *rule;
};

/*
 * The pieces of a text (valid UTF-8, LF), which together are all its lines in their order; empty lines
 * belong to the piece above.  Array of struct quote_piece; g_array_unref.  A text of BODY_TEXT_MAX
 * takes less than 0.2 s, whatever is in it.
 */
GArray *quote_read(const char *text, const struct quote_known *known);

/*
 * What is shown of the text: its new lines, above an answer the quoted sentence in one line.  Empty
 * lines at both ends are removed, of several in a row one stays.  The caller frees.
 */
char *quote_shown(const char *text, const GArray *pieces);

/* Both at once; known may be NULL. */
char *quote_new(const char *text, const struct quote_known *known);

/*
 * The signatures of an author by texts of theirs (valid UTF-8, LF; the first fifty count): the last lines
 * that three or more of them share.  Array of char *; g_ptr_array_unref.
 */
GPtrArray *quote_learn(const char *const *texts, unsigned count);

#endif
