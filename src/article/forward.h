/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A message inside a message: what is said of it where it is listed or shown.
 */
#ifndef ARTICLE_FORWARD_H
#define ARTICLE_FORWARD_H

#include <stddef.h>

#include "base/lang.h"

/* Its subject, decoded, on one line; "" if it has none.  The caller frees, as below. */
char *forward_subject(const char *wire, size_t size);

/*
 * The lines over its text, those of author, date (in its own zone) and subject that it has:
 *
 *   From: Petra Lehmann <p.lehmann@stadt.example>
 *   Date: Monday, 23 November 2026, 09:12
 *   Subject: Satzung
 */
char *forward_head(const char *wire, size_t size, enum lang lang);

#endif
