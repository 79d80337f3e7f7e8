/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ctl/mbox.h"

#define F "From a@b.example Mon Nov 23 08:12:00 2026\n"

static const struct {
	const char *name;
	const char *file;
	const char *messages; /* unquoted, each ended by `|` */
} files[] = {
    /* clang-format off */
	{"one", F "A: 1\n\nx\n\n", "A: 1\r\n\r\nx\r\n|"},
	{"no empty line at the end", F "A: 1\n\nx\n", "A: 1\r\n\r\nx\r\n|"},
	{"no line end at the end", F "A: 1\n\nx", "A: 1\r\n\r\nx\r\n|"},
	{"two", F "A: 1\n\nx\n\n" F "A: 2\n\ny\n\n", "A: 1\r\n\r\nx\r\n|A: 2\r\n\r\ny\r\n|"},
	{"only one empty line belongs to the format", F "A: 1\n\nx\n\n\n" F "A: 2\n\n",
	    "A: 1\r\n\r\nx\r\n\r\n|A: 2\r\n|"},
	{"CRLF", "From a 08:12\r\nA: 1\r\n\r\nx\r\n\r\nFrom b 08:13\r\nA: 2\r\n\r\ny\r\n",
	    "A: 1\r\n\r\nx\r\n|A: 2\r\n\r\ny\r\n|"},
	{"empty lines before the first", "\n\r\n" F "A: 1\n\nx\n\n", "A: 1\r\n\r\nx\r\n|"},
	{"separator without a date", "From a\nA: 1\n\nx\n\nFrom b\nA: 2\n\ny\n",
	    "A: 1\r\n\r\nx\r\n|A: 2\r\n\r\ny\r\n|"},
	{"prose behind an empty line", F "A: 1\n\nx\n\nFrom here on,\nall is prose.\n",
	    "A: 1\r\n\r\nx\r\n\r\nFrom here on,\r\nall is prose.\r\n|"},
	{"not behind an empty line", F "A: 1\n\nx\n" F "A: 2\n\ny\n",
	    "A: 1\r\n\r\nx\r\nFrom a@b.example Mon Nov 23 08:12:00 2026\r\nA: 2\r\n\r\ny\r\n|"},
	{"empty message", F "\n" F "A: 2\n\n", "|A: 2\r\n|"},
	{"From_ line alone", F, "|"},
	{"From_ line alone, no line end", "From x", "|"},
	{"quoted once", F "A: 1\n\n>From x\n", "A: 1\r\n\r\nFrom x\r\n|"},
	{"quoted twice", F "A: 1\n\n>>From x\n", "A: 1\r\n\r\n>From x\r\n|"},
	{"quoted, not From", F "A: 1\n\n>from x\n> From x\n>Fromx\n>",
	    "A: 1\r\n\r\n>from x\r\n> From x\r\n>Fromx\r\n>\r\n|"},
	{"quoted as a separator", F "A: 1\n\nx\n\n>" F "A: 2\n",
	    "A: 1\r\n\r\nx\r\n\r\nFrom a@b.example Mon Nov 23 08:12:00 2026\r\nA: 2\r\n|"},
	{"empty file", "", ""},
	{"line ends alone", "\n\n", ""},
    /* clang-format on */
};

/* The messages of a file, each ended by `|`. */
static char *read_all(const char *bytes, size_t size)
{
	g_autoptr(GByteArray) message = g_byte_array_new();
	GString *all = g_string_new(NULL);
	struct ctl_mbox mbox;
	struct ctl_mbox_message m;

	assert_true(ctl_mbox_init(&mbox, bytes, size));
	while (ctl_mbox_next(&mbox, &m)) {
		ctl_mbox_unquote(&m, message);
		g_string_append_len(all, (const char *)message->data, (gssize)message->len);
		g_string_append_c(all, '|');
	}
	return g_string_free(all, FALSE);
}

static void reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		const size_t size = strlen(files[i].file);
		g_autofree char *bytes = g_memdup2(files[i].file, size); /* no NUL behind */
		g_autofree char *all = read_all(bytes, size);

		if (strcmp(all, files[i].messages) != 0)
			fail_msg("%s: %s", files[i].name, all);
	}
}

static void refuses_what_is_none(void **state)
{
	static const char *const texts[] = {"root:x:0:0", "Fro", "From", "from a\n", " From a\n"};
	struct ctl_mbox mbox;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_false(ctl_mbox_init(&mbox, texts[i], strlen(texts[i])));
}

/* Whatever is cut off behind: no octet beyond the end is looked at, and the end comes. */
static void reads_every_beginning(void **state)
{
	static const char file[] =
	    F "A: 1\r\n\r\n>From x\n\n" F ">From y\nB: 2\n\n\n>\n>>From z\n\n";

	(void)state;
	for (size_t size = 5; size < sizeof(file); size++) {
		g_autofree char *bytes = g_memdup2(file, size);
		g_autofree char *all = read_all(bytes, size);

		assert_non_null(all);
	}
}

static void counts_lines(void **state)
{
	static const char file[] = "\n" F "A: 1\n\nx\n\n" F "A: 2\n\n";
	struct ctl_mbox mbox;
	struct ctl_mbox_message m;

	(void)state;
	assert_true(ctl_mbox_init(&mbox, file, strlen(file)));
	assert_true(ctl_mbox_next(&mbox, &m));
	assert_int_equal(m.line, 2);
	assert_true(ctl_mbox_next(&mbox, &m));
	assert_int_equal(m.line, 7);
	assert_false(ctl_mbox_next(&mbox, &m));
}

static const struct {
	const char *line;
	const char *sender;
} senders[] = {
    {"From a@b.example Mon Nov 23 08:12:00 2026", "a@b.example"},
    {"From a@b.example", "a@b.example"},
    {"From MAILER-DAEMON Mon Nov 23 08:12:00 2026", ""},
    {"From anna at b.example Mon Nov 23 08:12:00 2026", ""},
    {"From - Mon Nov 23 08:12:00 2026", ""},
    {"From ", ""},
    {"From  a@b.example", ""},
};

static void names_the_sender(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
		struct ctl_mbox mbox;
		struct ctl_mbox_message m;
		g_autofree char *sender = NULL;

		assert_true(ctl_mbox_init(&mbox, senders[i].line, strlen(senders[i].line)));
		assert_true(ctl_mbox_next(&mbox, &m));
		sender = ctl_mbox_sender(&m);
		assert_string_equal(sender, senders[i].sender);
	}
}

static const struct {
	const char *name;
	const char *sender;
	const char *message;
	const char *written;
} written[] = {
    /* clang-format off */
	{"usual", "a@b.example", "A: 1\r\n\r\nx\r\n", F "A: 1\n\nx\n\n"},
	{"From quoted, again and again", "a@b.example", "A: 1\r\n\r\nFrom x\r\n>From x\r\n>>From x\r\n",
	    F "A: 1\n\n>From x\n>>From x\n>>>From x\n\n"},
	{"what only looks like it", "a@b.example", "A: 1\r\n\r\nfrom x\r\n> From x\r\nFrom\r\n",
	    F "A: 1\n\nfrom x\n> From x\nFrom\n\n"},
	{"no sender", "", "A: 1\r\n", "From MAILER-DAEMON Mon Nov 23 08:12:00 2026\nA: 1\n\n"},
	{"a blank in the sender", "\"a b\"@c", "A: 1\r\n",
	    "From MAILER-DAEMON Mon Nov 23 08:12:00 2026\nA: 1\n\n"},
    /* clang-format on */
};

static void writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(written); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		ctl_mbox_append(out, written[i].sender, 1795421520, written[i].message,
		    strlen(written[i].message));
		if (strcmp(out->str, written[i].written) != 0)
			fail_msg("%s: %s", written[i].name, out->str);
	}
}

/* What is written is read as it was, whatever stands in it. */
static void both_ways(void **state)
{
	static const char *const messages[] = {
	    "A: 1\r\n\r\nx\r\n",
	    "A: 1\r\n\r\n\r\n\r\nFrom x 08:12\r\nB: 2\r\n\r\n\r\n",
	    "From odd first line\r\nA: 1\r\n\r\n>From\r\n>From x\r\n>>>From \r\n",
	    "A: 1\r\n",
	};
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GString) wanted = g_string_new(NULL);
	g_autofree char *all = NULL;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
		ctl_mbox_append(out, "a@b.example", 0, messages[i], strlen(messages[i]));
		g_string_append_printf(wanted, "%s|", messages[i]);
	}
	all = read_all(out->str, out->len);
	assert_string_equal(all, wanted->str);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads),
	    cmocka_unit_test(refuses_what_is_none),
	    cmocka_unit_test(reads_every_beginning),
	    cmocka_unit_test(counts_lines),
	    cmocka_unit_test(names_the_sender),
	    cmocka_unit_test(writes),
	    cmocka_unit_test(both_ways),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ctl/mbox", tests, NULL, NULL);
}
