/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/helpers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	LOADS = 3000,
	HANGS_MS = 300,
};

/* What the work does to some of the loads, named by their line. */
static struct {
	size_t killing; /* 0: none, as below */
	size_t hanging;
	size_t unlucky; /* its first helper dies, of something else */
} plan;

/* Copies the line's number into the room. */
static void work(struct ctl_batch *batch, struct ctl_load *load, void *data)
{
	const size_t line = load->entry.mail.line;
	const pid_t *owner = data;

	if (line == plan.killing)
		abort();
	while (line == plan.hanging)
		pause();
	if (line == plan.unlucky && batch->blamed == 0)
		_exit(EXIT_FAILURE);
	load->bytes = ctl_batch_keep(batch, &line, sizeof(line));
	load->size = getpid() == *owner;
	load->state = load->bytes != NULL ? CTL_LOAD_MAIL : CTL_LOAD_UNREAD;
}

static void check_load(const struct ctl_load *load, size_t line, bool here)
{
	size_t read;

	assert_int_equal(load->entry.mail.line, line);
	if (line == plan.killing || line == plan.hanging) {
		assert_int_equal(load->state, CTL_LOAD_REFUSED);
		assert_non_null(load->why);
		return;
	}
	assert_int_equal(load->state, CTL_LOAD_MAIL);
	memcpy(&read, load->bytes, sizeof(read));
	assert_int_equal(read, line);
	assert_int_equal(load->size, here);
}

/* All of them come, each once, in their order. */
static void check_all(unsigned n_helpers)
{
	pid_t owner = getpid();
	struct ctl_helpers *helpers = ctl_helpers_start(n_helpers, HANGS_MS, work, &owner);
	struct ctl_entry entry = {.mail = {.line = 1, .size = 20000}};
	struct ctl_batch *batch;
	size_t next = 1;

	do {
		while (entry.mail.line <= LOADS && (batch = ctl_helpers_empty(helpers)) != NULL) {
			while (entry.mail.line <= LOADS && ctl_batch_add(batch, &entry))
				entry.mail.line++;
			ctl_helpers_give(helpers, batch);
		}
		batch = ctl_helpers_take(helpers);
		for (unsigned i = 0; batch != NULL && i < batch->n; i++)
			check_load(&batch->loads[i], next++, n_helpers == 0);
	} while (batch != NULL);
	assert_int_equal(next, LOADS + 1);
	ctl_helpers_end(helpers);
}

static void in_order(void **state)
{
	(void)state;
	for (unsigned n = 0; n <= 3; n++)
		check_all(n);
}

/* One message is the end of a helper, and of no other message. */
static void deaths(void **state)
{
	(void)state;
	plan.killing = 1500;
	check_all(2);
	plan.killing = 1;
	plan.hanging = 2;
	check_all(1);
	plan.killing = 0;
	plan.hanging = 0;
	plan.unlucky = 700;
	check_all(2);
	plan.unlucky = 0;
}

static void empty(void **state)
{
	struct ctl_helpers *helpers;

	(void)state;
	helpers = ctl_helpers_start(2, HANGS_MS, work, NULL);
	assert_null(ctl_helpers_take(helpers));
	ctl_helpers_end(helpers);
	ctl_helpers_end(NULL);
}

/* Octets and messages bound a batch; one beyond its octets stands alone. */
static void full(void **state)
{
	struct ctl_batch *batch = g_new0(struct ctl_batch, 1);
	struct ctl_entry entry = {.mail = {.size = 2 * CTL_BATCH_OCTETS}};
	char *room = g_malloc0(CTL_BATCH_ROOM);

	(void)state;
	assert_true(ctl_batch_add(batch, &entry));
	entry.mail.size = 0;
	assert_false(ctl_batch_add(batch, &(struct ctl_entry){.mail = {.size = 1}}));
	batch->octets = 0;
	while (ctl_batch_add(batch, &entry))
		continue;
	assert_int_equal(batch->n, CTL_BATCH_MAX);
	assert_non_null(ctl_batch_keep(batch, room, 1));
	assert_null(ctl_batch_keep(batch, room, CTL_BATCH_ROOM));
	assert_non_null(ctl_batch_keep(batch, room, CTL_BATCH_ROOM - 1));
	assert_null(ctl_batch_keep(batch, room, 1));
	g_free(room);
	g_free(batch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_order),
	    cmocka_unit_test(deaths),
	    cmocka_unit_test(empty),
	    cmocka_unit_test(full),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ctl/helpers", tests, NULL, NULL);
}
