/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/netnews.h"

#include <stdbool.h>
#include <string.h>

#include "article/address.h"
#include "article/encoded.h"
#include "article/maildate.h"
#include "article/msgid.h"
#include "article/refs.h"
#include "article/serve.h"
#include "base/text.h"

#define ORIGINAL_SIZE_MAX 998
#define REWRITTEN_MAX 200 /* names; of more, the rest is hidden only */
#define DAY 86400

/* How a value that is not clean is written anew. */
enum kind {
	KIND_TEXT,
	KIND_ADDRESSES,
	KIND_PARAMETERS, /* text with quoted strings that must stay such */
	KIND_OWN,	 /* has its own function here */
};

#define ROW(name) (name), sizeof(name) - 1

/* Fields that a message has once at most (RFC 5536 section 3, RFC 5322 section 3.6, RFC 2045). */
static const struct known {
	const char *name;
	size_t size;
	enum kind kind;
} known[] = {
    /* clang-format off */
	{ROW("Archive"),                   KIND_TEXT},
	{ROW("Cc"),                        KIND_ADDRESSES},
	{ROW("Content-Description"),       KIND_TEXT},
	{ROW("Content-Disposition"),       KIND_PARAMETERS},
	{ROW("Content-ID"),                KIND_TEXT},
	{ROW("Content-Language"),          KIND_TEXT},
	{ROW("Content-Transfer-Encoding"), KIND_TEXT},
	{ROW("Content-Type"),              KIND_PARAMETERS},
	{ROW("Date"),                      KIND_OWN},
	{ROW("From"),                      KIND_ADDRESSES},
	{ROW("In-Reply-To"),               KIND_TEXT},
	{ROW("Keywords"),                  KIND_TEXT},
	{ROW("Message-ID"),                KIND_OWN},
	{ROW("MIME-Version"),              KIND_TEXT},
	{ROW("Organization"),              KIND_TEXT},
	{ROW("References"),                KIND_OWN},
	{ROW("Reply-To"),                  KIND_ADDRESSES},
	{ROW("Sender"),                    KIND_ADDRESSES},
	{ROW("Subject"),                   KIND_OWN},
	{ROW("Summary"),                   KIND_TEXT},
	{ROW("To"),                        KIND_ADDRESSES},
	{ROW("User-Agent"),                KIND_TEXT},
    /* clang-format on */
};

#define NOT_KNOWN G_N_ELEMENTS(known)

static size_t known_find(const struct field *field)
{
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
		if (known[i].size == field->name_size &&
		    (known[i].name[0] | 0x20) == (field->name[0] | 0x20) &&
		    g_ascii_strncasecmp(known[i].name, field->name, field->name_size) == 0)
			return i;
	return NOT_KNOWN;
}

static void append_hidden(GString *out, const char *name, size_t size)
{
	g_string_append_c(out, '-');
	g_string_append_len(out, name, (gssize)size);
	g_string_append_c(out, '\n');
}

/* A `+` line; whatever the value is, it stays one line. */
static void append_line(GString *out, const char *name, size_t size, const char *value)
{
	size_t start;

	g_string_append_c(out, '+');
	g_string_append_len(out, name, (gssize)size);
	g_string_append(out, ": ");
	start = out->len;
	g_string_append(out, value);
	g_strdelimit(out->str + start, "\r\n", ' ');
	g_string_append_c(out, '\n');
}

/* Put our own value in place of what the message brought. */
static void replace(GString *out, const struct header *header, const char *name, const char *value)
{
	if (header_find(header, name) != NULL)
		append_hidden(out, name, strlen(name));
	append_line(out, name, strlen(name), value);
}

/* -- values written anew -- */

#define PARAMETERS_SIZE_MAX 998

/* The charset that Content-Type declares; borrowed from it, NULL: none. */
static const char *declared_charset(const struct header *header, size_t *size)
{
	static const char name[] = "charset=";
	static const char ends[] = {'"', ';', ',', ' ', '\t', '\r', '\n'};
	const struct field *type = header_find(header, "Content-Type");
	const char *at;

	if (type == NULL)
		return NULL;
	at = type->value;
	for (size_t left = MIN(type->value_size, PARAMETERS_SIZE_MAX); left > sizeof(name);
	     left--) {
		const bool begins = strchr("; \t\n", *at++) != NULL;

		if (!begins || g_ascii_strncasecmp(at, name, sizeof(name) - 1) != 0)
			continue;
		at += sizeof(name) - 1;
		at += *at == '"';
		*size = 0;
		while (at + *size < type->value + type->value_size &&
		       memchr(ends, at[*size], sizeof(ends)) == NULL)
			++*size;
		return at;
	}
	return NULL;
}

/* A field that is not clean, in UTF-8 where it is in the declared charset; *text holds its value. */
static struct field in_utf8(const struct header *header, const struct field *field, GString **text)
{
	size_t size = 0;
	const char *charset = declared_charset(header, &size);
	struct field recoded = *field;

	if (charset != NULL)
		*text = encoded_recode(field->value, field->value_size, charset, size);
	if (*text != NULL) {
		recoded.value = (*text)->str;
		recoded.value_size = (*text)->len;
	}
	return recoded;
}

char *netnews_text(const struct header *header, const struct field *field)
{
	g_autoptr(GString) text = NULL;
	struct field recoded;

	if (field_is_clean(field))
		return encoded_decode(field->value, field->value_size);
	recoded = in_utf8(header, field, &text);
	return encoded_decode(recoded.value, recoded.value_size);
}

static char *encoded_text(const struct field *field)
{
	g_autofree char *text = encoded_decode(field->value, field->value_size);

	return encoded_encode(text);
}

static char *encoded_addresses(const struct field *field)
{
	g_autofree char *addresses = address_masked_field(NULL, field->value, field->value_size);

	return *addresses == '\0' ? encoded_text(field) : g_steal_pointer(&addresses);
}

/* The pieces between `"`, `;` and `=` are encoded one by one, so that what they part remains. */
static char *encoded_parameters(const struct field *field)
{
	g_autofree char *value = field_unfolded(field);
	GString *out = g_string_sized_new(2 * strlen(value));

	for (const char *p = value; *p != '\0';) {
		size_t size = strcspn(p, "\";=");
		g_autofree char *piece = g_strndup(p, size);

		if (g_str_is_ascii(piece)) {
			g_string_append(out, piece);
		} else {
			g_autofree char *text = encoded_decode(piece, size);
			g_autofree char *word = encoded_encode_phrase(text);

			g_string_append(out, word);
		}
		p += size;
		if (*p != '\0')
			g_string_append_c(out, *p++);
	}
	return g_string_free(out, FALSE);
}

static char *repaired(const struct header *header, const struct field *field, enum kind kind)
{
	g_autoptr(GString) text = NULL;
	struct field recoded;

	if (field_is_clean(field))
		return field_unfolded(field);
	recoded = in_utf8(header, field, &text);
	switch (kind) {
	case KIND_ADDRESSES:
		return encoded_addresses(&recoded);
	case KIND_PARAMETERS:
		return encoded_parameters(&recoded);
	case KIND_TEXT:
	case KIND_OWN:
		break;
	}
	return encoded_text(&recoded);
}

/* -- the fields that an article must have, and References -- */

/* True if the message has the field twice or more. */
static bool is_repeated(const struct header *header, const struct field *first)
{
	return header_find_next(header, first) != NULL;
}

/* The id that the message brought and the article does not have; NULL: none. */
static char *original_id(const struct field *field, const char *msgid)
{
	g_autofree char *id = msgid_extract(field->value, field->value_size);
	g_autofree char *text = NULL;

	if (id != NULL && strcmp(id, msgid) == 0)
		return NULL;
	text = encoded_text(field);
	return *text == '\0' || strlen(text) > ORIGINAL_SIZE_MAX ? NULL : g_steal_pointer(&text);
}

static void message_id(GString *out, const struct netnews *netnews)
{
	const struct field *field = header_find(netnews->header, "Message-ID");
	g_autofree char *original = NULL;

	if (field != NULL && field->value_size == strlen(netnews->msgid) &&
	    memcmp(field->value, netnews->msgid, field->value_size) == 0 &&
	    !is_repeated(netnews->header, field))
		return;
	replace(out, netnews->header, "Message-ID", netnews->msgid);
	if (field != NULL)
		original = original_id(field, netnews->msgid);
	if (original != NULL)
		replace(out, netnews->header, "X-Original-Message-ID", original);
}

static void subject(GString *out, const struct netnews *netnews)
{
	const struct field *field = header_find(netnews->header, "Subject");
	g_autofree char *text = NULL;

	if (field != NULL) {
		text = encoded_decode(field->value, field->value_size);
		if (*text != '\0' && field_is_clean(field) && !is_repeated(netnews->header, field))
			return;
	}
	if (text == NULL || *text == '\0') {
		g_free(text);
		text = encoded_encode(lang_text(netnews->language, "(no subject)"));
	} else {
		g_free(text);
		text = repaired(netnews->header, field, KIND_TEXT);
	}
	replace(out, netnews->header, "Subject", text);
}

static void date(GString *out, const struct netnews *netnews)
{
	const struct field *field = header_find(netnews->header, "Date");
	g_autofree char *value = NULL;
	int64_t seconds = netnews->arrived;
	bool is_read = maildate_read(field, &seconds);
	bool is_good = is_read && field_is_clean(field) && maildate_is_standard(field);

	if (is_good && !is_repeated(netnews->header, field))
		return;
	value =
	    is_good ? field_unfolded(field) : text_mail_date(is_read ? seconds : netnews->arrived);
	replace(out, netnews->header, "Date", value);
}

/* The ids of a value that must not be served as it came. */
static char *joined_ids(const struct field *field)
{
	g_autoptr(GPtrArray) ids = refs_parse(field->value, field->value_size);
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < ids->len; i++) {
		const char *id = ids->pdata[i];

		if (!msgid_is_valid(id, strlen(id)))
			continue;
		if (out->len > 0)
			g_string_append_c(out, ' ');
		g_string_append(out, id);
	}
	return g_string_free(out, FALSE);
}

static void references(GString *out, const struct netnews *netnews)
{
	const struct field *field = header_find(netnews->header, "References");
	g_autofree char *ids = NULL;

	if (netnews->references != NULL && *netnews->references != '\0') {
		replace(out, netnews->header, "References", netnews->references);
		return;
	}
	if (field == NULL)
		return;
	if (field_is_clean(field) && !is_repeated(netnews->header, field) &&
	    memmem(field->value, field->value_size, "=?", 2) == NULL &&
	    memchr(field->value, '<', field->value_size) != NULL)
		return;
	ids = joined_ids(field);
	if (*ids != '\0')
		replace(out, netnews->header, "References", ids);
	else
		append_hidden(out, field->name, field->name_size);
}

/* -- all other fields -- */

/* Hide the fields of that name, and write them anew: the first one that is not empty, or all. */
static void rewrite(GString *out, const struct header *header, const struct field *field)
{
	size_t row = known_find(field);
	enum kind kind = row == NOT_KNOWN ? KIND_TEXT : known[row].kind;
	bool done = false;

	append_hidden(out, field->name, field->name_size);
	for (; field != NULL && !done; field = header_find_next(header, field)) {
		g_autofree char *value = repaired(header, field, kind);

		if (*value != '\0')
			append_line(out, field->name, field->name_size, value);
		done = row != NOT_KNOWN && *value != '\0';
	}
}

/* Rewrite the fields of a bad one's name, once. */
static void rewrite_name(
    GString *out, const struct header *header, const struct field *bad, GHashTable *done)
{
	const struct field *field = (const void *)header->fields->data;
	char *name = g_ascii_strdown(bad->name, (gssize)bad->name_size);

	if (!g_hash_table_add(done, name))
		return;
	if (g_hash_table_size(done) > REWRITTEN_MAX) {
		append_hidden(out, bad->name, bad->name_size);
		return;
	}
	while (!field_is(field, name))
		field++;
	rewrite(out, header, field);
}

static void others(GString *out, const struct header *header)
{
	g_autoptr(GHashTable) done = NULL;
	bool seen[NOT_KNOWN + 1] = {false};

	for (unsigned i = 0; i < header->fields->len; i++) {
		const struct field *field = &g_array_index(header->fields, struct field, i);
		size_t row;
		bool is_bad;

		if (field->name == NULL || !serve_shows(field->name, field->name_size))
			continue;
		row = known_find(field);
		if (row != NOT_KNOWN && known[row].kind == KIND_OWN)
			continue;
		is_bad = (row != NOT_KNOWN && seen[row]) || !field_is_clean(field);
		seen[row] = true;
		if (!is_bad)
			continue;
		if (done == NULL)
			done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
		rewrite_name(out, header, field, done);
	}
}

char *netnews_fields(const struct netnews *netnews)
{
	GString *out = g_string_new(NULL);

	message_id(out, netnews);
	subject(out, netnews);
	date(out, netnews);
	references(out, netnews);
	others(out, netnews->header);
	return g_string_free(out, FALSE);
}

char *netnews_fields_set(const char *fields, const char *name, const char *value)
{
	GString *out = g_string_sized_new(strlen(fields) + 64);
	size_t name_size = strlen(name);
	bool done = value == NULL;

	while (*fields != '\0') {
		size_t size = strcspn(fields, "\n");
		bool is_it = size > name_size + 1 && fields[0] == '+' &&
			     fields[name_size + 1] == ':' &&
			     g_ascii_strncasecmp(fields + 1, name, name_size) == 0;

		if (!is_it) {
			g_string_append_len(out, fields, (gssize)size);
			g_string_append_c(out, '\n');
		} else if (!done) {
			append_line(out, name, name_size, value);
			done = true;
		}
		fields += size + (fields[size] == '\n');
	}
	if (!done)
		append_line(out, name, name_size, value);
	return g_string_free(out, FALSE);
}

int64_t netnews_date(const struct header *header, int64_t arrived)
{
	int64_t seconds;

	if (!maildate_read(header_find(header, "Date"), &seconds) || seconds > arrived + DAY)
		return arrived;
	return seconds;
}
