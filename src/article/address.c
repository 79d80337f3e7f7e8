/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/address.h"

#include <string.h>

#include "article/encoded.h"
#include "base/text.h"

#define MAILBOXES_MAX 1000
#define ADDRESS_SIZE_MAX 254
#define MASK_SIZE 15 /* `p-` and 64 bits in base 32 */

/* Stands where an address can't be written in US-ASCII. */
#define NOT_ASCII "utf8@address.invalid"

void mailbox_free(struct mailbox *mailbox)
{
	if (mailbox == NULL)
		return;
	g_free(mailbox->name);
	g_free(mailbox->address);
	g_free(mailbox);
}

/* -- parsing (RFC 5322 section 3.4, and what is written in its place) -- */

struct parse {
	const char *p;
	const char *end;
	GPtrArray *mailboxes;
	GString *phrase;  /* quoted strings without their quotation marks */
	GString *bare;	  /* the same as it stands: an address without `<>` */
	GString *comment; /* the last one */
	GString *angle;	  /* what stood in `<>` */
	bool has_angle;
	bool has_at;	 /* in bare */
	bool open_quote; /* one without an end came: the next ones are letters */
	bool open_comment;
};

/* Raw octets as valid UTF-8, encoded words decoded; NULL if nothing is left. */
static char *decoded(const GString *raw)
{
	g_autofree char *text = encoded_decode(raw->str, raw->len);

	return *text == '\0' ? NULL : g_steal_pointer(&text);
}

/* The address in normal form; NULL if it holds no `@`. */
static char *take_address(struct parse *parse)
{
	const GString *raw = parse->has_angle ? parse->angle : parse->bare;
	g_autofree char *text = encoded_decode(raw->str, raw->len);
	const char *from = text;

	if (*from == '@' && strchr(from, ':') != NULL) /* a route (RFC 5322 section 4.4) */
		from = strchr(from, ':') + 1;
	if (g_ascii_strncasecmp(from, "mailto:", 7) == 0)
		from += 7;
	return strchr(from, '@') == NULL ? NULL : address_normal(from);
}

/*
 * The end of a mailbox.  Without an address it may be the first half of `Müller, Jörg <j@x>`
 * written without quotation marks: then the phrase is kept for the next one.
 */
static void finish(struct parse *parse)
{
	g_autofree char *address = take_address(parse);

	if (address != NULL && parse->mailboxes->len < MAILBOXES_MAX) {
		struct mailbox *mailbox = g_new0(struct mailbox, 1);

		mailbox->address = g_steal_pointer(&address);
		if (parse->has_angle)
			mailbox->name = decoded(parse->phrase);
		if (mailbox->name == NULL)
			mailbox->name = decoded(parse->comment);
		g_ptr_array_add(parse->mailboxes, mailbox);
		g_string_truncate(parse->phrase, 0);
	} else if (!parse->has_angle && parse->phrase->len > 0 && parse->phrase->len < 200) {
		g_string_append_c(parse->phrase, ',');
	} else {
		g_string_truncate(parse->phrase, 0);
	}
	g_string_truncate(parse->bare, 0);
	g_string_truncate(parse->comment, 0);
	g_string_truncate(parse->angle, 0);
	parse->has_angle = false;
	parse->has_at = false;
}

/* A quoted string; false if it has no end. */
static bool quoted(struct parse *parse, GString *out)
{
	size_t was = out->len;
	const char *p;

	for (p = parse->p + 1; p < parse->end && *p != '"'; p++) {
		if (*p == '\\' && parse->end - p > 1)
			p++;
		g_string_append_c(out, *p);
	}
	if (p == parse->end) {
		g_string_truncate(out, was);
		return false;
	}
	if (out == parse->phrase)
		g_string_append_len(parse->bare, parse->p, p + 1 - parse->p);
	parse->p = p + 1;
	return true;
}

/* A comment, others may be nested in it; false if it has no end. */
static bool comment(struct parse *parse)
{
	unsigned depth = 1;
	const char *p;

	g_string_truncate(parse->comment, 0);
	for (p = parse->p + 1; p < parse->end; p++) {
		if (*p == '\\' && parse->end - p > 1)
			p++;
		else if (*p == '(')
			depth++;
		else if (*p == ')' && --depth == 0)
			break;
		g_string_append_c(parse->comment, *p);
	}
	if (p >= parse->end) {
		g_string_truncate(parse->comment, 0);
		return false;
	}
	parse->p = p + 1;
	return true;
}

/* `<…>`; without an end it goes to the next comma. */
static void angle(struct parse *parse)
{
	const char *p = parse->p + 1;
	bool in_quotes = false;

	g_string_truncate(parse->angle, 0);
	for (; p < parse->end && *p != '>' && (in_quotes || (*p != ',' && *p != ';')); p++) {
		if (*p == '"')
			in_quotes = !in_quotes;
		if (in_quotes || !g_ascii_isspace(*p))
			g_string_append_c(parse->angle, *p);
	}
	parse->has_angle = true;
	parse->p = p < parse->end && *p == '>' ? p + 1 : p;
}

/* How many octets from p can be taken at once, one at least: p is no matter, the rest are letters
 * that mean nothing here. */
static size_t run_of(const char *p, const char *end)
{
	const char *start = p++;

	if (g_ascii_isspace(*start))
		return 1;
	while (p < end && (g_ascii_isalnum(*p) || *p == '.' || *p == '-' || *p == '_'))
		p++;
	return (size_t)(p - start);
}

/* Letters, or an encoded word, in which commas and brackets mean nothing. */
static void letters(struct parse *parse)
{
	size_t size =
	    *parse->p == '=' ? encoded_word_size(parse->p, (size_t)(parse->end - parse->p)) : 0;

	parse->has_at |= *parse->p == '@';
	if (size == 0)
		size = run_of(parse->p, parse->end);
	g_string_append_len(parse->phrase, parse->p, (gssize)size);
	if (!g_ascii_isspace(*parse->p))
		g_string_append_len(parse->bare, parse->p, (gssize)size);
	parse->p += size;
}

static void step(struct parse *parse)
{
	char c = *parse->p;

	if (c == '"' && !parse->open_quote) {
		parse->open_quote = !quoted(parse, parse->phrase);
	} else if (c == '(' && !parse->open_comment) {
		parse->open_comment = !comment(parse);
	} else if (c == '<') {
		angle(parse);
	} else if (c == ',' || c == ';') {
		finish(parse);
		parse->p++;
	} else if (c == ':' && !parse->has_angle && !parse->has_at) {
		g_string_truncate(parse->phrase, 0); /* the name of a group */
		g_string_truncate(parse->bare, 0);
		parse->p++;
	} else {
		letters(parse);
	}
}

GPtrArray *address_parse(const char *value, size_t size)
{
	struct parse parse = {
	    .p = value,
	    .end = value + size,
	    .mailboxes = g_ptr_array_new_with_free_func((GDestroyNotify)mailbox_free),
	    .phrase = g_string_sized_new(64),
	    .bare = g_string_sized_new(64),
	    .comment = g_string_new(NULL),
	    .angle = g_string_sized_new(64),
	};

	while (parse.p < parse.end && parse.mailboxes->len < MAILBOXES_MAX)
		step(&parse);
	finish(&parse);
	g_string_free(parse.phrase, TRUE);
	g_string_free(parse.bare, TRUE);
	g_string_free(parse.comment, TRUE);
	g_string_free(parse.angle, TRUE);
	return parse.mailboxes;
}

/* -- addresses -- */

bool address_is_valid(const char *address)
{
	size_t size = strnlen(address, ADDRESS_SIZE_MAX + 1);
	const char *at = NULL;
	bool in_quotes = false;

	if (size < 3 || size > ADDRESS_SIZE_MAX || !g_utf8_validate(address, (gssize)size, NULL))
		return false;
	for (const char *p = address; *p != '\0'; p += g_utf8_skip[(unsigned char)*p]) {
		gunichar c = g_utf8_get_char(p);

		if (g_unichar_iscntrl(c) || g_unichar_isspace(c) || c == '<' || c == '>')
			return false;
		if (c == '\\' && in_quotes && p[1] > ' ')
			p++;
		else if (c == '"')
			in_quotes = !in_quotes;
		else if (c == '@' && !in_quotes && at != NULL)
			return false;
		else if (c == '@' && !in_quotes)
			at = p;
	}
	return !in_quotes && at != NULL && at > address && at[1] != '\0';
}

char *address_normal(const char *address)
{
	g_autofree char *valid = NULL;
	char *normal = NULL;
	bool is_ascii = true;

	for (const char *p = address; *p != '\0' && is_ascii; p++)
		is_ascii = (unsigned char)*p < 0x80;
	if (is_ascii) {
		normal = g_ascii_strdown(address, -1);
	} else {
		valid = g_utf8_make_valid(address, -1);
		normal = g_utf8_strdown(valid, -1);
	}
	return g_strstrip(normal);
}

/* -- masking -- */

char *address_masked(const struct address_mask *mask, const char *address)
{
	g_autofree char *normal = address_normal(address);
	uint64_t hash = GUINT64_TO_BE(siphash(mask->key, normal, strlen(normal)));
	g_autofree char *local = text_base32(&hash, sizeof(hash));

	return g_strconcat("p-", local, "@", mask->domain, NULL);
}

/* True for what address_masked() makes: a masked address that comes back keeps its form. */
static bool is_masked(const struct address_mask *mask, const char *address)
{
	return g_str_has_prefix(address, "p-") &&
	       strspn(address + 2, "abcdefghijklmnopqrstuvwxyz234567") == MASK_SIZE - 2 &&
	       address[MASK_SIZE] == '@' &&
	       g_ascii_strcasecmp(address + MASK_SIZE + 1, mask->domain) == 0;
}

/* An address as a field can hold it in US-ASCII on one line. */
static char *written(const char *address)
{
	const char *at = strrchr(address, '@');
	g_autofree char *local = g_strndup(address, (gsize)(at - address));
	g_autofree char *domain = g_hostname_to_ascii(at + 1);

	if (!address_is_valid(address) || !g_str_is_ascii(local) || domain == NULL)
		return g_strdup(NOT_ASCII);
	return g_strconcat(local, "@", domain, NULL);
}

static char *shown(const struct address_mask *mask, const char *address)
{
	if (mask == NULL || is_masked(mask, address) ||
	    (mask->is_public_fn != NULL && mask->is_public_fn(address, mask->data)))
		return written(address);
	return address_masked(mask, address);
}

/* A wide or a small `@` counts too. */
static bool holds_at(const char *name)
{
	return strchr(name, '@') != NULL || strstr(name, "\xef\xbc\xa0") != NULL ||
	       strstr(name, "\xef\xb9\xab") != NULL;
}

char *address_masked_field(const struct address_mask *mask, const char *value, size_t size)
{
	g_autoptr(GPtrArray) mailboxes = address_parse(value, size);
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < mailboxes->len; i++) {
		const struct mailbox *mailbox = mailboxes->pdata[i];
		g_autofree char *address = shown(mask, mailbox->address);
		g_autofree char *name = NULL;

		if (mailbox->name != NULL && (mask == NULL || !holds_at(mailbox->name)))
			name = encoded_encode_phrase(mailbox->name);
		if (out->len > 0)
			g_string_append(out, ", ");
		if (name == NULL)
			g_string_append(out, address);
		else
			g_string_append_printf(out, "%s <%s>", name, address);
	}
	return g_string_free(out, FALSE);
}
