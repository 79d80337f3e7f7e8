/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which article a message is: a new one, a known one again, or another that
 * bears a known id.
 */
#ifndef ACCEPT_IDENTIFY_H
#define ACCEPT_IDENTIFY_H

#include <stdbool.h>

#include <glib.h>

#include "accept/accept.h"
#include "article/header.h"

struct identity {
	char *msgid;	       /* owned; the id to be stored under */
	char *brought;	       /* owned; the id in the message if that is another one, or NULL */
	int64_t content;       /* keyed fingerprint of author, date, body */
	struct article *known; /* owned; the article that it is already, or NULL */
	/*
	 * Owned; char *, NULL at the end: all that others may call a new one by: its id, the one that it
	 * brought, those that gateways say they took from it (thread_claimed_name), and that of its
	 * Thread-Index (article/threadindex.h).  NULL for a known one.
	 */
	GPtrArray *names;
};

bool identify_message(struct store *store, const struct settings *settings,
    const struct submission *submission, const struct header *header, const char *author,
    struct identity *identity, GError **error);
void identity_clear(struct identity *identity);

#endif
