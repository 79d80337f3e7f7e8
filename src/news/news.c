/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/news.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/bell.h"
#include "base/log.h"
#include "net/listen.h"
#include "news/session.h"
#include "news/worker.h"

static const struct timeval ring_time = {.tv_usec = 20000}; /* from a ring to the look */

/* Taken in one go from a listener; the other workers shall have some too. */
#define ACCEPTED_MAX 16

/* For answers under way after SIGTERM, and for a rest when no descriptor is left. */
static const struct timeval farewell_time = {.tv_sec = 10};
static const struct timeval rest_time = {.tv_sec = 1};

struct news {
	struct event_base *base; /* owned, as all here */
	struct news_worker *worker;
	GPtrArray *events; /* struct event *, of listeners, bell and signals */
	guint n_listening; /* the first of them are the listeners' */
	struct event *rest;
	struct event *look;
	int bell;
};

static void stop_listening(struct news *news)
{
	for (guint i = 0; i < news->n_listening; i++)
		event_del(g_ptr_array_index(news->events, i));
}

static void on_rested(evutil_socket_t fd, short what, void *data)
{
	struct news *news = data;

	(void)fd;
	(void)what;
	for (guint i = 0; i < news->n_listening && !news->worker->closing; i++)
		event_add(g_ptr_array_index(news->events, i), NULL);
}

/* No descriptor, no memory: who stands at the door waits a second. */
static void rest(struct news *news)
{
	const char *reason = g_strerror(errno);

	log_warning("accept", log_text("error", reason),
	    log_number("connections", news->worker->n_sessions));
	stop_listening(news);
	event_add(news->rest, &rest_time);
}

static void on_connection(evutil_socket_t fd, short what, void *data)
{
	struct news *news = data;

	(void)what;
	for (unsigned i = 0; i < ACCEPTED_MAX; i++) {
		const int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client >= 0) {
			news_session_open(news->worker, client);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			   errno == ENOMEM) {
			rest(news);
			return;
		} else if (errno != ECONNABORTED && errno != EINTR) {
			return;
		}
	}
}

/* What the next command would do first is done already. */
static void on_look(evutil_socket_t fd, short what, void *data)
{
	struct news *news = data;

	(void)fd;
	(void)what;
	news_worker_look(news->worker);
	news_worker_end(news->worker);
}

/* Somebody has committed; in a burst of posts one look serves many. */
static void on_bell(evutil_socket_t fd, short what, void *data)
{
	struct news *news = data;

	(void)what;
	bell_answer(fd);
	if (!evtimer_pending(news->look, NULL))
		evtimer_add(news->look, &ring_time);
}

static void on_term(evutil_socket_t fd, short what, void *data)
{
	struct news *news = data;

	(void)fd;
	(void)what;
	if (news->worker->closing)
		return;
	stop_listening(news);
	event_base_loopexit(news->base, &farewell_time);
	news_session_leave_all(news->worker);
	if (news->worker->n_sessions == 0)
		event_base_loopexit(news->base, NULL);
}

static void add_event(struct news *news, int fd, short what, event_callback_fn fn)
{
	struct event *event = event_new(news->base, fd, (short)(what | EV_PERSIST), fn, news);

	event_add(event, NULL);
	g_ptr_array_add(news->events, event);
}

static bool start(
    struct news *news, const struct settings *settings, GPtrArray *listeners, GError **error)
{
	news->worker = news_worker_new(settings, news->base, error);
	if (news->worker == NULL)
		return false;
	for (guint i = 0; i < listeners->len; i++) {
		const struct listener *listener = g_ptr_array_index(listeners, i);

		add_event(news, listener->fd, EV_READ, on_connection);
	}
	news->n_listening = listeners->len;
	news->rest = event_new(news->base, -1, 0, on_rested, news);
	news->look = evtimer_new(news->base, on_look, news);
	add_event(news, SIGTERM, EV_SIGNAL, on_term);
	add_event(news, SIGINT, EV_SIGNAL, on_term);
	news->bell = bell_open(settings->runtime_dir, "news", error);
	if (news->bell < 0)
		return false;
	add_event(news, news->bell, EV_READ, on_bell);
	return true;
}

static void free_event(void *event)
{
	event_free(event);
}

/* Clients that have not taken their answers in time are cut off. */
static void stop(struct news *news, const struct settings *settings)
{
	while (news->worker != NULL && news->worker->sessions != NULL)
		lineconn_abort(news->worker->sessions->conn);
	g_ptr_array_unref(news->events);
	if (news->rest != NULL)
		event_free(news->rest);
	if (news->look != NULL)
		event_free(news->look);
	bell_close(news->bell, settings->runtime_dir, "news");
	news_worker_free(news->worker);
	event_base_free(news->base);
}

/* As many descriptors as we may have. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void say_ready(int fd)
{
	if (write(fd, "", 1) != 1)
		log_warning("ready", log_text("error", g_strerror(errno)));
	close(fd);
}

int news_run(const struct settings *settings, GPtrArray *listeners, int ready_fd)
{
	struct news news = {.base = event_base_new(), .bell = -1};
	g_autoptr(GError) error = NULL;
	bool started;

	log_open("news", settings->log_to_syslog);
	signal(SIGPIPE, SIG_IGN);
	raise_limit();
	news.events = g_ptr_array_new_with_free_func(free_event);
	started = start(&news, settings, listeners, &error);
	if (started) {
		say_ready(ready_fd);
		event_base_dispatch(news.base);
	} else {
		log_error("start", log_text("error", error->message));
	}
	stop(&news, settings);
	return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
