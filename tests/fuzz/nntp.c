/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Command lines of a newsreader through a session over a socketpair; the first
 * octet says how many are sent at once.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>

#include "../unit/news-sample.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct sample *sample;

static void clean_up(void)
{
	sample_rest(sample);
	sample_free(sample);
}

/* What no answer may hold: a line end that is not CRLF, a NUL, and the groups of members. */
static void check(const GString *got)
{
	for (size_t i = 0; i < got->len; i++)
		if (got->str[i] == '\0' ||
		    (got->str[i] == '\n' && (i == 0 || got->str[i - 1] != '\r')))
			abort();
	if (strstr(got->str, "Geheim") != NULL || strstr(got->str, "vorstand ") != NULL)
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
	g_string_append(said, "\r\n");
	got = sample_talk(sample, said->str, said->len, bytes[0] > 0 ? bytes[0] : SIZE_MAX);
	check(got);
	g_string_free(got, TRUE);
	return 0;
}
