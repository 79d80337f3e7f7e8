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

/* Encryption on the way to the relay. */
enum relay_tls {
	RELAY_TLS_AUTO,	    /* required, but to a relay on this machine, which needs none */
	RELAY_TLS_REQUIRED, /* a relay that offers none gets nothing */
	RELAY_TLS_NONE,
};

enum digest_format {
	DIGEST_HTML,
	DIGEST_TEXT,
	DIGEST_MIME,
	DIGEST_RFC1153,
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
	char *post_socket;	  /* absolute; private: where news workers hand in what is posted */
	char **intake_listen;	  /* lmtp and post_socket */

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

	/* [courier] */
	char *
	    relay; /* smtp://HOST:PORT, smtps://HOST:PORT, lmtp:PATH, maildir:PATH; paths absolute */
	int64_t courier_workers; /* 1 to 64, default 4 */
	char *relay_user;	 /* NULL: no login */
	char *password_file;	 /* NULL or absolute path */
	char *password; /* its first line, read while we are root; NULL where it can't be read */
	enum relay_tls relay_tls;
	char *ca_file;		  /* NULL: the system's; absolute */
	int64_t relay_timeout_ms; /* for one answer; default 5m, twice that behind the mail's end */
	int64_t retry_for_ms;	  /* default 5d */

	/* [digest] */
	char *digest_at;   /* "06:30" */
	char *digest_days; /* "Mon-Fri" */
	enum digest_format digest_format;

	/*
	 * "section key" of each entry that is known, was checked and has no effect in this
	 * version ([web], [forum NAME], listen-tls …): `check` names them.
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

/* In a process that has no business with the relay's password. */
void settings_forget_password(struct settings *settings);

/* The file's path of an sqlite: store URL; NULL for another kind.  Borrowed. */
const char *settings_store_path(const struct settings *settings);

#endif
