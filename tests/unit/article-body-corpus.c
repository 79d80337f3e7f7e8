/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Mails of tests/corpus/text as a person reads them: NAME.text stands beside NAME.eml.
 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib.h>

#include "corpus.h"
#include "reading.h"

#define SAMPLES_MIN 50

static bool judge(const struct corpus_sample *sample, void *data)
{
	g_autofree char *text = reading_of(sample->wire, sample->size, LANG_DE);

	(void)data;
	return corpus_equal(sample, text);
}

static void test_corpus(void **state)
{
	(void)state;
	corpus_each("text", "text", SAMPLES_MIN, judge, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_corpus)};

	lang_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/body, samples", tests, NULL, NULL);
}
