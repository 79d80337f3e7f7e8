/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1795500000) /* 2026-11-24 06:00:00 UTC */
#define FROM "From: Ada Muster <ada@stadt.example>\r\n"
#define GROUPS "Newsgroups: rat.bau\r\n"
#define SUBJECT "Subject: Erstens\r\n"
#define ALL FROM GROUPS SUBJECT
#define END "\r\nHallo.\r\n"
#define TEXT(text) (text), sizeof(text) - 1

static const struct {
	const char *name;
	const char *text;
	size_t size;
	const char *refusal; /* NULL: it is taken */
} cases[] = {
    /* clang-format off */
	/* RFC 5537 section 3.4.1: a proto-article may lack Message-ID, Date and Path */
	{"the least", TEXT(ALL END), NULL},
	{"all of it", TEXT(ALL "Message-ID: <1@ada.example>\r\nDate: Tue, 24 Nov 2026 06:00:00 +0000\r\n"
		"Path: not-for-mail\r\nReferences: <0@ada.example>\r\nReply-To: ada@stadt.example\r\n"
		"Sender: ada@stadt.example\r\nFollowup-To: poster\r\nContent-Type: text/plain\r\n"
		"User-Agent: tin\r\n" END), NULL},
	{"any case", TEXT("FROM: a@b.example\r\nnewsgroups: a\r\nSuBjEcT: x\r\n" END), NULL},
	{"no body", TEXT(ALL), NULL},
	{"raw 8-bit octets", TEXT("From: J\xc3\xb6rg <j@b.example>\r\n" GROUPS "Subject: \xfc\r\n" END), NULL},
	{"fields of the author's own may stand twice", TEXT(ALL "X-A: 1\r\nX-A: 2\r\nComments: a\r\nComments: b\r\n" END), NULL},

	/* RFC 5536 section 3.1, RFC 5537 section 3.5 step 2: what must be there */
	{"no From", TEXT(GROUPS SUBJECT END), "From is missing"},
	{"no Newsgroups", TEXT(FROM SUBJECT END), "Newsgroups is missing"},
	{"no Subject", TEXT(FROM GROUPS END), "Subject is missing"},
	{"nothing", TEXT(""), "From is missing"},
	{"no header", TEXT("\r\n" ALL), "From is missing"},
	{"an empty From", TEXT("From:\r\n" GROUPS SUBJECT END), "From is missing"},
	{"an empty Newsgroups", TEXT(FROM "Newsgroups: \r\n" SUBJECT END), "Newsgroups is missing"},
	{"a Subject of blanks and folds", TEXT(FROM GROUPS "Subject: \r\n \t\r\n" END), "Subject is missing"},
	{"a Newsgroups of controls", TEXT(FROM "Newsgroups: \x1a \x01\r\n" SUBJECT END), "Newsgroups is missing"},
	{"an empty Subject before another", TEXT(FROM GROUPS "Subject:\r\nSubject: x\r\n" END), "Subject is missing"},
	{"only in the body", TEXT(FROM GROUPS "\r\n" SUBJECT), "Subject is missing"},

	/* RFC 5536 sections 3.1 and 3.2: no more than once */
	{"two From", TEXT(ALL "from: b@b.example\r\n" END), "From stands twice"},
	{"two Newsgroups", TEXT(ALL "Newsgroups: rat.leer\r\n" END), "Newsgroups stands twice"},
	{"two Subject", TEXT(ALL "Subject:\r\n" END), "Subject stands twice"},
	{"two Message-ID", TEXT(ALL "Message-ID: <1@x>\r\nMessage-ID: <1@x>\r\n" END), "Message-ID stands twice"},
	{"two Date", TEXT(ALL "Date: 24 Nov 2026 06:00:00 +0000\r\nDate: x\r\n" END), "Date stands twice"},
	{"two Path", TEXT(ALL "Path: a\r\nPath: b\r\n" END), "Path stands twice"},
	{"two References", TEXT(ALL "References: <1@x>\r\nReferences: <2@x>\r\n" END), "References stands twice"},
	{"two Reply-To", TEXT(ALL "Reply-To: a@b\r\nReply-To: a@b\r\n" END), "Reply-To stands twice"},
	{"two Sender", TEXT(ALL "Sender: a@b\r\nSender: a@b\r\n" END), "Sender stands twice"},
	{"two Followup-To", TEXT(ALL "Followup-To: a\r\nFollowup-To: b\r\n" END), "Followup-To stands twice"},
	{"two Content-Type", TEXT(ALL "Content-Type: text/plain\r\nContent-Type: text/html\r\n" END), "Content-Type stands twice"},

	/* RFC 5537 section 3.4.1, section 3.5 steps 1 and 2: what a proto-article has not */
	{"Injection-Info", TEXT(ALL "Injection-Info: x.example\r\n" END), "Injection-Info may not be posted"},
	{"Injection-Date", TEXT(ALL "Injection-Date: Tue, 24 Nov 2026 06:00:00 +0000\r\n" END), "Injection-Date may not be posted"},
	{"Xref", TEXT(ALL "Xref: x.example a:1\r\n" END), "Xref may not be posted"},
	{"an empty Xref", TEXT(ALL "Xref:\r\n" END), "Xref may not be posted"},
	{"Path with POSTED", TEXT(ALL "Path: news.example!.POSTED!not-for-mail\r\n" END), "Path says that it was posted already"},
	{"Path with POSTED and a host", TEXT(ALL "Path: news.example!.POSTED.192.0.2.1!\r\n not-for-mail\r\n" END), "Path says that it was posted already"},
	/* RFC 5537 section 5: control messages, which nobody may send here */
	{"Control", TEXT(ALL "Control: rmgroup rat.bau\r\n" END), "Control may not be posted"},
	{"Also-Control", TEXT(ALL "Also-Control: cancel <1@x>\r\n" END), "Also-Control may not be posted"},
	{"Supersedes", TEXT(ALL "Supersedes: <1@x>\r\n" END), "Supersedes may not be posted"},

	/* RFC 5536 section 2.2: the form of a line */
	{"no field", TEXT(ALL "Hallo\r\n" END), "line 4 of the header is not Name: value"},
	{"a blank before the colon", TEXT(ALL "X-A : b\r\n" END), "line 4 of the header is not Name: value"},
	{"a fold at the beginning", TEXT(" x\r\n" ALL END), "line 1 of the header is not Name: value"},
	{"8-bit octets in a name", TEXT(ALL "X-\xc3\xa4: b\r\n" END), "line 4 of the header is not Name: value"},
	{"no blank behind the colon", TEXT(FROM GROUPS "Subject:x\r\n" END), "a blank is missing behind Subject:"},
	{"a tab behind the colon", TEXT(FROM GROUPS "Subject:\tx\r\n" END), "a blank is missing behind Subject:"},
	{"folded behind the colon", TEXT(FROM GROUPS "Subject:\r\n x\r\n" END), NULL},
	{"an end in the middle of a field", TEXT(ALL "X-A: b"), NULL},
	{"an end behind the colon", TEXT(ALL "X-A:"), NULL},
	{"a NUL in the header", TEXT(ALL "X-A: b\0c\r\n" END), "it holds a NUL"},
	{"a NUL in a name", TEXT(ALL "X-\0A: b\r\n" END), "it holds a NUL"},
	{"a NUL in the body", TEXT(ALL "\r\nHal\0lo\r\n"), "it holds a NUL"},

	/* RFC 5536 section 3.1.2: mailboxes */
	{"no address", TEXT("From: Ada\r\n" GROUPS SUBJECT END), "From holds no mail address"},
	{"an empty group", TEXT("From: alle:;\r\n" GROUPS SUBJECT END), "From holds no mail address"},
	{"no local part", TEXT("From: <@b.example>\r\n" GROUPS SUBJECT END), "From holds"},
	{"no domain", TEXT("From: Ada <ada@>\r\n" GROUPS SUBJECT END), "From holds"},
	{"a second that is none", TEXT("From: a@b.example, <b@>\r\n" GROUPS SUBJECT END), "From holds"},
	{"two", TEXT("From: a@b.example, Bob <b@b.example>\r\n" GROUPS SUBJECT END), NULL},

	/* RFC 5536 section 3.1.3 */
	{"a Message-ID without brackets", TEXT(ALL "Message-ID: 1@x\r\n" END), "Message-ID is not of the form <local@domain>"},
	{"an empty Message-ID", TEXT(ALL "Message-ID: \r\n" END), "Message-ID is not of the form"},
	{"more than an id", TEXT(ALL "Message-ID: <1@x> (neu)\r\n" END), "Message-ID is not of the form"},
	{"two ids", TEXT(ALL "Message-ID: <1@x> <2@x>\r\n" END), "Message-ID is not of the form"},
	{"a blank in the id", TEXT(ALL "Message-ID: <1 @x>\r\n" END), "Message-ID is not of the form"},
	{"blanks around the id", TEXT(ALL "Message-ID:  <1@x> \r\n" END), NULL},

	/* RFC 5537 section 3.5 step 3: the Date is not more than a day ahead */
	{"a Date that is none", TEXT(ALL "Date: morgen\r\n" END), "Date can't be read"},
	{"an empty Date", TEXT(ALL "Date: \r\n" END), "Date can't be read"},
	{"a day ahead", TEXT(ALL "Date: Wed, 25 Nov 2026 06:00:00 +0000\r\n" END), NULL},
	{"a day and a second", TEXT(ALL "Date: Wed, 25 Nov 2026 06:00:01 +0000\r\n" END), "lies more than a day ahead"},
	{"a day ahead by its zone", TEXT(ALL "Date: Wed, 25 Nov 2026 07:00:00 +0100\r\n" END), NULL},
	{"long ago", TEXT(ALL "Date: Thu, 01 Jan 1998 00:00:00 GMT\r\n" END), NULL},
    /* clang-format on */
};

/* On the heap and not an octet longer: what reads beyond is seen by the sanitizer. */
static char *refusal_of(const char *text, size_t size)
{
	char *copy = memcpy(g_malloc(MAX(size, 1)), text, size);
	struct header header;
	char *refusal;

	header_init(&header);
	assert_true(header_scan(&header, copy, size, NULL));
	refusal = proto_refusal(&header, NOW);
	header_clear(&header);
	g_free(copy);
	return refusal;
}

static void refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *refusal = refusal_of(cases[i].text, cases[i].size);

		print_message("# %s: %s\n", cases[i].name, refusal ? refusal : "taken");
		assert_int_equal(refusal == NULL, cases[i].refusal == NULL);
		if (refusal)
			assert_non_null(strstr(refusal, cases[i].refusal));
	}
}

/* What is said to the newsreader is one short line, whatever the name. */
static void one_line(void **state)
{
	g_autofree char *name = g_strnfill(900, 'x');
	g_autofree char *text = g_strconcat(ALL, name, ":y\r\n" END, NULL);
	g_autofree char *refusal = refusal_of(text, strlen(text));

	(void)state;
	assert_true(g_str_has_prefix(refusal, "a blank is missing behind xxx"));
	assert_true(strlen(refusal) < 100);
}

static const struct {
	const char *field; /* with its name, or nothing */
	const char *names; /* with `|` */
} lists[] = {
    /* clang-format off */
	{"", ""},
	{"Newsgroups:\r\n", ""},
	{"Newsgroups: , ,,\r\n", ""},
	{"Newsgroups: rat.bau\r\n", "rat.bau"},
	{"Newsgroups: rat.bau,rat.leer\r\n", "rat.bau|rat.leer"},
	{"Newsgroups: \trat.bau ,\r\n\trat.leer\t, \r\n", "rat.bau|rat.leer"},
	{"Newsgroups: a,b,a,b , c\r\n", "a|b|c"},
	{"Newsgroups: A,a\r\n", "A|a"},
	{"Newsgroups: rat bau,c\r\n", "rat bau|c"},
	{"Newsgroups: r\xc3\xa4t,r\xe4t,c\r\n", "r\xc3\xa4t|c"},
	{"Newsgroups: a\r\nNewsgroups: b\r\n", "a"},
    /* clang-format on */
};

static char **groups_of(const char *text)
{
	struct header header;
	char **names;

	header_init(&header);
	assert_true(header_scan(&header, text, strlen(text), NULL));
	names = proto_newsgroups(&header);
	header_clear(&header);
	return names;
}

/* RFC 5536 section 3.1.4, with what newsreaders write besides. */
static void newsgroups(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autofree char *text = g_strconcat(FROM, lists[i].field, SUBJECT END, NULL);
		g_auto(GStrv) names = groups_of(text);
		g_autofree char *joined = g_strjoinv("|", names);

		print_message("# %s\n", lists[i].names);
		assert_string_equal(joined, lists[i].names);
	}
}

static void no_more_newsgroups(void **state)
{
	g_autoptr(GString) text = g_string_new("Newsgroups: a");
	g_auto(GStrv) names = NULL;

	(void)state;
	for (unsigned i = 0; i < 2 * PROTO_GROUPS_MAX; i++)
		g_string_append_printf(text, ",g%u,a", i);
	g_string_append(text, "\r\n");
	names = groups_of(text->str);
	assert_int_equal(g_strv_length(names), PROTO_GROUPS_MAX);
	assert_string_equal(names[PROTO_GROUPS_MAX - 1], "g18");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(one_line),
	    cmocka_unit_test(newsgroups),
	    cmocka_unit_test(no_more_newsgroups),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/proto", tests, NULL, NULL);
}
