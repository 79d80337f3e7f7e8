/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A relay that is a Maildir: every outgoing mail becomes a file in its new/, the envelope in
 * X-Envelope-From and X-Envelope-To in front.  What follows are the octets that any relay would
 * get, CRLF line ends and all.  Used by courier/relay only.
 */
#ifndef COURIER_FOLDER_H
#define COURIER_FOLDER_H

#include "courier/relay.h"

/* Make tmp/, new/ and cur/ where they lack.  ERR_PERM, ERR_TEMP. */
bool courier_folder_open(const char *path, GError **error);

/*
 * As relay_send(): written to tmp/, synced, renamed to new/.  A full disk or a missing folder is
 * RELAY_TEMP and broken: opening it again makes the folder.  Names are unique over processes and
 * sort by time; the answer's text is "new/NAME", its code 0.
 */
void courier_folder_send(
    const char *path, const struct relay_mail *mail, struct relay_answer *answer);

#endif
