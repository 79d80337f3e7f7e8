/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "net/listen.h"

enum {
	START_LIMIT_MS = 60 * 1000,
	STOP_LIMIT_MS = 12 * 1000, /* the roles promise to end within 10 s */
	PAUSE_FIRST_MS = 100,
	PAUSE_MAX_MS = 60 * 1000,
	LIVED_LONG_MS = 60 * 1000,
	FILES_BESIDE_CONNECTIONS = 256,
	EXIT_START = 71, /* EX_OSERR: could not become what it should be */
};

static void process_enter(struct process *process, enum process_state state, int64_t limit_ms)
{
	process->state = state;
	process->since = clock_now();
	process->deadline_ms = limit_ms < 0 ? INT64_MAX : clock_monotonic_ms() + limit_ms;
}

static void process_hang_up(struct process *process)
{
	if (process->ready_fd >= 0)
		close(process->ready_fd);
	process->ready_fd = -1;
}

struct process *process_new(const struct role *role)
{
	struct process *process = g_new0(struct process, 1);

	process->role = role;
	process->ready_fd = -1;
	process->pause_ms = PAUSE_FIRST_MS;
	process_enter(process, PROCESS_WAITING, 0);
	return process;
}

void process_free(struct process *process)
{
	if (process == NULL)
		return;
	process_hang_up(process);
	g_free(process);
}

static gint compare_fds(gconstpointer a, gconstpointer b)
{
	return *(const int *)a - *(const int *)b;
}

/* Close every descriptor from 3 on that is not in `keep`. */
static void close_all_but(GArray *keep)
{
	unsigned from = STDERR_FILENO + 1;

	g_array_sort(keep, compare_fds);
	for (guint i = 0; i < keep->len; i++) {
		const unsigned fd = (unsigned)g_array_index(keep, int, i);

		if (fd > from)
			(void)close_range(from, fd - 1, 0);
		from = fd + 1;
	}
	(void)close_range(from, ~0U, 0);
}

/*
 * A terminal sends SIGINT and SIGHUP to the whole group: the supervisor alone answers to them and
 * tells the roles by SIGTERM.
 */
static void child_signals(void)
{
	sigset_t none;

	for (int number = 1; number < SIGRTMIN; number++)
		(void)signal(number, SIG_DFL);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* As many descriptors as the connections that the settings allow can need. */
static void child_limits(const struct settings *settings)
{
	const rlim_t want = (rlim_t)settings->max_connections + FILES_BESIDE_CONNECTIONS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	if (limit.rlim_max < want && geteuid() == 0)
		limit.rlim_max = want;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < want)
		log_warning("few-descriptors", log_number("wanted", want),
		    log_number("allowed", limit.rlim_cur));
}

/* The log's own connection is not among the descriptors that are kept: open it anew. */
static void child_log(const struct process *process, const struct settings *settings)
{
	closelog();
	log_open(process->role->name, false);
	log_open(process->role->name, settings->log_to_syslog);
	if (settings->log_to_syslog) /* in the background stdout is /dev/null */
		dup2(STDOUT_FILENO, STDERR_FILENO);
}

static G_GNUC_NORETURN void child_run(const struct process *process, struct settings *settings,
    GPtrArray *listeners, int ready_fd, pid_t parent)
{
	g_autoptr(GArray) keep = g_array_new(FALSE, FALSE, sizeof(int));
	g_autoptr(GError) error = NULL;

	for (guint i = 0; i < listeners->len; i++) {
		const struct listener *listener = listeners->pdata[i];

		g_array_append_val(keep, listener->fd);
	}
	g_array_append_val(keep, ready_fd);
	closelog();
	close_all_but(keep);
	child_log(process, settings);
	child_limits(settings);
	umask(027);
	if (!file_become(settings->user, &error)) {
		log_error("not-started", log_text("reason", error->message));
		_exit(EXIT_START);
	}
	/* A change of user clears this, so it comes after; the parent may be gone already. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	child_signals();
	if (getppid() != parent)
		_exit(EXIT_START);
	if (!process->role->keeps_password)
		settings_forget_password(settings);
	exit(process->role->run(settings, listeners, ready_fd));
}

bool process_start(
    struct process *process, struct settings *settings, GPtrArray *listeners, GError **error)
{
	const pid_t parent = getpid();
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(error, ERR_TEMP, "pipe: %s", g_strerror(errno));
	process->pid = fork();
	if (process->pid == 0)
		child_run(process, settings, listeners, ends[1], parent);
	close(ends[1]);
	if (process->pid < 0) {
		process->pid = 0;
		close(ends[0]);
		return err_set(error, ERR_TEMP, "fork: %s", g_strerror(errno));
	}
	process->ready_fd = ends[0];
	process->started_ms = clock_monotonic_ms();
	process_enter(process, PROCESS_STARTING, START_LIMIT_MS);
	return true;
}

bool process_hear(struct process *process)
{
	char octet;
	const bool works = read(process->ready_fd, &octet, 1) == 1;

	process_hang_up(process);
	if (works)
		process_enter(process, PROCESS_RUNNING, -1);
	return works;
}

void process_stop(struct process *process)
{
	process_hang_up(process);
	if (process->pid > 0)
		kill(process->pid, SIGTERM);
	process_enter(process, PROCESS_STOPPING, STOP_LIMIT_MS);
}

void process_kill(struct process *process)
{
	if (process->pid > 0)
		kill(process->pid, SIGKILL);
	process->deadline_ms = INT64_MAX;
}

void process_rest(struct process *process)
{
	const int64_t lived_ms = clock_monotonic_ms() - process->started_ms;

	process_hang_up(process);
	process->pid = 0;
	process->restarts++;
	if (lived_ms >= LIVED_LONG_MS)
		process->pause_ms = PAUSE_FIRST_MS;
	process_enter(process, PROCESS_WAITING, process->pause_ms);
	process->pause_ms = MIN(process->pause_ms * 2, PAUSE_MAX_MS);
}

const char *process_state_name(enum process_state state)
{
	static const char *const names[] = {
	    [PROCESS_WAITING] = "waiting",
	    [PROCESS_STARTING] = "starting",
	    [PROCESS_RUNNING] = "running",
	    [PROCESS_STOPPING] = "stopping",
	};

	return names[state];
}
