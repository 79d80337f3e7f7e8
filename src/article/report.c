/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/report.h"

#include <string.h>

#include <glib.h>

#include "article/header.h"
#include "article/mime.h"
#include "article/netnews.h"

#define PARTS_MAX 10 /* a report has three */
#define STATUS_PART_SIZE_MAX 65536
#define GROUPS_MAX 100 /* blocks of fields: one for the message, one for each recipient */
#define TEXT_SIZE_MAX 400

void report_clear(struct report *report)
{
	g_free(report->action);
	g_free(report->status);
	g_free(report->text);
	*report = (struct report){0};
}

/* On one line with single blanks, cut between characters; "" where the field lacks. */
static char *clean_text(const struct header *header, const struct field *field)
{
	g_autofree char *text = field == NULL ? g_strdup("") : netnews_text(header, field);
	GString *out = g_string_new(NULL);

	for (const char *p = text; *p != '\0'; p += g_utf8_skip[(unsigned char)*p]) {
		size_t size = (size_t)g_utf8_skip[(unsigned char)*p];

		if (*p == ' ' && p[1] == ' ')
			continue;
		if (out->len + size > TEXT_SIZE_MAX)
			break;
		g_string_append_len(out, p, (gssize)size);
	}
	return g_string_free(out, FALSE);
}

/* RFC 3464 section 2.3.3 */
static char *read_action(const struct header *group)
{
	static const char *const actions[] = {
	    "failed", "delayed", "delivered", "relayed", "expanded"};
	const struct field *field = header_find(group, "Action");
	g_autofree char *value = field == NULL ? g_strdup("") : field_unfolded(field);
	size_t size = strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
		if (strlen(actions[i]) == size && g_ascii_strncasecmp(actions[i], value, size) == 0)
			return g_strdup(actions[i]);
	return g_strdup("");
}

/* `5.1.1` (RFC 3463 section 2), a comment may follow it. */
static char *read_status(const struct header *group)
{
	const struct field *field = header_find(group, "Status");
	g_autofree char *value = field == NULL ? g_strdup("") : field_unfolded(field);
	size_t size = 0;
	unsigned dots = 0;

	while (g_ascii_isdigit(value[size]) ||
	       (value[size] == '.' && size > 0 && g_ascii_isdigit(value[size + 1]))) {
		dots += value[size] == '.';
		size++;
	}
	if (dots != 2 || size > sizeof("5.999.999") - 1)
		return g_strdup("");
	return g_strndup(value, size);
}

/* What the server said, without the word that tells the protocol (RFC 3464 section 2.3.6). */
static char *read_diagnostic(const struct header *group)
{
	g_autofree char *text = clean_text(group, header_find(group, "Diagnostic-Code"));
	size_t word = strcspn(text, "; ");
	size_t semicolon = word + strspn(text + word, " ");

	if (word == 0 || text[semicolon] != ';')
		return g_steal_pointer(&text);
	return g_strstrip(g_strdup(text + semicolon + 1));
}

/* The first group that tells of a recipient; some leave out the empty line before it. */
static bool read_groups(struct report *report, const GString *text)
{
	const char *at = text->str;
	const char *end = text->str + text->len;
	struct header group;
	bool found = false;

	header_init(&group);
	for (unsigned n = 0; n < GROUPS_MAX && at < end && !found; n++) {
		if (!header_scan(&group, at, (size_t)(end - at), NULL))
			break;
		found =
		    header_find(&group, "Action") != NULL || header_find(&group, "Status") != NULL;
		at += group.body;
	}
	if (found) {
		report->action = read_action(&group);
		report->status = read_status(&group);
		report->text = read_diagnostic(&group);
	}
	header_clear(&group);
	return found;
}

static bool is_status_part(const struct mime_part *part)
{
	return mime_part_is(part, "message/delivery-status") ||
	       mime_part_is(part, "message/global-delivery-status"); /* RFC 6533 */
}

static bool read_parts(struct report *report, const struct mime_part *message)
{
	g_autofree char *type = NULL;

	if (message == NULL || !mime_part_is(message, "multipart/report"))
		return false;
	type = mime_part_param(message, "report-type");
	if (type != NULL && g_ascii_strcasecmp(type, "delivery-status") != 0)
		return false;
	for (unsigned i = 0; i < message->parts->len; i++) {
		const struct mime_part *part = message->parts->pdata[i];

		if (is_status_part(part)) {
			g_autoptr(GString) text = mime_part_decoded(part, STATUS_PART_SIZE_MAX);

			return read_groups(report, text);
		}
	}
	return false;
}

static char *read_subject(const char *wire, size_t size)
{
	struct header header;
	char *subject;

	header_init(&header);
	subject = header_scan(&header, wire, size, NULL)
		      ? clean_text(&header, header_find(&header, "Subject"))
		      : g_strdup("");
	header_clear(&header);
	return subject;
}

bool report_read(struct report *report, const char *wire, size_t size)
{
	struct mime_part *message = mime_read(wire, size, PARTS_MAX, 1);
	bool is_report;

	*report = (struct report){0};
	is_report = read_parts(report, message);
	mime_part_free(message);
	if (!is_report) {
		report->action = g_strdup("");
		report->status = g_strdup("");
		report->text = read_subject(wire, size);
	}
	return is_report;
}
