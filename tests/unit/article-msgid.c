/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "article/msgid.h"

/* RFC 3977 section 3.6 */
static const struct {
	const char *name;
	const char *id;
	bool valid;
} ids[] = {
    /* clang-format off */
	{"usual", "<a@b.example>", true},
	{"no @", "<abc>", true},
	{"two @", "<a@b@c>", true},
	{"open bracket within", "<<a@b>", true},
	{"close bracket within", "<a@b>>", false},
	{"blank", "<a b@c>", false},
	{"8-bit", "<\xc3\xa4@b>", false},
	{"control", "<a\x01@b>", false},
	{"no brackets", "a@b", false},
	{"nothing within", "<>", false},
	{"shortest", "<a>", true},
	{"empty", "", false},
    /* clang-format on */
};

static void test_valid(void **state)
{
	g_autofree char *fill = g_strnfill(MSGID_SIZE_MAX - 2, 'x');
	g_autofree char *longest = g_strconcat("<", fill, ">", NULL);
	g_autofree char *longer = g_strconcat("<x", fill, ">", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
		print_message("# %s\n", ids[i].name);
		assert_int_equal(msgid_is_valid(ids[i].id, strlen(ids[i].id)), ids[i].valid);
	}
	assert_true(msgid_is_valid(longest, MSGID_SIZE_MAX));
	assert_false(msgid_is_valid(longer, MSGID_SIZE_MAX + 1));
}

static const struct {
	const char *name;
	const char *value;
	const char *id;
} values[] = {
    /* clang-format off */
	{"usual", "<a@b>", "<a@b>"},
	{"blanks around", "  <a@b> \t", "<a@b>"},
	{"fold within", "<a\r\n @b>", "<a@b>"},
	{"comment behind", "<a@b> (gestern)", "<a@b>"},
	{"second of two", "<a@b> <c@d>", "<a@b>"},
	{"empty one first", "<> <c@d>", "<c@d>"},
	{"no brackets", "a@b", "<a@b>"},
	{"no brackets, blanks around", "\r\n a@b ", "<a@b>"},
	{"no brackets, encoded", "=?utf-8?q?a=40b?=", "<a@b>"},
	{"no brackets, two words", "a@b c@d", NULL},
	{"no brackets, no @", "ab", NULL},
	{"no brackets, nothing before the @", "@b", NULL},
	{"no brackets, nothing behind it", "a@", NULL},
	{"only the end of them", "a@b>", NULL},
	{"not closed", "<a@b", NULL},
	{"empty", "", NULL},
	{"encoded as a whole", "=?utf-8?q?=3Ca=2Eb=40c=3E?=", "<a.b@c>"},
	{"line end inside the encoded word", "=?utf-8?q?=3Ca=0D=0A=40c=3E?=", "<a@c>"},
	{"windows-1252", "<\xe4@b>", "<\xc3\xa4@b>"},
    /* clang-format on */
};

static void test_extract(void **state)
{
	g_autofree char *fill = g_strnfill(1000, 'x');
	g_autofree char *longer = g_strconcat("<", fill, ">", NULL);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autofree char *id = msgid_extract(values[i].value, strlen(values[i].value));

		print_message("# %s\n", values[i].name);
		if (values[i].id == NULL)
			assert_null(id);
		else
			assert_string_equal(id, values[i].id);
	}
	assert_null(msgid_extract(longer, strlen(longer)));
}

static void test_make(void **state)
{
	g_autofree char *id = msgid_make("listen.example", "0123456789", 10);

	(void)state;
	assert_true(msgid_is_valid(id, strlen(id)));
	assert_true(msgid_is_of_domain(id, "Listen.Example"));
	assert_false(msgid_is_of_domain(id, "example"));
	assert_false(msgid_is_of_domain("<@listen.example>", "listen.example"));
	assert_false(msgid_is_of_domain("<a@x.listen.example>", "listen.example"));
	assert_false(msgid_is_of_domain("", "listen.example"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_extract),
	    cmocka_unit_test(test_make),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/msgid", tests, NULL, NULL);
}
