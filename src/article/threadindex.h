/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Thread-Index, by which Outlook and Exchange tie a reply to what it answers, often in place of
 * References: base64 of 22 octets at the root (a reserved one, five of the time, a GUID) and five
 * more for each reply ([MS-OXOMSG] section 2.2.1.3).
 */
#ifndef ARTICLE_THREADINDEX_H
#define ARTICLE_THREADINDEX_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#define THREADINDEX_DEPTH_MAX 100

/*
 * The names that a raw value gives: the first is the message's own, those behind it are its
 * ancestors', nearest first, at most THREADINDEX_DEPTH_MAX of them (of a longer chain the root is
 * among them).  Names are no Message-IDs, and can't be taken for one: `ti:` and letters.  Empty for
 * what is no Thread-Index; never NULL.  Array of char *; g_ptr_array_unref.
 */
GPtrArray *threadindex_names(const char *value, size_t size);

/* True for such a name: other than a Message-ID it may belong to several articles. */
bool threadindex_is_name(const char *name);

#endif
