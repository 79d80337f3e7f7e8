/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What mail shows of a stored message: the bytes as they came, with list fields in front and a
 * few fields left out; body and signed fields are never touched, so that the author's DKIM
 * signature still holds at the receiver.  (What news shows is article/serve.)
 */
#ifndef ARTICLE_OUTGOING_H
#define ARTICLE_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

/* All borrowed; addresses are valid and ASCII. */
struct outgoing {
	const char *fields;   /* netnews.h; of its `+` lines Message-ID and Date go out */
	const char *title;    /* of the group, UTF-8; for List-Id */
	const char *list_id;  /* "finanzen.listen.example.de" */
	const char *address;  /* of the group: List-Post; To where the message has none */
	const char *reply_to; /* of answers to this post; Reply-To where the message has none */
	const char *to; /* To in place of the address: of several groups, by commas; or NULL */
	bool posted;	/* by a newsreader: no mail server has seen it */
};

/*
 * Append the message as members get it: List-Id (RFC 2919), List-Post (2369), Precedence: list,
 * Reply-To, To, Message-ID and Date (those four only where the message has none; Message-ID also
 * where the article has another), then its own fields in their order, then the body byte for
 * byte.  Left out: foreign List-*, Precedence, requests for receipts (Disposition-Notification-*,
 * Return-Receipt-*, X-Confirm-Reading-To, Read-Receipt-To), Return-Path, Bcc, Resent-Bcc, lines
 * that are no field, and what a mail has no business to carry (Path, Newsgroups, Followup-To, Xref,
 * Control, Also-Control, Supersedes, Approved, Distribution, Expires, Injection-*, NNTP-Posting-*,
 * Lines, Bytes).  Of what was posted and has no signature all fields that `fields` corrects go out
 * corrected (raw 8-bit octets are no mail).  None of this is added or left out where a DKIM-Signature covers the name.
 *
 * A header block that ends with the message gets its empty line; one beyond the limits of
 * article/header goes out as it is.
 *
 * Returns true if a List-Unsubscribe of the receiver's own may be put in front of it.
 */
bool outgoing_append(GString *out, const char *wire, size_t size, const struct outgoing *outgoing);

/* The value of List-Id without the title's brackets: local and domain of the address, a dot between. */
char *outgoing_list_id(const char *address);

#endif
