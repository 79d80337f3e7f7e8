/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A page of plain text as it is written from what a document says of its parts: where lines break,
 * what is quoted, listed, set in cells.  article/html writes on it.  Blanks and line ends are put
 * down only when text follows, so that nothing stands at the end of a line or of the page.
 */
#ifndef ARTICLE_PAGE_H
#define ARTICLE_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#define PAGE_LISTS_MAX 8

struct page {
	GString *out;	 /* owned */
	size_t size_max; /* of out; what is beyond is not written */
	unsigned quotes; /* that are open; likewise the next ones */
	unsigned lists;
	unsigned verbatim; /* blanks and line ends are as they come */
	unsigned indent;   /* of lines outside lists, in steps of two columns */

	/* page.c's own */
	unsigned numbers[PAGE_LISTS_MAX]; /* of the next item; 0: a list without numbers */
	bool item;			  /* its mark comes before the next text */
	unsigned breaks;		  /* line ends to come before the next text, 2 at most */
	unsigned blanks;		  /* likewise, on the same line */
	unsigned bars;			  /* likewise, between cells of a ruled table */
	size_t row;			  /* where the last row begins in out */
	unsigned row_cells;		  /* begun in it */
	bool hard_blank;      /* a blank that is there to be seen has come since the last text */
	unsigned line_quotes; /* of the last line */
	size_t cell;	      /* where the innermost cell begins in out, or PAGE_NONE */
	char *href;	      /* owned; of the open link, or NULL */
	size_t link;	      /* where its text begins in out; PAGE_NONE: no text yet */
};

#define PAGE_NONE ((size_t)-1)

void page_init(struct page *page, size_t size_max);

/* The text, valid UTF-8, the last line ended; the caller frees.  The page is cleared. */
char *page_take(struct page *page);

/* Text in UTF-8 (counted); octets that are not, controls and the like are read as U+FFFD or blanks. */
void page_text(struct page *page, const char *text, size_t size);
bool page_is_full(const struct page *page);

/* What follows stands on a line of its own; behind an empty line (but not within a list). */
void page_need_line(struct page *page);
void page_need_block(struct page *page);

/* One line end more, as <br> has it; an empty line wherever it stands. */
void page_break(struct page *page);
void page_empty_line(struct page *page);

/* A line from edge to edge, as Outlook sets it before what it quotes. */
void page_rule(struct page *page);

/* first: the number of the first item, 0 for a list with `•`. */
void page_begin_list(struct page *page, unsigned first);
void page_end_list(struct page *page);
void page_item(struct page *page, unsigned number);

/*
 * Rows and cells; of a ruled table cells are parted by ` | `, of others by two blanks.  A cell of
 * several lines ends the line.  What page_begin_cell returns is for page_end_cell.
 */
void page_row(struct page *page);
size_t page_begin_cell(struct page *page, bool ruled);
void page_end_cell(struct page *page, size_t outer);

/* A link: its address is shown behind its text where it says more.  href may be NULL. */
void page_begin_link(struct page *page, const char *href);
void page_end_link(struct page *page);

#endif
