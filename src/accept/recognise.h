/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What was not written by a person: never a post, and never an answer to a question of ours.
 * A firm mark (a field, the structure) and a mere word in the subject are two functions: where nobody
 * can look at what a word has kept out, the word is reported (accept/errand).
 */
#ifndef ACCEPT_RECOGNISE_H
#define ACCEPT_RECOGNISE_H

#include <stdbool.h>

#include "article/header.h"

/*
 * NULL: nothing says that no person wrote it.  Else what does (English, static, translatable):
 * Auto-Submitted other than `no` (RFC 3834); the empty envelope sender of reports and automatic
 * answers; a field that only automatic answers or reports have, by their programs' own names;
 * multipart/report (RFC 3462) and the types that stand in it; an answer to an invitation
 * (text/calendar with method REPLY or COUNTER, RFC 6047), among the first parts and in the first
 * 64 KiB of the body.  What is forwarded (message/rfc822) says nothing.  Not by
 * X-Auto-Response-Suppress or Precedence: bulk, which stand on people's mails too, and not by an
 * invitation.
 */
const char *recognise_machine(const struct header *header, bool null_sender);

/*
 * NULL, or what the subject looks like (English, static, translatable): a person may have
 * written it all the same.  accept/phrases.h says which subjects.
 */
const char *recognise_subject(const struct header *header);

/*
 * True if a List-Id names a list of ours: the id ends in `.domain`, or is one of `ids`
 * (NULL-terminated, may be NULL).
 */
bool recognise_own_list(const struct header *header, const char *domain, char *const *ids);

#endif
