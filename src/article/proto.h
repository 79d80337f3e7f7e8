/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a newsreader posts: a proto-article (RFC 5537 section 3.4.1), as an injecting agent has to
 * look at it (section 3.5).  What it may lack (Message-ID, Date, Path) is added where it is shown.
 */
#ifndef ARTICLE_PROTO_H
#define ARTICLE_PROTO_H

#include <stdint.h>

#include <glib.h>

#include "article/header.h"

#define PROTO_GROUPS_MAX 20

/*
 * Why it is refused, for a person: one line of English that names the field (the caller frees); NULL:
 * all is well.  From, Newsgroups and Subject must be there and say something; each field that
 * RFC 5536 allows once stands once; every line is `Name: value`; Message-ID and Date can be
 * read, the Date is not more than a day ahead of `now`; there is no Injection-Info,
 * Injection-Date, Xref, no Path that says POSTED, no Control or Supersedes; no NUL anywhere.
 */
char *proto_refusal(const struct header *header, int64_t now);

/*
 * The names in Newsgroups, blanks around them removed, none twice, PROTO_GROUPS_MAX at most.
 * g_strfreev; never NULL.
 */
char **proto_newsgroups(const struct header *header);

#endif
