/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * check, the relay: login, encryption, and whether it can be reached now.
 */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/lang.h"
#include "courier/relay.h"
#include "ctl/check.h"

#define PATIENCE_MS 5000 /* for each answer */

/* What stands behind the scheme; NULL: it has another one. */
static const char *relay_behind(const struct settings *settings, const char *scheme)
{
	return g_str_has_prefix(settings->relay, scheme) ? settings->relay + strlen(scheme) : NULL;
}

static void check_password_file(struct ctl_check *check)
{
	const struct settings *settings = check->ctl->settings;

	if (settings->password == NULL && check->was_root) {
		ctl_check_fail(check,
		    _("[courier] password-file: %s can't be read, or is too long; it is a file of"
		      " one line"),
		    settings->password_file);
		check->relay_is_hopeless = true;
	} else if (settings->password == NULL) {
		ctl_check_warn(check,
		    _("[courier] password-file: this account can't read %s; umlaufd reads it before"
		      " it leaves root: run this as root"),
		    settings->password_file);
		check->relay_is_hopeless = true; /* for us */
	} else if (*settings->password == '\0') {
		ctl_check_fail(check,
		    _("[courier] password-file: the first line of %s is empty; it is the password"),
		    settings->password_file);
		check->relay_is_hopeless = true;
	}
}

static void check_login(struct ctl_check *check)
{
	const struct settings *settings = check->ctl->settings;

	if (settings->relay_user != NULL && settings->password_file == NULL) {
		ctl_check_fail(
		    check, _("[courier] user has no password: name the file that holds it by"
			     " password-file"));
		check->relay_is_hopeless = true;
	} else if (settings->relay_user == NULL && settings->password_file != NULL) {
		ctl_check_fail(check,
		    _("[courier] password-file has no user: name the account by user, or take"
		      " password-file out"));
	}
	if (settings->password_file != NULL)
		check_password_file(check);
}

/* Auto and required take care of themselves: nothing goes in clear beyond this machine. */
static void check_encryption(struct ctl_check *check)
{
	const struct settings *settings = check->ctl->settings;
	const char *address = relay_behind(settings, "smtp://");

	if (address == NULL || settings->relay_tls != RELAY_TLS_NONE || ctl_check_is_local(address))
		return;
	if (settings->relay_user == NULL) {
		ctl_check_warn(check,
		    _("[courier] tls is none: mails go to %s in clear; say auto, or take smtps://"),
		    address);
		return;
	}
	ctl_check_fail(check,
	    _("[courier] tls is none: no password is sent to %s in clear, and so no mail; say"
	      " required, or take smtps://"),
	    address);
	check->relay_is_hopeless = true;
}

void ctl_check_relay_words(struct ctl_check *check)
{
	check_login(check);
	check_encryption(check);
}

/* The folder that is there, of a path or above it; the courier makes what lacks. */
static char *nearest_folder(const char *path)
{
	char *folder = g_strdup(path);

	while (!g_file_test(folder, G_FILE_TEST_EXISTS) && strcmp(folder, "/") != 0) {
		char *above = g_path_get_dirname(folder);

		g_free(folder);
		folder = above;
	}
	return folder;
}

static void check_folder(struct ctl_check *check, const char *maildir)
{
	static const char *const below[] = {"tmp", "new", "cur"};

	for (size_t i = 0; i < G_N_ELEMENTS(below); i++) {
		g_autofree char *path = g_build_filename(maildir, below[i], NULL);
		g_autofree char *folder = nearest_folder(path);

		if (g_file_test(folder, G_FILE_TEST_IS_DIR) && access(folder, W_OK | X_OK) == 0)
			continue;
		ctl_check_fail(check,
		    _("[courier] relay: %s can't write to %s; give the folder to that account"),
		    check->ctl->settings->user, folder);
		return;
	}
}

/* A relay that hangs up while we write must not end us. */
static bool try_relay(const struct settings *settings, GError **error)
{
	struct settings impatient = *settings;
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction before;
	struct relay *relay;

	impatient.relay_timeout_ms = MIN(settings->relay_timeout_ms, PATIENCE_MS);
	sigaction(SIGPIPE, &ignore, &before);
	relay = relay_open(&impatient, error);
	if (relay != NULL)
		relay_close(relay, false);
	sigaction(SIGPIPE, &before, NULL);
	return relay != NULL;
}

void ctl_check_relay(struct ctl_check *check)
{
	const struct settings *settings = check->ctl->settings;
	const char *maildir = relay_behind(settings, "maildir:");
	g_autoptr(GError) error = NULL;

	if (maildir != NULL) {
		check_folder(check, maildir);
		return;
	}
	if (check->relay_is_hopeless || try_relay(settings, &error))
		return;
	if (err_code(error) == ERR_PERM)
		ctl_check_fail(check, _("[courier] relay: %s; mails wait until this is changed"),
		    error->message);
	else
		ctl_check_warn(check,
		    _("[courier] relay: %s; mails wait until it is there: start it, or name another"),
		    error->message);
}
