/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * export mbox: a group to stdout, by number, the bytes as they came.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>

#include "base/lang.h"
#include "ctl/mbox.h"
#include "store/article.h"
#include "store/placement.h"
#include "store/wire.h"

enum {
	CHUNK = 500, /* articles in one read transaction, so that the daemon's log can be cut */
	BUFFER_SIZE = 1024 * 1024,
};

struct chunk {
	GArray *articles; /* owned; int64_t */
	int64_t last;	  /* number of the last of them */
};

static bool collect(int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	struct chunk *chunk = data;

	(void)overview;
	(void)size;
	g_array_append_val(chunk->articles, article);
	chunk->last = number;
	return chunk->articles->len < CHUNK;
}

static bool write_article(
    struct store *store, int64_t id, GByteArray *wire, GString *out, GError **error)
{
	struct article *article = article_find_by_id(store, id, error);
	int64_t date;
	bool found;

	if (article == NULL)
		return *error == NULL;
	/* What was imported has no arrival of its own: twice exported, it shall be the same twice. */
	date = article->via == VIA_IMPORT ? article->date : article->arrived;
	found = wire_get(store, id, wire, error);
	g_string_truncate(out, 0);
	if (found)
		ctl_mbox_append(out, article->author != NULL ? article->author : "", date,
		    (const char *)wire->data, wire->len);
	article_free(article);
	fwrite(out->str, 1, out->len, stdout);
	return found;
}

/* Write the articles behind chunk->last; none left: an empty chunk. */
static bool write_chunk(struct store *store, int64_t group, struct chunk *chunk, GError **error)
{
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autoptr(GString) out = g_string_new(NULL);

	g_array_set_size(chunk->articles, 0);
	if (!store_begin(store, error) || !placement_scan_numbers(store, group, chunk->last + 1,
					      INT64_MAX, collect, chunk, error))
		return false;
	for (unsigned i = 0; i < chunk->articles->len; i++)
		if (!write_article(
			store, g_array_index(chunk->articles, int64_t, i), wire, out, error))
			return false;
	return store_commit(store, error);
}

int ctl_export_mbox(struct ctl *ctl)
{
	ctl_auto_group *group = NULL;
	g_autoptr(GArray) articles = g_array_new(FALSE, FALSE, sizeof(int64_t));
	g_autoptr(GError) error = NULL;
	struct chunk chunk = {.articles = articles};
	int status = CTL_OK;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	setvbuf(stdout, NULL, _IOFBF, BUFFER_SIZE);
	group = ctl_group_find(ctl, ctl->argv[0], &status);
	if (group == NULL)
		return status;
	do {
		if (!write_chunk(ctl->store, group->id, &chunk, &error))
			return ctl_fail(error);
	} while (articles->len > 0 && !ferror(stdout));
	return ctl_done();
}
