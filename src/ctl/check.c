/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * check: reads the config and tries what it names.  Each finding says what to do; exit status 1
 * if something will not work, 0 with warnings alone.
 */
#include "config.h"

#include "ctl/check.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/file.h"
#include "base/lang.h"
#include "ctl/commands.h"
#include "ctl/json.h"
#include "ctl/roles.h"
#include "net/listen.h"

#define GIB (INT64_C(1) << 30)

enum {
	DISK_PERCENT = 5,      /* free at least */
	FIRST_ROOTLESS = 1024, /* ports below are root's */
};

#define CLOCK_LEAST INT64_C(1704067200) /* 2024-01-01: what is older was never set */

struct finding {
	bool error;
	char *text; /* owned */
};

static void finding_free(void *data)
{
	struct finding *finding = data;

	g_free(finding->text);
	g_free(finding);
}

static void add(struct ctl_check *check, bool error, char *text)
{
	struct finding *finding = g_new0(struct finding, 1);

	finding->error = error;
	finding->text = text;
	g_ptr_array_add(check->findings, finding);
}

void ctl_check_fail(struct ctl_check *check, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	add(check, true, g_strdup_vprintf(format, list));
	va_end(list);
}

void ctl_check_warn(struct ctl_check *check, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	add(check, false, g_strdup_vprintf(format, list));
	va_end(list);
}

static bool has_errors(const struct ctl_check *check)
{
	for (unsigned i = 0; i < check->findings->len; i++)
		if (((const struct finding *)check->findings->pdata[i])->error)
			return true;
	return false;
}

static void check_idle(struct ctl_check *check)
{
	const struct settings *settings = check->ctl->settings;

	for (unsigned i = 0; i < settings->idle->len; i++) {
		const struct conf_entry *entry = settings->idle->pdata[i];

		if (entry->key != NULL)
			ctl_check_warn(check,
			    _("%s:%d: [%s] %s is known, and without effect in this version"),
			    settings->file, entry->line, entry->section, entry->key);
		else
			ctl_check_warn(check,
			    _("%s:%d: [%s] is known, and without effect in this version"),
			    settings->file, entry->line, entry->section);
	}
}

static void check_user(struct ctl_check *check)
{
	const struct settings *settings = check->ctl->settings;

	if (strcmp(settings->user, "root") == 0)
		ctl_check_warn(check,
		    _("[umlauf] user is root: a mistake in what reads from outside would own the"
		      " machine; make an account and name it"));
	else if (getpwnam(settings->user) == NULL && check->was_root)
		ctl_check_fail(check,
		    _("[umlauf] user: there is no account %s; make it (adduser --system %s)"),
		    settings->user, settings->user);
}

/* The host of HOST:PORT, without the brackets of an IPv6 address; *port is its text. */
static char *split_address(const char *address, const char **port)
{
	const char *colon = strrchr(address, ':');
	g_autofree char *host = g_strndup(address, (size_t)(colon - address));

	*port = colon + 1;
	if (*host == '[' && g_str_has_suffix(host, "]"))
		return g_strndup(host + 1, strlen(host) - 2);
	return g_steal_pointer(&host);
}

bool ctl_check_is_local(const char *address)
{
	const char *port;
	g_autofree char *host = split_address(address, &port);

	return g_str_has_prefix(host, "127.") || strcmp(host, "::1") == 0 ||
	       strcmp(host, "localhost") == 0;
}

/* A port must be free, unless it is a running umlaufd that has it. */
static void check_port(struct ctl_check *check, const char *key, const char *address)
{
	g_autoptr(GError) error = NULL;
	const char *port;
	g_autofree char *host = split_address(address, &port);
	struct listener *listener;

	if (ctl_roles_daemon_runs(check->ctl->settings) ||
	    (!check->was_root && atoi(port) < FIRST_ROOTLESS))
		return;
	listener = listen_open(address, NULL, &error);
	if (listener == NULL)
		ctl_check_fail(check,
		    _("%s %s can't be opened (%s); end what has it, or name another"), key, address,
		    error->message);
	else
		listen_close(listener, false);
}

static void check_lmtp(struct ctl_check *check, const char *address)
{
	g_autofree char *folder = NULL;

	if (*address == '/') {
		folder = g_path_get_dirname(address);
		if (!g_file_test(folder, G_FILE_TEST_IS_DIR) &&
		    strcmp(folder, check->ctl->settings->runtime_dir) != 0)
			ctl_check_fail(
			    check, _("[intake] lmtp: the folder %s is not there; make it"), folder);
		return;
	}
	if (!ctl_check_is_local(address))
		ctl_check_warn(check,
		    _("[intake] lmtp %s is open beyond this machine: whoever reaches it may post as"
		      " anybody; let it listen on 127.0.0.1, or shut it off by a firewall"),
		    address);
	check_port(check, "[intake] lmtp", address);
}

static void check_listeners(struct ctl_check *check)
{
	const struct settings *settings = check->ctl->settings;

	for (char **address = settings->lmtp; address != NULL && *address != NULL; address++)
		check_lmtp(check, *address);
	if (settings->lmtp_group != NULL && !file_knows_group(settings->lmtp_group))
		ctl_check_fail(check,
		    _("[intake] lmtp-group: there is no group %s; make it, or name the one of the mail"
		      " server"),
		    settings->lmtp_group);
	for (char **address = settings->listen; address != NULL && *address != NULL; address++)
		check_port(check, "[news] listen", *address);
	if (settings->require_login == LOGIN_READ)
		ctl_check_warn(check,
		    _("[news] require-login is read, and this version has no login: no group is"
		      " served; say none until there is one"));
	else if (settings->require_login == LOGIN_POST)
		ctl_check_warn(check,
		    _("[news] require-login is post, and this version has no login: nobody can post"
		      " by news"));
}

/* What the daemon must be able to write, as its user. */
static void check_folder(struct ctl_check *check, const char *key, const char *folder)
{
	if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
		ctl_check_fail(check, _("%s: the folder %s is not there; run: umlauf -c %s init"),
		    key, folder, check->ctl->config);
	else if (access(folder, W_OK | X_OK) != 0)
		ctl_check_fail(check,
		    _("%s: %s can't write to %s; give the folder to that account"), key,
		    check->ctl->settings->user, folder);
}

static void check_maildir(struct ctl_check *check)
{
	static const char *const below[] = {"tmp", "new", "cur"};
	const char *maildir = check->ctl->settings->maildir;

	for (size_t i = 0; maildir != NULL && i < G_N_ELEMENTS(below); i++) {
		g_autofree char *folder = g_build_filename(maildir, below[i], NULL);

		check_folder(check, "[intake] maildir", folder);
	}
}

static void check_runtime_dir(struct ctl_check *check)
{
	const char *folder = check->ctl->settings->runtime_dir;
	g_autofree char *above = g_path_get_dirname(folder);

	if (g_file_test(folder, G_FILE_TEST_IS_DIR))
		check_folder(check, "[umlauf] runtime-dir", folder);
	else if (!check->was_root && access(above, W_OK | X_OK) != 0)
		ctl_check_fail(check,
		    _("[umlauf] runtime-dir: %s is not there and can't be made; make it"), folder);
}

static void check_disk(struct ctl_check *check, const char *folder)
{
	struct statvfs disk;
	int64_t free_octets;

	if (statvfs(folder, &disk) != 0 || disk.f_blocks == 0)
		return;
	free_octets = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
	if (free_octets < GIB || disk.f_bavail * 100 / disk.f_blocks < DISK_PERCENT)
		ctl_check_warn(check,
		    _("only %lld MiB are free where the store lies (%s); make room"),
		    (long long)(free_octets >> 20), folder);
}

static void check_groups(struct ctl_check *check)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) groups = group_list(check->ctl->store, &error);
	bool guarded = false;

	if (groups == NULL) {
		ctl_check_fail(
		    check, _("the store can't be read (%s); run: umlauf verify"), error->message);
		return;
	}
	if (groups->len == 0)
		ctl_check_warn(check, _("there is no group yet; run: umlauf group add"));
	for (unsigned i = 0; i < groups->len; i++)
		guarded |= ((const struct group *)groups->pdata[i])->post == POST_MEMBERS;
	if (guarded && check->ctl->settings->trusted_authserv[0] == NULL)
		ctl_check_warn(check,
		    _("[intake] trusted-authserv is not set: in groups where members post, From alone"
		      " counts, and anybody can write it; name the authserv-id of your mail server"));
}

static void check_store(struct ctl_check *check)
{
	struct ctl *ctl = check->ctl;
	const char *path = settings_store_path(ctl->settings);
	g_autofree char *folder = path != NULL ? g_path_get_dirname(path) : NULL;
	g_autoptr(GError) error = NULL;

	if (folder != NULL) {
		check_folder(check, "[umlauf] store", folder);
		check_disk(check, folder);
	}
	ctl->store = store_open(ctl->settings->store, STORE_READ, &error);
	if (ctl->store == NULL)
		ctl_check_fail(check, _("[umlauf] store: %s; run: umlauf -c %s init"),
		    error->message, ctl->config);
	else if (path != NULL && access(path, W_OK) != 0)
		ctl_check_fail(check,
		    _("[umlauf] store: %s can't write to %s; give the file to that account"),
		    ctl->settings->user, path);
	else
		check_groups(check);
}

static void check_all(struct ctl_check *check)
{
	g_autoptr(GError) error = NULL;

	if (clock_now() < CLOCK_LEAST)
		ctl_check_fail(check, _("the clock of this machine is wrong; set it"));
	check_idle(check);
	check_user(check);
	check_listeners(check);
	ctl_check_relay_words(check);
	if (has_errors(check) && getpwnam(check->ctl->settings->user) == NULL)
		return; /* nothing can be tried as that user */
	if (!ctl_become(check->ctl)) {
		ctl_check_fail(check,
		    _("the account %s can't be taken on; run this as root or as %s"),
		    check->ctl->settings->user, check->ctl->settings->user);
		return;
	}
	check_runtime_dir(check);
	check_maildir(check);
	check_store(check);
	ctl_check_relay(check);
}

static void print_json(const struct ctl_check *check)
{
	g_autoptr(GString) json = g_string_new(NULL);

	ctl_json_open(json, NULL, '{');
	ctl_json_truth(json, "ok", !has_errors(check));
	ctl_json_open(json, "findings", '[');
	for (unsigned i = 0; i < check->findings->len; i++) {
		const struct finding *finding = check->findings->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "level", finding->error ? "error" : "warning");
		ctl_json_text(json, "text", finding->text);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

static void print_text(const struct ctl_check *check)
{
	for (unsigned i = 0; i < check->findings->len; i++) {
		const struct finding *finding = check->findings->pdata[i];

		printf("%s: %s\n", finding->error ? _("error") : _("warning"), finding->text);
	}
	if (!has_errors(check))
		ctl_say(
		    check->ctl, check->findings->len == 0 ? _("All is well.") : _("It can run."));
}

/* The config is wrong: its lines on stderr, as for every command, and with --json as findings. */
static int refuse_settings(struct ctl_check *check, const GPtrArray *lines, const GError *error)
{
	if (lines == NULL || lines->len == 0)
		ctl_check_fail(check, "%s", error->message);
	for (unsigned i = 0; lines != NULL && i < lines->len; i++)
		ctl_check_fail(check, "%s", (const char *)lines->pdata[i]);
	for (unsigned i = 0; i < check->findings->len; i++)
		fprintf(stderr, "%s\n", ((const struct finding *)check->findings->pdata[i])->text);
	if (check->ctl->json)
		print_json(check);
	return CTL_CONFIG;
}

static int run(struct ctl_check *check)
{
	g_autoptr(GPtrArray) lines = NULL;
	g_autoptr(GError) error = NULL;

	check->ctl->settings = settings_read(check->ctl->config, &lines, &error);
	if (check->ctl->settings == NULL)
		return refuse_settings(check, lines, error);
	check_all(check);
	if (check->ctl->json)
		print_json(check);
	else
		print_text(check);
	return ctl_done() == CTL_OK && !has_errors(check) ? CTL_OK : CTL_FAILED;
}

int ctl_check(struct ctl *ctl)
{
	struct ctl_check check = {.ctl = ctl, .was_root = geteuid() == 0};
	int status;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	check.findings = g_ptr_array_new_with_free_func(finding_free);
	status = run(&check);
	g_ptr_array_unref(check.findings);
	return status;
}
