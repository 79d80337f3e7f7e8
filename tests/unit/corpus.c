/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

char *corpus_read(const char *folder, const char *name, bool crlf, size_t *size)
{
	g_autofree char *path = g_build_filename(folder, name, NULL);
	g_autofree char *bytes = NULL;
	GString *out = g_string_new(NULL);
	gsize length;

	if (!g_file_get_contents(path, &bytes, &length, NULL))
		fail_msg("%s can't be read", path);
	for (gsize i = 0; i < length; i++) {
		const bool ends = bytes[i] == '\r' && i + 1 < length && bytes[i + 1] == '\n';

		if (ends)
			continue;
		if (bytes[i] == '\n' && crlf)
			g_string_append_c(out, '\r');
		g_string_append_c(out, bytes[i]);
	}
	if (size)
		*size = out->len;
	return g_string_free(out, FALSE);
}

static bool try_one(
    const char *folder, const char *file, const char *suffix, corpus_fn judge, void *data)
{
	g_autofree char *name = g_strndup(file, strlen(file) - strlen(".eml"));
	g_autofree char *beside = g_strconcat(name, ".", suffix, NULL);
	size_t size;
	g_autofree char *wire = corpus_read(folder, file, true, &size);
	g_autofree char *expected = corpus_read(folder, beside, false, NULL);
	const struct corpus_sample sample = {folder, name, wire, size, expected};

	return judge(&sample, data);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void corpus_each(
    const char *folder, const char *suffix, unsigned least, corpus_fn judge, void *data)
{
	g_autofree char *path = g_build_filename(CORPUS, folder, NULL);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	unsigned bad = 0;
	const char *name;

	assert_non_null(dir);
	while ((name = g_dir_read_name(dir)) != NULL)
		if (g_str_has_suffix(name, ".eml"))
			g_ptr_array_add(files, g_strdup(name));
	g_ptr_array_sort(files, by_name);
	for (unsigned i = 0; i < files->len; i++)
		bad += !try_one(path, files->pdata[i], suffix, judge, data);
	assert_in_range(files->len, least, 10000);
	if (bad > 0)
		fail_msg("%u of %u samples are read otherwise", bad, files->len);
}

bool corpus_equal(const struct corpus_sample *sample, const char *got)
{
	g_auto(GStrv) want = g_strsplit(sample->expected, "\n", -1);
	g_auto(GStrv) have = g_strsplit(got, "\n", -1);
	unsigned i = 0;

	while (want[i] != NULL && have[i] != NULL && strcmp(want[i], have[i]) == 0)
		i++;
	if (want[i] == NULL && have[i] == NULL)
		return true;
	print_message("# %s, line %u: expected <%s>, got <%s>\n", sample->name, i + 1,
	    want[i] ? want[i] : "(end)", have[i] ? have[i] : "(end)");
	return false;
}
