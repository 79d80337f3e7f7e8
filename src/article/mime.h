/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The parts of a message (RFC 2045, 2046), found within bounds: where a tree is wanted it is built
 * here.  Library parsers build all of it before anybody can count, and a message of a megabyte may
 * hold a hundred thousand parts.  Nothing is decoded before it is asked for.
 */
#ifndef ARTICLE_MIME_H
#define ARTICLE_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

struct mime_part {
	char *type;	     /* owned; "text/plain", lower case */
	char *params;	     /* owned; what follows it, unfolded; "" */
	char *disposition;   /* owned; of Content-Disposition, lower case; "" */
	char *disposed;	     /* owned; what follows it, unfolded; "" */
	char *encoding;	     /* owned; of Content-Transfer-Encoding, lower case; "" */
	const char *content; /* borrowed from the message; as transferred */
	size_t size;
	GPtrArray
	    *parts; /* owned; struct mime_part *; NULL where it is neither multipart nor message */
};

/*
 * The tree of a message (CRLF or LF).  Of more than parts_max parts the later ones, and what is
 * nested deeper than depth_max, are left out; so is a part whose header block is beyond the limits
 * of article/header.  NULL where that is the message's own.  A multipart without a boundary has no
 * parts; a message/rfc822 that is not encoded has one, the message.  The caller frees.
 */
struct mime_part *mime_read(const char *wire, size_t size, unsigned parts_max, unsigned depth_max);
void mime_part_free(struct mime_part *part);

bool mime_part_is(const struct mime_part *part, const char *type);

/* True for a message inside a message (message/rfc822, message/global of RFC 6532). */
bool mime_part_is_message(const struct mime_part *part);

/* A parameter of Content-Type, decoded (RFC 2231, 2047) on one line; NULL if there is none. */
char *mime_part_param(const struct mime_part *part, const char *name);

/* The name as a file: of Content-Disposition, else of Content-Type; one line, no path, "" if none. */
char *mime_part_name(const struct mime_part *part);

/* The last name in a path of any system, borrowed from it; the path itself if it ends as a folder. */
const char *mime_base_name(const char *path);

/* The content with its transfer encoding undone, made of at most size_max octets of it. */
GString *mime_part_decoded(const struct mime_part *part, size_t size_max);

/* The size of that without doing it: right for base64 in even lines, of others an upper bound. */
size_t mime_part_size(const struct mime_part *part);

#endif
