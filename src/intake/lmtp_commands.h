/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The commands of LMTP (RFC 2033, 5321) with SIZE (1870), 8BITMIME (6152),
 * PIPELINING (2920) and ENHANCEDSTATUSCODES (2034).
 */
#ifndef INTAKE_LMTP_COMMANDS_H
#define INTAKE_LMTP_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "intake/lmtp.h"

#define INTAKE_ADDRESS_MAX 254
#define INTAKE_RECIPIENTS_MAX 1000

/* Handle one line (size octets, not terminated): append the reply to the connection's output. */
void intake_lmtp_command(struct intake_session *session, const char *line, size_t size);

/* Append a reply (without CRLF); a 5xx counts as an error of the session. */
void intake_lmtp_reply(struct intake_session *session, const char *reply);

/*
 * `FROM:<local@domain> PARAMETERS` or `TO:<…> …` (word is "FROM" or "TO", any case; blanks
 * behind the colon are forgiven): the address without brackets and source route into *address
 * ("" for `<>`; the caller frees), the rest into *parameters (borrowed from text).  False if it
 * breaks the syntax of RFC 5321 section 4.1.2; an address may hold UTF-8, and a quoted local
 * part anything printable.
 */
bool intake_lmtp_parse_path(
    const char *text, const char *word, char **address, const char **parameters);

/* The reply to one recipient (its place in groups, or INTAKE_ERRAND); the caller frees. */
char *intake_lmtp_outcome(const struct intake_item *item, guint group);

#endif
