/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The other end of a connection, in a process of its own: for the tests of what speaks to servers.
 * What must work for a test to make sense is asserted here.
 */
#ifndef TESTS_UNIT_NET_PEER_H
#define TESTS_UNIT_NET_PEER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>
#include <openssl/ssl.h>

/* -- certificates -- */

/* An authority, in a folder of its own. */
struct pki {
	char *folder;  /* owned */
	char *ca_file; /* owned; its certificate */
	EVP_PKEY *key; /* owned */
	X509 *ca;      /* owned */
};

struct pki *pki_new(void);
void pki_free(struct pki *pki);

enum pki_fault {
	PKI_GOOD,
	PKI_SELF_SIGNED,
	PKI_EXPIRED,
	PKI_TOO_EARLY,
};

/* A server's side of TLS with a certificate for names ("DNS:relay.example", "IP:127.0.0.1"). */
SSL_CTX *pki_serve(const struct pki *pki, const char *names, enum pki_fault fault);

/* -- the peer -- */

/* The peer's end of the connection; all that fails ends the process. */
struct peer_end {
	int fd;
	SSL *ssl; /* NULL: in clear */
	int heard_fd;
	GString *input; /* read and not taken yet */
};

struct peer {
	pid_t pid;
	unsigned port; /* on 127.0.0.1; 0: a unix socket */
	char *path;    /* owned; NULL: TCP */
	int heard_fd;
};

typedef void (*peer_fn)(struct peer_end *end, const void *data);

/* Serve one connection by `serve`, in a child; path: of a unix socket, or NULL. */
struct peer *peer_start(const char *path, peer_fn serve, const void *data);

/* When the client has closed: wait for the child, which must be content.  All that it has heard. */
GString *peer_finish(struct peer *peer);

/* In the child. */
void peer_say(struct peer_end *end, const char *bytes, size_t size);
#define peer_tell(end, text) peer_say((end), (text), strlen(text))
void peer_encrypt(struct peer_end *end, SSL_CTX *context);
/* More into the input; false: the client has closed. */
bool peer_hear(struct peer_end *end);
/* The next line without its CRLF; NULL: the client has closed. */
char *peer_line(struct peer_end *end);
/* Read until the client closes. */
void peer_wait(struct peer_end *end);

#endif
