/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/encoded.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "article/charset.h"
#include "article/gmime.h"

#define WORD_SIZE_MAX 1000	 /* of what we take; RFC 2047 allows 75 */
#define WORD_PAYLOAD_SIZE 63	 /* of what we write: 75 less `=?UTF-8?Q?` and `?=` */
#define CHARSET_NAME_SIZE_MAX 40 /* with a language tag (RFC 2231) */

GMimeParserOptions *gmime_options(void)
{
	static const char *charsets[] = {"utf-8", "windows-1252", NULL};
	static GMimeParserOptions *options;

	if (options == NULL) {
		g_mime_init();
		options = g_mime_parser_options_new();
		g_mime_parser_options_set_fallback_charsets(options, charsets);
	}
	return options;
}

/* -- encoded words -- */

struct word {
	const struct charset *charset;
	const char *payload;
	size_t payload_size;
	size_t size;
	bool base64;
};

/*
 * Where the payload ends: at `?=`.  Some write a `?` unencoded, and an encoded octet may follow it
 * (`?=C3`): such a place is passed over if a better one comes before the next word begins.
 */
static const char *payload_end(const char *p, const char *end, bool base64)
{
	const char *first = memmem(p, (size_t)(end - p), "?=", 2);
	const char *close = first;

	while (close != NULL && !base64 && end - close > 3 && g_ascii_isxdigit(close[2]) &&
	       g_ascii_isxdigit(close[3])) {
		const char *behind = close + 2;

		close = memmem(behind, (size_t)(end - behind), "?=", 2);
		if (close == NULL || memmem(behind, (size_t)(close - behind), "=?", 2) != NULL)
			return first;
	}
	return close;
}

static bool word_parse(const char *text, size_t size, struct word *word)
{
	const char *end = text + MIN(size, WORD_SIZE_MAX);
	const char *name = text + 2;
	const char *mark;
	const char *close;

	if (size < 8 || text[0] != '=' || text[1] != '?')
		return false;
	mark = memchr(name, '?', (size_t)(MIN(end, name + CHARSET_NAME_SIZE_MAX) - name));
	if (mark == NULL || mark == name || end - mark < 4 || mark[2] != '?')
		return false;
	for (const char *p = name; p < mark; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == '=')
			return false;
	word->base64 = mark[1] == 'B' || mark[1] == 'b';
	if (!word->base64 && mark[1] != 'Q' && mark[1] != 'q')
		return false;
	word->charset = charset_find(name, (size_t)(mark - name));
	word->payload = mark + 3;
	close = payload_end(word->payload, end, word->base64);
	if (close == NULL)
		return false;
	word->payload_size = (size_t)(close - word->payload);
	word->size = (size_t)(close + 2 - text);
	return true;
}

size_t encoded_word_size(const char *text, size_t size)
{
	struct word word;

	return word_parse(text, size, &word) ? word.size : 0;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* What is not base64 is passed over; a last piece without padding counts. */
static void append_base64(GString *octets, const char *payload, size_t size)
{
	uint32_t bits = 0;
	unsigned n = 0;

	for (size_t i = 0; i < size; i++) {
		int value = base64_value(payload[i]);

		if (value < 0)
			continue;
		bits = bits << 6 | (uint32_t)value;
		n += 6;
		if (n >= 8) {
			n -= 8;
			g_string_append_c(octets, (char)(bits >> n & 0xff));
		}
	}
}

static void append_q(GString *octets, const char *payload, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = payload[i];

		if (c == '=' && size - i > 2 && g_ascii_isxdigit(payload[i + 1]) &&
		    g_ascii_isxdigit(payload[i + 2])) {
			c = (char)(g_ascii_xdigit_value(payload[i + 1]) << 4 |
				   g_ascii_xdigit_value(payload[i + 2]));
			i += 2;
		} else if (c == '_') {
			c = ' ';
		} else if (c == '\r' || c == '\n') {
			continue;
		}
		g_string_append_c(octets, c);
	}
}

/* Undeclared text between encoded words, its folds joined. */
static void append_literal(GString *out, const char *text, size_t size)
{
	g_autoptr(GString) line = g_string_sized_new(size + 1);

	for (size_t i = 0; i < size; i++) {
		size_t fold = text[i] == '\n'					       ? 1
			      : text[i] == '\r' && size - i > 1 && text[i + 1] == '\n' ? 2
										       : 0;

		if (fold > 0 && i + fold < size &&
		    (text[i + fold] == ' ' || text[i + fold] == '\t'))
			i += fold;
		g_string_append_c(line, text[i]);
	}
	charset_append(out, NULL, line->str, line->len);
}

static bool is_space(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!g_ascii_isspace(text[i]))
			return false;
	return true;
}

static bool is_plain(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (text[i] < ' ' || text[i] >= 0x7f ||
		    (text[i] == '=' && i + 1 < size && text[i + 1] == '?'))
			return false;
	return true;
}

/* The first word in text, NULL if there is none. */
static const char *word_find(const char *text, const char *end, struct word *word)
{
	while ((text = memmem(text, (size_t)(end - text), "=?", 2)) != NULL) {
		if (word_parse(text, (size_t)(end - text), word))
			return text;
		text += 2;
	}
	return NULL;
}

/* Octets of one charset are gathered over neighbouring words, so that cut characters join. */
static void append_words(GString *out, const char *text, const char *end)
{
	g_autoptr(GString) octets = g_string_new(NULL);
	const struct charset *charset = NULL; /* of octets; NULL: no word stands before text */
	struct word word;
	const char *at;

	while ((at = word_find(text, end, &word)) != NULL) {
		bool joined = charset != NULL && is_space(text, (size_t)(at - text));

		if (charset != NULL && (!joined || charset != word.charset)) {
			charset_append(out, charset, octets->str, octets->len);
			g_string_truncate(octets, 0);
		}
		if (!joined)
			append_literal(out, text, (size_t)(at - text));
		charset = word.charset;
		if (word.base64)
			append_base64(octets, word.payload, word.payload_size);
		else
			append_q(octets, word.payload, word.payload_size);
		text = at + word.size;
	}
	if (charset != NULL)
		charset_append(out, charset, octets->str, octets->len);
	append_literal(out, text, (size_t)(end - text));
}

char *encoded_decode(const char *value, size_t size)
{
	GString *out;

	if (size == 0)
		return g_strdup("");
	if (is_plain(value, size))
		return g_strstrip(g_strndup(value, size));
	out = g_string_sized_new(size + 1);
	append_words(out, value, value + size);
	return g_strstrip(g_string_free(out, FALSE));
}

GString *encoded_recode(const char *value, size_t size, const char *charset, size_t charset_size)
{
	if (g_utf8_validate_len(value, size, NULL))
		return NULL;
	return charset_convert(charset_find(charset, charset_size), value, size);
}

/* -- to encoded words -- */

static bool is_q_safe(char c)
{
	return g_ascii_isalnum(c) || c == '!' || c == '*' || c == '+' || c == '-' || c == '/';
}

static size_t q_size(const char *text, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		n += is_q_safe(text[i]) || text[i] == ' ' ? 1 : 3;
	return n;
}

static void append_q_word(GString *out, const char *text, size_t size)
{
	g_string_append(out, "=?UTF-8?Q?");
	for (size_t i = 0; i < size; i++) {
		if (is_q_safe(text[i]))
			g_string_append_c(out, text[i]);
		else if (text[i] == ' ')
			g_string_append_c(out, '_');
		else
			g_string_append_printf(out, "=%02X", (unsigned)(unsigned char)text[i]);
	}
	g_string_append(out, "?=");
}

static void append_b_word(GString *out, const char *text, size_t size)
{
	g_autofree char *payload = g_base64_encode((const guchar *)text, size);

	g_string_append_printf(out, "=?UTF-8?B?%s?=", payload);
}

/* Valid UTF-8 as encoded words, cut between characters only. */
static void append_encoded(GString *out, const char *text, size_t size)
{
	bool q = q_size(text, size) <= 2 * size; /* else base64 is shorter by far */
	const char *end = text + size;
	bool first = true;

	while (text < end) {
		const char *p = text;
		const char *next = p;

		do {
			size_t n;

			p = next;
			if (p == end)
				break;
			next = p + g_utf8_skip[(unsigned char)*p];
			n = (size_t)(next - text);
			n = q ? q_size(text, n) : (n + 2) / 3 * 4;
			if (n > WORD_PAYLOAD_SIZE)
				break;
		} while (true);
		if (!first)
			g_string_append_c(out, ' ');
		first = false;
		if (q)
			append_q_word(out, text, (size_t)(p - text));
		else
			append_b_word(out, text, (size_t)(p - text));
		text = p;
	}
}

/* Valid UTF-8 with each control a blank. */
static char *cleaned(const char *text)
{
	size_t size = strlen(text);
	GString *out = g_string_sized_new(size + 1);

	charset_append(out, NULL, text, size);
	return g_string_free(out, FALSE);
}

/* The end of the stretch of words that begins at word and is to be encoded as one. */
static const char *stretch_end(const char *word)
{
	const char *end = word + strcspn(word, " ");

	while (*end != '\0') {
		const char *next = end + strspn(end, " ");
		size_t size = strcspn(next, " ");

		if (size == 0 || is_plain(next, size))
			break;
		end = next + size;
	}
	return end;
}

char *encoded_encode(const char *text)
{
	g_autofree char *line = NULL;
	GString *out;
	const char *p;

	if (is_plain(text, strlen(text)))
		return g_strdup(text);
	line = cleaned(text);
	out = g_string_sized_new(2 * strlen(line));
	p = line;
	while (*p != '\0') {
		size_t blanks = strspn(p, " ");
		size_t size = strcspn(p + blanks, " ");

		g_string_append_len(out, p, (gssize)blanks);
		p += blanks;
		if (is_plain(p, size)) {
			g_string_append_len(out, p, (gssize)size);
			p += size;
		} else {
			const char *end = stretch_end(p);

			append_encoded(out, p, (size_t)(end - p));
			p = end;
		}
	}
	return g_string_free(out, FALSE);
}

/* True for what may stand in a phrase without quotes: atoms with single blanks between. */
static bool is_atoms(const char *text)
{
	bool blank = true;

	for (; *text != '\0'; text++) {
		if (*text == ' ' && blank)
			return false;
		blank = *text == ' ';
		if (!blank && !g_ascii_isalnum(*text) &&
		    strchr("!#$%&'*+-/=?^_`{|}~", *text) == NULL)
			return false;
	}
	return !blank;
}

char *encoded_encode_phrase(const char *text)
{
	g_autofree char *line = NULL;
	GString *out = g_string_new(NULL);

	if (is_plain(text, strlen(text))) {
		if (is_atoms(text))
			return g_string_free(g_string_append(out, text), FALSE);
		g_string_append_c(out, '"');
		for (; *text != '\0'; text++) {
			if (*text == '"' || *text == '\\')
				g_string_append_c(out, '\\');
			g_string_append_c(out, *text);
		}
		return g_string_free(g_string_append_c(out, '"'), FALSE);
	}
	line = cleaned(text);
	append_encoded(out, line, strlen(line));
	return g_string_free(out, FALSE);
}
