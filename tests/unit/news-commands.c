/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LINE(text) (text), sizeof(text) - 1

static const struct {
	const char *line;
	size_t size;
	const char *reply; /* its code; NULL: the row below */
	const char *keyword;
	const char *variant;
	const char *args; /* with commas */
} cases[] = {
    /* clang-format off */
	{LINE("DATE"),                         NULL, "DATE", NULL, ""},
	{LINE("date"),                         NULL, "DATE", NULL, ""},
	{LINE("DATE  \t "),                    NULL, "DATE", NULL, ""},
	{LINE(" \tGrOuP\t rat.bau "),          NULL, "GROUP", NULL, "rat.bau"},
	{LINE("GROUP r\xc3\xa4t"),             NULL, "GROUP", NULL, "r\xc3\xa4t"},
	{LINE("LIST"),                         NULL, "LIST", NULL, ""},
	{LINE("list active.times"),            NULL, "LIST", "ACTIVE.TIMES", ""},
	{LINE("LIST ACTIVE  rat.*"),           NULL, "LIST", "ACTIVE", "rat.*"},
	{LINE("Mode Reader"),                  NULL, "MODE", "READER", ""},
	{LINE("XHDR newsgroups 1-2"),          NULL, "XHDR", NULL, "newsgroups,1-2"},
	{LINE("NEWNEWS * 20261124 060000 GMT"), NULL, "NEWNEWS", NULL, "*,20261124,060000,GMT"},
	{LINE(""),                             "500", NULL, NULL, NULL},
	{LINE("   "),                          "501", NULL, NULL, NULL},
	{LINE("XYZZY"),                        "500", NULL, NULL, NULL},
	{LINE("DATES"),                        "500", NULL, NULL, NULL},
	{LINE("IHAVE <a@b>"),                  "500", NULL, NULL, NULL},
	{LINE("DATE now"),                     "501", NULL, NULL, NULL},
	{LINE("GROUP"),                        "501", NULL, NULL, NULL},
	{LINE("GROUP a b"),                    "501", NULL, NULL, NULL},
	{LINE("LIST NOTHING"),                 "503", NULL, NULL, NULL},
	{LINE("LIST rat.*"),                   "503", NULL, NULL, NULL},
	{LINE("LIST OVERVIEW.FMT x"),          "501", NULL, NULL, NULL},
	{LINE("MODE"),                         "501", NULL, NULL, NULL},
	{LINE("MODE STREAM"),                  "501", NULL, NULL, NULL},
	{LINE("GROUP a\x01" "b"),              "501", NULL, NULL, NULL},
	{LINE("GROUP a\0b"),                   "501", NULL, NULL, NULL},
	{LINE("GROUP a\x7f"),                  "501", NULL, NULL, NULL},
	{LINE("GROUP r\xe4t"),                 "501", NULL, NULL, NULL},
	{LINE("HDR 1 2 3 4 5 6 7 8 9 10 11"),  "501", NULL, NULL, NULL},
    /* clang-format on */
};

static void lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct news_command *command = NULL;
		struct news_words words;
		const char *reply =
		    news_commands_parse(&words, cases[i].line, cases[i].size, &command);
		g_autofree char *args = NULL;

		print_message("# %s\n", cases[i].line);
		if (cases[i].reply != NULL) {
			assert_non_null(reply);
			assert_memory_equal(reply, cases[i].reply, 3);
			continue;
		}
		assert_null(reply);
		assert_string_equal(command->keyword, cases[i].keyword);
		assert_int_equal(command->variant == NULL, cases[i].variant == NULL);
		if (cases[i].variant != NULL)
			assert_string_equal(command->variant, cases[i].variant);
		words.args[words.n_args] = NULL;
		args = g_strjoinv(",", words.args);
		assert_string_equal(args, cases[i].args);
	}
}

/* RFC 3977 section 3.1: an argument of 497 octets, a line of 512 with CRLF. */
static void sizes(void **state)
{
	const struct news_command *command = NULL;
	struct news_words words;
	char line[600];

	(void)state;
	memset(line, 'x', sizeof(line));
	memcpy(line, "GROUP ", 6);
	assert_null(news_commands_parse(&words, line, 6 + 497, &command));
	assert_int_equal(strlen(words.args[0]), 497);
	assert_string_equal(
	    news_commands_parse(&words, line, 6 + 498, &command), NEWS_REPLY_TOO_LONG);
	assert_string_equal(news_commands_parse(&words, line, 599, &command), NEWS_REPLY_TOO_LONG);
	memset(line, ' ', sizeof(line));
	memcpy(line, "DATE", 4);
	assert_null(news_commands_parse(&words, line, 510, &command));
}

/* What find() takes for granted: keywords in capitals, rows of one keyword together. */
static void table_is_sane(void **state)
{
	const struct news_command *table = news_commands_table();

	(void)state;
	for (const struct news_command *row = table; row->keyword != NULL; row++) {
		g_autofree char *upper = g_ascii_strup(row->keyword, -1);

		assert_string_equal(row->keyword, upper);
		assert_non_null(row->run_fn);
		assert_non_null(row->usage);
		assert_non_null(row->help);
		assert_true(row->min_args <= row->max_args);
		assert_true(row->max_args + 2 < NEWS_ARGS_MAX);
		assert_int_equal(row->max_args == 0, *row->usage == '\0');
		for (const struct news_command *other = table; other < row; other++) {
			if (strcmp(row->keyword, other->keyword) != 0)
				continue;
			assert_string_equal(row[-1].keyword, row->keyword);
			assert_int_equal(row->flags & NEWS_VARIANTS, other->flags & NEWS_VARIANTS);
			assert_non_null(row->variant);
			if (other->variant != NULL)
				assert_string_not_equal(row->variant, other->variant);
		}
	}
}

#define BEHIND_POST                                                           \
	"NEWNEWS\r\n"                                                         \
	"LIST ACTIVE ACTIVE.TIMES COUNTS HEADERS NEWSGROUPS OVERVIEW.FMT\r\n" \
	"OVER MSGID\r\n"                                                      \
	"HDR\r\n"

/* RFC 3977 section 3.3.2: POST is listed where the client may post, and only there. */
static void capabilities(void **state)
{
	g_autoptr(GString) all = g_string_new(NULL);
	g_autoptr(GString) without = g_string_new(NULL);

	(void)state;
	news_commands_append_capabilities(all, 0);
	assert_string_equal(all->str, "READER\r\nPOST\r\n" BEHIND_POST);
	news_commands_append_capabilities(without, NEWS_POSTS);
	assert_string_equal(without->str, "READER\r\n" BEHIND_POST);
}

static void help(void **state)
{
	g_autoptr(GString) out = g_string_new(NULL);
	size_t n_rows = 0;
	size_t n_lines = 0;

	(void)state;
	news_commands_append_help(out);
	for (const struct news_command *row = news_commands_table(); row->keyword != NULL; row++)
		n_rows++;
	for (const char *at = out->str; *at != '\0'; at++)
		n_lines += *at == '\n';
	assert_int_equal(n_lines, n_rows);
	assert_non_null(strstr(out->str, "  LIST ACTIVE [wildmat]  "));
	assert_non_null(strstr(out->str, "  GROUP newsgroup  "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines),
	    cmocka_unit_test(sizes),
	    cmocka_unit_test(table_is_sane),
	    cmocka_unit_test(capabilities),
	    cmocka_unit_test(help),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("news/commands", tests, NULL, NULL);
}
