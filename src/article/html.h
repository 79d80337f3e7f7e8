/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * HTML to readable text (libxml2): paragraphs, line breaks, lists, links, quotes.
 */
#ifndef ARTICLE_HTML_H
#define ARTICLE_HTML_H

#include <stddef.h>

/*
 * The text of an HTML document in UTF-8: blocks parted by empty lines, `•` or numbers before list
 * items, cells of a table row parted by two blanks, a link as `Text <URL>` where the two differ,
 * blockquotes with `> `; script, style, head and comments left out.  Valid UTF-8 with LF,
 * bounded in time and memory; the caller frees.
 */
char *html_text(const char *html, size_t size);

#endif
