/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A dot-terminated block (RFC 5321 section 4.5.2, RFC 3977 section 3.1.1) as it
 * comes in, in pieces of any size.  Only CRLF "." CRLF ends it: no line end that
 * some other server may have taken for one (SMTP smuggling).
 */
#ifndef NET_BLOCK_H
#define NET_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

enum block_state {
	BLOCK_START,  /* behind a CRLF, or nothing has come */
	BLOCK_TEXT,   /* in a line, or behind a bare LF: a dot is a dot */
	BLOCK_CR,     /* behind one CR or several */
	BLOCK_DOT,    /* behind CRLF "." */
	BLOCK_DOT_CR, /* behind CRLF "." CR */
	BLOCK_DONE,
};

struct block {
	GByteArray *bytes; /* owned; NULL: more than max, thrown away */
	size_t max;
	enum block_state state;
	size_t crs; /* in BLOCK_CR: how many */
};

/* Expect a block of at most max octets, counted without stuffing and terminator. */
void block_init(struct block *block, size_t max);
void block_clear(struct block *block);

/*
 * Take what belongs to the block.  Returns how many of the size octets that is: all, unless
 * state has become BLOCK_DONE.  Stuffed dots are removed; a bare LF and CRs with an LF
 * behind them become CRLF each, any other CR a blank.
 */
size_t block_feed(struct block *block, const char *bytes, size_t size);

#endif
