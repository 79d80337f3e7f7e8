/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * init: the folders and the store.
 */
#include "config.h"

#include "ctl/commands.h"

#include "base/file.h"
#include "base/lang.h"
#include "ctl/json.h"

enum {
	FOLDER_MODE = 0750,
};

/* Make a folder; a new one belongs to the settings' user. */
static bool make_folder(const char *path, const struct settings *settings, GError **error)
{
	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		return true;
	return file_make_folder(path, error) &&
	       file_give_folder(path, settings->user, FOLDER_MODE, error);
}

/* The watched Maildir and the one for what was refused in it. */
static bool make_maildir(const struct settings *settings, GError **error)
{
	static const char *const below[] = {"", "tmp", "new", "cur", ".abgewiesen",
	    ".abgewiesen/tmp", ".abgewiesen/new", ".abgewiesen/cur"};

	for (size_t i = 0; settings->maildir != NULL && i < G_N_ELEMENTS(below); i++) {
		g_autofree char *path = g_build_filename(settings->maildir, below[i], NULL);

		if (!make_folder(path, settings, error))
			return false;
	}
	return true;
}

static bool make_folders(const struct settings *settings, GError **error)
{
	const char *path = settings_store_path(settings);
	g_autofree char *folder = path != NULL ? g_path_get_dirname(path) : NULL;

	if (folder != NULL && !make_folder(folder, settings, error))
		return false;
	return make_maildir(settings, error);
}

int ctl_init(struct ctl *ctl)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) json = g_string_new(NULL);
	bool fresh;

	if (!ctl_start(ctl, NULL) || !ctl_read_settings(ctl))
		return ctl->status;
	if (!make_folders(ctl->settings, &error))
		return ctl_fail(error);
	if (!ctl_become(ctl))
		return ctl->status;
	fresh = settings_store_path(ctl->settings) != NULL &&
		!g_file_test(settings_store_path(ctl->settings), G_FILE_TEST_EXISTS);
	if (!store_migrate(ctl->settings->store, &error))
		return ctl_fail(error);
	if (ctl->json) {
		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "store", ctl->settings->store);
		ctl_json_truth(json, "new", fresh);
		ctl_json_close(json, '}');
		ctl_json_print(json);
	} else if (fresh) {
		ctl_say(ctl, _("The store is made: %s"), ctl->settings->store);
	} else {
		ctl_say(ctl, _("The store is up to date: %s"), ctl->settings->store);
	}
	return ctl_done();
}
