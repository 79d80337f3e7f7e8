/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Text of format=flowed (RFC 3676): where mail programs broke long lines so that they can be
 * joined again.
 */
#ifndef ARTICLE_FLOWED_H
#define ARTICLE_FLOWED_H

#include <stdbool.h>

/*
 * Text (UTF-8, LF) with its soft breaks joined and space-stuffing undone; delete_space: DelSp=yes.
 * Quotations stay as deep as they are, with a blank behind their marks; what only looks like one
 * keeps its blank; so does the "-- " of a signature.  The caller frees.
 */
char *flowed_join(const char *text, bool delete_space);

#endif
