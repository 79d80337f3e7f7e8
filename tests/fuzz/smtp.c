/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a relay may say to the courier.  The first octet chooses the settings; the rest is the
 * relay's, of which each read gives a line, or all that there is.  net/etpan and net/tls are
 * replaced: there is no socket.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "courier/relay.h"
#include "net/etpan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum {
	LMTP = 1 << 0,
	TLS_AT_ONCE = 1 << 1,
	TLS_NONE = 1 << 2,
	LOGIN = 1 << 3,
	NEAR = 1 << 4,
	IN_BULK = 1 << 5, /* reads don't stop at line ends */
	MAILS = 3,
	BUFFER = 16384, /* the real one takes too long to allocate */
};

/* The relay of this run. */
static struct {
	const char *said;
	size_t size;
	size_t at; /* so much has been read */
	size_t budget;
	unsigned flags;
	bool is_encrypted;
	GString *heard;
	mailstream *stream; /* the courier's */
} peer;

/* -- in place of net/etpan and net/tls -- */

static ssize_t give(mailstream_low *low, void *bytes, size_t size)
{
	const char *from = peer.said + peer.at;
	const char *lf = memchr(from, '\n', peer.size - peer.at);

	(void)low;
	size = MIN(size, MIN(peer.budget, peer.size - peer.at));
	if (!(peer.flags & IN_BULK) && lf != NULL)
		size = MIN(size, (size_t)(lf - from) + 1);
	if (size == 0)
		return -1;
	memcpy(bytes, from, size);
	peer.at += size;
	peer.budget -= size;
	return (ssize_t)size;
}

static bool holds(const char *bytes, size_t size, const char *word)
{
	return memmem(bytes, size, word, strlen(word)) != NULL;
}

static ssize_t take(mailstream_low *low, const void *bytes, size_t size)
{
	const bool is_open = !peer.is_encrypted && !(peer.flags & (NEAR | LMTP));

	(void)low;
	if (is_open && holds(bytes, size, "AUTH"))
		abort(); /* a password in clear */
	if (is_open && !(peer.flags & TLS_NONE) && holds(bytes, size, "MAIL FROM"))
		abort();
	g_string_append_len(peer.heard, bytes, (gssize)size);
	return (ssize_t)size;
}

static int close_low(mailstream_low *low)
{
	(void)low;
	return 0;
}

static int no_fd(mailstream_low *low)
{
	(void)low;
	return -1;
}

static void free_low(mailstream_low *low)
{
	free(low);
}

static mailstream *stream_new(void)
{
	static mailstream_low_driver driver = {
	    .mailstream_read = give,
	    .mailstream_write = take,
	    .mailstream_close = close_low,
	    .mailstream_get_fd = no_fd,
	    .mailstream_free = free_low,
	};

	peer.stream = mailstream_new(mailstream_low_new(NULL, &driver), BUFFER);
	return peer.stream;
}

mailstream *etpan_connect(const char *host, unsigned port, int64_t deadline_ms, GError **error)
{
	(void)host;
	(void)port;
	(void)deadline_ms;
	(void)error;
	return stream_new();
}

mailstream *etpan_connect_unix(const char *path, GError **error)
{
	(void)path;
	(void)error;
	return stream_new();
}

void etpan_set_deadline(mailstream *stream, int64_t deadline_ms)
{
	(void)stream;
	(void)deadline_ms;
}

void etpan_set_budget(mailstream *stream, size_t octets)
{
	(void)stream;
	peer.budget = octets;
}

bool etpan_start_tls(
    mailstream *stream, struct tls_client *client, const char *host, GError **error)
{
	(void)client;
	(void)host;
	peer.is_encrypted = true;
	return stream->read_buffer_len == 0 || err_set(error, ERR_PERM, "injection");
}

const char *etpan_failure(mailstream *stream)
{
	(void)stream;
	return "closed by the peer";
}

struct tls_client {
	char unused;
};

struct tls_client *tls_client_new(const char *ca_file, GError **error)
{
	(void)ca_file;
	(void)error;
	return g_new0(struct tls_client, 1);
}

void tls_client_free(struct tls_client *client)
{
	g_free(client);
}

/* -- what must be true -- */

static bool is_yes(const char *line, size_t size)
{
	return size >= 3 && line[0] == '2' && g_ascii_isdigit(line[1]) && g_ascii_isdigit(line[2]);
}

/* The line that the courier has read last. */
static bool last_was_yes(void)
{
	const size_t end = peer.at - peer.stream->read_buffer_len;
	size_t begin = end > 0 ? end - 1 : 0;

	while (begin > 0 && peer.said[begin - 1] != '\n')
		begin--;
	return is_yes(peer.said + begin, end - begin);
}

static void check(const struct relay_answer *answer, const struct relay_mail *mail)
{
	const int class = answer->code / 100;

	if (answer->text->len > 500 || answer->text->len == 0 ||
	    !g_utf8_validate(answer->text->str, (gssize)answer->text->len, NULL))
		abort();
	for (const char *c = answer->text->str; *c != '\0'; c++)
		if (g_ascii_iscntrl(*c))
			abort();
	if (answer->end == RELAY_SENT &&
	    (class != 2 || answer->broken || !last_was_yes() ||
		!holds(peer.heard->str, peer.heard->len, mail->recipient)))
		abort();
	if (answer->end == RELAY_PERM && class != 5 && answer->code != 0)
		abort();
	if (answer->end == RELAY_UNKNOWN && !answer->broken)
		abort();
}

static bool send_mails(struct relay *relay)
{
	static const char head[] = "Subject: \xc3\xa4\r\n";
	static const char rest[] = "\r\n.\r\n..\r\nText";
	struct relay_answer answer = {.text = g_string_new(NULL)};

	for (int i = 0; i < MAILS && !answer.broken; i++) {
		g_autofree char *recipient = g_strdup_printf("leser%d@stadt.example", i);
		const struct relay_mail mail = {
		    "", recipient, head, sizeof(head) - 1, rest, sizeof(rest) - 1};

		relay_send(relay, &mail, &answer);
		check(&answer, &mail);
	}
	g_string_free(answer.text, TRUE);
	return answer.broken;
}

static const char *relay_of(unsigned flags)
{
	if (flags & LMTP)
		return "lmtp:/run/lmtp";
	if (flags & NEAR)
		return flags & TLS_AT_ONCE ? "smtps://[::1]:465" : "smtp://[::1]:25";
	return flags & TLS_AT_ONCE ? "smtps://relay.example:465" : "smtp://relay.example:25";
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct settings settings = {.domain = (char *)(uintptr_t) "listen.example"};
	struct relay *relay;

	if (size == 0)
		return 0;
	peer.said = (const char *)bytes + 1;
	peer.size = size - 1;
	peer.at = 0;
	peer.flags = bytes[0];
	peer.is_encrypted = false;
	peer.heard = g_string_new(NULL);
	settings.relay = (char *)(uintptr_t)relay_of(peer.flags);
	settings.relay_tls = peer.flags & TLS_NONE ? RELAY_TLS_NONE : RELAY_TLS_AUTO;
	if (peer.flags & LOGIN) {
		settings.relay_user = (char *)(uintptr_t) "umlauf";
		settings.password = (char *)(uintptr_t) "geheim";
	}
	relay = relay_open(&settings, NULL);
	if (relay != NULL)
		relay_close(relay, send_mails(relay));
	g_string_free(peer.heard, TRUE);
	return 0;
}
