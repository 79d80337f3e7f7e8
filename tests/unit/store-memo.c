/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/memo.h"

#include "store-sample.h"

#include "base/clock.h"

static void set(struct sample *sample, const char *name, const char *text)
{
	sample_begin(sample);
	assert_true(memo_set(sample->store, name, text, NULL));
	sample_commit(sample);
}

static void has(struct sample *sample, const char *name, const char *text)
{
	g_autofree char *found = memo_find(sample->store, name, NULL, NULL);

	if (text)
		assert_string_equal(found, text);
	else
		assert_null(found);
}

static void test_set(void **state)
{
	struct sample *sample = *state;

	has(sample, MEMO_COURIER_HELD, NULL);
	set(sample, MEMO_COURIER_HELD, "anna");
	has(sample, MEMO_COURIER_HELD, "anna");
	has(sample, MEMO_RELAY_TROUBLE, NULL);
	set(sample, MEMO_COURIER_HELD, "");
	has(sample, MEMO_COURIER_HELD, "");
	set(sample, MEMO_COURIER_HELD, NULL);
	set(sample, MEMO_COURIER_HELD, NULL);
	has(sample, MEMO_COURIER_HELD, NULL);
}

/* The trouble goes on since its first error, whatever the later ones say. */
static void test_since(void **state)
{
	struct sample *sample = *state;
	const int64_t before = clock_now();
	int64_t first = 0;
	int64_t second = 0;
	g_autofree char *text = NULL;

	set(sample, MEMO_RELAY_TROUBLE, "refused");
	g_free(memo_find(sample->store, MEMO_RELAY_TROUBLE, &first, NULL));
	assert_in_range(first, before, clock_now());
	sample_change(sample, "UPDATE memo SET at = at - 100");
	set(sample, MEMO_RELAY_TROUBLE, "timed out");
	text = memo_find(sample->store, MEMO_RELAY_TROUBLE, &second, NULL);
	assert_string_equal(text, "timed out");
	assert_int_equal(second, first - 100);
}

static void test_prune(void **state)
{
	struct sample *sample = *state;
	const int64_t later = clock_now() + 10;

	set(sample, MEMO_UNDELIVERED "1", "x");
	set(sample, MEMO_UNDELIVERED "20", "x");
	set(sample, MEMO_COURIER_HELD, "anna");
	set(sample, "undelivere", "x");
	sample_begin(sample);
	assert_true(memo_prune(sample->store, MEMO_UNDELIVERED, later - 1000, NULL));
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM memo"), 4);
	assert_true(memo_prune(sample->store, MEMO_UNDELIVERED, later, NULL));
	sample_commit(sample);
	has(sample, MEMO_UNDELIVERED "1", NULL);
	has(sample, MEMO_UNDELIVERED "20", NULL);
	has(sample, MEMO_COURIER_HELD, "anna");
	has(sample, "undelivere", "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_set),
	    sample_test(test_since),
	    sample_test(test_prune),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
