/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "reading.h"

#include "article/body.h"

char *reading_of(const char *wire, size_t size, enum lang lang)
{
	GString *out = g_string_new(NULL);
	struct body body;

	body_read(&body, wire, size, lang);
	g_string_append(out, body.text);
	for (unsigned i = 0; i < body.attachments->len; i++) {
		const struct attachment *attachment = body.attachments->pdata[i];

		g_string_append_printf(out, "[%s, %s, %lld]\n", attachment->name, attachment->type,
		    (long long)attachment->size);
	}
	body_clear(&body);
	return g_string_free(out, FALSE);
}
