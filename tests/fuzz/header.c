/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A whole message through acceptance's view of it and out again as news shows
 * it: scan, repairs, head, overview, stuffed body.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "article/authres.h"
#include "article/header.h"
#include "article/netnews.h"
#include "article/overview.h"
#include "article/serve.h"

#define ARRIVED INT64_C(1795500000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* Each line is a field or a fold in US-ASCII, as far as the message's own lines were repaired. */
static void check_head(const GString *head)
{
	struct header header;
	size_t columns = 0;
	g_autoptr(GString) line = g_string_new(NULL);

	header_init(&header);
	require(header_scan(&header, head->str, head->len, NULL));
	require(header.head_size == head->len);
	for (unsigned i = 0; i < header.fields->len; i++) {
		const struct field *field = &g_array_index(header.fields, struct field, i);

		require(field->name != NULL);
		require(field_is_clean(field));
		require(field->line_size > 1 &&
			memcmp(field->line + field->line_size - 2, "\r\n", 2) == 0);
	}
	overview_append(line, &header, 1, 1);
	for (const char *p = line->str; p < line->str + line->len; p++)
		columns += *p == '\t';
	require(columns == OVERVIEW_COLUMNS);
	require(strlen(line->str) == line->len && strcspn(line->str, "\r\n") == line->len - 2);
	header_clear(&header);
}

static void check_stuffed(const GString *block)
{
	require(block->len == 0 || (block->len > 1 && block->str[block->len - 1] == '\n'));
	require(strlen(block->str) == block->len);
	require(!g_str_has_prefix(block->str, ".\r\n") && strstr(block->str, "\n.\r\n") == NULL);
}

static void check(const struct header *header, const char *bytes, size_t size)
{
	static const struct serve_place places[] = {{"rat.bau", 1}};
	struct address_mask mask = {{0}, "news.example", NULL, NULL};
	struct netnews netnews = {header, "<a@news.example>", ARRIVED, LANG_EN, NULL};
	g_autofree char *fields = netnews_fields(&netnews);
	struct serve serve = {"news.example", fields, places, 1, NULL, ARRIVED};
	g_autoptr(GString) out = g_string_new(NULL);

	require(serve_head(out, bytes, size, &serve) == header->body);
	check_head(out);
	serve.mask = &mask;
	g_string_truncate(out, 0);
	serve_head(out, bytes, size, &serve);
	check_head(out);
	g_string_truncate(out, 0);
	serve_stuffed(out, bytes + header->body, size - header->body);
	check_stuffed(out);
}

/* The store holds CRLF line ends only. */
static GString *wire_of(const uint8_t *bytes, size_t size)
{
	GString *wire = g_string_sized_new(size + 1);

	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n' && (i == 0 || bytes[i - 1] != '\r'))
			g_string_append_c(wire, '\r');
		g_string_append_c(wire, (char)bytes[i]);
	}
	return wire;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autoptr(GString) wire = wire_of(bytes, size);
	char trusted[] = "mx.example";
	char *const ids[] = {trusted, NULL};
	struct header header;

	header_init(&header);
	if (header_scan(&header, wire->str, wire->len, NULL)) {
		check(&header, wire->str, wire->len);
		authres_verifies(&header, ids, "otto@stadt.example");
	}
	header_clear(&header);
	return 0;
}
