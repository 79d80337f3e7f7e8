/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/sources.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "article/lines.h"
#include "article/words.h"

#define SHINGLE 3	/* words that are looked up at once */
#define TRIES 16	/* places of a shingle that are compared */
#define AHEAD 60	/* words of a source that an answer may leave out */
#define AHEAD_RUN_MIN 5 /* words that go on behind what was left out */
#define NOWHERE UINT32_MAX

struct index {
	GArray *words;	 /* owned; uint64_t of all sources, 0 between two of them */
	uint32_t *heads; /* owned; hash of a shingle to its first place, or NOWHERE */
	uint32_t *nexts; /* owned; a place to the next one of the same head */
	uint32_t mask;
};

/* A word of the reply. */
struct word {
	uint64_t hash;
	uint32_t line;
};

struct marking {
	GArray *lines;		   /* borrowed */
	GArray *words;		   /* owned; struct word */
	unsigned *covered;	   /* owned; words of each line that stand in a run */
	const struct index *index; /* borrowed */
	uint32_t expected; /* where the source goes on behind the last run; NOWHERE: no run yet */
	unsigned depth;	   /* marks in front of its last line */
};

/* -- the sources -- */

static void append_words(GArray *words, const char *text, size_t size)
{
	const char *at = text;
	uint64_t hash;

	while (words_next(&at, text + size, &hash))
		g_array_append_val(words, hash);
	hash = 0;
	g_array_append_val(words, hash);
}

static uint32_t head_of(const struct index *index, const uint64_t *words)
{
	uint64_t hash = 0;

	for (unsigned i = 0; i < SHINGLE; i++)
		hash = (hash ^ words[i]) * 0xff51afd7ed558ccdU;
	return (uint32_t)(hash >> 32) & index->mask;
}

/* The nearest source's places come first: they are put in last. */
static void index_words(struct index *index)
{
	const uint64_t *words = (const uint64_t *)(void *)index->words->data;
	const uint32_t size = index->words->len;

	index->mask = 1023;
	while (index->mask < size)
		index->mask = index->mask * 2 + 1;
	index->heads = g_new(uint32_t, (gsize)index->mask + 1);
	memset(index->heads, 0xff, ((size_t)index->mask + 1) * sizeof(uint32_t));
	index->nexts = g_new(uint32_t, (gsize)size + 1);
	for (uint32_t i = size; i-- > 0;) {
		uint32_t head;

		if (i + SHINGLE > size)
			continue;
		head = head_of(index, words + i);
		index->nexts[i] = index->heads[head];
		index->heads[head] = i;
	}
}

static void index_init(struct index *index, const char *const *sources)
{
	size_t left = SOURCES_SIZE_MAX;

	index->words = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	for (unsigned i = 0; i < SOURCES_MAX && sources[i] != NULL && left > 0; i++) {
		size_t size = strlen(sources[i]);

		if (size > left)
			size = (size_t)(g_utf8_find_prev_char(sources[i], sources[i] + left + 1) -
					sources[i]);
		append_words(index->words, sources[i], size);
		left -= MIN(left, size + 1);
	}
	index_words(index);
}

static void index_clear(struct index *index)
{
	g_array_unref(index->words);
	g_free(index->heads);
	g_free(index->nexts);
}

/* -- the reply -- */

static GArray *words_of(const GArray *lines)
{
	GArray *words = g_array_new(FALSE, FALSE, sizeof(struct word));

	for (uint32_t i = 0; i < lines->len; i++) {
		struct line *line = line_at(lines, i);
		const char *at = line_behind_initials(line);
		struct word word = {.line = i};

		line->words = 0;
		while (words_next(&at, line->core + line->core_size, &word.hash)) {
			g_array_append_val(words, word);
			line->words++;
		}
	}
	return words;
}

static const struct word *word_at(const struct marking *m, uint32_t i)
{
	return &g_array_index(m->words, struct word, i);
}

/* How many words are the same from word i of the reply and place p of the sources on. */
static uint32_t run_at(const struct marking *m, uint32_t i, uint32_t p)
{
	const GArray *source = m->index->words;
	uint32_t n = 0;

	while (i + n < m->words->len && p + n < source->len &&
	       word_at(m, i + n)->hash == g_array_index(source, uint64_t, p + n))
		n++;
	return n;
}

static uint32_t longest_run(const struct marking *m, uint32_t i, uint32_t *place)
{
	const struct index *index = m->index;
	uint64_t shingle[SHINGLE];
	uint32_t longest = 0;
	uint32_t p;

	if (i + SHINGLE > m->words->len)
		return 0;
	for (unsigned k = 0; k < SHINGLE; k++)
		shingle[k] = word_at(m, i + k)->hash;
	p = index->heads[head_of(index, shingle)];
	for (unsigned tries = 0; p != NOWHERE && tries < TRIES; tries++, p = index->nexts[p]) {
		const uint32_t n = run_at(m, i, p);

		if (n > longest) {
			longest = n;
			*place = p;
		}
	}
	return longest;
}

static void cover(struct marking *m, uint32_t i, uint32_t n, uint32_t place)
{
	for (uint32_t k = i; k < i + n; k++)
		m->covered[word_at(m, k)->line]++;
	m->expected = place + n;
	m->depth = line_at(m->lines, word_at(m, i + n - 1)->line)->depth;
}

static bool begins_line(const struct marking *m, uint32_t i)
{
	return i == 0 || word_at(m, i - 1)->line != word_at(m, i)->line;
}

/* Is there a run to go on from, with the same marks in front of its last line? */
static bool goes_on(const struct marking *m, uint32_t i)
{
	return m->expected != NOWHERE && begins_line(m, i) &&
	       line_at(m->lines, word_at(m, i)->line)->depth == m->depth;
}

/* The words of whole lines with which the source goes on here; 0: it does not. */
static uint32_t continued(const struct marking *m, uint32_t i)
{
	uint32_t whole = goes_on(m, i) ? run_at(m, i, m->expected) : 0;

	while (whole > 0 && i + whole < m->words->len && !begins_line(m, i + whole))
		whole--;
	return whole;
}

/* True if the place is a little further on in the same source. */
static bool is_ahead(const struct marking *m, uint32_t place)
{
	if (place < m->expected || place - m->expected > AHEAD)
		return false;
	for (uint32_t p = m->expected; p < place; p++)
		if (g_array_index(m->index->words, uint64_t, p) == 0)
			return false;
	return true;
}

static bool is_run(const struct marking *m, uint32_t i, uint32_t n, uint32_t place)
{
	if (n >= SOURCES_RUN_MIN)
		return true;
	if (line_at(m->lines, word_at(m, i)->line)->depth > 0)
		return n >= SHINGLE;
	return n >= AHEAD_RUN_MIN && goes_on(m, i) && is_ahead(m, place);
}

static void mark(struct marking *m)
{
	for (uint32_t i = 0; i < m->words->len;) {
		uint32_t place = m->expected;
		uint32_t n = continued(m, i);

		if (n > 0) {
			cover(m, i, n, place);
			i += n;
			continue;
		}
		n = longest_run(m, i, &place);
		if (is_run(m, i, n, place))
			cover(m, i, n, place);
		i += MAX(n, 1);
	}
	for (unsigned i = 0; i < m->lines->len; i++) {
		struct line *line = line_at(m->lines, i);

		line->known = line->words > 0 && m->covered[i] == line->words;
	}
}

void sources_mark(GArray *lines, const char *const *sources)
{
	struct index index;
	struct marking m = {.lines = lines, .index = &index, .expected = NOWHERE};

	if (sources == NULL || *sources == NULL)
		return;
	index_init(&index, sources);
	m.words = words_of(lines);
	m.covered = g_new0(unsigned, lines->len + 1);
	mark(&m);
	g_array_unref(m.words);
	g_free(m.covered);
	index_clear(&index);
}
