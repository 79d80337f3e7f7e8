/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * wildmat (RFC 3977 section 4): a list of patterns with `*`, `?` and a leading
 * `!`, separated by commas; the last pattern that matches decides.
 */
#ifndef BASE_WILDMAT_H
#define BASE_WILDMAT_H

#include <stdbool.h>

/* True if wildmat follows the syntax of RFC 3977 section 4.1 (NUL-terminated, valid UTF-8). */
bool wildmat_is_valid(const char *wildmat);

/* True if text (UTF-8) matches; time is bounded by length of wildmat times length of text. */
bool wildmat_matches(const char *wildmat, const char *text);

#endif
