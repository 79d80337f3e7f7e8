/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The role news: NNTP (RFC 3977) out of the store, read-only.
 */
#ifndef NEWS_NEWS_H
#define NEWS_NEWS_H

#include <glib.h>

#include "base/settings.h"

/*
 * Run one worker until SIGTERM (then: no new connection, answers under way are finished, within
 * 10 s).  listeners: array of struct listener *, shared with the other workers.  One octet is
 * written to ready_fd, which is closed, once it can answer.  Returns the process's exit status.
 */
int news_run(const struct settings *settings, GPtrArray *listeners, int ready_fd);

#endif
