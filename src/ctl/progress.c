/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/progress.h"

#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "base/lang.h"

enum {
	TERMINAL_EVERY_MS = 200,
	LINE_EVERY_MS = 10000,
};

void ctl_progress_start(struct ctl_progress *progress, bool silent)
{
	progress->silent = silent;
	progress->terminal = isatty(STDERR_FILENO) == 1;
	progress->shown = false;
	progress->started_ms = clock_monotonic_ms();
	progress->next_ms =
	    progress->started_ms + (progress->terminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS);
}

void ctl_progress_step(struct ctl_progress *progress, int64_t done, int64_t part, int64_t whole)
{
	int64_t now;
	int64_t rate;

	if (progress->silent)
		return;
	now = clock_monotonic_ms();
	if (now < progress->next_ms)
		return;
	rate = done * 1000 / MAX(now - progress->started_ms, 1);
	progress->next_ms = now + (progress->terminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS);
	progress->shown = progress->terminal;
	if (progress->terminal)
		fputc('\r', stderr);
	fprintf(stderr, _("%lld done, %lld a second"), (long long)done, (long long)rate);
	if (whole > 0)
		fprintf(stderr, ", %d %%", (int)((double)part * 100 / (double)whole));
	fputs(progress->terminal ? "\033[K" : "\n", stderr);
}

void ctl_progress_end(struct ctl_progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
