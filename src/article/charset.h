/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Octets in the charsets that mails are written in, read as UTF-8: of header fields
 * (article/encoded) and of text parts (article/body).
 */
#ifndef ARTICLE_CHARSET_H
#define ARTICLE_CHARSET_H

#include <stddef.h>

#include <glib.h>

struct charset;

/* By name (counted, case ignored, with or without a language tag); unknown ones are read as UTF-8. */
const struct charset *charset_find(const char *name, size_t size);

/*
 * Append octets as valid UTF-8 without controls (each one a blank).  What does not fit the charset,
 * or all with NULL, is read as UTF-8, else as windows-1252; iso-8859-1 always means windows-1252.
 */
void charset_append(GString *out, const struct charset *charset, const char *bytes, size_t size);

/*
 * A text of many lines as valid UTF-8 with LF, without controls but TAB, until about size_max octets
 * of it.  Each line by charset_append(), so that one that does not fit spoils no other; UTF-16 with or
 * without a byte order mark, which is left out.  charset may be NULL; the caller frees.
 */
char *charset_text(const struct charset *charset, const GString *octets, size_t size_max);

/* In UTF-8 with controls as they are; NULL for UTF-8 and Latin-1, or where it does not fit. */
GString *charset_convert(const struct charset *charset, const char *bytes, size_t size);

#endif
