/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The last of the ties between a reply and what it answers: the subject, where nothing else ties
 * them.  Its conditions are strict (200 mails "AW: Termin" of strangers stay 200 threads).
 */
#ifndef ACCEPT_KIN_H
#define ACCEPT_KIN_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "article/header.h"
#include "base/settings.h"
#include "store/article.h"

/* What of a message can tie it to others. */
struct kin {
	char *base;	    /* owned; the base subject (article/subject.h); "": it has none */
	GPtrArray *persons; /* owned; char *: addresses of author and addressees */
};

/*
 * Read it.  The addresses of groups never count, with a token or without, nor that of the digest;
 * of more than 32 persons the first do.
 */
bool kin_read(struct kin *kin, struct store *store, const struct settings *settings,
    const struct header *header, const char *subject, GError **error);
void kin_clear(struct kin *kin);

/*
 * The article stands in the group now (or will, in this transaction): record its kin there, and
 * find it a parent and children among them.  A reply (subject_is_reply) that has no nearer parent
 * gets the latest earlier article, by date then id, of at most 14 days before, that stood in the group
 * with the same base subject and shares a person with it.  If that is one, article->wanted and
 * place are set and root is 0 (thread_settle).  Whose parent it became is appended to adopters (int64_t).
 */
bool kin_meet(struct store *store, struct article *article, const struct kin *kin, int64_t group,
    GArray *adopters, GError **error);

#endif
