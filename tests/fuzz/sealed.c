/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What stands in a message in a form of its own, without the encoding around it: winmail.dat, rich
 * text, opaque S/MIME, appointments, OpenPGP.  Any bytes give a text that can be shown.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "article/armour.h"
#include "article/calendar.h"
#include "article/rtf.h"
#include "article/smime.h"
#include "article/tnef.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* Valid UTF-8 without controls, but those that are allowed. */
static void check_text(const char *text, const char *allowed)
{
	require(g_utf8_validate(text, -1, NULL));
	for (const char *p = text; *p != '\0'; p += g_utf8_skip[(unsigned char)*p])
		require(!g_unichar_iscntrl(g_utf8_get_char(p)) || strchr(allowed, *p) != NULL);
}

static void check_tnef(const char *bytes, size_t size)
{
	struct tnef tnef;

	if (tnef_read(&tnef, bytes, size, true)) {
		check_text(tnef.text, "\n\t");
		require(tnef.files->len <= TNEF_FILES_MAX);
		for (unsigned i = 0; i < tnef.files->len; i++) {
			const struct tnef_file *file = tnef.files->pdata[i];

			check_text(file->name, "");
			check_text(file->type, "");
			require(file->size >= 0 && (size_t)file->size <= size);
		}
	}
	tnef_clear(&tnef);
}

static void check_smime(const char *bytes, size_t size)
{
	GString *content;
	enum smime kind = smime_open(bytes, size, &content);

	require((content != NULL) == (kind == SMIME_SIGNED));
	require(content == NULL || content->len <= size);
	if (content != NULL)
		g_string_free(content, TRUE);
}

/* What is text already when it comes here. */
static void check_words(const char *bytes, size_t size)
{
	g_autofree char *copy = g_strndup(bytes, size);
	g_autofree char *text = g_utf8_make_valid(copy, -1);
	g_autofree char *calendar = calendar_text(text, LANG_DE);
	g_autofree char *bare = armour_strip(text, "x");

	if (calendar != NULL)
		check_text(calendar, "\n");
	require(g_utf8_validate(bare, -1, NULL));
	require(strlen(bare) <= strlen(text) + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autofree char *copy = g_malloc(MAX(size, 1)); /* not terminated: reading on is seen */
	g_autofree char *text = NULL;

	memcpy(copy, bytes, size);
	check_tnef(copy, size);
	check_smime(copy, size);
	check_words(copy, size);
	text = rtf_text(copy, size);
	check_text(text, "\n\t");
	return 0;
}
