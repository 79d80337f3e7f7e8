/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the parts of `umlauf check` share: findings, each a line that says what to do.
 */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include <stdbool.h>

#include <glib.h>

#include "ctl/ctl.h"

struct ctl_check {
	struct ctl *ctl;
	GPtrArray *findings;	/* owned */
	bool was_root;		/* when the settings were read */
	bool relay_is_hopeless; /* by the words of its settings: it need not be tried */
};

/* Something will not work; something may surprise. */
void ctl_check_fail(struct ctl_check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);
void ctl_check_warn(struct ctl_check *check, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* HOST:PORT is on this machine, as far as the words tell. */
bool ctl_check_is_local(const char *address);

/* What the words of [courier] say, while we may be root. */
void ctl_check_relay_words(struct ctl_check *check);

/* Try the relay, as the daemon's user: a session is opened and left, nothing is sent. */
void ctl_check_relay(struct ctl_check *check);

#endif
