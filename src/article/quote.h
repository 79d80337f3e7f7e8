/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The new text of a reply, apart from what it quotes: for display only, the article stays whole.
 */
#ifndef ARTICLE_QUOTE_H
#define ARTICLE_QUOTE_H

/*
 * Text (UTF-8, LF) with its quotations folded: a run of lines that begin with `>` is shown by its
 * first line that says something; one behind which nothing new comes (full quote below) is left
 * out together with the line above that introduces it ("… schrieb:"), as is the signature behind
 * "-- ".  Where nothing but quotation would remain, the text comes back as it is.  Empty lines
 * at both ends are removed, of several in a row one stays.  The caller frees.
 */
char *quote_fold(const char *text);

#endif
