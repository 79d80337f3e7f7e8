/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Trimming a reply: what stands in front of the first form feed is a source and a letter of the author,
 * the rest is the reply.  The pieces are all its lines, and what is shown was there.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "article/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static unsigned lines_in(const char *text)
{
	unsigned count = 0;

	for (const char *p = text; *p != '\0'; p++)
		count += *p == '\n' || p[1] == '\0';
	return count;
}

static bool says_something(const char *text)
{
	for (; *text != '\0'; text += g_utf8_skip[(unsigned char)*text])
		if (g_unichar_isalnum(g_utf8_get_char(text)))
			return true;
	return false;
}

/* Pieces are whole, in order, and differ from their neighbours. */
static void check_pieces(const char *text, const GArray *pieces)
{
	unsigned at = 0;

	for (unsigned i = 0; i < pieces->len; i++) {
		const struct quote_piece *piece = &g_array_index(pieces, struct quote_piece, i);

		require(piece->first == at && piece->count > 0);
		require((piece->kind == QUOTE_NEW) == (piece->rule == NULL));
		at += piece->count;
	}
	require(at == lines_in(text));
}

/* Each line that is shown stands in the text; a quotation is put together from a few. */
static void check_shown(const char *text, const char *shown)
{
	g_auto(GStrv) lines = g_strsplit(shown, "\n", -1);

	require(g_utf8_validate(shown, -1, NULL));
	require(*shown == '\0' || g_str_has_suffix(shown, "\n"));
	require(*shown != '\n' && strstr(shown, "\n\n\n") == NULL);
	require(says_something(text) == says_something(shown));
	for (char **line = lines; *line != NULL; line++)
		require(**line == '>' || strstr(text, *line) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autofree char *raw = g_strndup((const char *)bytes, size);
	g_autofree char *text = g_utf8_make_valid(raw, -1);
	char *reply = strchr(text, '\f');
	const char *sources[] = {NULL, NULL};
	g_autoptr(GPtrArray) tails = NULL;
	struct quote_known known = {.sources = sources};
	g_autoptr(GArray) pieces = NULL;
	g_autofree char *shown = NULL;

	if (reply != NULL) {
		*reply++ = '\0';
		sources[0] = text;
	} else {
		reply = text;
	}
	tails = quote_learn((const char *const[]){text, reply, text}, 3);
	g_ptr_array_add(tails, NULL);
	known.tails = (const char *const *)tails->pdata;
	pieces = quote_read(reply, &known);
	check_pieces(reply, pieces);
	shown = quote_shown(reply, pieces);
	check_shown(reply, shown);
	return 0;
}
