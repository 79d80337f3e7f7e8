/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Writing a mail of our own (digest, letters): header fields that hold whatever text they are
 * given on one line of US-ASCII, and a text/plain part that needs no 8-bit path.
 */
#ifndef ARTICLE_COMPOSE_H
#define ARTICLE_COMPOSE_H

#include <stdbool.h>

#include <glib.h>

/*
 * Append `Name: value`, folded at blanks where it is longer than 78 octets, with CRLF.  value is
 * UTF-8 text (RFC 2047-encoded where it needs it); control characters become blanks, several blanks
 * one, so it can't begin another field.  No line is longer than 998 octets, whatever the text.
 */
void compose_text_field(GString *out, const char *name, const char *value);

/*
 * Append `Name: display name <address>`; display may be NULL or "".  An address that is not valid
 * (article/address.h) or not ASCII is written as address_masked_field() would; what is no single
 * address becomes `unknown@address.invalid`.
 */
void compose_address_field(
    GString *out, const char *name, const char *display, const char *address);

/*
 * As compose_text_field for a value that is ASCII already and holds its own syntax (ids, URIs): its
 * words stay whole; controls and what is not ASCII become blanks.
 */
void compose_raw_field(GString *out, const char *name, const char *value);

/*
 * Append MIME-Version, Content-Type (text/plain, UTF-8, format=flowed if `flowed`),
 * Content-Transfer-Encoding, the empty line and the text (UTF-8, LF) as quoted-printable with CRLF
 * (7bit where it is plain and no line is longer than 76).  Lines that begin with "From " are safe.
 * With `flowed` the text is wrapped already, a blank at a line's end a soft break, and lines that
 * begin with `>` are quotation; space-stuffing is done here (RFC 3676 section 4.4).
 */
void compose_text_part(GString *out, const char *text, bool flowed);

#endif
