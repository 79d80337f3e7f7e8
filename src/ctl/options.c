/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/options.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"

#define COLUMN 30 /* where the texts of the options begin */

static void print_option(const GOptionEntry *entry)
{
	g_autoptr(GString) option = g_string_new("  ");

	if (entry->short_name != 0)
		g_string_append_printf(option, "-%c, ", entry->short_name);
	g_string_append_printf(option, "--%s", entry->long_name);
	if (entry->arg_description != NULL)
		g_string_append_printf(option, "=%s", entry->arg_description);
	if (option->len < COLUMN)
		printf("%-*s%s\n", COLUMN, option->str, _(entry->description));
	else
		printf("%s\n%*s%s\n", option->str, COLUMN, "", _(entry->description));
}

static void print_options(const GOptionEntry *entries)
{
	for (; entries != NULL && entries->long_name != NULL; entries++)
		print_option(entries);
}

static void print_help(
    const struct ctl_usage *usage, const GOptionEntry *own, const GOptionEntry *common)
{
	printf(_("Usage: %s [OPTION]... %s\n"), usage->program,
	    usage->arguments != NULL ? usage->arguments : "");
	if (usage->summary != NULL)
		printf("\n%s\n", usage->summary);
	printf("\n%s\n", _("Options:"));
	print_options(own);
	print_options(common);
	if (usage->more != NULL)
		printf("\n%s\n", usage->more);
}

/* GLib names the option at the end of its message. */
static int refuse(const GError *error, const struct ctl_usage *usage)
{
	const char *blank = strrchr(error->message, ' ');

	if (blank != NULL && g_error_matches(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
		ctl_warn(_("unknown option: %s"), blank + 1);
	else if (blank != NULL && g_str_has_prefix(error->message, "Missing argument for "))
		ctl_warn(_("%s: its value is missing"), blank + 1);
	else
		ctl_warn("%s", error->message);
	return ctl_usage(_("see: %s --help"), usage->program);
}

/* GOption wants the program's name in front and may shuffle the pointers: it gets a copy. */
static bool parse(GOptionContext *context, int *argc, char **argv, GError **error)
{
	static char name[] = "umlauf";
	g_autofree char **copy = g_new0(char *, (size_t)*argc + 2);
	char **list = copy;
	int n = *argc + 1;

	copy[0] = name;
	memcpy(copy + 1, argv, (size_t)*argc * sizeof(*argv));
	if (!g_option_context_parse(context, &n, &list, error))
		return false;
	if (n > 1 && strcmp(list[1], "--") == 0) {
		memmove(list + 1, list + 2, (size_t)(n - 1) * sizeof(*list));
		n--;
	}
	*argc = n - 1;
	memcpy(argv, list + 1, (size_t)n * sizeof(*argv));
	return true;
}

bool ctl_options_parse(struct ctl *ctl, const struct ctl_usage *usage, const GOptionEntry *own,
    int *argc, char **argv, int *status)
{
	int help = 0;
	g_autofree char *config = NULL;
	const GOptionEntry common[] = {
	    {"config", 'c', 0, G_OPTION_ARG_FILENAME, &config, N_("the config file"), "FILE"},
	    {"json", 0, 0, G_OPTION_ARG_NONE, &ctl->json, N_("answer by one JSON value"), NULL},
	    {"quiet", 'q', 0, G_OPTION_ARG_NONE, &ctl->quiet, N_("no progress, no confirmation"),
		NULL},
	    {"help", 'h', 0, G_OPTION_ARG_NONE, &help, N_("show this help"), NULL},
	    {NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GError) error = NULL;

	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_set_strict_posix(context, usage->in_front);
	g_option_context_add_main_entries(context, common, NULL);
	if (own != NULL)
		g_option_context_add_main_entries(context, own, NULL);
	if (!parse(context, argc, argv, &error)) {
		*status = refuse(error, usage);
		return false;
	}
	if (config != NULL) {
		g_free(ctl->config);
		ctl->config = g_steal_pointer(&config);
	}
	if (!help)
		return true;
	print_help(usage, own, common);
	*status = ctl_done();
	return false;
}
