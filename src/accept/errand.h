/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A mail to an address of ours that is no group's own: somebody leaves a group or the digest, or
 * a mail server reports what became of a mail.
 */
#ifndef ACCEPT_ERRAND_H
#define ACCEPT_ERRAND_H

#include <stdbool.h>

#include <glib.h>

#include "accept/accept.h"
#include "accept/resolve.h"

/*
 * Do what the address asks, within the caller's transaction.  target is any but TARGET_GROUP; of the
 * submission bytes, size, sender, null_sender and arrived count.  *done (English, static) says what
 * was done, for the log.  The answer to the sender is always a yes: who may not do it, or is a
 * machine, learns nothing.  Where a mere word in the subject says that it is one, nothing is done, and the
 * operator is told by a notice.
 *
 * Leaving happens at once where the token came in a letter that asked, or where the mail is from one
 * of the person's addresses and has the token of the person's own mails, or is verified by the
 * mail server.  Else the person is asked by a letter, once a day at most for each group.
 */
bool errand_run(struct store *store, const struct settings *settings,
    const struct submission *submission, const struct target *target, const char **done,
    GError **error);

#endif
