/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "generation.h"
#include "net/listen.h"
#include "notify.h"
#include "port.h"
#include "process.h"
#include "role.h"
#include "runtime.h"

enum {
	OLD_ROLES_LIMIT_MS = 12 * 1000, /* for the roles of a killed supervisor to end */
	OLD_ROLES_STEP_MS = 100,
	POLL_LIMIT_MS = 60 * 1000,
};

struct supervisor {
	const struct supervisor_options *options; /* borrowed from the caller */
	const struct role **roles;		  /* owned */
	struct generation *current;		  /* NULL before the first is ready */
	struct generation *next;		  /* being started; NULL: none */
	GPtrArray *leaving;			  /* of struct process *, owned: told to end */
	char *runtime_dir;			  /* owned */
	char *status_path;			  /* owned */
	int lock_fd;				  /* -1: not locked */
	int signal_fd;
	int parent_fd; /* of the process that waits until we are ready; -1: none */
	bool stopping;
	bool reload_asked; /* SIGHUP came while the next generation was being started */
	bool changed;	   /* the status file is old */
	int exit_status;
};

/* -- the status file -- */

static void append_process(GString *text, const struct process *process)
{
	g_string_append_printf(text,
	    "role=%s pid=%ld state=%s since=%" G_GINT64_FORMAT " restarts=%" G_GINT64_FORMAT "\n",
	    process->role->name, (long)process->pid, process_state_name(process->state),
	    process->since, process->restarts);
}

static void append_ports(GString *text, GPtrArray *ports)
{
	for (guint i = 0; i < ports->len; i++) {
		const struct port *port = ports->pdata[i];
		g_autofree char *address = listen_name(port->listener);

		g_string_append_printf(text, "listen=%s address=%s\n", port->role->name, address);
	}
}

/* All processes, for walking over while the lists change: array of borrowed, the caller unrefs. */
static GPtrArray *all_processes(const struct supervisor *supervisor)
{
	GPtrArray *all = g_ptr_array_new();

	if (supervisor->current != NULL)
		g_ptr_array_extend(all, supervisor->current->processes, NULL, NULL);
	if (supervisor->next != NULL)
		g_ptr_array_extend(all, supervisor->next->processes, NULL, NULL);
	g_ptr_array_extend(all, supervisor->leaving, NULL, NULL);
	return all;
}

static void write_status(struct supervisor *supervisor, int64_t started)
{
	g_autoptr(GPtrArray) all = all_processes(supervisor);
	g_autoptr(GError) error = NULL;
	GString *text = g_string_new(NULL);

	g_string_append_printf(text,
	    "role=supervisor pid=%ld state=%s since=%" G_GINT64_FORMAT " restarts=0\n",
	    (long)getpid(), supervisor->stopping ? "stopping" : "running", started);
	for (guint i = 0; i < all->len; i++)
		append_process(text, all->pdata[i]);
	if (supervisor->current != NULL)
		append_ports(text, supervisor->current->ports);
	if (!g_file_set_contents_full(supervisor->status_path, text->str, (gssize)text->len,
		G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error))
		log_warning("status", log_text("reason", error->message));
	g_string_free(text, TRUE);
	supervisor->changed = false;
}

/* -- from one generation to the next -- */

static void free_process(gpointer process)
{
	process_free(process);
}

/* Tell all processes of a generation to end, and give up its ports. */
static void leave(struct supervisor *supervisor, struct generation *generation)
{
	if (generation == NULL)
		return;
	while (generation->processes->len > 0) {
		struct process *process = g_ptr_array_steal_index(generation->processes, 0);

		if (process->pid > 0) {
			process_stop(process);
			g_ptr_array_add(supervisor->leaving, process);
		} else {
			process_free(process);
		}
	}
	generation_free(generation);
	supervisor->changed = true;
}

static void stop(struct supervisor *supervisor)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	notify_send("STOPPING=1");
	leave(supervisor, g_steal_pointer(&supervisor->next));
	leave(supervisor, g_steal_pointer(&supervisor->current));
	supervisor->changed = true;
}

/* The next generation could not start: the current one stays; without one, that is the end. */
static void give_up_next(struct supervisor *supervisor, const char *reason)
{
	log_error("not-started", log_text("reason", reason));
	if (supervisor->current == NULL && supervisor->next->settings->log_to_syslog)
		fprintf(stderr, "umlaufd: %s\n", reason);
	leave(supervisor, g_steal_pointer(&supervisor->next));
	if (supervisor->current != NULL) {
		notify_send("READY=1");
		return;
	}
	supervisor->exit_status = EXIT_FAILURE;
	stop(supervisor);
}

/* Open, migrate, start: what the settings ask for becomes the next generation. */
static void begin_next(struct supervisor *supervisor, struct settings *settings)
{
	struct generation *next = generation_new(settings, supervisor->roles);
	g_autoptr(GError) error = NULL;

	supervisor->next = next;
	supervisor->changed = true;
	if (!generation_open(next, supervisor->roles, supervisor->current, &error)) {
		give_up_next(supervisor, error->message);
		return;
	}
	for (guint i = 0; i < next->processes->len; i++) {
		if (!generation_start(next, next->processes->pdata[i], &error)) {
			give_up_next(supervisor, error->message);
			return;
		}
	}
}

/* To whoever started us.  A log in syslog needs stderr no more; stdout is /dev/null by then. */
static void announce(struct supervisor *supervisor)
{
	fputs("umlaufd: ready\n", stderr);
	if (supervisor->options->foreground)
		return;
	if (supervisor->current->settings->log_to_syslog)
		dup2(STDOUT_FILENO, STDERR_FILENO);
	if (write(supervisor->parent_fd, "", 1) != 1)
		log_warning("start", log_text("reason", "nobody waited for it"));
	close(supervisor->parent_fd);
	supervisor->parent_fd = -1;
}

/* All of the next generation work: the old one goes. */
static void adopt_next(struct supervisor *supervisor, int64_t started)
{
	struct generation *old = supervisor->current;

	supervisor->current = g_steal_pointer(&supervisor->next);
	leave(supervisor, old);
	log_notice("ready", log_number("processes", supervisor->current->processes->len));
	write_status(supervisor, started);
	if (old == NULL)
		announce(supervisor);
	notify_send("READY=1");
}

static void log_lines(GPtrArray *lines, const GError *error)
{
	for (guint i = 0; lines != NULL && i < lines->len; i++)
		log_error("settings", log_text("line", lines->pdata[i]));
	if (lines == NULL || lines->len == 0)
		log_error("settings", log_text("line", error->message));
}

static void reload(struct supervisor *supervisor)
{
	g_autoptr(GPtrArray) lines = NULL;
	g_autoptr(GError) error = NULL;
	struct settings *settings;

	supervisor->reload_asked = false;
	settings = settings_read(supervisor->options->file, &lines, &error);
	if (settings == NULL) {
		log_lines(lines, error);
		return;
	}
	if (strcmp(settings->runtime_dir, supervisor->runtime_dir) != 0) {
		log_error("settings", log_text("line", "runtime-dir needs a new start"));
		settings_free(settings);
		return;
	}
	log_notice("reload", log_text("file", supervisor->options->file));
	notify_reloading();
	begin_next(supervisor, settings);
}

/* -- what happens -- */

static void log_death(const struct process *process, int status)
{
	const bool killed = WIFSIGNALED(status);

	log_error("died", log_text("of", process->role->name), log_number("pid", process->pid),
	    log_text("by", killed ? "signal" : "exit"),
	    log_number("status", killed ? WTERMSIG(status) : WEXITSTATUS(status)),
	    log_text("while", process_state_name(process->state)));
}

static void died(struct supervisor *supervisor, struct process *process, int status)
{
	supervisor->changed = true;
	if (process->state == PROCESS_STOPPING) {
		if (WIFSIGNALED(status) && WTERMSIG(status) != SIGTERM)
			log_death(process, status);
		g_ptr_array_remove(supervisor->leaving, process);
		return;
	}
	log_death(process, status);
	process_rest(process);
	if (supervisor->next != NULL && generation_has(supervisor->next, process))
		give_up_next(supervisor, "a role ended before all were ready");
}

static void reap(struct supervisor *supervisor)
{
	int status = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		g_autoptr(GPtrArray) all = all_processes(supervisor);

		for (guint i = 0; i < all->len; i++) {
			struct process *process = all->pdata[i];

			if (process->pid == pid) {
				died(supervisor, process, status);
				break;
			}
		}
	}
}

static void take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			continue; /* reaped at each turn */
		if (info.ssi_signo == SIGHUP)
			supervisor->reload_asked = true;
		else
			stop(supervisor);
	}
}

static void hear(struct supervisor *supervisor, struct process *process)
{
	supervisor->changed = true;
	if (process_hear(process) && process->restarts > 0)
		log_notice("restarted", log_text("of", process->role->name),
		    log_number("pid", process->pid), log_number("restarts", process->restarts));
}

/* Only processes of the current generation wait: the next one is given up if any does. */
static void start_again(struct supervisor *supervisor, struct process *process)
{
	g_autoptr(GError) error = NULL;

	if (!generation_start(supervisor->current, process, &error))
		log_error("not-started", log_text("of", process->role->name),
		    log_text("reason", error->message));
}

static void take_deadlines(struct supervisor *supervisor)
{
	g_autoptr(GPtrArray) all = all_processes(supervisor);
	const int64_t now_ms = clock_monotonic_ms();

	for (guint i = 0; i < all->len; i++) {
		struct process *process = all->pdata[i];

		if (process->deadline_ms > now_ms)
			continue;
		supervisor->changed = true;
		if (process->state == PROCESS_WAITING)
			start_again(supervisor, process);
		else
			process_kill(process);
	}
}

/* Milliseconds until the next deadline, for poll. */
static int time_left_ms(GPtrArray *all)
{
	int64_t deadline_ms = INT64_MAX;
	int64_t left_ms;

	for (guint i = 0; i < all->len; i++) {
		const struct process *process = all->pdata[i];

		deadline_ms = MIN(deadline_ms, process->deadline_ms);
	}
	if (deadline_ms == INT64_MAX)
		return -1;
	left_ms = deadline_ms - clock_monotonic_ms();
	return (int)CLAMP(left_ms, 0, POLL_LIMIT_MS);
}

/* Sleep until a signal, an octet from a starting process, or a deadline. */
static void wait_for_something(struct supervisor *supervisor)
{
	g_autoptr(GPtrArray) all = all_processes(supervisor);
	g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
	struct pollfd fd = {.fd = supervisor->signal_fd, .events = POLLIN};

	g_array_append_val(fds, fd);
	for (guint i = 0; i < all->len; i++) {
		const struct process *process = all->pdata[i];

		fd.fd = process->ready_fd; /* poll passes over -1 */
		g_array_append_val(fds, fd);
	}
	if (poll((struct pollfd *)(void *)fds->data, fds->len, time_left_ms(all)) <= 0)
		return;
	for (guint i = 0; i < all->len; i++) {
		if (g_array_index(fds, struct pollfd, i + 1).revents != 0)
			hear(supervisor, all->pdata[i]);
	}
}

static void turn(struct supervisor *supervisor, int64_t started)
{
	wait_for_something(supervisor);
	take_signals(supervisor);
	reap(supervisor);
	take_deadlines(supervisor);
	if (supervisor->next != NULL && generation_is_ready(supervisor->next))
		adopt_next(supervisor, started);
	if (supervisor->reload_asked && supervisor->next == NULL && !supervisor->stopping)
		reload(supervisor);
	if (supervisor->changed)
		write_status(supervisor, started);
}

/* -- beginning and end -- */

static void supervisor_clear(struct supervisor *supervisor)
{
	generation_free(supervisor->next);
	generation_free(supervisor->current);
	g_ptr_array_unref(supervisor->leaving);
	g_free(supervisor->roles);
	g_free(supervisor->runtime_dir);
	g_free(supervisor->status_path);
	if (supervisor->signal_fd >= 0)
		close(supervisor->signal_fd);
	if (supervisor->parent_fd >= 0)
		close(supervisor->parent_fd);
	if (supervisor->lock_fd >= 0)
		close(supervisor->lock_fd);
}

static int open_signals(void)
{
	sigset_t set;

	(void)signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/*
 * A status file that is still there was left by a supervisor that was killed: its roles end by
 * themselves, but may hold the addresses for some seconds yet.
 */
static void wait_for_old_roles(struct supervisor *supervisor, const struct settings *settings)
{
	const int64_t limit_ms = clock_monotonic_ms() + OLD_ROLES_LIMIT_MS;

	while (g_file_test(supervisor->status_path, G_FILE_TEST_EXISTS) &&
	       clock_monotonic_ms() < limit_ms) {
		g_autoptr(GPtrArray) ports = port_open_all(settings, supervisor->roles, NULL, NULL);

		if (ports != NULL)
			return;
		g_usleep((gulong)OLD_ROLES_STEP_MS * 1000);
	}
}

static bool prepare(struct supervisor *supervisor, const struct settings *settings, GError **error)
{
	umask(022);
	if (!runtime_make_folder(settings->runtime_dir, settings->user, 0755, error))
		return false;
	supervisor->lock_fd = runtime_lock(settings->runtime_dir, error);
	if (supervisor->lock_fd < 0)
		return false;
	wait_for_old_roles(supervisor, settings);
	supervisor->signal_fd = open_signals();
	if (supervisor->signal_fd < 0)
		return err_set(error, ERR_TEMP, "signalfd: %s", g_strerror(errno));
	if (strcmp(settings->user, "root") == 0)
		log_warning("root", log_text("reason", "user = root: the roles keep all rights"));
	if (!supervisor->options->foreground)
		supervisor->parent_fd = runtime_go_to_background(error);
	return supervisor->options->foreground || supervisor->parent_fd >= 0;
}

int supervisor_run(struct settings *settings, const struct supervisor_options *options)
{
	struct supervisor supervisor = {.options = options,
	    .roles = role_chosen(options->roles),
	    .leaving = g_ptr_array_new_with_free_func(free_process),
	    .runtime_dir = g_strdup(settings->runtime_dir),
	    .status_path = g_build_filename(settings->runtime_dir, "umlaufd.status", NULL),
	    .lock_fd = -1,
	    .signal_fd = -1,
	    .parent_fd = -1};
	const int64_t started = clock_now();
	g_autoptr(GError) error = NULL;

	if (!prepare(&supervisor, settings, &error)) {
		fprintf(stderr, "umlaufd: %s\n", error->message);
		settings_free(settings);
		supervisor_clear(&supervisor);
		return EXIT_FAILURE;
	}
	begin_next(&supervisor, settings);
	while (!supervisor.stopping || supervisor.leaving->len > 0)
		turn(&supervisor, started);
	log_notice("stopped", log_number("status", supervisor.exit_status));
	unlink(supervisor.status_path);
	supervisor_clear(&supervisor);
	return supervisor.exit_status;
}
