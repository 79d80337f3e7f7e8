/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How far a long command is: on stderr, a line that renews itself on a terminal, else a new line
 * every ten seconds.
 */
#ifndef CTL_PROGRESS_H
#define CTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct ctl_progress {
	bool silent;
	bool terminal;
	bool shown; /* a line on the terminal is open */
	int64_t started_ms;
	int64_t next_ms;
};

void ctl_progress_start(struct ctl_progress *progress, bool silent);

/* Cheap enough for every step.  done: steps so far; part of whole (octets …; 0: not known). */
void ctl_progress_step(struct ctl_progress *progress, int64_t done, int64_t part, int64_t whole);

/* Take the open line away. */
void ctl_progress_end(struct ctl_progress *progress);

#endif
