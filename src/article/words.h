/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The words of a text, for comparing what mail programs set anew: quotation marks and all other
 * punctuation, blanks of any kind, soft hyphens, letter case, composed or decomposed letters,
 * addresses in angle brackets and URLs make no difference.
 */
#ifndef ARTICLE_WORDS_H
#define ARTICLE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* The next word from *at on, which moves behind it; false at `end`.  *hash is never 0. */
bool words_next(const char **at, const char *end, uint64_t *hash);

#endif
