/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Listening sockets, opened before privileges go and handed to the roles.
 */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <stdbool.h>

#include <glib.h>

struct listener {
	char
	    *address; /* owned; as the settings name it: HOST:PORT, [V6]:PORT or an absolute PATH */
	int fd;	      /* non-blocking, close on exec */
};

/* Who may connect to a unix socket. */
struct listen_rights {
	unsigned mode;
	const char *group; /* NULL: as it is */
	const char *owner; /* NULL: as it is; takes effect where we are root */
};

/*
 * Open a TCP socket (HOST may be a name, port 0 lets the kernel choose) or a unix socket.  Where
 * PATH is a socket that nobody serves it is replaced; a served one is ERR_TEMP.  rights: may be
 * NULL for TCP.  A PATH too long for a socket's address is reached by its open folder.  NULL on error.
 */
struct listener *listen_open(
    const char *address, const struct listen_rights *rights, GError **error);

/*
 * Set the rights of a unix socket that stays open while the settings change.
 * What is no socket is ERR_PERM and left alone: the folder may belong to somebody we don't trust.
 */
bool listen_set_rights(const char *path, const struct listen_rights *rights, GError **error);

/* HOST:PORT as bound (the port that the kernel chose), or the path; the caller frees. */
char *listen_name(const struct listener *listener);

/* Close; `remove` also unlinks a unix socket. */
void listen_close(struct listener *listener, bool remove);

#endif
