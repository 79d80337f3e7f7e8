/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One newsreader's connection: which group and article it stands at, and the
 * long answer that it is taking, if any.
 */
#ifndef NEWS_SESSION_H
#define NEWS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "net/lineconn.h"
#include "news/range.h"
#include "news/worker.h"

/* As much is appended to a long answer in one go, roughly. */
#define NEWS_SESSION_PIECE ((size_t)256 * 1024)

struct news_job;
struct news_post;

/* Thousands of these are idle: small. */
struct news_session {
	struct lineconn *conn;	    /* borrowed; it closes the session */
	struct news_worker *worker; /* borrowed */
	struct news_session *next;  /* in worker->sessions */
	struct news_session *previous;
	const char *address;	/* borrowed from worker->peers */
	struct news_job *job;	/* owned; the answer under way, else NULL */
	struct news_post *post; /* borrowed; what it posts, until it is answered */
	int64_t group;		/* id of the selected one; 0: none */
	int64_t current;	/* article number; 0: invalid (RFC 3977 section 6.1.1) */
};

enum news_step {
	NEWS_STEP_DONE,
	NEWS_STEP_MORE,	  /* call again */
	NEWS_STEP_FAILED, /* the store; it has been logged */
};

/* A multi-line answer, made in steps. */
struct news_job {
	/* Append lines until out->len >= job->full or all is said; found counts them. */
	enum news_step (*step_fn)(struct news_session *session, struct news_job *job, GString *out);
	const char *empty;	 /* the reply if nothing was found; NULL: an empty list is right */
	struct news_range range; /* numbers that are still to come */
	int64_t group;		 /* whose numbers */
	int64_t found;
	size_t full;
	void *data;		/* owned; what else step_fn needs, or NULL */
	GDestroyNotify free_fn; /* for data */
};

/*
 * Greet a client on a connected socket and serve it from then on; with too many of them, say so.
 * Takes the fd in any case.  False: refused, and closed.
 */
bool news_session_open(struct news_worker *worker, int fd);

/*
 * The process is going down: take leave of all clients.  Answers under way are finished; each
 * session is closed when its client has taken what was said.
 */
void news_session_leave_all(struct news_worker *worker);

/* -- for the handlers of commands -- */

/* Append a reply line; CRLF is added. */
void news_session_say(struct news_session *session, const char *line);

/* Outside a turn, for a session that is paused: answer by this line, and go on. */
void news_session_resume(struct news_session *session, const char *line);

/* 403, and the log: the store failed. */
void news_session_fail(struct news_session *session, const GError *error);

/* The selected group; NULL: none, or it is not visible any more. */
const struct group *news_session_group(const struct news_session *session);

/*
 * Answer by `status` (with its CRLF), the job's lines, and the dot.  The job is copied, its data
 * taken in any case.
 */
void news_session_list(
    struct news_session *session, const char *status, const struct news_job *job);

#endif
