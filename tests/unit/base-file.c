/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/file.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <glib/gstdio.h>

#include "base/err.h"

/* A folder of its own for each test: *state. */
static int make_folder(void **state)
{
	*state = g_dir_make_tmp("umlauf-XXXXXX", NULL);
	return *state == NULL;
}

static int remove_folder(void **state)
{
	GDir *dir = g_dir_open(*state, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(*state, name, NULL);

		g_remove(path);
	}
	if (dir != NULL)
		g_dir_close(dir);
	g_rmdir(*state);
	g_free(*state);
	return 0;
}

static unsigned count_files(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	unsigned count = 0;

	while (g_dir_read_name(dir) != NULL)
		count++;
	return count;
}

static void reading(void **state)
{
	g_autofree char *path = g_build_filename(*state, "file", NULL);
	g_autoptr(GBytes) whole = NULL;
	g_autoptr(GError) absent = NULL;
	g_autoptr(GError) limit = NULL;
	g_autoptr(GError) folder = NULL;

	assert_null(file_read(path, 10, &absent));
	assert_int_equal(err_code(absent), ERR_ABSENT);
	assert_true(file_write(path, "ab\0cd", 5, NULL));
	whole = file_read(path, 5, NULL);
	assert_non_null(whole);
	assert_int_equal(g_bytes_get_size(whole), 5);
	assert_memory_equal(g_bytes_get_data(whole, NULL), "ab\0cd", 5);
	assert_null(file_read(path, 4, &limit));
	assert_int_equal(err_code(limit), ERR_LIMIT);
	assert_null(file_read(*state, 10, &folder));
	assert_int_equal(err_code(folder), ERR_PERM);
}

static void writing(void **state)
{
	g_autofree char *path = g_build_filename(*state, "file", NULL);
	g_autofree char *lost = g_build_filename(*state, "none", "file", NULL);
	g_autofree char *text = NULL;
	g_autoptr(GError) twice = NULL;
	g_autoptr(GError) absent = NULL;

	assert_true(file_write(path, "one", 3, NULL));
	assert_false(file_write(path, "two", 3, &twice));
	assert_int_equal(err_code(twice), ERR_PERM);
	assert_true(g_file_get_contents(path, &text, NULL, NULL));
	assert_string_equal(text, "one");
	assert_false(file_write(lost, "x", 1, &absent));
	assert_int_equal(err_code(absent), ERR_ABSENT);
	assert_int_equal(count_files(*state), 1); /* nothing half done is left */
}

static void folders(void **state)
{
	g_autofree char *upper = g_build_filename(*state, "a", NULL);
	g_autofree char *path = g_build_filename(upper, "b", NULL);
	g_autofree char *file = g_build_filename(*state, "file", NULL);

	assert_true(file_make_folder(path, NULL));
	assert_true(file_make_folder(path, NULL));
	assert_true(g_file_test(path, G_FILE_TEST_IS_DIR));
	assert_true(file_write(file, "", 0, NULL));
	assert_false(file_make_folder(file, NULL));
	g_rmdir(path);
}

static void resolving(void **state)
{
	g_autofree char *absolute = file_resolve("/etc/umlauf/umlauf.conf", "/x");
	g_autofree char *relative = file_resolve("/etc/umlauf/umlauf.conf", "run/x");

	(void)state;
	assert_string_equal(absolute, "/x");
	assert_string_equal(relative, "/etc/umlauf/run/x");
}

/* In a child, since there is no way back: 0 if all is as it should be. */
static int become_and_look(const char *user)
{
	const struct passwd *account = getpwnam(user);
	uid_t uid;

	if (account == NULL)
		return 1;
	uid = account->pw_uid;
	if (!file_become(user, NULL))
		return 2;
	if (getuid() != uid || geteuid() != uid || setuid(0) == 0)
		return 3;
	return file_become("no-such-account", NULL) ? 0 : 4; /* no effect if not root */
}

static void becoming(void **state)
{
	g_autoptr(GError) error = NULL;
	int status = 0;
	pid_t child;

	(void)state;
	assert_true(file_become("root", NULL));
	if (geteuid() != 0)
		skip();
	assert_false(file_become("no-such-account", &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	assert_int_equal(geteuid(), 0);
	child = fork();
	if (child == 0)
		_exit(become_and_look("nobody"));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(reading, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(writing, make_folder, remove_folder),
	    cmocka_unit_test_setup_teardown(folders, make_folder, remove_folder),
	    cmocka_unit_test(resolving),
	    cmocka_unit_test(becoming),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
