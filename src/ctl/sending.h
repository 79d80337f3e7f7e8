/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The part of `umlauf status` about mail that goes out: the queue, the brake, the relay, articles that
 * are set aside, how far the courier has come.
 */
#ifndef CTL_SENDING_H
#define CTL_SENDING_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"
#include "store/delivery.h"
#include "store/store.h"

struct ctl_sending {
	struct delivery_counts queue;
	char *held_by; /* owned, as all pointers; NULL: the brake is off */
	int64_t held_since;
	char *trouble; /* the relay's last error; NULL: none */
	int64_t trouble_since;
	GPtrArray *set_aside; /* as suspect_list gives them */
	GPtrArray *behind;    /* struct ctl_behind * */
};

/* A group that the courier is behind in. */
struct ctl_behind {
	char *group; /* owned */
	int64_t number;
	int64_t high;
};

/* NULL on error. */
struct ctl_sending *ctl_sending_read(struct store *store, GError **error);
void ctl_sending_free(struct ctl_sending *sending);

/* Add what needs a person (char *). */
void ctl_sending_judge(
    const struct ctl_sending *sending, const struct settings *settings, GPtrArray *needs);

/* The members queue, courier and set_aside, into an object that is open. */
void ctl_sending_append(const struct ctl_sending *sending, GString *json);

/* To stdout, for a person. */
void ctl_sending_print(const struct ctl_sending *sending, const struct settings *settings);

#endif
