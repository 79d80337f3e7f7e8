/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/suspect.h"

#include "store-sample.h"

static int64_t note(struct sample *sample, const char *consumer, int64_t article)
{
	int64_t tries;

	sample_begin(sample);
	tries = suspect_note(sample->store, consumer, article, NULL);
	sample_commit(sample);
	return tries;
}

static void test_set_aside(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GPtrArray) list = NULL;
	int64_t a, b;

	assert_int_equal(sample_post(sample, bau, "Message-ID: <a@x.example>\n"), VERDICT_PLACED);
	assert_int_equal(sample_post(sample, bau, "Message-ID: <b@x.example>\n"), VERDICT_PLACED);
	a = sample_id(sample, "<a@x.example>");
	b = sample_id(sample, "<b@x.example>");
	for (int64_t i = 0; i < SUSPECT_TRIES; i++) {
		g_autoptr(GPtrArray) none = suspect_list(sample->store, NULL);

		assert_int_equal(none->len, 0);
		assert_int_equal(note(sample, "courier", a), i);
	}
	/* It is told from now on, and no further try is counted. */
	assert_int_equal(note(sample, "courier", a), SUSPECT_TRIES);
	assert_int_equal(note(sample, "courier", a), SUSPECT_TRIES);
	/* Another article, another consumer: not concerned. */
	assert_int_equal(note(sample, "courier", b), 0);
	assert_int_equal(note(sample, "digest", a), 0);
	list = suspect_list(sample->store, NULL);
	assert_int_equal(list->len, 1);
	assert_string_equal(list->pdata[0], "courier <a@x.example>");
}

static void test_clear(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	int64_t a;

	assert_int_equal(sample_post(sample, bau, "Message-ID: <a@x.example>\n"), VERDICT_PLACED);
	a = sample_id(sample, "<a@x.example>");
	for (int i = 0; i < 2 * SUSPECT_TRIES; i++) {
		assert_int_equal(note(sample, "courier", a), 0);
		sample_begin(sample);
		assert_true(suspect_clear(sample->store, "digest", a, NULL));
		assert_true(suspect_clear(sample->store, "courier", a, NULL));
		sample_commit(sample);
	}
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM suspect"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_set_aside),
	    sample_test(test_clear),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
