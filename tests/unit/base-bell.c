/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/bell.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <glib/gstdio.h>

static bool has_rung(int fd)
{
	struct pollfd look = {.fd = fd, .events = POLLIN};

	return poll(&look, 1, 0) == 1;
}

static int make_folder(void **state)
{
	*state = g_dir_make_tmp("umlauf-XXXXXX", NULL);
	return *state == NULL;
}

static int remove_folder(void **state)
{
	g_autofree char *bell = g_build_filename(*state, "bell", NULL);

	g_rmdir(bell);
	assert_int_equal(g_rmdir(*state), 0);
	g_free(*state);
	return 0;
}

static void rings_all(void **state)
{
	const int news = bell_open(*state, "news", NULL);
	const int intake = bell_open(*state, "intake", NULL);

	assert_true(news >= 0 && intake >= 0);
	assert_false(has_rung(news));
	bell_ring(*state);
	bell_ring(*state);
	assert_true(has_rung(news) && has_rung(intake));
	bell_answer(news);
	assert_false(has_rung(news));
	assert_true(has_rung(intake));
	bell_answer(news); /* nothing there: does not wait */
	bell_close(news, *state, "news");
	bell_close(intake, *state, "intake");
}

/* A full queue neither holds the ringer nor loses that it has rung. */
static void never_waits(void **state)
{
	const int fd = bell_open(*state, "news", NULL);

	for (int i = 0; i < 5000; i++)
		bell_ring(*state);
	assert_true(has_rung(fd));
	bell_answer(fd);
	assert_false(has_rung(fd));
	bell_close(fd, *state, "news");
	bell_ring(*state);
	bell_ring("/nonexistent");
}

static void removes_the_dead(void **state)
{
	const int dead = bell_open(*state, "dead", NULL);
	g_autofree char *path =
	    g_strdup_printf("%s/bell/dead.%ld", (const char *)*state, (long)getpid());

	assert_true(dead >= 0);
	close(dead);
	assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
	bell_ring(*state);
	assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* A socket of the same name that a dead process left does not hinder. */
static void opens_again(void **state)
{
	int fd;

	close(bell_open(*state, "news", NULL));
	fd = bell_open(*state, "news", NULL);
	assert_true(fd >= 0);
	bell_ring(*state);
	assert_true(has_rung(fd));
	bell_close(fd, *state, "news");
}

/* Beyond the room in the address of a socket. */
static void long_path(void **state)
{
	g_autofree char *name = g_strnfill(150, 'x');
	g_autofree char *folder = g_build_filename(*state, name, NULL);
	g_autofree char *bell = g_build_filename(folder, "bell", NULL);
	const int fd = bell_open(folder, "news", NULL);

	assert_true(fd >= 0);
	bell_ring(folder);
	assert_true(has_rung(fd));
	bell_close(fd, folder, "news");
	g_rmdir(bell);
	g_rmdir(folder);
}

static void no_folder(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_int_equal(bell_open("/proc/nonexistent", "news", &error), -1);
	assert_non_null(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(rings_all, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(never_waits, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(removes_the_dead, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(opens_again, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(long_path, make_folder, remove_folder),
	    cmocka_unit_test(no_folder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/bell", tests, NULL, NULL);
}
