/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/tls.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "net-peer.h"
#include "net/wait.h"

enum {
	PATIENCE_MS = 10000,
	SHORT_MS = 150,
	NO_ERROR = -1,
};

static struct pki *pki;

static int set_up(void **state)
{
	(void)state;
	pki = pki_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pki_free(pki);
	return 0;
}

/* -- what the peer does -- */

/* Say the name that the client has asked for (SNI). */
static void greet(struct peer_end *end, const void *data)
{
	const char *name;

	peer_encrypt(end, (SSL_CTX *)(uintptr_t)data);
	name = SSL_get_servername(end->ssl, TLSEXT_NAMETYPE_host_name);
	peer_tell(end, name != NULL ? name : "-");
	peer_tell(end, "\n");
	peer_wait(end);
}

static void speak_clear(struct peer_end *end, const void *data)
{
	(void)data;
	peer_tell(end, "220 relay.example ESMTP\r\n");
	peer_wait(end);
}

static void hang(struct peer_end *end, const void *data)
{
	(void)data;
	peer_wait(end);
}

static void go_away(struct peer_end *end, const void *data)
{
	(void)end;
	(void)data;
}

/* -- the client -- */

static int connect_to(const struct peer *peer)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)peer->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static char *read_greeting(SSL *ssl, int fd)
{
	GString *line = g_string_new(NULL);

	while (!g_str_has_suffix(line->str, "\n")) {
		char octet;

		if (SSL_read(ssl, &octet, 1) == 1)
			g_string_append_c(line, octet);
		else
			assert_true(
			    wait_for_socket(fd, POLLIN, clock_monotonic_ms() + PATIENCE_MS));
	}
	g_string_truncate(line, line->len - 1);
	return g_string_free(line, FALSE);
}

struct outcome {
	int code;   /* NO_ERROR, or of the error */
	char *text; /* the peer's greeting, or the error's message */
};

static struct outcome shake_hands(
    peer_fn serve, const void *data, const char *host, int64_t timeout_ms)
{
	struct peer *peer = peer_start(NULL, serve, data);
	struct tls_client *client = tls_client_new(pki->ca_file, NULL);
	const int fd = connect_to(peer);
	g_autoptr(GError) error = NULL;
	struct outcome outcome = {NO_ERROR, NULL};
	SSL *ssl;

	assert_non_null(client);
	ssl = tls_connect(client, fd, host, clock_monotonic_ms() + timeout_ms, &error);
	if (ssl != NULL) {
		outcome.text = read_greeting(ssl, fd);
	} else {
		outcome.code = (int)err_code(error);
		outcome.text = g_strdup(error->message);
	}
	tls_free(ssl);
	close(fd);
	tls_client_free(client);
	g_string_free(peer_finish(peer), TRUE);
	return outcome;
}

static void expect(const char *name, const struct outcome *outcome, int code, const char *part)
{
	if (outcome->code != code || strstr(outcome->text, part) == NULL)
		fail_msg("%s: %d, %s", name, outcome->code, outcome->text);
	g_free(outcome->text);
}

static void certificates(void **state)
{
	static const struct {
		const char *name;
		const char *names; /* of the certificate */
		enum pki_fault fault;
		const char *host;
		int code;
		const char *text;
	} cases[] = {
	    {"good", "DNS:relay.example", PKI_GOOD, "relay.example", NO_ERROR, "relay.example"},
	    {"one of two", "DNS:a.example,DNS:b.example", PKI_GOOD, "b.example", NO_ERROR,
		"b.example"},
	    {"wildcard", "DNS:*.stadt.example", PKI_GOOD, "mail.stadt.example", NO_ERROR,
		"mail.stadt.example"},
	    {"address, which no SNI may name", "IP:127.0.0.1", PKI_GOOD, "127.0.0.1", NO_ERROR,
		"-"},
	    {"address of IPv6", "IP:0:0:0:0:0:0:0:1", PKI_GOOD, "::1", NO_ERROR, "-"},
	    {"wrong host", "DNS:relay.example", PKI_GOOD, "other.example", ERR_PERM, "ostname"},
	    {"part of the host", "DNS:example", PKI_GOOD, "relay.example", ERR_PERM, "ostname"},
	    {"wrong address", "IP:127.0.0.2", PKI_GOOD, "127.0.0.1", ERR_PERM, "IP address"},
	    {"address as a name", "DNS:127.0.0.1", PKI_GOOD, "127.0.0.1", ERR_PERM, "IP address"},
	    {"wildcard over two labels", "DNS:*.example", PKI_GOOD, "a.stadt.example", ERR_PERM,
		"ostname"},
	    {"self-signed", "DNS:relay.example", PKI_SELF_SIGNED, "relay.example", ERR_PERM,
		"self-signed"},
	    {"expired", "DNS:relay.example", PKI_EXPIRED, "relay.example", ERR_PERM, "expired"},
	    {"not yet", "DNS:relay.example", PKI_TOO_EARLY, "relay.example", ERR_PERM,
		"not yet valid"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		SSL_CTX *context = pki_serve(pki, cases[i].names, cases[i].fault);
		const struct outcome outcome =
		    shake_hands(greet, context, cases[i].host, PATIENCE_MS);

		expect(cases[i].name, &outcome, cases[i].code, cases[i].text);
		SSL_CTX_free(context);
	}
}

/* RFC 8996: nothing older than TLS 1.2 is spoken. */
static void versions(void **state)
{
	static const struct {
		const char *name;
		int version;
		int code;
		const char *text;
	} cases[] = {
	    {"1.1", TLS1_1_VERSION, ERR_TEMP, "TLS: "},
	    {"1.2", TLS1_2_VERSION, NO_ERROR, "relay.example"},
	    {"1.3", TLS1_3_VERSION, NO_ERROR, "relay.example"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		SSL_CTX *context = pki_serve(pki, "DNS:relay.example", PKI_GOOD);
		struct outcome outcome;

		SSL_CTX_set_security_level(context, 0);
		SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(context, cases[i].version);
		outcome = shake_hands(greet, context, "relay.example", PATIENCE_MS);
		expect(cases[i].name, &outcome, cases[i].code, cases[i].text);
		SSL_CTX_free(context);
	}
}

static void no_handshake(void **state)
{
	static const struct {
		const char *name;
		peer_fn serve;
		int64_t timeout_ms;
		const char *text;
	} cases[] = {
	    {"silent", hang, SHORT_MS, "time-out"},
	    {"gone", go_away, PATIENCE_MS, "closed by the peer"},
	    {"in clear", speak_clear, PATIENCE_MS, "wrong version number"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct outcome outcome =
		    shake_hands(cases[i].serve, NULL, "relay.example", cases[i].timeout_ms);

		expect(cases[i].name, &outcome, ERR_TEMP, cases[i].text);
	}
}

static void no_host(void **state)
{
	struct tls_client *client = tls_client_new(pki->ca_file, NULL);
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(tls_connect(client, -1, "", 0, &error));
	assert_int_equal(err_code(error), ERR_PERM);
	tls_client_free(client);
	tls_client_free(NULL);
	tls_free(NULL);
}

/* The authority of the test is none of the system's. */
static void system_trust(void **state)
{
	SSL_CTX *context = pki_serve(pki, "DNS:relay.example", PKI_GOOD);
	struct peer *peer = peer_start(NULL, greet, context);
	struct tls_client *client = tls_client_new(NULL, NULL);
	const int fd = connect_to(peer);
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_non_null(client);
	assert_null(
	    tls_connect(client, fd, "relay.example", clock_monotonic_ms() + PATIENCE_MS, &error));
	assert_int_equal(err_code(error), ERR_PERM);
	assert_non_null(strstr(error->message, "issuer"));
	close(fd);
	tls_client_free(client);
	g_string_free(peer_finish(peer), TRUE);
	SSL_CTX_free(context);
}

static void ca_file(void **state)
{
	g_autofree char *missing = g_build_filename(pki->folder, "none.pem", NULL);
	const char *const files[] = {missing, "/dev/null", "/proc/self/exe"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autoptr(GError) error = NULL;

		assert_null(tls_client_new(files[i], &error));
		assert_int_equal(err_code(error), ERR_PERM);
		assert_non_null(strstr(error->message, files[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(certificates),
	    cmocka_unit_test(versions),
	    cmocka_unit_test(no_handshake),
	    cmocka_unit_test(no_host),
	    cmocka_unit_test(system_trust),
	    cmocka_unit_test(ca_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
