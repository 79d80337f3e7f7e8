/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * mbox files (RFC 4155): messages one behind the other, each after a line "From SENDER DATE",
 * and followed by an empty line.  Lines of a message that look like such a one are quoted by
 * `>`: mboxrd quotes the quoted ones again, mboxo does not.
 */
#ifndef CTL_MBOX_H
#define CTL_MBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

struct ctl_mbox {
	const char *bytes; /* borrowed: the whole file */
	size_t size;
	size_t at;   /* where the next message's From_ line begins */
	size_t line; /* its number, from 1 */
};

/* One message, borrowed from the file. */
struct ctl_mbox_message {
	const char *bytes; /* quoted still, with the file's line ends */
	size_t size;
	const char *from; /* the From_ line behind "From ", without its line end */
	size_t from_size;
	size_t line; /* where the From_ line stands */
};

/* False if the bytes do not begin as an mbox does (empty ones do). */
bool ctl_mbox_init(struct ctl_mbox *mbox, const char *bytes, size_t size);

/*
 * The next message; false at the end.  A From_ line stands at the start, or behind an empty line
 * and either has a time in it or is followed by a header field: prose that begins with "From "
 * stays in its message.
 */
bool ctl_mbox_next(struct ctl_mbox *mbox, struct ctl_mbox_message *message);

/* The message with one level of quoting removed and CRLF line ends, into out (emptied first). */
void ctl_mbox_unquote(const struct ctl_mbox_message *message, GByteArray *out);

/* The sender that the From_ line names; "" if that is no address.  The caller frees. */
char *ctl_mbox_sender(const struct ctl_mbox_message *message);

/*
 * Append a message (CRLF line ends) as mboxrd with LF line ends and the empty line behind.
 * sender: "" gives MAILER-DAEMON.  date: Unix seconds.
 */
void ctl_mbox_append(
    GString *out, const char *sender, int64_t date, const char *bytes, size_t size);

#endif
