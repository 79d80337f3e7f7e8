/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import mbox, import maildir: an archive into a group, quietly, and as often as one likes.
 *
 * Some hundred messages share a transaction: a chunk.  What is refused is mostly refused before
 * anything is written.  Should one fail later, its chunk is undone and gone through again, each
 * message in a savepoint of its own, so that it harms no other; savepoints are not for every
 * chunk, since SQLite copies each page aside for them.  A running daemon gets its turn between two
 * chunks.  After a crash the same command goes on where it was; what is known already is skipped.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "accept/accept.h"
#include "article/address.h"
#include "article/header.h"
#include "article/lineends.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/lang.h"
#include "ctl/json.h"
#include "ctl/mbox.h"
#include "ctl/progress.h"

enum {
	CHUNK = 500,	     /* messages in one transaction … */
	CHUNK_TIME_MS = 500, /* … unless that takes longer */
	NAMED_REFUSALS = 10,
};

struct import {
	struct ctl *ctl;
	struct group *group; /* owned */
	struct header header;
	int64_t imported;
	int64_t known;
	int64_t refused;
	GPtrArray *refusals; /* owned; the first of them, "WHERE: why" */
	int in_chunk;
	int64_t chunk_started_ms;
	struct {
		int64_t imported;
		int64_t known;
		int64_t refused;
		unsigned refusals;
	} before;     /* the counts when the chunk began */
	bool careful; /* this chunk has failed: each message in a savepoint */
	bool again;   /* the caller must go back to where in_chunk was 0 last */
	struct ctl_progress progress;
};

static bool import_open(struct import *import, struct ctl *ctl, int *status)
{
	if (!ctl_start(ctl, NULL)) {
		*status = ctl->status;
		return false;
	}
	import->ctl = ctl;
	import->group = ctl_group_find(ctl, ctl->argv[1], status);
	if (import->group == NULL)
		return false;
	header_init(&import->header);
	import->refusals = g_ptr_array_new_with_free_func(g_free);
	ctl_progress_start(&import->progress, ctl->quiet);
	return true;
}

static void import_clear(struct import *import)
{
	if (import->group == NULL)
		return;
	group_free(import->group);
	header_clear(&import->header);
	g_ptr_array_unref(import->refusals);
}
#define auto_import __attribute__((cleanup(import_clear))) struct import

static int64_t seen(const struct import *import)
{
	return import->imported + import->known + import->refused;
}

static void refuse(struct import *import, const char *where, const char *why)
{
	import->refused++;
	if (import->refusals->len < NAMED_REFUSALS)
		g_ptr_array_add(import->refusals, g_strdup_printf("%s: %s", where, why));
}

static bool chunk_end(struct import *import, GError **error)
{
	import->in_chunk = 0;
	import->careful = false;
	return !store_in_transaction(import->ctl->store) || ctl_commit(import->ctl, error);
}

/* Open a transaction where there is none; a savepoint where one is wanted. */
static bool chunk_step(struct import *import, GError **error)
{
	if (import->in_chunk++ == 0) {
		import->chunk_started_ms = clock_monotonic_ms();
		import->before.imported = import->imported;
		import->before.known = import->known;
		import->before.refused = import->refused;
		import->before.refusals = import->refusals->len;
		if (!store_begin(import->ctl->store, error))
			return false;
	}
	return !import->careful || store_savepoint(import->ctl->store, error);
}

/* The message is through: release its savepoint, and commit when the chunk is full. */
static bool chunk_stepped(struct import *import, GError **error)
{
	if (import->careful && !store_release(import->ctl->store, error))
		return false;
	if (import->in_chunk < CHUNK &&
	    clock_monotonic_ms() - import->chunk_started_ms <= CHUNK_TIME_MS)
		return true;
	return chunk_end(import, error);
}

/* A message has failed: undo the chunk, and have the caller go through it again with care. */
static void chunk_again(struct import *import)
{
	store_rollback(import->ctl->store);
	import->imported = import->before.imported;
	import->known = import->before.known;
	import->refused = import->before.refused;
	g_ptr_array_set_size(import->refusals, (int)import->before.refusals);
	import->in_chunk = 0;
	import->careful = true;
	import->again = true;
}

/* False for what is no mail at all, an empty file say. */
static bool has_field(const struct header *header)
{
	for (unsigned i = 0; i < header->fields->len; i++)
		if (g_array_index(header->fields, struct field, i).name != NULL)
			return true;
	return false;
}

/* The address of Return-Path; "" where there is none. */
static char *return_path(const struct header *header)
{
	const struct field *field = header_find(header, "Return-Path");
	g_autofree char *value = field != NULL ? field_unfolded(field) : g_strdup("");
	g_autofree char *address = NULL;
	size_t size = strlen(value);

	if (size > 2 && value[0] == '<' && value[size - 1] == '>')
		address = g_strndup(value + 1, size - 2);
	else
		address = g_strdup(value);
	return address_is_valid(address) ? g_steal_pointer(&address) : g_strdup("");
}

/* What accept said, counted. */
static void count(struct import *import, const struct outcome *outcome, const char *where)
{
	switch (outcome->verdicts[0]) {
	case VERDICT_PLACED:
		import->imported++;
		break;
	case VERDICT_DUPLICATE:
		import->known++;
		break;
	case VERDICT_HELD:
	case VERDICT_REFUSED:
		refuse(import, where, outcome->reason != NULL ? _(outcome->reason) : _("refused"));
		break;
	}
}

/* Hand one scanned message in.  False only where the import can't go on. */
static bool submit(
    struct import *import, const struct submission *submission, const char *where, GError **error)
{
	g_autoptr(GError) why = NULL;
	struct outcome outcome = {NULL};

	if (!chunk_step(import, error))
		return false;
	if (accept_message(import->ctl->store, import->ctl->settings, submission, &outcome, &why)) {
		count(import, &outcome, where);
		outcome_clear(&outcome);
		return chunk_stepped(import, error);
	}
	outcome_clear(&outcome);
	if (err_code(why) != ERR_BAD && err_code(why) != ERR_LIMIT) {
		g_propagate_prefixed_error(error, g_steal_pointer(&why), "%s: ", where);
		return false;
	}
	if (!import->careful) {
		chunk_again(import);
		return true;
	}
	store_undo(import->ctl->store);
	refuse(import, where, why->message);
	return true;
}

/* One message; from: the sender if the archive names it, else "".  False: it can't go on. */
static bool import_message(struct import *import, const char *bytes, size_t size, const char *from,
    const char *where, GError **error)
{
	g_autoptr(GByteArray) normal = NULL;
	g_autoptr(GError) why = NULL;
	g_autofree char *path = NULL;
	struct submission submission = {.via = VIA_IMPORT, .quiet = true, .approved = true};

	lineends_normalise(&bytes, &size, &normal);
	if ((int64_t)size > import->ctl->settings->max_message_size) {
		refuse(import, where, _("bigger than max-message-size"));
		return true;
	}
	if (!header_scan(&import->header, bytes, size, &why)) {
		refuse(import, where, why->message);
		return true;
	}
	if (!has_field(&import->header)) {
		refuse(import, where, _("no mail: it has no header"));
		return true;
	}
	path = *from == '\0' ? return_path(&import->header) : NULL;
	submission.bytes = bytes;
	submission.size = size;
	submission.sender = path != NULL ? path : from;
	submission.groups = &import->group;
	submission.n_groups = 1;
	submission.arrived = clock_now();
	return submit(import, &submission, where, error);
}

static void print_json(const struct import *import)
{
	g_autoptr(GString) json = g_string_new(NULL);

	g_ptr_array_add(import->refusals, NULL);
	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "group", import->group->name);
	ctl_json_number(json, "imported", import->imported);
	ctl_json_number(json, "known", import->known);
	ctl_json_number(json, "refused", import->refused);
	ctl_json_texts(json, "refusals", (char *const *)import->refusals->pdata);
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

/* The end: the last commit, and what became of it all. */
static int finish(struct import *import, bool all, const GError *failure)
{
	g_autoptr(GError) error = NULL;

	ctl_progress_end(&import->progress);
	if (!all) {
		ctl_fail(failure);
		return ctl_failed(_("stopped; the same command goes on from here"));
	}
	if (!chunk_end(import, &error))
		return ctl_fail(error);
	for (unsigned i = 0; i < import->refusals->len; i++)
		ctl_warn(_("refused: %s"), (const char *)import->refusals->pdata[i]);
	if (import->refused > NAMED_REFUSALS)
		ctl_warn(_("refused: %lld more"), (long long)(import->refused - NAMED_REFUSALS));
	if (import->ctl->json)
		print_json(import);
	else
		printf(_("%lld imported, %lld known already, %lld refused\n"),
		    (long long)import->imported, (long long)import->known,
		    (long long)import->refused);
	if (import->refused > 0 && import->refused == seen(import))
		return CTL_FAILED;
	return ctl_done();
}

/* The next one; after a failed chunk its first one. */
static bool next_message(struct import *import, struct ctl_mbox *mbox, struct ctl_mbox *start,
    struct ctl_mbox_message *message)
{
	if (import->again)
		*mbox = *start;
	else if (import->in_chunk == 0)
		*start = *mbox;
	import->again = false;
	return ctl_mbox_next(mbox, message);
}

int ctl_import_mbox(struct ctl *ctl)
{
	auto_import import = {NULL};
	g_autoptr(GMappedFile) file = NULL;
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	g_autoptr(GError) error = NULL;
	struct ctl_mbox mbox;
	struct ctl_mbox start; /* the first message of the chunk */
	struct ctl_mbox_message message;
	int status = CTL_OK;
	bool going = true;

	if (!import_open(&import, ctl, &status))
		return status;
	if (g_file_test(ctl->argv[0], G_FILE_TEST_IS_DIR))
		return ctl_failed(
		    _("%s is a folder; umlauf import maildir loads a Maildir"), ctl->argv[0]);
	file = g_mapped_file_new(ctl->argv[0], FALSE, &error);
	if (file == NULL)
		return ctl_fail(error);
	if (!ctl_mbox_init(&mbox, g_mapped_file_get_contents(file), g_mapped_file_get_length(file)))
		return ctl_failed(
		    _("%s is no mbox: it does not begin with a line \"From …\""), ctl->argv[0]);
	while (going && next_message(&import, &mbox, &start, &message)) {
		g_autofree char *sender = ctl_mbox_sender(&message);
		g_autofree char *where = g_strdup_printf("%s:%zu", ctl->argv[0], message.line);

		if (message.size > (size_t)ctl->settings->max_message_size) {
			refuse(&import, where, _("bigger than max-message-size"));
			continue;
		}
		ctl_mbox_unquote(&message, bytes);
		going = import_message(
		    &import, (const char *)bytes->data, bytes->len, sender, where, &error);
		ctl_progress_step(
		    &import.progress, seen(&import), (int64_t)mbox.at, (int64_t)mbox.size);
	}
	return finish(&import, going, error);
}

/* A file of a Maildir: where it lies, and by what it is sorted. */
static int compare_names(const void *a, const void *b)
{
	const char *one = *(const char *const *)a;
	const char *two = *(const char *const *)b;

	return strcmp(strrchr(one, '/') + 1, strrchr(two, '/') + 1);
}

/* Append the paths of a folder's files; dot files left out. */
static bool list_folder(GPtrArray *paths, const char *maildir, const char *below, GError **error)
{
	g_autofree char *folder = g_build_filename(maildir, below, NULL);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, error);
	const char *name;

	if (dir == NULL)
		return false;
	while ((name = g_dir_read_name(dir)) != NULL)
		if (*name != '.')
			g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
	return true;
}

static bool import_file(struct import *import, const char *path, GError **error)
{
	const size_t limit = (size_t)import->ctl->settings->max_message_size;
	g_autoptr(GError) why = NULL;
	g_autoptr(GBytes) bytes = file_read(path, limit, &why);

	if (bytes == NULL && err_code(why) == ERR_LIMIT) {
		refuse(import, path, _("bigger than max-message-size"));
		return true;
	}
	if (bytes == NULL && err_code(why) == ERR_ABSENT)
		return true; /* a mail program has renamed it meanwhile */
	if (bytes == NULL) {
		refuse(import, path, why->message);
		return true;
	}
	return import_message(
	    import, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "", path, error);
}

int ctl_import_maildir(struct ctl *ctl)
{
	auto_import import = {NULL};
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	unsigned start = 0; /* the first file of the chunk */
	int status = CTL_OK;
	bool going = true;

	if (!import_open(&import, ctl, &status))
		return status;
	if (!list_folder(paths, ctl->argv[0], "cur", &error) ||
	    !list_folder(paths, ctl->argv[0], "new", &error))
		return ctl_fail(error);
	g_ptr_array_sort(paths, compare_names);
	for (unsigned i = 0; going && i < paths->len;) {
		if (import.in_chunk == 0)
			start = i;
		going = import_file(&import, paths->pdata[i], &error);
		ctl_progress_step(&import.progress, seen(&import), i, paths->len);
		i = import.again ? start : i + 1;
		import.again = false;
	}
	return finish(&import, going, error);
}
