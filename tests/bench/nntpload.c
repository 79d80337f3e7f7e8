/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * nntpload - load generator for NNTP servers (RFC 3977, RFC 4644).
 * Build: cc -O2 -Wall -o nntpload nntpload.c articles.c load.c
 *
 * One thread, epoll, plain TCP.  Each run prints one line of key=value
 * figures.  Replies are parsed as they stream by, so any reply size is fine.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "articles.h"
#include "load.h"

static const char usage_text[] =
    "usage: nntpload -m MODE [options]\n"
    "modes: over xover hdr art head body stat msgid group listgroup list post takethis idle\n"
    "  -h ADDR  IPv4 address (127.0.0.1)     -p PORT  port (119)\n"
    "  -g GROUP newsgroup                    -c N     connections (1)\n"
    "  -d N     requests in flight on each   -n N     stop after N requests\n"
    "  -t SEC   stop after SEC (10)          -R N     articles in an OVER/HDR range (100)\n"
    "  -r       random article numbers       -H NAME  header for hdr (Subject)\n"
    "  -s BYTES body of a made post (2048)   -i SEC   idle: how long to hold (10)\n"
    "  -u U:P   AUTHINFO USER/PASS           -M       send MODE READER first\n"
    "  -q       TCP_QUICKACK: hide the server's Nagle waits\n"
    "  -f FILE  mbox for post/takethis, or Message-IDs, one a line, for msgid\n"
    "  -S N     seed (1)                     -v       print replies of 400 and above\n";

/* How a mode makes its command: from a range, a number, or else. */
enum { BY_RANGE, BY_NUMBER, BY_GROUP, BY_ITSELF };
enum {
	M_OVER,
	M_XOVER,
	M_HDR,
	M_ART,
	M_HEAD,
	M_BODY,
	M_STAT,
	M_GROUP,
	M_LISTGROUP,
	M_LIST,
	M_MSGID,
	M_POST,
	M_TAKETHIS,
	M_IDLE,
	NMODES
};
static const struct {
	const char *name, *verb;
	int shape;
} modes[NMODES] = {{"over", "OVER", BY_RANGE}, {"xover", "XOVER", BY_RANGE},
    {"hdr", "HDR", BY_RANGE}, {"art", "ARTICLE", BY_NUMBER}, {"head", "HEAD", BY_NUMBER},
    {"body", "BODY", BY_NUMBER}, {"stat", "STAT", BY_NUMBER}, {"group", "GROUP", BY_GROUP},
    {"listgroup", "LISTGROUP", BY_GROUP}, {"list", "LIST ACTIVE", BY_ITSELF},
    {"msgid", "ARTICLE", BY_ITSELF}, {"post", "POST", BY_ITSELF},
    {"takethis", "TAKETHIS", BY_ITSELF}, {"idle", "", BY_ITSELF}};

/* What a reply in flight answers; it says which 2xx codes carry a body. */
enum { K_GREET, K_READER, K_USER, K_PASS, K_SETUP, K_REQ, K_POSTDATA, K_STREAM };

struct pending {
	uint64_t start;
	uint8_t kind;
};

struct conn {
	int fd;
	uint32_t events;
	char *out; /* bytes not yet written: out[head..tail) */
	size_t head, tail, cap;
	struct pending *ring; /* replies awaited, oldest first */
	unsigned first, count;
	unsigned inflight; /* measured requests among them */
	char status[600];
	size_t slen;
	int line_state; /* -1 in a status line, else see scan_body */
	uint64_t next;	/* next article number, sequential mode */
	size_t art;	/* article being posted */
	int ready, closed;
};

static struct {
	const char *host, *group, *header, *file, *user;
	int port, mode, conns, depth, random, reader, verbose, idle, quickack;
	uint64_t n, range, bodysize, seed;
	double secs;
} o = {.host = "127.0.0.1",
    .header = "Subject",
    .port = 119,
    .conns = 1,
    .depth = 1,
    .range = 100,
    .bodysize = 2048,
    .seed = 1,
    .idle = 10,
    .mode = -1};

static struct conn *conns;
static size_t next_art;
static uint64_t low = 1, high, group_count;
static uint64_t issued, done, missing, errors, bytes_in, lines_in, stuffed, bytes_out;
static uint64_t rng_state, run_start, stop_at, over_next;
static float *lat;
static size_t nlat, caplat;
static int ep, nready, nclosed, stopping;

static void usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static uint64_t rnd(void)
{
	uint64_t z = (rng_state += 0x9e3779b97f4a7c15u);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void note_latency(uint64_t ns)
{
	if (nlat == caplat)
		lat = grow(lat, (caplat = caplat ? caplat * 2 : 65536) * sizeof *lat);
	lat[nlat++] = (float)(ns / 1000.0);
}

/* ---- output ---- */

static void set_events(struct conn *c, uint32_t ev)
{
	if (c->events == ev)
		return;
	struct epoll_event e = {.events = ev, .data.ptr = c};
	epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
	c->events = ev;
}

static void drop(struct conn *c, const char *why)
{
	if (c->closed)
		return;
	c->closed = 1;
	nclosed++;
	if (c->count && !stopping) {
		errors += c->inflight;
		if (o.verbose)
			fprintf(stderr, "connection lost: %s\n", why);
	}
	issued -= c->inflight;
	c->inflight = 0;
	close(c->fd);
}

static void flush_out(struct conn *c)
{
	while (c->head < c->tail) {
		ssize_t n = write(c->fd, c->out + c->head, c->tail - c->head);
		if (n < 0) {
			if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
				set_events(c, EPOLLIN | EPOLLOUT);
				return;
			}
			drop(c, strerror(errno));
			return;
		}
		c->head += (size_t)n;
		bytes_out += (uint64_t)n;
	}
	c->head = c->tail = 0;
	set_events(c, EPOLLIN);
}

static void put(struct conn *c, const void *data, size_t len)
{
	if (c->tail + len > c->cap)
		c->out = grow(c->out, c->cap = (c->tail + len) * 2);
	memcpy(c->out + c->tail, data, len);
	c->tail += len;
}

static void await(struct conn *c, int kind, uint64_t start)
{
	unsigned size = (unsigned)o.depth + 8;
	c->ring[(c->first + c->count++) % size] = (struct pending){start, (uint8_t)kind};
	if (kind == K_REQ)
		c->inflight++;
}

static void command(struct conn *c, int kind, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof line)
		put(c, line, (size_t)n);
	await(c, kind, now_ns());
}

/* ---- requests ---- */

static void send_made_article(struct conn *c)
{
	static const char words[] = "Umlauf Gruppe Nachricht Faden Antwort Verteiler Rundbrief ";
	char head[1024], line[80];
	time_t t = time(NULL);
	char date[64];
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", gmtime(&t));
	int n = snprintf(head, sizeof head,
	    "From: Load Test <load@example.org>\r\nNewsgroups: %s\r\n"
	    "Subject: Lastprobe %016llx\r\nDate: %s\r\n"
	    "Message-ID: <load.%016llx%08llx@example.org>\r\nMIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n\r\n",
	    o.group, (unsigned long long)rnd(), date, (unsigned long long)rnd(),
	    (unsigned long long)(rnd() & 0xffffffff));
	put(c, head, (size_t)n);
	for (uint64_t k = 0; k < o.bodysize; k += 72) {
		for (int i = 0; i < 70; i++)
			line[i] = words[(k + (uint64_t)i * 7 / 5) % (sizeof words - 1)];
		memcpy(line + 70, "\r\n", 3);
		put(c, line, 72);
	}
	put(c, ".\r\n", 3);
}

static int issue(struct conn *c)
{
	const char *verb = modes[o.mode].verb;
	int shape = modes[o.mode].shape;
	unsigned long long a, b;
	if (stopping || (o.n && issued >= o.n) || o.mode == M_IDLE)
		return 0;
	if (o.mode == M_TAKETHIS)
		while (next_art < narts && !arts[next_art].mid)
			next_art++;
	if (o.mode == M_POST || o.mode == M_TAKETHIS) {
		if (o.file && next_art >= narts)
			return 0;
		c->art = next_art++;
	}
	if (shape == BY_RANGE) {
		a = o.random ? low + rnd() % (high - low + 1) : over_next;
		b = a + o.range - 1 > high ? high : a + o.range - 1;
		over_next = b >= high ? low : b + 1;
		command(c, K_REQ, "%s %s%s%llu-%llu\r\n", verb, o.mode == M_HDR ? o.header : "",
		    o.mode == M_HDR ? " " : "", a, b);
	} else if (shape == BY_NUMBER) {
		a = o.random ? low + rnd() % (high - low + 1) : c->next++;
		if (c->next > high)
			c->next = low;
		command(c, K_REQ, "%s %llu\r\n", verb, a);
	} else if (shape == BY_GROUP) {
		command(c, K_REQ, "%s %s\r\n", verb, o.group);
	} else if (o.mode == M_MSGID) {
		command(c, K_REQ, "%s %s\r\n", verb, arts[rnd() % narts].mid);
	} else if (o.mode == M_TAKETHIS) {
		command(c, K_REQ, "%s %s\r\n", verb, arts[c->art].mid);
		put(c, arts[c->art].wire, arts[c->art].len);
	} else {
		command(c, K_REQ, "%s\r\n", verb);
	}
	issued++;
	return 1;
}

static void refill(struct conn *c)
{
	if (!c->ready || c->closed)
		return;
	if (!run_start) {
		if (nready + nclosed < o.conns || o.mode == M_IDLE)
			return;
		run_start = now_ns();
		stop_at = run_start + (uint64_t)(o.secs * 1e9);
		for (int i = 0; i < o.conns; i++)
			if (&conns[i] != c)
				refill(&conns[i]);
	}
	unsigned depth = o.mode == M_POST ? 1 : (unsigned)o.depth;
	while (c->inflight < depth && c->tail - c->head < (1 << 20))
		if (!issue(c))
			break;
	if (c->tail > c->head)
		flush_out(c);
}

/* The next step of the greeting dialogue; `step` is the reply just seen. */
static void dialogue(struct conn *c, int step, int code)
{
	if (step == K_GREET && o.reader) {
		command(c, K_READER, "MODE READER\r\n");
	} else if (step <= K_READER && o.user) {
		command(c, K_USER, "AUTHINFO USER %.*s\r\n", (int)strcspn(o.user, ":"), o.user);
	} else if (step == K_USER && code == 381) {
		command(c, K_PASS, "AUTHINFO PASS %s\r\n", o.user + strcspn(o.user, ":") + 1);
	} else if (step <= K_PASS && o.mode == M_TAKETHIS) {
		command(c, K_STREAM, "MODE STREAM\r\n");
	} else if (step <= K_PASS && o.group && o.mode != M_POST) {
		command(c, K_SETUP, "GROUP %s\r\n", o.group);
	} else {
		c->ready = 1;
		nready++;
		c->next = low + (uint64_t)(c - conns) * ((high - low + 1) / (uint64_t)o.conns);
		refill(c);
		return;
	}
	flush_out(c);
}

/* ---- replies ---- */

static void finish(struct conn *c, int code)
{
	unsigned size = (unsigned)o.depth + 8;
	struct pending p = c->ring[c->first];
	c->first = (c->first + 1) % size;
	c->count--;
	if (p.kind == K_REQ) {
		if (o.mode == M_POST && code == 340) { /* goes on: the same request */
			if (narts)
				put(c, arts[c->art].wire, arts[c->art].len);
			else
				send_made_article(c);
			await(c, K_POSTDATA, p.start);
			return;
		}
	} else if (p.kind != K_POSTDATA) {
		if (code >= 400)
			die("set-up refused: %s", c->status);
		dialogue(c, p.kind, code);
		return;
	}
	c->inflight--;
	done++;
	note_latency(now_ns() - p.start);
	if (code == 420 || code == 423 || code == 430) {
		missing++;
	} else if (code >= 400) {
		errors++;
		if (o.verbose)
			fprintf(stderr, "%s\n", c->status);
	}
}

static int has_body(struct conn *c, int code)
{
	if (c->ring[c->first].kind != K_REQ)
		return 0;
	switch (code) {
	case 100:
	case 101:
	case 215:
	case 220:
	case 221:
	case 222:
	case 224:
	case 225:
	case 230:
	case 231:
	case 282:
		return 1;
	case 211:
		return o.mode == M_LISTGROUP;
	}
	return 0;
}

static int code_of(const struct conn *c)
{
	return isdigit((unsigned char)c->status[0]) ? atoi(c->status) : 599;
}

/* A whole status line stands in c->status. */
static void status_line(struct conn *c)
{
	int code = code_of(c);
	if (!c->count) {
		if (code >= 400 && o.verbose)
			fprintf(stderr, "unasked: %s\n", c->status);
		return;
	}
	if (c->ring[c->first].kind == K_SETUP && code == 211) {
		unsigned long long n, a, b;
		if (sscanf(c->status, "%*d %llu %llu %llu", &n, &a, &b) == 3 && b >= a) {
			group_count = n;
			low = a;
			high = b;
			if (!over_next)
				over_next = low;
		}
	}
	if (has_body(c, code)) {
		c->line_state = 1;
		return;
	}
	finish(c, code);
}

static char *body_end(struct conn *c, char *feed)
{
	c->line_state = -1;
	finish(c, code_of(c));
	return feed + 1;
}

/*
 * line_state: 0 inside a line, 1 at its start, 2 after a leading dot, 3 after
 * a leading dot and CR.  Returns where the body ended, or `end`.
 */
static char *scan_body(struct conn *c, char *p, char *end)
{
	while (p < end) {
		switch (c->line_state) {
		case 1:
			if (*p == '.') {
				c->line_state = 2;
				p++;
				break;
			}
			c->line_state = 0;
			/* fall through */
		case 0:
			p = memchr(p, '\n', (size_t)(end - p));
			if (!p)
				return end;
			p++;
			lines_in++;
			c->line_state = 1;
			break;
		case 2:
			if (*p == '\r') {
				c->line_state = 3;
				p++;
			} else if (*p == '\n') {
				return body_end(c, p);
			} else {
				stuffed++;
				c->line_state = 0;
			}
			break;
		case 3:
			if (*p == '\n')
				return body_end(c, p);
			c->line_state = 0;
			break;
		}
	}
	return end;
}

static void on_input(struct conn *c)
{
	static char buf[1 << 18];
	ssize_t n = read(c->fd, buf, sizeof buf);
	if (n <= 0) {
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		drop(c, n ? strerror(errno) : "closed by the server");
		return;
	}
	if (o.quickack)
		setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &o.quickack, sizeof o.quickack);
	if (run_start)
		bytes_in += (uint64_t)n;
	char *p = buf, *end = buf + n;
	while (p < end && !c->closed) {
		if (c->line_state >= 0) {
			p = scan_body(c, p, end);
			continue;
		}
		char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);
		size_t room = sizeof c->status - 1 - c->slen;
		memcpy(c->status + c->slen, p, len < room ? len : room);
		c->slen += len < room ? len : room;
		if (!nl)
			return;
		p = nl + 1;
		while (c->slen && c->status[c->slen - 1] == '\r')
			c->slen--;
		c->status[c->slen] = 0;
		c->slen = 0;
		status_line(c);
	}
	if (!c->closed) {
		refill(c);
		if (!c->closed && c->tail > c->head)
			flush_out(c);
	}
}

/* ---- run ---- */

static void open_conn(struct conn *c)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)o.port)};
	int one = 1;
	if (inet_pton(AF_INET, o.host, &sa.sin_addr) != 1)
		die("%s: not an IPv4 address", o.host);
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&sa, sizeof sa))
		die("connect: %s", strerror(errno));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	c->ring = grow(NULL, ((size_t)o.depth + 8) * sizeof *c->ring);
	c->line_state = -1;
	await(c, K_GREET, now_ns());
	struct epoll_event e = {.events = c->events = EPOLLIN, .data.ptr = c};
	if (epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e))
		die("epoll: %s", strerror(errno));
}

static int finished(void)
{
	uint64_t flying = 0;
	if (!run_start)
		return 0;
	if (now_ns() >= stop_at)
		stopping = 1;
	for (int i = 0; i < o.conns; i++)
		flying += conns[i].closed ? 0 : conns[i].inflight;
	if (flying)
		return stopping && now_ns() > stop_at + 20000000000u;
	return stopping || (o.n && issued >= o.n) || (narts && next_art >= narts) ||
	       nclosed == o.conns;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

static double quantile(double q)
{
	return nlat ? lat[(size_t)(q * (double)(nlat - 1))] : 0;
}

static void report(double secs, double setup)
{
	struct rusage ru;
	getrusage(RUSAGE_SELF, &ru);
	qsort(lat, nlat, sizeof *lat, by_value);
	printf("mode=%s conns=%d depth=%d secs=%.3f requests=%llu req_s=%.1f lines=%llu "
	       "lines_s=%.0f mb_in=%.2f mb_s=%.2f mb_out_s=%.2f p50_us=%.0f p99_us=%.0f "
	       "max_us=%.0f missing=%llu errors=%llu lost=%d stuffed=%llu setup_ms=%.1f "
	       "group_n=%llu cpu_self=%.2f\n",
	    modes[o.mode].name, o.conns, o.depth, secs, (unsigned long long)done,
	    (double)done / secs, (unsigned long long)lines_in, (double)lines_in / secs,
	    (double)bytes_in / 1e6, (double)bytes_in / 1e6 / secs, (double)bytes_out / 1e6 / secs,
	    quantile(.5), quantile(.99), quantile(1), (unsigned long long)missing,
	    (unsigned long long)errors, nclosed, (unsigned long long)stuffed, setup * 1e3,
	    (unsigned long long)group_count,
	    (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
		(double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
	fflush(stdout);
}

static void read_options(int argc, char **argv)
{
	int opt;
	while ((opt = getopt(argc, argv, "m:h:p:g:c:d:n:t:R:rH:f:s:i:u:MqS:v")) != -1) {
		/* clang-format off */
        switch (opt) {
        case 'm':
            for (int i = 0; i < NMODES; i++)
                if (!strcmp(optarg, modes[i].name))
                    o.mode = i;
            break;
        case 'h': o.host = optarg; break;
        case 'p': o.port = atoi(optarg); break;
        case 'g': o.group = optarg; break;
        case 'c': o.conns = atoi(optarg); break;
        case 'd': o.depth = atoi(optarg); break;
        case 'n': o.n = strtoull(optarg, NULL, 10); break;
        case 't': o.secs = atof(optarg); break;
        case 'R': o.range = strtoull(optarg, NULL, 10); break;
        case 'r': o.random = 1; break;
        case 'H': o.header = optarg; break;
        case 'f': o.file = optarg; break;
        case 's': o.bodysize = strtoull(optarg, NULL, 10); break;
        case 'i': o.idle = atoi(optarg); break;
        case 'u': o.user = optarg; break;
        case 'M': o.reader = 1; break;
        case 'q': o.quickack = 1; break;
        case 'S': o.seed = strtoull(optarg, NULL, 10); break;
        case 'v': o.verbose = 1; break;
        default: usage();
        }
		/* clang-format on */
	}
	if (o.mode < 0 || o.conns < 1 || o.depth < 1 || !o.range ||
	    ((modes[o.mode].shape != BY_ITSELF || (o.mode == M_POST && !o.file)) && !o.group) ||
	    ((o.mode == M_TAKETHIS || o.mode == M_MSGID) && !o.file))
		usage();
	if (o.secs <= 0)
		o.secs = o.n || o.mode == M_TAKETHIS ? 86400 : 10;
}

static void read_articles(void)
{
	if (o.mode == M_MSGID)
		read_ids(o.file);
	else if (o.file)
		read_mbox(o.file);
	if (o.file && !narts)
		die("%s: nothing to send", o.file);
}

/* The turns of the loop until all is done; begin: when the first connection was made. */
static double turn(uint64_t begin)
{
	struct epoll_event ev[256];
	uint64_t idle_until = 0;
	double setup = 0;
	while (!finished()) {
		int n = epoll_wait(ep, ev, 256, 200);
		for (int i = 0; i < n; i++) {
			struct conn *c = ev[i].data.ptr;
			if (!c->closed && ev[i].events & EPOLLOUT)
				flush_out(c);
			if (!c->closed && ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
				on_input(c);
		}
		if (!setup && nready + nclosed >= o.conns)
			setup = (double)(now_ns() - begin) / 1e9;
		if (nclosed == o.conns && !run_start)
			die("all connections were closed during set-up");
		if (o.mode == M_IDLE && setup) {
			if (!idle_until) {
				idle_until = now_ns() + (uint64_t)o.idle * 1000000000u;
				printf("ready=%d closed=%d setup_ms=%.1f\n", nready, nclosed,
				    setup * 1e3);
				fflush(stdout);
			} else if (now_ns() > idle_until) {
				exit(0);
			}
		}
	}
	return setup;
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	rng_state = o.seed * 0xd1342543de82ef95u;
	read_articles();
	conns = calloc((size_t)o.conns, sizeof *conns);
	ep = epoll_create1(0);
	if (!conns || ep < 0)
		die("set-up: %s", strerror(errno));
	uint64_t begin = now_ns();
	for (int i = 0; i < o.conns; i++)
		open_conn(&conns[i]);
	double setup = turn(begin);
	report((double)(now_ns() - run_start) / 1e9, setup);
	return errors ? 3 : 0;
}
