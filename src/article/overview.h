/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The overview line of an article in a group (RFC 3977 section 8.3): all
 * behind the number, ready to send.
 */
#ifndef ARTICLE_OVERVIEW_H
#define ARTICLE_OVERVIEW_H

#include <stddef.h>

#include <glib.h>

#include "article/header.h"

enum overview_column {
	OVERVIEW_SUBJECT,
	OVERVIEW_FROM,
	OVERVIEW_DATE,
	OVERVIEW_MSGID,
	OVERVIEW_REFERENCES,
	OVERVIEW_BYTES,
	OVERVIEW_LINES,
	OVERVIEW_XREF, /* the value alone; the line holds "Xref: value" */
	OVERVIEW_COLUMNS,
};

/*
 * Append `TAB subject TAB from … TAB Xref: … CRLF`, taken from a head as serve_head() made it, so
 * that OVER, HDR, HEAD and ARTICLE agree.  bytes: of the article as served before dot-stuffing;
 * lines: of its body.
 */
void overview_append(GString *out, const struct header *head, size_t bytes, size_t lines);

/* One column of a line made so, borrowed from it, not terminated; "" if it lacks. */
const char *overview_column(
    const char *line, size_t line_size, enum overview_column column, size_t *size);

#endif
