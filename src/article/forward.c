/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/forward.h"

#include <stdint.h>

#include <glib.h>

#include "article/encoded.h"
#include "article/gmime.h"
#include "article/header.h"
#include "base/dates.h"
#include "base/text.h"

#define VALUE_SIZE_MAX 2000
#define DATE_SIZE_MAX 200

/* The value of a field as text; "" where it lacks.  The caller frees. */
static char *value_of(const struct header *header, const char *name)
{
	const struct field *field = header_find(header, name);

	if (field == NULL)
		return g_strdup("");
	return encoded_decode(field->value, MIN(field->value_size, VALUE_SIZE_MAX));
}

/* The date as the author's clock showed it; "" where it can't be read. */
static char *date_of(const struct header *header, enum lang lang)
{
	const struct field *field = header_find(header, "Date");
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	g_autoptr(GDateTime) date = NULL;
	g_autofree char *value = NULL;
	g_autofree char *day = NULL;
	g_autofree char *time = NULL;

	if (field == NULL || field->value_size > DATE_SIZE_MAX)
		return g_strdup("");
	gmime_options();
	value = field_unfolded(field);
	date = g_mime_utils_header_decode_date(value);
	if (date == NULL)
		return g_strdup("");
	day = dates_day(lang, zone,
	    g_date_time_to_unix(date) + g_date_time_get_utc_offset(date) / G_TIME_SPAN_SECOND);
	time = g_date_time_format(date, "%H:%M");
	return text_fill(lang_text(lang, "{day}, {from}"),
	    (const struct text_value[]){{"day", day}, {"from", time}, {NULL, NULL}});
}

char *forward_subject(const char *wire, size_t size)
{
	struct header header;
	char *subject = NULL;

	header_init(&header);
	if (header_scan(&header, wire, size, NULL))
		subject = value_of(&header, "Subject");
	header_clear(&header);
	return subject == NULL ? g_strdup("") : subject;
}

static void append_line(GString *out, const char *label, const char *value)
{
	if (*value != '\0')
		g_string_append_printf(out, "%s: %s\n", label, value);
}

char *forward_head(const char *wire, size_t size, enum lang lang)
{
	GString *out = g_string_new(NULL);
	struct header header;

	header_init(&header);
	if (header_scan(&header, wire, size, NULL)) {
		g_autofree char *from = value_of(&header, "From");
		g_autofree char *date = date_of(&header, lang);
		g_autofree char *subject = value_of(&header, "Subject");

		append_line(out, lang_text(lang, "From"), from);
		append_line(out, lang_text(lang, "Date"), date);
		append_line(out, lang_text(lang, "Subject"), subject);
	}
	header_clear(&header);
	return g_string_free(out, FALSE);
}
