/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What became of a mail, in one clean line: valid UTF-8 of at most 500 octets without control
 * characters, whatever the relay has said.
 */
#ifndef COURIER_ANSWER_H
#define COURIER_ANSWER_H

#include <glib.h>

/* Set text to words of our own. */
void courier_answer_say(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Set text to what the relay has said: "550 5.1.1 no such box", its lines joined by blanks.  lines:
 * without their codes, each ended by LF.  An enhanced status (RFC 2034) that each line repeats
 * is told once.
 */
void courier_answer_quote(GString *text, int code, const char *lines);

#endif
