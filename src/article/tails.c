/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/tails.h"

#include <stdint.h>
#include <string.h>

#include "article/lines.h"
#include "article/phrases.h"
#include "article/signers.h"
#include "article/words.h"

#define LEARNT_LINES_MAX 20
#define LEARNT_WORDS_MIN 3 /* of a tail that is one line */
#define ADDRESS_LINES_MIN 3
#define ADDRESS_SIGNS_MIN 2
#define TRIES_MAX 6 /* farewells, rules */
#define SIGNERS_MAX 8
#define BEHIND_MAX 12 /* lines of a letter below what closes it */

static const char RULE_SIGNATURE[] = "signature";
static const char RULE_LEARNT[] = "learnt-signature";
static const char RULE_CLIENT[] = "client-line";
static const char RULE_LEGAL[] = "legal-footer";
static const char RULE_LIST[] = "list-footer";
static const char RULE_FAREWELL[] = "greeting-block";

/* A stretch of lines that is looked at. */
struct stretch {
	GArray *lines;
	unsigned first;
	unsigned end;
};

static bool is_own(const struct stretch *s, unsigned i)
{
	return line_is_own(line_at(s->lines, i));
}

/* Where the paragraph ends, or begins, in which line i stands. */
static unsigned paragraph_end(const struct stretch *s, unsigned i)
{
	const unsigned first = i;

	while (i < s->end && is_own(s, i) && (i == first || !phrases_is_postscript(s->lines, i)))
		i++;
	return i;
}

static unsigned paragraph_first(const struct stretch *s, unsigned i)
{
	while (i > s->first && is_own(s, i - 1))
		i--;
	return i;
}

/* Behind the last line that is still new. */
static unsigned own_end(const struct stretch *s)
{
	unsigned end = s->end;

	while (end > s->first && !is_own(s, end - 1))
		end--;
	return end;
}

/* -- a paragraph below a farewell -- */

enum part {
	PART_NAMES,
	PART_OFFICE, /* how to reach somebody */
	PART_LEGAL,
	PART_OWN, /* a letter again */
};

/* "Kronach – lebendig zwischen Burg und Fluss" */
static bool is_slogan(const struct line *line)
{
	return memmem(line->core, line->core_size, " – ", strlen(" – ")) != NULL &&
	       strchr(".!:", line->core[line->core_size - 1]) == NULL;
}

/* One line in which a word is no part of a name. */
static bool is_remark(const struct stretch *s, unsigned first, unsigned end)
{
	const struct line *line = line_at(s->lines, first);

	return end - first == 1 && line->words > 0 && !signers_is_signer(line, false) &&
	       !phrases_is_farewell(line) && !is_slogan(line) &&
	       !phrases_is_notice(s->lines, first, end);
}

static enum part part_of(const struct stretch *s, unsigned first, unsigned end)
{
	unsigned signs = 0;
	unsigned lines = 0; /* that have one */

	if (phrases_is_postscript(s->lines, first) || phrases_asks(s->lines, first, end) ||
	    phrases_is_list(s->lines, first, end))
		return PART_OWN;
	for (unsigned i = first; i < end; i++) {
		const unsigned says = phrases_office(line_at(s->lines, i));

		signs += says;
		lines += says > 0;
	}
	if (phrases_is_legal(s->lines, first, end, true))
		return signs > 2 ? PART_OFFICE : PART_LEGAL;
	if (phrases_is_prose(s->lines, first, end) &&
	    (end - first < ADDRESS_LINES_MIN || 2 * lines < end - first))
		return phrases_is_notice(s->lines, first, end) ? PART_OFFICE : PART_OWN;
	if (is_remark(s, first, end))
		return PART_OWN;
	return signs > 0 ? PART_OFFICE : PART_NAMES;
}

/* Call for each paragraph from line `at` on; true if one of them says how to reach somebody. */
static bool has_office(const struct stretch *s, unsigned at)
{
	while ((at = lines_skip(s->lines, at, s->end)) < s->end) {
		const unsigned end = MAX(paragraph_end(s, at), at + 1);

		if (is_own(s, at) && part_of(s, at, end) == PART_OFFICE)
			return true;
		at = end;
	}
	return false;
}

/* Fold from line `at` on what is no letter again; names that stand behind such a one are of it. */
static void fold_parts(const struct stretch *s, unsigned at, const char *rule)
{
	bool own = false;

	while ((at = lines_skip(s->lines, at, s->end)) < s->end) {
		const unsigned end = MAX(paragraph_end(s, at), at + 1);
		const enum part part = is_own(s, at) ? part_of(s, at, end) : PART_OWN;

		if (part == PART_OWN && is_own(s, at))
			own = true;
		else if (part == PART_LEGAL)
			lines_fold(s->lines, at, end, RULE_LEGAL);
		else if (part == PART_OFFICE || (part == PART_NAMES && !own))
			lines_fold(s->lines, at, end, rule);
		at = end;
	}
}

/* -- a line that parts the signature off -- */

static bool is_dashes(const struct line *line, const char *dashes)
{
	return line->size == strlen(dashes) && memcmp(line->text, dashes, line->size) == 0;
}

/* All that follows is names and addresses, no letter; a rule alone says less than two dashes. */
static bool is_parted(const struct stretch *s, unsigned at, bool dashes)
{
	bool office = false;
	bool some = false;

	while ((at = lines_skip(s->lines, at, s->end)) < s->end) {
		const unsigned end = MAX(paragraph_end(s, at), at + 1);
		const enum part part = part_of(s, at, end);

		if (part == PART_OWN && !(some && phrases_is_postscript(s->lines, at)))
			return false;
		office |= part == PART_OFFICE || part == PART_LEGAL;
		some = true;
		at = end;
	}
	return some && (office || dashes);
}

static bool is_two_dashes(const struct line *line)
{
	return is_dashes(line, "--") || is_dashes(line, "—");
}

/* The topmost of the last few such lines below which all is signature; the end if there is none. */
static unsigned find_parting(const struct stretch *s, bool dashes)
{
	unsigned found = s->end;
	unsigned tries = 0;

	for (unsigned i = s->end; i > s->first && tries < TRIES_MAX; i--) {
		const struct line *line = line_at(s->lines, i - 1);

		if (!line_is_own(line) || line->label != LABEL_FRAME || line->core_size < 2 ||
		    (dashes && !is_two_dashes(line)))
			continue;
		if (!is_parted(s, i, dashes))
			break;
		found = i - 1;
		tries++;
	}
	return found;
}

/* From "-- " on all but a postscript; likewise below a line that parts off what is surely signature. */
static bool fold_parted(const struct stretch *s, bool dashes)
{
	unsigned at = s->first;
	unsigned end;

	while (at < s->end && !is_dashes(line_at(s->lines, at), "-- "))
		at++;
	if (at == s->end) {
		const unsigned near = s->end > TAILS_LINES_MAX ? s->end - TAILS_LINES_MAX : 0;
		const struct stretch last = {s->lines, MAX(s->first, near), s->end};

		at = find_parting(&last, dashes);
		end = at + 1;
	} else {
		end = MAX(paragraph_end(s, at), at + 1);
	}
	if (at == s->end)
		return false;
	lines_fold(s->lines, at, end, RULE_SIGNATURE);
	fold_parts(s, end, RULE_SIGNATURE);
	return true;
}

/* -- from below -- */

/* Farewells directly above. */
static void fold_farewell_above(const struct stretch *s, const char *rule)
{
	for (unsigned end = own_end(s); end > s->first; end = own_end(s)) {
		if (!phrases_is_farewell(line_at(s->lines, end - 1)))
			return;
		lines_fold(s->lines, end - 1, end, rule);
	}
}

static uint64_t line_hash(const struct line *line)
{
	const char *at = line->core;
	uint64_t sum = 1;
	uint64_t hash;

	while (words_next(&at, line->core + line->core_size, &hash))
		sum = (sum ^ hash) * 0x9e3779b97f4a7c15U;
	return sum;
}

/* The last lines with words in them, the last one first; *starts (may be NULL): where each stands. */
static unsigned last_hashes(const struct stretch *s, uint64_t *hashes, unsigned *starts)
{
	unsigned count = 0;

	for (unsigned i = s->end; i > s->first && count < LEARNT_LINES_MAX; i--) {
		if (!is_own(s, i - 1) || line_at(s->lines, i - 1)->words == 0)
			continue;
		if (starts != NULL)
			starts[count] = i - 1;
		hashes[count++] = line_hash(line_at(s->lines, i - 1));
	}
	return count;
}

static bool fold_learnt_one(const struct stretch *s, const char *tail)
{
	g_autoptr(GArray) lines = lines_split(tail);
	const struct stretch of_tail = {lines, 0, lines->len};
	uint64_t want[LEARNT_LINES_MAX];
	uint64_t have[LEARNT_LINES_MAX];
	unsigned starts[LEARNT_LINES_MAX];
	const unsigned count = last_hashes(&of_tail, want, NULL);

	if (count == 0 || last_hashes(s, have, starts) < count ||
	    memcmp(want, have, count * sizeof(want[0])) != 0)
		return false;
	lines_fold(s->lines, starts[count - 1], s->end, RULE_LEARNT);
	fold_farewell_above(s, RULE_LEARNT);
	return true;
}

static bool fold_learnt(const struct stretch *s, const char *const *tails)
{
	for (unsigned i = 0; tails != NULL && tails[i] != NULL && i < TAILS_LETTERS_MAX; i++)
		if (fold_learnt_one(s, tails[i]))
			return true;
	return false;
}

/* A rule at the end goes with what was folded below it. */
static bool fold_rule(const struct stretch *s, unsigned end)
{
	const unsigned below = lines_skip(s->lines, end, s->end);

	if (line_at(s->lines, end - 1)->label != LABEL_FRAME || below == s->end)
		return false;
	lines_fold(s->lines, end - 1, end, line_at(s->lines, below)->rule);
	return true;
}

/* One line or paragraph at the end; false: the end is no tail by itself. */
static bool fold_last(const struct stretch *s)
{
	const unsigned end = own_end(s);
	const unsigned first = paragraph_first(s, end);
	const struct line *last;

	if (end == s->first)
		return false;
	last = line_at(s->lines, end - 1);
	if (phrases_is_client(last)) {
		lines_fold(s->lines, end - 1, end, RULE_CLIENT);
		return true;
	}
	if (first > s->first && phrases_is_list_footer(s->lines, first, end)) {
		lines_fold(s->lines, first, end, RULE_LIST);
		return true;
	}
	if (first > s->first && phrases_is_legal(s->lines, first, end, false)) {
		lines_fold(s->lines, first, end, RULE_LEGAL);
		return true;
	}
	return fold_rule(s, end);
}

/* Farewells and names above line `at`: "Mit freundlichen Grüßen", "Im Auftrag". */
static unsigned topmost_farewell(const struct stretch *s, unsigned at)
{
	unsigned top = at;

	for (unsigned i = at; i > s->first; i--) {
		const struct line *line = line_at(s->lines, i - 1);

		if (!is_own(s, i - 1))
			continue;
		if (phrases_is_farewell(line))
			top = i - 1;
		else if (!phrases_is_name(line))
			break;
	}
	return top;
}

/* Behind the last own line above. */
static unsigned own_above(const struct stretch *s, unsigned at)
{
	while (at > s->first && !is_own(s, at - 1))
		at--;
	return at;
}

/*
 * The last own line above leads on to what is shown below: "Unser Muster endet so:".  To a formula leads a
 * colon only; "Wenden Sie sich an die Kasse." does not.
 */
static bool is_led_to(const struct stretch *s, unsigned at)
{
	const unsigned above = own_above(s, at);
	const struct line *line = above > s->first ? line_at(s->lines, above - 1) : NULL;

	if (line != NULL && signers_is_formula(line_at(s->lines, at)))
		return line->core[line->core_size - 1] == ':';
	return line != NULL && phrases_leads_on(line);
}

/* A letter's own line, no part of what closes it. */
static bool is_told(const struct line *line)
{
	return !phrases_is_farewell(line) && !phrases_is_name(line) && phrases_office(line) == 0;
}

/*
 * The last farewell below which an address stands, and that address; not one above the text that another
 * formula closes.
 */
static bool fold_address_below_farewell(const struct stretch *s)
{
	bool closed = false;
	unsigned tries = 0;

	for (unsigned i = own_end(s); i > s->first && tries < TRIES_MAX; i--) {
		const struct line *line = line_at(s->lines, i - 1);
		unsigned top;

		if (!is_own(s, i - 1))
			continue;
		if (closed && is_told(line))
			return false;
		if (!phrases_is_farewell(line))
			continue;
		tries++;
		closed |= signers_is_formula(line);
		top = topmost_farewell(s, i - 1);
		if (!has_office(s, i) || is_led_to(s, top))
			continue;
		lines_fold(s->lines, top, i, RULE_FAREWELL);
		fold_parts(s, i, RULE_FAREWELL);
		return true;
	}
	return false;
}

/* An address that no farewell stands above: two signs of it at least, and no line that leads to it. */
static void fold_address(const struct stretch *s)
{
	const unsigned end = own_end(s);
	unsigned first = paragraph_first(s, end);
	unsigned above = own_above(s, first);
	unsigned signs = 0;

	if (above == s->first || part_of(s, first, end) != PART_OFFICE)
		return;
	for (unsigned i = first; i < end; i++)
		signs += phrases_office(line_at(s->lines, i)) > 1;
	while (above > s->first && phrases_is_name(line_at(s->lines, above - 1)))
		first = --above;
	above = own_above(s, first);
	if (above == s->first || phrases_leads_on(line_at(s->lines, above - 1)))
		return;
	if ((signs >= ADDRESS_SIGNS_MIN && end - first >= ADDRESS_LINES_MIN) ||
	    (end - first == 1 && phrases_is_card(line_at(s->lines, first))))
		lines_fold(s->lines, first, end, RULE_FAREWELL);
}

/* -- what closes a letter without an address -- */

/* Behind the lines from `at` on that sign; empty lines between them don't count. */
static unsigned signers_end(const struct stretch *s, unsigned at, const struct tails_known *known)
{
	const unsigned first = lines_skip(s->lines, at, s->end);
	bool paragraph = false; /* a second one has begun */
	unsigned end = at;
	unsigned count = 0;

	for (unsigned i = first; i < s->end && count < SIGNERS_MAX; i++) {
		const struct line *line = line_at(s->lines, i);

		paragraph |= line_is_empty(line);
		if (line_is_empty(line))
			continue;
		if (!is_own(s, i) || phrases_is_postscript(s->lines, i) ||
		    (!signers_is_author(line, known->names) &&
			(!signers_is_signer(line, i == at) ||
			    (paragraph && phrases_office(line) == 0))))
			break;
		end = i + 1;
		count++;
	}
	return end;
}

/* Few lines of a letter from `at` on. */
static bool is_near_end(const struct stretch *s, unsigned at)
{
	unsigned behind = 0;

	for (; at < s->end && behind <= BEHIND_MAX; at++)
		behind += is_own(s, at);
	return behind <= BEHIND_MAX;
}

/* What looks like a formula is a part of a sentence: "Bis dann", "sind wir fertig." */
static bool goes_on(const struct stretch *s, unsigned at)
{
	return at < s->end && is_own(s, at) && !phrases_is_postscript(s->lines, at);
}

/*
 * Names above line `at`, and above them a formula: there it stands; `at` if not.  What looked like the
 * last formula is an office, then: "VG Hohenfels".
 */
static unsigned formula_above_names(
    const struct stretch *s, unsigned at, const struct tails_known *known)
{
	unsigned top = own_above(s, at);
	unsigned names = 0;

	for (; top > s->first && names < SIGNERS_MAX; names++) {
		const struct line *line = line_at(s->lines, top - 1);

		if (signers_is_formula(line) || !signers_is_signer(line, false))
			break;
		top = own_above(s, top - 1);
	}
	return names > 0 && top > s->first && top - 1 > known->said &&
		       signers_is_formula(line_at(s->lines, top - 1))
		   ? top - 1
		   : at;
}

/* The last formula with the names below it, and what closes directly above. */
static void fold_formula(const struct stretch *s, const struct tails_known *known)
{
	for (unsigned i = own_end(s); i > s->first && i - 1 > known->said; i--) {
		unsigned end;
		unsigned top = i - 1;

		if (!is_own(s, i - 1) || !signers_is_formula(line_at(s->lines, i - 1)))
			continue;
		end = signers_end(s, i, known);
		if (end == i && goes_on(s, i))
			continue;
		if (end == i)
			top = formula_above_names(s, i - 1, known);
		if (!is_near_end(s, end) || is_led_to(s, top))
			return;
		lines_fold(s->lines, top, end, RULE_FAREWELL);
		for (i = own_above(s, top); i > s->first && i - 1 > known->said &&
					    signers_is_formula(line_at(s->lines, i - 1));
		     i = own_above(s, i - 1))
			lines_fold(s->lines, i - 1, i, RULE_FAREWELL);
		return;
	}
}

/* Does an office stand below the author's name, not the names of others? */
static bool has_function(const struct stretch *s, unsigned first, unsigned end)
{
	unsigned lines = 0;
	bool office = false;
	bool others = false;

	for (unsigned i = first; i < end; i++) {
		const struct line *line = line_at(s->lines, i);

		if (line_is_empty(line))
			continue;
		lines++;
		office |= phrases_office(line) > 0;
		others |= line->words > 1 && phrases_is_name(line);
	}
	return lines > 0 && (office || (lines == 1 && !others));
}

/* Where what says who the author is begins: From may hold an office, then the name stands above it. */
static unsigned author_first(const struct stretch *s, unsigned at, unsigned said)
{
	const struct line *above = at > s->first ? line_at(s->lines, at - 1) : NULL;

	if (above != NULL && at - 1 > said + 1 && phrases_office(line_at(s->lines, at)) > 0 &&
	    is_own(s, at - 1) && phrases_is_name(above) && line_is_empty(line_at(s->lines, at - 2)))
		return at - 1;
	return at;
}

/* The author's name at the head of a line or more that say what they are, and no formula. */
static void fold_author(const struct stretch *s, const struct tails_known *known)
{
	for (unsigned i = own_end(s); i > s->first; i--) {
		unsigned at = i - 1;
		unsigned end;

		if (at <= known->said || !is_own(s, at) ||
		    !signers_is_author(line_at(s->lines, at), known->names))
			continue;
		at = author_first(s, at, known->said);
		if (is_own(s, at - 1) && signers_is_signer(line_at(s->lines, at - 1), false))
			return;
		end = signers_end(s, i, known);
		if (has_function(s, i, end) && is_near_end(s, end) && !is_led_to(s, at))
			lines_fold(s->lines, at, end, RULE_FAREWELL);
		return;
	}
}

void tails_fold(GArray *lines, unsigned first, unsigned end, const struct tails_known *known)
{
	struct stretch s = {lines, first, end};
	bool closed;

	fold_parted(&s, true);
	s.first = MAX(first, end > TAILS_LINES_MAX ? end - TAILS_LINES_MAX : 0);
	while (fold_last(&s))
		continue;
	if (fold_learnt(&s, known->tails))
		return;
	closed = fold_address_below_farewell(&s);
	if (!closed && !fold_parted(&s, false))
		fold_address(&s);
	while (fold_last(&s))
		continue;
	if (!closed)
		fold_formula(&s, known);
	fold_author(&s, known);
	while (fold_last(&s))
		continue;
}

/* -- learning -- */

struct letter {
	const GArray *lines; /* borrowed */
	unsigned count;
	uint64_t hashes[LEARNT_LINES_MAX];
	unsigned starts[LEARNT_LINES_MAX];
};

static void read_letter(struct letter *letter, GArray *lines)
{
	struct stretch s = {lines, 0, lines->len};

	s.end = own_end(&s);
	s.first = s.end;
	while (s.first > 0 && line_at(lines, s.first - 1)->kind == LINE_NEW)
		s.first--;
	letter->lines = lines;
	letter->count = last_hashes(&s, letter->hashes, letter->starts);
	if (letter->count > 0 && letter->count < LEARNT_LINES_MAX)
		letter->count--; /* something is always said above */
}

/* How many lines at the end of a letter are those of two others at least. */
static unsigned common(const struct letter *letters, unsigned count, unsigned at)
{
	for (unsigned n = letters[at].count; n > 0; n--) {
		unsigned same = 0;

		for (unsigned i = 0; i < count; i++)
			same +=
			    letters[i].count >= n && memcmp(letters[i].hashes, letters[at].hashes,
							 n * sizeof(letters[at].hashes[0])) == 0;
		if (same >= TAILS_POSTS_MIN)
			return n;
	}
	return 0;
}

/* Of n lines those below the last question or list; "" if too little is left to know it again. */
static char *tail_text(const struct letter *letter, unsigned n)
{
	GString *out = g_string_new(NULL);
	unsigned words = 0;
	unsigned used = 0;

	while (used < n &&
	       !phrases_asks(letter->lines, letter->starts[used], letter->starts[used] + 1) &&
	       !phrases_is_item(line_at(letter->lines, letter->starts[used])))
		words += line_at(letter->lines, letter->starts[used++])->words;
	for (unsigned i = used; i > 0 && (used > 1 || words >= LEARNT_WORDS_MIN); i--) {
		const struct line *line = line_at(letter->lines, letter->starts[i - 1]);

		g_string_append_len(out, line->core, (gssize)line->core_size);
		g_string_append_c(out, '\n');
	}
	return g_string_free(out, FALSE);
}

GPtrArray *tails_learn(GArray *const *letters, unsigned count)
{
	GPtrArray *tails = g_ptr_array_new_with_free_func(g_free);
	struct letter read[TAILS_LETTERS_MAX] = {0};

	count = MIN(count, TAILS_LETTERS_MAX);
	for (unsigned i = 0; i < count; i++)
		read_letter(&read[i], letters[i]);
	for (unsigned i = 0; i < count; i++) {
		g_autofree char *tail = tail_text(&read[i], common(read, count, i));

		if (*tail != '\0' &&
		    !g_ptr_array_find_with_equal_func(tails, tail, g_str_equal, NULL))
			g_ptr_array_add(tails, g_steal_pointer(&tail));
	}
	return tails;
}
