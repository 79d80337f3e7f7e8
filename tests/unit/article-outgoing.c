/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/outgoing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define ID "List-Id: Finanzen <finanzen.listen.example>\r\n"
#define POST "List-Post: <mailto:finanzen@listen.example>\r\n"
#define PRECEDENCE "Precedence: list\r\n"
#define REPLY_TO "Reply-To: finanzen+k3f5a2c7@listen.example\r\n"
#define TO "To: finanzen@listen.example\r\n"
#define ALL ID POST PRECEDENCE REPLY_TO TO
#define SIGNED "DKIM-Signature: v=1; d=stadt.example; h=from:subject:"

static const struct {
	const char *name;
	const char *fields;
	const char *wire;
	const char *front;
	const char *rest;
} cases[] = {
    /* clang-format off */
	{"plain", "", "From: a@x\r\nSubject: Eimer\r\n\r\nHallo\r\n",
	 ALL, "From: a@x\r\nSubject: Eimer\r\n\r\nHallo\r\n"},
	{"what is there stays", "", "Reply-To: b@x\r\nTo: c@x\r\nFrom: a@x\r\n\r\n",
	 ID POST PRECEDENCE, "Reply-To: b@x\r\nTo: c@x\r\nFrom: a@x\r\n\r\n"},
	{"folds and odd bytes stay", "", "From:a@x\r\nSubject: \xfc\r\n \t x\t\r\nX:\r\n\r\n\xff",
	 ALL, "From:a@x\r\nSubject: \xfc\r\n \t x\t\r\nX:\r\n\r\n\xff"},
	{"foreign list fields", "",
	 "List-Id: <x.y>\r\nFrom: a@x\r\nPRECEDENCE: bulk\r\nlist-unsubscribe: <mailto:x@y>,\r\n <http://x>\r\n"
	 "X-List: x\r\n\r\n",
	 ALL, "From: a@x\r\nX-List: x\r\n\r\n"},
	{"receipts", "",
	 "Disposition-Notification-To: a@x\r\nDisposition-Notification-Options: x\r\n"
	 "Return-Receipt-To: a@x\r\nX-Confirm-Reading-To: a@x\r\nRead-Receipt-To: a@x\r\nFrom: a@x\r\n\r\n",
	 ALL, "From: a@x\r\n\r\n"},
	{"no business of a mail", "",
	 "Path: x\r\nNewsgroups: x\r\nFollowup-To: x\r\nXref: x\r\nControl: cancel\r\nAlso-Control: x\r\n"
	 "Supersedes: <a@x>\r\nApproved: x\r\nDistribution: x\r\nExpires: x\r\nInjection-Info: x\r\n"
	 "NNTP-Posting-Host: x\r\nLines: 3\r\nBytes: 3\r\nReturn-Path: <a@x>\r\nBcc: b@x\r\n"
	 "Resent-Bcc: b@x\r\nFrom: a@x\r\nPaths: x\r\nX-Control: x\r\n\r\n",
	 ALL, "From: a@x\r\nPaths: x\r\nX-Control: x\r\n\r\n"},
	{"lines that are no field", "", "From a@x Mon\r\nFrom: a@x\r\nSubject : x\r\nnichts\r\n und mehr\r\n\r\nx\r\n",
	 ALL, "From: a@x\r\n\r\nx\r\n"},
	{"no body", "", "From: a@x\r\n", ALL, "From: a@x\r\n\r\n"},
	{"no line end", "", "From: a@x", ALL, "From: a@x\r\n\r\n"},
	{"a last line that is left out", "", "From: a@x\r\nBcc: b@x", ALL, "From: a@x\r\n\r\n"},
	{"no fields", "", "\r\nHallo\r\n", ALL, "\r\nHallo\r\n"},
	{"nothing", "", "", ALL, "\r\n"},
	{"bare line feeds", "", "From: a@x\nBcc: x\n\nHallo\n", ALL, "From: a@x\n\nHallo\n"},

	{"id of ours", "+Message-ID: <n@listen.example>\n", "From: a@x\r\n\r\n",
	 ALL "Message-ID: <n@listen.example>\r\n", "From: a@x\r\n\r\n"},
	{"another id", "-Message-ID\n+Message-ID: <n@listen.example>\n-X-Original-Message-ID\n"
	 "+X-Original-Message-ID: <a@x>\n", "From: a@x\r\nMessage-Id: <a@x>\r\n\r\n",
	 ALL "Message-ID: <n@listen.example>\r\n", "From: a@x\r\n\r\n"},
	{"date lacks", "+Date: Mon, 23 Nov 2026 08:12:00 +0000\n", "From: a@x\r\n\r\n",
	 ALL "Date: Mon, 23 Nov 2026 08:12:00 +0000\r\n", "From: a@x\r\n\r\n"},
	{"date that can't be read", "-Date\n+Date: Mon, 23 Nov 2026 08:12:00 +0000\n",
	 "From: a@x\r\nDate: gestern\r\n\r\n", ALL, "From: a@x\r\nDate: gestern\r\n\r\n"},
	{"other lines of fields", "-Subject\n+Subject: x\n+References: <b@x>\n-To\n",
	 "From: a@x\r\nSubject: \xfc\r\n\r\n", ALL, "From: a@x\r\nSubject: \xfc\r\n\r\n"},

	{"signed and there", "",
	 SIGNED "to:reply-to:list-id:list-post:precedence:message-id:date\r\nTo: b@x\r\nReply-To: c@x\r\n"
	 "List-Id: <x.y>\r\nList-Post: NO\r\nPrecedence: bulk\r\n\r\n\r\n",
	 "",
	 SIGNED "to:reply-to:list-id:list-post:precedence:message-id:date\r\nTo: b@x\r\nReply-To: c@x\r\n"
	 "List-Id: <x.y>\r\nList-Post: NO\r\nPrecedence: bulk\r\n\r\n\r\n"},
	{"oversigned", "+Message-ID: <n@listen.example>\n+Date: Mon, 23 Nov 2026 08:12:00 +0000\n",
	 SIGNED "To:Reply-To:List-Id:List-Post:Precedence:Message-ID:Date\r\n\r\n",
	 "", SIGNED "To:Reply-To:List-Id:List-Post:Precedence:Message-ID:Date\r\n\r\n"},
	{"signed id", "-Message-ID\n+Message-ID: <n@listen.example>\n",
	 SIGNED "message-id\r\nMessage-ID: <a@x>\r\n\r\n", ALL, SIGNED "message-id\r\nMessage-ID: <a@x>\r\n\r\n"},
	{"signed request for a receipt", "",
	 SIGNED "disposition-notification-to\r\nDisposition-Notification-To: a@x\r\nReturn-Receipt-To: a@x\r\n\r\n",
	 ALL, SIGNED "disposition-notification-to\r\nDisposition-Notification-To: a@x\r\n\r\n"},
	{"signed, and no business of a mail", "", SIGNED "newsgroups\r\nNewsgroups: x\r\nPath: x\r\n\r\n",
	 ALL, SIGNED "newsgroups\r\nNewsgroups: x\r\n\r\n"},
	{"signed with a blank before the colon", "", SIGNED "to\r\nSubject : x\r\nX : y\r\n\r\n",
	 ID POST PRECEDENCE REPLY_TO, SIGNED "to\r\nSubject : x\r\n\r\n"},
    /* clang-format on */
};

static const struct outgoing group = {"", "Finanzen", "finanzen.listen.example",
    "finanzen@listen.example", "finanzen+k3f5a2c7@listen.example", NULL, false};

static void test_append(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new("X");
		g_autofree char *wanted = g_strconcat("X", cases[i].front, cases[i].rest, NULL);
		struct outgoing outgoing = group;

		print_message("# %s\n", cases[i].name);
		outgoing.fields = cases[i].fields;
		assert_true(outgoing_append(out, cases[i].wire, strlen(cases[i].wire), &outgoing));
		assert_string_equal(out->str, wanted);
	}
}

/* The body is bytes: NUL, no line end, line ends of any kind. */
static void test_body(void **state)
{
	static const char wire[] = "From: a@x\r\n\r\n\0a\n\rb\r\n.\r\n\r\n\0";
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	outgoing_append(out, wire, sizeof(wire) - 1, &group);
	assert_int_equal(out->len, sizeof(ALL) - 1 + sizeof(wire) - 1);
	assert_memory_equal(out->str + sizeof(ALL) - 1, wire, sizeof(wire) - 1);
}

static void test_title(void **state)
{
	static const char wire[] = "From: a@x\r\nTo: b@x\r\nReply-To: b@x\r\n\r\n";
	static const char *const titles[][2] = {
	    {"Bürgermeister", "List-Id: =?UTF-8?Q?B=C3=BCrgermeister?= <"},
	    {"Bau, Umwelt", "List-Id: \"Bau, Umwelt\" <"},
	    {"", "List-Id: <"},
	    {"x\r\nBcc: y", "List-Id: =?UTF-8?Q?x__Bcc=3A_y?= <"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		struct outgoing outgoing = group;

		outgoing.title = titles[i][0];
		outgoing_append(out, wire, sizeof(wire) - 1, &outgoing);
		assert_true(g_str_has_prefix(out->str, titles[i][1]));
		assert_non_null(strstr(out->str, "<finanzen.listen.example>\r\n"));
	}
}

/* RFC 2369: List-Unsubscribe is the receiver's own, unless the author's signature forbids it. */
static void test_unsubscribe(void **state)
{
	static const char wire[] =
	    SIGNED "List-Unsubscribe\r\nList-Unsubscribe: <mailto:x@y>\r\n\r\n";
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	assert_false(outgoing_append(out, wire, sizeof(wire) - 1, &group));
	assert_string_equal(out->str + sizeof(ALL) - 1, wire);
}

/* More fields than anybody reads: nothing is known of the signatures, so nothing is changed. */
static void test_limit(void **state)
{
	g_autoptr(GString) wire = g_string_new(NULL);
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	for (int i = 0; i < 10001; i++)
		g_string_append(wire, "Bcc: x@y\r\n");
	assert_false(outgoing_append(out, wire->str, wire->len, &group));
	assert_string_equal(out->str, wire->str);
}

static const struct {
	const char *name;
	const char *fields;
	const char *wire;
	const char *sent; /* behind the list fields and Reply-To */
} posts[] = {
    /* clang-format off */
	{"to all groups", "", "From: a@x\r\nNewsgroups: x,y\r\n\r\nHallo\r\n",
	 "To: bau@listen.example, rat@listen.example\r\nFrom: a@x\r\n\r\nHallo\r\n"},
	{"raw octets go out encoded", "-Subject\n+Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\n",
	 "From: a@x\r\nsubject: Gr\xfc\xdf" "e\r\nTo: b@x\r\n\r\n",
	 "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\nFrom: a@x\r\nTo: b@x\r\n\r\n"},
	{"signed: nothing is corrected", "-Subject\n+Subject: x\n",
	 SIGNED "from\r\nSubject: \xfc\r\nTo: b@x\r\n\r\n",
	 SIGNED "from\r\nSubject: \xfc\r\nTo: b@x\r\n\r\n"},
    /* clang-format on */
};

static void test_posted(void **state)
{
	const struct outgoing posted = {
	    .fields = "",
	    .title = group.title,
	    .list_id = group.list_id,
	    .address = group.address,
	    .reply_to = group.reply_to,
	    .to = "bau@listen.example, rat@listen.example",
	    .posted = true,
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(posts); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		struct outgoing outgoing = posted;
		const char *sent;

		outgoing.fields = posts[i].fields;
		outgoing_append(out, posts[i].wire, strlen(posts[i].wire), &outgoing);
		sent = strstr(out->str, "Reply-To: ");
		assert_non_null(sent);
		sent = strchr(sent, '\n') + 1;
		print_message("# %s\n", posts[i].name);
		assert_string_equal(sent, posts[i].sent);
	}
}

static void test_list_id(void **state)
{
	g_autofree char *id = outgoing_list_id("finanzen@listen.example.de");

	(void)state;
	assert_string_equal(id, "finanzen.listen.example.de");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_append),
	    cmocka_unit_test(test_body),
	    cmocka_unit_test(test_title),
	    cmocka_unit_test(test_unsubscribe),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_posted),
	    cmocka_unit_test(test_list_id),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/outgoing", tests, NULL, NULL);
}
