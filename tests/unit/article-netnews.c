/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/netnews.h"

#define ARRIVED INT64_C(1795500000) /* 2026-11-24 06:00:00 UTC */
#define DATE "Date: Mon, 23 Nov 2026 09:12:00 +0100\r\n"
#define ID "Message-ID: <a@x>\r\n"
#define SUBJECT "Subject: Eimer\r\n"
#define GOOD DATE ID SUBJECT

static const struct {
	const char *name;
	const char *head;
	const char *references;
	const char *fields;
} cases[] = {
    /* clang-format off */
	{"nothing lacks", GOOD "From: a@x\r\nX-Egal: b\r\n", NULL, ""},
	{"no id", DATE SUBJECT, NULL, "+Message-ID: <a@x>\n"},
	{"another id", DATE SUBJECT "Message-ID: <b@x>\r\n", NULL,
		"-Message-ID\n+Message-ID: <a@x>\n+X-Original-Message-ID: <b@x>\n"},
	{"another id without brackets", DATE SUBJECT "Message-Id: b@x\r\n", NULL,
		"-Message-ID\n+Message-ID: <a@x>\n+X-Original-Message-ID: b@x\n"},
	{"the id with a comment", DATE SUBJECT "Message-ID: <a@x> (neu)\r\n", NULL,
		"-Message-ID\n+Message-ID: <a@x>\n"},
	{"two ids", GOOD "Message-ID: <b@x>\r\n", NULL, "-Message-ID\n+Message-ID: <a@x>\n"},
	{"line end in an encoded id", DATE SUBJECT "Message-ID: =?utf-8?Q?<b=0D=0A@x>?=\r\n", NULL,
		"-Message-ID\n+Message-ID: <a@x>\n+X-Original-Message-ID: <b  @x>\n"},
	{"no subject", DATE ID, NULL, "+Subject: (ohne Betreff)\n"},
	{"empty subject", DATE ID "Subject: \r\n", NULL, "-Subject\n+Subject: (ohne Betreff)\n"},
	{"subject of an empty encoded word", DATE ID "Subject: =?utf-8?Q?_?=\r\n", NULL,
		"-Subject\n+Subject: (ohne Betreff)\n"},
	{"raw UTF-8 subject", DATE ID "Subject: M\xc3\xbcll\r\n", NULL, "-Subject\n+Subject: =?UTF-8?Q?M=C3=BCll?=\n"},
	{"raw windows-1252 subject", DATE ID "Subject: M\xfcll\r\n", NULL,
		"-Subject\n+Subject: =?UTF-8?Q?M=C3=BCll?=\n"},
	{"raw subject in the declared charset", "Content-Type: text/plain; format=flowed;\r\n\tCharset=\"KOI8-R\"\r\n"
		DATE ID "Subject: \xd2 =?utf-8?Q?=C3=BC?=\r\n", NULL, "-Subject\n+Subject: =?UTF-8?B?0YAgw7w=?=\n"},
	{"raw author in the declared charset", GOOD "Content-Type: text/plain;charset=iso-8859-2\r\nFrom: \xb9 <a@x>\r\n",
		NULL, "-From\n+From: =?UTF-8?B?xaE=?= <a@x>\n"},
	{"UTF-8 is UTF-8 whatever is declared", "Content-Type: text/plain; charset=iso-8859-2\r\n" DATE ID
		"Subject: M\xc3\xbcll\r\n", NULL, "-Subject\n+Subject: =?UTF-8?Q?M=C3=BCll?=\n"},
	{"a charset without a name", "Content-Type: text/plain; charset=\r\n" DATE ID "Subject: M\xfcll\r\n", NULL,
		"-Subject\n+Subject: =?UTF-8?Q?M=C3=BCll?=\n"},
	{"encoded subject stays", DATE ID "Subject: =?utf-8?Q?M=C3=BCll?=\r\n", NULL, ""},
	{"control in the subject", DATE ID "Subject: a\001b\r\n", NULL, "-Subject\n+Subject: a b\n"},
	{"bare CR in the subject", DATE ID "Subject: a\rBcc: b\r\n", NULL, "-Subject\n+Subject: a Bcc: b\n"},
	{"first line of the subject empty (RFC 5536 section 2.2)", DATE ID "Subject:\r\n Eimer\r\n", NULL,
		"-Subject\n+Subject: Eimer\n"},
	{"two subjects", GOOD "Subject: Besen\r\n", NULL, "-Subject\n+Subject: Eimer\n"},
	{"no date", ID SUBJECT, NULL, "+Date: Tue, 24 Nov 2026 06:00:00 +0000\n"},
	{"date that can't be read", ID SUBJECT "Date: gestern\r\n", NULL,
		"-Date\n+Date: Tue, 24 Nov 2026 06:00:00 +0000\n"},
	{"date in German", ID SUBJECT "Date: Mo., 23. Nov. 2026 09:12 Uhr MEZ\r\n", NULL,
		"-Date\n+Date: Mon, 23 Nov 2026 08:12:00 +0000\n"},
	{"date in an obsolete form stays", ID SUBJECT "Date: 23 Nov 26 03:12 EST\r\n", NULL, ""},
	{"date in the far future stays", ID SUBJECT "Date: Wed, 23 Nov 2089 03:12:00 +0000\r\n", NULL, ""},
	{"date with an 8-bit comment", ID SUBJECT "Date: Mon, 23 Nov 2026 09:12:00 +0100 (Mitteleurop\xe4isch)\r\n",
		NULL, "-Date\n+Date: Mon, 23 Nov 2026 08:12:00 +0000\n"},
	{"references come from the store", GOOD, "<b@x> <c@x>", "+References: <b@x> <c@x>\n"},
	{"references as brought", GOOD "References: <b@x>\r\n <c@x>\r\n", NULL, ""},
	{"encoded references", GOOD "References: =?utf-8?Q?=3Cb=40x=3E?=\r\n", NULL,
		"-References\n+References: <b@x>\n"},
	{"references without brackets", GOOD "References: b@x c@x\r\n", NULL,
		"-References\n+References: <b@x> <c@x>\n"},
	{"references without ids", GOOD "References: siehe oben\r\n", NULL, "-References\n"},
	{"an id without its brackets", DATE SUBJECT "Message-Id: a@x\r\n", NULL, "-Message-ID\n+Message-ID: <a@x>\n"},
	{"empty references", GOOD "References: \r\n", NULL, "-References\n"},
	{"empty references, one in the store", GOOD "References: \r\n", "<b@x>", "-References\n+References: <b@x>\n"},
	{"raw 8-bit author", GOOD "From: J\xf6rg <j@x>\r\n", NULL, "-From\n+From: =?UTF-8?Q?J=C3=B6rg?= <j@x>\n"},
	{"author without address", GOOD "From: J\xf6rg\r\n", NULL, "-From\n+From: =?UTF-8?Q?J=C3=B6rg?=\n"},
	{"two authors' fields", GOOD "From: a@x\r\nFrom: b@x\r\n", NULL, "-From\n+From: a@x\n"},
	{"repeated and raw", GOOD "To: \xe4 <a@x>\r\nTo: b@x\r\n", NULL, "-To\n+To: =?UTF-8?B?w6Q=?= <a@x>\n"},
	{"empty field", GOOD "Cc:\r\n", NULL, "-Cc\n"},
	{"other field, all of its name", GOOD "X-Amt: Bau\r\nx-amt: B\xfcro\r\nX-AMT: Rat\r\n", NULL,
		"-X-Amt\n+X-Amt: Bau\n+x-amt: =?UTF-8?Q?B=C3=BCro?=\n+X-AMT: Rat\n"},
	{"file name", GOOD "Content-Type: text/csv; name=\"M\xfcll plan.csv\"\r\n", NULL,
		"-Content-Type\n+Content-Type: text/csv; name=\"=?UTF-8?Q?M=C3=BCll_plan=2Ecsv?=\"\n"},
	{"not served anyway", GOOD "Received: von \xe4\r\nX-Original-To: \xe4\r\n", NULL, ""},
	{"no field", GOOD "Unsinn \xe4\r\n", NULL, ""},
	{"fold of blanks alone", GOOD "X-Amt: Bau\r\n \r\n Hof\r\n", NULL, "-X-Amt\n+X-Amt: Bau  Hof\n"},
    /* clang-format on */
};

static void test_fields(void **state)
{
	struct header header;

	(void)state;
	header_init(&header);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct netnews netnews = {&header, "<a@x>", ARRIVED, LANG_DE, cases[i].references};
		g_autofree char *fields = NULL;

		print_message("# %s\n", cases[i].name);
		assert_true(header_scan(&header, cases[i].head, strlen(cases[i].head), NULL));
		fields = netnews_fields(&netnews);
		if (strstr(cases[i].fields, "(ohne Betreff)") != NULL)
			assert_non_null(strstr(fields, "+Subject: ("));
		else
			assert_string_equal(fields, cases[i].fields);
	}
	header_clear(&header);
}

static void test_many(void **state)
{
	g_autoptr(GString) head = g_string_new(GOOD);
	g_autofree char *fields = NULL;
	struct header header;
	struct netnews netnews = {&header, "<a@x>", ARRIVED, LANG_DE, NULL};

	(void)state;
	for (int i = 0; i < 9000; i++)
		g_string_append_printf(head, "X-%d: \xe4\r\n", i);
	header_init(&header);
	assert_true(header_scan(&header, head->str, head->len, NULL));
	fields = netnews_fields(&netnews);
	assert_non_null(strstr(fields, "+X-100: "));
	assert_non_null(strstr(fields, "-X-8999\n"));
	assert_null(strstr(fields, "+X-8999"));
	header_clear(&header);
}

static const struct {
	const char *name;
	const char *fields;
	const char *field;
	const char *value;
	const char *result;
} sets[] = {
    /* clang-format off */
	{"put into nothing", "", "References", "<a@x>", "+References: <a@x>\n"},
	{"put behind others", "-Subject\n+Subject: a\n", "References", "<a@x>",
		"-Subject\n+Subject: a\n+References: <a@x>\n"},
	{"exchange", "+References: <b@x>\n+Date: d\n", "references", "<a@x>", "+references: <a@x>\n+Date: d\n"},
	{"exchange the first of two", "+A: 1\n+A: 2\n", "A", "3", "+A: 3\n"},
	{"take out", "-A\n+A: 1\n+B: 2\n", "A", NULL, "-A\n+B: 2\n"},
	{"take out what is not there", "+AB: 1\n", "A", NULL, "+AB: 1\n"},
	{"line end in the value", "", "A", "1\r\nB: 2", "+A: 1  B: 2\n"},
    /* clang-format on */
};

static void test_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(sets); i++) {
		g_autofree char *result =
		    netnews_fields_set(sets[i].fields, sets[i].field, sets[i].value);

		print_message("# %s\n", sets[i].name);
		assert_string_equal(result, sets[i].result);
	}
}

static void test_date(void **state)
{
	static const struct {
		const char *head;
		int64_t seconds;
	} dates[] = {
	    {"Subject: a\r\n", ARRIVED}, {"Date: Mon, 23 Nov 2026 09:12:00 +0100\r\n", 1795421520},
	    {"Date: gestern\r\n", ARRIVED},
	    {"Date: Wed, 25 Nov 2026 05:00:00 +0000\r\n", 1795582800},
	    {"Date: Wed, 25 Nov 2026 07:00:00 +0000\r\n", ARRIVED}, /* over a day ahead */
	};
	struct header header;

	(void)state;
	header_init(&header);
	for (size_t i = 0; i < G_N_ELEMENTS(dates); i++) {
		print_message("# %s", dates[i].head);
		assert_true(header_scan(&header, dates[i].head, strlen(dates[i].head), NULL));
		assert_int_equal(netnews_date(&header, ARRIVED), dates[i].seconds);
	}
	header_clear(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_date),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/netnews", tests, NULL, NULL);
}
