/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Lets messages arrive in the order of stdin and says what became of their threads; for
 * tests/story/40-arrival.py.  Fields of a line are separated by TAB:
 *
 *   m ID DATE FROM TO SUBJECT REFERENCES IN-REPLY-TO THREAD-INDEX ORIGINAL ANSWERS GROUPS
 *         a message (again).  DATE in Unix seconds; FROM to ORIGINAL are values of fields (ORIGINAL:
 *         X-Original-Message-ID), one that is empty is left out; ANSWERS is the id that the
 *         reply address names, which has arrived, or empty; GROUPS separated by blanks
 *   r ID  it is withdrawn
 *   .     the end of a case: for each of its articles a line `ID PARENT ROOT WANTED` (0: none;
 *         no root has a PARENT), then a `.`
 *
 * At the end of the input come the findings of store_verify, `end`, and the folder in which the store
 * is left.
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

/* The fields of a line `m`. */
enum {
	ID = 1,
	DATE,
	FROM,
	ORIGINAL = 9,
	ANSWERS,
	GROUPS,
	N_WORDS,
};

static const char *const fields[] = {
    "From", "To", "Subject", "References", "In-Reply-To", "Thread-Index", "X-Original-Message-ID"};

static GString *compose(char *const *words)
{
	g_autofree char *date = text_mail_date(g_ascii_strtoll(words[DATE], NULL, 10));
	GString *mail = g_string_new(NULL);

	g_string_append_printf(mail, "Message-ID: %s\r\nDate: %s\r\n", words[ID], date);
	for (int i = FROM; i <= ORIGINAL; i++)
		if (words[i][0])
			g_string_append_printf(mail, "%s: %s\r\n", fields[i - FROM], words[i]);
	g_string_append(mail, "\r\nHallo\r\n");
	return mail;
}

static GPtrArray *groups_named(struct sample *sample, const char *names)
{
	g_auto(GStrv) list = g_strsplit(names, " ", -1);
	GPtrArray *groups = g_ptr_array_new();

	for (guint i = 0; i < sample->groups->len; i++) {
		struct group *group = sample->groups->pdata[i];

		if (g_strv_contains((const char *const *)list, group->name))
			g_ptr_array_add(groups, group);
	}
	if (groups->len != g_strv_length(list))
		die(names, NULL);
	return groups;
}

static int64_t known(struct sample *sample, const char *msgid)
{
	GError *error = NULL;
	int64_t id = article_find_id(sample->store, msgid, &error);

	if (id <= 0)
		die(msgid, error);
	return id;
}

static void arrive(struct sample *sample, char *const *words)
{
	g_autoptr(GString) mail = compose(words);
	g_autoptr(GPtrArray) groups = groups_named(sample, words[GROUPS]);
	struct submission submission = {
	    .bytes = mail->str,
	    .size = mail->len,
	    .sender = "",
	    .answers = words[ANSWERS][0] ? known(sample, words[ANSWERS]) : 0,
	    .groups = (struct group **)groups->pdata,
	    .n_groups = groups->len,
	    .arrived = SAMPLE_ARRIVED,
	};
	struct outcome outcome;
	GError *error = NULL;

	if (!accept_message(sample->store, sample->settings, &submission, &outcome, &error))
		die(words[ID], error);
	outcome_clear(&outcome);
}

static void say_node(struct sample *sample, const char *msgid)
{
	struct thread_node node = {0};
	struct thread_node root = {0};
	struct thread_node wanted = {0};
	GError *error = NULL;

	if (!thread_node(sample->store, known(sample, msgid), &node, &error) ||
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

	if (n == N_WORDS && words[0][0] == 'm') {
		arrive(sample, words);
		if (!g_ptr_array_find_with_equal_func(ids, words[ID], g_str_equal, NULL))
			g_ptr_array_add(ids, g_strdup(words[ID]));
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
	g_autofree char *folder = NULL;
	char line[8192];

	sample_group(sample, "bau");
	sample_group(sample, "rat");
	sample_group(sample, "amt");
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
	folder = sample_leave(sample);
	printf("end\n%s\n", folder);
	return 0;
}
