/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/crew.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "courier/frame.h"
#include "courier/worker.h"

#define PORTION 16			 /* loads that a worker has at once */
#define TEXT_MAX 2048			 /* of an answer; what is longer is no worker of ours */
#define END_LIMIT_MS (INT64_C(2) * 1000) /* for workers without loads to end */
#define END_STEP_US 5000
#define REST_MS 1000 /* before a dead one is replaced */

struct member {
	struct courier_crew *crew; /* borrowed */
	pid_t pid;		   /* 0: there is none */
	struct bufferevent *wire;  /* owned; NULL likewise */
	GQueue loads;		   /* ids (int64_t *, owned) in the order of sending */
	GBytes *content;	   /* owned; the last one that it got */
	int64_t rest_until_ms;	   /* a dead one is not replaced before */
};

struct courier_crew {
	struct event_base *base;	 /* borrowed */
	const struct settings *settings; /* borrowed */
	void (*reply_fn)(const struct courier_reply *reply, void *data);
	void *data;
	struct member *members; /* owned */
	unsigned n_members;
};

/* -- a worker's life -- */

static G_GNUC_NORETURN void child_run(const struct settings *settings, int fd, pid_t parent)
{
	const int keep = 3;
	sigset_t none;

	/* Mails that nobody would mark any more must not go out. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* Not the store, not the bell: only the socket to the courier. */
	if (fd != keep && dup2(fd, keep) < 0)
		_exit(EXIT_FAILURE);
	(void)close_range((unsigned)keep + 1, ~0U, 0);
	_exit(courier_worker_run(settings, keep));
}

static void on_readable(struct bufferevent *wire, void *data);
static void on_event(struct bufferevent *wire, short what, void *data);

static void start(struct member *member)
{
	const pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
		log_error("worker", log_text("error", g_strerror(errno)));
		return;
	}
	member->pid = fork();
	if (member->pid == 0)
		child_run(member->crew->settings, ends[1], parent);
	close(ends[1]);
	if (member->pid < 0) {
		log_error("worker", log_text("error", g_strerror(errno)));
		member->pid = 0;
		close(ends[0]);
		return;
	}
	evutil_make_socket_nonblocking(ends[0]);
	member->wire = bufferevent_socket_new(member->crew->base, ends[0], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(member->wire, on_readable, NULL, on_event, member);
	bufferevent_enable(member->wire, EV_READ | EV_WRITE);
}

/* What a dead worker has not answered.  in_hand: the first of it may have gone out. */
static void give_back(struct member *member, bool in_hand)
{
	GQueue loads = member->loads;
	bool first = in_hand;

	g_queue_init(&member->loads);
	while (!g_queue_is_empty(&loads)) {
		g_autofree int64_t *id = g_queue_pop_head(&loads);
		const struct courier_reply reply = {
		    .id = *id,
		    .tried = first ? COURIER_TRIED : COURIER_UNTOUCHED,
		    .end = RELAY_UNKNOWN,
		    .text = "there was no worker, or it died",
		};

		first = false;
		member->crew->reply_fn(&reply, member->crew->data);
	}
}

/* -- frames -- */

static bool is_answer(struct member *member, const struct courier_frame *frame)
{
	const int64_t *id = g_queue_peek_head(&member->loads);

	return frame->kind == COURIER_ANSWER && frame->size <= TEXT_MAX && id != NULL &&
	       *id == frame->id && frame->end <= RELAY_UNKNOWN && frame->tried <= COURIER_TRIED;
}

static void take_answer(struct member *member, const struct courier_frame *frame, const char *text)
{
	g_autofree int64_t *id = g_queue_pop_head(&member->loads);
	const struct courier_reply reply = {
	    .id = *id,
	    .tried = (enum courier_try)frame->tried,
	    .end = (enum relay_end)frame->end,
	    .code = frame->code,
	    .text = text,
	};

	member->crew->reply_fn(&reply, member->crew->data);
}

/* Take all whole frames; false: there is something else among them. */
static bool take_answers(struct member *member, struct evbuffer *in)
{
	struct courier_frame frame;

	while (evbuffer_copyout(in, &frame, sizeof(frame)) == (ssize_t)sizeof(frame)) {
		char text[TEXT_MAX + 1] = "";

		if (!is_answer(member, &frame))
			return false;
		if (evbuffer_get_length(in) < sizeof(frame) + frame.size)
			return true;
		evbuffer_drain(in, sizeof(frame));
		evbuffer_remove(in, text, (size_t)frame.size);
		/* The callback may give more to this worker, but never frees the crew. */
		take_answer(member, &frame, text);
	}
	return true;
}

/* What a dead worker had said counts, also where it was not read before its death was seen. */
static void hear_out(struct member *member, struct bufferevent *wire)
{
	struct evbuffer *heard = evbuffer_new();

	evbuffer_add_buffer(heard, bufferevent_get_input(wire));
	while (evbuffer_read(heard, bufferevent_getfd(wire), -1) > 0)
		continue;
	take_answers(member, heard);
	evbuffer_free(heard);
}

static void bury(struct member *member)
{
	struct bufferevent *wire = g_steal_pointer(&member->wire);
	const pid_t pid = member->pid;
	int status = 0;

	/* From here on nothing is given to it. */
	member->pid = 0;
	member->rest_until_ms = clock_monotonic_ms() + REST_MS;
	g_clear_pointer(&member->content, g_bytes_unref);
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	hear_out(member, wire);
	bufferevent_free(wire);
	if (status != 0)
		log_warning("worker-died", log_number("pid", pid), log_number("status", status),
		    log_number("loads", member->loads.length));
	give_back(member, status != 0);
}

/* Its end of the socket is closed: it is dead, or about to be. */
static void on_event(struct bufferevent *wire, short what, void *data)
{
	(void)wire;
	(void)what;
	bury(data);
}

static void on_readable(struct bufferevent *wire, void *data)
{
	struct member *member = data;

	if (take_answers(member, bufferevent_get_input(wire)))
		return;
	log_error("worker-lies", log_number("pid", member->pid));
	bury(member);
}

static void unref_bytes(const void *octets, size_t size, void *bytes)
{
	(void)octets;
	(void)size;
	g_bytes_unref(bytes);
}

/* The mails' common part, unless the worker has it: by reference, not copied. */
static void send_content(struct member *member, GBytes *content)
{
	struct evbuffer *out = bufferevent_get_output(member->wire);
	size_t size = 0;
	const void *octets = g_bytes_get_data(content, &size);
	const struct courier_frame frame = {.kind = COURIER_CONTENT, .size = size};

	if (member->content == content)
		return;
	g_clear_pointer(&member->content, g_bytes_unref);
	member->content = g_bytes_ref(content);
	evbuffer_add(out, &frame, sizeof(frame));
	if (size > 0)
		evbuffer_add_reference(out, octets, size, unref_bytes, g_bytes_ref(content));
}

/* -- for the courier -- */

struct courier_crew *courier_crew_new(struct event_base *base, const struct settings *settings,
    void (*reply_fn)(const struct courier_reply *reply, void *data), void *data)
{
	struct courier_crew *crew = g_new0(struct courier_crew, 1);

	crew->base = base;
	crew->settings = settings;
	crew->reply_fn = reply_fn;
	crew->data = data;
	crew->n_members = (unsigned)settings->courier_workers;
	crew->members = g_new0(struct member, crew->n_members);
	for (unsigned i = 0; i < crew->n_members; i++) {
		crew->members[i].crew = crew;
		g_queue_init(&crew->members[i].loads);
	}
	return crew;
}

/* Workers are started when there is something to do for them. */
static bool is_usable(const struct member *member)
{
	return member->wire != NULL || clock_monotonic_ms() >= member->rest_until_ms;
}

unsigned courier_crew_room(const struct courier_crew *crew)
{
	unsigned room = 0;

	for (unsigned i = 0; i < crew->n_members; i++)
		if (is_usable(&crew->members[i]))
			room += PORTION - MIN(crew->members[i].loads.length, PORTION);
	return room;
}

unsigned courier_crew_busy(const struct courier_crew *crew)
{
	unsigned busy = 0;

	for (unsigned i = 0; i < crew->n_members; i++)
		busy += crew->members[i].loads.length;
	return busy;
}

/* The one with least to do; one that has the content already is worth a start. */
static struct member *choose(const struct courier_crew *crew)
{
	struct member *best = NULL;

	for (unsigned i = 0; i < crew->n_members; i++) {
		struct member *member = &crew->members[i];

		if (member->loads.length < PORTION && is_usable(member) &&
		    (best == NULL || member->loads.length < best->loads.length))
			best = member;
	}
	return best;
}

void courier_crew_give(struct courier_crew *crew, const struct courier_load *load)
{
	struct member *member = choose(crew);
	struct courier_frame frame = {.kind = COURIER_MAIL, .id = load->id};
	struct evbuffer *out;

	g_assert(member != NULL);
	g_queue_push_tail(&member->loads, g_memdup2(&load->id, sizeof(load->id)));
	if (member->wire == NULL)
		start(member);
	if (member->wire == NULL) {
		member->rest_until_ms = clock_monotonic_ms() + REST_MS;
		give_back(member, false);
		return;
	}
	send_content(member, load->content);
	frame.sizes[0] = (uint32_t)strlen(load->sender);
	frame.sizes[1] = (uint32_t)strlen(load->recipient);
	frame.size = (uint64_t)frame.sizes[0] + frame.sizes[1] + load->head_size;
	out = bufferevent_get_output(member->wire);
	evbuffer_add(out, &frame, sizeof(frame));
	evbuffer_add(out, load->sender, frame.sizes[0]);
	evbuffer_add(out, load->recipient, frame.sizes[1]);
	evbuffer_add(out, load->head, load->head_size);
}

void courier_crew_leave(struct courier_crew *crew)
{
	for (unsigned i = 0; i < crew->n_members; i++)
		if (crew->members[i].pid > 0)
			kill(crew->members[i].pid, SIGTERM);
}

void courier_crew_break(struct courier_crew *crew)
{
	for (unsigned i = 0; i < crew->n_members; i++)
		if (crew->members[i].pid > 0 && crew->members[i].loads.length > 0)
			kill(crew->members[i].pid, SIGKILL);
}

/* True if none is left; those that have ended are reaped. */
static bool are_gone(struct courier_crew *crew)
{
	bool gone = true;

	for (unsigned i = 0; i < crew->n_members; i++) {
		struct member *member = &crew->members[i];

		if (member->pid > 0 && waitpid(member->pid, NULL, WNOHANG) == member->pid)
			member->pid = 0;
		gone = gone && member->pid == 0;
	}
	return gone;
}

/*
 * The end of its socket ends a worker when the mail in its hand is done.  bufferevent_free() alone
 * would close it in a later turn of the loop, and there is none any more.
 */
static void dismiss(struct member *member)
{
	if (member->wire == NULL)
		return;
	(void)shutdown(bufferevent_getfd(member->wire), SHUT_RDWR);
	g_clear_pointer(&member->wire, bufferevent_free);
}

void courier_crew_free(struct courier_crew *crew)
{
	const int64_t limit_ms = clock_monotonic_ms() + END_LIMIT_MS;

	if (crew == NULL)
		return;
	courier_crew_leave(crew);
	courier_crew_break(crew);
	for (unsigned i = 0; i < crew->n_members; i++)
		dismiss(&crew->members[i]);
	while (!are_gone(crew) && clock_monotonic_ms() < limit_ms)
		g_usleep(END_STEP_US);
	for (unsigned i = 0; i < crew->n_members; i++) {
		struct member *member = &crew->members[i];

		if (member->pid > 0 && kill(member->pid, SIGKILL) == 0) {
			log_warning("worker-killed", log_number("pid", member->pid));
			waitpid(member->pid, NULL, 0);
		}
		g_clear_pointer(&member->content, g_bytes_unref);
		g_queue_clear_full(&member->loads, g_free);
	}
	g_free(crew->members);
	g_free(crew);
}
