/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"

/* Error of the call that has just failed on the path. */
static bool fail(GError **error, const char *path)
{
	const int reason = errno;
	enum err code = ERR_TEMP;

	if (reason == ENOENT || reason == ENOTDIR)
		code = ERR_ABSENT;
	else if (reason == EACCES || reason == EPERM || reason == EROFS)
		code = ERR_DENIED;
	else if (reason == EEXIST || reason == EISDIR || reason == ENAMETOOLONG || reason == ELOOP)
		code = ERR_PERM;
	return err_set(error, code, "%s: %s", path, g_strerror(reason));
}

GBytes *file_read(const char *path, size_t limit, GError **error)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	GByteArray *whole = NULL;
	uint8_t part[16384];
	ssize_t size;

	if (fd < 0) {
		fail(error, path);
		return NULL;
	}
	whole = g_byte_array_new();
	do {
		size = read(fd, part, sizeof(part));
		if (size > 0)
			g_byte_array_append(whole, part, (guint)size);
	} while ((size > 0 && whole->len <= limit) || (size < 0 && errno == EINTR));
	if (size < 0)
		fail(error, path);
	else if (whole->len > limit)
		err_set(error, ERR_LIMIT, "%s: longer than %zu octets", path, limit);
	close(fd);
	if (size < 0 || whole->len > limit) {
		g_byte_array_unref(whole);
		return NULL;
	}
	return g_byte_array_free_to_bytes(whole);
}

static bool write_all(int fd, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size > 0) {
		const ssize_t done = write(fd, at, size);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			at += done;
			size -= (size_t)done;
		}
	}
	return true;
}

static bool write_synced(const char *path, const void *bytes, size_t size)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	bool done;
	int reason;

	if (fd < 0)
		return false;
	done = write_all(fd, bytes, size) && fsync(fd) == 0;
	reason = errno;
	close(fd);
	errno = reason;
	return done;
}

bool file_sync_folder(const char *folder)
{
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = fsync(fd) == 0 || errno == EINVAL; /* EINVAL: a file system that needs none */
	close(fd);
	return done;
}

/* Give the file its name without replacing another. */
static bool name_finally(const char *temporary, const char *path)
{
	if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS) /* file systems that can't (NFS) */
		return false;
	return link(temporary, path) == 0 && unlink(temporary) == 0;
}

bool file_write(const char *path, const void *bytes, size_t size, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *temporary =
	    g_strdup_printf("%s/.%s.%ld.tmp", folder, name, (long)getpid());

	unlink(temporary); /* of a process that had this number and died */
	if (!write_synced(temporary, bytes, size) || !name_finally(temporary, path)) {
		fail(error, path);
		unlink(temporary);
		return false;
	}
	if (!file_sync_folder(folder))
		return fail(error, folder);
	return true;
}

bool file_make_folder(const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0755) != 0)
		return fail(error, path);
	return true;
}

bool file_give_folder(const char *path, const char *user, mode_t mode, GError **error)
{
	const struct passwd *account;
	bool given;
	int fd;

	if (geteuid() != 0)
		return true;
	account = getpwnam(user);
	if (account == NULL)
		return err_set(error, ERR_ABSENT, "user %s: no such account", user);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? true : fail(error, path);
	given = fchown(fd, account->pw_uid, account->pw_gid) == 0 && fchmod(fd, mode) == 0;
	if (!given)
		fail(error, path);
	close(fd);
	return given;
}

int file_lock(const char *path, GError **error)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0) {
		err_set(error, ERR_DENIED, "%s: %s", path, g_strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	err_set(error, ERR_TEMP, "%s: another process has it", path);
	close(fd);
	return -1;
}

bool file_socket_address(const char *path, struct sockaddr_un *address, int *folder)
{
	const int room = (int)sizeof(address->sun_path);
	g_autofree char *above = NULL;
	g_autofree char *name = NULL;

	*folder = -1;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (g_snprintf(address->sun_path, (gulong)room, "%s", path) < room)
		return true;
	above = g_path_get_dirname(path);
	name = g_path_get_basename(path);
	*folder = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0)
		return false;
	if (g_snprintf(address->sun_path, (gulong)room, "/proc/self/fd/%d/%s", *folder, name) <
	    room)
		return true;
	close(*folder);
	*folder = -1;
	errno = ENAMETOOLONG;
	return false;
}

char *file_resolve(const char *beside, const char *path)
{
	g_autofree char *folder = NULL;

	if (g_path_is_absolute(path))
		return g_strdup(path);
	folder = g_path_get_dirname(beside);
	return g_build_filename(folder, path, NULL);
}

bool file_become(const char *user, GError **error)
{
	const struct passwd *account;

	if (geteuid() != 0 || strcmp(user, "root") == 0)
		return true;
	errno = 0;
	account = getpwnam(user);
	if (account == NULL && errno != 0 && errno != ENOENT && errno != ESRCH)
		return err_set(error, ERR_TEMP, "user %s: %s", user, g_strerror(errno));
	if (account == NULL)
		return err_set(error, ERR_ABSENT, "user %s: no such account", user);
	if (initgroups(user, account->pw_gid) != 0 ||
	    setresgid(account->pw_gid, account->pw_gid, account->pw_gid) != 0 ||
	    setresuid(account->pw_uid, account->pw_uid, account->pw_uid) != 0)
		return err_set(error, ERR_DENIED, "user %s: %s", user, g_strerror(errno));
	if (setuid(0) == 0 || seteuid(0) == 0)
		return err_set(error, ERR_DENIED, "user %s: could become root again", user);
	return true;
}

bool file_knows_group(const char *group)
{
	return getgrnam(group) != NULL;
}
