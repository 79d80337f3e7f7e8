/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * inih tells its handler neither lines nor the start of a section, cuts long lines and names
 * in silence, and takes an indented line as more of the one before.  So the lines are handed
 * to it one by one from here, looked at before: that gives the line, and no such thing occurs.
 */
#include "config.h"

#include "base/conf.h"

#include <stdbool.h>
#include <string.h>

#include <ini.h>

#include "base/err.h"
#include "base/file.h"
#include "base/lang.h"

enum {
	FILE_MAX = 1 << 20,
	NAME_MAX_SIZE = 49, /* inih's room for the name of a section */
};

struct reader {
	const char *path;
	const char *at; /* the next line */
	int line;	/* the one that inih has */
	GPtrArray *entries;
	GError *error; /* the first; ends the reading */
};

static void entry_free(void *data)
{
	struct conf_entry *entry = data;

	g_free(entry->section);
	g_free(entry->key);
	g_free(entry->value);
	g_free(entry);
}

static void add(struct reader *r, const char *section, const char *key, const char *value)
{
	struct conf_entry *entry = g_new0(struct conf_entry, 1);

	entry->section = g_strdup(section);
	entry->key = g_strdup(key);
	entry->value = g_strdup(value);
	entry->line = r->line;
	g_ptr_array_add(r->entries, entry);
}

static void reject(struct reader *r, const char *reason)
{
	err_set(&r->error, ERR_BAD, "%s:%d: %s", r->path, MAX(r->line, 1), reason);
}

/* The line that opens a section: note it, and that nothing stands behind it. */
static void see_section(struct reader *r, const char *line)
{
	const char *close = strchr(line, ']');
	g_autofree char *name = NULL;
	const char *rest;

	if (close == NULL) {
		reject(r, _("\"]\" is missing: a section is written [NAME]"));
		return;
	}
	rest = close + 1 + strspn(close + 1, " \t");
	name = g_strndup(line + 1, (size_t)(close - line - 1));
	if (strlen(name) > NAME_MAX_SIZE || strchr(name, ';') != NULL)
		reject(r, _("not the name of a section: at most 49 octets, without \";\""));
	else if (*rest != '\0' && *rest != ';' && *rest != '#')
		reject(r, _("text behind \"]\": begin a new line there"));
	else
		add(r, name, NULL, "");
}

/* fgets for inih: one line, without what stands before its first word; comments become empty. */
static char *next_line(char *buffer, int room, void *stream)
{
	struct reader *r = stream;
	g_autofree char *line = NULL;
	size_t size;

	if (r->error != NULL || *r->at == '\0')
		return NULL;
	size = strcspn(r->at, "\n");
	line = g_strstrip(g_strndup(r->at, size));
	r->at += size + (r->at[size] == '\n');
	r->line++;
	if (*line == ';' || *line == '#')
		*line = '\0';
	size = strlen(line);
	if (*line == '[')
		see_section(r, line);
	else if (*line != '\0' && line[strcspn(line, "=:")] == '\0')
		reject(r, _("no \"=\" in the line: a key is written KEY = VALUE"));
	if (size + 2 > (size_t)room) {
		g_autofree char *reason =
		    g_strdup_printf(_("the line is too long: at most %d octets"), room - 2);

		if (r->error == NULL)
			reject(r, reason);
	}
	if (r->error != NULL)
		return NULL;
	memcpy(buffer, line, size);
	memcpy(buffer + size, "\n", 2);
	return buffer;
}

static int take_entry(void *user, const char *section, const char *key, const char *value)
{
	struct reader *r = user;

	if (*key == '\0')
		reject(r, _("no key before \"=\": a key is written KEY = VALUE"));
	else
		add(r, section, key, value);
	return r->error == NULL;
}

/* The text in r->at is terminated. */
static void parse(struct reader *r)
{
	const int status = ini_parse_stream(next_line, r, take_entry, r);

	if (status != 0 && r->error == NULL) {
		r->line = MAX(status, 1);
		reject(r, _("not understood: a line is [SECTION], KEY = VALUE or a comment"));
	}
}

/* The line where the text stops being UTF-8 (or has a NUL); 0 if nowhere. */
static int bad_line(const char *text, size_t size)
{
	const char *end = NULL;
	int line = 1;

	if (g_utf8_validate(text, (gssize)size, &end))
		return 0;
	for (; text < end; text++)
		line += *text == '\n';
	return line;
}

GPtrArray *conf_read(const char *path, GError **error)
{
	struct reader r = {.path = path};
	g_autoptr(GError) reason = NULL;
	g_autoptr(GBytes) bytes = file_read(path, FILE_MAX, &reason);
	g_autofree char *text = NULL;
	const char *data;
	gsize size;

	if (bytes == NULL) {
		err_set(error, err_code(reason),
		    _("%s:1: can't be read (%s): name a file that can"), path, reason->message);
		return NULL;
	}
	data = g_bytes_get_data(bytes, &size);
	text = data != NULL ? g_strndup(data, size) : g_strdup(""); /* NULL: an empty file */
	r.at = g_str_has_prefix(text, "\xef\xbb\xbf") ? text + 3 : text;
	r.entries = g_ptr_array_new_with_free_func(entry_free);
	r.line = bad_line(text, size);
	if (r.line > 0)
		reject(&r, _("not UTF-8: save the file in UTF-8"));
	else
		parse(&r);
	if (r.error != NULL) {
		g_propagate_error(error, r.error);
		g_ptr_array_unref(r.entries);
		return NULL;
	}
	return r.entries;
}
