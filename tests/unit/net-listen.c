/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/listen.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <glib/gstdio.h>

#include "base/err.h"
#include "base/file.h"

#define SUN_PATH_MAX 107

static char *folder;

static int set_up(void **state)
{
	(void)state;
	folder = g_dir_make_tmp("umlauf-XXXXXX", NULL);
	return folder == NULL;
}

/* Every test leaves it empty. */
static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(g_rmdir(folder), 0);
	g_free(folder);
	return 0;
}

static const struct listen_rights ours = {.mode = 0600};

static struct listener *need_listener(const char *address, const struct listen_rights *rights)
{
	g_autoptr(GError) error = NULL;
	struct listener *listener = listen_open(address, rights, &error);

	if (listener == NULL)
		fail_msg("%s", error->message);
	return listener;
}

/* No listener, for this reason; `says` is part of it, and so is the address. */
static void refuse(
    const char *address, const struct listen_rights *rights, enum err code, const char *says)
{
	g_autoptr(GError) error = NULL;

	assert_null(listen_open(address, rights, &error));
	assert_int_equal(err_code(error), code);
	assert_non_null(strstr(error->message, says));
	assert_true(g_str_has_prefix(error->message, address));
}

static unsigned mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISSOCK(status.st_mode));
	return status.st_mode & 07777;
}

/* Somebody can connect there, and is heard (behind those who have only looked and gone). */
static void check_served(const struct listener *listener)
{
	struct sockaddr_un name;
	int opened;
	int fd;
	int served;
	char octet = 0;

	assert_true(file_socket_address(listener->address, &name, &opened));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	if (opened >= 0)
		close(opened);
	assert_int_equal(send(fd, "x", 1, 0), 1);
	while (octet == 0) {
		served = accept(listener->fd, NULL, NULL);
		assert_true(served >= 0);
		assert_true(recv(served, &octet, 1, 0) >= 0);
		close(served);
	}
	assert_int_equal(octet, 'x');
	close(fd);
}

/* -- paths -- */

/* A path of so many octets: a folder in ours, made, and a socket's name. */
static char *path_of_size(size_t size, char **below)
{
	g_autofree char *x = g_strnfill(size, 'x');
	const size_t left = size - strlen(folder) - 2 - strlen("sock");

	*below = g_strdup_printf("%s/%.*s", folder, (int)left, x);
	assert_int_equal(g_mkdir(*below, 0700), 0);
	return g_build_filename(*below, "sock", NULL);
}

static void long_paths(void **state)
{
	static const size_t sizes[] = {SUN_PATH_MAX - 1, SUN_PATH_MAX, SUN_PATH_MAX + 1, 200};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autofree char *below = NULL;
		g_autofree char *path = path_of_size(sizes[i], &below);
		struct listener *listener;
		g_autofree char *name = NULL;

		print_message("# %zu\n", sizes[i]);
		assert_int_equal(strlen(path), sizes[i]);
		listener = need_listener(path, &ours);
		name = listen_name(listener);
		assert_string_equal(name, path);
		assert_int_equal(mode_of(path), 0600);
		check_served(listener);
		refuse(path, &ours, ERR_TEMP, "another process serves it");
		check_served(listener); /* it is none the worse for it, but for who was asking */
		listen_close(listener, true);
		assert_int_equal(access(path, F_OK), -1);
		assert_int_equal(g_rmdir(below), 0);
	}
}

/* A name that doesn't fit behind its open folder either. */
static void long_name(void **state)
{
	g_autofree char *x = g_strnfill(SUN_PATH_MAX, 'x');
	g_autofree char *path = g_build_filename(folder, x, NULL);

	(void)state;
	refuse(path, &ours, ERR_PERM, g_strerror(ENAMETOOLONG));
}

/* What a process left behind is replaced; what is no socket is not. */
static void what_is_there(void **state)
{
	g_autofree char *path = g_build_filename(folder, "sock", NULL);
	g_autofree char *nowhere = g_build_filename(folder, "nix", "sock", NULL);
	struct listener *listener = need_listener(path, &ours);

	(void)state;
	listen_close(listener, false);
	assert_int_equal(mode_of(path), 0600);
	listener = need_listener(path, &ours);
	check_served(listener);
	listen_close(listener, true);
	assert_true(g_file_set_contents(path, "wichtig", -1, NULL));
	refuse(path, &ours, ERR_PERM, "is not a socket");
	assert_int_equal(g_unlink(path), 0);
	refuse(nowhere, &ours, ERR_ABSENT, g_strerror(ENOENT));
}

/* -- rights -- */

static void modes(void **state)
{
	static const unsigned wanted[] = {0600, 0660, 0666, 0777};
	g_autofree char *path = g_build_filename(folder, "sock", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
		const struct listen_rights rights = {.mode = wanted[i]};
		const struct listen_rights later = {.mode = 0640};
		struct listener *listener = need_listener(path, &rights);

		assert_int_equal(mode_of(path), wanted[i]);
		assert_true(listen_set_rights(path, &later, NULL));
		assert_int_equal(mode_of(path), 0640);
		listen_close(listener, true);
	}
}

/* Group and owner: who we are may have; what the machine has not is refused, and nothing is left. */
static void owners(void **state)
{
	g_autofree char *path = g_build_filename(folder, "sock", NULL);
	const struct group *group = getgrgid(getegid());
	const struct listen_rights of_group = {
	    .mode = 0660, .group = group != NULL ? group->gr_name : NULL};
	const struct listen_rights no_group = {.mode = 0600, .group = "gibtsnicht"};
	const struct listen_rights no_owner = {.mode = 0600, .owner = "gibtsnicht"};
	const struct listen_rights nobody = {.mode = 0600, .owner = "nobody"};
	const struct passwd *account = getpwnam("nobody");
	const bool root = geteuid() == 0;
	struct listener *listener = need_listener(path, &of_group);
	struct stat status;

	(void)state;
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_gid, getegid());
	listen_close(listener, true);
	refuse(path, &no_group, ERR_PERM, "there is no group gibtsnicht");
	assert_int_equal(access(path, F_OK), -1);
	if (root)
		refuse(path, &no_owner, ERR_PERM, "there is no account gibtsnicht");
	else
		listen_close(need_listener(path, &no_owner), true);
	assert_int_equal(access(path, F_OK), -1);
	listener = need_listener(path, &nobody);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_uid, root && account != NULL ? account->pw_uid : geteuid());
	assert_int_equal(mode_of(path), 0600);
	listen_close(listener, true);
}

/* Whoever may write to the folder can put something else there: its rights stay as they are. */
static void no_socket(void **state)
{
	g_autofree char *file = g_build_filename(folder, "datei", NULL);
	g_autofree char *link = g_build_filename(folder, "verweis", NULL);
	const struct listen_rights all = {.mode = 0666};
	const char *const paths[] = {file, link, folder};
	struct stat status;

	(void)state;
	assert_true(g_file_set_contents(file, "x", -1, NULL));
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(symlink(file, link), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		g_autoptr(GError) error = NULL;

		assert_false(listen_set_rights(paths[i], &all, &error));
		assert_int_equal(err_code(error), ERR_PERM);
	}
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	g_unlink(link);
	g_unlink(file);
}

/* -- TCP -- */

static const struct {
	const char *address;
	const char *says; /* NULL: it works */
} addresses[] = {
    {"127.0.0.1:0", NULL},
    {"localhost:0", NULL},
    {"127.0.0.1", "not HOST:PORT"},
    {"127.0.0.1:", "not HOST:PORT"},
    {"::1:0", "an IPv6 address stands in [ ]"},
    {"", "not HOST:PORT"},
    {"lmtp", "not HOST:PORT"},
};

static void tcp(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
		struct listener *listener;
		struct sockaddr_storage bound;
		socklen_t size = sizeof(bound);
		g_autofree char *name = NULL;
		int fd;

		print_message("# %s\n", addresses[i].address);
		if (addresses[i].says != NULL) {
			refuse(addresses[i].address, NULL, ERR_BAD, addresses[i].says);
			continue;
		}
		listener = need_listener(addresses[i].address, NULL);
		name = listen_name(listener);
		assert_false(g_str_has_suffix(name, ":0"));
		/* A second one on that port finds it taken. */
		refuse(name, NULL, ERR_TEMP, g_strerror(EADDRINUSE));
		assert_int_equal(getsockname(listener->fd, (struct sockaddr *)&bound, &size), 0);
		fd = socket(bound.ss_family, SOCK_STREAM, 0);
		assert_int_equal(connect(fd, (struct sockaddr *)&bound, size), 0);
		close(fd);
		listen_close(listener, true);
	}
	listen_close(NULL, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(long_paths, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(long_name, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_is_there, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(modes, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(owners, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(no_socket, set_up, tear_down),
	    cmocka_unit_test(tcp),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("net/listen", tests, NULL, NULL);
}
