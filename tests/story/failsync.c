/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Preloaded into umlaufd by 50-durability.py: while the file that FAILSYNC_FLAG names is there, no
 * sync succeeds, as on a broken disk.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int sync_or_fail(const char *name, int fd)
{
	const char *flag = getenv("FAILSYNC_FLAG");
	int (*real)(int);

	if (flag && access(flag, F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, name);
	return real(fd);
}

int fdatasync(int fd)
{
	return sync_or_fail("fdatasync", fd);
}

int fsync(int fd)
{
	return sync_or_fail("fsync", fd);
}
