/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The table of all commands, and how a command line becomes a row of it and
 * arguments (RFC 3977 section 3.1).
 */
#ifndef NEWS_COMMANDS_H
#define NEWS_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

struct news_session;

#define NEWS_ARGUMENT_SIZE_MAX 497
#define NEWS_ARGS_MAX 8

#define NEWS_REPLY_FAULT "403 the store cannot be read now, try later"
#define NEWS_REPLY_TOO_LONG "501 line or argument too long"
#define NEWS_REPLY_SYNTAX "501 syntax error"
#define NEWS_REPLY_NO_SUCH_GROUP "411 no such newsgroup"
#define NEWS_REPLY_NO_GROUP "412 no newsgroup selected"
#define NEWS_REPLY_NO_CURRENT "420 no current article"
#define NEWS_REPLY_NO_NUMBER "423 no article with that number"
#define NEWS_REPLY_NO_RANGE "423 no articles in that range"
#define NEWS_REPLY_NO_MSGID "430 no article with that message-id"

enum news_flags {
	NEWS_NEEDS_GROUP = 1, /* 412 where none is selected */
	NEWS_READS_STORE = 2, /* in the turn's transaction; 403 where there is none to be had */
	NEWS_POSTS = 8,	      /* is not among the capabilities where nobody may post */
	NEWS_VARIANTS = 4,    /* a variant that the table has not: 503 (else 501) */
};

/* args: NUL-terminated valid UTF-8 without controls; as many as the row allows. */
typedef void news_command_fn(struct news_session *session, char **args, unsigned n_args);

struct news_command {
	const char *keyword;
	const char *variant;	/* the second word (LIST ACTIVE); NULL: none, or left out */
	unsigned char min_args; /* behind keyword and variant */
	unsigned char max_args;
	unsigned char flags;
	news_command_fn *run_fn;
	const char *capability; /* what CAPABILITIES says for it; NULL: nothing */
	const char *usage;	/* its arguments, for HELP */
	const char *help;
};

/* A command line taken apart. */
struct news_words {
	char bytes[512];
	char *words[NEWS_ARGS_MAX + 2];
	char **args; /* in words, behind keyword and variant */
	unsigned n_args;
};

/*
 * Find the row for a line without its CRLF.  NULL if all is well (*command and words are set),
 * else the reply (static, without CRLF): 500 unknown, 501 wrong or too long, 503 unknown variant.
 */
const char *news_commands_parse(
    struct news_words *words, const char *line, size_t size, const struct news_command **command);

/*
 * Append one line for each capability that the table gives, with CRLF, each label once; not those of
 * rows that have one of the flags `without`.
 */
void news_commands_append_capabilities(GString *out, unsigned without);

/* Append one line for each command, with CRLF. */
void news_commands_append_help(GString *out);

/* The table itself; the last row has keyword NULL.  For its test. */
const struct news_command *news_commands_table(void);

#endif
