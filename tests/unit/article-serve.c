/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/header.h"
#include "article/serve.h"

static const struct serve_place places[] = {{"rat.finanzen", 7}, {"rat.bau", 12}};

#define BEFORE "Path: news.example!.POSTED!not-for-mail\r\nNewsgroups: rat.finanzen,rat.bau\r\n"
#define AFTER                                                                                 \
	"Injection-Info: news.example\r\nInjection-Date: Tue, 24 Nov 2026 06:00:00 +0000\r\n" \
	"Xref: news.example rat.finanzen:7 rat.bau:12\r\n"

/* `%` stands for the masked address of otto@stadt.example. */
static const struct {
	const char *name;
	const char *wire;
	const char *fields;
	const char *plus; /* between our first and last fields */
	const char *open;
	const char *masked;
	const char *body;
} cases[] = {
    /* clang-format off */
	{"as it came", "Subject: a\r\n b\r\nX-Y:z\r\n\r\nHallo\r\n", "", "", "Subject: a\r\n b\r\nX-Y:z\r\n",
		"Subject: a\r\n b\r\nX-Y:z\r\n", "Hallo\r\n"},
	{"no body", "Subject: a\r\n", "", "", "Subject: a\r\n", "Subject: a\r\n", ""},
	{"no line end", "Subject: a", "", "", "Subject: a\r\n", "Subject: a\r\n", ""},
	{"no head", "\r\nHallo\r\n", "", "", "", "", "Hallo\r\n"},
	{"nothing", "", "", "", "", "", ""},
	{"hidden and put in front", "subject: a\r\nTo-Do: b\r\nSUBJECT: c\r\n\r\n", "-Subject\n+Subject: d\n",
		"Subject: d\r\n", "To-Do: b\r\n", "To-Do: b\r\n", ""},
	{"trace fields", "Received: a\r\n b\r\nARC-Seal: c\r\nReturn-Path: <d@e>\r\nX-Spur: f\r\nDKIM-Signature: g\r\n\r\n",
		"", "", "X-Spur: f\r\n", "X-Spur: f\r\n", ""},
	{"what mail has no business to carry", "Control: cancel <a@x>\r\nSupersedes: <a@x>\r\nApproved: b@x\r\n"
		"Newsgroups: c\r\nPATH: d\r\nXref: e\r\nInjection-Info: f\r\nNNTP-Posting-Host: g\r\nLines: 3\r\n"
		"Bytes: 9\r\nExpires: h\r\nAlso-Control: i\r\nDistribution: j\r\nFollowup-To: k\r\nBcc: l@x\r\n\r\n",
		"", "", "", "", ""},
	{"receipts", "Disposition-Notification-To: a@x\r\nReturn-Receipt-To: a@x\r\n\r\n", "", "", "", "", ""},
	{"lines that are no fields", "From a@x\r\nSubject: a\r\nUnsinn\r\n mehr\r\n\r\n", "", "", "Subject: a\r\n",
		"Subject: a\r\n", ""},
	{"addresses", "From: Otto <otto@stadt.example>\r\nReply-To: otto@stadt.example\r\nTo: otto@stadt.example\r\n"
		"In-Reply-To: <a@x>\r\nX-Envelope-From: otto@stadt.example\r\nResent-From: o@x\r\nSender: o@x\r\n\r\n", "", "",
		"From: Otto <otto@stadt.example>\r\nReply-To: otto@stadt.example\r\nTo: otto@stadt.example\r\n"
		"In-Reply-To: <a@x>\r\nX-Envelope-From: otto@stadt.example\r\nResent-From: o@x\r\nSender: o@x\r\n",
		"From: Otto <%>\r\nTo: %\r\nIn-Reply-To: <a@x>\r\n", ""},
	{"addresses where a program has put them", "X-Authenticated-User: otto@stadt.example\r\nOrganization: Rat\r\n"
		"X-Amt: Stadt\r\n (otto@stadt.example)\r\n7: o@x\r\nMessage-ID: <a@x>\r\nReferences: <b@x>\r\n"
		"Content-ID: <c@x>\r\nSubject: a@b\r\nDate: @\r\n\r\n", "+X-Original-Message-ID: <d@x>\n",
		"X-Original-Message-ID: <d@x>\r\n",
		"X-Authenticated-User: otto@stadt.example\r\nOrganization: Rat\r\nX-Amt: Stadt\r\n (otto@stadt.example)\r\n"
		"7: o@x\r\nMessage-ID: <a@x>\r\nReferences: <b@x>\r\nContent-ID: <c@x>\r\nSubject: a@b\r\nDate: @\r\n",
		"Organization: Rat\r\nMessage-ID: <a@x>\r\nReferences: <b@x>\r\nContent-ID: <c@x>\r\nSubject: a@b\r\nDate: @\r\n", ""},
	{"no address in To", "To: Rat:;\r\n\r\n", "", "", "To: Rat:;\r\n", "", ""},
	{"names that begin as others", "Fro: a\r\nFromage: b\r\nReceivedd: c\r\nArc: d\r\n\r\n", "", "",
		"Fro: a\r\nFromage: b\r\nReceivedd: c\r\nArc: d\r\n", "Fro: a\r\nFromage: b\r\nReceivedd: c\r\nArc: d\r\n", ""},
	{"bad fields text", "A: b\r\n\r\n", "+\n-\n+:\n+A\n+: x\n?\n+B:\n", "", "A: b\r\n", "A: b\r\n", ""},
    /* clang-format on */
};

static struct serve serve_of(const char *fields, const struct address_mask *mask)
{
	return (struct serve){"news.example", fields, places, 2, mask, 1795500000};
}

static void test_head(void **state)
{
	struct address_mask mask = {{1}, "news.example", NULL, NULL};
	g_autofree char *otto = address_masked(&mask, "otto@stadt.example");

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new(NULL);
		struct serve serve = serve_of(cases[i].fields, NULL);
		g_autofree char *open =
		    g_strconcat(BEFORE, cases[i].plus, AFTER, cases[i].open, NULL);
		g_autofree char *masked =
		    g_strconcat(BEFORE, cases[i].plus, AFTER, cases[i].masked, NULL);
		size_t body;

		print_message("# %s\n", cases[i].name);
		body = serve_head(out, cases[i].wire, strlen(cases[i].wire), &serve);
		assert_string_equal(out->str, open);
		assert_string_equal(cases[i].wire + body, cases[i].body);
		g_string_truncate(out, 0);
		serve.mask = &mask;
		serve_head(out, cases[i].wire, strlen(cases[i].wire), &serve);
		g_string_replace(out, otto, "%", 0);
		assert_string_equal(out->str, masked);
	}
}

/* Fields in front are masked and hidden as the message's own. */
static void test_plus(void **state)
{
	struct address_mask mask = {{1}, "news.example", NULL, NULL};
	struct serve serve =
	    serve_of("-From\n+From: otto@stadt.example\n+Sender: o@x\n+Control: x\n"
		     "+X-Ort: o@x\n+X-Q: =?utf-8?Q?o=40x?=\n+X-B: =?utf-8?B?b0B4?=\n",
		&mask);
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	serve_head(out, "From: a@x\r\n\r\n", 13, &serve);
	assert_null(strstr(out->str, "otto"));
	assert_null(strstr(out->str, "a@x"));
	assert_null(strstr(out->str, "o@x"));
	assert_null(strstr(out->str, "X-"));
	assert_null(strstr(out->str, "Control"));
	assert_non_null(strstr(out->str, "\r\nFrom: p-"));
}

/* An author that can't be read is still masked. */
static void test_author(void **state)
{
	struct address_mask mask = {{1}, "news.example", NULL, NULL};
	struct serve serve = serve_of("", &mask);
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	serve_head(out, "From: Otto\r\n\r\n", 14, &serve);
	assert_null(strstr(out->str, "Otto"));
	assert_non_null(strstr(out->str, "\r\nFrom: p-"));
}

/* RFC 5322 section 2.1.1: no line over 998 octets, where blanks allow it. */
static void test_long(void **state)
{
	g_autoptr(GString) fields = g_string_new("+References:");
	g_autoptr(GString) out = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;
	struct serve serve = {0};

	(void)state;
	for (int i = 0; i < 200; i++)
		g_string_append_printf(fields, " <%d.0123456789@stadt.example>", i);
	g_string_append_c(fields, '\n');
	serve = serve_of(fields->str, NULL);
	serve_head(out, "\r\n", 2, &serve);
	lines = g_strsplit(out->str, "\r\n", -1);
	for (char **line = lines; *line != NULL; line++)
		assert_true(strlen(*line) <= 998);
	g_string_replace(out, "\r\n <", " <", 0);
	g_string_truncate(fields, fields->len - 1);
	assert_non_null(strstr(out->str, fields->str + 1));
}

static const struct {
	const char *name;
	const char *text;
	size_t size;
	const char *stuffed;
} texts[] = {
    /* clang-format off */
	{"plain", "a\r\nb\r\n", 6, "a\r\nb\r\n"},
	{"empty", "", 0, ""},
	{"dot at the start", ".a\r\n", 4, "..a\r\n"},
	{"dots", "a\r\n.\r\n..b\r\nc.\r\n", 15, "a\r\n..\r\n...b\r\nc.\r\n"},
	{"no line end", "a\r\n.b", 5, "a\r\n..b\r\n"},
	{"ends in CR", "a\r", 2, "a\r\r\n"},
	{"dot alone", ".", 1, "..\r\n"},
	{"empty lines", "\r\n\r\n", 4, "\r\n\r\n"},
	{"NUL", "a\0b\0\r\n", 6, "a b \r\n"},
    /* clang-format on */
};

static void test_stuffed(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GString) out = g_string_new("220 x\r\n");

		print_message("# %s\n", texts[i].name);
		serve_stuffed(out, texts[i].text, texts[i].size);
		assert_int_equal(strlen(out->str), out->len);
		assert_string_equal(out->str + 7, texts[i].stuffed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_head),
	    cmocka_unit_test(test_plus),
	    cmocka_unit_test(test_author),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_stuffed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/serve", tests, NULL, NULL);
}
