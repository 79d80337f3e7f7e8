/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The messages of an mbox or a Maildir, in their order: first where each stands, then, perhaps in
 * another process (ctl/helpers.h), its octets as acceptance wants them.
 */
#ifndef CTL_ARCHIVE_H
#define CTL_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "article/header.h"
#include "ctl/mbox.h"

struct ctl_archive;

/* Where a message stands; its pointers are the archive's, and good in a process forked later, too. */
struct ctl_entry {
	struct ctl_mbox_message mail; /* of a file in a Maildir the size alone */
	const char *path;	      /* of that file; NULL: it is in an mbox */
	int64_t behind; /* so much of the archive has been passed with it, of ctl_archive_size() */
};

/* path is borrowed. NULL on error; ERR_BAD: the file does not begin as an mbox does. */
struct ctl_archive *ctl_archive_open_mbox(const char *path, GError **error);
/* The files in cur and new, by name. */
struct ctl_archive *ctl_archive_open_maildir(const char *path, GError **error);
void ctl_archive_close(struct ctl_archive *archive);

/* The next one; false at the end. */
bool ctl_archive_next(struct ctl_archive *archive, struct ctl_entry *entry);

/* Octets of an mbox, files of a Maildir. */
int64_t ctl_archive_size(const struct ctl_archive *archive);

/* What a person finds the message by: FILE:LINE or the file's path.  The caller frees. */
char *ctl_archive_where(const struct ctl_archive *archive, const struct ctl_entry *entry);

/* Reads one message at a time; what it has read is borrowed until the next. */
struct ctl_reader {
	size_t max;	   /* max-message-size */
	const char *bytes; /* CRLF line ends */
	size_t size;
	struct header header; /* of these */
	char *sender;	      /* owned; that the From_ line or Return-Path names, else "" */
	char *why;	      /* owned; of a refusal, in the operator's language */
	GByteArray *unquoted; /* owned, as all below */
	GByteArray *normal;
	GBytes *file;
};

enum ctl_read {
	CTL_READ_MAIL,
	CTL_READ_REFUSED, /* reader->why */
	CTL_READ_GONE,	  /* a mail program has renamed it meanwhile */
};

void ctl_reader_init(struct ctl_reader *reader, size_t max);
void ctl_reader_clear(struct ctl_reader *reader);
enum ctl_read ctl_reader_read(struct ctl_reader *reader, const struct ctl_entry *entry);

#endif
