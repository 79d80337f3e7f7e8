/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The watched Maildir: what an MTA or a person lays into new/ or cur/ becomes
 * a post and is removed; what fits no group goes to .abgewiesen with a notice.
 */
#ifndef INTAKE_MAILDIR_H
#define INTAKE_MAILDIR_H

#include <stdbool.h>

#include <event2/event.h>
#include <glib.h>

#include "article/header.h"
#include "base/settings.h"
#include "intake/batch.h"
#include "store/store.h"

struct intake_maildir;

/* Begin to watch settings->maildir; its folders are made where they lack.  NULL on error. */
struct intake_maildir *intake_maildir_start(struct event_base *base,
    const struct settings *settings, struct store *store, struct intake_batch *batch,
    GError **error);

/* Stop to look for files; what is in a batch is still removed after its commit. */
void intake_maildir_stop(struct intake_maildir *maildir);
void intake_maildir_free(struct intake_maildir *maildir);

/* Whom a message without an envelope is for. */
struct intake_targets {
	GPtrArray *groups;  /* owned; struct group *, no one twice */
	GPtrArray *errands; /* owned; struct target * of other kinds */
	int64_t answers;    /* the newest article that one of them names; 0: none */
};

/*
 * The addresses in Delivered-To, else X-Original-To, else To, else Cc, of which the first kind that
 * names one of ours counts.  Clear in any case.
 */
bool intake_maildir_targets(struct store *store, const struct settings *settings,
    const struct header *header, struct intake_targets *targets, GError **error);
bool intake_targets_are_empty(const struct intake_targets *targets);
void intake_targets_clear(struct intake_targets *targets);

#endif
