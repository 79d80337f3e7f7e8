/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/html.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libxml/HTMLparser.h>

#include "article/page.h"

#define HTML_SIZE_MAX 1048576 /* what is beyond is not read */
#define TEXT_SIZE_MAX 524288
/* libxml2 compares each end tag with all open elements, each attribute with all of its tag. */
#define DEPTH_MAX 400
#define ATTRIBUTES_MAX 200
#define STYLE_SIZE_MAX 1000
#define WORDS_SIZE_MAX 500
#define NUMBER_MAX 1000000
#define MARK_SIZE_MAX 200
#define META_WITHIN 4096 /* octets; browsers look at 1024 */

/* What an element means for the text. */
enum meaning {
	NOTHING,
	LEFT_OUT, /* with all that is in it */
	LINE,	  /* stands on lines of its own */
	BLOCK,	  /* with empty lines around it */
	PARAGRAPH,
	BREAK,
	RULE,
	QUOTE,
	LIST,
	NUMBERED,
	ITEM,
	TABLE,
	ROW,
	CELL,
	HEADING, /* of a row or column */
	LINK,
	IMAGE,
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
	{"hr",         RULE},
	{"img",        IMAGE},
	{"li",         ITEM},
	{"object",     LEFT_OUT},
	{"ol",         NUMBERED},
	{"p",          PARAGRAPH},
	{"pre",        VERBATIM},
	{"script",     LEFT_OUT},
	{"section",    LINE},
	{"select",     LEFT_OUT},
	{"style",      LEFT_OUT},
	{"svg",        LEFT_OUT},
	{"table",      TABLE},
	{"td",         CELL},
	{"template",   LEFT_OUT},
	{"textarea",   LEFT_OUT},
	{"th",         HEADING},
	{"title",      LEFT_OUT},
	{"tr",         ROW},
	{"ul",         LIST},
    /* clang-format on */
};

/* An open element. */
struct frame {
	enum meaning meaning;  /* NOTHING also within what is left out */
	bool flat;	       /* PARAGRAPH: nothing stands between it and the next */
	bool mark;	       /* the mark of a list item that Word wrote as text */
	size_t begin;	       /* in the text */
	size_t outer_cell;     /* CELL, HEADING: for page_end_cell */
	bool outer_ruled;      /* TABLE: what writer.ruled was */
	unsigned outer_indent; /* PARAGRAPH */
};

struct writer {
	htmlParserCtxtPtr parser; /* borrowed */
	struct page page;
	GArray *frames;	   /* struct frame */
	unsigned left_out; /* open elements of this kind */
	bool ruled;	   /* the innermost table is one of data */
};

/* -- attributes -- */

/* NULL if there is none; borrowed. */
static const char *attribute_find(const xmlChar **attributes, const char *name)
{
	for (; attributes != NULL && attributes[0] != NULL; attributes += 2)
		if (strcmp((const char *)attributes[0], name) == 0)
			return attributes[1] == NULL ? "" : (const char *)attributes[1];
	return NULL;
}

/* A number in an attribute, 0 if there is none that we count with. */
static unsigned attribute_number(const xmlChar **attributes, const char *name)
{
	const char *text = attribute_find(attributes, name);
	gint64 number = text == NULL ? 0 : g_ascii_strtoll(text, NULL, 10);

	return number > 0 && number <= NUMBER_MAX ? (unsigned)number : 0;
}

/* The style, as `;name:value;name:value;` in small letters without blanks; the caller frees. */
static char *style_of(const xmlChar **attributes)
{
	const char *text = attribute_find(attributes, "style");
	GString *out = g_string_new(";");

	for (; text != NULL && *text != '\0' && out->len < STYLE_SIZE_MAX; text++)
		if (!g_ascii_isspace(*text))
			g_string_append_c(out, g_ascii_tolower(*text));
	return g_string_free(g_string_append_c(out, ';'), FALSE);
}

/* The value of a property (`;name:`), NULL if it is not set; borrowed. */
static const char *style_find(const char *style, const char *property)
{
	const char *found = strstr(style, property);

	return found == NULL ? NULL : found + strlen(property);
}

/* True for 0 with any unit; .0001pt is what Word writes for it. */
static bool is_zero(const char *value)
{
	size_t size;

	if (value == NULL)
		return false;
	size = strcspn(value, ";!");
	if (g_str_has_prefix(value, ".0001pt") || g_str_has_prefix(value, "0.0001pt"))
		return true;
	for (size_t i = 0; i < size; i++)
		if (value[i] >= '1' && value[i] <= '9')
			return false;
	return size > 0 && strcspn(value, "0") < size;
}

static bool is_hidden(const xmlChar **attributes, const char *style)
{
	return attribute_find(attributes, "hidden") != NULL ||
	       strstr(style, ";display:none") != NULL ||
	       strstr(style, ";visibility:hidden") != NULL ||
	       is_zero(style_find(style, ";max-height:")) ||
	       is_zero(style_find(style, ";font-size:"));
}

/* True for a paragraph that has no room before and behind it, as Word's have not. */
static bool is_flat(const xmlChar **attributes, const char *style)
{
	const char *name = attribute_find(attributes, "class");
	const char *behind = style_find(style, ";margin-bottom:");

	if (behind != NULL && !is_zero(behind))
		return false;
	if (name != NULL && g_str_has_prefix(name, "x_"))
		name += strlen("x_"); /* Outlook on the web renames what it quotes */
	if (name != NULL && (g_str_has_prefix(name, "Mso") || g_str_has_prefix(name, "xmso")))
		return strstr(style, "margin-bottom-alt:auto") == NULL;
	return is_zero(style_find(style, ";margin:")) ||
	       (is_zero(behind) && is_zero(style_find(style, ";margin-top:")));
}

/* How deep Word's list item is indented: from `mso-list:l0level2lfo1`. */
static unsigned word_indent(const char *style)
{
	const char *list = style_find(style, ";mso-list:");
	const char *level = list == NULL ? NULL : strstr(list, "level");

	if (level == NULL || !g_ascii_isdigit(level[5]) || level[5] < '2')
		return 0;
	return (unsigned)(level[5] - '1');
}

/* -- elements -- */

static int compare_names(const void *name, const void *element)
{
	return strcmp(name, ((const struct element *)element)->name);
}

static enum meaning meaning_of(const xmlChar *name)
{
	const struct element *found =
	    bsearch(name, elements, G_N_ELEMENTS(elements), sizeof(elements[0]), compare_names);

	return found == NULL ? NOTHING : found->meaning;
}

/* True for words that a person wrote, not the name of a file or what a program made up. */
static bool is_worded(const char *words)
{
	static const char *const made_up[] = {
	    "generierte", "automatically generated", "AI-generated", "cid:", "http://", "https://"};
	const char *dot = strrchr(words, '.');
	unsigned letters = 0;

	if (dot != NULL && strlen(dot) <= 5 && strchr(dot, ' ') == NULL && dot[1] != '\0')
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(made_up); i++)
		if (strstr(words, made_up[i]) != NULL)
			return false;
	for (const char *p = words; *p != '\0'; p += g_utf8_skip[(unsigned char)*p])
		letters += g_unichar_isalpha(g_utf8_get_char(p)) ? 1 : 0;
	return letters > 1;
}

static void write_image(struct writer *writer, const xmlChar **attributes)
{
	const char *words = attribute_find(attributes, "alt");

	if (words == NULL || strlen(words) > WORDS_SIZE_MAX || !g_utf8_validate(words, -1, NULL) ||
	    !is_worded(words))
		return;
	page_text(&writer->page, "[", 1);
	page_text(&writer->page, words, strlen(words));
	page_text(&writer->page, "]", 1);
}

static void begin_paragraph(struct writer *writer, struct frame *frame, const xmlChar **attributes)
{
	g_autofree char *style = style_of(attributes);

	frame->flat = is_flat(attributes, style);
	if (frame->flat)
		page_need_line(&writer->page);
	else
		page_need_block(&writer->page);
	frame->outer_indent = writer->page.indent;
	writer->page.indent = word_indent(style);
}

/* One without text but with a blank in it is how mail programs write an empty line. */
static void end_line(struct writer *writer, const struct frame *frame)
{
	if (writer->page.out->len == frame->begin && writer->page.hard_blank)
		page_empty_line(&writer->page);
	else
		page_need_line(&writer->page);
}

static void end_paragraph(struct writer *writer, const struct frame *frame)
{
	writer->page.indent = frame->outer_indent;
	if (frame->flat)
		end_line(writer, frame);
	else
		page_need_block(&writer->page);
}

static void begin_table(struct writer *writer, struct frame *frame, const xmlChar **attributes)
{
	page_need_block(&writer->page);
	frame->outer_ruled = writer->ruled;
	writer->ruled = attribute_number(attributes, "border") > 0;
}

static void begin_meaning(struct writer *writer, struct frame *frame, const xmlChar **attributes)
{
	struct page *page = &writer->page;

	switch (frame->meaning) {
	case NOTHING:
		break;
	case LEFT_OUT:
		writer->left_out++;
		break;
	case LINE:
		page_need_line(page);
		break;
	case BLOCK:
		page_need_block(page);
		break;
	case PARAGRAPH:
		begin_paragraph(writer, frame, attributes);
		break;
	case BREAK:
		page_break(page);
		break;
	case RULE:
		page_rule(page);
		break;
	case QUOTE:
		page_need_block(page);
		page->quotes++;
		break;
	case LIST:
		page_begin_list(page, 0);
		break;
	case NUMBERED:
		page_begin_list(page, MAX(attribute_number(attributes, "start"), 1));
		break;
	case ITEM:
		page_item(page, attribute_number(attributes, "value"));
		break;
	case TABLE:
		begin_table(writer, frame, attributes);
		break;
	case ROW:
		page_row(page);
		break;
	case HEADING:
		writer->ruled = true;
		frame->outer_cell = page_begin_cell(page, true);
		break;
	case CELL:
		frame->outer_cell = page_begin_cell(page, writer->ruled);
		break;
	case LINK:
		page_begin_link(page, attribute_find(attributes, "href"));
		break;
	case IMAGE:
		write_image(writer, attributes);
		break;
	case VERBATIM:
		page_need_block(page);
		page->verbatim++;
		break;
	}
}

static void end_meaning(struct writer *writer, const struct frame *frame)
{
	struct page *page = &writer->page;

	switch (frame->meaning) {
	case NOTHING:
	case BREAK:
	case RULE:
	case IMAGE:
		break;
	case LEFT_OUT:
		writer->left_out--;
		break;
	case LINE:
		end_line(writer, frame);
		break;
	case ITEM:
	case ROW:
		page->bars = 0;
		page_need_line(page);
		break;
	case BLOCK:
		page_need_block(page);
		break;
	case PARAGRAPH:
		end_paragraph(writer, frame);
		break;
	case QUOTE:
		page_need_block(page);
		page->quotes--;
		break;
	case LIST:
	case NUMBERED:
		page_end_list(page);
		break;
	case TABLE:
		page_need_block(page);
		writer->ruled = frame->outer_ruled;
		break;
	case CELL:
	case HEADING:
		page_end_cell(page, frame->outer_cell);
		break;
	case LINK:
		page_end_link(page);
		break;
	case VERBATIM:
		page_need_block(page);
		page->verbatim--;
		break;
	}
}

/* Word writes the mark of a list item as text, a bullet in a font of symbols: one character. */
static void end_mark(struct writer *writer, const struct frame *frame)
{
	GString *out = writer->page.out;
	const char *mark = out->str + MIN(frame->begin, out->len);
	const char *last =
	    out->len > frame->begin ? g_utf8_find_prev_char(mark, out->str + out->len) : NULL;

	if (last == NULL || g_ascii_isdigit(*last))
		return;
	if (last == mark || last[-1] == '\n' || last[-1] == ' ') {
		g_string_truncate(out, (gsize)(last - out->str));
		g_string_append(out, "•");
	}
}

static void begin_element(void *data, const xmlChar *name, const xmlChar **attributes)
{
	struct writer *writer = data;
	struct frame frame = {.begin = writer->page.out->len};

	if (writer->frames->len == DEPTH_MAX) {
		xmlStopParser(writer->parser);
		return;
	}
	if (writer->left_out == 0) {
		g_autofree char *style = style_of(attributes);

		frame.meaning = is_hidden(attributes, style) ? LEFT_OUT : meaning_of(name);
		frame.mark = strstr(style, ";mso-list:ignore") != NULL;
	}
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
	if (frame.mark)
		end_mark(writer, &frame);
	end_meaning(writer, &frame);
}

static void add_text(void *data, const xmlChar *bytes, int size)
{
	struct writer *writer = data;

	if (writer->left_out > 0)
		return;
	page_text(&writer->page, (const char *)bytes, (size_t)size);
	if (page_is_full(&writer->page))
		xmlStopParser(writer->parser);
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

/*
 * The octets of what browsers take for a comment and libxml2 for text: `<![if !supportLists]>`, `<!x>`;
 * 0 if it is none.  One that ends with `-->` stands inside a comment.
 */
static size_t mark_size(const char *mark)
{
	const char *end;

	if (mark[1] != '!' || mark[2] == '-' || g_ascii_strncasecmp(mark, "<!doctype", 9) == 0)
		return 0;
	end = memchr(mark, '>', strnlen(mark, MARK_SIZE_MAX));
	if (end == NULL || (end - mark > 3 && memcmp(end - 2, "--", 2) == 0))
		return 0;
	return (size_t)(end + 1 - mark);
}

/* Without such marks, and cut before a tag that is there to keep the parser busy. */
static void prune(char *html)
{
	const char *from = html;
	char *to = html;

	while (*from != '\0') {
		size_t size = strcspn(from, "<");
		bool is_tag = size == 0;

		if (is_tag && mark_size(from) > 0) {
			from += mark_size(from);
			continue;
		}
		if (is_tag && (size = tag_size(from)) == 0)
			break;
		memmove(to, from, size);
		to += size;
		from += size;
	}
	*to = '\0';
}

/* Valid UTF-8 without NUL, pruned; the caller frees. */
static char *clean(const char *html, size_t size)
{
	g_autofree char *copy = g_strndup("", MIN(size, HTML_SIZE_MAX));
	char *valid;

	memcpy(copy, html, MIN(size, HTML_SIZE_MAX));
	for (size_t i = 0; i < MIN(size, HTML_SIZE_MAX); i++)
		if (copy[i] == '\0')
			copy[i] = ' ';
	valid = g_utf8_make_valid(copy, -1);
	prune(valid);
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
	    .characters = add_text,
	    .ignorableWhitespace = add_text,
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
	struct writer writer = {.frames = g_array_new(FALSE, FALSE, sizeof(struct frame))};

	page_init(&writer.page, TEXT_SIZE_MAX);
	parse(&writer, document);
	g_array_unref(writer.frames);
	return page_take(&writer.page);
}

char *html_charset(const char *html, size_t size)
{
	g_autofree char *head = g_ascii_strdown(html, (gssize)MIN(size, META_WITHIN));
	const char *meta = head;

	while ((meta = strstr(meta, "<meta")) != NULL) {
		const char *end = meta + strcspn(meta, ">");
		const char *name = strstr(meta, "charset");

		if (name != NULL && name < end) {
			name += strlen("charset");
			name += strspn(name, " \t=\"'");
			return g_strndup(name, strcspn(name, " \t\r\n\"';/>"));
		}
		meta = end;
	}
	return NULL;
}
