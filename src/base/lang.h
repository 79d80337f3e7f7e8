/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Texts of ours in a given language (catalogues of gettext), whatever locale
 * the process has and the machine knows.
 */
#ifndef BASE_LANG_H
#define BASE_LANG_H

#include <stdbool.h>

#include <glib.h>

enum lang {
	LANG_DE,
	LANG_EN,
};

/*
 * Once, before any text is asked for: sets the locale to C.UTF-8 and loads the catalogue, from
 * po/locale in the tree where the program was built, else the installed one.  Where there is
 * none all texts are English.
 */
void lang_init(void);

/* "de" or "en" (any case, a country may follow: "de_AT.UTF-8") to *lang; false if neither. */
bool lang_parse(const char *text, enum lang *lang);

/* "de" or "en". */
const char *lang_code(enum lang lang);

/* What the environment (LC_ALL, LC_MESSAGES, LANG) asks for; English where it says nothing. */
enum lang lang_of_environment(void);

/*
 * The translation of an English text; static, never NULL.  For xgettext the text is one literal:
 * numbers of 64 bits are %lld, not PRId64.
 */
const char *lang_text(enum lang lang, const char *english) __attribute__((format_arg(2)));

/* Likewise with the plural form for n. */
const char *lang_plural(enum lang lang, const char *one, const char *many, unsigned long n)
    __attribute__((format_arg(2), format_arg(3)));

/* "A", "A and B", "A, B and C"; items end with NULL, "" if there is none.  The caller frees. */
char *lang_join(enum lang lang, const char *const *items);

/* For the operator's command: texts in the language of the environment. */
#define _(english) lang_text(lang_of_environment(), english)
#define N_(english) english

#endif
