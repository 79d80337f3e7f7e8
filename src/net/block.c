/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/block.h"

#include <string.h>

/* No block is larger, whatever the settings say: a GByteArray counts in 32 bits. */
#define BLOCK_MAX ((size_t)1024 * 1024 * 1024)

/* How far is looked for an LF: many CRs without one shall not cost a look at everything each. */
#define LOOK_SIZE 1024

void block_init(struct block *block, size_t max)
{
	block->bytes = g_byte_array_new();
	block->max = MIN(max, BLOCK_MAX);
	block->state = BLOCK_START;
}

void block_clear(struct block *block)
{
	g_clear_pointer(&block->bytes, g_byte_array_unref);
}

static void append(struct block *block, const char *bytes, size_t size)
{
	if (block->bytes == NULL || size == 0)
		return;
	if (size > block->max - block->bytes->len) {
		block_clear(block);
		return;
	}
	g_byte_array_append(block->bytes, (const guint8 *)bytes, (guint)size);
}

/* As many regular lines as there are, in one piece.  Returns where it stopped. */
static const char *feed_text(struct block *block, const char *at, const char *end)
{
	const char *run = at;

	while (at < end) {
		const size_t look = MIN((size_t)(end - at), LOOK_SIZE);
		const char *lf = memchr(at, '\n', look);
		const char *stop = lf != NULL ? lf : at + look;
		const char *cr = memchr(at, '\r', (size_t)(stop - at));

		if (cr != NULL && cr + 1 == lf) {
			at = lf + 1;
			if (at < end && *at != '.')
				continue;
			block->state = BLOCK_START;
			break;
		}
		if (cr != NULL) {
			append(block, run, (size_t)(cr - run));
			block->state = BLOCK_CR;
			block->crs = 1;
			return cr + 1;
		}
		at = stop;
		if (lf != NULL) {
			append(block, run, (size_t)(lf - run));
			append(block, "\r\n", 2);
			run = at = lf + 1;
		}
	}
	append(block, run, (size_t)(at - run));
	return at;
}

/*
 * CRs are a line end with an LF behind them (\r\r\n is a common accident), else blanks: the servers
 * before us have seen no line end there, so no field, no end of the header may begin behind one.
 */
static bool feed_behind_cr(struct block *block, char octet)
{
	if (octet == '\r') {
		block->crs++;
		return true;
	}
	if (octet == '\n')
		append(block, "\r\n", 2);
	for (size_t i = octet == '\n' ? 0 : block->crs; i > 0; i--)
		append(block, " ", 1);
	block->state = octet == '\n' ? BLOCK_START : BLOCK_TEXT;
	return octet == '\n';
}

/* One octet where a line ends or begins; false if it is not taken but to be looked at again. */
static bool feed_octet(struct block *block, char octet)
{
	switch (block->state) {
	case BLOCK_START:
		block->state = octet == '.' ? BLOCK_DOT : BLOCK_TEXT;
		return octet == '.';
	case BLOCK_DOT:
		block->state = octet == '\r' ? BLOCK_DOT_CR : BLOCK_TEXT;
		return octet == '\r';
	case BLOCK_DOT_CR:
		block->state = octet == '\n' ? BLOCK_DONE : BLOCK_CR;
		block->crs = 1;
		return octet == '\n';
	case BLOCK_CR:
		return feed_behind_cr(block, octet);
	case BLOCK_TEXT:
	case BLOCK_DONE:
		break;
	}
	return false;
}

size_t block_feed(struct block *block, const char *bytes, size_t size)
{
	const char *at = bytes;
	const char *end = bytes + size;

	while (at < end && block->state != BLOCK_DONE) {
		if (block->state == BLOCK_TEXT)
			at = feed_text(block, at, end);
		else if (feed_octet(block, *at))
			at++;
	}
	return (size_t)(at - bytes);
}
