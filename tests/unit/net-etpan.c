/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/etpan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/clock.h"
#include "base/err.h"
#include "net-peer.h"

enum {
	PATIENCE_MS = 10000,
	SHORT_MS = 150,
	DRIP_MS = 10,
	BIG = 4 * 1024 * 1024,
};

static struct pki *pki;
static SSL_CTX *context; /* of a server that is relay.example */

static int set_up(void **state)
{
	(void)state;
	pki = pki_new();
	context = pki_serve(pki, "DNS:relay.example", PKI_GOOD);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	SSL_CTX_free(context);
	pki_free(pki);
	return 0;
}

/* -- the client's side of a test -- */

struct pair {
	struct peer *peer;
	mailstream *stream;
	struct tls_client *tls; /* NULL: in clear */
	MMAPString *line;
};

static void allow(const struct pair *pair, int64_t ms)
{
	etpan_set_deadline(pair->stream, clock_monotonic_ms() + ms);
}

/* data: for `serve`; with is_tls the peer begins by peer_encrypt. */
static struct pair open_pair(peer_fn serve, const void *data, bool is_tls)
{
	struct pair pair = {.peer = peer_start(NULL, serve, data), .line = mmap_string_new("")};
	g_autoptr(GError) error = NULL;

	pair.stream =
	    etpan_connect("127.0.0.1", pair.peer->port, clock_monotonic_ms() + PATIENCE_MS, &error);
	assert_non_null(pair.stream);
	if (is_tls) {
		pair.tls = tls_client_new(pki->ca_file, NULL);
		assert_true(etpan_start_tls(pair.stream, pair.tls, "relay.example", &error));
	}
	return pair;
}

/* All that the peer has heard. */
static GString *close_pair(struct pair *pair)
{
	mailstream_close(pair->stream);
	tls_client_free(pair->tls);
	mmap_string_free(pair->line);
	return peer_finish(pair->peer);
}

static void drop_pair(struct pair *pair)
{
	g_string_free(close_pair(pair), TRUE);
}

static const char *read_line(const struct pair *pair)
{
	return mailstream_read_line_remove_eol(pair->stream, pair->line);
}

static void say(const struct pair *pair, const char *text)
{
	assert_int_equal(mailstream_write(pair->stream, text, strlen(text)), strlen(text));
	assert_int_equal(mailstream_flush(pair->stream), 0);
}

/* -- what the peer does; where data is a SSL_CTX: behind TLS -- */

static void begin(struct peer_end *end, const void *data)
{
	if (data != NULL)
		peer_encrypt(end, (SSL_CTX *)(uintptr_t)data);
}

static void echo(struct peer_end *end, const void *data)
{
	char *line;

	begin(end, data);
	while ((line = peer_line(end)) != NULL) {
		peer_tell(end, line);
		peer_tell(end, "\r\n");
		g_free(line);
	}
}

static void listen_only(struct peer_end *end, const void *data)
{
	begin(end, data);
	peer_wait(end);
}

static void drip(struct peer_end *end, const void *data)
{
	begin(end, data);
	for (int i = 0; i < 2 * PATIENCE_MS / DRIP_MS; i++) {
		if (end->ssl != NULL ? SSL_write(end->ssl, "x", 1) <= 0
				     : send(end->fd, "x", 1, MSG_NOSIGNAL) != 1)
			return;
		g_usleep(DRIP_MS * 1000);
	}
}

static void pour(struct peer_end *end, const void *data)
{
	char *octets = g_strnfill(BIG, 'x');

	begin(end, data);
	peer_say(end, octets, BIG);
	g_free(octets);
	peer_wait(end);
}

static void leave(struct peer_end *end, const void *data)
{
	begin(end, data);
	peer_tell(end, "half a line");
}

static void answer_late(struct peer_end *end, const void *data)
{
	begin(end, data);
	g_usleep(SHORT_MS * 1000);
	peer_tell(end, "late\r\n");
	peer_wait(end);
}

static void say_too_much(struct peer_end *end, const void *data)
{
	(void)data;
	peer_tell(end, "220 go ahead\r\n250 but take this first\r\n");
	peer_wait(end);
}

static int release[2]; /* a pipe: the peer waits until the test has closed its end */

static void take_nothing(struct peer_end *end, const void *data)
{
	begin(end, data);
	close(release[1]);
	while (read(release[0], &(char){0}, 1) > 0)
		continue;
}

/* Take a line, whatever its length, and say so. */
static void confirm(struct peer_end *end, const void *data)
{
	begin(end, data);
	g_free(peer_line(end));
	peer_tell(end, "taken\r\n");
	peer_wait(end);
}

/* -- tests -- */

static const struct {
	const char *name;
	bool is_tls;
} ways[] = {{"clear", false}, {"TLS", true}};

static const void *data_of(size_t way)
{
	return ways[way].is_tls ? context : NULL;
}

static void lines(void **state)
{
	(void)state;
	for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
		struct pair pair = open_pair(echo, data_of(way), ways[way].is_tls);
		int no_delay = 0;
		socklen_t size = sizeof(no_delay);
		GString *heard;

		say(&pair, "one\r\ntwo\r\n");
		assert_string_equal(read_line(&pair), "one");
		assert_string_equal(read_line(&pair), "two");
		assert_int_equal(getsockopt(mailstream_low_get_fd(mailstream_get_low(pair.stream)),
				     IPPROTO_TCP, TCP_NODELAY, &no_delay, &size),
		    0);
		assert_int_equal(no_delay, 1);
		assert_string_equal(etpan_failure(pair.stream), "no failure");
		heard = close_pair(&pair);
		assert_string_equal(heard->str, "one\r\ntwo\r\n");
		g_string_free(heard, TRUE);
	}
}

/* More than the buffers of both sides hold. */
static void much(void **state)
{
	(void)state;
	for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
		struct pair pair = open_pair(confirm, data_of(way), ways[way].is_tls);
		g_autofree char *octets = g_strnfill(BIG, 'y');
		GString *heard;

		assert_int_equal(mailstream_write(pair.stream, octets, BIG), BIG);
		say(&pair, "\r\n");
		assert_string_equal(read_line(&pair), "taken");
		heard = close_pair(&pair);
		assert_int_equal(heard->len, BIG + 2);
		assert_memory_equal(heard->str, octets, BIG);
		g_string_free(heard, TRUE);
	}
}

/* A deadline is for the whole line, however it comes. */
static void deadline(void **state)
{
	static const peer_fn peers[] = {drip, listen_only};

	(void)state;
	for (size_t i = 0; i < 2 * G_N_ELEMENTS(ways); i++) {
		const size_t way = i / 2;
		struct pair pair = open_pair(peers[i % 2], data_of(way), ways[way].is_tls);
		const int64_t since = clock_monotonic_ms();
		int64_t taken;

		allow(&pair, SHORT_MS);
		assert_null(read_line(&pair));
		taken = clock_monotonic_ms() - since;
		assert_string_equal(etpan_failure(pair.stream), "time-out");
		assert_in_range(taken, SHORT_MS, PATIENCE_MS);
		drop_pair(&pair);
	}
}

static void budget(void **state)
{
	(void)state;
	for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
		struct pair pair = open_pair(pour, data_of(way), ways[way].is_tls);

		etpan_set_budget(pair.stream, 1000);
		assert_null(read_line(&pair));
		assert_string_equal(etpan_failure(pair.stream), "an answer beyond all bounds");
		assert_int_equal(pair.line->len, 1000);
		drop_pair(&pair);
	}
}

static void end_of_file(void **state)
{
	(void)state;
	for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
		struct pair pair = open_pair(leave, data_of(way), ways[way].is_tls);

		assert_null(read_line(&pair));
		assert_string_equal(etpan_failure(pair.stream), "closed by the peer");
		drop_pair(&pair);
	}
}

/* Neither a SIGPIPE nor an endless loop: the peer has gone, with octets of ours unread. */
static void gone(void **state)
{
	(void)state;
	assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
		struct pair pair = open_pair(leave, data_of(way), ways[way].is_tls);

		assert_null(read_line(&pair));
		/* Its farewell comes before its end: until then writes are good. */
		allow(&pair, PATIENCE_MS);
		do {
			assert_true(mailstream_write(pair.stream, "x\r\n", 3) >= 0);
		} while (mailstream_flush(pair.stream) == 0);
		assert_string_equal(etpan_failure(pair.stream), "closed by the peer");
		drop_pair(&pair);
	}
}

static void untaken(void **state)
{
	(void)state;
	for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
		g_autofree char *octets = g_strnfill(4 * BIG, 'z');
		struct pair pair;

		assert_int_equal(pipe(release), 0);
		pair = open_pair(take_nothing, data_of(way), ways[way].is_tls);
		close(release[0]);
		allow(&pair, SHORT_MS);
		assert_true(mailstream_write(pair.stream, octets, 4 * BIG) < 4 * BIG);
		assert_string_equal(etpan_failure(pair.stream), "time-out");
		close(release[1]);
		drop_pair(&pair);
	}
}

static volatile sig_atomic_t alarms;

static void on_alarm(int number)
{
	(void)number;
	alarms++;
}

static void signals(void **state)
{
	const struct sigaction action = {.sa_handler = on_alarm}; /* no SA_RESTART */
	const struct itimerval often = {{0, 5000}, {0, 5000}};
	const struct itimerval never = {{0, 0}, {0, 0}};
	struct sigaction old;

	(void)state;
	assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
	for (size_t way = 0; way < G_N_ELEMENTS(ways); way++) {
		struct pair pair = open_pair(answer_late, data_of(way), ways[way].is_tls);

		alarms = 0;
		setitimer(ITIMER_REAL, &often, NULL);
		assert_string_equal(read_line(&pair), "late");
		setitimer(ITIMER_REAL, &never, NULL);
		assert_true(alarms > 0);
		drop_pair(&pair);
	}
	assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
}

/* select() would end the process. */
static void high_descriptor(void **state)
{
	int fds[FD_SETSIZE];
	struct rlimit limit;
	struct pair pair;
	size_t count = 0;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < FD_SETSIZE + 64)
		skip();
	limit.rlim_cur = FD_SETSIZE + 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	do {
		fds[count] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	} while (fds[count++] < FD_SETSIZE - 1);
	pair = open_pair(echo, context, true);
	assert_true(mailstream_low_get_fd(mailstream_get_low(pair.stream)) >= FD_SETSIZE);
	say(&pair, "high\r\n");
	assert_string_equal(read_line(&pair), "high");
	drop_pair(&pair);
	while (count > 0)
		close(fds[--count]);
}

/* CVE-2020-15953's kind: what came in clear must not be taken for words behind TLS. */
static void injection(void **state)
{
	struct pair pair = open_pair(say_too_much, NULL, false);
	struct tls_client *client = tls_client_new(pki->ca_file, NULL);
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_string_equal(read_line(&pair), "220 go ahead");
	assert_false(etpan_start_tls(pair.stream, client, "relay.example", &error));
	assert_int_equal(err_code(error), ERR_PERM);
	tls_client_free(client);
	drop_pair(&pair);
}

static void wrong_certificate(void **state)
{
	struct pair pair = open_pair(listen_only, context, false);
	struct tls_client *client = tls_client_new(pki->ca_file, NULL);
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_false(etpan_start_tls(pair.stream, client, "other.example", &error));
	assert_int_equal(err_code(error), ERR_PERM);
	mailstream_close(pair.stream);
	pair.stream = NULL;
	tls_client_free(client);
	mmap_string_free(pair.line);
	g_string_free(peer_finish(pair.peer), TRUE);
}

/* -- connecting -- */

static int bind_loopback(struct sockaddr_in *address)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*address);

	*address =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)address, sizeof(*address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)address, &size), 0);
	return fd;
}

static void refused(void **state)
{
	struct sockaddr_in address;
	const int fd = bind_loopback(&address); /* nobody listens on it */
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) nowhere = NULL;

	(void)state;
	assert_null(etpan_connect(
	    "127.0.0.1", ntohs(address.sin_port), clock_monotonic_ms() + PATIENCE_MS, &error));
	assert_int_equal(err_code(error), ERR_TEMP);
	assert_string_equal(error->message, g_strerror(ECONNREFUSED));
	assert_null(etpan_connect("", 25, clock_monotonic_ms() + PATIENCE_MS, &nowhere));
	assert_int_equal(err_code(nowhere), ERR_PERM);
	close(fd);
}

/* A host that takes no more connections does not even refuse. */
static void no_answer(void **state)
{
	enum { FILLERS = 4 };
	struct sockaddr_in address;
	const int listener = bind_loopback(&address);
	g_autoptr(GError) error = NULL;
	int fillers[FILLERS];

	(void)state;
	assert_int_equal(listen(listener, 0), 0);
	for (int i = 0; i < FILLERS; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
	}
	assert_null(etpan_connect(
	    "127.0.0.1", ntohs(address.sin_port), clock_monotonic_ms() + SHORT_MS, &error));
	assert_int_equal(err_code(error), ERR_TEMP);
	assert_string_equal(error->message, "time-out");
	for (int i = 0; i < FILLERS; i++)
		close(fillers[i]);
	close(listener);
}

static void unix_socket(void **state)
{
	g_autofree char *folder = g_dir_make_tmp("umlauf-etpan-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(folder, "lmtp", NULL);
	g_autofree char *long_path = g_strnfill(200, 'a');
	g_autoptr(GError) missing = NULL;
	g_autoptr(GError) too_long = NULL;
	struct pair pair = {.line = mmap_string_new("")};

	(void)state;
	assert_null(etpan_connect_unix(path, &missing));
	assert_int_equal(err_code(missing), ERR_TEMP);
	assert_non_null(strstr(missing->message, path));
	assert_null(etpan_connect_unix(long_path, &too_long));
	assert_int_equal(err_code(too_long), ERR_PERM);
	pair.peer = peer_start(path, echo, NULL);
	pair.stream = etpan_connect_unix(path, NULL);
	assert_non_null(pair.stream);
	say(&pair, "near\r\n");
	assert_string_equal(read_line(&pair), "near");
	drop_pair(&pair);
	assert_int_equal(g_rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(much),
	    cmocka_unit_test(deadline),
	    cmocka_unit_test(budget),
	    cmocka_unit_test(end_of_file),
	    cmocka_unit_test(gone),
	    cmocka_unit_test(untaken),
	    cmocka_unit_test(signals),
	    cmocka_unit_test(high_descriptor),
	    cmocka_unit_test(injection),
	    cmocka_unit_test(wrong_certificate),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(no_answer),
	    cmocka_unit_test(unix_socket),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
