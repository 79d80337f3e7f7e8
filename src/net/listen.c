/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"

#define BACKLOG 1024

static bool is_path(const char *address)
{
	return address[0] == '/';
}

/* Error of the call that has just failed. */
static bool fail(GError **error, const char *address)
{
	const int reason = errno;
	enum err code = ERR_TEMP;

	if (reason == EACCES || reason == EPERM)
		code = ERR_DENIED;
	else if (reason == ENOENT || reason == ENOTDIR)
		code = ERR_ABSENT;
	else if (reason == EADDRNOTAVAIL || reason == EROFS || reason == ENAMETOOLONG)
		code = ERR_PERM;
	return err_set(error, code, "%s: %s", address, g_strerror(reason));
}

/* "HOST:PORT", "[V6]:PORT"; HOST may be empty or "*" for all addresses. */
static bool split(const char *address, char **host, const char **port, GError **error)
{
	const char *colon = strrchr(address, ':');
	size_t size;

	if (colon == NULL || colon[1] == '\0')
		return err_set(error, ERR_BAD, "%s: not HOST:PORT or an absolute path", address);
	*port = colon + 1;
	size = (size_t)(colon - address);
	if (size >= 2 && address[0] == '[' && colon[-1] == ']')
		*host = g_strndup(address + 1, size - 2);
	else if (memchr(address, ':', size) != NULL)
		return err_set(error, ERR_BAD, "%s: an IPv6 address stands in [ ]", address);
	else
		*host = g_strndup(address, size);
	if (**host == '\0' || strcmp(*host, "*") == 0)
		g_clear_pointer(host, g_free);
	return true;
}

/* A listening socket on one address; -1 with errno. */
static int open_one(const struct addrinfo *info)
{
	const int on = 1;
	const int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int reason;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (info->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	reason = errno;
	close(fd);
	errno = reason;
	return -1;
}

static int open_tcp(const char *address, GError **error)
{
	const struct addrinfo hints = {
	    .ai_flags = AI_PASSIVE, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	g_autofree char *host = NULL;
	const char *port = NULL;
	struct addrinfo *found;
	int fd = -1;
	int failed;

	if (!split(address, &host, &port, error))
		return -1;
	failed = getaddrinfo(host, port, &hints, &found);
	if (failed != 0) {
		err_set(error, failed == EAI_AGAIN ? ERR_TEMP : ERR_PERM, "%s: %s", address,
		    gai_strerror(failed));
		return -1;
	}
	for (const struct addrinfo *info = found; info != NULL && fd < 0; info = info->ai_next)
		fd = open_one(info);
	if (fd < 0)
		fail(error, address);
	freeaddrinfo(found);
	return fd;
}

/* Remove a socket that a process has left behind; one that is served stays. */
static bool clear_path(const char *path, const struct sockaddr_un *name, GError **error)
{
	struct stat status;
	int fd;
	int reason = 0;

	if (lstat(path, &status) < 0)
		return errno == ENOENT ? true : fail(error, path);
	if (!S_ISSOCK(status.st_mode))
		return err_set(error, ERR_PERM, "%s: is there and is not a socket", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(error, path);
	if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) < 0)
		reason = errno;
	close(fd);
	if (reason == ENOENT)
		return true;
	if (reason != ECONNREFUSED)
		return err_set(error, ERR_TEMP, "%s: another process serves it", path);
	return unlink(path) == 0 || errno == ENOENT ? true : fail(error, path);
}

/* By its descriptor: whoever may write to the folder could put a link to another file in its place. */
static bool give(int fd, const char *path, unsigned mode, uid_t owner, gid_t group, GError **error)
{
	g_autofree char *name = g_strdup_printf("/proc/self/fd/%d", fd);
	struct stat status;

	if (fstat(fd, &status) < 0)
		return fail(error, path);
	if (!S_ISSOCK(status.st_mode))
		return err_set(error, ERR_PERM, "%s: is there and is not a socket", path);
	if ((owner != (uid_t)-1 || group != (gid_t)-1) &&
	    fchownat(fd, "", owner, group, AT_EMPTY_PATH) < 0)
		return fail(error, path);
	return chmod(name, mode) == 0 ? true : fail(error, path);
}

static bool set_rights(
    const char *path, const struct listen_rights *rights, uid_t owner, gid_t group, GError **error)
{
	const int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool given;

	if (fd < 0)
		return fail(error, path);
	given = give(fd, path, rights->mode, owner, group, error);
	close(fd);
	return given;
}

bool listen_set_rights(const char *path, const struct listen_rights *rights, GError **error)
{
	const struct group *group = rights->group != NULL ? getgrnam(rights->group) : NULL;
	const struct passwd *owner = NULL;

	if (rights->group != NULL && group == NULL)
		return err_set(error, ERR_PERM, "%s: there is no group %s", path, rights->group);
	if (rights->owner != NULL && geteuid() == 0) {
		owner = getpwnam(rights->owner);
		if (owner == NULL)
			return err_set(
			    error, ERR_PERM, "%s: there is no account %s", path, rights->owner);
	}
	return set_rights(path, rights, owner != NULL ? owner->pw_uid : (uid_t)-1,
	    group != NULL ? group->gr_gid : (gid_t)-1, error);
}

static bool bind_path(int fd, const char *path, const struct sockaddr_un *name, GError **error)
{
	const mode_t mask = umask(0177);
	const int bound = bind(fd, (const struct sockaddr *)name, sizeof(*name));

	umask(mask);
	return bound == 0 ? true : fail(error, path);
}

static int open_named(const char *path, const struct sockaddr_un *name,
    const struct listen_rights *rights, GError **error)
{
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		fail(error, path);
		return -1;
	}
	if (bind_path(fd, path, name, error)) {
		/* Who may connect, before anybody can. */
		if (listen_set_rights(path, rights, error)) {
			if (listen(fd, BACKLOG) == 0)
				return fd;
			fail(error, path);
		}
		unlink(path);
	}
	close(fd);
	return -1;
}

static int open_unix(const char *path, const struct listen_rights *rights, GError **error)
{
	struct sockaddr_un name;
	int folder;
	int fd = -1;

	if (!file_socket_address(path, &name, &folder)) {
		fail(error, path);
		return -1;
	}
	if (clear_path(path, &name, error))
		fd = open_named(path, &name, rights, error);
	if (folder >= 0)
		close(folder);
	return fd;
}

struct listener *listen_open(
    const char *address, const struct listen_rights *rights, GError **error)
{
	const int fd =
	    is_path(address) ? open_unix(address, rights, error) : open_tcp(address, error);
	struct listener *listener;

	if (fd < 0)
		return NULL;
	listener = g_new0(struct listener, 1);
	listener->address = g_strdup(address);
	listener->fd = fd;
	return listener;
}

char *listen_name(const struct listener *listener)
{
	struct sockaddr_storage name = {0};
	socklen_t size = sizeof(name);
	char host[NI_MAXHOST];
	char port[NI_MAXSERV];

	if (is_path(listener->address))
		return g_strdup(listener->address);
	if (getsockname(listener->fd, (struct sockaddr *)&name, &size) < 0 ||
	    getnameinfo((const struct sockaddr *)&name, size, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return g_strdup(listener->address);
	return g_strdup_printf(name.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

void listen_close(struct listener *listener, bool remove)
{
	if (listener == NULL)
		return;
	close(listener->fd);
	if (remove && is_path(listener->address))
		unlink(listener->address);
	g_free(listener->address);
	g_free(listener);
}
