/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/lineends.h"

#include <stdbool.h>
#include <string.h>

static const char *find(const char *at, const char *end, char what)
{
	const char *found = at < end ? memchr(at, what, (size_t)(end - at)) : NULL;

	return found ? found : end;
}

static bool is_normal(const char *at, const char *end)
{
	if (at == end || end[-1] != '\n')
		return false;
	while (at < end) {
		const char *feed = find(at, end, '\n');

		if (feed == at || feed[-1] != '\r' || find(at, feed, '\r') != feed - 1)
			return false;
		at = feed + 1;
	}
	return true;
}

/* At a CR: behind it and those that follow it.  A line end if an LF is there, else blanks. */
static const char *take_crs(GByteArray *out, const char *at, const char *end)
{
	const char *behind = at;

	while (behind < end && *behind == '\r')
		behind++;
	if (behind < end && *behind != '\n')
		for (; at < behind; at++)
			g_byte_array_append(out, (const guint8 *)" ", 1);
	return behind;
}

void lineends_normalise(const char **bytes, size_t *size, GByteArray **owned)
{
	const char *at = *bytes;
	const char *end = at + *size;
	const char *feed = NULL; /* the next LF and CR: each is looked for once */
	const char *cr = NULL;
	GByteArray *out;

	*owned = NULL;
	if (is_normal(at, end))
		return;
	out = g_byte_array_sized_new((guint)(*size + *size / 32 + 2));
	while (at < end) {
		const char *stop;

		if (!feed || feed < at)
			feed = find(at, end, '\n');
		if (!cr || cr < at)
			cr = find(at, end, '\r');
		stop = feed < cr ? feed : cr;
		g_byte_array_append(out, (const guint8 *)at, (guint)(stop - at));
		at = stop == cr ? take_crs(out, stop, end) : stop;
		if (at < end && *at != '\n')
			continue;
		g_byte_array_append(out, (const guint8 *)"\r\n", 2);
		at += at < end;
	}
	*owned = out;
	*bytes = (const char *)out->data;
	*size = out->len;
}
