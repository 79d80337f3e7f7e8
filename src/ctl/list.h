/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * An answer of rows, shown as a table or as a JSON array of objects.
 */
#ifndef CTL_LIST_H
#define CTL_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"

struct ctl_column {
	const char *key;   /* in JSON */
	const char *title; /* in the table, translatable; NULL: in JSON only */
};

struct ctl_list;

/* columns: borrowed. */
struct ctl_list *ctl_list_new(
    const struct ctl_column *columns, size_t n_columns, const struct settings *settings);
void ctl_list_free(struct ctl_list *list);

/* The next cell; rows follow from the number of columns. */
void ctl_list_text(struct ctl_list *list, const char *text); /* NULL: null, shown as "-" */
void ctl_list_texts(struct ctl_list *list, char *const *texts);
void ctl_list_number(struct ctl_list *list, int64_t number);
void ctl_list_time(struct ctl_list *list, int64_t seconds); /* shown in the settings' zone */

/* To stdout, and free the list. */
void ctl_list_print(struct ctl_list *list, bool json);

/* "2026-11-23 09:12" in the zone (the settings' timezone); the caller frees. */
char *ctl_list_show_time(int64_t seconds, const char *timezone);

#endif
