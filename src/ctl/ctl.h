/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What all subcommands of `umlauf` share: their options, the settings, the store, how they
 * answer and how they fail.
 *
 * A subcommand is a function that calls ctl_start with its options first, works, writes its
 * answer to stdout and returns the exit status.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"
#include "store/group.h"
#include "store/person.h"
#include "store/store.h"

enum ctl_status {
	CTL_OK = 0,
	CTL_FAILED = 1,	 /* something is wrong, or not found */
	CTL_USAGE = 64,	 /* EX_USAGE of sysexits.h */
	CTL_CONFIG = 78, /* EX_CONFIG */
};

/* What a subcommand needs before it works. */
enum ctl_needs {
	CTL_NOTHING,  /* the arguments alone */
	CTL_SETTINGS, /* the settings; root has become `user` from here on */
	CTL_OPENS,    /* the store read-only, no transaction */
	CTL_READS,    /* the store read-only, one transaction */
	CTL_WRITES,   /* the store, a transaction that ctl_commit ends */
	CTL_CHANGES,  /* the store, no transaction: those of the work itself */
	CTL_LOADS,    /* likewise in STORE_LOAD */
};

/* How it answers to --json. */
enum ctl_answer {
	ANSWER_JSON, /* one JSON value */
	ANSWER_RAW,  /* bytes, and so no JSON */
};

struct ctl;

/* A row of the table in umlauf.c. */
struct ctl_command {
	const char *noun;
	const char *verb; /* NULL: the noun says it all */
	int (*run_fn)(struct ctl *ctl);
	enum ctl_needs needs;
	enum ctl_answer answer;
	int least; /* number of arguments */
	int most;
	const char *arguments; /* as shown by --help */
	const char *summary;   /* translatable */
};

struct ctl {
	const struct ctl_command *command; /* borrowed */
	int argc;			   /* arguments behind the subcommand's name … */
	char **argv;  /* … from 0 on, once ctl_start has taken the options out */
	char *config; /* owned; path of the config file */
	int json;     /* truths; GOption writes them as int */
	int quiet;
	struct settings *settings; /* owned; NULL until read */
	struct store *store;	   /* owned; NULL until opened */
	int status;		   /* why ctl_start said no */
};

/*
 * Take the options out of the arguments (entries may be NULL: no own ones), check the number of
 * arguments, and prepare what the row says that it needs.  False: return ctl->status.
 */
bool ctl_start(struct ctl *ctl, const GOptionEntry *entries);

void ctl_clear(struct ctl *ctl);

/* Read the settings (each error a line on stderr); false with ctl->status set. */
bool ctl_read_settings(struct ctl *ctl);

/* Become the settings' user for good if root; false with ctl->status set. */
bool ctl_become(struct ctl *ctl);

/* Commit, ring the bell, keep the write-ahead file small. */
bool ctl_commit(struct ctl *ctl, GError **error);

/* "umlauf: …" on stderr. */
void ctl_warn(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* ctl_warn with the error's text; returns CTL_FAILED. */
int ctl_fail(const GError *error);

/* ctl_warn; returns CTL_FAILED or CTL_USAGE. */
int ctl_failed(const char *format, ...) G_GNUC_PRINTF(1, 2);
int ctl_usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* A line on stdout, unless --quiet or --json. */
void ctl_say(const struct ctl *ctl, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * The answer of what changes something: with --json an object of this one member, else the
 * sentence (unless --quiet).  Returns as ctl_done.
 */
int ctl_confirm(const struct ctl *ctl, const char *key, const char *value, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* The answer has been written: CTL_OK, or CTL_FAILED if stdout did not take all of it. */
int ctl_done(void);

/* Arguments */

/* The group of that name (or address); NULL: said on stderr, return *status. */
struct group *ctl_group_find(struct ctl *ctl, const char *name, int *status);

/* The normal form of an address; NULL: said on stderr, return *status. The caller frees. */
char *ctl_address(const char *text, int *status);

/* The person with that address; NULL: said on stderr, return *status. */
struct person *ctl_person_find(struct ctl *ctl, const char *address, int *status);

/* A Message-ID with its angle brackets, which the operator may leave out; the caller frees. */
char *ctl_msgid(const char *text);

/* Who is recorded in the audit trail: the caller of sudo, else "operator".  Borrowed. */
const char *ctl_who(void);

/* Release at the end of the block, for what has no g_autoptr. */
static inline void ctl_free_group(struct group **group)
{
	group_free(*group);
}
static inline void ctl_free_person(struct person **person)
{
	person_free(*person);
}
#define ctl_auto_group __attribute__((cleanup(ctl_free_group))) struct group
#define ctl_auto_person __attribute__((cleanup(ctl_free_person))) struct person

#endif
