/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/helpers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"

#define EACH 2 /* batches for a helper: one is worked on, one waits */

struct helper {
	pid_t pid; /* 0: there is none, its batches are done here */
	int fd;
};

struct ctl_helpers {
	void (*work_fn)(struct ctl_batch *batch, struct ctl_load *load, void *data);
	void *data;
	int limit_ms;
	struct helper *helpers; /* owned */
	unsigned n_helpers;
	struct ctl_batch **slots; /* owned, mapped */
	unsigned n_slots;
	unsigned given; /* batches so far; by its number a batch has its slot and its helper */
	unsigned taken;
	bool in_hand; /* the last one taken is still looked at */
};

/* -- batches -- */

bool ctl_batch_add(struct ctl_batch *batch, const struct ctl_entry *entry)
{
	if (batch->n == CTL_BATCH_MAX ||
	    (batch->n > 0 && batch->octets + entry->mail.size > CTL_BATCH_OCTETS))
		return false;
	batch->loads[batch->n++] = (struct ctl_load){.entry = *entry};
	batch->octets += entry->mail.size;
	return true;
}

void *ctl_batch_keep(struct ctl_batch *batch, const void *bytes, size_t size)
{
	char *at = batch->room + batch->used;

	if (size > CTL_BATCH_ROOM - batch->used)
		return NULL;
	memcpy(at, bytes, size);
	batch->used += size;
	return at;
}

static void batch_clear(struct ctl_batch *batch)
{
	/* A batch with large messages has taken many pages that the next may not need. */
	if (batch->used > CTL_BATCH_ROOM / 2)
		madvise(batch, sizeof(*batch), MADV_REMOVE);
	batch->n = 0;
	batch->done = 0;
	batch->blamed = 0;
	batch->octets = 0;
	batch->used = 0;
}

static bool is_done(const struct ctl_batch *batch)
{
	return __atomic_load_n(&batch->done, __ATOMIC_ACQUIRE) == batch->n;
}

static void work(const struct ctl_helpers *helpers, struct ctl_batch *batch)
{
	while (!is_done(batch)) {
		helpers->work_fn(batch, &batch->loads[batch->done], helpers->data);
		__atomic_store_n(&batch->done, batch->done + 1, __ATOMIC_RELEASE);
	}
}

static struct ctl_batch *batch_of(const struct ctl_helpers *helpers, unsigned number)
{
	return helpers->slots[number % helpers->n_slots];
}

static struct helper *helper_of(const struct ctl_helpers *helpers, unsigned number)
{
	return &helpers->helpers[number % helpers->n_helpers];
}

/* -- a helper's life -- */

static G_GNUC_NORETURN void child_run(const struct ctl_helpers *helpers, int fd, pid_t parent)
{
	unsigned char slot;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	while (recv(fd, &slot, 1, 0) == 1) {
		work(helpers, helpers->slots[slot]);
		if (send(fd, &slot, 1, MSG_NOSIGNAL) != 1)
			break;
	}
	/* Nothing is closed or written that belongs to the other process. */
	_exit(EXIT_SUCCESS);
}

static void start(const struct ctl_helpers *helpers, struct helper *helper)
{
	const pid_t parent = getpid();
	int ends[2];

	helper->pid = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return;
	helper->pid = fork();
	if (helper->pid == 0) {
		close(ends[0]);
		child_run(helpers, ends[1], parent);
	}
	close(ends[1]);
	helper->fd = ends[0];
	if (helper->pid < 0) {
		helper->pid = 0;
		close(ends[0]);
	}
}

static void stop(struct helper *helper)
{
	if (helper->pid == 0)
		return;
	close(helper->fd);
	kill(helper->pid, SIGKILL);
	while (waitpid(helper->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	helper->pid = 0;
}

/* -- for the owner -- */

/* Shared where there are helpers; NULL if there is no such memory. */
static struct ctl_batch *map_batch(void)
{
	void *batch = mmap(NULL, sizeof(struct ctl_batch), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return batch != MAP_FAILED ? batch : NULL;
}

static void make_slots(struct ctl_helpers *helpers, unsigned n)
{
	helpers->slots = g_new0(struct ctl_batch *, n);
	while (helpers->n_slots < n) {
		helpers->slots[helpers->n_slots] = map_batch();
		if (helpers->slots[helpers->n_slots] == NULL)
			break;
		helpers->n_slots++;
	}
	if (helpers->n_slots == 0)
		g_error("no memory for a batch"); /* as for all other memory */
}

struct ctl_helpers *ctl_helpers_start(unsigned n, int limit_ms,
    void (*work_fn)(struct ctl_batch *batch, struct ctl_load *load, void *data), void *data)
{
	struct ctl_helpers *helpers = g_new0(struct ctl_helpers, 1);

	helpers->work_fn = work_fn;
	helpers->data = data;
	helpers->limit_ms = limit_ms;
	/* The batch in hand is one more. */
	make_slots(helpers, MAX(n * EACH, 1) + 1);
	helpers->n_helpers = MAX(n, 1);
	helpers->helpers = g_new0(struct helper, helpers->n_helpers);
	for (unsigned i = 0; i < n; i++)
		start(helpers, &helpers->helpers[i]);
	return helpers;
}

void ctl_helpers_end(struct ctl_helpers *helpers)
{
	if (helpers == NULL)
		return;
	for (unsigned i = 0; i < helpers->n_helpers; i++)
		stop(&helpers->helpers[i]);
	for (unsigned i = 0; i < helpers->n_slots; i++)
		munmap(helpers->slots[i], sizeof(struct ctl_batch));
	g_free(helpers->slots);
	g_free(helpers->helpers);
	g_free(helpers);
}

/* Tell the helper of a batch.  One that is dead is found out when the batch is taken. */
static void tell(const struct ctl_helpers *helpers, unsigned number)
{
	const struct helper *helper = helper_of(helpers, number);
	const unsigned char slot = (unsigned char)(number % helpers->n_slots);

	if (helper->pid != 0)
		(void)send(helper->fd, &slot, 1, MSG_NOSIGNAL);
}

struct ctl_batch *ctl_helpers_empty(struct ctl_helpers *helpers)
{
	struct ctl_batch *batch = batch_of(helpers, helpers->given);

	if (helpers->given - helpers->taken + helpers->in_hand == helpers->n_slots)
		return NULL;
	batch_clear(batch);
	return batch;
}

void ctl_helpers_give(struct ctl_helpers *helpers, struct ctl_batch *batch)
{
	g_assert(batch == batch_of(helpers, helpers->given));
	tell(helpers, helpers->given++);
}

/* False: the helper is dead, or hangs. */
static bool wait_for(
    const struct ctl_helpers *helpers, const struct helper *helper, const struct ctl_batch *batch)
{
	unsigned seen = batch->done;

	while (true) {
		struct pollfd event = {.fd = helper->fd, .events = POLLIN};
		const int ready = poll(&event, 1, helpers->limit_ms);
		const unsigned done = __atomic_load_n(&batch->done, __ATOMIC_ACQUIRE);
		unsigned char slot;

		if (ready > 0)
			return recv(helper->fd, &slot, 1, 0) == 1;
		if (ready == 0 && done == seen)
			return false;
		seen = done;
	}
}

/* It may have been killed from outside: the message is blamed when it happens again. */
static void blame(struct ctl_batch *batch)
{
	struct ctl_load *load;

	if (is_done(batch))
		return;
	load = &batch->loads[batch->done];
	if (batch->blamed == batch->done + 1) {
		load->state = CTL_LOAD_REFUSED;
		load->why = _("reading it ends the process");
		batch->done++;
	} else {
		batch->blamed = batch->done + 1;
	}
}

/* Another helper, with all the batches that this one had. */
static void replace(struct ctl_helpers *helpers, struct helper *helper)
{
	stop(helper);
	start(helpers, helper);
	for (unsigned number = helpers->taken; number != helpers->given; number++)
		if (helper_of(helpers, number) == helper)
			tell(helpers, number);
}

struct ctl_batch *ctl_helpers_take(struct ctl_helpers *helpers)
{
	struct helper *helper = helper_of(helpers, helpers->taken);
	struct ctl_batch *batch = batch_of(helpers, helpers->taken);

	helpers->in_hand = false;
	if (helpers->taken == helpers->given)
		return NULL;
	while (helper->pid != 0 && !wait_for(helpers, helper, batch)) {
		blame(batch);
		replace(helpers, helper);
	}
	if (helper->pid == 0)
		work(helpers, batch);
	helpers->taken++;
	helpers->in_hand = true;
	return batch;
}
