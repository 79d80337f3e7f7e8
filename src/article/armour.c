/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/armour.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

static const char SIGNED[] = "-----BEGIN PGP SIGNED MESSAGE-----";
static const char SIGNATURE[] = "-----BEGIN PGP SIGNATURE-----";
static const char MESSAGE[] = "-----BEGIN PGP MESSAGE-----";

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return line + (*line == '\n');
}

/* The first line from here on that begins so, NULL if none does. */
static const char *find_line(const char *line, const char *beginning)
{
	while (line != NULL && !g_str_has_prefix(line, beginning)) {
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
	return line;
}

static bool is_empty_line(const char *line)
{
	line += strspn(line, " \t");
	return *line == '\n' || *line == '\0';
}

/* Behind the armour's own header lines ("Hash: SHA256") and the empty line that ends them. */
static const char *skip_fields(const char *line)
{
	while (!is_empty_line(line))
		line = next_line(line);
	return next_line(line);
}

/* The words of a signed text, up to its signature. */
static void append_signed(GString *out, const char *line, const char *signature)
{
	for (line = skip_fields(next_line(line)); line < signature; line = next_line(line)) {
		const char *begin = g_str_has_prefix(line, "- ") ? line + 2 : line;

		g_string_append_len(out, begin, next_line(line) - begin);
	}
}

/* Append what is shown of the armour that begins at this line; returns what stands behind it. */
static const char *append_armour(GString *out, const char *line, const char *encrypted)
{
	const char *end = line;

	if (g_str_has_prefix(line, SIGNED)) {
		end = find_line(line, SIGNATURE);
		if (end == NULL)
			return NULL;
	}
	end = find_line(end, "-----END PGP ");
	if (end == NULL)
		return NULL;
	if (g_str_has_prefix(line, SIGNED))
		append_signed(out, line, find_line(line, SIGNATURE));
	else if (g_str_has_prefix(line, MESSAGE))
		g_string_append_printf(out, "%s\n", encrypted);
	return next_line(end);
}

char *armour_strip(const char *text, const char *encrypted)
{
	const char *line = find_line(text, ARMOUR_BEGIN);
	GString *out = g_string_new(NULL);

	while (line != NULL) {
		const char *behind;

		g_string_append_len(out, text, line - text);
		behind = append_armour(out, line, encrypted);
		text = behind == NULL ? line : behind;
		line = behind == NULL ? NULL : find_line(behind, ARMOUR_BEGIN);
	}
	g_string_append(out, text);
	return g_string_free(out, FALSE);
}
