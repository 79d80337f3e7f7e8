/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/err.h"

#include <stdarg.h>

GQuark err_quark(void)
{
	return g_quark_from_static_string("umlauf");
}

bool err_set(GError **error, enum err code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (error != NULL) {
		g_assert(*error == NULL);
		*error = g_error_new_valist(ERR, (int)code, format, args);
	}
	va_end(args);
	return false;
}

enum err err_code(const GError *error)
{
	if (error == NULL || error->domain != ERR)
		return ERR_TEMP;
	return (enum err)error->code;
}
