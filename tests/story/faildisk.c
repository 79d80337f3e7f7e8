/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Preloaded into umlaufd by 54-courier.py: while the file that FAILDISK_FLAG names is there, nothing
 * can be written to a write-ahead file of SQLite, as on a full disk.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_full(int fd)
{
	const char *flag = getenv("FAILDISK_FLAG");
	char link[64];
	char path[4096];
	ssize_t size;

	if (!flag || access(flag, F_OK) != 0)
		return 0;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	size = readlink(link, path, sizeof(path));
	return size > 4 && memcmp(path + size - 4, "-wal", 4) == 0;
}

ssize_t write(int fd, const void *octets, size_t size)
{
	ssize_t (*real)(int, const void *, size_t);

	if (is_full(fd)) {
		errno = ENOSPC;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "write");
	return real(fd, octets, size);
}

static ssize_t write_at(const char *name, int fd, const void *octets, size_t size, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t);

	if (is_full(fd)) {
		errno = ENOSPC;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, name);
	return real(fd, octets, size, at);
}

ssize_t pwrite(int fd, const void *octets, size_t size, off_t at)
{
	return write_at("pwrite64", fd, octets, size, at);
}

ssize_t pwrite64(int fd, const void *octets, size_t size, off64_t at)
{
	return write_at("pwrite64", fd, octets, size, at);
}
