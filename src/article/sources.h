/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Which lines of a reply come from articles that are known, however a mail program set them anew:
 * words are compared (article/words), not lines.
 */
#ifndef ARTICLE_SOURCES_H
#define ARTICLE_SOURCES_H

#include <stddef.h>

#include <glib.h>

#define SOURCES_MAX 20			       /* those beyond are not looked at, … */
#define SOURCES_SIZE_MAX ((size_t)1024 * 1024) /* … nor what is beyond that many octets of all */

/* A run of words that a source has, too, is no coincidence from so many words on. */
#define SOURCES_RUN_MIN 8

/*
 * Set `known` in the lines whose every word stands in a run of SOURCES_RUN_MIN words or more of a
 * source, also a shorter line where the source goes on (answers may stand between).  In a line with a
 * quotation mark three words do.  sources: texts (valid UTF-8), the nearest first, NULL at the end;
 * NULL: none.  Time and memory are linear in the sizes.
 */
void sources_mark(GArray *lines, const char *const *sources);

#endif
