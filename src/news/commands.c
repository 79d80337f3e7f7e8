/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/commands.h"

#include <string.h>

#include "news/handlers.h"

#define GROUP_ NEWS_NEEDS_GROUP
#define STORE NEWS_READS_STORE
#define VARIANTS NEWS_VARIANTS

/* clang-format off */
/*
 * Arguments: at least, at most.  Rows of one keyword stand together; the capability's parameters
 * come out in this order.
 */
static const struct news_command table[] = {
	/* RFC 3977 section 5: the session */
	{"CAPABILITIES", NULL,           0, 1, 0, news_cmd_capabilities,           NULL, "[keyword]", "what can be done"},
	{"MODE",         "READER",       0, 0, 0, news_cmd_mode_reader,            "READER", "", "no effect here"},
	{"QUIT",         NULL,           0, 0, 0, news_cmd_quit,                   NULL, "", "end of the session"},

	/* section 6.1: groups */
	{"GROUP",        NULL,           1, 1, 0, news_cmd_group,                  "READER", "newsgroup", "select a newsgroup"},
	{"LISTGROUP",    NULL,           0, 2, 0, news_cmd_listgroup,              "READER", "[newsgroup [range]]", "select a newsgroup, list its numbers"},
	{"LAST",         NULL,           0, 0, GROUP_ | STORE, news_cmd_last,      "READER", "", "go to the article before"},
	{"NEXT",         NULL,           0, 0, GROUP_ | STORE, news_cmd_next,      "READER", "", "go to the article after"},

	/* section 6.2: articles */
	{"ARTICLE",      NULL,           0, 1, STORE, news_cmd_article,            "READER", "[number|message-id]", "header and body"},
	{"HEAD",         NULL,           0, 1, STORE, news_cmd_head,               "READER", "[number|message-id]", "header"},
	{"BODY",         NULL,           0, 1, STORE, news_cmd_body,               "READER", "[number|message-id]", "body"},
	{"STAT",         NULL,           0, 1, STORE, news_cmd_stat,               "READER", "[number|message-id]", "is there such an article"},

	/* section 6.3 */
	{"POST",         NULL,           0, 0, NEWS_POSTS, news_cmd_post,          "POST", "", "post an article"},

	/* section 7: information */
	{"DATE",         NULL,           0, 0, 0, news_cmd_date,                   "READER", "", "the time here, in UTC"},
	{"HELP",         NULL,           0, 0, 0, news_cmd_help,                   "READER", "", "this list"},
	{"NEWGROUPS",    NULL,           2, 3, 0, news_cmd_newgroups,              "READER", "[yy]yymmdd hhmmss [GMT]", "newsgroups made since then"},
	{"NEWNEWS",      NULL,           3, 4, STORE, news_cmd_newnews,            "NEWNEWS", "wildmat [yy]yymmdd hhmmss [GMT]", "message-ids since then"},
	{"LIST",         NULL,           0, 0, VARIANTS, news_cmd_list_active,     NULL, "", "as LIST ACTIVE"},
	{"LIST",         "ACTIVE",       0, 1, VARIANTS, news_cmd_list_active,     "LIST ACTIVE", "[wildmat]", "newsgroups with their watermarks"},
	{"LIST",         "ACTIVE.TIMES", 0, 1, VARIANTS, news_cmd_list_active_times, "LIST ACTIVE.TIMES", "[wildmat]", "when newsgroups were made"},
	{"LIST",         "COUNTS",       0, 1, VARIANTS, news_cmd_list_counts,     "LIST COUNTS", "[wildmat]", "newsgroups with their counters"},
	{"LIST",         "HEADERS",      0, 1, VARIANTS, news_cmd_list_headers,    "LIST HEADERS", "[MSGID|RANGE]", "what HDR can be asked for"},
	{"LIST",         "NEWSGROUPS",   0, 1, VARIANTS, news_cmd_list_newsgroups, "LIST NEWSGROUPS", "[wildmat]", "what newsgroups are about"},
	{"LIST",         "OVERVIEW.FMT", 0, 0, VARIANTS, news_cmd_list_overview_fmt, "LIST OVERVIEW.FMT", "", "the fields of OVER"},

	/* section 8, and RFC 2980: fields of articles */
	{"OVER",         NULL,           0, 1, STORE, news_cmd_over,               "OVER MSGID", "[range|message-id]", "overview"},
	{"XOVER",        NULL,           0, 1, STORE, news_cmd_over,               NULL, "[range]", "overview (old form)"},
	{"HDR",          NULL,           1, 2, STORE, news_cmd_hdr,                "HDR", "field [range|message-id]", "one header field of articles"},
	{"XHDR",         NULL,           1, 2, STORE, news_cmd_xhdr,               NULL, "field [range|message-id]", "one header field (old form)"},
	{NULL},
};
/* clang-format on */

const struct news_command *news_commands_table(void)
{
	return table;
}

/*
 * Words go into words->bytes, each with a NUL; blanks and tabs part them.  0 words: the line is
 * wrong or has more than any command takes.  *too_long: one of them is.
 */
static unsigned split(struct news_words *words, const char *line, size_t size, bool *too_long)
{
	const unsigned max = G_N_ELEMENTS(words->words);
	char *start = NULL;
	bool ascii = true;
	unsigned n = 0;

	*too_long = size >= sizeof(words->bytes);
	for (size_t i = 0; i <= size && !*too_long; i++) {
		const unsigned char c = i < size ? (unsigned char)line[i] : ' ';

		const bool blank = c == ' ' || c == '\t';

		words->bytes[i] = (char)(blank ? '\0' : c);
		if (blank) {
			*too_long =
			    start != NULL && words->bytes + i - start > NEWS_ARGUMENT_SIZE_MAX;
			start = NULL;
		} else if (c < ' ' || c == 0x7f) {
			return 0;
		} else if (start == NULL) {
			if (n == max)
				return 0;
			start = words->bytes + i;
			words->words[n++] = start;
		}
		ascii = ascii && c < 0x80;
	}
	return ascii || g_utf8_validate_len(line, size, NULL) ? n : 0;
}

/* The row of a keyword with that variant, or without any; *known: there is the keyword at least. */
static const struct news_command *find(
    const char *keyword, const char *variant, const struct news_command **known)
{
	const struct news_command *plain = NULL;

	*known = NULL;
	for (const struct news_command *row = table; row->keyword != NULL; row++) {
		if (g_ascii_toupper(*keyword) != *row->keyword ||
		    g_ascii_strcasecmp(keyword, row->keyword) != 0)
			continue;
		*known = row;
		if (row->variant == NULL)
			plain = row;
		else if (variant != NULL && g_ascii_strcasecmp(variant, row->variant) == 0)
			return row;
	}
	/* Where variants are, a second word is never an argument. */
	if (*known != NULL && (*known)->variant != NULL && variant != NULL)
		return NULL;
	return plain;
}

const char *news_commands_parse(
    struct news_words *words, const char *line, size_t size, const struct news_command **command)
{
	const struct news_command *known;
	bool too_long;
	const unsigned n = split(words, line, size, &too_long);
	unsigned used;

	if (too_long)
		return NEWS_REPLY_TOO_LONG;
	if (n == 0)
		return size == 0 ? "500 empty line" : NEWS_REPLY_SYNTAX;
	*command = find(words->words[0], n > 1 ? words->words[1] : NULL, &known);
	if (known == NULL)
		return "500 unknown command";
	if (*command == NULL)
		return n > 1 && (known->flags & NEWS_VARIANTS) ? "503 no such list"
							       : NEWS_REPLY_SYNTAX;
	used = (*command)->variant != NULL ? 2 : 1;
	words->args = words->words + used;
	words->n_args = n - used;
	if (words->n_args < (*command)->min_args || words->n_args > (*command)->max_args)
		return NEWS_REPLY_SYNTAX;
	return NULL;
}

/* True if a and b have the same first word. */
static bool same_label(const char *a, const char *b)
{
	const size_t size = strcspn(a, " ");

	return size == strcspn(b, " ") && strncmp(a, b, size) == 0;
}

/* The first row whose capability has the label of row's, and (whole) says the same altogether. */
static bool is_first(const struct news_command *row, bool whole)
{
	for (const struct news_command *other = table; other < row; other++) {
		if (other->capability == NULL || !same_label(other->capability, row->capability))
			continue;
		if (!whole || strcmp(other->capability, row->capability) == 0)
			return false;
	}
	return true;
}

void news_commands_append_capabilities(GString *out, unsigned without)
{
	for (const struct news_command *row = table; row->keyword != NULL; row++) {
		if (row->capability == NULL || (row->flags & without) || !is_first(row, false))
			continue;
		g_string_append(out, row->capability);
		for (const struct news_command *more = row + 1; more->keyword != NULL; more++)
			if (more->capability != NULL &&
			    same_label(more->capability, row->capability) && is_first(more, true))
				g_string_append(
				    out, more->capability + strcspn(more->capability, " "));
		g_string_append(out, "\r\n");
	}
}

void news_commands_append_help(GString *out)
{
	for (const struct news_command *row = table; row->keyword != NULL; row++) {
		g_autofree char *form =
		    g_strjoin(" ", row->keyword, row->variant != NULL ? row->variant : row->usage,
			row->variant != NULL ? row->usage : NULL, NULL);

		g_strchomp(form);
		g_string_append_printf(out, "  %-42s %s\r\n", form, row->help);
	}
}
