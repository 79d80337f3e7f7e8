/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Mails of our own around any text: each field that is composed is one field and reads as the text
 * did, the text part can be decoded again.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "article/address.h"
#include "article/compose.h"
#include "article/encoded.h"
#include "article/gmime.h"
#include "article/header.h"
#include "base/text.h"

#define LINE_SIZE_MAX 78
#define NAME "X-Text"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void check_lines(const char *text, size_t line_size_max)
{
	while (*text != '\0') {
		size_t size = strcspn(text, "\n");

		require(text[size] == '\n' && size > 0 && text[size - 1] == '\r');
		require(size - 1 <= line_size_max);
		require(memchr(text, '\r', size) == text + size - 1);
		text += size + 1;
	}
}

/* The one field that text consists of. */
static void check_field(const GString *text, struct header *header, struct field *field)
{
	require(strlen(text->str) == text->len);
	require(header_scan(header, text->str, text->len, NULL));
	require(header->fields->len == 1 && header->head_size == text->len);
	*field = g_array_index(header->fields, struct field, 0);
	require(field_is(field, NAME));
	for (size_t i = 0; i < text->len; i++)
		require(text->str[i] > 0 && text->str[i] < 0x7f);
}

/* What a reader sees of a text: words, with single blanks between them. */
static char *words_of(const char *text)
{
	g_autofree char *clean = text_clean(text);
	GString *out = g_string_new(NULL);

	for (const char *p = clean; *p != '\0'; p += g_utf8_skip[(unsigned char)*p]) {
		gunichar c = g_utf8_get_char(p);

		if (c != ' ' && c != 0x2028 && c != 0x2029)
			g_string_append_unichar(out, c);
		else if (out->len > 0 && out->str[out->len - 1] != ' ')
			g_string_append_c(out, ' ');
	}
	return g_strchomp(g_string_free(out, FALSE));
}

static void check_text_field(const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct header header;
	struct field field;
	g_autofree char *words = words_of(text);
	g_autofree char *decoded = NULL;
	g_autofree char *back = NULL;

	header_init(&header);
	compose_text_field(out, NAME, text);
	check_field(out, &header, &field);
	decoded = encoded_decode(field.value, field.value_size);
	back = words_of(decoded);
	require(strcmp(back, words) == 0);
	header_clear(&header);
}

static void check_address_field(const char *display, const char *address)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GPtrArray) mailboxes = NULL;
	struct header header;
	struct field field;

	header_init(&header);
	compose_address_field(out, NAME, display, address);
	check_field(out, &header, &field);
	mailboxes = address_parse(field.value, field.value_size);
	require(mailboxes->len == 1);
	header_clear(&header);
}

static void check_raw_field(const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	struct header header;
	struct field field;

	header_init(&header);
	compose_raw_field(out, NAME, text);
	check_field(out, &header, &field);
	header_clear(&header);
}

static char *decoded(const char *body, size_t size)
{
	g_autofree char *text = g_malloc(size + 1);
	guint32 save = 0;
	int state = 0;

	size = g_mime_encoding_quoted_decode_step(
	    (const unsigned char *)body, size, (unsigned char *)text, &state, &save);
	return g_strndup(text, size);
}

/* text: valid */
static void check_part(const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GString) back = NULL;
	g_autofree char *read = NULL;
	const char *body;

	compose_text_part(out, text, true);
	check_lines(out->str, LINE_SIZE_MAX);
	g_string_truncate(out, 0);
	compose_text_part(out, text, false);
	check_lines(out->str, LINE_SIZE_MAX);
	body = strstr(out->str, "\r\n\r\n") + 4;
	if (!g_str_has_prefix(body - 8, "7bit"))
		read = decoded(body, out->len - (size_t)(body - out->str));
	else
		read = g_strdup(body);
	back = g_string_new(read);
	g_string_replace(back, "\r\n", "\n", 0);
	if (*text != '\0' && !g_str_has_suffix(text, "\n"))
		g_string_truncate(back, back->len - 1);
	require(strstr(text, "\r\n") != NULL || strcmp(back->str, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autofree char *text = g_strndup((const char *)bytes, size);
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	const char *lf = strchr(text, '\n');
	g_autofree char *display = g_strndup(text, lf == NULL ? 0 : (size_t)(lf - text));

	check_text_field(text);
	check_raw_field(text);
	check_address_field(display, lf == NULL ? text : lf + 1);
	check_part(valid);
	return 0;
}
