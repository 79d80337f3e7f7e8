/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net-peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum {
	PATIENCE = 30, /* seconds until a child that is stuck gives up */
	DAY = 24 * 3600,
	BROKEN = 9, /* exit status */
};

/* -- certificates -- */

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static X509 *certificate_new(EVP_PKEY *key, const char *name, long from, long until)
{
	static long serial;
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	X509_set_version(certificate, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(certificate), from);
	X509_gmtime_adj(X509_getm_notAfter(certificate), until);
	X509_NAME_add_entry_by_txt(
	    subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(certificate, subject);
	X509_set_pubkey(certificate, key);
	return certificate;
}

struct pki *pki_new(void)
{
	struct pki *pki = g_new0(struct pki, 1);
	FILE *file;

	pki->folder = g_dir_make_tmp("umlauf-pki-XXXXXX", NULL);
	assert_non_null(pki->folder);
	pki->ca_file = g_build_filename(pki->folder, "ca.pem", NULL);
	pki->key = EVP_EC_gen("P-256");
	pki->ca = certificate_new(pki->key, "Umlauf test", -DAY, DAY);
	add_extension(pki->ca, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(pki->ca, pki->key, EVP_sha256()) > 0);
	file = fopen(pki->ca_file, "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, pki->ca), 1);
	fclose(file);
	return pki;
}

void pki_free(struct pki *pki)
{
	g_unlink(pki->ca_file);
	g_rmdir(pki->folder);
	X509_free(pki->ca);
	EVP_PKEY_free(pki->key);
	g_free(pki->ca_file);
	g_free(pki->folder);
	g_free(pki);
}

SSL_CTX *pki_serve(const struct pki *pki, const char *names, enum pki_fault fault)
{
	const long from = fault == PKI_TOO_EARLY ? DAY : -2 * DAY;
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate =
	    certificate_new(key, "server", from, fault == PKI_EXPIRED ? -DAY : 2 * DAY);

	add_extension(certificate, NID_subject_alt_name, names);
	if (fault != PKI_SELF_SIGNED)
		X509_set_issuer_name(certificate, X509_get_subject_name(pki->ca));
	assert_true(
	    X509_sign(certificate, fault == PKI_SELF_SIGNED ? key : pki->key, EVP_sha256()) > 0);
	assert_int_equal(SSL_CTX_use_certificate(context, certificate), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(context, key), 1);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return context;
}

/* -- the peer -- */

static int listen_tcp(unsigned *port)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static int listen_unix(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static G_GNUC_NORETURN void be_peer(int listener, int heard_fd, peer_fn serve, const void *data)
{
	struct peer_end end = {.heard_fd = heard_fd};

	signal(SIGPIPE, SIG_IGN);
	alarm(PATIENCE);
	end.fd = accept(listener, NULL, NULL);
	close(listener);
	if (end.fd < 0)
		_exit(BROKEN);
	end.input = g_string_new(NULL);
	serve(&end, data);
	if (end.ssl != NULL)
		SSL_shutdown(end.ssl);
	close(end.fd);
	_exit(0);
}

struct peer *peer_start(const char *path, peer_fn serve, const void *data)
{
	struct peer *peer = g_new0(struct peer, 1);
	const int listener = path != NULL ? listen_unix(path) : listen_tcp(&peer->port);

	peer->path = g_strdup(path);
	peer->heard_fd = memfd_create("heard", MFD_CLOEXEC);
	assert_true(peer->heard_fd >= 0);
	assert_int_equal(listen(listener, 5), 0);
	peer->pid = fork();
	assert_true(peer->pid >= 0);
	if (peer->pid == 0)
		be_peer(listener, peer->heard_fd, serve, data);
	close(listener);
	return peer;
}

GString *peer_finish(struct peer *peer)
{
	GString *heard = g_string_new(NULL);
	char piece[65536];
	int status = -1;
	ssize_t size;

	assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
	assert_int_equal(status, 0);
	assert_int_equal(lseek(peer->heard_fd, 0, SEEK_SET), 0);
	while ((size = read(peer->heard_fd, piece, sizeof(piece))) > 0)
		g_string_append_len(heard, piece, size);
	close(peer->heard_fd);
	if (peer->path != NULL)
		unlink(peer->path);
	g_free(peer->path);
	g_free(peer);
	return heard;
}

/* The client may have gone, which is its right. */
void peer_say(struct peer_end *end, const char *bytes, size_t size)
{
	while (size > 0) {
		const ssize_t done = end->ssl != NULL
					 ? SSL_write(end->ssl, bytes, (int)MIN(size, 65536))
					 : write(end->fd, bytes, size);

		if (done <= 0)
			return;
		bytes += done;
		size -= (size_t)done;
	}
}

void peer_encrypt(struct peer_end *end, SSL_CTX *context)
{
	end->ssl = SSL_new(context);
	SSL_set_fd(end->ssl, end->fd);
	if (SSL_accept(end->ssl) != 1)
		_exit(0); /* the client has refused us: that is what it is tested for */
}

bool peer_hear(struct peer_end *end)
{
	char piece[65536];
	const ssize_t size = end->ssl != NULL ? SSL_read(end->ssl, piece, sizeof(piece))
					      : read(end->fd, piece, sizeof(piece));

	if (size <= 0)
		return false;
	if (write(end->heard_fd, piece, (size_t)size) != size)
		_exit(BROKEN);
	g_string_append_len(end->input, piece, size);
	return true;
}

char *peer_line(struct peer_end *end)
{
	const char *lf;
	char *line;

	while ((lf = memchr(end->input->str, '\n', end->input->len)) == NULL)
		if (!peer_hear(end))
			return NULL;
	if (lf == end->input->str || lf[-1] != '\r')
		_exit(BROKEN);
	line = g_strndup(end->input->str, (size_t)(lf - end->input->str) - 1);
	g_string_erase(end->input, 0, lf - end->input->str + 1);
	return line;
}

void peer_wait(struct peer_end *end)
{
	while (peer_hear(end))
		continue;
}
