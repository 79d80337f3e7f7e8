/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib.h>

#define TYPE "Content-Type: multipart/report; report-type=delivery-status; boundary=\"g\"\r\n"
#define HEAD "Subject: Unzustellbar\r\nMIME-Version: 1.0\r\n" TYPE "\r\n"
#define WORDS "--g\r\nContent-Type: text/plain\r\n\r\nDie Mail kam nicht an.\r\nStatus: 4.0.0\r\n"
#define STATUS "--g\r\nContent-Type: message/delivery-status\r\n\r\n"
#define MESSAGE \
	"Reporting-MTA: dns; mx.stadt.example\r\nArrival-Date: Mon, 23 Nov 2026 09:12:00 +0100\r\n"
#define ORIGINAL \
	"\r\n--g\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nAction: x\r\n\r\nx\r\n--g--\r\n"

static const struct {
	const char *name;
	const char *wire;
	bool is_report;
	const char *action;
	const char *status;
	const char *text;
} cases[] = {
    /* clang-format off */
	{"Postfix",
	 HEAD WORDS STATUS MESSAGE "\r\nFinal-Recipient: rfc822; otto@stadt.example\r\n"
	 "Original-Recipient: rfc822;otto@stadt.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
	 "Remote-MTA: dns; mx.stadt.example\r\nDiagnostic-Code: smtp; 550 5.1.1 <otto@stadt.example>:\r\n"
	 "    Recipient address rejected:\r\n    User unknown\r\n" ORIGINAL,
	 true, "failed", "5.1.1", "550 5.1.1 <otto@stadt.example>: Recipient address rejected: User unknown"},
	{"Exchange",
	 HEAD WORDS STATUS MESSAGE "\r\nFinal-Recipient: rfc822;otto@stadt.example\r\nAction: failed\r\n"
	 "Status: 5.2.2\r\nDiagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver\r\n"
	 "X-Display-Name: Otto\r\n" ORIGINAL,
	 true, "failed", "5.2.2", "554 5.2.2 mailbox full; STOREDRV.Deliver"},
	{"delayed, in capitals",
	 HEAD STATUS MESSAGE "\r\nAction: Delayed\r\nStatus: 4.4.1 (no answer)\r\n" ORIGINAL,
	 true, "delayed", "4.4.1", ""},
	{"no empty line between the groups",
	 HEAD STATUS MESSAGE "Action: failed\r\nStatus: 5.7.1\r\nDiagnostic-Code: smtp; 550 no\r\n" ORIGINAL,
	 true, "failed", "5.7.1", "550 no"},
	{"two recipients: the first one's",
	 HEAD STATUS MESSAGE "\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\nAction: delayed\r\nStatus: 4.2.2\r\n" ORIGINAL,
	 true, "failed", "5.1.1", ""},
	{"an unknown action, a status that is none",
	 HEAD STATUS "Action: exploded\r\nStatus: 5.1\r\nDiagnostic-Code: X-Notes ; nichts da\r\n" ORIGINAL,
	 true, "", "", "nichts da"},
	{"no type word",
	 HEAD STATUS "Status: 5.0.0\r\nDiagnostic-Code: 550 Nein; weg\r\n" ORIGINAL,
	 true, "", "5.0.0", "550 Nein; weg"},
	{"8-bit and controls",
	 HEAD STATUS "Status: 5.0.0\r\nDiagnostic-Code: smtp; 550 Postfach\tgel\xf6scht \x01\r\n" ORIGINAL,
	 true, "", "5.0.0", "550 Postfach gelöscht"},
	{"encoded part",
	 HEAD "--g\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	 "QWN0aW9uOiBmYWlsZWQKU3RhdHVzOiA1LjEuMQo=\r\n" ORIGINAL,
	 true, "failed", "5.1.1", ""},
	{"internationalised (RFC 6533)",
	 HEAD "--g\r\nContent-Type: message/global-delivery-status\r\n\r\nAction: failed\r\n" ORIGINAL,
	 true, "failed", "", ""},
	{"no end", HEAD STATUS "Action: failed", true, "failed", "", ""},
	{"no report-type", "Content-Type: multipart/report; boundary=g\r\n\r\n" STATUS "Action: failed\r\n",
	 true, "failed", "", ""},

	{"read receipt", "Subject: Gelesen\r\nContent-Type: multipart/report; report-type=disposition-notification;\r\n"
	 " boundary=g\r\n\r\n--g\r\nContent-Type: message/disposition-notification\r\n\r\nAction: failed\r\n--g--\r\n",
	 false, "", "", "Gelesen"},
	{"vacation", "Subject: =?utf-8?Q?Abwesend:_bis_M=C3=A4rz?=\r\nAuto-Submitted: auto-replied\r\n\r\nIch bin weg.\r\n",
	 false, "", "", "Abwesend: bis März"},
	{"nested", "Subject: x\r\nContent-Type: multipart/mixed; boundary=h\r\n\r\n--h\r\n" TYPE "\r\n" STATUS
	 "Action: failed\r\n--g--\r\n--h--\r\n", false, "", "", "x"},
	{"no status part", HEAD WORDS ORIGINAL, false, "", "", "Unzustellbar"},
	{"an empty status part", HEAD STATUS "\r\n\r\n" ORIGINAL, false, "", "", "Unzustellbar"},
	{"no boundary", "Subject: x\r\nContent-Type: multipart/report\r\n\r\n" STATUS "Action: failed\r\n",
	 false, "", "", "x"},
	{"nothing", "", false, "", "", ""},
    /* clang-format on */
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct report report;

		print_message("# %s\n", cases[i].name);
		assert_int_equal(
		    report_read(&report, cases[i].wire, strlen(cases[i].wire)), cases[i].is_report);
		assert_string_equal(report.action, cases[i].action);
		assert_string_equal(report.status, cases[i].status);
		assert_string_equal(report.text, cases[i].text);
		report_clear(&report);
		assert_null(report.text);
	}
}

/* A text is cut between characters, and a report of any size is read in bounds. */
static void test_long(void **state)
{
	g_autoptr(GString) wire =
	    g_string_new(HEAD STATUS "Action: failed\r\nDiagnostic-Code: smtp; x");
	struct report report;

	(void)state;
	while (wire->len < 1000000)
		g_string_append(wire, "ö");
	assert_true(report_read(&report, wire->str, wire->len));
	assert_in_range(strlen(report.text), 380, 400);
	assert_true(g_utf8_validate(report.text, -1, NULL));
	report_clear(&report);
	while (wire->len < 10000000)
		g_string_append(wire, "\r\n--g\r\n\r\n");
	assert_true(report_read(&report, wire->str, wire->len));
	report_clear(&report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/report", tests, NULL, NULL);
}
