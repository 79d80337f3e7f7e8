/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * backup, restore, verify.
 *
 * A restore copies the backup beside the store, brings it up to date and looks through it there;
 * only then it takes the store's place, by renaming.
 */
#include "config.h"

#include "ctl/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/lang.h"
#include "ctl/json.h"
#include "ctl/progress.h"
#include "ctl/roles.h"

#define STORE_NAME "umlauf.db"
#define CONFIG_NAME "umlauf.conf"

enum {
	CONFIG_SIZE_MAX = 16 * 1024 * 1024,
	COPY_SIZE = 1024 * 1024,
};

static struct ctl_progress backup_progress; /* the callback of store_backup has no data of ours */

static void show_backup(int done, int total)
{
	ctl_progress_step(&backup_progress, done, done, total);
}

/* The folder must be new, or empty. */
static bool make_new_folder(const char *path, GError **error)
{
	g_autofree char *above = g_path_get_dirname(path);

	if (!file_make_folder(above, error))
		return false;
	if (mkdir(path, 0700) == 0)
		return true;
	if (errno != EEXIST)
		return err_set(error, ERR_PERM, "%s: %s", path, g_strerror(errno));
	if (rmdir(path) == 0 && mkdir(path, 0700) == 0)
		return true;
	return err_set(
	    error, ERR_PERM, _("%s is there already and not empty; name a new folder"), path);
}

static bool fill_backup(struct ctl *ctl, const char *folder, GError **error)
{
	g_autofree char *config = g_build_filename(folder, CONFIG_NAME, NULL);
	g_autofree char *copy = g_build_filename(folder, STORE_NAME, NULL);
	g_autoptr(GBytes) bytes = file_read(ctl->settings->file, CONFIG_SIZE_MAX, error);

	if (bytes != NULL && store_backup(ctl->store, folder, show_backup, error) &&
	    file_write(config, g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), error))
		return true;
	unlink(copy); /* half a backup is none */
	unlink(config);
	rmdir(folder);
	return false;
}

int ctl_backup(struct ctl *ctl)
{
	g_autoptr(GError) error = NULL;
	bool filled;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	if (!make_new_folder(ctl->argv[0], &error))
		return ctl_fail(error);
	ctl_progress_start(&backup_progress, ctl->quiet);
	filled = fill_backup(ctl, ctl->argv[0], &error);
	ctl_progress_end(&backup_progress);
	if (!filled)
		return ctl_fail(error);
	return ctl_confirm(
	    ctl, "folder", ctl->argv[0], _("The backup is complete: %s"), ctl->argv[0]);
}

static bool write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		const ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return false;
		bytes += MAX(n, 0);
		size -= (size_t)MAX(n, 0);
	}
	return true;
}

static bool copy_bytes(int in, int out, struct ctl_progress *progress)
{
	g_autofree char *buffer = g_malloc(COPY_SIZE);
	struct stat st = {0};
	int64_t done = 0;
	ssize_t n;

	fstat(in, &st);
	while ((n = read(in, buffer, COPY_SIZE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !write_all(out, buffer, (size_t)n))
			return false;
		done += n;
		ctl_progress_step(progress, done, done, st.st_size);
	}
	return fsync(out) == 0;
}

static bool copy_file(const char *from, const char *to, const struct ctl *ctl, GError **error)
{
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	const int out = in >= 0 ? open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640) : -1;
	int reason = errno;
	struct ctl_progress progress;
	bool copied = out >= 0;

	ctl_progress_start(&progress, ctl->quiet);
	if (copied && !copy_bytes(in, out, &progress)) {
		reason = errno;
		copied = false;
	}
	ctl_progress_end(&progress);
	if (!copied)
		err_set(error, ERR_PERM, "%s: %s", in >= 0 ? to : from, g_strerror(reason));
	if (out >= 0 && close(out) != 0 && copied)
		copied = err_set(error, ERR_PERM, "%s: %s", to, g_strerror(errno));
	if (in >= 0)
		close(in);
	return copied;
}

/* Remove a file of the store with what SQLite keeps beside it. */
static void remove_store(const char *path)
{
	g_autofree char *log = g_strconcat(path, "-wal", NULL);
	g_autofree char *index = g_strconcat(path, "-shm", NULL);

	unlink(path);
	unlink(log);
	unlink(index);
}

/* Bring the copy up to date and look through it; findings are said on stderr. */
static bool check_copy(const char *path, GError **error)
{
	g_autofree char *url = g_strconcat("sqlite:", path, NULL);
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	struct store *store;
	bool sound;

	if (!store_migrate(url, error))
		return false;
	store = store_open(url, STORE_READ, error);
	if (store == NULL)
		return false;
	sound = store_verify(store, findings, error);
	store_close(store);
	for (unsigned i = 0; i < findings->len; i++)
		ctl_warn("%s", (const char *)findings->pdata[i]);
	if (sound && findings->len > 0)
		return err_set(error, ERR_BAD, _("the backup is damaged; nothing was changed"));
	return sound;
}

static bool move_file(const char *from, const char *to, GError **error)
{
	if (rename(from, to) == 0 || errno == ENOENT)
		return true;
	return err_set(error, ERR_PERM, "%s: %s", from, g_strerror(errno));
}

/* A file of the store with its write-ahead file; nobody has it open. */
static bool move_store(const char *from, const char *to, GError **error)
{
	g_autofree char *from_log = g_strconcat(from, "-wal", NULL);
	g_autofree char *to_log = g_strconcat(to, "-wal", NULL);
	g_autofree char *index = g_strconcat(from, "-shm", NULL);

	unlink(index);
	return move_file(from_log, to_log, error) && move_file(from, to, error);
}

/* The old store to PATH.before-restore. */
static bool move_old_aside(const char *path, GError **error)
{
	g_autofree char *aside = g_strconcat(path, ".before-restore", NULL);

	if (g_file_test(aside, G_FILE_TEST_EXISTS))
		return err_set(error, ERR_DENIED,
		    _("%s is there from an earlier restore; move it away first"), aside);
	return move_store(path, aside, error);
}

static bool sync_folder(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);

	if (file_sync_folder(folder))
		return true;
	return err_set(error, ERR_PERM, "%s: %s", folder, g_strerror(errno));
}

static bool restore(const struct ctl *ctl, const char *path, GError **error)
{
	g_autofree char *from = g_build_filename(ctl->argv[0], STORE_NAME, NULL);
	g_autofree char *copy = g_strconcat(path, ".restoring", NULL);

	remove_store(copy);
	if (!copy_file(from, copy, ctl, error) || !check_copy(copy, error) ||
	    !move_old_aside(path, error)) {
		remove_store(copy);
		return false;
	}
	return move_store(copy, path, error) && sync_folder(path, error);
}

int ctl_restore(struct ctl *ctl)
{
	int force = 0;
	const GOptionEntry entries[] = {
	    {"force", 0, 0, G_OPTION_ARG_NONE, &force,
		N_("rename a store that is there to STORE.before-restore"), NULL},
	    {NULL},
	};
	g_autoptr(GError) error = NULL;
	const char *path;

	if (!ctl_start(ctl, entries))
		return ctl->status;
	path = settings_store_path(ctl->settings);
	if (path == NULL)
		return ctl_failed(_("this store has a back-up of its own kind"));
	if (ctl_roles_daemon_runs(ctl->settings))
		return ctl_failed(_("umlaufd is running; stop it first"));
	if (!force && g_file_test(path, G_FILE_TEST_EXISTS))
		return ctl_failed(
		    _("%s is there; move it away, or say --force to have it renamed"), path);
	if (!restore(ctl, path, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "store", path, _("The store is restored: %s"), path);
}

int ctl_verify(struct ctl *ctl)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) json = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	unsigned n;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	if (!store_verify(ctl->store, findings, &error))
		return ctl_fail(error);
	n = findings->len;
	g_ptr_array_add(findings, NULL);
	if (ctl->json) {
		ctl_json_open(json, NULL, '{');
		ctl_json_truth(json, "ok", n == 0);
		ctl_json_texts(json, "findings", (char *const *)findings->pdata);
		ctl_json_close(json, '}');
		ctl_json_print(json);
	} else {
		for (unsigned i = 0; i < n; i++)
			puts(findings->pdata[i]);
		if (n == 0)
			ctl_say(ctl, _("The store is sound."));
	}
	return ctl_done() == CTL_OK && n == 0 ? CTL_OK : CTL_FAILED;
}
