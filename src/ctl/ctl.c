/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "article/address.h"
#include "base/bell.h"
#include "base/err.h"
#include "base/file.h"
#include "base/lang.h"
#include "ctl/json.h"
#include "ctl/options.h"

static bool refuse_arguments(struct ctl *ctl, const char *why, const char *program)
{
	ctl_warn("%s", why);
	ctl->status = ctl_usage(_("see: %s --help"), program);
	return false;
}

static bool take_options(struct ctl *ctl, const GOptionEntry *entries)
{
	const struct ctl_command *command = ctl->command;
	g_autofree char *program = g_strjoin(" ", "umlauf", command->noun, command->verb, NULL);
	const struct ctl_usage usage = {
	    .program = program,
	    .arguments = command->arguments,
	    .summary = _(command->summary),
	};

	if (!ctl_options_parse(ctl, &usage, entries, &ctl->argc, ctl->argv, &ctl->status))
		return false;
	if (ctl->argc < command->least)
		return refuse_arguments(ctl, _("an argument is missing"), program);
	if (ctl->argc > command->most)
		return refuse_arguments(ctl, _("too many arguments"), program);
	if (ctl->json && command->answer == ANSWER_RAW)
		return refuse_arguments(ctl, _("this command has no answer in JSON"), program);
	return true;
}

bool ctl_read_settings(struct ctl *ctl)
{
	g_autoptr(GPtrArray) lines = NULL;
	g_autoptr(GError) error = NULL;

	ctl->settings = settings_read(ctl->config, &lines, &error);
	if (ctl->settings != NULL)
		return true;
	for (unsigned i = 0; lines != NULL && i < lines->len; i++)
		fprintf(stderr, "%s\n", (const char *)lines->pdata[i]);
	if (lines == NULL || lines->len == 0)
		fprintf(stderr, "%s\n", error->message);
	ctl->status = CTL_CONFIG;
	return false;
}

bool ctl_become(struct ctl *ctl)
{
	g_autoptr(GError) error = NULL;

	if (file_become(ctl->settings->user, &error))
		return true;
	ctl->status = ctl_fail(error);
	return false;
}

static bool open_store(struct ctl *ctl, enum ctl_needs needs)
{
	static const enum store_mode modes[] = {
	    [CTL_OPENS] = STORE_READ,
	    [CTL_READS] = STORE_READ,
	    [CTL_WRITES] = STORE_WRITE,
	    [CTL_CHANGES] = STORE_WRITE,
	    [CTL_LOADS] = STORE_LOAD,
	};
	g_autoptr(GError) error = NULL;

	ctl->store = store_open(ctl->settings->store, modes[needs], &error);
	if (ctl->store == NULL) {
		ctl->status = ctl_fail(error);
		if (err_code(error) == ERR_ABSENT)
			ctl_warn(_("run: umlauf -c %s init"), ctl->config);
		return false;
	}
	if (needs != CTL_READS && needs != CTL_WRITES)
		return true;
	if (store_begin(ctl->store, &error))
		return true;
	ctl->status = ctl_fail(error);
	return false;
}

bool ctl_start(struct ctl *ctl, const GOptionEntry *entries)
{
	const enum ctl_needs needs = ctl->command->needs;

	if (!take_options(ctl, entries))
		return false;
	if (needs == CTL_NOTHING)
		return true;
	if (!ctl_read_settings(ctl) || !ctl_become(ctl))
		return false;
	return needs == CTL_SETTINGS || open_store(ctl, needs);
}

void ctl_clear(struct ctl *ctl)
{
	if (ctl->store != NULL && store_in_transaction(ctl->store))
		store_rollback(ctl->store);
	store_close(ctl->store);
	settings_free(ctl->settings);
	g_free(ctl->config);
}

bool ctl_commit(struct ctl *ctl, GError **error)
{
	if (!store_commit(ctl->store, error))
		return false;
	bell_ring(ctl->settings->runtime_dir);
	store_tidy(ctl->store);
	return true;
}

static void G_GNUC_PRINTF(1, 0) warn_list(const char *format, va_list list)
{
	fflush(stdout); /* where both go to one place the order holds */
	fputs("umlauf: ", stderr);
	vfprintf(stderr, format, list);
	fputc('\n', stderr);
}

void ctl_warn(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	warn_list(format, list);
	va_end(list);
}

int ctl_fail(const GError *error)
{
	ctl_warn("%s", error != NULL ? error->message : _("unknown error"));
	return CTL_FAILED;
}

int ctl_failed(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	warn_list(format, list);
	va_end(list);
	return CTL_FAILED;
}

int ctl_usage(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	warn_list(format, list);
	va_end(list);
	return CTL_USAGE;
}

void ctl_say(const struct ctl *ctl, const char *format, ...)
{
	va_list list;

	if (ctl->json || ctl->quiet)
		return;
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
}

int ctl_confirm(const struct ctl *ctl, const char *key, const char *value, const char *format, ...)
{
	g_autoptr(GString) json = g_string_new(NULL);
	va_list list;

	if (ctl->json) {
		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, key, value);
		ctl_json_close(json, '}');
		ctl_json_print(json);
	} else if (!ctl->quiet) {
		va_start(list, format);
		vprintf(format, list);
		va_end(list);
		putchar('\n');
	}
	return ctl_done();
}

int ctl_done(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CTL_OK;
	return ctl_failed(_("the answer could not be written: %s"), g_strerror(errno));
}

struct group *ctl_group_find(struct ctl *ctl, const char *name, int *status)
{
	g_autoptr(GError) error = NULL;
	struct group *group = group_find(ctl->store, name, &error);

	if (group == NULL && error == NULL && strchr(name, '@') != NULL) {
		g_autofree char *address = address_normal(name);

		group = group_find_by_address(ctl->store, address, &error);
	}
	if (group == NULL && error == NULL)
		*status = ctl_failed(_("there is no group %s"), name);
	else if (group == NULL)
		*status = ctl_fail(error);
	return group;
}

char *ctl_address(const char *text, int *status)
{
	g_autofree char *address = address_normal(text);

	if (address_is_valid(address))
		return g_steal_pointer(&address);
	*status = ctl_usage(_("%s is no mail address; it looks like name@example.org"), text);
	return NULL;
}

struct person *ctl_person_find(struct ctl *ctl, const char *text, int *status)
{
	g_autofree char *address = ctl_address(text, status);
	g_autoptr(GError) error = NULL;
	struct person *person;

	if (address == NULL)
		return NULL;
	person = person_find(ctl->store, address, &error);
	if (person == NULL && error == NULL)
		*status = ctl_failed(_("nobody is known by %s"), address);
	else if (person == NULL)
		*status = ctl_fail(error);
	return person;
}

char *ctl_msgid(const char *text)
{
	g_autofree char *id = g_strstrip(g_strdup(text));

	return *id == '<' ? g_steal_pointer(&id) : g_strconcat("<", id, ">", NULL);
}

const char *ctl_who(void)
{
	const char *user = getenv("SUDO_USER");

	return user != NULL && *user != '\0' ? user : "operator";
}
