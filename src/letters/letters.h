/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Mails of our own to a person, in the person's language.  Each is an answer to something that the
 * person did or that befell a mail of theirs; never sent to machines (the caller sees to that).
 */
#ifndef LETTERS_LETTERS_H
#define LETTERS_LETTERS_H

#include <stdint.h>

#include <glib.h>

#include "base/lang.h"

enum letter_kind {
	LETTER_LEFT,		  /* the person has left the group */
	LETTER_LEFT_DIGEST,	  /* the person gets no digest any more */
	LETTER_CONFIRM_LEAVE,	  /* somebody asked to leave for them: answer to confirm */
	LETTER_CONFIRM_DIGEST,	  /* likewise the digest */
	LETTER_NOT_SUBSCRIBED,	  /* the group does not know this address */
	LETTER_UNDELIVERED,	  /* to the author: nobody could be reached with the post */
	LETTER_UNDELIVERED_ADMIN, /* to the operator: some receivers could not be reached */
	LETTER_KINDS
};

/* All borrowed; what a kind does not use may be NULL or 0. */
struct letter {
	enum letter_kind kind;
	enum lang language;
	const char *to;		   /* address */
	const char *to_name;	   /* or NULL */
	const char *from;	   /* address of the operator */
	const char *domain;	   /* of the groups */
	const char *msgid;	   /* of the letter, with brackets */
	const char *date;	   /* RFC 5322 */
	const char *in_reply_to;   /* id of what it answers, with brackets, or NULL */
	const char *reply_to;	   /* CONFIRM: the address that an answer confirms at */
	const char *group_title;   /* UTF-8 */
	const char *group_address; /* also how one subscribes again: by writing to `from` */
	const char *subject;	   /* UNDELIVERED: of the post */
	const char *article;	   /* UNDELIVERED: its id */
	const char *answer;	   /* UNDELIVERED: what the mail server said last */
	unsigned long failed;	   /* UNDELIVERED: receivers that could not be reached */
	unsigned long all;	   /* of so many */
};

/*
 * The whole mail with CRLF, ready to be sent with the empty envelope sender: From, To, Subject,
 * Date, Message-ID, In-Reply-To, Reply-To, Auto-Submitted (auto-replied for an answer,
 * auto-generated else, RFC 3834), X-Auto-Response-Suppress: All, Precedence: bulk, and the text.
 * No input can break out of its field.  g_string_free.
 */
GString *letters_compose(const struct letter *letter);

/* A short name for the store and logs: "left", "confirm-leave" …; static. */
const char *letters_name(enum letter_kind kind);

#endif
