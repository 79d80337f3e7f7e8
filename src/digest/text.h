/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A digest as text/plain: 72 columns, readable without colour, in the person's language.
 */
#ifndef DIGEST_TEXT_H
#define DIGEST_TEXT_H

#include <glib.h>

#include "digest/digest.h"

/* A post is shown up to so many lines; a longer one is cut only if it is longer by a quarter. */
#define DIGEST_LINES_MAX 60

/* The text (UTF-8, LF) of an ordered digest; the caller frees. */
char *digest_text(const struct digest *digest);

/* "Tagesüberblick 24.11.: Gebührensatzung (4), E-Akte (2) und 3 weitere"; one line; to be freed. */
char *digest_subject(const struct digest *digest);

#endif
