/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include <glib.h>
#include <glib/gstdio.h>

static void real_time(void **state)
{
	const int64_t start = clock_monotonic_ms();
	const int64_t before = time(NULL);
	int64_t now;

	(void)state;
	unsetenv("UMLAUF_CLOCK");
	now = clock_now();
	assert_true(now >= before && now <= before + 60);
	assert_true(clock_monotonic_ms() >= start);
}

/* The file is read anew each time; what is no number is no time.  Release builds ignore it. */
static void time_of_file(void **state)
{
	static const struct {
		const char *text;
		int64_t now; /* 0: the real time */
	} cases[] = {
	    {"1000\n", 1000}, {"2000", 2000}, {"-5\n", -5}, {"soon\n", 0}, {"", 0}, {"1x", 0}};
	g_autofree char *path = NULL;
	const int fd = g_file_open_tmp("umlauf-XXXXXX", &path, NULL);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	setenv("UMLAUF_CLOCK", path, 1);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const int64_t before = time(NULL);
		int64_t now;

		assert_true(g_file_set_contents(path, cases[i].text, -1, NULL));
		now = clock_now();
#ifdef TEST_CLOCK
		if (cases[i].now != 0)
			assert_int_equal(now, cases[i].now);
		else
			assert_true(now >= before);
#else
		assert_true(now >= before);
#endif
	}
	g_unlink(path);
	assert_true(clock_now() > 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(real_time),
	    cmocka_unit_test(time_of_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
