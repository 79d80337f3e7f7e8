/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/html.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libxml/HTMLparser.h>

#define HTML_SIZE_MAX 1048576 /* what is beyond is not read */
#define TEXT_SIZE_MAX 524288
/* libxml2 compares each end tag with all open elements, each attribute with all of its tag. */
#define DEPTH_MAX 400
#define ATTRIBUTES_MAX 200
#define QUOTES_MAX 8
#define LISTS_MAX 8
#define HREF_SIZE_MAX 1000

/* What an element means for the text. */
enum meaning {
	LEFT_OUT, /* with all that is in it */
	LINE,	  /* stands on lines of its own */
	BLOCK,	  /* with empty lines around it */
	BREAK,
	QUOTE,
	LIST,
	NUMBERED,
	ITEM,
	CELL,
	LINK,
	VERBATIM,
};

/* Sorted by name; all others mean nothing. */
static const struct element {
	const char *name;
	enum meaning meaning;
} elements[] = {
    /* clang-format off */
	{"a",          LINK},
	{"address",    BLOCK},
	{"article",    BLOCK},
	{"blockquote", QUOTE},
	{"br",         BREAK},
	{"caption",    LINE},
	{"center",     LINE},
	{"dd",         LINE},
	{"div",        LINE},
	{"dl",         BLOCK},
	{"dt",         LINE},
	{"footer",     LINE},
	{"form",       LINE},
	{"h1",         BLOCK},
	{"h2",         BLOCK},
	{"h3",         BLOCK},
	{"h4",         BLOCK},
	{"h5",         BLOCK},
	{"h6",         BLOCK},
	{"head",       LEFT_OUT},
	{"header",     LINE},
	{"hr",         BLOCK},
	{"li",         ITEM},
	{"object",     LEFT_OUT},
	{"ol",         NUMBERED},
	{"p",          BLOCK},
	{"pre",        VERBATIM},
	{"script",     LEFT_OUT},
	{"section",    LINE},
	{"select",     LEFT_OUT},
	{"style",      LEFT_OUT},
	{"svg",        LEFT_OUT},
	{"table",      BLOCK},
	{"td",         CELL},
	{"template",   LEFT_OUT},
	{"th",         CELL},
	{"title",      LEFT_OUT},
	{"tr",         LINE},
	{"ul",         LIST},
    /* clang-format on */
};

/* An open element. */
struct frame {
	const struct element *element; /* NULL: means nothing, or is within what is left out */
	size_t outer_cell;	       /* CELL: what writer.cell was */
};

#define NONE SIZE_MAX

struct writer {
	htmlParserCtxtPtr parser; /* borrowed */
	GString *out;
	GArray *frames;	   /* struct frame */
	unsigned left_out; /* open elements of this kind, as the next ones */
	unsigned quotes;
	unsigned lists;
	unsigned verbatim;
	unsigned numbers[LISTS_MAX]; /* of the next item; 0: a list without numbers */
	bool item;		     /* its mark comes before the next text */
	unsigned breaks;	     /* line ends to come before the next text, 2 at most */
	unsigned blanks;	     /* likewise, on the same line */
	unsigned line_quotes;	     /* of the last line */
	size_t cell;		     /* where the innermost cell begins in out, or NONE */
	char *href;		     /* owned; of the open link, or NULL */
	size_t link;		     /* where its text begins in out; NONE: no text yet */
};

/* -- text -- */

static void append_marks(struct writer *writer, const char *mark, unsigned quotes)
{
	for (unsigned i = 0; i < MIN(quotes, QUOTES_MAX); i++)
		g_string_append(writer->out, mark);
}

/* The start of a line: quotation marks, indentation, the mark of an item. */
static void append_start(struct writer *writer)
{
	unsigned depth = MIN(writer->lists, LISTS_MAX);

	append_marks(writer, "> ", writer->quotes);
	writer->line_quotes = writer->quotes;
	for (unsigned i = 1; i < depth; i++)
		g_string_append(writer->out, "  ");
	if (depth > 0 && !writer->item)
		g_string_append(writer->out, "  ");
	else if (depth > 0 && writer->numbers[depth - 1] > 0)
		g_string_append_printf(writer->out, "%u. ", writer->numbers[depth - 1]++);
	else if (depth > 0)
		g_string_append(writer->out, "• ");
	writer->item = false;
}

/* What is to come before the next character. */
static void append_pending(struct writer *writer)
{
	bool starts = writer->breaks > 0 || writer->out->len == 0;

	if (starts && writer->out->len > 0)
		g_string_append_c(writer->out, '\n');
	if (starts && writer->out->len > 0 && writer->breaks > 1) {
		/* between two lines of a quotation the empty line belongs to it */
		append_marks(writer, ">", MIN(writer->quotes, writer->line_quotes));
		g_string_append_c(writer->out, '\n');
	}
	if (starts)
		append_start(writer);
	if (!starts || writer->verbatim > 0)
		for (; writer->blanks > 0; writer->blanks--)
			g_string_append_c(writer->out, ' ');
	writer->breaks = 0;
	writer->blanks = 0;
	if (writer->href != NULL && writer->link == NONE)
		writer->link = writer->out->len;
}

/* At the beginning of a cell nothing breaks the line. */
static void need_breaks(struct writer *writer, unsigned breaks)
{
	if (writer->out->len == writer->cell)
		return;
	writer->breaks = MAX(writer->breaks, breaks);
	writer->blanks = 0;
}

/* An empty line, but not within a list. */
static void need_block(struct writer *writer)
{
	need_breaks(writer, writer->lists == 0 ? 2 : 1);
}

static void add_break(struct writer *writer)
{
	writer->breaks = MIN(writer->breaks + 1, 2);
	writer->blanks = 0;
}

static bool is_blank(gunichar c)
{
	return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029;
}

/* Soft hyphens and what stands for no width. */
static bool is_nothing(gunichar c)
{
	return c == 0xad || c == 0x200b || c == 0xfeff;
}

static void append_char(struct writer *writer, gunichar c)
{
	if (is_nothing(c))
		return;
	if (!is_blank(c)) {
		append_pending(writer);
		g_string_append_unichar(writer->out, c);
	} else if (writer->verbatim > 0 && c == '\n') {
		add_break(writer);
	} else if (writer->verbatim > 0) {
		writer->blanks = MIN(writer->blanks + 1, 80);
	} else {
		writer->blanks = MAX(writer->blanks, 1);
	}
}

static void append_text(void *data, const xmlChar *bytes, int size)
{
	struct writer *writer = data;
	const char *p = (const char *)bytes;
	const char *end = p + size;

	if (writer->left_out > 0)
		return;
	while (p < end && writer->out->len < TEXT_SIZE_MAX) {
		gunichar c = g_utf8_get_char_validated(p, end - p);
		bool bad = c >= (gunichar)-2;

		append_char(writer, bad ? 0xfffd : c);
		p += bad ? 1 : g_utf8_skip[(unsigned char)*p];
	}
	if (writer->out->len >= TEXT_SIZE_MAX)
		xmlStopParser(writer->parser);
}

/* -- links -- */

static bool is_shown(const char *href)
{
	static const char *const schemes[] = {"http://", "https://", "mailto:", "ftp://"};

	if (strlen(href) > HREF_SIZE_MAX || !g_utf8_validate(href, -1, NULL))
		return false;
	for (const char *p = href; *p != '\0'; p += g_utf8_skip[(unsigned char)*p])
		if (is_blank(g_utf8_get_char(p)) || *p == '<' || *p == '>')
			return false;
	for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (g_ascii_strncasecmp(href, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

/* The value of href, NULL if there is none that is worth showing; the caller frees. */
static char *read_href(const xmlChar **attributes)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2) {
		g_autofree char *href = NULL;

		if (strcmp((const char *)attributes[0], "href") != 0 || attributes[1] == NULL)
			continue;
		href = g_strstrip(g_strdup((const char *)attributes[1]));
		return is_shown(href) ? g_steal_pointer(&href) : NULL;
	}
	return NULL;
}

/* An address without what people leave out when they write it down. */
static char *bare(const char *address)
{
	static const char *const fronts[] = {"mailto:", "http://", "https://", "www."};
	char *text;

	for (size_t i = 0; i < G_N_ELEMENTS(fronts); i++)
		if (g_ascii_strncasecmp(address, fronts[i], strlen(fronts[i])) == 0)
			address += strlen(fronts[i]);
	text = g_ascii_strdown(address, -1);
	if (g_str_has_suffix(text, "/"))
		text[strlen(text) - 1] = '\0';
	return text;
}

static void end_link(struct writer *writer)
{
	if (writer->href != NULL && writer->link != NONE) {
		g_autofree char *text = bare(writer->out->str + writer->link);
		g_autofree char *address = bare(writer->href);

		if (strcmp(text, address) != 0)
			g_string_append_printf(writer->out, " <%s>", writer->href);
	}
	g_clear_pointer(&writer->href, g_free);
}

static void begin_link(struct writer *writer, const xmlChar **attributes)
{
	end_link(writer);
	writer->href = read_href(attributes);
	writer->link = NONE;
}

/* -- elements -- */

static int compare_names(const void *name, const void *element)
{
	return strcmp(name, ((const struct element *)element)->name);
}

static const struct element *element_find(const xmlChar *name)
{
	return bsearch(name, elements, G_N_ELEMENTS(elements), sizeof(elements[0]), compare_names);
}

static void begin_list(struct writer *writer, bool numbered)
{
	need_block(writer);
	writer->lists++;
	writer->item = false;
	if (writer->lists <= LISTS_MAX)
		writer->numbers[writer->lists - 1] = numbered;
}

/* Cells of a row are parted by two blanks; one that has several lines ends the line. */
static void begin_cell(struct writer *writer, struct frame *frame)
{
	if (writer->breaks == 0)
		writer->blanks = 2;
	frame->outer_cell = writer->cell;
	writer->cell = writer->out->len;
}

static void end_cell(struct writer *writer, const struct frame *frame)
{
	const char *text = writer->out->str + writer->cell;

	if (*text != '\0') {
		text += strspn(text, "\n");
		writer->breaks = strchr(text, '\n') != NULL;
	}
	writer->cell = frame->outer_cell;
}

static void begin_meaning(struct writer *writer, struct frame *frame, const xmlChar **attributes)
{
	const enum meaning meaning = frame->element->meaning;

	switch (meaning) {
	case LEFT_OUT:
		writer->left_out++;
		break;
	case LINE:
		need_breaks(writer, 1);
		break;
	case BLOCK:
		need_block(writer);
		break;
	case BREAK:
		add_break(writer);
		break;
	case QUOTE:
		need_block(writer);
		writer->quotes++;
		break;
	case LIST:
	case NUMBERED:
		begin_list(writer, meaning == NUMBERED);
		break;
	case ITEM:
		need_breaks(writer, 1);
		writer->item = writer->lists > 0;
		break;
	case CELL:
		begin_cell(writer, frame);
		break;
	case LINK:
		begin_link(writer, attributes);
		break;
	case VERBATIM:
		need_block(writer);
		writer->verbatim++;
		break;
	}
}

static void end_meaning(struct writer *writer, const struct frame *frame)
{
	switch (frame->element->meaning) {
	case LEFT_OUT:
		writer->left_out--;
		break;
	case LINE:
	case ITEM:
		need_breaks(writer, 1);
		break;
	case BLOCK:
		need_block(writer);
		break;
	case BREAK:
		break;
	case QUOTE:
		need_block(writer);
		writer->quotes--;
		break;
	case LIST:
	case NUMBERED:
		writer->lists--;
		writer->item = false;
		need_block(writer);
		break;
	case CELL:
		end_cell(writer, frame);
		break;
	case LINK:
		end_link(writer);
		break;
	case VERBATIM:
		need_block(writer);
		writer->verbatim--;
		break;
	}
}

static void begin_element(void *data, const xmlChar *name, const xmlChar **attributes)
{
	struct writer *writer = data;
	struct frame frame = {NULL, NONE};

	if (writer->frames->len == DEPTH_MAX) {
		xmlStopParser(writer->parser);
		return;
	}
	if (writer->left_out == 0)
		frame.element = element_find(name);
	if (frame.element != NULL)
		begin_meaning(writer, &frame, attributes);
	g_array_append_val(writer->frames, frame);
}

/* The parser closes what it opened, in order. */
static void end_element(void *data, const xmlChar *name)
{
	struct writer *writer = data;
	struct frame frame;

	(void)name;
	if (writer->frames->len == 0)
		return;
	frame = g_array_index(writer->frames, struct frame, writer->frames->len - 1);
	g_array_set_size(writer->frames, writer->frames->len - 1);
	if (frame.element != NULL)
		end_meaning(writer, &frame);
}

/* -- the document -- */

/* The octets from `<` to the end of a tag; 0 if it has more attributes than anybody writes. */
static size_t tag_size(const char *tag)
{
	const char *p = tag + 1;
	unsigned words = 0;

	if (!g_ascii_isalpha(*p))
		return 1;
	while (*p != '\0' && *p != '>') {
		words += *p == '=' || *p == '/' || g_ascii_isspace(*p);
		if (words > 3 * ATTRIBUTES_MAX)
			return 0;
		if (*p++ != '=')
			continue;
		p += strspn(p, " \t\r\n\f");
		if (*p == '"' || *p == '\'') {
			p += 1 + strcspn(p + 1, *p == '"' ? "\"" : "'");
			p += *p != '\0';
		}
	}
	return (size_t)(p - tag);
}

/* Valid UTF-8 without NUL, cut before a tag that is there to keep the parser busy. */
static char *clean(const char *html, size_t size)
{
	g_autofree char *copy = g_strndup("", MIN(size, HTML_SIZE_MAX));
	char *valid;

	memcpy(copy, html, MIN(size, HTML_SIZE_MAX));
	for (size_t i = 0; i < MIN(size, HTML_SIZE_MAX); i++)
		if (copy[i] == '\0')
			copy[i] = ' ';
	valid = g_utf8_make_valid(copy, -1);
	for (size_t at = strcspn(valid, "<"); valid[at] != '\0'; at += strcspn(valid + at, "<")) {
		size_t tag = tag_size(valid + at);

		if (tag == 0)
			valid[at] = '\0';
		at += tag;
	}
	return valid;
}

/*
 * By the parser's events (SAX), so that no tree is built; not chunk by chunk, as that stops at
 * </html>, behind which mail systems write.
 */
static void parse(struct writer *writer, const char *html)
{
	static const htmlSAXHandler handler = {
	    .startElement = begin_element,
	    .endElement = end_element,
	    .characters = append_text,
	    .ignorableWhitespace = append_text,
	};

	writer->parser = htmlNewParserCtxt();
	if (writer->parser == NULL)
		return;
	*writer->parser->sax = handler;
	writer->parser->userData = writer;
	htmlCtxtReadMemory(writer->parser, html, (int)strlen(html), NULL, "UTF-8",
	    HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_RECOVER |
		HTML_PARSE_IGNORE_ENC);
	htmlFreeParserCtxt(writer->parser);
}

char *html_text(const char *html, size_t size)
{
	g_autofree char *document = clean(html, size);
	struct writer writer = {
	    .out = g_string_new(NULL),
	    .frames = g_array_new(FALSE, FALSE, sizeof(struct frame)),
	    .cell = NONE,
	    .link = NONE,
	};

	parse(&writer, document);
	if (writer.out->len > 0)
		g_string_append_c(writer.out, '\n');
	g_array_unref(writer.frames);
	g_free(writer.href);
	return g_string_free(writer.out, FALSE);
}
