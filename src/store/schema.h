/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The schema as numbered steps.  A step that has been released is never changed.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "db/db.h"

/* The number of the newest step. */
int64_t schema_newest(void);

/* Take all steps above the store's own number, each in a transaction. */
bool schema_migrate(struct db *db, GError **error);

#endif
