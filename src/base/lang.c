/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The catalogues are read here and not by the C library: its gettext knows one language a
 * process, and from glibc 2.39 on it translates nothing in C.UTF-8, the one locale that every
 * machine has.  The form of a .mo file: GNU gettext manual, "The Format of GNU MO Files".
 */
#include "config.h"

#include "base/lang.h"

#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/text.h"

static const uint32_t MO_MAGIC = 0x950412de;

enum {
	MO_COUNT = 8,	 /* where the header holds the number of texts */
	MO_ENGLISH = 12, /* … the place of their table, in the order of strcmp */
	MO_TRANSLATED = 16,
	MO_HEADER = 20,
	MO_ROW = 8, /* length and place */
};

struct catalogue {
	GMappedFile *file; /* owned, for the life of the process; NULL: none */
	const char *bytes; /* borrowed from it */
	size_t size;
	uint32_t count;
	uint32_t english;
	uint32_t translated;
};

static struct catalogue german;

static uint32_t word_at(const char *bytes)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return GUINT32_FROM_LE(word);
}

/* Row i of the table at `place`: the length of a text, and 4 octets on its place. */
static const char *row_at(const struct catalogue *c, uint32_t place, uint32_t i)
{
	return c->bytes + place + (size_t)i * MO_ROW;
}

/* True if each row of the table at `place` holds a terminated text inside the file. */
static bool table_is_sound(const struct catalogue *c, uint32_t place)
{
	if (place > c->size || (c->size - place) / MO_ROW < c->count)
		return false;
	for (uint32_t i = 0; i < c->count; i++) {
		const uint32_t size = word_at(row_at(c, place, i));
		const uint32_t text = word_at(row_at(c, place, i) + 4);

		if (text >= c->size || c->size - text <= size || c->bytes[text + size] != '\0')
			return false;
	}
	return true;
}

/* A file that is no catalogue leaves *c without texts: English is shown. */
static void catalogue_load(struct catalogue *c, const char *path)
{
	struct catalogue loaded = {.file = g_mapped_file_new(path, FALSE, NULL)};

	if (loaded.file == NULL)
		return;
	loaded.bytes = g_mapped_file_get_contents(loaded.file);
	loaded.size = g_mapped_file_get_length(loaded.file);
	if (loaded.size >= MO_HEADER && word_at(loaded.bytes) == MO_MAGIC) {
		loaded.count = word_at(loaded.bytes + MO_COUNT);
		loaded.english = word_at(loaded.bytes + MO_ENGLISH);
		loaded.translated = word_at(loaded.bytes + MO_TRANSLATED);
		if (table_is_sound(&loaded, loaded.english) &&
		    table_is_sound(&loaded, loaded.translated)) {
			*c = loaded;
			return;
		}
	}
	g_mapped_file_unref(loaded.file);
}

/* The text of row i in the table at `place`. */
static const char *row_text(const struct catalogue *c, uint32_t place, uint32_t i)
{
	return c->bytes + word_at(row_at(c, place, i) + 4);
}

/*
 * The translation, or NULL.  The key of a plural is "one NUL many", so that it is found by
 * `one` alone; its translations stand one after the other likewise: *end is behind the last.
 */
static const char *catalogue_find(const struct catalogue *c, const char *english, const char **end)
{
	uint32_t low = 0;
	uint32_t high = c->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;
		const int order = strcmp(english, row_text(c, c->english, middle));

		if (order == 0) {
			const char *text = row_text(c, c->translated, middle);

			*end = text + word_at(row_at(c, c->translated, middle));
			return *text != '\0' ? text : NULL;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/*
 * In the tree where the program was built its own catalogue counts, else the installed one.
 * Tests stand two folders below the top.
 */
static char *find_german(void)
{
	static const char *const tops[] = {".", "..", "../.."};
	static const char below[] = "de/LC_MESSAGES/umlauf.mo";
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *folder = g_path_get_dirname(self != NULL ? self : "/");

	for (size_t i = 0; i < G_N_ELEMENTS(tops); i++) {
		g_autofree char *path =
		    g_build_filename(folder, tops[i], "po", "locale", below, NULL);

		if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
			return g_steal_pointer(&path);
	}
	return g_build_filename(LOCALEDIR, below, NULL);
}

void lang_init(void)
{
	g_autofree char *path = NULL;

	setlocale(LC_ALL, "C.UTF-8"); /* what GLib prints stays UTF-8; numbers keep their point */
	if (german.file != NULL)
		return;
	path = find_german();
	catalogue_load(&german, path);
}

bool lang_parse(const char *text, enum lang *lang)
{
	static const enum lang langs[] = {LANG_DE, LANG_EN};

	for (size_t i = 0; i < G_N_ELEMENTS(langs); i++) {
		if (text_has_prefix(text, lang_code(langs[i])) && strchr("_.@-", text[2]) != NULL) {
			*lang = langs[i];
			return true;
		}
	}
	return false;
}

const char *lang_code(enum lang lang)
{
	return lang == LANG_DE ? "de" : "en";
}

enum lang lang_of_environment(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	enum lang lang = LANG_EN;

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		const char *value = getenv(names[i]);

		if (value == NULL || *value == '\0')
			continue;
		if (!lang_parse(value, &lang))
			lang = LANG_EN;
		return lang;
	}
	return lang;
}

const char *lang_text(enum lang lang, const char *english)
{
	const char *end;
	const char *text = NULL;

	if (lang == LANG_DE && *english != '\0')
		text = catalogue_find(&german, english, &end);
	return text != NULL ? text : english;
}

const char *lang_plural(enum lang lang, const char *one, const char *many, unsigned long n)
{
	const char *end = NULL;
	const char *text = NULL;

	if (lang == LANG_DE)
		text = catalogue_find(&german, one, &end);
	if (text == NULL)
		return n == 1 ? one : many;
	if (n != 1 && text + strlen(text) < end)
		text += strlen(text) + 1;
	return text;
}

char *lang_join(enum lang lang, const char *const *items)
{
	g_autoptr(GString) front = g_string_new(NULL);
	const char *last = *items != NULL ? *items++ : "";

	if (*items == NULL)
		return g_strdup(last);
	g_string_append(front, last);
	for (; items[1] != NULL; items++)
		g_string_append_printf(front, ", %s", *items);
	return g_strdup_printf(lang_text(lang, "%s and %s"), front->str, *items);
}
