/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Encoded words (RFC 2047) in header fields, both ways.
 */
#ifndef ARTICLE_ENCODED_H
#define ARTICLE_ENCODED_H

#include <stddef.h>

/*
 * A raw field value as text: unfolded, encoded words decoded (blanks between two of them dropped,
 * characters cut between two of them joined), undeclared 8-bit read as UTF-8, else windows-1252,
 * controls become blanks.  Always valid UTF-8, never NULL; the caller frees.
 */
char *encoded_decode(const char *value, size_t size);

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
