/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A store with a few groups and articles, and a worker that serves it to a
 * client on a socketpair: for the tests of news.
 *
 *   rat.bau        1 to 4; 2 was withdrawn, 3 stands in rat.finanzen too, 4 in vorstand
 *   rat.finanzen   1; moderated, masks addresses
 *   rat.leer       nothing; closed
 *   vorstand       1 and 2, read by members only
 */
#ifndef TESTS_UNIT_NEWS_SAMPLE_H
#define TESTS_UNIT_NEWS_SAMPLE_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "accept/accept.h"
#include "accept/withdraw.h"
#include "news/session.h"
#include "news/worker.h"
#include "store/group.h"
#include "store/store.h"

#define SAMPLE_ARRIVED INT64_C(1795500000) /* 2026-11-24 06:00:00 UTC */

struct sample {
	char *folder;
	char *trusted[1];
	struct settings settings;
	struct store *store; /* the writer's */
	struct event_base *base;
	struct news_worker *worker;
};

static const struct {
	const char *name;
	const char *address;
	const char *title;
	enum group_post post;
	bool members;
	bool masked;
} sample_groups[] = {
    {"rat.bau", "bau@stadt.example", "Bauen & Wohnen", POST_OPEN, false, false},
    {"rat.finanzen", "finanzen@stadt.example", "", POST_MODERATED, false, true},
    {"rat.leer", "leer@stadt.example", "Noch\tnichts", POST_CLOSED, false, false},
    {"vorstand", "vorstand@stadt.example", "Vorstand", POST_OPEN, true, false},
};

static const struct {
	unsigned groups[3]; /* of the table above, from 1 */
	const char *text;
} sample_articles[] = {
    {{1},
	"From: Ada <ada@stadt.example>\r\nSubject: Erstens\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n"
	"Message-ID: <1@ada.example>\r\nX-Farbe: rot,\r\n\tgelb\r\n\r\nEins.\r\n.zwei\r\n"},
    {{1},
	"From: Ada <ada@stadt.example>\r\nSubject: Zweitens\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
	"Message-ID: <2@ada.example>\r\n\r\nWeg.\r\n"},
    {{1, 2},
	"From: Bob <bob@stadt.example>\r\nTo: bau@stadt.example, bob@stadt.example\r\nSubject: Re: Erstens\r\n"
	"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <3@bob.example>\r\n"
	"In-Reply-To: <1@ada.example>\r\n\r\nDrei.\r\n"},
    {{1, 4},
	"From: Bob <bob@stadt.example>\r\nSubject: Beides\r\nDate: Mon, 23 Nov 2026 11:00:00 +0000\r\n"
	"Message-ID: <4@bob.example>\r\n\r\nVier.\r\n"},
    {{4},
	"From: Bob <bob@stadt.example>\r\nSubject: Geheim\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
	"Message-ID: <5@bob.example>\r\n\r\nStill.\r\n"},
};

/* What a test cannot do without. */
static inline void sample_need(bool truth, const GError *error)
{
	if (truth && error == NULL)
		return;
	g_printerr("sample: %s\n", error != NULL ? error->message : "failed");
	abort();
}

/* Accept one message for groups (names) in a transaction of its own. */
static inline void sample_accept(
    struct sample *sample, const char *text, const char *const *names, size_t n)
{
	struct submission submission = {
	    .bytes = text,
	    .size = strlen(text),
	    .sender = "ada@stadt.example",
	    .via = VIA_IMPORT,
	    .approved = true,
	    .n_groups = n,
	    .arrived = SAMPLE_ARRIVED,
	};
	g_autoptr(GError) error = NULL;
	struct group *groups[4];
	struct outcome outcome;

	for (size_t i = 0; i < n; i++) {
		groups[i] = group_find(sample->store, names[i], &error);
		sample_need(groups[i] != NULL, error);
	}
	submission.groups = groups;
	sample_need(store_begin(sample->store, &error), error);
	sample_need(
	    accept_message(sample->store, &sample->settings, &submission, &outcome, &error), error);
	sample_need(store_commit(sample->store, &error), error);
	outcome_clear(&outcome);
	for (size_t i = 0; i < n; i++)
		group_free(groups[i]);
}

static inline void sample_fill(struct sample *sample)
{
	g_autoptr(GError) error = NULL;

	sample_need(store_begin(sample->store, &error), error);
	for (size_t i = 0; i < G_N_ELEMENTS(sample_groups); i++) {
		struct group group = {
		    .name = g_strdup(sample_groups[i].name),
		    .address = g_strdup(sample_groups[i].address),
		    .title = g_strdup(sample_groups[i].title),
		    .post = sample_groups[i].post,
		    .read_members = sample_groups[i].members,
		    .masked = sample_groups[i].masked,
		};

		sample_need(group_add(sample->store, &group, &error), error);
		g_free(group.name);
		g_free(group.address);
		g_free(group.title);
	}
	sample_need(store_commit(sample->store, &error), error);
	for (size_t i = 0; i < G_N_ELEMENTS(sample_articles); i++) {
		const char *names[3];
		size_t n = 0;

		while (n < 3 && sample_articles[i].groups[n] > 0) {
			names[n] = sample_groups[sample_articles[i].groups[n] - 1].name;
			n++;
		}
		sample_accept(sample, sample_articles[i].text, names, n);
	}
	sample_need(store_begin(sample->store, &error), error);
	sample_need(withdraw_article(sample->store, "<2@ada.example>", "test", &error), error);
	sample_need(store_commit(sample->store, &error), error);
}

/* A worker with these limits over the store; settings may be changed before. */
static inline void sample_serve(struct sample *sample)
{
	g_autoptr(GError) error = NULL;

	sample->base = event_base_new();
	sample->worker = news_worker_new(&sample->settings, sample->base, &error);
	sample_need(sample->worker != NULL, error);
}

static inline void sample_rest(struct sample *sample)
{
	while (sample->worker->sessions != NULL)
		lineconn_abort(sample->worker->sessions->conn);
	news_worker_free(sample->worker);
	event_base_free(sample->base);
}

static inline struct sample *sample_new(void)
{
	struct sample *sample = g_new0(struct sample, 1);
	g_autoptr(GError) error = NULL;

	sample->folder = g_dir_make_tmp("umlauf-XXXXXX", &error);
	sample_need(sample->folder != NULL, error);
	sample->settings.domain = g_strdup("news.example");
	sample->settings.post_socket = g_build_filename(sample->folder, "post", NULL);
	sample->settings.store = g_strdup_printf("sqlite:%s/umlauf.db", sample->folder);
	sample->settings.timezone = g_strdup("Europe/Berlin");
	sample->settings.trusted_authserv = sample->trusted;
	sample->settings.max_message_size = 25 * 1024 * 1024;
	sample->settings.max_connections = 100;
	sample->settings.max_connections_per_address = 100;
	sample->settings.idle_timeout_ms = 60000;
	sample_need(store_migrate(sample->settings.store, &error), error);
	sample->store = store_open(sample->settings.store, STORE_LOAD, &error);
	sample_need(sample->store != NULL, error);
	sample_fill(sample);
	return sample;
}

static inline void sample_free(struct sample *sample)
{
	GDir *folder = g_dir_open(sample->folder, 0, NULL);
	const char *name;

	store_close(sample->store);
	while ((name = g_dir_read_name(folder)) != NULL) {
		g_autofree char *path = g_build_filename(sample->folder, name, NULL);

		g_unlink(path);
	}
	g_dir_close(folder);
	g_rmdir(sample->folder);
	g_free(sample->folder);
	g_free(sample->settings.domain);
	g_free(sample->settings.post_socket);
	g_free(sample->settings.store);
	g_free(sample->settings.timezone);
	g_free(sample);
}

/* The client's end of a new session. */
static inline int sample_connect(struct sample *sample)
{
	int ends[2];

	sample_need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0, NULL);
	news_session_open(sample->worker, ends[0]);
	return ends[1];
}

/* Let the worker go on, and append what the client gets; false at the end of the session. */
static inline bool sample_take(struct sample *sample, int fd, GString *got)
{
	char piece[65536];
	ssize_t size;

	event_base_loop(sample->base, EVLOOP_NONBLOCK);
	do {
		size = read(fd, piece, sizeof(piece));
		if (size > 0)
			g_string_append_len(got, piece, size);
	} while (size > 0);
	return size < 0 && errno == EAGAIN;
}

/* All that a client gets that sends these octets (`step` of them at once) and then QUIT, without the
 * greeting and the good-bye. */
static inline GString *sample_talk(
    struct sample *sample, const char *lines, size_t size, size_t step)
{
	static const char greeting_end[] = "\r\n";
	static const char good_bye[] = "205 good-bye\r\n";
	g_autoptr(GString) said = g_string_new_len(lines, (gssize)size);
	const int fd = sample_connect(sample);
	GString *got = g_string_new(NULL);
	bool open = true;
	size_t at = 0;
	char *end;

	g_string_append(said, "QUIT\r\n");
	while (open) {
		const size_t now = MIN(step, said->len - at);
		const ssize_t done = now > 0 ? send(fd, said->str + at, now, MSG_NOSIGNAL) : 0;

		at += done > 0 ? (size_t)done : 0;
		open = sample_take(sample, fd, got);
	}
	close(fd);
	end = strstr(got->str, greeting_end);
	sample_need(g_str_has_prefix(got->str, "20") && end != NULL, NULL);
	g_string_erase(got, 0, end + 2 - got->str);
	sample_need(g_str_has_suffix(got->str, good_bye), NULL);
	g_string_truncate(got, got->len - strlen(good_bye));
	return got;
}

#endif
