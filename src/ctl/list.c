/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/list.h"

#include <stdio.h>
#include <string.h>

#include "base/lang.h"
#include "base/text.h"
#include "ctl/json.h"

struct cell {
	char *shown; /* owned */
	char *json;  /* owned; the value as JSON */
	bool right;  /* a number */
};

struct ctl_list {
	const struct ctl_column *columns;
	size_t n_columns;
	const struct settings *settings;
	GArray *cells;	/* row by row */
	size_t *widths; /* owned; of the columns as shown */
};

static void cell_clear(void *data)
{
	struct cell *cell = data;

	g_free(cell->shown);
	g_free(cell->json);
}

struct ctl_list *ctl_list_new(
    const struct ctl_column *columns, size_t n_columns, const struct settings *settings)
{
	struct ctl_list *list = g_new0(struct ctl_list, 1);

	list->columns = columns;
	list->n_columns = n_columns;
	list->settings = settings;
	list->widths = g_new0(size_t, n_columns);
	list->cells = g_array_new(FALSE, TRUE, sizeof(struct cell));
	g_array_set_clear_func(list->cells, cell_clear);
	return list;
}

void ctl_list_free(struct ctl_list *list)
{
	if (list == NULL)
		return;
	g_array_unref(list->cells);
	g_free(list->widths);
	g_free(list);
}

/* Takes over json; text is shown cleaned of what a terminal would act on. */
static void add(struct ctl_list *list, const char *text, GString *json, bool right)
{
	const struct cell cell = {
	    .shown = text_clean(text != NULL && *text != '\0' ? text : "-"),
	    .json = g_string_free(json, FALSE),
	    .right = right,
	};

	g_array_append_val(list->cells, cell);
}

void ctl_list_text(struct ctl_list *list, const char *text)
{
	GString *json = g_string_new(NULL);

	ctl_json_text(json, NULL, text);
	add(list, text, json, false);
}

void ctl_list_texts(struct ctl_list *list, char *const *texts)
{
	GString *json = g_string_new(NULL);
	g_autoptr(GString) shown = g_string_new(NULL);

	ctl_json_texts(json, NULL, texts);
	for (char *const *t = texts; t != NULL && *t != NULL; t++)
		g_string_append_printf(shown, "%s%s", t == texts ? "" : ", ", *t);
	add(list, shown->str, json, false);
}

void ctl_list_number(struct ctl_list *list, int64_t number)
{
	GString *json = g_string_new(NULL);
	g_autofree char *shown = g_strdup_printf("%" G_GINT64_FORMAT, number);

	ctl_json_number(json, NULL, number);
	add(list, shown, json, true);
}

void ctl_list_time(struct ctl_list *list, int64_t seconds)
{
	GString *json = g_string_new(NULL);
	g_autofree char *shown = ctl_list_show_time(seconds, list->settings->timezone);

	ctl_json_time(json, NULL, seconds);
	add(list, shown, json, false);
}

char *ctl_list_show_time(int64_t seconds, const char *timezone)
{
	static GTimeZone *zone; /* kept: one program run shows one zone */
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(seconds);
	g_autoptr(GDateTime) local = NULL;

	if (zone == NULL)
		zone = g_time_zone_new_identifier(timezone);
	if (zone != NULL && utc != NULL)
		local = g_date_time_to_timezone(utc, zone);
	return local != NULL ? g_date_time_format(local, "%Y-%m-%d %H:%M") : g_strdup("?");
}

static const struct cell *cell_at(const struct ctl_list *list, size_t row, size_t column)
{
	return &g_array_index(list->cells, struct cell, row * list->n_columns + column);
}

static void print_json(const struct ctl_list *list, size_t rows)
{
	g_autoptr(GString) json = g_string_new(NULL);

	ctl_json_open(json, NULL, '[');
	for (size_t row = 0; row < rows; row++) {
		ctl_json_open(json, NULL, '{');
		for (size_t column = 0; column < list->n_columns; column++)
			ctl_json_value(
			    json, list->columns[column].key, cell_at(list, row, column)->json);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	ctl_json_print(json);
}

/* How many columns of a terminal the text takes. */
static size_t text_width(const char *text)
{
	size_t width = 0;

	for (long left = g_utf8_strlen(text, -1); left > 0; left--) {
		const gunichar c = g_utf8_get_char(text);

		width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
		text = g_utf8_find_next_char(text, NULL);
	}
	return width;
}

static void print_cell(const char *text, size_t width, bool right, bool last)
{
	const size_t own = text_width(text);
	const int blanks = (int)(width > own ? width - own : 0);

	if (right)
		printf("%*s%s", blanks, "", text);
	else
		printf("%s%*s", text, last ? 0 : blanks, "");
	fputs(last ? "\n" : "  ", stdout);
}

static void print_table(const struct ctl_list *list, size_t rows)
{
	size_t *widths = list->widths;
	size_t last = 0;

	for (size_t column = 0; column < list->n_columns; column++) {
		if (list->columns[column].title == NULL)
			continue;
		last = column;
		widths[column] = text_width(_(list->columns[column].title));
		for (size_t row = 0; row < rows; row++)
			widths[column] =
			    MAX(widths[column], text_width(cell_at(list, row, column)->shown));
	}
	for (size_t column = 0; column < list->n_columns; column++)
		if (list->columns[column].title != NULL)
			print_cell(_(list->columns[column].title), widths[column],
			    cell_at(list, 0, column)->right, column == last);
	for (size_t row = 0; row < rows; row++)
		for (size_t column = 0; column < list->n_columns; column++)
			if (list->columns[column].title != NULL)
				print_cell(cell_at(list, row, column)->shown, widths[column],
				    cell_at(list, row, column)->right, column == last);
}

void ctl_list_print(struct ctl_list *list, bool json)
{
	const size_t rows = list->cells->len / list->n_columns;

	if (json)
		print_json(list, rows);
	else if (rows > 0)
		print_table(list, rows);
	ctl_list_free(list);
}
