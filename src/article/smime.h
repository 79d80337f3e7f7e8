/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * S/MIME in one opaque piece (smime.p7m, RFC 8551): what is signed is inside it in the clear.
 *
 * Nothing is verified, so of CMS (RFC 5652) only the way to the content is walked, by OpenSSL's
 * reader of tags and lengths.  Its CMS functions make objects of every certificate and signer before
 * anybody can count them, which turns a message into many times its size of memory.
 */
#ifndef ARTICLE_SMIME_H
#define ARTICLE_SMIME_H

#include <stddef.h>

#include <glib.h>

enum smime {
	SMIME_NONE, /* neither of these */
	SMIME_SIGNED,
	SMIME_ENCRYPTED,
};

/*
 * What the octets (BER, decoded from their transfer encoding) are.  *content: of a signed one the
 * message inside, MIME fields and all, no longer than size; g_string_free.  NULL for the others.
 */
enum smime smime_open(const char *bytes, size_t size, GString **content);

#endif
