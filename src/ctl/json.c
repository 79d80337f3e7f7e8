/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/json.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void append_string(GString *json, const char *text)
{
	g_autofree char *valid = text != NULL ? g_utf8_make_valid(text, -1) : NULL;

	text_append_json(json, valid);
}

static void begin(GString *json, const char *key)
{
	if (json->len > 0 && strchr("{[", json->str[json->len - 1]) == NULL)
		g_string_append_c(json, ',');
	if (key != NULL) {
		append_string(json, key);
		g_string_append_c(json, ':');
	}
}

void ctl_json_open(GString *json, const char *key, char bracket)
{
	begin(json, key);
	g_string_append_c(json, bracket);
}

void ctl_json_close(GString *json, char bracket)
{
	g_string_append_c(json, bracket);
}

void ctl_json_text(GString *json, const char *key, const char *text)
{
	begin(json, key);
	append_string(json, text);
}

void ctl_json_number(GString *json, const char *key, int64_t number)
{
	begin(json, key);
	g_string_append_printf(json, "%" G_GINT64_FORMAT, number);
}

void ctl_json_truth(GString *json, const char *key, bool truth)
{
	begin(json, key);
	g_string_append(json, truth ? "true" : "false");
}

void ctl_json_null(GString *json, const char *key)
{
	begin(json, key);
	g_string_append(json, "null");
}

void ctl_json_time(GString *json, const char *key, int64_t seconds)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
	g_autofree char *text = NULL;

	if (time != NULL)
		text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
	ctl_json_text(json, key, text);
}

void ctl_json_texts(GString *json, const char *key, char *const *texts)
{
	ctl_json_open(json, key, '[');
	for (; texts != NULL && *texts != NULL; texts++)
		ctl_json_text(json, NULL, *texts);
	ctl_json_close(json, ']');
}

void ctl_json_value(GString *json, const char *key, const char *value)
{
	begin(json, key);
	g_string_append(json, value);
}

void ctl_json_print(const GString *json)
{
	fwrite(json->str, 1, json->len, stdout);
	putchar('\n');
}
