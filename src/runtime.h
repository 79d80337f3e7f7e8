/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the daemon does with its surroundings: folders, the lock that lets only
 * one of it run, the way to the background.
 */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stdbool.h>
#include <sys/types.h>

#include <glib.h>

/*
 * Make a folder and those above it where it lacks, and give it to the user (if we are root).  So is
 * an empty one, as systemd makes it for us; any other, and what is a link, is left as it is.
 */
bool runtime_make_folder(const char *path, const char *user, mode_t mode, GError **error);

/* Lock FOLDER/umlaufd.lock while the descriptor is open; -1, ERR_TEMP if another has it. */
int runtime_lock(const char *folder, GError **error);

/*
 * Go on in a new process without the terminal.  The first one waits, and exits with 0 when an octet
 * is written to the descriptor that is returned here, with 1 when it is closed.  stderr stays.
 * -1 on error.
 */
int runtime_go_to_background(GError **error);

#endif
