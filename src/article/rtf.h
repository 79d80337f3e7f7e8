/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Rich text (RTF), as Outlook puts it into winmail.dat, as plain text.
 */
#ifndef ARTICLE_RTF_H
#define ARTICLE_RTF_H

#include <stddef.h>

/*
 * The text of an RTF document (octets): its words, paragraphs, tabs; not pictures, tables of fonts
 * and the like.  Where Outlook has wrapped HTML in it ([MS-OXRTFEX]) that is unwrapped and read by
 * article/html.  Valid UTF-8 with LF, bounded in time and memory; the caller frees.
 */
char *rtf_text(const char *rtf, size_t size);

#endif
