/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "intake/maildir.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store-sample.h"

#include "db/db.h"
#include "store/notice.h"
#include "store/wire.h"

#define CONF "[intake]\nmaildir = in\nmax-message-size = 1024\n"

struct box {
	struct sample *sample;
	struct event_base *base;
	struct intake_batch *batch;
	struct intake_maildir *maildir;
	const char *path;
};

/* Groups: bau (open), rat (moderated). */
static void box_open(struct box *box)
{
	memset(box, 0, sizeof(*box));
	box->sample = sample_new(CONF);
	g_free(box->sample->settings->runtime_dir);
	box->sample->settings->runtime_dir = g_strdup(box->sample->folder);
	box->path = box->sample->settings->maildir;
	sample_group(box->sample, "bau");
	sample_group_of(box->sample, "rat", POST_MODERATED);
	box->base = event_base_new();
	event_base_priority_init(box->base, INTAKE_PRIORITIES);
	box->batch = intake_batch_new(box->base, box->sample->store, box->sample->settings);
}

static void box_watch(struct box *box)
{
	g_autoptr(GError) error = NULL;

	box->maildir = intake_maildir_start(
	    box->base, box->sample->settings, box->sample->store, box->batch, &error);
	assert_non_null(box->maildir);
}

static void box_close(struct box *box)
{
	intake_batch_free(box->batch);
	intake_maildir_free(box->maildir);
	event_base_free(box->base);
	sample_free(box->sample);
}

static char *path_of(const struct box *box, const char *name)
{
	return g_build_filename(box->path, name, NULL);
}

static void put(const struct box *box, const char *name, const char *text)
{
	g_autofree char *path = path_of(box, name);

	/* By way of another name, as an MTA does it. */
	assert_true(g_file_set_contents(path, text, -1, NULL));
}

static bool has(const struct box *box, const char *name)
{
	g_autofree char *path = path_of(box, name);

	return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static void wait_until_gone(const struct box *box, const char *name)
{
	while (has(box, name))
		event_base_loop(box->base, EVLOOP_ONCE);
}

static int64_t articles(const struct box *box)
{
	return sample_count(box->sample, "SELECT count(*) FROM article");
}

#define HEAD "From: anna@stadt.example\nMessage-ID: <1@a.example>\n"
#define BAU "bau@" SAMPLE_DOMAIN
#define RAT "rat@" SAMPLE_DOMAIN

/* The groups that a message names; the first kind of field that names one decides. */
static const struct {
	const char *head;
	const char *groups;
} namings[] = {
    {"To: " BAU "\n", "bau "},
    {"To: Bau <BAU@Listen.example>, x@y.example\n", "bau "},
    {"To: x@y.example\nCc: Liste: a@b.example, " RAT ";, " BAU "\n", "rat bau "},
    {"To: " BAU "\nCc: " RAT "\n", "bau "},
    {"Cc: " BAU "\nDelivered-To: " RAT "\nX-Original-To: " BAU "\n", "rat "},
    {"Delivered-To: me@y.example\nX-Original-To: " RAT "\nTo: " BAU "\n", "rat "},
    {"To: " BAU "\nTo: " RAT "\nTo: " BAU "\n", "bau rat "},
    {"To:\n", ""},
    {"To: undisclosed-recipients:;\n", ""},
    {"Bcc: " BAU "\n", ""},
    {"", ""},
};

static void naming(void **state)
{
	struct box box;

	(void)state;
	box_open(&box);
	for (size_t i = 0; i < G_N_ELEMENTS(namings); i++) {
		g_autofree char *text = g_strconcat(namings[i].head, "\nTo: " BAU "\n", NULL);
		g_autoptr(GString) names = g_string_new(NULL);
		g_autoptr(GError) error = NULL;
		struct intake_targets targets;
		struct header header;

		header_init(&header);
		assert_true(header_scan(&header, text, strlen(text), &error));
		assert_true(intake_maildir_targets(
		    box.sample->store, box.sample->settings, &header, &targets, &error));
		for (guint j = 0; j < targets.groups->len; j++)
			g_string_append_printf(
			    names, "%s ", ((struct group *)targets.groups->pdata[j])->name);
		assert_string_equal(names->str, namings[i].groups);
		intake_targets_clear(&targets);
		header_clear(&header);
	}
	box_close(&box);
}

/* What lies there at the start, and what comes later; LF becomes CRLF; it is removed when it is stored. */
static void taking(void **state)
{
	struct box box;
	g_autoptr(GError) error = NULL;
	g_autoptr(GByteArray) wire = g_byte_array_new();
	static const char stored[] = "From: anna@stadt.example\r\nMessage-ID: <1@a.example>\r\n"
				     "To: " BAU "\r\n\r\n.\r\nHallo\r\n";

	(void)state;
	box_open(&box);
	box_watch(&box);
	put(&box, "new/1", HEAD "To: " BAU "\n\n.\nHallo");
	wait_until_gone(&box, "new/1");
	assert_true(
	    wire_get(box.sample->store, sample_id(box.sample, "<1@a.example>"), wire, &error));
	assert_int_equal(wire->len, strlen(stored));
	assert_memory_equal(wire->data, stored, strlen(stored));
	put(&box, "new/2", HEAD "To: " BAU "\n\n.\nHallo\n"); /* again: known */
	put(&box, "cur/3:2,S", "From: a@b.example\nMessage-ID: <3@a.example>\nTo: " BAU "\n\nx\n");
	put(&box, "new/4", "From: a@b.example\nTo: " RAT "\n\nx\n"); /* held */
	wait_until_gone(&box, "new/2");
	wait_until_gone(&box, "cur/3:2,S");
	wait_until_gone(&box, "new/4");
	assert_int_equal(articles(&box), 2);
	assert_int_equal(sample_count(box.sample, "SELECT count(*) FROM held"), 1);
	assert_false(has(&box, ".abgewiesen/new/2"));
	assert_false(has(&box, ".abgewiesen/new/4"));
	box_close(&box);
}

/* By the order of their names, however the folder lists them; more than one turn takes. */
static void in_order(void **state)
{
	struct box box;

	(void)state;
	box_open(&box);
	box_watch(&box);
	for (unsigned i = 0; i < 150; i++) {
		g_autofree char *link = g_strdup_printf("%s/new/0-%u", box.path, i);

		assert_int_equal(symlink("/dev/null", link), 0); /* no mail, and in nobody's way */
	}
	for (unsigned i = 150; i > 0; i--) {
		g_autofree char *name = g_strdup_printf("%s/%03u", i % 3 ? "new" : "cur", i);
		g_autofree char *text =
		    g_strdup_printf("From: a@b.example\nSubject: %u\nTo: " BAU "\n\n%u\n", i, i);

		put(&box, name, text);
	}
	wait_until_gone(&box, "cur/150");
	wait_until_gone(&box, "new/149");
	for (unsigned i = 1; i <= 150; i++) {
		g_autofree char *subject =
		    sample_overview(box.sample, box.sample->groups->pdata[0], i, OVERVIEW_SUBJECT);

		assert_int_equal(g_ascii_strtoull(subject, NULL, 10), i);
	}
	box_close(&box);
}

static void expect_refused(struct box *box, const char *name, const char *why)
{
	g_autofree char *from = g_build_filename("new", name, NULL);
	g_autofree char *to = g_build_filename(".abgewiesen", "new", name, NULL);
	g_autoptr(GError) error = NULL;
	GPtrArray *notices;
	struct notice *last;

	wait_until_gone(box, from);
	assert_true(has(box, to));
	notices = notice_list(box->sample->store, 100, &error);
	assert_non_null(notices);
	assert_true(notices->len > 0);
	last = notices->pdata[notices->len - 1];
	assert_string_equal(last->event, "abgewiesen");
	assert_non_null(strstr(last->text, name));
	assert_non_null(strstr(last->text, why));
	g_ptr_array_unref(notices);
}

static void refusing(void **state)
{
	struct box box;
	g_autofree char *x = g_strnfill(1025, 'x');

	(void)state;
	box_open(&box);
	box_watch(&box);
	put(&box, "new/a", HEAD "To: x@y.example\n\nBcc: " BAU "\n");
	expect_refused(&box, "a", "names no group");
	put(&box, "new/b", x);
	expect_refused(&box, "b", "too large");
	put(&box, "new/c", "");
	expect_refused(&box, "c", "names no group");
	assert_int_equal(articles(&box), 0);
	box_close(&box);
}

/* Nothing is wrong with a message where a row or a look for its group fails. */
static void faults_of_ours(void **state)
{
	static const struct {
		const char *broken;
		const char *mended;
	} faults[] = {
	    {"CREATE TRIGGER bad BEFORE INSERT ON placement BEGIN SELECT RAISE (ABORT, 'no'); END",
		"DROP TRIGGER bad"},
	    {"ALTER TABLE grp RENAME TO away", "ALTER TABLE away RENAME TO grp"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
		struct box box;

		box_open(&box);
		box_watch(&box);
		assert_true(db_exec(store_db(box.sample->store), faults[i].broken, NULL));
		put(&box, "new/1", HEAD "To: " BAU "\n\n");
		for (int turn = 0; turn < 3; turn++)
			event_base_loop(box.base, EVLOOP_NONBLOCK);
		assert_true(has(&box, "new/1"));
		assert_true(db_exec(store_db(box.sample->store), faults[i].mended, NULL));
		wait_until_gone(&box, "new/1");
		assert_int_equal(articles(&box), 1);
		box_close(&box);
	}
}

/* What is no mail stays; what the store can't take now is taken later. */
static void leaving_alone(void **state)
{
	struct box box;
	g_autofree char *folder = NULL;
	g_autoptr(GError) error = NULL;

	(void)state;
	box_open(&box);
	box_watch(&box);
	folder = path_of(&box, "new/folder");
	assert_int_equal(mkdir(folder, 0700), 0);
	put(&box, "new/.hidden", HEAD "To: " BAU "\n\n");
	assert_true(db_exec(store_db(box.sample->store), "PRAGMA query_only = 1", &error));
	put(&box, "new/1", HEAD "To: " BAU "\n\n");
	event_base_loop(box.base, EVLOOP_NONBLOCK); /* inotify knows of it at once */
	assert_true(has(&box, "new/1"));
	assert_int_equal(articles(&box), 0);
	assert_true(db_exec(store_db(box.sample->store), "PRAGMA query_only = 0", &error));
	wait_until_gone(&box, "new/1");
	assert_true(has(&box, "new/.hidden"));
	assert_int_equal(access(folder, F_OK), 0);
	assert_int_equal(articles(&box), 1);
	box_close(&box);
}

static void no_folder(void **state)
{
	struct box box;
	g_autoptr(GError) error = NULL;

	(void)state;
	box_open(&box);
	assert_true(g_file_set_contents(box.path, "", 0, NULL));
	assert_null(intake_maildir_start(
	    box.base, box.sample->settings, box.sample->store, box.batch, &error));
	assert_non_null(error);
	box_close(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(naming),
	    cmocka_unit_test(taking),
	    cmocka_unit_test(in_order),
	    cmocka_unit_test(refusing),
	    cmocka_unit_test(leaving_alone),
	    cmocka_unit_test(faults_of_ours),
	    cmocka_unit_test(no_folder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("intake/maildir", tests, NULL, NULL);
}
