/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What was not written by a person: never a post, and never an answer to a question of ours.
 */
#ifndef ACCEPT_RECOGNISE_H
#define ACCEPT_RECOGNISE_H

#include <stdbool.h>

#include "article/header.h"

/*
 * NULL: a person wrote it.  Else why not (English, static, translatable): Auto-Submitted other than
 * `no` (RFC 3834); the empty envelope sender of reports and automatic answers; X-Autoreply,
 * X-Autorespond, Precedence: auto_reply; or a subject that begins with what mail programs write before
 * such an answer, with its colon, in German or English ("Automatische Antwort:").  Not by
 * X-Auto-Response-Suppress, which stands on people's mails too.
 */
const char *recognise_machine(const struct header *header, bool null_sender);

/*
 * True if a List-Id names a list of ours: the id ends in `.domain`, or is one of `ids`
 * (NULL-terminated, may be NULL).
 */
bool recognise_own_list(const struct header *header, const char *domain, char *const *ids);

#endif
