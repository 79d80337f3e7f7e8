/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the config file says, checked and typed.  Every setting is one row of a
 * table in settings.c.  Read once; nothing changes in a running process.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/lang.h"

enum login_need {
	LOGIN_NONE,
	LOGIN_POST,
	LOGIN_READ,
};

struct settings {
	char *file; /* the config file's own path; all strings here are owned */

	/* [umlauf] */
	char *domain; /* required, lower case */
	char *store;  /* URL; the path in it is absolute */
	enum lang language;
	char *timezone;
	char *admin; /* address; default postmaster@domain */
	bool log_to_syslog;
	char *user;	   /* default "umlauf" */
	char *runtime_dir; /* absolute; default /run/umlauf */

	/* [intake] */
	char **lmtp;		  /* absolute PATH or HOST:PORT each; may be empty */
	unsigned lmtp_mode;	  /* octal in the file, default 0660 */
	char *lmtp_group;	  /* NULL: not changed */
	char *maildir;		  /* NULL: none watched; absolute */
	int64_t max_message_size; /* octets, default 25M */
	char **trusted_authserv;  /* may be empty */

	/* [news] */
	char **listen; /* HOST:PORT each; may be empty */
	char **listen_tls;
	int64_t workers;   /* 1 to 64, default 2 */
	char *certificate; /* NULL or absolute path */
	char *key;
	int64_t max_connections;	     /* of one worker, default 10000 */
	int64_t max_connections_per_address; /* of one worker, default 100 */
	int64_t idle_timeout_ms;	     /* default 10m */
	enum login_need require_login;

	/*
	 * "section key" of each entry that is known, was checked and has no effect in this
	 * version ([courier], [digest], [web], [forum NAME], listen-tls …): `check` names them.
	 * Array of struct conf_entry *.
	 */
	GPtrArray *idle;
};

/*
 * Read and check the file.  On error NULL and the first error's line as its message; where
 * `all` is not NULL it gets every error's line (array of char *, the caller unrefs).
 */
struct settings *settings_read(const char *path, GPtrArray **all, GError **error);

void settings_free(struct settings *settings);

/* The file's path of an sqlite: store URL; NULL for another kind.  Borrowed. */
const char *settings_store_path(const struct settings *settings);

#endif
