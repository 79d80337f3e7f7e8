/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * One error domain for the whole program.  The code says what the caller can
 * do about it; each protocol maps the codes to its own replies in one function.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include <glib.h>

enum err {
	ERR_TEMP,   /* try later */
	ERR_PERM,   /* trying again is useless */
	ERR_BAD,    /* breaks its format */
	ERR_LIMIT,  /* beyond a set limit */
	ERR_DENIED, /* may not */
	ERR_ABSENT, /* no such thing */
};

#define ERR (err_quark())

GQuark err_quark(void);

/* Set *error (may be NULL) and return false: for "return err_set(error, ERR_BAD, …);". */
bool err_set(GError **error, enum err code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* The code of an error of ours; ERR_TEMP for NULL or any foreign domain. */
enum err err_code(const GError *error);

#endif
