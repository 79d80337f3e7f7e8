/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Line ends of what comes from a file: CRLF everywhere, as the wire has them.
 */
#ifndef ARTICLE_LINEENDS_H
#define ARTICLE_LINEENDS_H

#include <stddef.h>

#include <glib.h>

/*
 * Bare LF and bare CR become CRLF, CRs before a LF go into its line end, and a last line gets one.  Borrowed bytes
 * if nothing is to do (*owned NULL), else *bytes points into *owned (g_byte_array_unref).  Time is
 * linear, whatever the bytes.
 */
void lineends_normalise(const char **bytes, size_t *size, GByteArray **owned);

#endif
