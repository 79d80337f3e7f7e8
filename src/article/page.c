/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/page.h"

#include <string.h>

#define QUOTES_MAX 8
#define INDENT_MAX 8
#define BARS_MAX 20
#define HREF_SIZE_MAX 1000

static const char RULE[] = "________________________________";

void page_init(struct page *page, size_t size_max)
{
	*page = (struct page){
	    .out = g_string_new(NULL),
	    .size_max = size_max,
	    .cell = PAGE_NONE,
	    .link = PAGE_NONE,
	};
}

char *page_take(struct page *page)
{
	GString *out = page->out;

	if (out->len > 0)
		g_string_append_c(out, '\n');
	g_free(page->href);
	*page = (struct page){0};
	return g_string_free(out, FALSE);
}

bool page_is_full(const struct page *page)
{
	return page->out->len >= page->size_max;
}

/* -- text -- */

static void append_marks(struct page *page, const char *mark, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		g_string_append(page->out, mark);
}

/* The start of a line: quotation marks, indentation, the mark of an item. */
static void append_start(struct page *page)
{
	unsigned depth = MIN(page->lists, PAGE_LISTS_MAX);

	append_marks(page, "> ", MIN(page->quotes, QUOTES_MAX));
	page->line_quotes = page->quotes;
	append_marks(page, "  ", depth > 0 ? depth - 1 : MIN(page->indent, INDENT_MAX));
	if (depth > 0 && !page->item)
		g_string_append(page->out, "  ");
	else if (depth > 0 && page->numbers[depth - 1] > 0)
		g_string_append_printf(page->out, "%u. ", page->numbers[depth - 1]++);
	else if (depth > 0)
		g_string_append(page->out, "• ");
	page->item = false;
}

/* Bars between cells; the first one of a line has no blank before it. */
static void append_bars(struct page *page, bool starts)
{
	for (; page->bars > 0; page->bars--, starts = false)
		g_string_append(page->out, starts ? "| " : " | ");
	page->blanks = 0;
}

/* What is to come before the next character. */
static void append_pending(struct page *page)
{
	bool starts = page->breaks > 0 || page->out->len == 0;

	if (starts && page->out->len > 0)
		g_string_append_c(page->out, '\n');
	if (starts && page->out->len > 0 && page->breaks > 1) {
		/* between two lines of a quotation the empty line belongs to it */
		append_marks(page, ">", MIN(MIN(page->quotes, page->line_quotes), QUOTES_MAX));
		g_string_append_c(page->out, '\n');
	}
	if (starts)
		append_start(page);
	if (page->bars > 0)
		append_bars(page, starts);
	if (!starts || page->verbatim > 0)
		for (; page->blanks > 0; page->blanks--)
			g_string_append_c(page->out, ' ');
	page->breaks = 0;
	page->blanks = 0;
	page->hard_blank = false;
	if (page->href != NULL && page->link == PAGE_NONE)
		page->link = page->out->len;
}

static bool is_blank(gunichar c)
{
	return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029;
}

/* Soft hyphens and what stands for no width. */
static bool is_nothing(gunichar c)
{
	return c == 0xad || c == 0x34f || (c >= 0x200b && c <= 0x200d) || c == 0xfeff;
}

static void append_char(struct page *page, gunichar c)
{
	if (is_nothing(c))
		return;
	if (!is_blank(c)) {
		append_pending(page);
		g_string_append_unichar(page->out, c);
	} else if (page->verbatim > 0 && c == '\n') {
		page_break(page);
	} else if (page->verbatim > 0) {
		page->blanks = MIN(page->blanks + 1, 80);
	} else {
		page->blanks = MAX(page->blanks, 1);
		page->hard_blank = page->hard_blank || c == 0xa0;
	}
}

void page_text(struct page *page, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end && !page_is_full(page)) {
		gunichar c = g_utf8_get_char_validated(text, end - text);
		bool bad = c >= (gunichar)-2;

		append_char(page, bad ? 0xfffd : c);
		text += bad ? 1 : g_utf8_skip[(unsigned char)*text];
	}
}

/* -- lines -- */

/* At the beginning of a cell nothing breaks the line. */
static void need_breaks(struct page *page, unsigned breaks)
{
	page->hard_blank = false;
	if (page->out->len == page->cell)
		return;
	page->breaks = MAX(page->breaks, breaks);
	page->blanks = 0;
}

void page_need_line(struct page *page)
{
	need_breaks(page, 1);
}

void page_need_block(struct page *page)
{
	need_breaks(page, page->lists == 0 ? 2 : 1);
}

void page_empty_line(struct page *page)
{
	need_breaks(page, 2);
}

void page_break(struct page *page)
{
	page->breaks = MIN(page->breaks + 1, 2);
	page->blanks = 0;
}

void page_rule(struct page *page)
{
	page_need_block(page);
	if (page->out->len > 0 && !page_is_full(page)) {
		append_pending(page);
		g_string_append(page->out, RULE);
	}
	page_need_line(page);
}

/* -- lists -- */

void page_begin_list(struct page *page, unsigned first)
{
	page_need_block(page);
	page->lists++;
	page->item = false;
	if (page->lists <= PAGE_LISTS_MAX)
		page->numbers[page->lists - 1] = first;
}

void page_end_list(struct page *page)
{
	page->lists--;
	page->item = false;
	page_need_block(page);
}

void page_item(struct page *page, unsigned number)
{
	page_need_line(page);
	page->item = page->lists > 0;
	if (number > 0 && page->item && page->lists <= PAGE_LISTS_MAX &&
	    page->numbers[page->lists - 1] > 0)
		page->numbers[page->lists - 1] = number;
}

/* -- tables -- */

void page_row(struct page *page)
{
	page_need_line(page);
	if (page->out->len != page->cell)
		page->bars = 0;
	page->row = page->out->len;
	page->row_cells = 0;
}

size_t page_begin_cell(struct page *page, bool ruled)
{
	size_t outer = page->cell;

	if (ruled) {
		/* behind a cell of several lines the next one has a line of its own */
		if (page->row_cells > 0 && (page->breaks == 0 || page->out->len == page->row))
			page->bars = MIN(page->bars + 1, BARS_MAX);
	} else if (page->breaks == 0) {
		page->blanks = 2;
	}
	page->row_cells++;
	page->cell = page->out->len;
	return outer;
}

void page_end_cell(struct page *page, size_t outer)
{
	const char *text = page->out->str + page->cell;

	if (*text != '\0') {
		text += strspn(text, "\n");
		page->breaks = strchr(text, '\n') != NULL;
	}
	page->cell = outer;
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

void page_begin_link(struct page *page, const char *href)
{
	page_end_link(page);
	if (href != NULL) {
		page->href = g_strstrip(g_strdup(href));
		if (!is_shown(page->href))
			g_clear_pointer(&page->href, g_free);
	}
	page->link = PAGE_NONE;
}

void page_end_link(struct page *page)
{
	if (page->href != NULL && page->link != PAGE_NONE) {
		g_autofree char *text = bare(page->out->str + page->link);
		g_autofree char *address = bare(page->href);

		if (strcmp(text, address) != 0)
			g_string_append_printf(page->out, " <%s>", page->href);
	}
	g_clear_pointer(&page->href, g_free);
}
