/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Files and folders.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

#include <glib.h>

/* The whole file, at most limit octets (ERR_LIMIT beyond).  NULL on error; g_bytes_unref. */
GBytes *file_read(const char *path, size_t limit, GError **error);

/*
 * Write a new file (mode 0644, less umask), sync it and its folder; the file is whole or not
 * there.  ERR_PERM if one of that name is there already.
 */
bool file_write(const char *path, const void *bytes, size_t size, GError **error);

/*
 * Sync a folder, so that a name that was given or taken in it outlives a power cut; true, too, on a
 * file system that needs none.  False with errno.
 */
bool file_sync_folder(const char *folder);

/* Make a folder and those above it (mode 0755, less umask); no error if it is there. */
bool file_make_folder(const char *path, GError **error);

/*
 * Give a folder to the account and set its mode, if we are root (else nothing is done).  A link is
 * left as it is: whoever may write above it could have made it.
 */
bool file_give_folder(const char *path, const char *user, mode_t mode, GError **error);

/*
 * Lock a file (made where it lacks; no link is followed) while the descriptor is open, which a child
 * must close to let go.  -1: ERR_TEMP if another process has it, ERR_DENIED if it can't be opened.
 */
int file_lock(const char *path, GError **error);

/*
 * The address of a unix socket.  A path beyond the 107 octets that it may have goes by way of the
 * folder, which is opened: *folder (else -1) is to be closed behind bind() or connect().  False, with
 * errno, if that does not help.
 */
bool file_socket_address(const char *path, struct sockaddr_un *address, int *folder);

/* path if absolute, else path under the folder of the file `beside`; the caller frees. */
char *file_resolve(const char *beside, const char *path);

/*
 * Become the named user and its groups for good (no effect if not root, or name is "root").
 * ERR_ABSENT: there is no such account.
 */
bool file_become(const char *user, GError **error);

/* True if this machine has a group of that name. */
bool file_knows_group(const char *group);

#endif
