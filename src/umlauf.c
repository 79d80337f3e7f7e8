/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The operator's command: finds the subcommand in a table and runs it (src/ctl/).
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <glib.h>

#include "base/lang.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/options.h"

#define DEFAULT_CONFIG "/etc/umlauf/umlauf.conf"

/* clang-format off */
static const struct ctl_command commands[] = {
	/* noun          verb       function             needs         answer      least, most, arguments, summary */
	{"init",          NULL,      ctl_init,            CTL_NOTHING,  ANSWER_JSON, 0, 0, NULL,
	    N_("make the store, or bring it up to date")},
	{"check",         NULL,      ctl_check,           CTL_NOTHING,  ANSWER_JSON, 0, 0, NULL,
	    N_("read the config and try what it names")},
	{"status",        NULL,      ctl_status,          CTL_SETTINGS, ANSWER_JSON, 0, 0, NULL,
	    N_("what runs and what needs a person")},
	{"group",         "add",     ctl_group_add,       CTL_WRITES,   ANSWER_JSON, 1, 1, "NAME",
	    N_("make a group")},
	{"group",         "list",    ctl_group_list,      CTL_READS,    ANSWER_JSON, 0, 0, NULL,
	    N_("show the groups")},
	{"group",         "set",     ctl_group_set,       CTL_WRITES,   ANSWER_JSON, 1, 1, "NAME",
	    N_("change a group")},
	{"group",         "remove",  ctl_group_remove,    CTL_WRITES,   ANSWER_JSON, 1, 1, "NAME",
	    N_("serve a group no more")},
	{"person",        "add",     ctl_person_add,      CTL_WRITES,   ANSWER_JSON, 1, 1, "ADDRESS",
	    N_("make a person known")},
	{"person",        "list",    ctl_person_list,     CTL_READS,    ANSWER_JSON, 0, 0, NULL,
	    N_("show the persons")},
	{"person",        "set",     ctl_person_set,      CTL_WRITES,   ANSWER_JSON, 1, 1, "ADDRESS",
	    N_("change what is known of a person")},
	{"person",        "export",  ctl_person_export,   CTL_READS,    ANSWER_JSON, 1, 1, "ADDRESS",
	    N_("write all that is known of a person, as JSON")},
	{"person",        "erase",   ctl_person_erase,    CTL_WRITES,   ANSWER_JSON, 1, 1, "ADDRESS",
	    N_("forget a person")},
	{"subscribe",     NULL,      ctl_subscribe,       CTL_WRITES,   ANSWER_JSON, 1, 2, "[ADDRESS] GROUP",
	    N_("subscribe an address, or a file of addresses, to a group")},
	{"unsubscribe",   NULL,      ctl_unsubscribe,     CTL_WRITES,   ANSWER_JSON, 2, 2, "ADDRESS GROUP",
	    N_("end a subscription")},
	{"subscriptions", NULL,      ctl_subscriptions,   CTL_READS,    ANSWER_JSON, 0, 0, NULL,
	    N_("show the subscriptions")},
	{"import",        "mbox",    ctl_import_mbox,     CTL_LOADS,    ANSWER_JSON, 2, 2, "FILE GROUP",
	    N_("load an archive into a group; nobody gets mail for it")},
	{"import",        "maildir", ctl_import_maildir,  CTL_LOADS,    ANSWER_JSON, 2, 2, "FOLDER GROUP",
	    N_("load a Maildir into a group; nobody gets mail for it")},
	{"export",        "mbox",    ctl_export_mbox,     CTL_OPENS,    ANSWER_RAW,  1, 1, "GROUP",
	    N_("write a group to stdout as an mbox")},
	{"article",       "show",    ctl_article_show,    CTL_READS,    ANSWER_JSON, 1, 1, "MESSAGE-ID",
	    N_("write an article to stdout as it came")},
	{"article",       "remove",  ctl_article_remove,  CTL_WRITES,   ANSWER_JSON, 1, 1, "MESSAGE-ID",
	    N_("take an article out of every group; it stays refused")},
	{"thread",        "split",   ctl_thread_split,    CTL_WRITES,   ANSWER_JSON, 1, 1, "MESSAGE-ID",
	    N_("make an article, with all below it, a thread of its own")},
	{"thread",        "join",    ctl_thread_join,     CTL_WRITES,   ANSWER_JSON, 2, 2, "MESSAGE-ID PARENT",
	    N_("hang an article, with all below it, under another")},
	{"thread",        "move",    ctl_thread_move,     CTL_WRITES,   ANSWER_JSON, 2, 2, "MESSAGE-ID GROUP",
	    N_("move an article, with all below it, to another group")},
	{"thread",        NULL,      ctl_thread,          CTL_READS,    ANSWER_JSON, 1, 1, "MESSAGE-ID|GROUP",
	    N_("show a thread, or the threads of a group, as a tree")},
	{"trim",          NULL,      ctl_trim,            CTL_NOTHING,  ANSWER_JSON, 1, 1, "FILE",
	    N_("show what of a message is new, what is folded, and by which rule")},
	{"held",          "list",    ctl_held_list,       CTL_READS,    ANSWER_JSON, 0, 0, NULL,
	    N_("show the messages that wait for a moderator")},
	{"held",          "show",    ctl_held_show,       CTL_READS,    ANSWER_RAW,  1, 1, "ID",
	    N_("write a held message to stdout as it came")},
	{"held",          "approve", ctl_held_approve,    CTL_WRITES,   ANSWER_JSON, 1, INT_MAX, "ID...",
	    N_("let held messages into their groups")},
	{"held",          "reject",  ctl_held_reject,     CTL_WRITES,   ANSWER_JSON, 1, INT_MAX, "ID...",
	    N_("throw held messages away")},
	{"queue",         "list",    ctl_queue_list,      CTL_READS,    ANSWER_JSON, 0, 0, NULL,
	    N_("show what waits to be sent, or what has failed")},
	{"queue",         "drop",    ctl_queue_drop,      CTL_WRITES,   ANSWER_JSON, 0, INT_MAX, "[ID...]",
	    N_("take mails off the queue: they are not sent any more")},
	{"courier",       "hold",    ctl_courier_hold,    CTL_WRITES,   ANSWER_JSON, 0, 0, NULL,
	    N_("send nothing until released: the emergency brake")},
	{"courier",       "release", ctl_courier_release, CTL_WRITES,   ANSWER_JSON, 0, 0, NULL,
	    N_("send again")},
	{"trace",         NULL,      ctl_trace,           CTL_READS,    ANSWER_JSON, 1, 1, "MESSAGE-ID|ADDRESS",
	    N_("what became of a message, or of the mails to an address")},
	{"digest",        "run",     ctl_digest_run,      CTL_CHANGES,  ANSWER_JSON, 0, 0, NULL,
	    N_("make the digests that are due and queue them")},
	{"digest",        "preview", ctl_digest_preview,  CTL_READS,    ANSWER_JSON, 1, 1, "ADDRESS",
	    N_("show what a person's next digest holds")},
	{"backup",        NULL,      ctl_backup,          CTL_OPENS,    ANSWER_JSON, 1, 1, "FOLDER",
	    N_("copy store and config into a new folder, while all runs")},
	{"restore",       NULL,      ctl_restore,         CTL_SETTINGS, ANSWER_JSON, 1, 1, "FOLDER",
	    N_("put the copy of a backup in the store's place")},
	{"verify",        NULL,      ctl_verify,          CTL_OPENS,    ANSWER_JSON, 0, 0, NULL,
	    N_("look through the whole store for damage")},
	{NULL},
};
/* clang-format on */

/* A line a subcommand; noun NULL: of all. */
static char *commands_help(const char *noun)
{
	GString *help = g_string_new(_("Commands (each answers --help):"));

	for (const struct ctl_command *c = commands; c->noun != NULL; c++) {
		g_autofree char *name =
		    g_strjoin(" ", c->noun, c->verb != NULL ? c->verb : c->arguments,
			c->verb != NULL ? c->arguments : NULL, NULL);

		if (noun == NULL || strcmp(noun, c->noun) == 0)
			g_string_append_printf(help, "\n  %-28s %s", name, _(c->summary));
	}
	return g_string_free(help, FALSE);
}

/* Take the options in front of the subcommand; false: *status says how to end. */
static bool take_global_options(struct ctl *ctl, int *argc, char **argv, int *status)
{
	int version = 0;
	const GOptionEntry entries[] = {
	    {"version", 0, 0, G_OPTION_ARG_NONE, &version, N_("show the version"), NULL},
	    {NULL},
	};
	g_autofree char *help = commands_help(NULL);
	const struct ctl_usage usage = {
	    .program = "umlauf",
	    .arguments = _("COMMAND ..."),
	    .more = help,
	    .in_front = true,
	};

	if (!ctl_options_parse(ctl, &usage, entries, argc, argv, status))
		return false;
	if (version)
		puts(PACKAGE_STRING);
	*status = CTL_OK;
	return !version;
}

/*
 * The row that the words name; *taken: how many of them.  NULL: *noun tells whether the first
 * word is at least a noun.
 */
static const struct ctl_command *find_command(int argc, char **argv, int *taken, bool *noun)
{
	*noun = false;
	for (const struct ctl_command *c = commands; c->noun != NULL; c++) {
		if (argc == 0 || strcmp(argv[0], c->noun) != 0)
			continue;
		*noun = true;
		*taken = c->verb == NULL ? 1 : 2;
		if (c->verb == NULL || (argc > 1 && strcmp(argv[1], c->verb) == 0))
			return c;
	}
	return NULL;
}

/* No row was found: help where it was asked for, else what is wrong. */
static int explain(int argc, char **argv, bool is_noun)
{
	g_autofree char *help = commands_help(is_noun ? argv[0] : NULL);

	if (is_noun && argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		puts(help);
		return CTL_OK;
	}
	if (argc == 0)
		ctl_warn(_("a command is missing"));
	else if (is_noun && argc == 1)
		ctl_warn(_("%s: one more word is missing"), argv[0]);
	else
		ctl_warn(_("unknown command: %s%s%s"), argv[0], is_noun ? " " : "",
		    is_noun ? argv[1] : "");
	if (is_noun)
		fprintf(stderr, "%s\n", help);
	return ctl_usage(_("see: umlauf --help"));
}

int main(int argc, char **argv)
{
	struct ctl ctl = {.config = g_strdup(DEFAULT_CONFIG)};
	int taken = 0;
	bool is_noun;
	int status;

	umask(027); /* what this program writes holds people's mails */
	lang_init();
	argc--;
	argv++;
	if (take_global_options(&ctl, &argc, argv, &status)) {
		ctl.command = find_command(argc, argv, &taken, &is_noun);
		ctl.argc = argc - taken;
		ctl.argv = argv + taken;
		status =
		    ctl.command != NULL ? ctl.command->run_fn(&ctl) : explain(argc, argv, is_noun);
	}
	ctl_clear(&ctl);
	return status;
}
