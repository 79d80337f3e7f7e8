/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A message as members get it: the body is that of the input, signed fields are as they were, and
 * nothing appears in front but what article/outgoing.h names.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "article/dkim.h"
#include "article/header.h"
#include "article/netnews.h"
#include "article/outgoing.h"

#define ARRIVED INT64_C(1795500000)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static const struct field *field_at(const struct header *header, unsigned i)
{
	return &g_array_index(header->fields, struct field, i);
}

/* The last line of a header block without a body may lack its end, and gets one. */
static size_t text_size(const struct field *field)
{
	size_t size = field->line_size;

	if (size > 0 && field->line[size - 1] == '\n')
		size -= size > 1 && field->line[size - 2] == '\r' ? 2 : 1;
	return size;
}

static bool is_same(const struct field *one, const struct field *other)
{
	return text_size(one) == text_size(other) &&
	       memcmp(one->line, other->line, text_size(one)) == 0;
}

static bool is_ours(const struct field *field)
{
	static const char *const names[] = {
	    "List-Id", "List-Post", "Precedence", "Reply-To", "To", "Message-ID", "Date"};

	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		if (field_is(field, names[i]))
			return true;
	return false;
}

static bool is_signed(GHashTable *names, const struct field *field)
{
	return field->name != NULL && dkim_covers(names, field->name, field->name_size);
}

/* From the end: fields of the input in their order, of which no signed one lacks; then ours. */
static void check_fields(const struct header *in, const struct header *out, GHashTable *names)
{
	unsigned left = out->fields->len;

	for (unsigned i = in->fields->len; i > 0; i--) {
		const struct field *field = field_at(in, i - 1);

		if (left > 0 && is_same(field, field_at(out, left - 1)))
			left--;
		else
			require(!is_signed(names, field));
	}
	while (left > 0) {
		const struct field *field = field_at(out, --left);

		require(is_ours(field) && field_is_clean(field) && !is_signed(names, field));
	}
}

static void check(const struct header *in, const struct outgoing *outgoing)
{
	g_autoptr(GHashTable) names = dkim_signed_names(in);
	g_autoptr(GString) out = g_string_new(NULL);
	struct header header;
	bool may = outgoing_append(out, in->bytes, in->size, outgoing);
	size_t body = in->size - in->body;

	require(may == !dkim_covers(names, "list-unsubscribe", 16));
	header_init(&header);
	require(header_scan(&header, out->str, out->len, NULL));
	require(header.body == out->len - body && header.body > header.head_size);
	require(memcmp(out->str + header.body, in->bytes + in->body, body) == 0);
	check_fields(in, &header, names);
	header_clear(&header);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autofree char *copy = g_memdup2(bytes, size);
	g_autofree char *fields = NULL;
	struct header header;

	header_init(&header);
	if (size > 0 && header_scan(&header, copy, size, NULL)) {
		struct netnews netnews = {&header, "<a@news.example>", ARRIVED, LANG_EN, NULL};
		struct outgoing outgoing = {"", "Jörg, Rat", "rat.listen.example",
		    "rat@listen.example", "rat+k3f5a2c7@listen.example"};

		check(&header, &outgoing);
		fields = netnews_fields(&netnews);
		outgoing.fields = fields;
		check(&header, &outgoing);
	}
	header_clear(&header);
	return 0;
}
