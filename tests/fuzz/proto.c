/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What a newsreader posts, looked at before it goes to intake.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "article/proto.h"

#define NOW INT64_C(1795500000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void check_once(const struct header *header, const char *name)
{
	const struct field *field = header_find(header, name);
	g_autofree char *value = field != NULL ? field_unfolded(field) : NULL;

	require(value != NULL && header_find_next(header, field) == NULL);
	require(value[0] != '\0');
}

/* What nothing is refused of: RFC 5536 section 3.1 holds for it. */
static void check_taken(const struct header *header)
{
	check_once(header, "From");
	check_once(header, "Newsgroups");
	check_once(header, "Subject");
	require(memchr(header->bytes, '\0', header->size) == NULL);
	require(header_find(header, "Control") == NULL && header_find(header, "Xref") == NULL);
	for (guint i = 0; i < header->fields->len; i++)
		require(g_array_index(header->fields, struct field, i).name != NULL);
}

static void check_groups(const struct header *header)
{
	g_auto(GStrv) names = proto_newsgroups(header);
	const guint n = g_strv_length(names);

	require(n <= PROTO_GROUPS_MAX);
	for (guint i = 0; i < n; i++) {
		require(names[i][0] != '\0' && strpbrk(names[i], ",\r\n\t") == NULL);
		require(g_utf8_validate(names[i], -1, NULL));
		for (guint j = 0; j < i; j++)
			require(strcmp(names[i], names[j]) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct header header;

	header_init(&header);
	if (header_scan(&header, (const char *)bytes, size, NULL)) {
		g_autofree char *refusal = proto_refusal(&header, NOW);

		if (refusal == NULL)
			check_taken(&header);
		else
			require(refusal[0] != '\0' && strpbrk(refusal, "\r\n") == NULL);
		check_groups(&header);
	}
	header_clear(&header);
	return 0;
}
