/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a person would read of a message: the text of its text part, and which attachments it has.
 * For digest and web, by the tree of article/mime; acceptance does without.
 */
#ifndef ARTICLE_BODY_H
#define ARTICLE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/lang.h"

#define BODY_TEXT_MAX ((size_t)256 * 1024) /* of text; what is beyond is cut at a line */
#define BODY_PARTS_MAX 200
#define BODY_DEPTH_MAX 20

struct attachment {
	char *name;   /* owned; decoded, valid UTF-8, one line; "" where it has none */
	char *type;   /* owned; "application/pdf", as it says itself, lower case */
	int64_t size; /* octets as decoded, roughly */
};

struct body {
	/* owned; valid UTF-8, lines end in LF, no controls but TAB; "" if there is none */
	char *text;
	GPtrArray *attachments; /* owned; struct attachment *, BODY_PARTS_MAX at most */
	bool is_worded; /* there are words of ours in it: it is another text in another language */
};

/*
 * Read a message (CRLF or LF).  Never fails: what can't be read is left out, bounded in time and
 * memory whatever the bytes.  lang: of what the text says itself (appointments, labels).
 *
 * The text is that of the first text/plain part, or, where there is none (an empty one, one that
 * only says that there is HTML, one without its line ends as Samsung's), of the first text/html part as article/html reads it; of
 * multipart/alternative one form.  Later text parts without a name are appended behind an empty line.
 * Charset as declared (by MIME, else by the HTML), then UTF-8, then windows-1252; format=flowed joined
 * (RFC 3676).
 *
 * Appointments (article/calendar) stand before the text.  Of opaque S/MIME the message inside is read,
 * of OpenPGP the armour left out; of what is encrypted the text says so.  In place of a winmail.dat
 * stand the attachments in it, and its text where the mail has none.  A message inside is an
 * attachment by its subject; where a mail has nothing else to say, its head (article/forward) and text
 * are the text.
 */
void body_read(struct body *body, const char *wire, size_t size, enum lang lang);
void body_clear(struct body *body);

#endif
