/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Accepting a message: the first file to read.  Every door calls accept_message
 * inside a transaction that it owns; what it answers may be said after the commit.
 */
#ifndef ACCEPT_ACCEPT_H
#define ACCEPT_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "accept/prepare.h"
#include "base/settings.h"
#include "store/article.h"
#include "store/group.h"

/* What a door hands in. */
struct submission {
	const char *bytes; /* borrowed; CRLF line ends (article/lineends.h) */
	size_t size;
	const char *sender; /* envelope; "" for the empty one, or where there is no envelope */
	bool null_sender;   /* it is the empty one: the mail is a report or an automatic answer */
	enum via via;
	int64_t person;	 /* VIA_NEWS: who is logged in; 0: nobody */
	int64_t answers; /* the article that the address it was sent to names; 0: none */
	bool whole;	 /* for all groups or for none: one that holds it holds it for all */
	bool quiet;
	bool approved;	       /* a moderator or the operator answers for it: no policy is asked */
	struct group **groups; /* borrowed; the recipients, no one twice */
	size_t n_groups;
	int64_t arrived; /* Unix seconds */
	const struct prepared
	    *prepared; /* borrowed; of these octets; NULL: accept does it itself */
};

enum verdict {
	VERDICT_PLACED,	   /* it stands in the group */
	VERDICT_DUPLICATE, /* it stood there already: a yes */
	VERDICT_HELD,	   /* it waits for a moderator: a yes */
	VERDICT_REFUSED,   /* for good (5xx); outcome.reason says why */
};

/* What became of it, a verdict for each group of the submission, in its order. */
struct outcome {
	char *msgid; /* owned; the id that the article has; NULL where held or refused everywhere */
	int64_t article;	/* 0 likewise */
	enum verdict *verdicts; /* owned; n_groups */
	int64_t *numbers;	/* owned; n_groups; 0 where not placed */
	const char *reason;	/* of the first hold, or of a refusal: English, static; else NULL */
};

void outcome_clear(struct outcome *outcome);

/*
 * Accept one message: all that it says about the store happens in the caller's transaction.
 * False with an error where nothing could be said (ERR_TEMP: 4xx, undo to the savepoint;
 * ERR_LIMIT, ERR_BAD: 5xx).
 */
bool accept_message(struct store *store, const struct settings *settings,
    const struct submission *submission, struct outcome *outcome, GError **error);

/*
 * True if an error says that something is wrong with the message itself, so that it is refused for
 * good.  All others are faults of ours, which lose no mail: it is asked for again.
 */
bool accept_is_final(const GError *error);

#endif
