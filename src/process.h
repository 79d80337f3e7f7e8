/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A process of a role, seen from the supervisor: started, watched, started
 * again after a growing pause, stopped.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <glib.h>

#include "base/settings.h"
#include "role.h"

enum process_state {
	PROCESS_WAITING,  /* not there; started when its time has come */
	PROCESS_STARTING, /* has not said that it works */
	PROCESS_RUNNING,
	PROCESS_STOPPING, /* has been told to end */
};

struct process {
	const struct role *role; /* static */
	enum process_state state;
	pid_t pid;	     /* 0: there is none */
	int ready_fd;	     /* -1 unless starting */
	int64_t since;	     /* Unix seconds: in this state */
	int64_t started_ms;  /* clock_monotonic_ms */
	int64_t deadline_ms; /* when process_late must be called; INT64_MAX: never */
	int64_t pause_ms;    /* before the next start */
	int64_t restarts;
};

/* A process that waits for its first start. */
struct process *process_new(const struct role *role);

/* Forget it (a process that runs is not ended). */
void process_free(struct process *process);

/*
 * Start it as settings->user with the listeners of its role; all other descriptors but the
 * standard three are closed in it.  False where the system gives no process; it is waiting then.
 */
bool process_start(
    struct process *process, struct settings *settings, GPtrArray *listeners, GError **error);

/* Its ready_fd can be read: true if it works now, false if it only closed it (it is dying). */
bool process_hear(struct process *process);

/* Tell it to end; killed if it has not within 12 s. */
void process_stop(struct process *process);

/* Its deadline has passed and it is not waiting: kill it (the rest follows from its death). */
void process_kill(struct process *process);

/* It has died and been reaped: wait, 100 ms doubling to 60 s, anew once it has lived for 60 s. */
void process_rest(struct process *process);

/* "running" and so on; static. */
const char *process_state_name(enum process_state state);

#endif
