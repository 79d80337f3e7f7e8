/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/bell.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"

/*
 * The address of a socket in the folder.  A path beyond the 107 octets of an address goes by
 * way of the folder's open descriptor.  False if the name alone is too long.
 */
static bool make_address(
    const char *folder, int folder_fd, const char *name, struct sockaddr_un *address)
{
	const int room = (int)sizeof(address->sun_path);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (g_snprintf(address->sun_path, (gulong)room, "%s/%s", folder, name) < room)
		return true;
	return g_snprintf(address->sun_path, (gulong)room, "/proc/self/fd/%d/%s", folder_fd, name) <
	       room;
}

static char *own_name(const char *role)
{
	return g_strdup_printf("%s.%ld", role, (long)getpid());
}

static int open_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Bind a new socket; -1 on error, errno set. */
static int bind_socket(const char *folder, int folder_fd, const char *name)
{
	const int fd = open_socket();
	struct sockaddr_un address;
	int reason = ENAMETOOLONG;

	if (fd < 0)
		return -1;
	unlinkat(folder_fd, name, 0); /* of a process that had this number and died */
	if (make_address(folder, folder_fd, name, &address)) {
		if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
		reason = errno;
	}
	close(fd);
	errno = reason;
	return -1;
}

int bell_open(const char *runtime_dir, const char *role, GError **error)
{
	g_autofree char *folder = g_build_filename(runtime_dir, "bell", NULL);
	g_autofree char *name = own_name(role);
	int folder_fd;
	int fd = -1;

	if (!file_make_folder(folder, error))
		return -1;
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder_fd >= 0)
		fd = bind_socket(folder, folder_fd, name);
	if (fd < 0)
		err_set(error, ERR_TEMP, "%s/%s: %s", folder, name, g_strerror(errno));
	if (folder_fd >= 0)
		close(folder_fd);
	return fd;
}

void bell_answer(int fd)
{
	char ring;
	ssize_t size;

	do {
		size = recv(fd, &ring, sizeof(ring), MSG_DONTWAIT);
	} while (size >= 0 || errno == EINTR);
}

void bell_close(int fd, const char *runtime_dir, const char *role)
{
	g_autofree char *name = own_name(role);
	g_autofree char *path = g_build_filename(runtime_dir, "bell", name, NULL);

	if (fd < 0)
		return;
	unlink(path);
	close(fd);
}

void bell_ring(const char *runtime_dir)
{
	static int fd = -1; /* unnamed; kept for the life of the process */
	g_autofree char *path = g_build_filename(runtime_dir, "bell", NULL);
	const struct dirent *entry;
	struct sockaddr_un address;
	DIR *folder;

	if (fd < 0)
		fd = open_socket();
	if (fd < 0)
		return;
	folder = opendir(path);
	if (folder == NULL)
		return;
	for (entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
		if (*entry->d_name == '.' ||
		    !make_address(path, dirfd(folder), entry->d_name, &address))
			continue;
		if (sendto(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&address, sizeof(address)) < 0 &&
		    errno == ECONNREFUSED)
			unlinkat(dirfd(folder), entry->d_name, 0);
	}
	closedir(folder);
}
