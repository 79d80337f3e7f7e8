/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/quote.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "article/lines.h"
#include "article/openings.h"
#include "article/phrases.h"
#include "article/signers.h"
#include "article/sources.h"
#include "article/tails.h"

#define SENTENCE_LINES_MAX 3 /* of a quotation that is shown */
#define WRAPPED_SIZE_MIN 45  /* a shorter line ends where its writer wanted it to */
#define WHOLE_LINES_MIN 6    /* a longer quotation above the only answer is the whole letter, … */
#define LETTER_LINES_MIN 2   /* … a shorter one that greets, or is signed */
#define KNOWN_WORDS_MIN 8    /* of a letter between whose lines answers stand */

static const char RULE_SOURCE[] = "source";
static const char RULE_QUOTE[] = "quote";
static const char RULE_WARNING[] = "gateway-warning";

/* -- quotations by mark and by source -- */

static void mark_quotations(GArray *lines)
{
	for (unsigned i = 0; i < lines->len; i++) {
		struct line *line = line_at(lines, i);

		if (line->depth > 0 && opening_bears_marks(lines, i))
			continue;
		if (line->depth == 0 && !line->known)
			continue;
		line->kind = LINE_QUOTED;
		line->rule = line->known ? RULE_SOURCE : RULE_QUOTE;
		if (line->words == 0 && i > 0 && line_at(lines, i - 1)->kind == LINE_QUOTED)
			line->rule = line_at(lines, i - 1)->rule;
	}
}

/* -- what stands below an opening -- */

static unsigned words_in(const GArray *lines, unsigned first, unsigned end, enum line_kind kind)
{
	unsigned words = 0;

	for (unsigned i = first; i < end; i++)
		if (line_at(lines, i)->kind == kind)
			words += line_at(lines, i)->words;
	return words;
}

/* Where the next opening begins that is certain, or the end. */
static unsigned next_opening(const GArray *lines, unsigned at)
{
	struct opening opening;

	while (at < lines->len && !(line_is_own(line_at(lines, at)) &&
				      opening_find(lines, at, &opening) && opening.certain))
		at++;
	return at;
}

/* New lines stand between those of a known letter. */
static bool is_interleaved(const GArray *lines, unsigned first, unsigned end)
{
	bool known = false; /* above */
	bool own = false;   /* below that */

	for (unsigned i = first; i < end; i++) {
		const struct line *line = line_at(lines, i);

		if (line->kind == LINE_QUOTED && line->words > 0 && own)
			return words_in(lines, first, end, LINE_QUOTED) >= KNOWN_WORDS_MIN;
		known |= line->kind == LINE_QUOTED && line->words > 0;
		own |= known && line->kind == LINE_NEW && line->words > 0;
	}
	return false;
}

/*
 * Somebody answers below: nothing new stands above the opening, a letter that is known begins below it
 * and fills whole paragraphs, and more follows.
 */
static bool is_answered_below(const GArray *lines, const struct opening *opening, unsigned end)
{
	const unsigned first = lines_skip(lines, opening->end, end);
	unsigned last = end; /* known line */

	if (opening_forwards(opening) || !line_at(lines, first)->known ||
	    words_in(lines, first, end, LINE_QUOTED) < KNOWN_WORDS_MIN ||
	    words_in(lines, 0, opening->first, LINE_NEW) > 0)
		return false;
	while (last > first && !line_at(lines, last - 1)->known)
		last--;
	return last < end && line_is_empty(line_at(lines, last)) &&
	       words_in(lines, first, last, LINE_NEW) == 0;
}

/*
 * The text below an opening is quoted, too, though it bears no marks; but not where most of it is
 * known, or known lines stand around it: then what is not known is an answer.
 */
static void fold_below(GArray *lines, const struct opening *opening, unsigned end)
{
	const unsigned first = lines_skip(lines, opening->end, end);

	if (first == end || line_at(lines, first)->depth > 0 ||
	    words_in(lines, first, end, LINE_QUOTED) > words_in(lines, first, end, LINE_NEW) ||
	    is_interleaved(lines, first, end) || is_answered_below(lines, opening, end))
		return;
	lines_fold(lines, first, end, opening->rule);
}

static bool opens(const GArray *lines, const struct opening *opening)
{
	const unsigned below = lines_skip(lines, opening->end, lines->len);

	return opening->certain ||
	       (below < lines->len && line_at(lines, below)->kind == LINE_QUOTED);
}

/* The writer has said that answers stand below, and nothing tells them from what they answer. */
static bool is_mixed(const GArray *lines, const struct opening *opening, unsigned end)
{
	return opening->certain && words_in(lines, opening->end, end, LINE_QUOTED) == 0 &&
	       opening_is_announced(lines, 0, opening->first);
}

/* Rules above an opening belong to it: where they begin. */
static unsigned below_text(const GArray *lines, unsigned first)
{
	for (unsigned i = first; i > 0; i--) {
		const struct line *line = line_at(lines, i - 1);

		if (line->kind != LINE_NEW || (line->label != LABEL_FRAME && !line_is_empty(line)))
			break;
		if (line->label == LABEL_FRAME)
			first = i - 1;
	}
	return first;
}

/* Returns behind the last line that may belong to a tail: the end, or where a mixed text begins. */
static unsigned fold_openings(GArray *lines)
{
	struct opening opening;
	bool some = false;

	for (unsigned i = 0; i < lines->len; i++) {
		unsigned end;

		if (!line_is_own(line_at(lines, i)) || !opening_find(lines, i, &opening) ||
		    !opens(lines, &opening))
			continue;
		end = opening.certain ? next_opening(lines, opening.end) : opening.end;
		if (!some && is_mixed(lines, &opening, end))
			return i;
		some = true;
		opening.first = below_text(lines, opening.first);
		lines_fold(lines, opening.first, opening.end, opening.rule);
		if (opening.certain)
			fold_below(lines, &opening, end);
		i = MAX(end, i + 1) - 1;
	}
	return lines->len;
}

/* -- tails -- */

static bool says_something(const struct line *line)
{
	return line->words > 0;
}

static unsigned first_said(const GArray *lines)
{
	unsigned i = 0;

	while (i < lines->len &&
	       !(line_is_own(line_at(lines, i)) && says_something(line_at(lines, i))))
		i++;
	return i;
}

/* Each stretch of new lines has one; the last of them may end in a signature that is known. */
static void fold_tails(GArray *lines, unsigned end, const struct quote_known *known)
{
	g_auto(GStrv) names = signers_names(known->author);
	struct tails_known of_author = {known->tails, names, first_said(lines)};

	while (end > 0) {
		unsigned first = end;

		while (first > 0 && line_at(lines, first - 1)->kind == LINE_NEW)
			first--;
		if (words_in(lines, first, end, LINE_NEW) > 0) {
			tails_fold(lines, first, end, &of_author);
			of_author.tails = NULL;
		}
		end = first > 0 ? first - 1 : 0;
	}
}

/* -- quotations above an answer -- */

/* Lines of a quotation as its writer wrote them. */
static GArray *letter_of(const GArray *lines, unsigned first, unsigned end)
{
	GArray *letter = g_array_new(FALSE, FALSE, sizeof(struct line));

	g_array_append_vals(letter, line_at(lines, first), end - first);
	for (unsigned i = 0; i < letter->len; i++) {
		struct line *line = line_at(letter, i);

		line->kind = LINE_NEW;
		line->text = line->core;
		line->size = line->core_size;
	}
	return letter;
}

/* Behind the last line that is new and says something. */
static unsigned said_end(const GArray *lines)
{
	unsigned end = lines->len;

	while (end > 0 &&
	       !(line_is_own(line_at(lines, end - 1)) && says_something(line_at(lines, end - 1))))
		end--;
	return end;
}

/* True if the sentence of the line goes on in the next one. */
static bool goes_on(const struct line *line, const struct line *next)
{
	return line->depth == next->depth && line->core_size >= WRAPPED_SIZE_MIN &&
	       strchr(".!?:", line->core[line->core_size - 1]) == NULL;
}

/* Show the last sentence of the quotation: that is what the answer below it is to. */
static void show_last(GArray *lines, unsigned first, unsigned end)
{
	static const struct tails_known nobody = {0};
	g_autoptr(GArray) letter = letter_of(lines, first, end);
	const unsigned whole = said_end(letter);
	unsigned last;
	unsigned begin;

	tails_fold(letter, 0, letter->len, &nobody);
	last = said_end(letter);
	if (last == 0 && line_at(lines, first)->depth > 0)
		last = whole;
	if (last == 0)
		return;
	for (begin = last - 1; begin > 0 && last - begin < SENTENCE_LINES_MAX; begin--)
		if (!line_is_own(line_at(letter, begin - 1)) ||
		    !says_something(line_at(letter, begin - 1)) ||
		    !goes_on(line_at(letter, begin - 1), line_at(letter, begin)))
			break;
	for (unsigned i = first + begin; i < first + last; i++)
		line_at(lines, i)->kind = LINE_SHOWN;
}

/* Behind the quotation that begins at this line: empty lines inside belong to it. */
static unsigned quotation_end(const GArray *lines, unsigned at)
{
	unsigned end = at;

	for (; at < lines->len; at++) {
		if (line_at(lines, at)->kind == LINE_QUOTED)
			end = at + 1;
		else if (!line_is_empty(line_at(lines, at)) && line_at(lines, at)->words > 0)
			break;
	}
	return end;
}

/* It greets, or is signed. */
static bool is_letter(const GArray *lines, unsigned first, unsigned end)
{
	const struct line *last = NULL;
	const struct line *greeting = NULL;
	unsigned said = 0;

	for (unsigned i = first; i < end; i++) {
		const struct line *line = line_at(lines, i);

		if (!says_something(line))
			continue;
		greeting = greeting != NULL ? greeting : line;
		last = line;
		said++;
	}
	return said >= LETTER_LINES_MIN &&
	       (signers_is_salutation(greeting) || signers_is_formula(last) ||
		   (said > LETTER_LINES_MIN && phrases_is_name(last)));
}

/* It is all that the nearest source says, in more than a sentence. */
static bool is_all_of_source(const GArray *lines, unsigned first, unsigned end, const char *source)
{
	g_autoptr(GArray) letter = lines_split(source);
	unsigned words = 0;
	unsigned sentences = 0;

	for (unsigned i = first; i < end; i++) {
		const struct line *line = line_at(lines, i);

		words += line->known ? line->words : 0;
		if (line->core_size > 0 && strchr(".!?", line->core[line->core_size - 1]) != NULL)
			sentences++;
	}
	return sentences > 1 && words >= words_in(letter, 0, letter->len, LINE_NEW);
}

/*
 * Nothing new stands in front, and it is long, a letter, or all of a source (may be NULL): a whole one with
 * the only answer below.
 */
static bool is_whole(const GArray *lines, unsigned first, unsigned end, const char *source)
{
	unsigned said = 0;

	if (words_in(lines, 0, first, LINE_NEW) > 0 || words_in(lines, 0, first, LINE_SHOWN) > 0 ||
	    words_in(lines, end, lines->len, LINE_QUOTED) > 0)
		return false;
	for (unsigned i = first; i < end; i++)
		said += says_something(line_at(lines, i));
	return said >= WHOLE_LINES_MIN || is_letter(lines, first, end) ||
	       (source != NULL && is_all_of_source(lines, first, end, source));
}

static void show_answered(GArray *lines, const char *source)
{
	for (unsigned i = 0; i < lines->len; i++) {
		const char *rule = line_at(lines, i)->rule;
		unsigned end;
		unsigned below;

		if (line_at(lines, i)->kind != LINE_QUOTED)
			continue;
		end = quotation_end(lines, i);
		below = lines_skip(lines, end, lines->len);
		if (below < lines->len && line_is_own(line_at(lines, below)) &&
		    !is_whole(lines, i, end, source))
			show_last(lines, i, end);
		lines_fold(lines, i, end, rule);
		i = end - 1;
	}
}

/* -- the whole -- */

/* A gateway warns of what comes from outside. */
static void fold_warning(GArray *lines)
{
	const unsigned first = lines_skip(lines, 0, lines->len);
	unsigned end = first;

	while (end < lines->len && line_is_own(line_at(lines, end)))
		end++;
	if (end > first && phrases_is_warning(lines, first, end))
		lines_fold(lines, first, end, RULE_WARNING);
}

/* Returns as fold_openings(). */
static unsigned judge(GArray *lines, const struct quote_known *known)
{
	sources_mark(lines, known->sources);
	mark_quotations(lines);
	fold_warning(lines);
	return fold_openings(lines);
}

static void keep_all(GArray *lines)
{
	for (unsigned i = 0; i < lines->len; i++) {
		line_at(lines, i)->kind = LINE_NEW;
		line_at(lines, i)->rule = NULL;
	}
}

static enum quote_kind kind_of(const struct line *line)
{
	if (line->kind == LINE_NEW)
		return QUOTE_NEW;
	return line->kind == LINE_SHOWN ? QUOTE_INLINE : QUOTE_FOLDED;
}

static GArray *pieces_of(const GArray *lines)
{
	GArray *pieces = g_array_new(FALSE, FALSE, sizeof(struct quote_piece));
	struct quote_piece piece = {0};

	for (unsigned i = 0; i < lines->len; i++) {
		const struct line *line = line_at(lines, i);
		const enum quote_kind kind = kind_of(line);

		if (piece.count > 0 && !(line->kind == LINE_NEW && line_is_empty(line)) &&
		    (kind != piece.kind || line->rule != piece.rule)) {
			g_array_append_val(pieces, piece);
			piece = (struct quote_piece){.first = i};
		}
		if (piece.first == i)
			piece = (struct quote_piece){i, 0, kind, line->rule};
		piece.count++;
	}
	if (piece.count > 0)
		g_array_append_val(pieces, piece);
	return pieces;
}

GArray *quote_read(const char *text, const struct quote_known *known)
{
	g_autoptr(GArray) lines = lines_split(text);

	fold_tails(lines, judge(lines, known), known);
	show_answered(lines, known->sources != NULL ? known->sources[0] : NULL);
	if (words_in(lines, 0, lines->len, LINE_NEW) == 0)
		keep_all(lines);
	return pieces_of(lines);
}

/* What stands before a line that is shown: of several empty lines one, never the first. */
static void append_gap(GString *out, bool *gap)
{
	if (*gap && out->len > 0)
		g_string_append_c(out, '\n');
	*gap = false;
}

static void append_new(
    GString *out, const GArray *lines, const struct quote_piece *piece, bool *gap)
{
	for (unsigned i = piece->first; i < piece->first + piece->count; i++) {
		const struct line *line = line_at(lines, i);

		if (line_is_empty(line) && line->depth == 0) {
			*gap = true;
			continue;
		}
		append_gap(out, gap);
		g_string_append_len(out, line->text, (gssize)line->size);
		g_string_append_c(out, '\n');
	}
}

static void append_inline(
    GString *out, const GArray *lines, const struct quote_piece *piece, bool *gap)
{
	append_gap(out, gap);
	g_string_append_c(out, '>');
	for (unsigned i = piece->first; i < piece->first + piece->count; i++) {
		const struct line *line = line_at(lines, i);
		const char *core;

		*gap = *gap || line_is_empty(line);
		if (line_is_empty(line))
			continue;
		core = piece->rule == RULE_SOURCE ? line_behind_initials(line) : line->core;
		g_string_append_c(out, ' ');
		g_string_append_len(out, core, line->core + line->core_size - core);
	}
	g_string_append_c(out, '\n');
}

char *quote_shown(const char *text, const GArray *pieces)
{
	g_autoptr(GArray) lines = lines_split(text);
	GString *out = g_string_new(NULL);
	bool gap = false;

	for (unsigned i = 0; i < pieces->len; i++) {
		const struct quote_piece *piece = &g_array_index(pieces, struct quote_piece, i);

		if (piece->kind == QUOTE_NEW)
			append_new(out, lines, piece, &gap);
		else if (piece->kind == QUOTE_INLINE)
			append_inline(out, lines, piece, &gap);
		else
			gap = true;
	}
	return g_string_free(out, FALSE);
}

char *quote_new(const char *text, const struct quote_known *known)
{
	static const struct quote_known nothing = {0};
	g_autoptr(GArray) pieces = quote_read(text, known != NULL ? known : &nothing);

	return quote_shown(text, pieces);
}

GPtrArray *quote_learn(const char *const *texts, unsigned count)
{
	static const struct quote_known nothing = {0};
	g_autofree GArray **letters = NULL;
	GPtrArray *tails;

	count = MIN(count, TAILS_LETTERS_MAX);
	letters = g_new(GArray *, count + 1);
	for (unsigned i = 0; i < count; i++) {
		letters[i] = lines_split(texts[i]);
		judge(letters[i], &nothing);
	}
	tails = tails_learn(letters, count);
	for (unsigned i = 0; i < count; i++)
		g_array_unref(letters[i]);
	return tails;
}
