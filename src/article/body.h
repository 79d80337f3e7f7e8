/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a person would read of a message: the text of its text part, and which attachments it has.
 * For digest and web, by the tree of article/mime; acceptance does without.
 */
#ifndef ARTICLE_BODY_H
#define ARTICLE_BODY_H

#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#define BODY_TEXT_MAX ((size_t)256 * 1024) /* of text; what is beyond is cut at a line */
#define BODY_PARTS_MAX 200
#define BODY_DEPTH_MAX 20

struct attachment {
	char *name;   /* owned; decoded, valid UTF-8, one line; "" where it has none */
	int64_t size; /* octets as decoded, roughly */
};

struct body {
	char *
	    text; /* owned; valid UTF-8, lines end in LF, no controls but TAB; "" if there is none */
	GPtrArray *attachments; /* owned; struct attachment * */
};

/*
 * Read a message (CRLF or LF).  Never fails: what can't be read is left out, bounded in time and
 * memory whatever the bytes.  The text is that of the first text/plain part, or, where there is
 * none (or an empty one), of the first text/html part as article/html reads it; of
 * multipart/alternative one form, of message/rfc822 nothing but its place among the attachments.
 * Later text/plain parts without a name are appended behind an empty line.  Charset as declared,
 * then UTF-8, then windows-1252; format=flowed joined (RFC 3676).
 */
void body_read(struct body *body, const char *wire, size_t size);
void body_clear(struct body *body);

#endif
