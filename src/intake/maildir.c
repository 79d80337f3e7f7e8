/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "intake/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accept/resolve.h"
#include "article/address.h"
#include "article/lineends.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "store/notice.h"

/* What one turn takes, so that those who wait for an answer by LMTP do not wait for long. */
#define FILES_A_TURN 64
#define OCTETS_A_TURN (INT64_C(64) * 1024 * 1024)
#define REFUSED ".abgewiesen"

struct intake_maildir {
	const struct settings *settings; /* borrowed, as the next three */
	struct store *store;
	struct intake_batch *batch;
	const char *path;
	struct event *look;   /* owned; each second, and at once where something is left over */
	struct event *notify; /* owned; NULL without inotify */
	int notify_fd;
	GHashTable *taken; /* owned: paths in a batch, owned */
	GPtrArray *found;  /* owned: paths, owned, by names, which begin with the time */
	guint at;	   /* so many of them have been looked at */
	bool null_sender;  /* of the file in hand */
};

/* A file in a batch. */
struct errand {
	struct intake_maildir *maildir; /* borrowed */
	char *path;			/* owned */
};

static void free_group(gpointer group)
{
	group_free(group);
}

static void free_target(gpointer target)
{
	target_free(target);
}

static bool has_group(const GPtrArray *groups, int64_t id)
{
	for (guint i = 0; i < groups->len; i++)
		if (((const struct group *)groups->pdata[i])->id == id)
			return true;
	return false;
}

/* A target is taken, a group that is there already let go. */
static void add_target(struct intake_targets *targets, struct target *target)
{
	if (target->kind != TARGET_GROUP) {
		g_ptr_array_add(targets->errands, target);
		return;
	}
	targets->answers = MAX(targets->answers, target->article);
	if (!has_group(targets->groups, target->group->id))
		g_ptr_array_add(targets->groups, g_steal_pointer(&target->group));
	target_free(target);
}

static bool add_targets(struct store *store, const struct settings *settings,
    const struct field *field, struct intake_targets *targets, GError **error)
{
	g_autoptr(GPtrArray) mailboxes = address_parse(field->value, field->value_size);

	for (guint i = 0; i < mailboxes->len; i++) {
		const struct mailbox *mailbox = mailboxes->pdata[i];
		GError *inner = NULL;
		struct target *target =
		    resolve_recipient(store, settings, mailbox->address, &inner);

		if (target) {
			add_target(targets, target);
		} else if (err_code(inner) != ERR_ABSENT) {
			g_propagate_error(error, inner);
			return false;
		}
		g_clear_error(&inner);
	}
	return true;
}

bool intake_maildir_targets(struct store *store, const struct settings *settings,
    const struct header *header, struct intake_targets *targets, GError **error)
{
	static const char *const names[] = {"Delivered-To", "X-Original-To", "To", "Cc"};

	targets->groups = g_ptr_array_new_with_free_func(free_group);
	targets->errands = g_ptr_array_new_with_free_func(free_target);
	for (size_t i = 0; i < G_N_ELEMENTS(names) && intake_targets_are_empty(targets); i++) {
		const struct field *field = header_find(header, names[i]);

		for (; field; field = header_find_next(header, field))
			if (!add_targets(store, settings, field, targets, error))
				return false;
	}
	return true;
}

bool intake_targets_are_empty(const struct intake_targets *targets)
{
	return targets->groups->len == 0 && targets->errands->len == 0;
}

void intake_targets_clear(struct intake_targets *targets)
{
	if (targets->groups)
		g_ptr_array_unref(targets->groups);
	if (targets->errands)
		g_ptr_array_unref(targets->errands);
	*targets = (struct intake_targets){NULL};
}

static bool note(struct intake_maildir *maildir, const char *text, GError **error)
{
	if (!store_begin(maildir->store, error))
		return false;
	if (notice_add(maildir->store, "intake", "abgewiesen", text, error))
		return store_commit(maildir->store, error);
	store_rollback(maildir->store);
	return false;
}

/* Out of the way, but not lost: a person looks at it. */
static void refuse(struct intake_maildir *maildir, const char *path, const char *why)
{
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *to = g_build_filename(maildir->path, REFUSED, "new", name, NULL);
	g_autofree char *text = g_strdup_printf("%s: %s", to, why);
	g_autoptr(GError) error = NULL;

	if (rename(path, to) != 0) {
		log_error(
		    "abgewiesen", log_text("file", path), log_text("error", g_strerror(errno)));
		return;
	}
	log_warning("abgewiesen", log_text("file", to), log_text("reason", why));
	if (!note(maildir, text, &error))
		log_error("notice", log_text("error", error->message));
}

static void errand_free(struct errand *errand)
{
	g_hash_table_remove(errand->maildir->taken, errand->path);
	g_free(errand->path);
	g_free(errand);
}

/* After the commit. */
static void on_done(const struct intake_item *item, void *data)
{
	struct errand *errand = data;
	bool refused = false;

	for (guint i = 0; !item->error && i < item->groups->len; i++)
		refused = refused || item->outcome.verdicts[i] == VERDICT_REFUSED;
	if (item->error && accept_is_final(item->error))
		refuse(errand->maildir, errand->path, item->error->message);
	else if (refused)
		refuse(errand->maildir, errand->path, item->outcome.reason);
	else if (!item->error && unlink(errand->path) != 0 && errno != ENOENT)
		log_error(
		    "unlink", log_text("file", errand->path), log_text("error", g_strerror(errno)));
	/* A temporary failure leaves the file where it is: the next look finds it. */
	errand_free(errand);
}

/* The envelope sender that Return-Path keeps; *null: it says that there is none. */
static char *sender_of(const struct header *header, bool *null)
{
	const struct field *field = header_find(header, "Return-Path");
	g_autoptr(GPtrArray) mailboxes =
	    field ? address_parse(field->value, field->value_size) : NULL;
	g_autofree char *text = field ? field_unfolded(field) : NULL;

	*null = text && strcmp(text, "<>") == 0;
	if (!mailboxes || mailboxes->len == 0)
		return g_strdup("");
	return g_strdup(((const struct mailbox *)mailboxes->pdata[0])->address);
}

/* Into the batch; the bytes are taken, the targets too. */
static void hand_in(struct intake_maildir *maildir, const char *path, GByteArray *bytes,
    const char *sender, struct intake_targets *targets)
{
	struct intake_item *item =
	    intake_item_new(bytes, sender, g_steal_pointer(&targets->groups));
	struct errand *errand = g_new0(struct errand, 1);

	g_ptr_array_unref(item->errands);
	item->errands = g_steal_pointer(&targets->errands);
	errand->maildir = maildir;
	errand->path = g_strdup(path);
	g_hash_table_add(maildir->taken, g_strdup(path));
	item->answers = targets->answers;
	item->done_fn = on_done;
	item->data = errand;
	item->null_sender = maildir->null_sender;
	intake_batch_add(maildir->batch, item);
}

/* Into the batch, or out of the way; what fails for a time is left for the next look.  file is taken. */
static void take_bytes(struct intake_maildir *maildir, const char *path, GBytes *file)
{
	size_t size;
	const char *bytes = g_bytes_get_data(file, &size);
	struct intake_targets targets = {NULL};
	g_autoptr(GError) error = NULL;
	g_autofree char *sender = NULL;
	GByteArray *normal = NULL;
	struct header header;
	bool ok;

	header_init(&header);
	if (size > 0)
		lineends_normalise(&bytes, &size, &normal);
	ok = header_scan(&header, bytes ? bytes : "", size, &error) &&
	     intake_maildir_targets(maildir->store, maildir->settings, &header, &targets, &error);
	if (ok)
		sender = sender_of(&header, &maildir->null_sender);
	header_clear(&header);
	/* As it was read, without another copy, where nothing was to do. */
	if (normal)
		g_bytes_unref(file);
	else
		normal = g_bytes_unref_to_array(file);
	if (ok && !intake_targets_are_empty(&targets)) {
		hand_in(maildir, path, normal, sender, &targets);
	} else {
		g_byte_array_unref(normal);
		if (!error || accept_is_final(error))
			refuse(maildir, path, error ? error->message : "names no group");
	}
	intake_targets_clear(&targets);
}

/* Octets of the file; 0 if it is left alone. */
static int64_t take_file(struct intake_maildir *maildir, const char *path)
{
	const int64_t max = maildir->settings->max_message_size;
	g_autoptr(GError) error = NULL;
	GBytes *file;
	struct stat status;

	if (g_hash_table_contains(maildir->taken, path))
		return 0;
	/* Folders and links are nobody's mail; a file that has gone is none any more. */
	if (lstat(path, &status) != 0 || !S_ISREG(status.st_mode))
		return 0;
	if (status.st_size > max) {
		refuse(maildir, path, "the message is too large");
		return 0;
	}
	file = file_read(path, (size_t)max, &error);
	if (file) {
		take_bytes(maildir, path, file);
		return status.st_size;
	}
	if (err_code(error) == ERR_TEMP)
		log_warning("unreadable", log_text("error", error->message));
	else if (err_code(error) != ERR_ABSENT)
		refuse(maildir, path, error->message);
	return 0;
}

static void find_in(struct intake_maildir *maildir, const char *sub)
{
	g_autofree char *folder = g_build_filename(maildir->path, sub, NULL);
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			g_ptr_array_add(
			    maildir->found, g_build_filename(folder, entry->d_name, NULL));
	closedir(dir);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
	const char *const *left = a;
	const char *const *right = b;

	return strcmp(strrchr(*left, '/'), strrchr(*right, '/'));
}

static void find(struct intake_maildir *maildir)
{
	g_ptr_array_set_size(maildir->found, 0);
	maildir->at = 0;
	find_in(maildir, "new");
	find_in(maildir, "cur");
	g_ptr_array_sort(maildir->found, compare_names);
}

static void on_look(evutil_socket_t fd, short what, void *data)
{
	static const struct timeval second = {.tv_sec = 1};
	static const struct timeval soon = {.tv_usec = 1000};
	struct intake_maildir *maildir = data;
	int64_t octets = 0;
	unsigned files = 0;

	(void)fd;
	(void)what;
	if (maildir->at == maildir->found->len)
		find(maildir);
	while (
	    maildir->at < maildir->found->len && files < FILES_A_TURN && octets < OCTETS_A_TURN) {
		const int64_t size = take_file(maildir, maildir->found->pdata[maildir->at++]);

		files += size > 0;
		octets += size;
	}
	evtimer_add(maildir->look, maildir->at < maildir->found->len ? &soon : &second);
}

static void on_notify(evutil_socket_t fd, short what, void *data)
{
	struct intake_maildir *maildir = data;
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		;
	on_look(fd, what, maildir);
}

static bool make_folders(const char *path, GError **error)
{
	static const char *const folders[] = {
	    "tmp", "new", "cur", REFUSED "/tmp", REFUSED "/new", REFUSED "/cur"};

	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *folder = g_build_filename(path, folders[i], NULL);

		if (!file_make_folder(folder, error))
			return false;
	}
	return true;
}

/* Without inotify the look of each second does. */
static void watch(struct intake_maildir *maildir, struct event_base *base)
{
	static const char *const folders[] = {"new", "cur"};

	maildir->notify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (maildir->notify_fd < 0)
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
		g_autofree char *folder = g_build_filename(maildir->path, folders[i], NULL);

		inotify_add_watch(maildir->notify_fd, folder, IN_MOVED_TO | IN_CLOSE_WRITE);
	}
	maildir->notify =
	    event_new(base, maildir->notify_fd, EV_READ | EV_PERSIST, on_notify, maildir);
	event_add(maildir->notify, NULL);
}

struct intake_maildir *intake_maildir_start(struct event_base *base,
    const struct settings *settings, struct store *store, struct intake_batch *batch,
    GError **error)
{
	static const struct timeval at_once = {0};
	struct intake_maildir *maildir;

	if (!make_folders(settings->maildir, error))
		return NULL;
	maildir = g_new0(struct intake_maildir, 1);
	maildir->settings = settings;
	maildir->store = store;
	maildir->batch = batch;
	maildir->path = settings->maildir;
	maildir->taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	maildir->found = g_ptr_array_new_with_free_func(g_free);
	maildir->look = evtimer_new(base, on_look, maildir);
	evtimer_add(maildir->look, &at_once);
	watch(maildir, base);
	return maildir;
}

void intake_maildir_stop(struct intake_maildir *maildir)
{
	event_del(maildir->look);
	if (maildir->notify)
		event_del(maildir->notify);
}

void intake_maildir_free(struct intake_maildir *maildir)
{
	if (!maildir)
		return;
	event_free(maildir->look);
	if (maildir->notify)
		event_free(maildir->notify);
	if (maildir->notify_fd >= 0)
		close(maildir->notify_fd);
	g_hash_table_unref(maildir->taken);
	g_ptr_array_unref(maildir->found);
	g_free(maildir);
}
