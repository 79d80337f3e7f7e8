/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * HTML as mail programs write it to readable text (libxml2 reads it, article/page takes the text).
 */
#ifndef ARTICLE_HTML_H
#define ARTICLE_HTML_H

#include <stddef.h>

/*
 * The text of an HTML document in UTF-8: blocks parted by empty lines, Word's paragraphs (MsoNormal)
 * and others without margins by none; `•` or numbers before list items; cells of a table with lines
 * parted by ` | `, of any other by two blanks; a link as `Text <URL>` where the two differ, an
 * image as `[words]` where it has some; blockquotes with `> `, <hr> as a line of `_`.  Left out are
 * script, style, head, comments and what the document hides (preheaders).  Valid UTF-8 with LF,
 * bounded in time and memory; the caller frees.
 */
char *html_text(const char *html, size_t size);

/* The charset that the document itself names (<meta>), NULL if none; the caller frees. */
char *html_charset(const char *html, size_t size);

#endif
