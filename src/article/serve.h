/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What news shows of a stored message: the lines of `fields` and of the
 * placements in front, some names hidden, the rest as it came.
 */
#ifndef ARTICLE_SERVE_H
#define ARTICLE_SERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "article/address.h"

struct serve_place {
	const char *group; /* borrowed */
	int64_t number;
};

struct serve {
	const char *host;		  /* path identity and name in Xref: the domain */
	const char *fields;		  /* netnews.h; "" for none */
	const struct serve_place *places; /* that the reader may see, by group's id */
	size_t n_places;
	const struct address_mask *mask; /* NULL: addresses are shown */
	int64_t injected;		 /* Unix seconds, for Injection-Date */
};

/*
 * Append the served header block, each field with CRLF, without the empty line: Path
 * (`HOST!.POSTED!not-for-mail`, RFC 5537 section 3.2.1), Newsgroups, the `+` lines,
 * Injection-Info, Injection-Date, Xref, then the message's own fields in their order.  Left out: what `fields` hides, trace and transport
 * fields (Received, Return-Path, Delivered-To, X-Original-To, Authentication-Results,
 * Received-SPF, DKIM-Signature, ARC-*, Bcc, Resent-Bcc), requests for receipts, what a mail has
 * no business to carry (Path, Newsgroups, Followup-To, Xref, Control, Also-Control, Supersedes,
 * Approved, Distribution, Expires, Injection-*, NNTP-Posting-*, Lines, Bytes), lines that are
 * no field.  With a mask: From, To and Cc masked; left out what else holds addresses, by
 * definition or by its name: Sender, Reply-To, Resent-*, List-*, all names that end in -To, -From,
 * -Sender or -Cc but In-Reply-To, and any other field with an `@` in it, but for Subject, Date, ids
 * and Content-*.
 * wire: the stored bytes with CRLF line ends.
 * Returns the offset of the body in wire.
 */
size_t serve_head(GString *out, const char *wire, size_t size, const struct serve *serve);

/* False for the field names that serve_head() leaves out of every article; counted. */
bool serve_shows(const char *name, size_t size);

/*
 * Append text (whole lines with CRLF; a last line without gets one) as a dot-stuffed block
 * without the final dot (RFC 3977 section 3.1.1); NUL becomes a blank.
 */
void serve_stuffed(GString *out, const char *text, size_t size);

#endif
