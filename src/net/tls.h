/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * TLS by OpenSSL, as a client: the peer's certificate and name are always verified.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

struct tls_client; /* what connections share; it outlives them */
struct ssl_st;	   /* OpenSSL's SSL */

/*
 * ca_file: certificates to trust (PEM) in place of the system's, or NULL.  TLS 1.2 or later.
 * ERR_PERM if the file can't be used.
 */
struct tls_client *tls_client_new(const char *ca_file, GError **error);
void tls_client_free(struct tls_client *client);

/*
 * Shake hands on a connected non-blocking socket until deadline_ms (clock_monotonic_ms).  host: the
 * name (SNI) or IP address that the certificate must be for.  The fd stays the caller's and is
 * never written to in a way that raises SIGPIPE.  SSL_write may do a part, and then nothing of the
 * rest can be read by the peer.  tls_free.  NULL: ERR_PERM where the certificate is not good (the reason in
 * OpenSSL's words), else ERR_TEMP.
 */
struct ssl_st *tls_connect(
    struct tls_client *client, int fd, const char *host, int64_t deadline_ms, GError **error);
void tls_free(struct ssl_st *ssl);

#endif
