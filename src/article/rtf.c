/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/rtf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "article/charset.h"
#include "article/html.h"

#define OUT_SIZE_MAX 524288
#define GROUPS_MAX 100
#define WORD_SIZE_MAX 32

/* What holds within a pair of braces. */
struct group {
	bool left_out;
	bool doubled;	    /* \htmlrtf: what the HTML says as well */
	unsigned fallbacks; /* characters that stand for an older reader behind \u */
};

struct reading {
	GString *out;
	GString *octets; /* of the document's charset, to be appended to out */
	const struct charset *charset;
	bool from_html;
	bool starred;	 /* \* : the next word may be passed over */
	unsigned passed; /* characters to pass over */
	gunichar high;	 /* half of a pair of surrogates */
	struct group group;
	GArray *groups; /* struct group: the outer ones */
};

/* -- characters -- */

static void flush(struct reading *reading)
{
	if (reading->octets->len > 0)
		charset_append(
		    reading->out, reading->charset, reading->octets->str, reading->octets->len);
	g_string_truncate(reading->octets, 0);
}

static bool is_shown(const struct reading *reading)
{
	if (reading->group.left_out)
		return false;
	return !reading->from_html || !reading->group.doubled;
}

static void add_octet(struct reading *reading, char c)
{
	if (reading->passed > 0)
		reading->passed--;
	else if (is_shown(reading))
		g_string_append_c(reading->octets, c);
}

static void add_line(struct reading *reading)
{
	if (!is_shown(reading))
		return;
	flush(reading);
	g_string_append_c(reading->out, '\n');
}

static void add_unicode(struct reading *reading, int number)
{
	gunichar c = (gunichar)(number < 0 ? number + 65536 : number);

	reading->passed = reading->group.fallbacks;
	if ((c & 0xfffffc00) == 0xd800) {
		reading->high = c;
		return;
	}
	if ((c & 0xfffffc00) == 0xdc00 && reading->high != 0)
		c = 0x10000 + ((reading->high & 0x3ff) << 10) + (c & 0x3ff);
	reading->high = 0;
	if (!is_shown(reading) || !g_unichar_validate(c) || g_unichar_iscntrl(c))
		return;
	flush(reading);
	g_string_append_unichar(reading->out, c);
}

/* -- control words -- */

enum action {
	LEAVE_OUT, /* the group */
	LINE,
	OCTET, /* the number in the table, in windows-1252 */
	CHARSET,
	FROM_HTML,
	DOUBLED,
	TAG, /* a piece of the HTML that the document was made from */
	UNICODE,
	FALLBACKS,
};

/* Sorted by name; all others mean nothing, and with \* before them their group is left out. */
static const struct word {
	const char *name;
	enum action action;
	gunichar c;
} words[] = {
    /* clang-format off */
	{"ansicpg",     CHARSET,   0},
	{"bullet",      OCTET,     0x2022},
	{"cell",        OCTET,     '\t'},
	{"colortbl",    LEAVE_OUT, 0},
	{"emdash",      OCTET,     0x2014},
	{"endash",      OCTET,     0x2013},
	{"fonttbl",     LEAVE_OUT, 0},
	{"footer",      LEAVE_OUT, 0},
	{"fromhtml",    FROM_HTML, 0},
	{"header",      LEAVE_OUT, 0},
	{"htmlrtf",     DOUBLED,   0},
	{"htmltag",     TAG,       0},
	{"info",        LEAVE_OUT, 0},
	{"ldblquote",   OCTET,     0x201c},
	{"line",        LINE,      0},
	{"lquote",      OCTET,     0x2018},
	{"objdata",     LEAVE_OUT, 0},
	{"par",         LINE,      0},
	{"pict",        LEAVE_OUT, 0},
	{"rdblquote",   OCTET,     0x201d},
	{"row",         LINE,      0},
	{"rquote",      OCTET,     0x2019},
	{"stylesheet",  LEAVE_OUT, 0},
	{"tab",         OCTET,     '\t'},
	{"u",           UNICODE,   0},
	{"uc",          FALLBACKS, 0},
    /* clang-format on */
};

static int compare_names(const void *name, const void *word)
{
	return strcmp(name, ((const struct word *)word)->name);
}

static const struct charset *codepage(int number)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{65001, "utf-8"}, {932, "shift_jis"}, {936, "gbk"}, {949, "ks_c_5601-1987"},
	    {950, "big5"}, {850, "cp850"}, {437, "cp437"}};
	g_autofree char *name = g_strdup_printf("windows-%d", number);

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].number == number)
			return charset_find(names[i].name, strlen(names[i].name));
	return charset_find(name, strlen(name));
}

static void add_special(struct reading *reading, gunichar c)
{
	if (!is_shown(reading))
		return;
	flush(reading);
	g_string_append_unichar(reading->out, c);
}

static void act(struct reading *reading, const char *name, bool has_number, int number)
{
	const struct word *word =
	    bsearch(name, words, G_N_ELEMENTS(words), sizeof(words[0]), compare_names);
	const bool starred = reading->starred;

	reading->starred = false;
	if (word == NULL) {
		reading->group.left_out |= starred;
		return;
	}
	switch (word->action) {
	case LEAVE_OUT:
		reading->group.left_out = true;
		break;
	case LINE:
		add_line(reading);
		break;
	case OCTET:
		add_special(reading, word->c);
		break;
	case CHARSET:
		reading->charset = codepage(number);
		break;
	case FROM_HTML:
		reading->from_html = !has_number || number != 0;
		break;
	case DOUBLED:
		flush(reading);
		reading->group.doubled = !has_number || number != 0;
		break;
	case TAG:
		reading->group.left_out |= !reading->from_html;
		break;
	case UNICODE:
		add_unicode(reading, number);
		break;
	case FALLBACKS:
		reading->group.fallbacks = (unsigned)CLAMP(number, 0, 10);
		break;
	}
}

/* The word at p (behind the backslash) with its number and the blank behind it. */
static const char *read_word(struct reading *reading, const char *p, const char *end)
{
	char name[WORD_SIZE_MAX + 1] = "";
	size_t size = 0;
	bool has_number;
	bool minus = false;
	int number = 0;

	for (; p < end && g_ascii_isalpha(*p); p++)
		if (size < WORD_SIZE_MAX)
			name[size++] = *p;
	if (end - p > 1 && *p == '-' && g_ascii_isdigit(p[1])) {
		minus = true;
		p++;
	}
	has_number = p < end && g_ascii_isdigit(*p);
	for (; p < end && g_ascii_isdigit(*p); p++)
		number = MIN(number * 10 + (*p - '0'), 1000000);
	if (p < end && *p == ' ')
		p++;
	if (strcmp(name, "bin") == 0)
		return p + MIN(number, end - p);
	act(reading, name, has_number, minus ? -number : number);
	return p;
}

static const char *read_control(struct reading *reading, const char *p, const char *end)
{
	if (p == end)
		return p;
	if (g_ascii_isalpha(*p))
		return read_word(reading, p, end);
	if (*p == '\'' && end - p > 2 && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
		add_octet(
		    reading, (char)(g_ascii_xdigit_value(p[1]) << 4 | g_ascii_xdigit_value(p[2])));
		return p + 3;
	}
	if (*p == '*')
		reading->starred = true;
	else if (*p == '\\' || *p == '{' || *p == '}')
		add_octet(reading, *p);
	else if (*p == '~')
		add_octet(reading, ' ');
	else if (*p == '_')
		add_octet(reading, '-');
	else if (*p == '\n' || *p == '\r')
		add_line(reading);
	return p + 1;
}

/* -- groups -- */

static void begin_group(struct reading *reading)
{
	g_array_append_val(reading->groups, reading->group);
	reading->starred = false;
	reading->passed = 0;
}

static void end_group(struct reading *reading)
{
	const unsigned depth = reading->groups->len;

	flush(reading);
	reading->passed = 0;
	if (depth == 0)
		return;
	reading->group = g_array_index(reading->groups, struct group, depth - 1);
	g_array_set_size(reading->groups, depth - 1);
}

static void read_all(struct reading *reading, const char *p, const char *end)
{
	while (p < end && reading->out->len < OUT_SIZE_MAX && reading->groups->len < GROUPS_MAX) {
		const char c = *p++;

		if (c == '{')
			begin_group(reading);
		else if (c == '}')
			end_group(reading);
		else if (c == '\\')
			p = read_control(reading, p, end);
		else if (c != '\r' && c != '\n')
			add_octet(reading, c == '\0' ? ' ' : c);
		if (reading->octets->len > OUT_SIZE_MAX)
			break;
	}
	flush(reading);
}

char *rtf_text(const char *rtf, size_t size)
{
	struct reading reading = {
	    .out = g_string_new(NULL),
	    .octets = g_string_new(NULL),
	    .charset = codepage(1252),
	    .group = {.fallbacks = 1},
	    .groups = g_array_new(FALSE, FALSE, sizeof(struct group)),
	};
	g_autofree char *html = NULL;

	read_all(&reading, rtf, rtf + size);
	g_string_free(reading.octets, TRUE);
	g_array_unref(reading.groups);
	if (!reading.from_html)
		return g_string_free(reading.out, FALSE);
	html = g_string_free(reading.out, FALSE);
	return html_text(html, strlen(html));
}
