/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The options of the command line, and the help that lists them, in the language of the
 * environment.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdbool.h>

#include <glib.h>

#include "ctl/ctl.h"

/* What --help shows around the options.  All borrowed. */
struct ctl_usage {
	const char *program;   /* "umlauf group add" */
	const char *arguments; /* "NAME"; NULL: none */
	const char *summary;   /* translated; NULL: none */
	const char *more;      /* translated, behind the options; NULL: none */
	bool in_front;	       /* options end at the first argument */
};

/*
 * Take the options out of *argc arguments (argv[0] is the first of them, NULL behind the last):
 * those of every command (-c, --json, --quiet, --help) go to ctl, the others (own, may be NULL)
 * where their entries say.  False: *status says how to end, all that was to be said is said.
 */
bool ctl_options_parse(struct ctl *ctl, const struct ctl_usage *usage, const GOptionEntry *own,
    int *argc, char **argv, int *status);

#endif
