/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * import mbox, import maildir: an archive into a group, quietly, and as often as one likes.
 *
 * Helper processes read the messages ahead, compress and hash them (ctl/helpers.h); this one stores
 * them, in the archive's order.  The messages of a batch share a transaction.  What is refused is
 * mostly refused before anything is written.  Should one fail later, its batch is undone and gone
 * through again, each message in a savepoint of its own, so that it harms no other; savepoints are
 * not for every batch, since SQLite copies each page aside for them.  A running daemon gets its turn
 * between two batches.  After a crash the same command goes on where it was; what is known already is
 * skipped.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "accept/accept.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/lang.h"
#include "ctl/archive.h"
#include "ctl/helpers.h"
#include "ctl/json.h"
#include "ctl/progress.h"
#include "store/wire.h"

enum {
	HELPERS_MAX = 4,
	HANGS_MS = 60000, /* a helper that reads one message so long */
	NAMED_REFUSALS = 10,
};

struct counts {
	int64_t imported;
	int64_t known;
	int64_t refused;
	unsigned named;
};

struct import {
	struct ctl *ctl;
	struct group *group; /* owned, as all below */
	struct ctl_archive *archive;
	struct ctl_helpers *helpers;
	struct ctl_reader reader; /* of each process its own */
	GPtrArray *refusals;	  /* char *; the first of them, "WHERE: why" */
	struct counts counts;
	struct ctl_progress progress;
};

static void import_clear(struct import *import)
{
	ctl_helpers_end(import->helpers);
	ctl_archive_close(import->archive);
	group_free(import->group);
	ctl_reader_clear(&import->reader);
	if (import->refusals != NULL)
		g_ptr_array_unref(import->refusals);
}
#define auto_import __attribute__((cleanup(import_clear))) struct import

/* -- in a helper -- */

/* Read a message, and work out what depends on it alone. */
static void prepare(struct ctl_batch *batch, struct ctl_load *load, void *data)
{
	struct import *import = data;
	struct ctl_reader *reader = &import->reader;
	struct store *store = import->ctl->store;
	struct prepared *prepared = &load->prepared;
	const void *packed;

	load->state = CTL_LOAD_UNREAD;
	if (load->entry.mail.size > CTL_BATCH_OCTETS)
		return;
	switch (ctl_reader_read(reader, &load->entry)) {
	case CTL_READ_GONE:
		load->state = CTL_LOAD_GONE;
		return;
	case CTL_READ_REFUSED:
		load->why = ctl_batch_keep(batch, reader->why, strlen(reader->why) + 1);
		if (load->why != NULL)
			load->state = CTL_LOAD_REFUSED;
		return;
	case CTL_READ_MAIL:
		break;
	}
	packed = wire_pack_into(store, reader->bytes, reader->size, &prepared->packed_size, NULL);
	if (packed == NULL)
		return;
	prepared->packed = ctl_batch_keep(batch, packed, prepared->packed_size);
	prepared->body_hash = prepare_body_hash(store, &reader->header);
	prepared->lines = prepare_lines(&reader->header);
	load->sender = ctl_batch_keep(batch, reader->sender, strlen(reader->sender) + 1);
	load->bytes = ctl_batch_keep(batch, reader->bytes, reader->size);
	load->size = reader->size;
	if (prepared->packed != NULL && load->sender != NULL && load->bytes != NULL)
		load->state = CTL_LOAD_MAIL;
}

/* -- in this process -- */

static bool import_open(struct import *import, struct ctl *ctl, int *status)
{
	g_autoptr(GError) error = NULL;

	if (!ctl_start(ctl, NULL)) {
		*status = ctl->status;
		return false;
	}
	import->ctl = ctl;
	import->group = ctl_group_find(ctl, ctl->argv[1], status);
	if (import->group == NULL)
		return false;
	if (!wire_load(ctl->store, &error)) {
		*status = ctl_fail(error);
		return false;
	}
	ctl_reader_init(&import->reader, (size_t)ctl->settings->max_message_size);
	import->refusals = g_ptr_array_new_with_free_func(g_free);
	ctl_progress_start(&import->progress, ctl->quiet);
	return true;
}

static int64_t seen(const struct import *import)
{
	return import->counts.imported + import->counts.known + import->counts.refused;
}

static void refuse(struct import *import, const struct ctl_load *load, const char *why)
{
	g_autofree char *where = NULL;

	import->counts.refused++;
	if (import->counts.named == NAMED_REFUSALS)
		return;
	where = ctl_archive_where(import->archive, &load->entry);
	g_ptr_array_add(import->refusals, g_strdup_printf("%s: %s", where, why));
	import->counts.named++;
}

/* What accept said, counted. */
static void count(struct import *import, const struct outcome *outcome, const struct ctl_load *load)
{
	switch (outcome->verdicts[0]) {
	case VERDICT_PLACED:
		import->counts.imported++;
		break;
	case VERDICT_DUPLICATE:
		import->counts.known++;
		break;
	case VERDICT_HELD:
	case VERDICT_REFUSED:
		refuse(import, load, outcome->reason != NULL ? _(outcome->reason) : _("refused"));
		break;
	}
}

enum step {
	STEP_ON,
	STEP_AGAIN, /* the batch, with care */
	STEP_STOP,  /* error is set */
};

/* Hand one message in.  careful: in a savepoint. */
static enum step submit(struct import *import, const struct ctl_load *load,
    const struct submission *submission, bool careful, GError **error)
{
	struct store *store = import->ctl->store;
	g_autoptr(GError) why = NULL;
	g_autofree char *where = NULL;
	struct outcome outcome = {NULL};
	bool accepted;

	if (careful && !store_savepoint(store, error))
		return STEP_STOP;
	accepted = accept_message(store, import->ctl->settings, submission, &outcome, &why);
	if (accepted)
		count(import, &outcome, load);
	outcome_clear(&outcome);
	if (accepted)
		return careful && !store_release(store, error) ? STEP_STOP : STEP_ON;
	if (!accept_is_final(why)) {
		where = ctl_archive_where(import->archive, &load->entry);
		g_propagate_prefixed_error(error, g_steal_pointer(&why), "%s: ", where);
		return STEP_STOP;
	}
	if (!careful)
		return STEP_AGAIN;
	store_undo(store);
	refuse(import, load, why->message);
	return STEP_ON;
}

static enum step import_load(
    struct import *import, const struct ctl_load *load, bool careful, GError **error)
{
	struct ctl_reader *reader = &import->reader;
	struct submission submission = {
	    .bytes = load->bytes,
	    .size = load->size,
	    .sender = load->sender,
	    .via = VIA_IMPORT,
	    .quiet = true,
	    .approved = true,
	    .groups = &import->group,
	    .n_groups = 1,
	    .arrived = clock_now(),
	    .prepared = &load->prepared,
	};
	enum ctl_read got = CTL_READ_MAIL;

	if (load->state == CTL_LOAD_UNREAD) {
		got = ctl_reader_read(reader, &load->entry);
		submission.bytes = reader->bytes;
		submission.size = reader->size;
		submission.sender = reader->sender;
		submission.prepared = NULL;
	}
	if (load->state == CTL_LOAD_REFUSED || got == CTL_READ_REFUSED)
		refuse(import, load, load->state == CTL_LOAD_REFUSED ? load->why : reader->why);
	else if (load->state != CTL_LOAD_GONE && got != CTL_READ_GONE)
		return submit(import, load, &submission, careful, error);
	return STEP_ON;
}

/* All of a batch, in one transaction. */
static enum step import_all(
    struct import *import, const struct ctl_batch *batch, bool careful, GError **error)
{
	enum step step = STEP_ON;

	if (!store_begin(import->ctl->store, error))
		return STEP_STOP;
	for (unsigned i = 0; i < batch->n && step == STEP_ON; i++) {
		step = import_load(import, &batch->loads[i], careful, error);
		ctl_progress_step(&import->progress, seen(import), batch->loads[i].entry.behind,
		    ctl_archive_size(import->archive));
	}
	if (step == STEP_ON)
		return ctl_commit(import->ctl, error) ? STEP_ON : STEP_STOP;
	store_rollback(import->ctl->store);
	return step;
}

static bool import_batch(struct import *import, const struct ctl_batch *batch, GError **error)
{
	const struct counts before = import->counts;
	enum step step = import_all(import, batch, false, error);

	if (step == STEP_AGAIN) {
		import->counts = before;
		g_ptr_array_set_size(import->refusals, (int)before.named);
		step = import_all(import, batch, true, error);
	}
	return step == STEP_ON;
}

static bool import_archive(struct import *import, GError **error)
{
	const unsigned processors = g_get_num_processors();
	struct ctl_helpers *helpers = ctl_helpers_start(
	    processors > 1 ? MIN(processors, HELPERS_MAX) : 0, HANGS_MS, prepare, import);
	struct ctl_batch *batch;
	struct ctl_entry entry;
	bool more = ctl_archive_next(import->archive, &entry);
	bool going = true;

	import->helpers = helpers;
	while (going) {
		while (more && (batch = ctl_helpers_empty(helpers)) != NULL) {
			while (more && ctl_batch_add(batch, &entry))
				more = ctl_archive_next(import->archive, &entry);
			ctl_helpers_give(helpers, batch);
		}
		batch = ctl_helpers_take(helpers);
		if (batch == NULL)
			return true;
		going = import_batch(import, batch, error);
	}
	return false;
}

static void print_json(const struct import *import)
{
	g_autoptr(GString) json = g_string_new(NULL);

	g_ptr_array_add(import->refusals, NULL);
	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "group", import->group->name);
	ctl_json_number(json, "imported", import->counts.imported);
	ctl_json_number(json, "known", import->counts.known);
	ctl_json_number(json, "refused", import->counts.refused);
	ctl_json_texts(json, "refusals", (char *const *)import->refusals->pdata);
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

/* The end: what became of it all. */
static int finish(struct import *import)
{
	const struct counts *counts = &import->counts;

	for (unsigned i = 0; i < import->refusals->len; i++)
		ctl_warn(_("refused: %s"), (const char *)import->refusals->pdata[i]);
	if (counts->refused > NAMED_REFUSALS)
		ctl_warn(_("refused: %lld more"), (long long)(counts->refused - NAMED_REFUSALS));
	if (import->ctl->json)
		print_json(import);
	else
		printf(_("%lld imported, %lld known already, %lld refused\n"),
		    (long long)counts->imported, (long long)counts->known,
		    (long long)counts->refused);
	if (counts->refused > 0 && counts->refused == seen(import))
		return CTL_FAILED;
	return ctl_done();
}

static int run(struct ctl *ctl, struct ctl_archive *(*open_fn)(const char *path, GError **error))
{
	auto_import import = {NULL};
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;
	bool all;

	if (!import_open(&import, ctl, &status))
		return status;
	import.archive = open_fn(ctl->argv[0], &error);
	if (import.archive == NULL)
		return ctl_fail(error);
	all = import_archive(&import, &error);
	ctl_progress_end(&import.progress);
	if (all)
		return finish(&import);
	ctl_fail(error);
	return ctl_failed(_("stopped; the same command goes on from here"));
}

int ctl_import_mbox(struct ctl *ctl)
{
	return run(ctl, ctl_archive_open_mbox);
}

int ctl_import_maildir(struct ctl *ctl)
{
	return run(ctl, ctl_archive_open_maildir);
}
