/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * winmail.dat: the TNEF ([MS-OXTNEF]) in which Outlook and Exchange wrap a message for their own kind.
 *
 * Its attributes and properties are walked here, each length held against what is there.  libytnef's
 * own walk is not used: it gives up on what Exchange writes every day (names of properties above 50
 * characters, texts above 100 KB), leaks when it does, and says so on stdout.  Its decompression of
 * rich text is, behind checks of what it takes on trust.
 */
#ifndef ARTICLE_TNEF_H
#define ARTICLE_TNEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#define TNEF_FILES_MAX 200

struct tnef_file {
	char *name;   /* owned; valid UTF-8, one line; "" where it has none */
	char *type;   /* owned; "application/pdf", "application/octet-stream" where it has none */
	int64_t size; /* octets */
};

struct tnef {
	char *text; /* owned; valid UTF-8, LF, no controls but TAB; "" if none, or not wanted */
	GPtrArray *files; /* owned; struct tnef_file *; hidden ones (images of the text) left out */
};

/*
 * Read a TNEF stream.  Its text is that of PR_BODY, else of its HTML, else of its rich text.  What is
 * broken ends the reading, what came before it counts.  False if the octets are no TNEF at all;
 * *tnef is to be cleared in any case.  Takes memory for the texts only.
 */
bool tnef_read(struct tnef *tnef, const char *bytes, size_t size, bool with_text);
void tnef_clear(struct tnef *tnef);

#endif
