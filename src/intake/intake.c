/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "intake/intake.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "intake/batch.h"
#include "intake/lmtp.h"
#include "intake/maildir.h"
#include "store/store.h"

#define LEAVE_LIMIT_S 10

struct intake {
	struct event_base *base;
	struct store *store;
	struct intake_batch *batch;
	struct intake_lmtp *lmtp;
	struct intake_maildir *maildir; /* NULL: none */
	struct event *term;
	struct event *limit;
};

static void leave(void *data)
{
	struct intake *intake = data;

	event_base_loopexit(intake->base, NULL);
}

static void on_limit(evutil_socket_t fd, short what, void *data)
{
	(void)fd;
	(void)what;
	leave(data);
}

static void on_term(evutil_socket_t fd, short what, void *data)
{
	static const struct timeval limit = {.tv_sec = LEAVE_LIMIT_S};
	struct intake *intake = data;

	(void)fd;
	(void)what;
	event_del(intake->term);
	evtimer_add(intake->limit, &limit);
	if (intake->maildir)
		intake_maildir_stop(intake->maildir);
	intake_lmtp_stop(intake->lmtp, leave, intake);
}

static bool start(
    struct intake *intake, const struct settings *settings, GPtrArray *listeners, GError **error)
{
	g_autoptr(GError) without = NULL;

	intake->base = event_base_new();
	event_base_priority_init(intake->base, INTAKE_PRIORITIES);
	intake->store = store_open(settings->store, STORE_WRITE, error);
	if (!intake->store)
		return false;
	intake->batch = intake_batch_new(intake->base, intake->store, settings);
	intake->lmtp = intake_lmtp_start(
	    intake->base, settings, intake->store, intake->batch, listeners, error);
	if (!intake->lmtp)
		return false;
	if (settings->maildir) {
		intake->maildir = intake_maildir_start(
		    intake->base, settings, intake->store, intake->batch, &without);
		/* LMTP goes on all the same. */
		if (!intake->maildir)
			log_error("maildir", log_text("path", settings->maildir),
			    log_text("error", without->message));
	}
	intake->limit = evtimer_new(intake->base, on_limit, intake);
	intake->term = evsignal_new(intake->base, SIGTERM, on_term, intake);
	return evsignal_add(intake->term, NULL) == 0;
}

static void stop(struct intake *intake)
{
	/* First what is accepted already, with its answers; then the sessions. */
	intake_batch_free(intake->batch);
	intake_lmtp_free(intake->lmtp);
	intake_maildir_free(intake->maildir);
	if (intake->term)
		event_free(intake->term);
	if (intake->limit)
		event_free(intake->limit);
	store_close(intake->store);
	event_base_free(intake->base);
}

int intake_run(const struct settings *settings, GPtrArray *listeners, int ready_fd)
{
	struct intake intake = {0};
	g_autoptr(GError) error = NULL;
	bool ok;

	log_open("intake", settings->log_to_syslog);
	signal(SIGPIPE, SIG_IGN);
	ok = start(&intake, settings, listeners, &error);
	if (ok) {
		if (write(ready_fd, "", 1) != 1)
			log_warning("ready", log_text("error", "nobody waits"));
		close(ready_fd);
		event_base_dispatch(intake.base);
	} else {
		log_error("start", log_text("error", error ? error->message : "no signals"));
	}
	stop(&intake);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
