/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/compose.h"

#include <stddef.h>
#include <string.h>

#include "article/address.h"
#include "article/encoded.h"
#include "base/text.h"

#define FIELD_LINE_SIZE 78 /* RFC 5322 section 2.1.1 */
#define WORDS_LINE_SIZE 76 /* with encoded words in it (RFC 2047 section 2) */
#define TEXT_LINE_SIZE 76  /* RFC 2045 section 6.7 */
#define WORD_PLAIN 500	   /* octets; a longer word would come near the 998 that a line may have */
#define WORD_OCTETS 45	   /* of text in an encoded word: 60 of base64, 72 in all */

/* Stands where no address can be read. */
#define NO_ADDRESS "unknown@address.invalid"

/* -- fields -- */

/*
 * `Name: value` of a value on one line, folded before blanks.  No line consists of blanks; the first
 * word stands beside the name, where not all programs look for it further down, but an encoded one
 * has the stricter limit.
 */
static void append_folded(GString *out, const char *name, const char *value)
{
	bool encoded = strstr(value, "=?UTF-8?") != NULL;
	size_t line_size = encoded ? WORDS_LINE_SIZE : FIELD_LINE_SIZE;
	size_t taken = strlen(name) + 1;
	bool may_fold = encoded;

	g_string_append(out, name);
	g_string_append_c(out, ':');
	do {
		size_t blanks = strspn(value, " ");
		size_t word = strcspn(value + blanks, " ");

		if (may_fold && word > 0 && taken + MAX(blanks, 1) + word > line_size) {
			g_string_append(out, "\r\n");
			taken = 0;
		}
		g_string_append_printf(
		    out, "%s%.*s", blanks == 0 ? " " : "", (int)(blanks + word), value);
		taken += MAX(blanks, 1) + word;
		value += blanks + word;
		may_fold = true;
	} while (*value != '\0');
	g_string_append(out, "\r\n");
}

/* Valid UTF-8 with controls as blanks, single ones, none at the ends. */
static char *one_line(const char *text)
{
	g_autofree char *clean = text_clean(text);
	GString *out = g_string_sized_new(strlen(clean) + 1);

	for (const char *p = clean; *p != '\0'; p++)
		if (*p != ' ' || (out->len > 0 && p[1] != ' ' && p[1] != '\0'))
			g_string_append_c(out, *p);
	return g_string_free(out, FALSE);
}

static bool has_long_word(const char *value)
{
	while (*value != '\0') {
		size_t size = strcspn(value, " ");

		if (size > WORD_PLAIN)
			return true;
		value += size + strspn(value + size, " ");
	}
	return false;
}

/* All of a text as encoded words, cut between characters only. */
static char *in_words(const char *text)
{
	GString *out = g_string_new(NULL);

	while (*text != '\0') {
		const char *end = text;
		g_autofree char *payload = NULL;

		while (*end != '\0' && end + g_utf8_skip[(unsigned char)*end] <= text + WORD_OCTETS)
			end += g_utf8_skip[(unsigned char)*end];
		payload = g_base64_encode((const guchar *)text, (gsize)(end - text));
		g_string_append_printf(out, "%s=?UTF-8?B?%s?=", out->len == 0 ? "" : " ", payload);
		text = end;
	}
	return g_string_free(out, FALSE);
}

/* In US-ASCII by one of article/encoded's functions; words that could not be folded are cut. */
static char *in_ascii(const char *text, char *(*encode_fn)(const char *text))
{
	g_autofree char *line = one_line(text);
	g_autofree char *value = encode_fn(line);

	return has_long_word(value) ? in_words(line) : g_steal_pointer(&value);
}

void compose_text_field(GString *out, const char *name, const char *value)
{
	g_autofree char *ascii = in_ascii(value, encoded_encode);

	append_folded(out, name, ascii);
}

void compose_raw_field(GString *out, const char *name, const char *value)
{
	g_autofree char *line = g_strdup(value);

	for (char *p = line; *p != '\0'; p++)
		if (*p < ' ' || *p >= 0x7f)
			*p = ' ';
	append_folded(out, name, g_strstrip(line));
}

/* True if the text stands for itself in a field: no comma that ends it, no comment, no group. */
static bool is_one_address(const char *address)
{
	g_autoptr(GPtrArray) mailboxes = address_parse(address, strlen(address));
	g_autofree char *normal = address_normal(address);
	const struct mailbox *mailbox = mailboxes->len == 1 ? mailboxes->pdata[0] : NULL;

	return mailbox != NULL && address_is_valid(address) && g_str_is_ascii(address) &&
	       strcmp(mailbox->address, normal) == 0;
}

/* An address in US-ASCII, without brackets. */
static char *in_ascii_address(const char *address)
{
	g_autofree char *repaired = NULL;

	if (is_one_address(address))
		return g_strdup(address);
	repaired = address_masked_field(NULL, address, strlen(address));
	if (is_one_address(repaired))
		return g_steal_pointer(&repaired);
	return g_strdup(NO_ADDRESS);
}

void compose_address_field(GString *out, const char *name, const char *display, const char *address)
{
	g_autofree char *ascii = in_ascii_address(address);
	g_autofree char *line = one_line(display == NULL ? "" : display);
	g_autofree char *phrase = NULL;
	g_autofree char *value = NULL;

	if (*line != '\0')
		phrase = in_ascii(line, encoded_encode_phrase);
	value = phrase == NULL ? g_strdup(ascii) : g_strdup_printf("%s <%s>", phrase, ascii);
	append_folded(out, name, value);
}

/* -- the text -- */

/* Space-stuffing (RFC 3676 section 4.4); what begins with `>` is quotation here. */
static char *stuffed(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 64);

	while (*text != '\0') {
		size_t size = strcspn(text, "\n");

		size += text[size] == '\n';
		if (*text == ' ' || g_str_has_prefix(text, "From "))
			g_string_append_c(out, ' ');
		g_string_append_len(out, text, (gssize)size);
		text += size;
	}
	return g_string_free(out, FALSE);
}

/* True if a line of the encoded text that begins here would be taken for something else: the start
 * of a message in an mbox, the end of one on the wire. */
static bool begins_badly(const char *line, const char *end)
{
	return g_str_has_prefix(line, "From ") || (*line == '.' && line + 1 == end);
}

/* True if the octet at p can't stand for itself in quoted-printable. */
static bool needs_quoting(const char *p, const char *end)
{
	if (*p == ' ' || *p == '\t')
		return p + 1 == end;
	return *p <= ' ' || *p >= 0x7f || *p == '=';
}

static bool is_7bit(const char *text)
{
	while (*text != '\0') {
		const char *end = text + strcspn(text, "\n");

		if (end - text > TEXT_LINE_SIZE || begins_badly(text, end))
			return false;
		for (const char *p = text; p < end; p++)
			if (*p != '=' && needs_quoting(p, end))
				return false;
		text = end + (*end == '\n');
	}
	return true;
}

static void append_7bit(GString *out, const char *text)
{
	while (*text != '\0') {
		size_t size = strcspn(text, "\n");

		g_string_append_len(out, text, (gssize)size);
		g_string_append(out, "\r\n");
		text += size + (text[size] == '\n');
	}
}

static void append_quoted(GString *out, const char *p, const char *end)
{
	for (; p < end; p++)
		g_string_append_printf(out, "=%02X", (unsigned)(unsigned char)*p);
}

/* One line of text, without its end, as quoted-printable (RFC 2045 section 6.7). */
static void append_printable_line(GString *out, const char *line, const char *end)
{
	size_t taken = 0;

	for (const char *p = line; p < end;) {
		const char *next = p + g_utf8_skip[(unsigned char)*p]; /* a character is not cut */
		bool quote = needs_quoting(p, end);
		size_t size = quote ? 3 * (size_t)(next - p) : 1;

		if (taken + size >= TEXT_LINE_SIZE) {
			g_string_append(out, "=\r\n");
			taken = 0;
		}
		if (taken == 0 && !quote && begins_badly(p, end)) {
			quote = true;
			size = 3;
		}
		if (quote)
			append_quoted(out, p, next);
		else
			g_string_append_c(out, *p);
		taken += size;
		p = next;
	}
	g_string_append(out, "\r\n");
}

static void append_printable(GString *out, const char *text)
{
	while (*text != '\0') {
		const char *end = text + strcspn(text, "\n");

		append_printable_line(out, text, end);
		text = end + (*end == '\n');
	}
}

void compose_text_part(GString *out, const char *text, bool flowed)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_autofree char *lines = flowed ? stuffed(valid) : g_steal_pointer(&valid);
	bool plain = is_7bit(lines);

	g_string_append(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8");
	g_string_append(out, flowed ? "; format=flowed\r\n" : "\r\n");
	g_string_append(out, "Content-Transfer-Encoding: ");
	g_string_append(out, plain ? "7bit\r\n\r\n" : "quoted-printable\r\n\r\n");
	if (plain)
		append_7bit(out, lines);
	else
		append_printable(out, lines);
}
