/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * lmtpload - load generator for LMTP servers (RFC 2033).
 * Build: cc -O2 -Wall -o lmtpload lmtpload.c load.c
 *
 * One thread, epoll.  Each connection is kept open and has one mail under way: MAIL, RCPT and DATA in
 * one write (RFC 2920), then the mail.  Prints one line of key=value figures; a mail counts when
 * the server has taken charge of it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

static const char usage_text[] =
    "usage: lmtpload -p PORT -r RECIPIENT [options]\n"
    "  -h ADDR  IPv4 address (127.0.0.1)   -c N     connections (1)\n"
    "  -n N     stop after N mails (1000)  -s BYTES size of a mail (4096)\n"
    "  -f ADDR  sender                     -S N     seed: the Message-IDs differ with it\n";

/* What the next reply of a connection answers. */
enum step { GREETING, LHLO, MAIL, RCPT, DATA, DONE };

struct conn {
	int fd;
	enum step step;
	char line[1024];
	size_t filled;
	uint64_t started;
};

static struct {
	const char *host, *recipient, *sender;
	int port, conns;
	long n;
	size_t size;
	unsigned long seed;
} o = {"127.0.0.1", NULL, "last@example.org", 0, 1, 1000, 4096, 1};

static long begun, taken, refused;
static double *waits_us;
static char *body;
static size_t body_size;

static void make_body(void)
{
	static const char words[] = "Umlauf Gruppe Nachricht Faden Antwort Verteiler Rundbrief ";

	body = grow(NULL, o.size + 128);
	while (body_size + 400 < o.size) {
		for (size_t i = 0; i < 70; i++)
			body[body_size + i] = words[(body_size + i * 7 / 5) % (sizeof words - 1)];
		memcpy(body + body_size + 70, "\r\n", 2);
		body_size += 72;
	}
	memcpy(body + body_size, ".\r\n", 3);
	body_size += 3;
}

static void send_envelope(struct conn *conn)
{
	char text[1024];
	int n;

	if (begun == o.n) {
		conn->step = DONE;
		return;
	}
	begun++;
	n = snprintf(
	    text, sizeof text, "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", o.sender, o.recipient);
	conn->started = now_ns();
	conn->step = MAIL;
	send_all(conn->fd, text, (size_t)n);
}

static void send_mail(struct conn *conn)
{
	static long number;
	char *mail = grow(NULL, body_size + 1024);
	char date[64];
	time_t now = time(NULL);
	int n;

	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", gmtime(&now));
	number++;
	n = snprintf(mail, 1024,
	    "From: Last Probe <%s>\r\nTo: <%s>\r\nSubject: Lastprobe %ld\r\nDate: %s\r\n"
	    "Message-ID: <%lu.%ld@last.example.org>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n",
	    o.sender, o.recipient, number, date, o.seed, number);
	memcpy(mail + n, body, body_size);
	send_all(conn->fd, mail, (size_t)n + body_size);
	free(mail);
}

/* A whole reply has come. */
static void on_reply(struct conn *conn, int code)
{
	switch (conn->step) {
	case GREETING:
		send_all(conn->fd, "LHLO last.example.org\r\n", 23);
		conn->step = LHLO;
		break;
	case LHLO:
		send_envelope(conn);
		break;
	case MAIL:
	case RCPT:
		if (code >= 400)
			die("refused: %s", conn->line);
		conn->step++;
		break;
	case DATA:
		if (code == 354) {
			send_mail(conn);
			break;
		}
		if (code >= 400) {
			refused++;
			fprintf(stderr, "refused: %s\n", conn->line);
		}
		waits_us[taken + refused - (code >= 400)] =
		    (double)(now_ns() - conn->started) / 1e3;
		taken += code < 400;
		send_envelope(conn);
		break;
	case DONE:
		break;
	}
}

static void on_input(struct conn *conn)
{
	char bytes[4096];
	ssize_t n = read(conn->fd, bytes, sizeof bytes);

	if (n <= 0)
		die("connection lost");
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			if (conn->filled < sizeof conn->line - 1)
				conn->line[conn->filled++] = bytes[i];
			continue;
		}
		conn->line[conn->filled] = '\0';
		if (conn->filled < 4 || conn->line[3] != '-')
			on_reply(conn, atoi(conn->line));
		conn->filled = 0;
	}
}

static void open_conn(struct conn *conn, int ep)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o.port)};
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
	int one = 1;

	inet_pton(AF_INET, o.host, &to.sin_addr);
	conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&to, sizeof to))
		die("connect: %s", strerror(errno));
	setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (epoll_ctl(ep, EPOLL_CTL_ADD, conn->fd, &event))
		die("epoll: %s", strerror(errno));
}

static int by_value(const void *a, const void *b)
{
	const double *one = a, *two = b;

	return (*one > *two) - (*one < *two);
}

static void run(void)
{
	struct conn *conns = calloc((size_t)o.conns, sizeof *conns);
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[64];
	uint64_t start;
	double secs;

	waits_us = calloc((size_t)o.n + 1, sizeof *waits_us);
	if (!conns || !waits_us || ep < 0)
		die("out of memory");
	for (int i = 0; i < o.conns; i++)
		open_conn(&conns[i], ep);
	start = now_ns();
	while (taken + refused < o.n) {
		int n = epoll_wait(ep, events, 64, -1);

		for (int i = 0; i < n; i++)
			on_input(events[i].data.ptr);
	}
	secs = (double)(now_ns() - start) / 1e9;
	qsort(waits_us, (size_t)o.n, sizeof *waits_us, by_value);
	printf("conns=%d mails=%ld refused=%ld secs=%.3f req_s=%.1f p50_us=%.0f p99_us=%.0f\n",
	    o.conns, taken, refused, secs, (double)taken / secs, waits_us[o.n / 2],
	    waits_us[o.n * 99 / 100]);
}

int main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "h:p:r:c:n:s:f:S:")) != -1) {
		/* clang-format off */
		switch (option) {
		case 'h': o.host = optarg; break;
		case 'p': o.port = atoi(optarg); break;
		case 'r': o.recipient = optarg; break;
		case 'c': o.conns = atoi(optarg); break;
		case 'n': o.n = atol(optarg); break;
		case 's': o.size = strtoul(optarg, NULL, 10); break;
		case 'f': o.sender = optarg; break;
		case 'S': o.seed = strtoul(optarg, NULL, 10); break;
		default: fputs(usage_text, stderr); return 2;
		}
		/* clang-format on */
	}
	if (!o.port || !o.recipient || o.conns < 1 || o.n < 1) {
		fputs(usage_text, stderr);
		return 2;
	}
	make_body();
	run();
	return refused ? 3 : 0;
}
