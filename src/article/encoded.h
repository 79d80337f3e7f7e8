/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Encoded words (RFC 2047) in header fields, both ways.
 */
#ifndef ARTICLE_ENCODED_H
#define ARTICLE_ENCODED_H

#include <stddef.h>

#include <glib.h>

/*
 * A raw field value as text: unfolded, encoded words decoded (blanks between two of them dropped,
 * characters cut between two of them joined), undeclared 8-bit read as UTF-8, else windows-1252,
 * controls become blanks.  Always valid UTF-8, never NULL; the caller frees.
 */
char *encoded_decode(const char *value, size_t size);

/*
 * A raw value that is no UTF-8, read in the charset that the message declares for its text (the
 * name counted): in UTF-8, encoded words and controls as they are.  NULL where encoded_decode()
 * does as well: the charset is not known, is Latin-1, or does not fit.
 */
GString *encoded_recode(const char *value, size_t size, const char *charset, size_t charset_size);

/*
 * The octets of the encoded word that begins at text, 0 if none does.  Lenient: it may be longer
 * than 75 octets, and blanks and `?` may stand in it.
 */
size_t encoded_word_size(const char *text, size_t size);

/*
 * UTF-8 text as an unstructured value in US-ASCII: words that need it encoded (UTF-8, B or Q,
 * each at most 75 octets), on one line (no folds).  Plain text comes back as it is.
 */
char *encoded_encode(const char *text);

/* Likewise for the display name of an address: what RFC 5322 wants quoted is quoted. */
char *encoded_encode_phrase(const char *text);

#endif
