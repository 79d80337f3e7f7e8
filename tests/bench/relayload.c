/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * relayload - how fast courier/relay hands mails of 4 KiB to a relay.
 * Build: make tests/bench/relayload
 *
 * Each process has one session and sends its share, one receiver a mail.  The clock runs from the
 * moment in which all sessions are open.  Prints one line of key=value figures.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "courier/relay.h"
#include "load.h"

enum {
	BODY_SIZE = 3800, /* with the head 4 KiB */
	PROCESSES_MAX = 64,
};

static struct settings settings = {
    .domain = (char *)(uintptr_t) "last.example.org",
    .relay_tls = RELAY_TLS_AUTO,
    .relay_timeout_ms = 60000,
};

static char *make_body(void)
{
	GString *body = g_string_new("\r\n");

	while (body->len < BODY_SIZE)
		g_string_append(body,
		    "Der Rundbrief geht an alle, die ihn haben wollen, und an niemand sonst.\r\n");
	return g_string_free(body, FALSE);
}

static void send_one(struct relay *relay, struct relay_mail *mail, long number)
{
	g_autofree char *recipient = g_strdup_printf("leser%ld@last.example.org", number);
	g_autofree char *head = g_strdup_printf("From: Last Probe <last@example.org>\r\n"
						"To: <liste@last.example.org>\r\n"
						"Subject: Lastprobe %ld\r\n"
						"Date: Tue, 24 Nov 2026 06:00:00 +0000\r\n"
						"Message-ID: <%ld.%ld@last.example.org>\r\n"
						"Content-Type: text/plain; charset=utf-8\r\n",
	    number, (long)getpid(), number);
	struct relay_answer answer = {.text = g_string_new(NULL)};

	mail->recipient = recipient;
	mail->head = head;
	mail->head_size = strlen(head);
	relay_send(relay, mail, &answer);
	if (answer.end != RELAY_SENT)
		die("mail %ld: %s", number, answer.text->str);
	g_string_free(answer.text, TRUE);
}

/* A sender: open, say so, wait for the start, send. */
static void work(long count, int ready, int start)
{
	g_autofree char *body = make_body();
	g_autoptr(GError) error = NULL;
	struct relay *relay = relay_open(&settings, &error);
	struct relay_mail mail = {
	    .sender = "bounce@last.example.org", .rest = body, .rest_size = strlen(body)};
	char octet = 0;

	if (relay == NULL)
		die("%s", error->message);
	if (write(ready, &octet, 1) != 1 || read(start, &octet, 1) != 0)
		die("no start");
	for (long i = 0; i < count; i++)
		send_one(relay, &mail, i);
	relay_close(relay, false);
}

/* Seconds from the start until all have ended. */
static double run(int processes, long mails)
{
	pid_t children[PROCESSES_MAX];
	int ready[2], start[2];
	uint64_t since;
	bool failed = false;

	if (pipe(ready) != 0 || pipe(start) != 0)
		die("no pipes");
	for (int i = 0; i < processes; i++) {
		children[i] = fork();
		if (children[i] == 0) {
			close(ready[0]);
			close(start[1]);
			work(mails / processes + (i < mails % processes), ready[1], start[0]);
			_exit(0);
		}
	}
	close(ready[1]);
	for (int i = 0; i < processes; i++)
		if (read(ready[0], &(char){0}, 1) != 1)
			die("a sender could not begin");
	since = now_ns();
	close(start[1]);
	for (int i = 0; i < processes; i++) {
		int status = 0;

		waitpid(children[i], &status, 0);
		failed = failed || status != 0;
	}
	if (failed)
		die("a sender gave up");
	return (double)(now_ns() - since) / 1e9;
}

int main(int argc, char **argv)
{
	const int processes = argc == 4 ? atoi(argv[2]) : 0;
	const long mails = argc == 4 ? atol(argv[3]) : 0;
	double seconds;

	if (processes < 1 || processes > PROCESSES_MAX || mails < processes) {
		fputs("usage: relayload RELAY PROCESSES MAILS\n", stderr);
		return 2;
	}
	settings.relay = argv[1];
	seconds = run(processes, mails);
	printf("processes=%d mails=%ld secs=%.3f mails_s=%.1f\n", processes, mails, seconds,
	    (double)mails / seconds);
	return 0;
}
