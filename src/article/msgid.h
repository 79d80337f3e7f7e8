/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Message-IDs (RFC 5536 section 3.1.3, RFC 3977 section 3.6).  Always with
 * their angle brackets.
 */
#ifndef ARTICLE_MSGID_H
#define ARTICLE_MSGID_H

#include <stdbool.h>
#include <stddef.h>

#define MSGID_SIZE_MAX 250 /* what NNTP can carry */

/*
 * True if news can serve id as it stands: 3 to 250 octets, `<` … `>` with no other `>`, printable
 * US-ASCII, no blank (RFC 3977 section 3.6).  What stands inside may be odd (two `@`, no `@`).
 */
bool msgid_is_valid(const char *id, size_t size);

/*
 * The first `<…>` in a raw field value, blanks and folds inside and outside ignored.  Where there is
 * no `<`, a single word with an `@` within, as old programs write it, gets its brackets.  NULL if
 * there is neither or it is longer than 998 octets.  The caller frees.
 */
char *msgid_extract(const char *value, size_t size);

/*
 * True for a word, counted, that is an id without its angle brackets: an `@` within, no `<`, `>`,
 * blank or control.
 */
bool msgid_is_bare(const char *word, size_t size);

/* An id of ours: `<BASE32@domain>` of digest (at least 10 octets).  The caller frees. */
char *msgid_make(const char *domain, const void *digest, size_t size);

/* True if id ends in `@domain>` (ASCII case ignored). */
bool msgid_is_of_domain(const char *id, const char *domain);

#endif
