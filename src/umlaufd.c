/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The daemon's entry: options, settings, and on to the supervisor.
 */
#include "config.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#include <glib.h>

#include "base/lang.h"
#include "base/log.h"
#include "base/settings.h"
#include "role.h"
#include "supervisor.h"

#define LARGE_BLOCK (4 * 1024 * 1024)

struct options {
	char *file;  /* owned */
	char *roles; /* owned; as given */
	gboolean foreground;
	gboolean version;
};

static int usage_error(const char *message)
{
	fprintf(stderr, "umlaufd: %s\nTry: umlaufd --help\n", message);
	return EX_USAGE;
}

static bool read_options(int *argc, char ***argv, struct options *options, GError **error)
{
	/* clang-format off */
	const GOptionEntry entries[] = {
		{"config",     'c', 0, G_OPTION_ARG_FILENAME, &options->file,       "The config file", "FILE"},
		{"role",       'r', 0, G_OPTION_ARG_STRING,   &options->roles,      "Only these roles", "ROLE[,ROLE]"},
		{"foreground", 'f', 0, G_OPTION_ARG_NONE,     &options->foreground, "Do not go to the background", NULL},
		{"version",    'V', 0, G_OPTION_ARG_NONE,     &options->version,    "Say the version and end", NULL},
		{NULL},
	};
	/* clang-format on */
	GOptionContext *context = g_option_context_new(NULL);
	gboolean good;

	g_option_context_set_summary(context, "The daemon of Umlauf: mailing lists, newsgroups and "
					      "forums as one conversation.");
	g_option_context_set_description(context,
	    "Signals: SIGTERM ends it, SIGHUP makes it read its config file anew.\n"
	    "Exit status: 64 wrong usage, 78 the config file has errors, 1 it could not start.");
	g_option_context_add_main_entries(context, entries, NULL);
	good = g_option_context_parse(context, argc, argv, error);
	g_option_context_free(context);
	return good;
}

/* The role names as a strv, NULL for all; *unknown is the first that there is not. */
static char **read_roles(const char *text, const char **unknown)
{
	char **names;

	*unknown = NULL;
	if (text == NULL)
		return NULL;
	names = g_strsplit(text, ",", -1);
	for (char **name = names; *name != NULL && *unknown == NULL; name++) {
		if (role_find(g_strstrip(*name)) == NULL)
			*unknown = *name;
	}
	return names;
}

static int start(const char *file, char **roles, bool foreground)
{
	g_autoptr(GPtrArray) lines = NULL;
	g_autoptr(GError) error = NULL;
	g_autofree char *absolute = g_canonicalize_filename(file, NULL);
	struct settings *settings = settings_read(file, &lines, &error);
	const struct supervisor_options options = {absolute, roles, foreground};

	for (guint i = 0; settings == NULL && lines != NULL && i < lines->len; i++)
		fprintf(stderr, "%s\n", (const char *)lines->pdata[i]);
	if (settings == NULL && (lines == NULL || lines->len == 0))
		fprintf(stderr, "%s\n", error->message);
	if (settings == NULL)
		return EX_CONFIG;
	log_open("supervisor", settings->log_to_syslog);
	return supervisor_run(settings, &options);
}

/*
 * Roles run for months, and now and then a message of many megabytes passes: what it took goes back
 * to the system at once, and does not stay in a hole between what is small and lives on.  (Without
 * this, glibc learns from such a message to keep all that are not larger on the heap.)
 */
static void give_back_large_blocks(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK);
	mallopt(M_TRIM_THRESHOLD, 2 * LARGE_BLOCK);
}

int main(int argc, char **argv)
{
	struct options options = {NULL};
	g_autoptr(GError) error = NULL;
	g_autofree char *file = NULL;
	g_autofree char *role_list = NULL;
	g_auto(GStrv) roles = NULL;
	const char *unknown;
	bool good;

	give_back_large_blocks();
	lang_init();
	good = read_options(&argc, &argv, &options, &error);
	file = options.file;
	role_list = options.roles;
	if (!good)
		return usage_error(error->message);
	if (options.version) {
		puts(PACKAGE_NAME "d " PACKAGE_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc > 1)
		return usage_error("too many arguments");
	if (file == NULL)
		return usage_error("the config file is missing: -c FILE");
	roles = read_roles(role_list, &unknown);
	if (unknown != NULL) {
		g_autofree char *message = g_strdup_printf("no such role: %s", unknown);

		return usage_error(message);
	}
	return start(file, roles, options.foreground != FALSE);
}
