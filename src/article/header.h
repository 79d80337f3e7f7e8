/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The scan of a header block: where each field stands, nothing decoded.  The
 * first look at every message, and with the hash of the body all that
 * acceptance needs.  Borrows from the bytes; copies nothing.
 */
#ifndef ARTICLE_HEADER_H
#define ARTICLE_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#define HEADER_SIZE_MAX 1048576
#define HEADER_FIELDS_MAX 10000

struct field {
	/* borrowed from the bytes, not terminated; NULL: a line that is no field */
	const char *name;
	/* behind the colon and blanks; raw, may be folded; without the last CRLF */
	const char *value;
	size_t name_size;
	size_t value_size;
	const char *line; /* the whole field with its folds and last CRLF */
	size_t line_size;
};

struct header {
	GArray *fields;	   /* owned; struct field, in order */
	const char *bytes; /* borrowed: the whole message */
	size_t size;
	size_t head_size; /* octets of the block, without the empty line */
	size_t body;	  /* where the body begins; == size if there is none */
};

void header_init(struct header *header);
void header_clear(struct header *header);

/*
 * Scan a message with CRLF (or bare LF) line ends; header keeps borrowing from bytes and may be
 * used again for another message.  The block ends at the first empty line, or with the message.
 * A line that is neither a field (RFC 5322 section 2.2) nor a fold becomes a struct field with
 * name NULL: kept, never served.  ERR_LIMIT beyond HEADER_SIZE_MAX or HEADER_FIELDS_MAX.
 */
bool header_scan(struct header *header, const char *bytes, size_t size, GError **error);

/*
 * One step of the scan, for who passes over a block once and keeps nothing: the field that begins
 * at `at`.  Returns where the next one begins, NULL at the empty line or at `end`.
 */
const char *header_next(const char *at, const char *end, struct field *field);

/* The first field of that name (ASCII case ignored), or NULL; borrowed from header. */
const struct field *header_find(const struct header *header, const char *name);

/* The next one of the same name behind `after`, or NULL. */
const struct field *header_find_next(const struct header *header, const struct field *after);

bool field_is(const struct field *field, const char *name);

/*
 * The value on one line: folds joined, each NUL, TAB, CR, LF and other control one blank, blanks
 * at both ends removed.  Raw 8-bit octets stay.  The caller frees.
 */
char *field_unfolded(const struct field *field);

/* True if the value is not empty and consists of printable US-ASCII, TAB and proper folds only. */
bool field_is_clean(const struct field *field);

#endif
