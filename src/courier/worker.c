/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>

#include "base/clock.h"
#include "base/err.h"
#include "courier/crew.h"
#include "courier/frame.h"
#include "courier/relay.h"

#define IDLE_S 20	  /* a session without mail is closed then */
#define FAILED_MS 1000	  /* how long a failure to open one stands for the next mails */
#define INPUT_SIZE 262144 /* read in one go */

struct worker {
	const struct settings *settings; /* borrowed */
	int fd;
	struct relay *relay; /* owned; NULL: no session is open */
	bool is_kept;	     /* it has been used before */
	char *trouble;	     /* owned; why none could be opened */
	int64_t trouble_until_ms;
	GByteArray *input; /* owned; octets from `at` on are not handled */
	size_t at;
	GByteArray *content; /* owned; what the mails have in common */
	GString *text;	     /* owned; of an answer */
};

static volatile sig_atomic_t leaving;

static void on_term(int number)
{
	(void)number;
	leaving = 1;
}

/* -- frames -- */

static bool say(struct worker *worker, const struct courier_frame *frame)
{
	g_autoptr(GByteArray) out = g_byte_array_sized_new((guint)(sizeof(*frame) + frame->size));
	size_t done = 0;

	g_byte_array_append(out, (const guint8 *)frame, sizeof(*frame));
	g_byte_array_append(out, (const guint8 *)worker->text->str, (guint)frame->size);
	while (done < out->len) {
		const ssize_t now =
		    send(worker->fd, out->data + done, out->len - done, MSG_NOSIGNAL);

		if (now < 0 && errno != EINTR)
			return false;
		done += now > 0 ? (size_t)now : 0;
	}
	return true;
}

/* Let what has been handled go, and read on; false: the courier is gone. */
static bool read_more(struct worker *worker)
{
	const size_t left = worker->input->len - worker->at;
	ssize_t now;

	if (worker->at > 0) /* before the first read there are no data at all */
		memmove(worker->input->data, worker->input->data + worker->at, left);
	worker->at = 0;
	g_byte_array_set_size(worker->input, (guint)(left + INPUT_SIZE));
	do {
		now = recv(worker->fd, worker->input->data + left, INPUT_SIZE, 0);
	} while (now < 0 && errno == EINTR);
	g_byte_array_set_size(worker->input, (guint)(left + (size_t)MAX(now, 0)));
	return now > 0;
}

/* The next whole frame; NULL: there is none in the input yet.  *octets: what follows its head. */
static const struct courier_frame *next_frame(
    struct worker *worker, struct courier_frame *frame, const char **octets)
{
	const size_t left = worker->input->len - worker->at;

	if (left < sizeof(*frame))
		return NULL;
	memcpy(frame, worker->input->data + worker->at, sizeof(*frame));
	if (left - sizeof(*frame) < frame->size)
		return NULL;
	*octets = (const char *)worker->input->data + worker->at + sizeof(*frame);
	worker->at += sizeof(*frame) + (size_t)frame->size;
	return frame;
}

/* -- mails -- */

static void hang_up(struct worker *worker, bool broken)
{
	relay_close(worker->relay, broken);
	worker->relay = NULL;
}

/* True if a session is open; a failure stands for a while, so that a dead relay is not beaten. */
static bool have_session(struct worker *worker)
{
	g_autoptr(GError) error = NULL;

	if (worker->relay != NULL)
		return true;
	if (leaving || (worker->trouble != NULL && clock_monotonic_ms() < worker->trouble_until_ms))
		return false;
	g_clear_pointer(&worker->trouble, g_free);
	worker->is_kept = false;
	worker->relay = relay_open(worker->settings, &error);
	if (worker->relay != NULL)
		return true;
	worker->trouble = g_strdup(error->message);
	worker->trouble_until_ms = clock_monotonic_ms() + FAILED_MS;
	return false;
}

/* False: no session could be opened, *answer says nothing. */
static bool hand_over(
    struct worker *worker, const struct relay_mail *mail, struct relay_answer *answer)
{
	bool was_kept;

	/* Relays end a session that was idle, or has had enough: then the mail goes by a new one. */
	do {
		if (!have_session(worker))
			return false;
		was_kept = worker->is_kept;
		worker->is_kept = true;
		relay_send(worker->relay, mail, answer);
		if (answer->broken)
			hang_up(worker, true);
	} while (answer->gone && was_kept);
	return true;
}

/* The mail of a frame; *answer, where it was tried. */
static enum courier_try try_mail(struct worker *worker, const struct courier_frame *frame,
    const char *octets, struct relay_answer *answer)
{
	const size_t envelope = (size_t)frame->sizes[0] + frame->sizes[1];
	g_autofree char *sender = g_strndup(octets, frame->sizes[0]);
	g_autofree char *recipient = g_strndup(octets + frame->sizes[0], frame->sizes[1]);
	const struct relay_mail mail = {
	    .sender = sender,
	    .recipient = recipient,
	    .head = octets + envelope,
	    .head_size = (size_t)frame->size - envelope,
	    .rest = worker->content->len > 0 ? (const char *)worker->content->data : "",
	    .rest_size = worker->content->len,
	};

	if (!leaving && hand_over(worker, &mail, answer))
		return COURIER_TRIED;
	g_string_assign(worker->text, leaving ? "the courier is leaving" : worker->trouble);
	return leaving ? COURIER_UNTOUCHED : COURIER_NO_SESSION;
}

static bool take_mail(struct worker *worker, const struct courier_frame *frame, const char *octets)
{
	struct relay_answer answer = {.end = RELAY_TEMP, .text = worker->text};
	struct courier_frame reply = {.kind = COURIER_ANSWER, .id = frame->id};

	reply.tried = try_mail(worker, frame, octets, &answer);
	reply.end = answer.end;
	reply.code = answer.code;
	reply.size = worker->text->len;
	return say(worker, &reply);
}

static bool take_frame(struct worker *worker, const struct courier_frame *frame, const char *octets)
{
	if (frame->kind == COURIER_MAIL)
		return take_mail(worker, frame, octets);
	g_byte_array_set_size(worker->content, 0);
	g_byte_array_append(worker->content, (const guint8 *)octets, (guint)frame->size);
	return true;
}

/*
 * Wait for the courier or SIGTERM, which is let in here alone: none is missed between the look at
 * `leaving` and the wait.  Without mail for a while the session with the relay ends.
 */
static bool wait_for_mail(struct worker *worker)
{
	static const struct timespec idle = {.tv_sec = IDLE_S};
	struct pollfd fd = {.fd = worker->fd, .events = POLLIN};
	sigset_t term;
	sigset_t before;
	int ready = -1;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	if (!leaving)
		ready = ppoll(&fd, 1, worker->relay != NULL ? &idle : NULL, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (ready == 0)
		hang_up(worker, false);
	return ready > 0;
}

int courier_worker_run(const struct settings *settings, int fd)
{
	struct worker worker = {
	    .settings = settings,
	    .fd = fd,
	    .input = g_byte_array_new(),
	    .content = g_byte_array_new(),
	    .text = g_string_new(NULL),
	};
	const struct sigaction term = {.sa_handler = on_term};
	struct courier_frame frame;
	const char *octets;
	bool goes_on = true;

	sigaction(SIGTERM, &term, NULL);
	while (goes_on) {
		if (next_frame(&worker, &frame, &octets) != NULL) {
			goes_on = take_frame(&worker, &frame, octets);
		} else {
			goes_on = wait_for_mail(&worker) ? read_more(&worker) : !leaving;
		}
	}
	relay_close(worker.relay, false);
	g_free(worker.trouble);
	g_byte_array_unref(worker.input);
	g_byte_array_unref(worker.content);
	g_string_free(worker.text, TRUE);
	return EXIT_SUCCESS;
}
