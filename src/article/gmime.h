/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * GMime, entered through this file only: its types with GLib's automatic
 * release, which GMime 3.2 does not bring.
 */
#ifndef ARTICLE_GMIME_H
#define ARTICLE_GMIME_H

#include <gmime/gmime.h>

/* Set GMime up (once; may be called again): UTF-8, then windows-1252, where nothing is declared. */
GMimeParserOptions *gmime_options(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InternetAddressList, g_object_unref)

#endif
