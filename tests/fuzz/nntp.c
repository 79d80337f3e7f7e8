/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Command lines and articles of a newsreader through a session over a socketpair; the first octet says
 * how many are sent at once.  Nobody takes what is posted.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "../unit/news-sample.h"

#include "base/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct sample *sample;

/* In place of those of base/: a line for each post would hide what the fuzzer says. */
void log_open(const char *role, int to_syslog)
{
	(void)role;
	(void)to_syslog;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	(void)level;
	(void)event;
	(void)fields;
}

static void clean_up(void)
{
	sample_rest(sample);
	sample_free(sample);
}

/* True if the answers tell a word that nobody said. */
static bool tells(const GString *got, const GString *said, const char *word)
{
	return strstr(got->str, word) != NULL &&
	       memmem(said->str, said->len, word, strlen(word)) == NULL;
}

/* What no answer may hold: a line end that is not CRLF, a NUL, and the groups of members. */
static void check(const GString *got, const GString *said)
{
	for (size_t i = 0; i < got->len; i++)
		if (got->str[i] == '\0' ||
		    (got->str[i] == '\n' && (i == 0 || got->str[i - 1] != '\r')))
			abort();
	if (tells(got, said, "Geheim") || tells(got, said, "vorstand "))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autoptr(GString) said = NULL;
	GString *got;

	if (size == 0)
		return 0;
	if (sample == NULL) {
		sample = sample_new();
		sample_serve(sample);
		atexit(clean_up);
	}
	said = g_string_new_len((const char *)bytes + 1, (gssize)size - 1);
	/* An article that is being posted ends here; to a command line a dot is none. */
	g_string_append(said, "\r\n.\r\n");
	got = sample_talk(sample, said->str, said->len, bytes[0] > 0 ? bytes[0] : SIZE_MAX);
	check(got, said);
	g_string_free(got, TRUE);
	return 0;
}
