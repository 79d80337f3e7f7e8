/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/charset.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What windows-1252 reads in 0x80 to 0x9f; 0: nothing. */
static const uint16_t windows_1252[32] = {
    /* clang-format off */
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
	0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
    /* clang-format on */
};

enum reading {
	READ_UTF8,     /* then windows-1252 */
	READ_1252,     /* iso-8859-1 means it */
	READ_BY_ICONV, /* then as READ_UTF8 */
	READ_UTF16,    /* big endian where nothing tells (RFC 2781 section 4.3) */
	READ_UTF16LE,
};

struct charset {
	const char *name;
	enum reading reading;
	const char *iconv; /* NULL: name */
};

/*
 * The charsets that we read.  A closed list: what iconv loads for any name that a mail brings is
 * not ours to risk.
 */
static const struct charset charsets[] = {
    /* clang-format off */
	{"utf-8",          READ_UTF8,     NULL},
	{"iso-8859-1",     READ_1252,     NULL},
	{"windows-1252",   READ_1252,     NULL},
	{"us-ascii",       READ_UTF8,     NULL},
	{"iso-8859-15",    READ_BY_ICONV, NULL},
	{"utf8",           READ_UTF8,     NULL},
	{"latin1",         READ_1252,     NULL},
	{"iso8859-1",      READ_1252,     NULL},
	{"iso_8859-1",     READ_1252,     NULL},
	{"cp1252",         READ_1252,     NULL},
	{"big5",           READ_BY_ICONV, NULL},
	{"cp437",          READ_BY_ICONV, NULL},
	{"cp850",          READ_BY_ICONV, NULL},
	{"euc-jp",         READ_BY_ICONV, NULL},
	{"euc-kr",         READ_BY_ICONV, NULL},
	{"gb18030",        READ_BY_ICONV, NULL},
	{"gb2312",         READ_BY_ICONV, "gb18030"},
	{"gbk",            READ_BY_ICONV, "gb18030"},
	{"ibm850",         READ_BY_ICONV, NULL},
	{"iso-2022-jp",    READ_BY_ICONV, NULL},
	{"iso-8859-2",     READ_BY_ICONV, NULL},
	{"iso-8859-3",     READ_BY_ICONV, NULL},
	{"iso-8859-4",     READ_BY_ICONV, NULL},
	{"iso-8859-5",     READ_BY_ICONV, NULL},
	{"iso-8859-6",     READ_BY_ICONV, NULL},
	{"iso-8859-7",     READ_BY_ICONV, NULL},
	{"iso-8859-8",     READ_BY_ICONV, NULL},
	{"iso-8859-8-i",   READ_BY_ICONV, "iso-8859-8"},
	{"iso-8859-9",     READ_BY_ICONV, "windows-1254"},
	{"iso-8859-10",    READ_BY_ICONV, NULL},
	{"iso-8859-13",    READ_BY_ICONV, NULL},
	{"iso-8859-14",    READ_BY_ICONV, NULL},
	{"iso-8859-16",    READ_BY_ICONV, NULL},
	{"koi8-r",         READ_BY_ICONV, NULL},
	{"koi8-u",         READ_BY_ICONV, NULL},
	{"ks_c_5601-1987", READ_BY_ICONV, "cp949"},
	{"macintosh",      READ_BY_ICONV, NULL},
	{"shift_jis",      READ_BY_ICONV, "cp932"},
	{"tis-620",        READ_BY_ICONV, NULL},
	{"utf-7",          READ_BY_ICONV, NULL},
	{"utf-16",         READ_UTF16,    NULL},
	{"utf-16be",       READ_UTF16,    NULL},
	{"utf-16le",       READ_UTF16LE,  NULL},
	{"unicode",        READ_UTF16LE,  NULL},
	{"ucs-2",          READ_UTF16,    NULL},
	{"windows-1250",   READ_BY_ICONV, NULL},
	{"windows-1251",   READ_BY_ICONV, NULL},
	{"windows-1253",   READ_BY_ICONV, NULL},
	{"windows-1254",   READ_BY_ICONV, NULL},
	{"windows-1255",   READ_BY_ICONV, NULL},
	{"windows-1256",   READ_BY_ICONV, NULL},
	{"windows-1257",   READ_BY_ICONV, NULL},
	{"windows-1258",   READ_BY_ICONV, NULL},
    /* clang-format on */
};

const struct charset *charset_find(const char *name, size_t size)
{
	const char *tag = memchr(name, '*', size);

	if (tag != NULL)
		size = (size_t)(tag - name);
	for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++)
		if (strlen(charsets[i].name) == size &&
		    g_ascii_strncasecmp(charsets[i].name, name, size) == 0)
			return &charsets[i];
	return &charsets[0];
}

/* Append a character; what is a control or ends a line somewhere becomes a blank. */
static void append_char(GString *out, gunichar c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029)
		g_string_append_c(out, ' ');
	else if (c < 0x80)
		g_string_append_c(out, (char)c);
	else
		g_string_append_unichar(out, c);
}

static void append_1252(GString *out, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		gunichar c = (unsigned char)bytes[i];

		if (c >= 0x80 && c < 0xa0) {
			c = windows_1252[c - 0x80];
			c = c == 0 ? 0xfffd : c;
		}
		append_char(out, c);
	}
}

/* The octets of the valid UTF-8 character at bytes, 0 if there is none. */
static size_t char_size(const char *bytes, size_t size)
{
	gunichar c;

	if ((unsigned char)*bytes < 0x80)
		return 1;
	c = g_utf8_get_char_validated(bytes, (gssize)MIN(size, 4));
	return c >= (gunichar)-2 ? 0 : (size_t)g_unichar_to_utf8(c, NULL);
}

/*
 * UTF-8 or windows-1252?  All valid is UTF-8.  With as many good characters as bad octets it is
 * damaged UTF-8 (mail programs cut in the middle of a character): the bad octets alone are read as
 * windows-1252.
 */
static void append_utf8(GString *out, const char *bytes, size_t size)
{
	size_t good = 0;
	size_t bad = 0;
	size_t n;

	for (size_t i = 0; i < size; i += MAX(n, 1)) {
		n = char_size(bytes + i, size - i);
		good += n > 1;
		bad += n == 0;
	}
	if (bad > good) {
		append_1252(out, bytes, size);
		return;
	}
	for (size_t i = 0; i < size; i += MAX(n, 1)) {
		n = char_size(bytes + i, size - i);
		if (n == 0)
			append_1252(out, bytes + i, 1);
		else
			append_char(out, g_utf8_get_char(bytes + i));
	}
}

GString *charset_convert(const struct charset *charset, const char *bytes, size_t size)
{
	const char *name = charset->iconv == NULL ? charset->name : charset->iconv;
	g_autofree char *text = NULL;
	gsize text_size;

	if (charset->reading != READ_BY_ICONV)
		return NULL;
	text = g_convert(bytes, (gssize)size, "UTF-8", name, NULL, &text_size, NULL);
	return text == NULL ? NULL : g_string_new_len(text, (gssize)text_size);
}

void charset_append(GString *out, const struct charset *charset, const char *bytes, size_t size)
{
	g_autoptr(GString) text = charset == NULL ? NULL : charset_convert(charset, bytes, size);

	if (text != NULL)
		append_utf8(out, text->str, text->len);
	else if (charset != NULL && charset->reading == READ_1252)
		append_1252(out, bytes, size);
	else
		append_utf8(out, bytes, size);
}

/* -- texts -- */

/* UTF-16 in UTF-8; half a pair of surrogates becomes U+FFFD. */
static GString *from_utf16(const GString *octets, bool little, size_t size_max)
{
	const unsigned char *p = (const unsigned char *)octets->str;
	const unsigned char *end = p + octets->len / 2 * 2;
	GString *out = g_string_new(NULL);
	gunichar high = 0;

	for (; p < end && out->len < size_max; p += 2) {
		gunichar c = little ? (gunichar)(p[0] | p[1] << 8) : (gunichar)(p[0] << 8 | p[1]);

		if (high != 0 && (c & 0xfc00) != 0xdc00)
			g_string_append_unichar(out, 0xfffd);
		if ((c & 0xfc00) == 0xd800) {
			high = c;
			continue;
		}
		if ((c & 0xfc00) == 0xdc00)
			c = high == 0 ? 0xfffd : 0x10000 + ((high & 0x3ff) << 10) + (c & 0x3ff);
		high = 0;
		g_string_append_unichar(out, c);
	}
	return out;
}

/* UTF-16 by its byte order mark, or by its name where octets of zero bear that out; else NULL. */
static GString *unwound(const struct charset *charset, const GString *octets, size_t size_max)
{
	const bool named =
	    charset != NULL && (charset->reading == READ_UTF16 || charset->reading == READ_UTF16LE);

	if (octets->len >= 2 && memcmp(octets->str, "\xff\xfe", 2) == 0)
		return from_utf16(octets, true, size_max);
	if (octets->len >= 2 && memcmp(octets->str, "\xfe\xff", 2) == 0)
		return from_utf16(octets, false, size_max);
	if (!named || memchr(octets->str, '\0', octets->len) == NULL)
		return NULL;
	return from_utf16(octets, charset->reading == READ_UTF16LE, size_max);
}

static void append_lines(
    GString *out, const struct charset *charset, const GString *octets, size_t size_max)
{
	const char *end = octets->str + octets->len;

	for (const char *p = octets->str; p < end && out->len < size_max;) {
		const char *stop = p;
		const char *line_end;

		while (stop < end && *stop != '\n' && *stop != '\t')
			stop++;
		line_end = stop;
		if (stop < end && *stop == '\n' && stop > p && stop[-1] == '\r')
			line_end--;
		if (line_end > p)
			charset_append(out, charset, p, (size_t)(line_end - p));
		if (stop < end)
			g_string_append_c(out, *stop);
		p = stop + 1;
	}
}

char *charset_text(const struct charset *charset, const GString *octets, size_t size_max)
{
	g_autoptr(GString) wide = unwound(charset, octets, size_max);
	GString *out = g_string_sized_new(MIN(octets->len, size_max) + 1);

	append_lines(out, wide == NULL ? charset : NULL, wide == NULL ? octets : wide, size_max);
	if (g_str_has_prefix(out->str, "\xef\xbb\xbf")) /* a byte order mark */
		g_string_erase(out, 0, 3);
	return g_string_free(out, FALSE);
}
