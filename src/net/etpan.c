/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/etpan.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/wait.h"

/* What stands behind libetpan's mailstream_low. */
struct channel {
	int fd;	  /* owned */
	SSL *ssl; /* owned; NULL: in clear */
	bool is_tcp;
	int64_t deadline_ms;
	size_t budget;	     /* octets that may still be read */
	const char *failure; /* static; NULL: nothing has failed */
};

static struct channel *channel_of(mailstream *stream)
{
	return mailstream_get_low(stream)->data;
}

/* -- waiting -- */

static ssize_t fail(struct channel *channel, const char *failure)
{
	channel->failure = failure;
	return -1;
}

/* The words for an error of the system. */
static const char *words_for(int reason)
{
	if (reason == ETIMEDOUT)
		return "time-out";
	if (reason == EPIPE || reason == ECONNRESET)
		return "closed by the peer";
	return g_strerror(reason);
}

/* As wait_for_socket. */
static bool wait_for(struct channel *channel, short events)
{
	if (wait_for_socket(channel->fd, events, channel->deadline_ms))
		return true;
	fail(channel, words_for(errno));
	return false;
}

/* What is to be waited for after `done` from OpenSSL; 0: nothing, the connection has failed. */
static short events_of(struct channel *channel, int done)
{
	const int reason = errno;
	const int outcome = SSL_get_error(channel->ssl, done);
	const char *words = ERR_reason_error_string(ERR_peek_error());

	if (outcome == SSL_ERROR_WANT_READ)
		return POLLIN;
	if (outcome == SSL_ERROR_WANT_WRITE)
		return POLLOUT;
	if (outcome == SSL_ERROR_ZERO_RETURN || words == NULL)
		words = outcome == SSL_ERROR_SYSCALL && reason != 0 ? words_for(reason)
								    : "closed by the peer";
	fail(channel, words);
	return 0;
}

/* -- reading and writing: at least one octet, or -1 -- */

static ssize_t read_clear(struct channel *channel, void *bytes, size_t size)
{
	for (;;) {
		ssize_t done;

		if (!wait_for(channel, POLLIN))
			return -1;
		done = recv(channel->fd, bytes, size, MSG_DONTWAIT);
		if (done > 0)
			return done;
		if (done == 0)
			return fail(channel, "closed by the peer");
		if (errno != EAGAIN && errno != EINTR)
			return fail(channel, words_for(errno));
	}
}

static ssize_t read_tls(struct channel *channel, void *bytes, size_t size)
{
	for (;;) {
		short events;
		int done;

		ERR_clear_error();
		errno = 0;
		done = SSL_read(channel->ssl, bytes, (int)MIN(size, G_MAXINT));
		if (done > 0)
			return done;
		events = events_of(channel, done);
		if (events == 0 || !wait_for(channel, events))
			return -1;
	}
}

static ssize_t write_clear(struct channel *channel, const void *bytes, size_t size)
{
	for (;;) {
		const ssize_t done = send(channel->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (done >= 0)
			return done;
		if (errno != EAGAIN && errno != EINTR)
			return fail(channel, words_for(errno));
		if (!wait_for(channel, POLLOUT))
			return -1;
	}
}

static ssize_t write_tls(struct channel *channel, const void *bytes, size_t size)
{
	for (;;) {
		short events;
		int done;

		ERR_clear_error();
		errno = 0;
		done = SSL_write(channel->ssl, bytes, (int)MIN(size, G_MAXINT));
		if (done > 0)
			return done;
		events = events_of(channel, done);
		if (events == 0 || !wait_for(channel, events))
			return -1;
	}
}

/* -- the driver -- */

static ssize_t driver_read(mailstream_low *low, void *bytes, size_t size)
{
	struct channel *channel = low->data;
	ssize_t done;

	if (channel->budget == 0)
		return fail(channel, "an answer beyond all bounds");
	/* Else a peer that answers in pieces and knows no TCP_NODELAY waits 40 ms for our ACK. */
	if (channel->is_tcp)
		setsockopt(channel->fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int));
	size = MIN(size, channel->budget);
	done = channel->ssl != NULL ? read_tls(channel, bytes, size)
				    : read_clear(channel, bytes, size);
	if (done > 0)
		channel->budget -= (size_t)done;
	return done;
}

static ssize_t driver_write(mailstream_low *low, const void *bytes, size_t size)
{
	struct channel *channel = low->data;

	if (size == 0) /* OpenSSL has no word for it */
		return 0;
	return channel->ssl != NULL ? write_tls(channel, bytes, size)
				    : write_clear(channel, bytes, size);
}

static int driver_close(mailstream_low *low)
{
	struct channel *channel = low->data;

	/* A farewell only where the connection is whole: OpenSSL asks for that. */
	if (channel->ssl != NULL && channel->failure == NULL)
		SSL_shutdown(channel->ssl);
	g_clear_pointer(&channel->ssl, tls_free);
	if (channel->fd >= 0)
		close(channel->fd);
	channel->fd = -1;
	return 0;
}

static int driver_get_fd(mailstream_low *low)
{
	const struct channel *channel = low->data;

	return channel->fd;
}

static void driver_free(mailstream_low *low)
{
	g_free(low->data);
	free(low); /* libetpan's own allocation */
}

static struct mailstream_cancel *driver_get_cancel(mailstream_low *low)
{
	(void)low;
	return NULL;
}

static mailstream_low_driver driver = {
    .mailstream_read = driver_read,
    .mailstream_write = driver_write,
    .mailstream_close = driver_close,
    .mailstream_get_fd = driver_get_fd,
    .mailstream_free = driver_free,
    .mailstream_get_cancel = driver_get_cancel,
};

/* -- connecting -- */

static mailstream *stream_new(int fd, bool is_tcp, int64_t deadline_ms)
{
	struct channel *channel = g_new0(struct channel, 1);
	mailstream_low *low = mailstream_low_new(channel, &driver);
	mailstream *stream = low != NULL ? mailstream_new(low, ETPAN_BUFFER) : NULL;

	if (stream == NULL)
		g_error("libetpan: out of memory");
	channel->fd = fd;
	channel->is_tcp = is_tcp;
	channel->deadline_ms = deadline_ms;
	channel->budget = SIZE_MAX;
	if (is_tcp)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
	return stream;
}

/* 0 when the socket has been connected, else the system's error. */
static int connect_socket(int fd, const struct addrinfo *to, int64_t deadline_ms)
{
	socklen_t size = sizeof(int);
	int reason = 0;

	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS && errno != EINTR)
		return errno;
	if (!wait_for_socket(fd, POLLOUT, deadline_ms))
		return errno;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size) == 0 ? reason : errno;
}

/* A connected socket; -1: *reason is the system's error. */
static int connect_address(const struct addrinfo *to, int64_t deadline_ms, int *reason)
{
	const int fd =
	    socket(to->ai_family, to->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);

	*reason = fd < 0 ? errno : connect_socket(fd, to, deadline_ms);
	if (*reason == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* As connect_address, to the first that answers; one that is dead has only its share of time. */
static int connect_first(const struct addrinfo *to, int64_t deadline_ms, int *reason)
{
	int count = 0;
	int fd = -1;

	for (const struct addrinfo *each = to; each != NULL; each = each->ai_next)
		count++;
	for (; to != NULL && fd < 0; to = to->ai_next, count--) {
		const int64_t now = clock_monotonic_ms();

		fd = connect_address(to, now + (deadline_ms - now) / count, reason);
	}
	return fd;
}

/* The addresses of a name; freeaddrinfo.  The resolver has time-outs of its own. */
static struct addrinfo *find_addresses(const char *host, unsigned port, GError **error)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	g_autofree char *service = g_strdup_printf("%u", port);
	struct addrinfo *addresses = NULL;
	const int outcome = getaddrinfo(host, service, &hints, &addresses);

	if (outcome == 0)
		return addresses;
	err_set(error, outcome == EAI_NONAME || outcome == EAI_NODATA ? ERR_PERM : ERR_TEMP,
	    "%s: %s", host, outcome == EAI_SYSTEM ? g_strerror(errno) : gai_strerror(outcome));
	return NULL;
}

mailstream *etpan_connect(const char *host, unsigned port, int64_t deadline_ms, GError **error)
{
	struct addrinfo *addresses = find_addresses(host, port, error);
	int reason = 0;
	int fd;

	if (addresses == NULL)
		return NULL;
	fd = connect_first(addresses, deadline_ms, &reason);
	freeaddrinfo(addresses);
	if (fd < 0) {
		err_set(
		    error, ERR_TEMP, "%s", reason == ETIMEDOUT ? "time-out" : g_strerror(reason));
		return NULL;
	}
	return stream_new(fd, true, deadline_ms);
}

mailstream *etpan_connect_unix(const char *path, GError **error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct addrinfo to = {.ai_family = AF_UNIX,
	    .ai_socktype = SOCK_STREAM,
	    .ai_addr = (struct sockaddr *)&address,
	    .ai_addrlen = sizeof(address)};
	int reason = 0;
	int fd;

	if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
	    sizeof(address.sun_path)) {
		err_set(error, ERR_PERM, "%s: too long for a socket", path);
		return NULL;
	}
	fd = connect_address(&to, INT64_MAX, &reason); /* never waits */
	if (fd < 0) {
		err_set(error, ERR_TEMP, "%s: %s", path,
		    reason == ETIMEDOUT ? "time-out" : g_strerror(reason));
		return NULL;
	}
	return stream_new(fd, false, INT64_MAX);
}

/* -- what mailstream has no word for -- */

void etpan_set_deadline(mailstream *stream, int64_t deadline_ms)
{
	channel_of(stream)->deadline_ms = deadline_ms;
}

void etpan_set_budget(mailstream *stream, size_t octets)
{
	channel_of(stream)->budget = octets;
}

bool etpan_start_tls(
    mailstream *stream, struct tls_client *client, const char *host, GError **error)
{
	struct channel *channel = channel_of(stream);

	if (stream->read_buffer_len > 0) {
		fail(channel, "octets in clear before TLS");
		return err_set(error, ERR_PERM, "TLS: the peer sent octets in clear before it");
	}
	channel->ssl = tls_connect(client, channel->fd, host, channel->deadline_ms, error);
	if (channel->ssl == NULL)
		fail(channel, "TLS was not agreed upon");
	return channel->ssl != NULL;
}

const char *etpan_failure(mailstream *stream)
{
	const char *failure = channel_of(stream)->failure;

	return failure != NULL ? failure : "no failure";
}
