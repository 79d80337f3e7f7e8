/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "net/wait.h"

struct tls_client {
	SSL_CTX *context;  /* owned */
	BIO_METHOD *plain; /* owned; how the records reach the socket */
};

/* -- the socket below: OpenSSL's own would raise SIGPIPE -- */

static int plain_fd(BIO *bio)
{
	return GPOINTER_TO_INT(BIO_get_data(bio));
}

static int plain_write(BIO *bio, const char *bytes, int size)
{
	const ssize_t done = send(plain_fd(bio), bytes, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	if (done < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(bio);
	return (int)done;
}

static int plain_read(BIO *bio, char *bytes, int size)
{
	const ssize_t done = recv(plain_fd(bio), bytes, (size_t)size, MSG_DONTWAIT);

	BIO_clear_retry_flags(bio);
	if (done < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	return (int)done;
}

static long plain_control(BIO *bio, int command, long number, void *data)
{
	(void)bio;
	(void)number;
	(void)data;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int plain_create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

static BIO_METHOD *plain_new(void)
{
	BIO_METHOD *plain = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "umlauf");

	BIO_meth_set_write(plain, plain_write);
	BIO_meth_set_read(plain, plain_read);
	BIO_meth_set_ctrl(plain, plain_control);
	BIO_meth_set_create(plain, plain_create);
	return plain;
}

/* -- the client -- */

/* The oldest error in OpenSSL's queue in its own words, or `otherwise`. */
static const char *reason_of(const char *otherwise)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	return reason != NULL ? reason : otherwise;
}

static bool trust(SSL_CTX *context, const char *ca_file, GError **error)
{
	ERR_clear_error();
	if (ca_file == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
		return err_set(
		    error, ERR_PERM, "the system's certificates: %s", reason_of("not usable"));
	if (ca_file != NULL && SSL_CTX_load_verify_file(context, ca_file) != 1)
		return err_set(error, ERR_PERM, "%s: %s", ca_file, reason_of("not usable"));
	return true;
}

struct tls_client *tls_client_new(const char *ca_file, GError **error)
{
	struct tls_client *client = g_new0(struct tls_client, 1);

	client->context = SSL_CTX_new(TLS_client_method());
	if (client->context == NULL)
		g_error("OpenSSL: %s", reason_of("no context")); /* out of memory */
	client->plain = plain_new();
	SSL_CTX_set_min_proto_version(client->context, TLS1_2_VERSION);
	SSL_CTX_set_verify(client->context, SSL_VERIFY_PEER, NULL);
	/* A partial write tells the caller exactly what has left: a record that is not whole can't
	 * be read by the peer. */
	SSL_CTX_set_mode(client->context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (!trust(client->context, ca_file, error))
		g_clear_pointer(&client, tls_client_free);
	return client;
}

void tls_client_free(struct tls_client *client)
{
	if (client == NULL)
		return;
	SSL_CTX_free(client->context);
	BIO_meth_free(client->plain);
	g_free(client);
}

/* -- a connection -- */

/* Whom the certificate must be for; a name is told to the peer too (RFC 6066 section 3). */
static bool expect_host(SSL *ssl, const char *host)
{
	uint8_t address[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
	return *host != '\0' && SSL_set1_host(ssl, host) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

static SSL *connection_new(struct tls_client *client, int fd, const char *host)
{
	SSL *ssl = SSL_new(client->context);
	BIO *bio = BIO_new(client->plain);

	if (ssl == NULL || bio == NULL)
		g_error("OpenSSL: %s", reason_of("no connection")); /* out of memory */
	BIO_set_data(bio, GINT_TO_POINTER(fd));
	SSL_set_bio(ssl, bio, bio);
	if (!expect_host(ssl, host))
		g_clear_pointer(&ssl, SSL_free);
	return ssl;
}

static bool refuse(SSL *ssl, int outcome, const char *host, GError **error)
{
	const long verdict = SSL_get_verify_result(ssl);

	if (verdict != X509_V_OK)
		return err_set(error, ERR_PERM, "TLS: the certificate of %s is not good: %s", host,
		    X509_verify_cert_error_string(verdict));
	if (outcome == SSL_ERROR_SYSCALL && ERR_peek_error() == 0)
		return err_set(error, ERR_TEMP, "TLS: closed by the peer");
	return err_set(error, ERR_TEMP, "TLS: %s", reason_of("closed by the peer"));
}

static bool shake_hands(SSL *ssl, int fd, const char *host, int64_t deadline_ms, GError **error)
{
	for (;;) {
		short events = 0;
		int done, outcome;

		ERR_clear_error();
		done = SSL_connect(ssl);
		if (done == 1)
			return true;
		outcome = SSL_get_error(ssl, done);
		if (outcome == SSL_ERROR_WANT_READ)
			events = POLLIN;
		else if (outcome == SSL_ERROR_WANT_WRITE)
			events = POLLOUT;
		else
			return refuse(ssl, outcome, host, error);
		if (!wait_for_socket(fd, events, deadline_ms))
			return err_set(error, ERR_TEMP, "TLS: %s",
			    errno == ETIMEDOUT ? "time-out" : g_strerror(errno));
	}
}

struct ssl_st *tls_connect(
    struct tls_client *client, int fd, const char *host, int64_t deadline_ms, GError **error)
{
	SSL *ssl = connection_new(client, fd, host);

	if (ssl == NULL)
		err_set(error, ERR_PERM, "TLS: \"%s\" is no name for a certificate", host);
	else if (!shake_hands(ssl, fd, host, deadline_ms, error))
		g_clear_pointer(&ssl, tls_free);
	return ssl;
}

void tls_free(struct ssl_st *ssl)
{
	SSL_free(ssl);
	ERR_clear_error();
}
