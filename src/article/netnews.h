/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a message lacks to be an article (RFC 5536), found at acceptance and
 * kept beside the bytes, which are never repaired.
 *
 * The `fields` text: lines that end in LF.  `-Name` hides the fields of that
 * name that the message brought, `+Name: value` is put in front.  A corrected field is both.
 */
#ifndef ARTICLE_NETNEWS_H
#define ARTICLE_NETNEWS_H

#include <stdbool.h>
#include <stdint.h>

#include "article/header.h"
#include "base/lang.h"

struct netnews {
	const struct header *header; /* borrowed */
	const char *msgid;	     /* the id that the article has; valid */
	int64_t arrived;	     /* Unix seconds: the Date where it lacks or can't be read */
	enum lang language;	     /* of "(ohne Betreff)" */
	const char *references;	     /* the chain that the store knows, for an article that brought
	                                no References; NULL: none, or as brought */
};

/*
 * The fields text; "" where nothing is wrong.  Covers: Message-ID (another in the message goes
 * to X-Original-Message-ID), Subject, Date (also one in no standard form), References (encoded words
 * around ids decoded, bare ids put into brackets), each field that RFC 5536 allows once and the message
 * has twice (the first stays), raw 8-bit or control characters in a field that news serves (read as
 * netnews_text() does, encoded by RFC 2047, controls as blanks; of more than 200 such names the rest
 * is hidden).  No value holds CR, LF or NUL.  The caller frees.
 */
char *netnews_fields(const struct netnews *netnews);

/* Exchange (or put, or with value NULL take out) the `+Name: value` line; the caller frees. */
char *netnews_fields_set(const char *fields, const char *name, const char *value);

/*
 * A field of the message as text, as encoded_decode(), but raw 8-bit octets that are no UTF-8 are
 * read in the charset that the message's Content-Type declares.  The caller frees.
 */
char *netnews_text(const struct header *header, const struct field *field);

/* The Date field (article/maildate.h) in Unix seconds; `arrived` where it lacks, can't
 * be read, or lies more than a day after `arrived`. */
int64_t netnews_date(const struct header *header, int64_t arrived);

#endif
