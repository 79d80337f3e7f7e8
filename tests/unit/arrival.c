/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Lets messages arrive in the order of stdin and says what became of their threads; for
 * tests/story/40-arrival.py.  Fields of a line are separated by TAB:
 *
 *   m ID DATE REFERENCES IN-REPLY-TO   a message (again); DATE in Unix seconds, the last two are ids
 *                                      separated by blanks, may be empty
 *   r ID                               it is withdrawn
 *   .                                  the end of a case: for each of its articles a line `ID PARENT
 *                                      ROOT WANTED` (0: none; no root has a PARENT), then a `.`
 *
 * At the end of the input come the findings of store_verify, and `end`.
 */
#include "config.h"

#include <stdio.h>

#include "store-sample.h"

#include "accept/withdraw.h"
#include "base/text.h"
#include "store/thread.h"

static void die(const char *what, const GError *error)
{
	fprintf(stderr, "%s: %s\n", what, error ? error->message : "failed");
	exit(1);
}

static void arrive(struct sample *sample, char *const *words)
{
	g_autofree char *date = text_mail_date(g_ascii_strtoll(words[2], NULL, 10));
	g_autoptr(GString) mail = g_string_new("From: anna@stadt.example\r\n");
	struct group *group = sample->groups->pdata[0];
	struct submission submission = {
	    .sender = "", .groups = &group, .n_groups = 1, .arrived = SAMPLE_ARRIVED};
	struct outcome outcome;
	GError *error = NULL;

	g_string_append_printf(mail, "Message-ID: %s\r\nDate: %s\r\n", words[1], date);
	if (words[3][0])
		g_string_append_printf(mail, "References: %s\r\n", words[3]);
	if (words[4][0])
		g_string_append_printf(mail, "In-Reply-To: %s\r\n", words[4]);
	g_string_append(mail, "\r\nHallo\r\n");
	submission.bytes = mail->str;
	submission.size = mail->len;
	if (!accept_message(sample->store, sample->settings, &submission, &outcome, &error))
		die(words[1], error);
	outcome_clear(&outcome);
}

static void say_node(struct sample *sample, const char *msgid)
{
	struct thread_node node = {0};
	struct thread_node root = {0};
	struct thread_node wanted = {0};
	GError *error = NULL;
	int64_t id = article_find_id(sample->store, msgid, &error);

	if (id <= 0 || !thread_node(sample->store, id, &node, &error) ||
	    !thread_node(sample->store, node.root, &root, &error) ||
	    (node.wanted != 0 && !thread_node(sample->store, node.wanted, &wanted, &error)))
		die(msgid, error);
	printf("%s %s %s %s\n", node.msgid,
	    wanted.msgid && node.id != node.root ? wanted.msgid : "0", root.msgid,
	    wanted.msgid ? wanted.msgid : "0");
	thread_node_clear(&node);
	thread_node_clear(&root);
	thread_node_clear(&wanted);
}

static void end_case(struct sample *sample, GPtrArray *ids)
{
	for (guint i = 0; i < ids->len; i++)
		say_node(sample, ids->pdata[i]);
	puts(".");
	g_ptr_array_set_size(ids, 0);
}

static void take_line(struct sample *sample, char **words, GPtrArray *ids)
{
	guint n = g_strv_length(words);
	GError *error = NULL;

	if (n == 5 && words[0][0] == 'm') {
		arrive(sample, words);
		if (!g_ptr_array_find_with_equal_func(ids, words[1], g_str_equal, NULL))
			g_ptr_array_add(ids, g_strdup(words[1]));
	} else if (n == 2 && words[0][0] == 'r') {
		if (!withdraw_article(sample->store, words[1], "story", &error))
			die(words[1], error);
	} else if (n == 1 && words[0][0] == '.') {
		end_case(sample, ids);
	} else {
		die("a line that is none", NULL);
	}
}

int main(void)
{
	struct sample *sample = sample_new(NULL);
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	char line[8192];

	sample_group(sample, "bau");
	sample_begin(sample);
	while (fgets(line, sizeof(line), stdin)) {
		g_auto(GStrv) words = NULL;

		line[strcspn(line, "\n")] = '\0';
		words = g_strsplit(line, "\t", -1);
		take_line(sample, words, ids);
	}
	sample_commit(sample);
	if (!store_verify(sample->store, findings, NULL))
		die("store_verify", NULL);
	for (guint i = 0; i < findings->len; i++)
		puts(findings->pdata[i]);
	puts("end");
	sample_free(sample);
	return 0;
}
