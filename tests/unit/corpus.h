/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The sample messages under tests/corpus: each NAME.eml has its expected reading beside it, as
 * NAME.SUFFIX.
 */
#ifndef TESTS_UNIT_CORPUS_H
#define TESTS_UNIT_CORPUS_H

#include <stdbool.h>
#include <stddef.h>

/* One sample, lines with CRLF; its name (without .eml) and what is expected (lines with LF). */
struct corpus_sample {
	const char *folder; /* its path */
	const char *name;
	const char *wire;
	size_t size;
	const char *expected;
};

/* True if the sample is read as expected. */
typedef bool (*corpus_fn)(const struct corpus_sample *sample, void *data);

/*
 * Try all samples of tests/corpus/FOLDER, whatever becomes of one; fails the test if one is not read
 * as expected, lacks its expectation, or if there are fewer than `least`.
 */
void corpus_each(
    const char *folder, const char *suffix, unsigned least, corpus_fn judge, void *data);

/* A file of the corpus with its line ends made CRLF (crlf) or LF; fails the test if absent.  The caller frees. */
char *corpus_read(const char *folder, const char *name, bool crlf, size_t *size);

/* True if both are equal; else the first line that differs is printed with the sample's name. */
bool corpus_equal(const struct corpus_sample *sample, const char *got);

#endif
