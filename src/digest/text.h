/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A digest as text/plain: 72 columns, readable without colour, in the reader's language.  Nothing
 * in it names the reader, so one text serves all who get the same posts.  Lines are fixed, not
 * flowed (RFC 3676); none is longer than 998 octets, and none but ours begins at the left edge.
 */
#ifndef DIGEST_TEXT_H
#define DIGEST_TEXT_H

#include <glib.h>

#include "digest/digest.h"

/*
 * A post is shown up to so many lines; a longer one is cut only if it is longer by a quarter, and
 * not inside a list item, table row or quoted line (but one that fills half of it is cut as any
 * text).  A line says how many are left out.
 */
#define DIGEST_LINES_MAX 60

/* The text (UTF-8, LF) of an ordered digest; the caller frees. */
char *digest_text(const struct digest *digest);

/*
 * "Tagesüberblick 24.11.: Gebührensatzung (4), E-Akte (2), Haushalt (1) und 3 weitere": at most
 * three threads by name, one line of at most 120 characters.  The caller frees.
 */
char *digest_subject(const struct digest *digest);

#endif
