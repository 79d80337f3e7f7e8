/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Line ends of what comes from a file: CRLF everywhere, as the wire has them.
 */
#ifndef ARTICLE_LINEENDS_H
#define ARTICLE_LINEENDS_H

#include <stddef.h>

#include <glib.h>

/*
 * A bare LF and CRs before an LF become CRLF, any other CR a blank (the mail system before us saw no
 * line end there), and a last line gets its end.  Borrowed bytes if nothing is to do (*owned NULL),
 * else *bytes points into *owned (g_byte_array_unref).  Time is linear, whatever the bytes.
 */
void lineends_normalise(const char **bytes, size_t *size, GByteArray **owned);

#endif
