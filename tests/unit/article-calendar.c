/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define BEGIN "BEGIN:VCALENDAR\r\n"
#define EVENT "BEGIN:VEVENT\r\n"
#define END "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define DAY "Appointment: Tuesday, 12 January 2027"

static const struct {
	const char *name;
	const char *text;
	const char *line; /* NULL: none */
} cases[] = {
    /* clang-format off */
	{"nothing", "", NULL},
	{"no event", BEGIN "END:VCALENDAR\r\n", NULL},
	{"no date", BEGIN EVENT "SUMMARY:x\r\n" END, NULL},
	{"a moment", BEGIN EVENT "DTSTART:20270112T100000\r\n" END, DAY ", 10:00\n"},
	{"of UTC", BEGIN EVENT "DTSTART:20270112T100000Z\r\nDTEND:20270112T113000Z\r\n" END, DAY ", 10:00 to 11:30 (UTC)\n"},
	{"with its zone", BEGIN EVENT "DTSTART;TZID=\"W. Europe Standard Time\":20270112T100000\r\n" END,
	 DAY ", 10:00 (W. Europe Standard Time)\n"},
	{"over midnight", BEGIN EVENT "DTSTART:20270112T220000\r\nDURATION:PT4H\r\n" END,
	 DAY ", 22:00 to Wednesday, 13 January 2027, 02:00\n"},
	{"a day", BEGIN EVENT "DTSTART;VALUE=DATE:20270112\r\n" END, DAY ", all day\n"},
	{"a day with its end", BEGIN EVENT "DTSTART;VALUE=DATE:20270112\r\nDTEND;VALUE=DATE:20270113\r\n" END, DAY ", all day\n"},
	{"two days", BEGIN EVENT "DTSTART;VALUE=DATE:20270112\r\nDURATION:P2D\r\n" END,
	 DAY " to Wednesday, 13 January 2027, all day\n"},
	{"the end before the beginning", BEGIN EVENT "DTSTART:20270112T100000\r\nDTEND:20260112T100000\r\n" END, DAY ", 10:00\n"},
	{"escapes (RFC 5545 section 3.3.11)", BEGIN EVENT "DTSTART:20270112T100000\r\nSUMMARY:a\\, b\\; c\\nd\\\\\r\n" END,
	 DAY ", 10:00; Occasion: a, b; c d\\\n"},
	{"folds (RFC 5545 section 3.1)", BEGIN EVENT "DTSTART:20270112T1\r\n 00000\r\nLOCATION:Rat\r\n\thaus\r\n" END, DAY ", 10:00; Place: Rathaus\n"},
	{"an alarm's own", BEGIN EVENT "DTSTART:20270112T100000\r\nBEGIN:VALARM\r\nSUMMARY:x\r\nEND:VALARM\r\nSUMMARY:y\r\n" END,
	 DAY ", 10:00; Occasion: y\n"},
	{"a zone's own", BEGIN "BEGIN:VTIMEZONE\r\nDTSTART:19700101T000000\r\nEND:VTIMEZONE\r\n" EVENT "DTSTART:20270112T100000\r\n" END, DAY ", 10:00\n"},
	{"cancelled", BEGIN "METHOD:CANCEL\r\n" EVENT "DTSTART:20270112T100000\r\n" END, "Appointment cancelled: Tuesday, 12 January 2027, 10:00\n"},
	{"cancelled by status", BEGIN EVENT "STATUS:CANCELLED\r\nDTSTART:20270112T100000\r\n" END,
	 "Appointment cancelled: Tuesday, 12 January 2027, 10:00\n"},
	{"an answer", BEGIN "METHOD:REPLY\r\n" EVENT "ATTENDEE;CN=\"Otto; Amt\";PARTSTAT=TENTATIVE:mailto:o@x.example\r\nDTSTART:20270112T100000\r\n" END,
	 "Appointment accepted tentatively: Tuesday, 12 January 2027, 10:00; Attendee: Otto; Amt\n"},
	{"an answer by address", BEGIN "METHOD:REPLY\r\n" EVENT "ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:o@x.example\r\nDTSTART:20270112T100000\r\n" END,
	 "Appointment accepted: Tuesday, 12 January 2027, 10:00; Attendee: o@x.example\n"},
	{"no such day", BEGIN EVENT "DTSTART:20270230T100000\r\n" END, NULL},
	{"no such time", BEGIN EVENT "DTSTART:20270112T250000\r\n" END, NULL},
	{"cut off", BEGIN EVENT "DTSTART:20270112T100000", NULL},
	{"controls", BEGIN EVENT "DTSTART:20270112T100000\r\nSUMMARY:a\x01\\nb\tc\r\n" END, DAY ", 10:00; Occasion: a  b c\n"},
    /* clang-format on */
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = calendar_text(cases[i].text, LANG_EN);

		print_message("# %s\n", cases[i].name);
		if (cases[i].line == NULL)
			assert_null(text);
		else
			assert_string_equal(text, cases[i].line);
	}
}

/* However many events and however long their lines: few lines come of it, none of them long. */
static void test_bounds(void **state)
{
	g_autoptr(GString) text = g_string_new(BEGIN);
	g_autofree char *shown = NULL;
	g_auto(GStrv) lines = NULL;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		g_string_append(text, EVENT "DTSTART:20270112T100000\r\nSUMMARY:");
		for (unsigned n = 0; n < 500; n++)
			g_string_append(text, "ä");
		g_string_append(text, "\r\nEND:VEVENT\r\n");
	}
	shown = calendar_text(text->str, LANG_EN);
	lines = g_strsplit(shown, "\n", -1);
	assert_int_equal(g_strv_length(lines), CALENDAR_EVENTS_MAX + 1);
	assert_true(g_str_has_suffix(lines[0], "ä…"));
	assert_true(strlen(lines[0]) < 700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_bounds),
	};

	lang_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/calendar", tests, NULL, NULL);
}
