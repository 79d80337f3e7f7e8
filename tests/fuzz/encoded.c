/* SPDX-License-Identifier: EUPL-1.2 */
/* Encoded words both ways: what is decoded and encoded again reads the same. */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "article/encoded.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void check_text(const char *text)
{
	require(g_utf8_validate(text, -1, NULL));
	for (const char *p = text; *p != '\0'; p += g_utf8_skip[(unsigned char)*p])
		require(!g_unichar_iscntrl(g_utf8_get_char(p)));
}

static void check_back(const char *value, const char *text)
{
	g_autofree char *back = encoded_decode(value, strlen(value));

	for (const char *p = value; *p != '\0'; p++)
		require(*p >= ' ' && *p < 0x7f);
	require(strcmp(back, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autofree char *text = encoded_decode((const char *)bytes, size);
	g_autofree char *value = encoded_encode(text);
	g_autofree char *phrase = encoded_encode_phrase(text);

	check_text(text);
	check_back(value, text);
	for (const char *p = phrase; *p != '\0'; p++)
		require(*p >= ' ' && *p < 0x7f);
	return 0;
}
