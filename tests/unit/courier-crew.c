/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/crew.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <glib/gstdio.h>

#include "base/clock.h"
#include "base/file.h"

#define LIMIT_MS (INT64_C(20) * 1000)

/* A crew, its relay, and what has been answered. */
struct yard {
	char *folder; /* owned, as all of these */
	char *relay;
	struct event_base *base;
	struct courier_crew *crew;
	GArray *replies; /* struct courier_reply, without text */
	int silent;	 /* a socket where nobody answers; -1: the relay is a folder */
	struct settings settings;
};

static void on_reply(const struct courier_reply *reply, void *data)
{
	struct yard *yard = data;
	struct courier_reply copy = *reply;

	assert_non_null(reply->text);
	copy.text = NULL;
	g_array_append_val(yard->replies, copy);
}

/* A relay that can be connected to, and says nothing. */
static int listen_silent(const char *path)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	int folder;

	assert_true(file_socket_address(path, &address, &folder));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static struct yard *yard_new(bool silent, int64_t workers, int64_t timeout_ms)
{
	struct yard *yard = g_new0(struct yard, 1);
	static char domain[] = "listen.example";

	yard->folder = g_dir_make_tmp("umlauf-crew-XXXXXX", NULL);
	assert_non_null(yard->folder);
	yard->relay = g_strconcat(silent ? "lmtp:" : "maildir:", yard->folder, "/box", NULL);
	yard->silent = silent ? listen_silent(strchr(yard->relay, '/')) : -1;
	yard->settings.relay = yard->relay;
	yard->settings.domain = domain;
	yard->settings.courier_workers = workers;
	yard->settings.relay_timeout_ms = timeout_ms;
	yard->replies = g_array_new(FALSE, FALSE, sizeof(struct courier_reply));
	yard->base = event_base_new();
	yard->crew = courier_crew_new(yard->base, &yard->settings, on_reply, yard);
	return yard;
}

static void remove_all(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *inner = g_build_filename(path, name, NULL);

		remove_all(inner);
	}
	if (dir != NULL)
		g_dir_close(dir);
	g_remove(path);
}

static void yard_free(struct yard *yard)
{
	courier_crew_free(yard->crew);
	event_base_free(yard->base);
	if (yard->silent >= 0)
		close(yard->silent);
	remove_all(yard->folder);
	g_array_unref(yard->replies);
	g_free(yard->folder);
	g_free(yard->relay);
	g_free(yard);
}

static void give(struct yard *yard, int64_t id, GBytes *content)
{
	g_autofree char *head = g_strdup_printf("X-Id: %d\r\n", (int)id);
	const struct courier_load load = {
	    .id = id,
	    .sender = "bounce@listen.example",
	    .recipient = "m@mitglied.example",
	    .head = head,
	    .head_size = strlen(head),
	    .content = content,
	};

	assert_true(courier_crew_room(yard->crew) > 0);
	courier_crew_give(yard->crew, &load);
}

static void give_many(struct yard *yard, int64_t first, int64_t last)
{
	static const char text[] = "Subject: x\r\n\r\nHallo\r\n";
	g_autoptr(GBytes) content = g_bytes_new_static(text, strlen(text));

	for (int64_t id = first; id <= last; id++)
		give(yard, id, content);
}

/* Let the loop turn until so many are answered. */
static void await(struct yard *yard, guint count)
{
	const int64_t limit_ms = clock_monotonic_ms() + LIMIT_MS;

	while (yard->replies->len < count && clock_monotonic_ms() < limit_ms) {
		const struct timeval turn = {.tv_usec = 20000};

		event_base_loopexit(yard->base, &turn);
		event_base_dispatch(yard->base);
	}
	assert_int_equal(yard->replies->len, count);
	assert_int_equal(courier_crew_busy(yard->crew), 0);
}

static const struct courier_reply *reply_at(const struct yard *yard, guint at)
{
	return &g_array_index(yard->replies, struct courier_reply, at);
}

static void assert_reply(
    const struct yard *yard, guint at, int64_t id, enum courier_try tried, enum relay_end end)
{
	const struct courier_reply *reply = reply_at(yard, at);

	if (reply->id != id || reply->tried != tried ||
	    (tried == COURIER_TRIED && reply->end != end))
		fail_msg("reply %u: id %d, tried %d, end %d", at, (int)reply->id, (int)reply->tried,
		    (int)reply->end);
}

/* Our only child; 0: there is none, or it is dead already. */
static pid_t worker(void)
{
	g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", (int)getpid());
	g_autofree char *text = NULL;

	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return (pid_t)atoi(text);
}

static void kill_worker(int number)
{
	const pid_t pid = worker();
	siginfo_t info;

	assert_true(pid > 0);
	assert_int_equal(kill(pid, number), 0);
	/* Dead, but for the crew to reap. */
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static guint files(const struct yard *yard)
{
	g_autofree char *path = g_build_filename(yard->folder, "box", "new", NULL);
	GDir *dir = g_dir_open(path, 0, NULL);
	guint count = 0;

	while (dir != NULL && g_dir_read_name(dir) != NULL)
		count++;
	if (dir != NULL)
		g_dir_close(dir);
	return count;
}

/* A short nap until so many mails have been written. */
static void await_files(const struct yard *yard, guint count)
{
	const int64_t limit_ms = clock_monotonic_ms() + LIMIT_MS;

	while (files(yard) < count && clock_monotonic_ms() < limit_ms)
		g_usleep(2000);
	assert_int_equal(files(yard), count);
}

/* -- what is given is answered -- */

static void in_order(void **state)
{
	struct yard *yard = yard_new(false, 1, 1000);

	(void)state;
	assert_int_equal(courier_crew_room(yard->crew), 16);
	for (int64_t first = 1; first <= 64; first += 16) {
		give_many(yard, first, first + 15);
		assert_int_equal(courier_crew_room(yard->crew), 0);
		assert_int_equal(courier_crew_busy(yard->crew), 16);
		await(yard, (guint)first + 15);
	}
	for (guint i = 0; i < 64; i++)
		assert_reply(yard, i, i + 1, COURIER_TRIED, RELAY_SENT);
	assert_int_equal(files(yard), 64);
	yard_free(yard);
}

/* Several workers share the loads evenly; each has what its mails have in common. */
static void shared(void **state)
{
	struct yard *yard = yard_new(false, 3, 1000);
	bool seen[49] = {false};

	(void)state;
	assert_int_equal(courier_crew_room(yard->crew), 48);
	for (int64_t id = 1; id <= 48; id++) {
		/* Beyond what a socket holds, and another one for each third mail. */
		g_autofree char *text = g_strnfill(400000, (char)('a' + id / 3));
		g_autoptr(GBytes) content = g_bytes_new(text, strlen(text));

		give(yard, id, content);
	}
	await(yard, 48);
	for (guint i = 0; i < 48; i++) {
		const int64_t id = reply_at(yard, i)->id;

		assert_in_range(id, 1, 48);
		assert_false(seen[id]);
		seen[id] = true;
		assert_reply(yard, i, id, COURIER_TRIED, RELAY_SENT);
	}
	assert_int_equal(files(yard), 48);
	yard_free(yard);
}

/* A relay that can't be reached: nothing was tried. */
static void no_session(void **state)
{
	struct yard *yard = yard_new(false, 1, 1000);
	g_autofree char *box = g_build_filename(yard->folder, "box", NULL);

	(void)state;
	assert_true(g_file_set_contents(box, "", 0, NULL));
	give_many(yard, 1, 5);
	await(yard, 5);
	for (guint i = 0; i < 5; i++)
		assert_reply(yard, i, i + 1, COURIER_NO_SESSION, 0);
	yard_free(yard);
}

/* -- the end of a worker -- */

/* The first of what a killed worker had is in doubt, the others were not touched. */
static void killed(void **state)
{
	struct yard *yard = yard_new(true, 1, 60000);

	(void)state;
	give_many(yard, 1, 16);
	kill_worker(SIGKILL);
	await(yard, 16);
	assert_reply(yard, 0, 1, COURIER_TRIED, RELAY_UNKNOWN);
	for (guint i = 1; i < 16; i++)
		assert_reply(yard, i, i + 1, COURIER_UNTOUCHED, 0);
	/* It rests before another takes its place. */
	assert_int_equal(courier_crew_room(yard->crew), 0);
	yard_free(yard);
}

/* What it had said before counts, also where its death is seen first, by writing to it. */
static void heard(void **state)
{
	struct yard *yard = yard_new(false, 1, 1000);

	(void)state;
	give_many(yard, 1, 8);
	event_base_loop(yard->base, EVLOOP_ONCE);
	await_files(yard, 8);
	kill_worker(SIGKILL);
	give_many(yard, 9, 12);
	await(yard, 12);
	for (guint i = 0; i < 8; i++) {
		/* It may have been killed between the last mail and its answer. */
		if (i == 7 && reply_at(yard, i)->end == RELAY_UNKNOWN)
			continue;
		assert_reply(yard, i, i + 1, COURIER_TRIED, RELAY_SENT);
	}
	for (guint i = 9; i < 12; i++)
		assert_reply(yard, i, i + 1, COURIER_UNTOUCHED, 0);
	yard_free(yard);
}

/* One that is told to end has answered all that it touched; another takes its place. */
static void told_to_end(void **state)
{
	struct yard *yard = yard_new(false, 1, 1000);
	const int64_t limit_ms = clock_monotonic_ms() + LIMIT_MS;

	(void)state;
	give_many(yard, 1, 3);
	await(yard, 3);
	kill_worker(SIGTERM);
	give_many(yard, 4, 6);
	await(yard, 6);
	for (guint i = 3; i < 6; i++)
		assert_reply(yard, i, i + 1, COURIER_UNTOUCHED, 0);
	while (courier_crew_room(yard->crew) == 0 && clock_monotonic_ms() < limit_ms)
		g_usleep(10000);
	give_many(yard, 4, 6);
	await(yard, 9);
	for (guint i = 6; i < 9; i++)
		assert_reply(yard, i, i - 2, COURIER_TRIED, RELAY_SENT);
	yard_free(yard);
}

/* -- leaving -- */

/* What waits for a session, and all behind it, comes back; then the worker ends. */
static void leave(void **state)
{
	struct yard *yard = yard_new(true, 1, 60000);
	int end;

	(void)state;
	give_many(yard, 1, 10);
	event_base_loop(yard->base, EVLOOP_ONCE);
	/* It is at the first one when it has come to the door. */
	end = accept(yard->silent, NULL, NULL);
	courier_crew_leave(yard->crew);
	close(end);
	await(yard, 10);
	for (guint i = 0; i < 10; i++)
		assert_reply(yard, i, i + 1, COURIER_UNTOUCHED, 0);
	yard_free(yard);
}

/* A relay that hangs is not waited for: of what it was given nobody knows. */
static void break_off(void **state)
{
	struct yard *yard = yard_new(true, 2, 60000);
	unsigned counts[COURIER_TRIED + 1] = {0};
	int ends[2];

	(void)state;
	give_many(yard, 1, 10);
	event_base_loop(yard->base, EVLOOP_ONCE);
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		ends[i] = accept(yard->silent, NULL, NULL);
	courier_crew_leave(yard->crew);
	courier_crew_break(yard->crew);
	await(yard, 10);
	for (guint i = 0; i < 10; i++) {
		const struct courier_reply *reply = reply_at(yard, i);

		counts[reply->tried]++;
		assert_true(reply->tried == COURIER_UNTOUCHED || reply->end == RELAY_UNKNOWN);
	}
	assert_int_equal(counts[COURIER_TRIED], 2);
	assert_int_equal(counts[COURIER_UNTOUCHED], 8);
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		close(ends[i]);
	yard_free(yard);
}

/* Nobody hears of loads any more: their workers do not go on with them. */
static void freed_while_busy(void **state)
{
	struct yard *yard = yard_new(true, 3, 60000);
	const int64_t begin_ms = clock_monotonic_ms();

	(void)state;
	give_many(yard, 1, 20);
	event_base_loop(yard->base, EVLOOP_ONCE);
	yard_free(yard);
	assert_true(clock_monotonic_ms() - begin_ms < 30000);
	assert_int_equal(worker(), 0);
	courier_crew_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_order),
	    cmocka_unit_test(shared),
	    cmocka_unit_test(no_session),
	    cmocka_unit_test(killed),
	    cmocka_unit_test(heard),
	    cmocka_unit_test(told_to_end),
	    cmocka_unit_test(leave),
	    cmocka_unit_test(break_off),
	    cmocka_unit_test(freed_while_busy),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
