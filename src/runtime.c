/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"

static bool is_in_use(const char *path)
{
	GDir *folder = g_dir_open(path, 0, NULL);
	bool in_use;

	if (folder == NULL)
		return false;
	in_use = g_dir_read_name(folder) != NULL;
	g_dir_close(folder);
	return in_use;
}

bool runtime_make_folder(const char *path, const char *user, mode_t mode, GError **error)
{
	if (is_in_use(path))
		return true;
	return file_make_folder(path, error) && file_give_folder(path, user, mode, error);
}

int runtime_lock(const char *folder, GError **error)
{
	g_autofree char *path = g_build_filename(folder, "umlaufd.lock", NULL);
	g_autoptr(GError) reason = NULL;
	const int fd = file_lock(path, &reason);

	if (fd < 0 && err_code(reason) == ERR_TEMP)
		err_set(error, ERR_TEMP, "%s: another umlaufd runs here", path);
	else if (fd < 0)
		g_propagate_error(error, g_steal_pointer(&reason));
	return fd;
}

/* In the first process: wait for the octet that says that all is ready. */
static G_GNUC_NORETURN void wait_for_start(int fd)
{
	char octet;
	ssize_t size;

	do {
		size = read(fd, &octet, 1);
	} while (size < 0 && errno == EINTR);
	_exit(size == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static bool leave_terminal(GError **error)
{
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || setsid() < 0 || chdir("/") != 0)
		return err_set(error, ERR_TEMP, "background: %s", g_strerror(errno));
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	close(null);
	return true;
}

int runtime_go_to_background(GError **error)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		err_set(error, ERR_TEMP, "pipe: %s", g_strerror(errno));
		return -1;
	}
	child = fork();
	if (child > 0) {
		close(ends[1]);
		wait_for_start(ends[0]);
	}
	close(ends[0]);
	if (child == 0 && leave_terminal(error))
		return ends[1];
	if (child < 0)
		err_set(error, ERR_TEMP, "fork: %s", g_strerror(errno));
	close(ends[1]);
	return -1;
}
