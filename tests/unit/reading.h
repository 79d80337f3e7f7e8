/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a person reads of a message (article/body), written down for comparison.
 */
#ifndef TESTS_UNIT_READING_H
#define TESTS_UNIT_READING_H

#include <stddef.h>

#include "base/lang.h"

/* The text, then for each attachment a line `[name, type, size]`.  The caller frees. */
char *reading_of(const char *wire, size_t size, enum lang lang);

#endif
