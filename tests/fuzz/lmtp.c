/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What an MTA may say, or on the private socket a news worker, through a session over a socketpair
 * into a store.  The first octet says how many are sent at once, its top bit which of the two it is.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "../unit/news-sample.h"

#include "base/log.h"
#include "intake/lmtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct sample *sample;
static struct event_base *base;
static struct intake_batch *batch;
static struct intake_lmtp *lmtp;

/* In place of those of base/: a line for each message would hide what the fuzzer says. */
void log_open(const char *role, int to_syslog)
{
	(void)role;
	(void)to_syslog;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	(void)level;
	(void)event;
	(void)fields;
}

static void clean_up(void)
{
	intake_batch_free(batch);
	intake_lmtp_free(lmtp);
	event_base_free(base);
	g_clear_pointer(&sample->settings.runtime_dir, g_free);
	sample_free(sample);
}

static void set_up(void)
{
	g_autoptr(GPtrArray) listeners = g_ptr_array_new();

	sample = sample_new();
	sample->settings.max_message_size = 2048;
	sample->settings.runtime_dir = g_strdup(sample->folder);
	base = event_base_new();
	event_base_priority_init(base, INTAKE_PRIORITIES);
	batch = intake_batch_new(base, sample->store, &sample->settings);
	lmtp = intake_lmtp_start(base, &sample->settings, sample->store, batch, listeners, NULL);
	sample_need(lmtp != NULL, NULL);
	atexit(clean_up);
}

/* All that is answered to these octets, of which `step` are sent at once; then the sender goes. */
static GString *talk(const char *said, size_t size, size_t step, bool news)
{
	GString *got = g_string_new(NULL);
	char piece[65536];
	int ends[2];
	size_t at = 0;
	ssize_t taken;

	sample_need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, NULL);
	intake_lmtp_serve(lmtp, ends[0], news);
	do {
		const size_t now = MIN(step, size - at);
		const ssize_t done = now > 0 ? send(ends[1], said + at, now, MSG_NOSIGNAL) : 0;

		at += done > 0 ? (size_t)done : 0;
		if (at == size)
			shutdown(ends[1], SHUT_WR);
		event_base_loop(base, EVLOOP_NONBLOCK);
		while ((taken = recv(ends[1], piece, sizeof(piece), 0)) > 0)
			g_string_append_len(got, piece, taken);
	} while (taken < 0 && errno == EAGAIN);
	close(ends[1]);
	return got;
}

/* Whatever was said: each line is a reply with its code, and nothing from outside breaks it. */
static void check(const GString *got)
{
	g_auto(GStrv) lines = g_strsplit(got->str, "\r\n", -1);
	const guint n = g_strv_length(lines);

	if (strlen(got->str) != got->len || n == 0 || lines[n - 1][0] != '\0')
		abort();
	for (guint i = 0; i + 1 < n; i++) {
		const char *line = lines[i];

		if (strlen(line) < 4 || line[0] < '2' || line[0] > '5' ||
		    !g_ascii_isdigit(line[1]) || !g_ascii_isdigit(line[2]) ||
		    (line[3] != ' ' && line[3] != '-') || strpbrk(line, "\r\n") != NULL)
			abort();
	}
}

/* True for what only stands behind the end of a message, in a transaction or refused. */
static bool is_final(const char *line)
{
	static const char *const finals[] = {
	    "250 2.0.0 <", "250 2.0.0 held ", "550 5.7.1 ", "554 5.6.0 ", "451 4.3.0 not stored"};

	for (size_t i = 0; i < G_N_ELEMENTS(finals); i++)
		if (g_str_has_prefix(line, finals[i]))
			return true;
	return false;
}

/* To news a message has one answer, however many groups it was for: what follows 354 and no more. */
static void check_news(const GString *got)
{
	g_auto(GStrv) lines = g_strsplit(got->str, "\r\n", -1);
	bool expected = false;

	for (char **line = lines; *line != NULL && **line != '\0'; line++) {
		const bool too_large = g_str_has_prefix(*line, "552 5.3.4 ");
		const bool leave = g_str_has_prefix(*line, "421 ");

		if (expected ? !is_final(*line) && !too_large && !leave : is_final(*line))
			abort();
		expected = g_str_has_prefix(*line, "354 ");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t step;
	bool news;
	GString *got;

	if (size == 0)
		return 0;
	if (sample == NULL)
		set_up();
	news = bytes[0] & 0x80;
	step = bytes[0] & 0x7f;
	got = talk((const char *)bytes + 1, size - 1, step > 0 ? step : SIZE_MAX, news);
	check(got);
	if (news)
		check_news(got);
	if (g_hash_table_size(lmtp->sessions) != 0 || store_in_transaction(sample->store))
		abort();
	g_string_free(got, TRUE);
	return 0;
}
