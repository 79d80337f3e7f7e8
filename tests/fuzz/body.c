/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a person reads of a message: any bytes give a text and names that can be shown, and so does
 * what is made of the text.  The same bytes are read as HTML and as a delivery report too.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "article/body.h"
#include "article/html.h"
#include "article/quote.h"
#include "article/report.h"

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

static void check_lines(const char *text)
{
	check_text(text, "\n\t");
	require(*text == '\0' || g_str_has_suffix(text, "\n"));
}

static bool is_blank(const char *text)
{
	for (; *text != '\0'; text += g_utf8_skip[(unsigned char)*text])
		if (!g_unichar_isspace(g_utf8_get_char(text)))
			return false;
	return true;
}

static void check_new(const char *text)
{
	g_autofree char *shown = quote_new(text, NULL);

	check_lines(shown);
	require(is_blank(text) == is_blank(shown));
}

static void check_body(const char *bytes, size_t size)
{
	struct body body;

	body_read(&body, bytes, size, LANG_DE);
	check_lines(body.text);
	require(strlen(body.text) <= BODY_TEXT_MAX);
	require(body.attachments->len <= BODY_PARTS_MAX);
	for (unsigned i = 0; i < body.attachments->len; i++) {
		const struct attachment *attachment = body.attachments->pdata[i];

		check_text(attachment->name, "");
		check_text(attachment->type, "");
		require(attachment->size >= 0 && (size_t)attachment->size <= size);
	}
	check_new(body.text);
	body_clear(&body);
}

static void check_html(const char *bytes, size_t size)
{
	g_autofree char *text = html_text(bytes, size);

	check_lines(text);
	check_new(text);
}

static void check_report(const char *bytes, size_t size)
{
	struct report report;
	bool is_report = report_read(&report, bytes, size);

	check_text(report.action, "");
	check_text(report.status, "");
	check_text(report.text, "");
	require(strlen(report.text) <= 400);
	require(is_report || (*report.action == '\0' && *report.status == '\0'));
	report_clear(&report);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autofree char *copy = g_malloc(MAX(size, 1)); /* not terminated: reading on is seen */

	memcpy(copy, bytes, size);
	check_body(copy, size);
	check_html(copy, size);
	check_report(copy, size);
	return 0;
}
