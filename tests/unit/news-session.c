/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "news-sample.h"

static struct sample *sample;

#define GROUP_BAU "211 3 1 4 rat.bau\r\n"
#define NO_ID "430 no article with that message-id\r\n"
#define NO_NUMBER "423 no article with that number\r\n"
#define NO_RANGE "423 no articles in that range\r\n"
#define NO_GROUP "412 no newsgroup selected\r\n"
#define NO_CURRENT "420 no current article\r\n"
#define SYNTAX "501 syntax error\r\n"

/* What a client says, and all that it gets, by section of RFC 3977. */
static const struct {
	const char *name;
	const char *said;
	const char *got;
} cases[] = {
    /* clang-format off */
	/* 5: the session */
	{"mode reader", "mode reader\r\n", "200 ready, posting allowed\r\n"},
	{"capabilities",
		"CAPABILITIES\r\nCAPABILITIES AUTOUPDATE\r\nCAPABILITIES ?\r\n",
		"101 capabilities follow\r\nVERSION 2\r\nREADER\r\nPOST\r\nNEWNEWS\r\n"
		"LIST ACTIVE ACTIVE.TIMES COUNTS HEADERS NEWSGROUPS OVERVIEW.FMT\r\nOVER MSGID\r\nHDR\r\n"
		"IMPLEMENTATION Umlauf " PACKAGE_VERSION "\r\n.\r\n"
		"101 capabilities follow\r\nVERSION 2\r\nREADER\r\nPOST\r\nNEWNEWS\r\n"
		"LIST ACTIVE ACTIVE.TIMES COUNTS HEADERS NEWSGROUPS OVERVIEW.FMT\r\nOVER MSGID\r\nHDR\r\n"
		"IMPLEMENTATION Umlauf " PACKAGE_VERSION "\r\n.\r\n" SYNTAX},
	{"unknown", "IHAVE <1@ada.example>\r\n\r\nGROUP\r\n", "500 unknown command\r\n500 empty line\r\n" SYNTAX},

	/* 6.1: groups */
	{"group", "GROUP rat.bau\r\nSTAT\r\n", GROUP_BAU "223 1 <1@ada.example>\r\n"},
	{"empty group", "GROUP rat.leer\r\nSTAT\r\nNEXT\r\nLAST\r\nOVER\r\nOVER 1-\r\nLISTGROUP\r\n",
		"211 0 1 0 rat.leer\r\n" NO_CURRENT NO_CURRENT NO_CURRENT NO_CURRENT NO_RANGE
		"211 0 1 0 rat.leer list follows\r\n.\r\n"},
	{"group of members", "GROUP vorstand\r\nLISTGROUP vorstand\r\nSTAT 1\r\n",
		"411 no such newsgroup\r\n411 no such newsgroup\r\n" NO_GROUP},
	{"a wrong group changes nothing", "GROUP rat.bau\r\nSTAT 3\r\nGROUP nix\r\nSTAT\r\n",
		GROUP_BAU "223 3 <3@bob.example>\r\n411 no such newsgroup\r\n223 3 <3@bob.example>\r\n"},
	{"listgroup",
		"LISTGROUP\r\nLISTGROUP rat.bau\r\nLISTGROUP rat.bau 2-3\r\nSTAT\r\nLISTGROUP rat.bau 2\r\n"
		"LISTGROUP rat.bau 3-1\r\nLISTGROUP rat.bau x\r\nLISTGROUP\r\n",
		NO_GROUP "211 3 1 4 rat.bau list follows\r\n1\r\n3\r\n4\r\n.\r\n"
		"211 3 1 4 rat.bau list follows\r\n3\r\n.\r\n223 1 <1@ada.example>\r\n"
		"211 3 1 4 rat.bau list follows\r\n.\r\n211 3 1 4 rat.bau list follows\r\n.\r\n" SYNTAX
		"211 3 1 4 rat.bau list follows\r\n1\r\n3\r\n4\r\n.\r\n"},
	{"next and last", "NEXT\r\nGROUP rat.bau\r\nLAST\r\nNEXT\r\nNEXT\r\nNEXT\r\nLAST\r\nSTAT\r\n",
		NO_GROUP GROUP_BAU "422 no previous article in this group\r\n223 3 <3@bob.example>\r\n"
		"223 4 <4@bob.example>\r\n421 no next article in this group\r\n223 3 <3@bob.example>\r\n"
		"223 3 <3@bob.example>\r\n"},

	/* 6.2: articles */
	{"stat", "STAT\r\nSTAT 1\r\nGROUP rat.bau\r\nSTAT 2\r\nSTAT 99999999999\r\nSTAT 0\r\nSTAT 1-2\r\n"
		"STAT 12345678901234567\r\nSTAT <3@bob.example>\r\nSTAT\r\nSTAT <3@bob\r\nSTAT x\r\n",
		NO_GROUP NO_GROUP GROUP_BAU NO_NUMBER NO_NUMBER NO_NUMBER SYNTAX SYNTAX
		"223 0 <3@bob.example>\r\n223 1 <1@ada.example>\r\n" SYNTAX SYNTAX},
	{"odd ids", "STAT <\303\274@ada.example>\r\nSTAT <>\r\nSTAT <a>b>\r\nSTAT <\303@x>\r\nSTAT a@b\r\n",
		NO_ID SYNTAX SYNTAX SYNTAX SYNTAX},
	{"article", "ARTICLE <1@ada.example>\r\n",
		"220 0 <1@ada.example>\r\nPath: news.example!.POSTED!not-for-mail\r\nNewsgroups: rat.bau\r\n"
		"Injection-Info: news.example\r\nInjection-Date: Tue, 24 Nov 2026 06:00:00 +0000\r\n"
		"Xref: news.example rat.bau:1\r\nFrom: Ada <ada@stadt.example>\r\nSubject: Erstens\r\n"
		"Date: Mon, 23 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@ada.example>\r\nX-Farbe: rot,\r\n"
		"\tgelb\r\n\r\nEins.\r\n..zwei\r\n.\r\n"},
	{"body", "GROUP rat.bau\r\nBODY 4\r\nBODY\r\n",
		GROUP_BAU "222 4 <4@bob.example>\r\nVier.\r\n.\r\n222 4 <4@bob.example>\r\nVier.\r\n.\r\n"},
	{"head of a crosspost", "HEAD <4@bob.example>\r\n",
		"221 0 <4@bob.example>\r\nPath: news.example!.POSTED!not-for-mail\r\nNewsgroups: rat.bau\r\n"
		"Injection-Info: news.example\r\nInjection-Date: Tue, 24 Nov 2026 06:00:00 +0000\r\n"
		"Xref: news.example rat.bau:4\r\nFrom: Bob <bob@stadt.example>\r\nSubject: Beides\r\n"
		"Date: Mon, 23 Nov 2026 11:00:00 +0000\r\nMessage-ID: <4@bob.example>\r\n.\r\n"},
	{"not to be seen", "STAT <2@ada.example>\r\nARTICLE <5@bob.example>\r\nOVER <5@bob.example>\r\n"
		"HDR Subject <5@bob.example>\r\nHDR To <5@bob.example>\r\nHEAD <nix@nix>\r\n",
		NO_ID NO_ID NO_ID NO_ID NO_ID NO_ID},

	/* 7: information */
	{"list", "LIST\r\nLIST ACTIVE rat.*,!rat.bau\r\nLIST ACTIVE vorstand\r\nLIST ACTIVE a,,b\r\n",
		"215 list follows\r\nrat.bau 4 1 y\r\nrat.finanzen 1 1 m\r\nrat.leer 0 1 n\r\n.\r\n"
		"215 list follows\r\nrat.finanzen 1 1 m\r\nrat.leer 0 1 n\r\n.\r\n215 list follows\r\n.\r\n" SYNTAX},
	{"list newsgroups", "LIST NEWSGROUPS\r\nlist newsgroups *.bau\r\n",
		"215 list follows\r\nrat.bau\tBauen & Wohnen\r\nrat.finanzen\t?\r\nrat.leer\tNoch nichts\r\n.\r\n"
		"215 list follows\r\nrat.bau\tBauen & Wohnen\r\n.\r\n"},
	{"list counts", "LIST COUNTS\r\n",
		"215 list follows\r\nrat.bau 4 1 3 y\r\nrat.finanzen 1 1 1 m\r\nrat.leer 0 1 0 n\r\n.\r\n"},
	{"list headers", "LIST HEADERS\r\nLIST HEADERS msgid\r\nLIST HEADERS x\r\n",
		"215 fields follow\r\n:\r\n:bytes\r\n:lines\r\n.\r\n215 fields follow\r\n:\r\n:bytes\r\n:lines\r\n.\r\n"
		SYNTAX},
	{"list overview.fmt", "LIST OVERVIEW.FMT\r\n",
		"215 order of fields follows\r\nSubject:\r\nFrom:\r\nDate:\r\nMessage-ID:\r\nReferences:\r\n:bytes\r\n"
		":lines\r\nXref:full\r\n.\r\n"},
	{"newgroups", "NEWGROUPS 19990101 000000 GMT\r\nNEWGROUPS 99990101 000000\r\nNEWGROUPS 0 0\r\n"
		"NEWGROUPS 19990101 000000 CET\r\n",
		"231 new newsgroups follow\r\nrat.bau 4 1 y\r\nrat.finanzen 1 1 m\r\nrat.leer 0 1 n\r\n.\r\n"
		"231 new newsgroups follow\r\n.\r\n" SYNTAX SYNTAX},
	{"newnews", "NEWNEWS * 20261124 060000 GMT\r\nNEWNEWS *.finanzen 20261124 070000\r\n"
		"NEWNEWS * 20261124 060001 GMT\r\nNEWNEWS vorstand 19990101 000000\r\nNEWNEWS a,,b 19990101 000000\r\n",
		"230 new articles follow\r\n<1@ada.example>\r\n<3@bob.example>\r\n<4@bob.example>\r\n.\r\n"
		"230 new articles follow\r\n<3@bob.example>\r\n.\r\n230 new articles follow\r\n.\r\n"
		"230 new articles follow\r\n.\r\n" SYNTAX},

	/* 8: fields; slrn asks without a group and wants 412 */
	{"over without a group", "XOVER\r\nXOVER 1-\r\nXHDR Path\r\nOVER 1\r\nHDR Subject 1-\r\nXHDR Path 1-\r\n",
		NO_GROUP NO_GROUP NO_GROUP NO_GROUP NO_GROUP NO_GROUP},
	{"over", "GROUP rat.bau\r\nOVER 4\r\nOVER 2\r\nXOVER 5-\r\nOVER 4-3\r\nOVER 1-x\r\nOVER <4@bob.example>\r\n",
		GROUP_BAU "224 overview follows\r\n"
		"4\tBeides\tBob <bob@stadt.example>\tMon, 23 Nov 2026 11:00:00 +0000\t<4@bob.example>\t\t"
		"296\t1\tXref: news.example rat.bau:4\r\n.\r\n" NO_RANGE NO_RANGE NO_RANGE SYNTAX
		"224 overview follows\r\n"
		"0\tBeides\tBob <bob@stadt.example>\tMon, 23 Nov 2026 11:00:00 +0000\t<4@bob.example>\t\t"
		"296\t1\tXref: news.example rat.bau:4\r\n.\r\n"},
	{"hdr of the overview", "GROUP rat.bau\r\nHDR subject 1-\r\nHDR References\r\nHDR :LINES 1-3\r\nHDR XREF 3\r\n"
		"HDR Message-ID <3@bob.example>\r\nHDR Subject 2\r\n",
		GROUP_BAU "225 headers follow\r\n1 Erstens\r\n3 Re: Erstens\r\n4 Beides\r\n.\r\n"
		"225 headers follow\r\n1 \r\n.\r\n225 headers follow\r\n1 2\r\n3 1\r\n.\r\n"
		"225 headers follow\r\n3 news.example rat.bau:3 rat.finanzen:1\r\n.\r\n"
		"225 headers follow\r\n0 <3@bob.example>\r\n.\r\n" NO_RANGE},
	{"hdr of the article", "GROUP rat.bau\r\nHDR x-farbe 1-4\r\nHDR Newsgroups <3@bob.example>\r\nHDR X-Farbe 2\r\n",
		GROUP_BAU "225 headers follow\r\n1 rot, gelb\r\n3 \r\n4 \r\n.\r\n"
		"225 headers follow\r\n0 rat.bau,rat.finanzen\r\n.\r\n" NO_RANGE},
	{"hdr of nothing", "GROUP rat.bau\r\nHDR :nix 1\r\nHDR Subject: 1\r\nHDR a\xc3\xa4 1\r\nHDR : 1\r\nHDR\r\n",
		GROUP_BAU "503 no such item\r\n" SYNTAX SYNTAX SYNTAX SYNTAX},
	{"xhdr", "GROUP rat.bau\r\nXHDR newsgroups 1-3\r\nXHDR references 1\r\nXHDR X-Farbe 3\r\nXHDR lines 1\r\n"
		"XHDR Subject <1@ada.example>\r\n",
		GROUP_BAU "221 headers follow\r\n1 rat.bau\r\n3 rat.bau,rat.finanzen\r\n.\r\n"
		"221 headers follow\r\n1 (none)\r\n.\r\n221 headers follow\r\n3 (none)\r\n.\r\n"
		"221 headers follow\r\n1 2\r\n.\r\n221 headers follow\r\n<1@ada.example> Erstens\r\n.\r\n"},
    /* clang-format on */
};

static void talk(const char *said, size_t size, size_t step, const char *got)
{
	GString *answer = sample_talk(sample, said, size, step);

	assert_string_equal(answer->str, got);
	g_string_free(answer, TRUE);
}

static void commands(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		print_message("# %s\n", cases[i].name);
		talk(cases[i].said, strlen(cases[i].said), SIZE_MAX, cases[i].got);
		talk(cases[i].said, strlen(cases[i].said), 1, cases[i].got);
	}
}

/* A command line has 512 octets with CRLF; no control is in it (RFC 3977 section 3.1). */
static void bad_lines(void **state)
{
	static const char nul[] = "STAT\0\r\nDATE x\r\n";
	g_autofree char *x = g_strnfill(600, 'x');
	g_autofree char *long_line = g_strdup_printf("%s\r\nMODE READER\r\n", x);
	g_autofree char *long_word = g_strdup_printf("GROUP %.498s\r\nMODE READER\r\n", x);

	(void)state;
	talk(nul, sizeof(nul) - 1, SIZE_MAX, SYNTAX SYNTAX);
	talk(long_line, strlen(long_line), 7,
	    "501 line or argument too long\r\n200 ready, posting allowed\r\n");
	talk(long_word, strlen(long_word), SIZE_MAX,
	    "501 line or argument too long\r\n200 ready, posting allowed\r\n");
}

/* The value of a column (from 0) of the overview line that answers `command`. */
static char *column(const char *command, unsigned which)
{
	GString *got = sample_talk(sample, command, strlen(command), SIZE_MAX);
	g_auto(GStrv) lines = g_strsplit(strstr(got->str, "224 "), "\r\n", -1);
	g_auto(GStrv) columns = g_strsplit(lines[1], "\t", -1);

	g_string_free(got, TRUE);
	assert_int_equal(g_strv_length(columns), 9);
	return g_strdup(columns[which]);
}

/* RFC 3977 section 8.1: :bytes counts the article as served, before dot-stuffing; and one masked group masks all. */
static void all_agree(void **state)
{
	static const char *const ids[] = {"<1@ada.example>", "<3@bob.example>", "<4@bob.example>"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		g_autofree char *over = g_strdup_printf("OVER %s\r\n", ids[i]);
		g_autofree char *article = g_strdup_printf("ARTICLE %s\r\n", ids[i]);
		g_autofree char *bytes = column(over, 6);
		g_autofree char *from = column(over, 2);
		g_autofree char *line = g_strdup_printf("\r\nFrom: %s\r\n", from);
		GString *got = sample_talk(sample, article, strlen(article), SIZE_MAX);
		const char *text = strstr(got->str, "\r\n") + 2;
		const size_t size = strlen(text) - 3 - (strstr(text, "\r\n..") != NULL ? 1 : 0);

		assert_int_equal(g_ascii_strtoull(bytes, NULL, 10), size);
		assert_non_null(strstr(text, line));
		assert_int_equal(strstr(text, "bob@stadt.example") == NULL, i < 2);
		if (i == 1)
			assert_non_null(strstr(text, "\r\nReferences: <1@ada.example>\r\n"));
		if (i == 1)
			assert_non_null(strstr(text, "bau@stadt.example"));
		g_string_free(got, TRUE);
	}
}

/* What is committed between two commands is there for the second. */
static void sees_what_is_new(void **state)
{
	static const char *const groups[] = {"rat.leer"};
	static const char said[] = "GROUP rat.leer\r\nSTAT 1\r\n";
	struct sample *own = sample_new();
	g_autoptr(GString) got = g_string_new(NULL);
	int fd;

	(void)state;
	sample_serve(own);
	fd = sample_connect(own);
	assert_int_equal(send(fd, said, strlen(said), 0), strlen(said));
	assert_true(sample_take(own, fd, got));
	assert_true(g_str_has_suffix(got->str, "211 0 1 0 rat.leer\r\n" NO_NUMBER));
	sample_accept(own,
	    "From: Ada <ada@stadt.example>\r\nSubject: Neu\r\nMessage-ID: <neu@ada.example>\r\n"
	    "Date: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\nNeu.\r\n",
	    groups, 1);
	g_string_truncate(got, 0);
	assert_int_equal(send(fd, said, strlen(said), 0), strlen(said));
	assert_true(sample_take(own, fd, got));
	assert_string_equal(got->str, "211 1 1 1 rat.leer\r\n223 1 <neu@ada.example>\r\n");
	close(fd);
	sample_rest(own);
	sample_free(own);
}

/* More lines and larger bodies than go out in one piece. */
static void long_answers(void **state)
{
	static const char *const groups[] = {"rat.leer"};
	static const char over[] = "GROUP rat.leer\r\nOVER 1-\r\nXHDR X-Nr 1-\r\nHDR X-Nr 1-\r\n"
				   "LISTGROUP\r\nNEWNEWS rat.* 20000101 000000 GMT\r\n";
	static const char big[] = "BODY <big@ada.example>\r\n";
	struct sample *own = sample_new();
	g_autofree char *subject = g_strnfill(900, 's');
	g_autoptr(GString) text =
	    g_string_new("From: a@stadt.example\r\nMessage-ID: <big@ada.example>\r\n"
			 "Subject: x\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\n");
	g_autoptr(GString) body = g_string_new("222 0 <big@ada.example>\r\n");
	GString *got;

	(void)state;
	for (unsigned i = 1; i <= 1000; i++) {
		g_autofree char *one = g_strdup_printf(
		    "From: a@stadt.example\r\nMessage-ID: <%u@lang.example>\r\nX-Nr: %u\r\n"
		    "Subject: %s\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n\r\n%u\r\n",
		    i, i, subject, i);

		sample_accept(own, one, groups, 1);
	}
	sample_serve(own);
	got = sample_talk(own, over, strlen(over), SIZE_MAX);
	for (unsigned i = 1; i <= 1000; i++) {
		char line[64];

		snprintf(line, sizeof(line), "\r\n%u\tsss", i);
		assert_non_null(strstr(got->str, line));
		snprintf(line, sizeof(line), "\r\n%u %u\r\n", i, i);
		assert_non_null(strstr(strstr(got->str, "\r\n225 "), line));
		snprintf(line, sizeof(line), "\r\n%u\r\n", i);
		assert_non_null(strstr(strstr(got->str, "list follows\r\n"), line));
		snprintf(line, sizeof(line), "\r\n<%u@lang.example>\r\n", i);
		assert_non_null(strstr(strstr(got->str, "\r\n230 "), line));
	}
	assert_true(g_str_has_suffix(got->str, "\r\n.\r\n"));
	g_string_free(got, TRUE);
	while (text->len < 9 * 1024 * 1024)
		g_string_append(text, ".eine Zeile mit Punkt\r\nund eine ohne\r\n\r\n");
	sample_accept(own, text->str, groups, 1);
	for (size_t at = (size_t)(strstr(text->str, "\r\n\r\n") - text->str) + 4; at < text->len;
	     at += 40)
		g_string_append(body, "..eine Zeile mit Punkt\r\nund eine ohne\r\n\r\n");
	g_string_append(body, ".\r\n");
	got = sample_talk(own, big, strlen(big), SIZE_MAX);
	assert_int_equal(got->len, body->len);
	assert_true(g_string_equal(got, body));
	g_string_free(got, TRUE);
	sample_rest(own);
	sample_free(own);
}

static void hidden_from_all(void **state)
{
	static const char said[] = "LIST\r\nGROUP rat.bau\r\nSTAT <1@ada.example>\r\n"
				   "NEWNEWS * 20000101 000000 GMT\r\n";
	struct sample *own = sample_new();
	GString *got;

	(void)state;
	own->settings.require_login = LOGIN_READ;
	sample_serve(own);
	got = sample_talk(own, said, strlen(said), SIZE_MAX);
	assert_string_equal(got->str, "215 list follows\r\n.\r\n411 no such newsgroup\r\n" NO_ID
				      "230 new articles follow\r\n.\r\n");
	g_string_free(got, TRUE);
	sample_rest(own);
	sample_free(own);
}

static void limits(void **state)
{
	struct sample *own = sample_new();
	g_autoptr(GString) got = g_string_new(NULL);
	int fds[3];

	(void)state;
	own->settings.max_connections_per_address = 2;
	own->settings.max_connections = 3;
	sample_serve(own);
	for (unsigned i = 0; i < 3; i++)
		fds[i] = sample_connect(own);
	assert_false(sample_take(own, fds[2], got));
	assert_string_equal(got->str, "400 too many connections from your address\r\n");
	close(fds[0]);
	close(fds[2]);
	event_base_loop(own->base, EVLOOP_NONBLOCK);
	assert_int_equal(own->worker->n_sessions, 1);
	fds[0] = sample_connect(own);
	assert_int_equal(own->worker->n_sessions, 2);
	g_string_truncate(got, 0);
	assert_true(sample_take(own, fds[0], got));
	assert_true(g_str_has_prefix(got->str, "200 "));
	close(fds[0]);
	close(fds[1]);
	sample_rest(own);
	sample_free(own);
}

static void leaves(void **state)
{
	struct sample *own = sample_new();
	g_autoptr(GString) got = g_string_new(NULL);
	int fd;

	(void)state;
	sample_serve(own);
	fd = sample_connect(own);
	assert_true(sample_take(own, fd, got));
	g_string_truncate(got, 0);
	news_session_leave_all(own->worker);
	assert_false(sample_take(own, fd, got));
	assert_string_equal(got->str, "400 closing down\r\n");
	assert_null(own->worker->sessions);
	close(fd);
	sample_rest(own);
	sample_free(own);
}

static int set_up(void **state)
{
	(void)state;
	sample = sample_new();
	sample_serve(sample);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sample_rest(sample);
	sample_free(sample);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(commands),
	    cmocka_unit_test(bad_lines),
	    cmocka_unit_test(all_agree),
	    cmocka_unit_test(sees_what_is_new),
	    cmocka_unit_test(long_answers),
	    cmocka_unit_test(hidden_from_all),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(leaves),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("news/session", tests, set_up, tear_down);
}
