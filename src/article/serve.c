/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/serve.h"

#include <string.h>

#include "article/encoded.h"
#include "article/header.h"
#include "base/text.h"

#define LINE_SIZE_MAX 998 /* RFC 5322 section 2.1.1 */

enum show {
	SHOW,
	SHOW_NEVER,
	SHOW_MASKED,   /* as it is without a mask */
	SHOW_UNMASKED, /* not at all with a mask */
	SHOW_PLAIN,    /* with a mask only where no `@` is in it */
};

#define ROW(name) (name), sizeof(name) - 1

/*
 * Sorted by the first letter.  A name that ends in `-` stands for all that begin so.  Programs write
 * an author's address into fields of any name, so those that are not here are SHOW_PLAIN.
 */
static const struct rule {
	const char *name;
	size_t size;
	enum show show;
} rules[] = {
    /* clang-format off */
	{ROW("also-control"),                     SHOW_NEVER},
	{ROW("approved"),                         SHOW_NEVER},
	{ROW("arc-"),                             SHOW_NEVER},
	{ROW("archived-at"),                      SHOW},
	{ROW("authentication-results"),           SHOW_NEVER},
	{ROW("autocrypt"),                        SHOW_UNMASKED},
	{ROW("bcc"),                              SHOW_NEVER},
	{ROW("bytes"),                            SHOW_NEVER},
	{ROW("cc"),                               SHOW_MASKED},
	{ROW("content-"),                         SHOW},
	{ROW("control"),                          SHOW_NEVER},
	{ROW("date"),                             SHOW},
	{ROW("delivered-to"),                     SHOW_NEVER},
	{ROW("disposition-notification-"),        SHOW_NEVER},
	{ROW("distribution"),                     SHOW_NEVER},
	{ROW("dkim-signature"),                   SHOW_NEVER},
	{ROW("expires"),                          SHOW_NEVER},
	{ROW("followup-to"),                      SHOW_NEVER},
	{ROW("from"),                             SHOW_MASKED},
	{ROW("in-reply-to"),                      SHOW},
	{ROW("injection-"),                       SHOW_NEVER},
	{ROW("lines"),                            SHOW_NEVER},
	{ROW("list-"),                            SHOW_UNMASKED},
	{ROW("message-id"),                       SHOW},
	{ROW("newsgroups"),                       SHOW_NEVER},
	{ROW("nntp-posting-"),                    SHOW_NEVER},
	{ROW("original-recipient"),               SHOW_UNMASKED},
	{ROW("path"),                             SHOW_NEVER},
	{ROW("read-receipt-to"),                  SHOW_NEVER},
	{ROW("received"),                         SHOW_NEVER},
	{ROW("received-spf"),                     SHOW_NEVER},
	{ROW("references"),                       SHOW},
	{ROW("resent-bcc"),                       SHOW_NEVER},
	{ROW("resent-"),                          SHOW_UNMASKED},
	{ROW("return-path"),                      SHOW_NEVER},
	{ROW("return-receipt-"),                  SHOW_NEVER},
	{ROW("sender"),                           SHOW_UNMASKED},
	{ROW("subject"),                          SHOW},
	{ROW("supersedes"),                       SHOW_NEVER},
	{ROW("to"),                               SHOW_MASKED},
	{ROW("x-beenthere"),                      SHOW_UNMASKED},
	{ROW("x-confirm-reading-to"),             SHOW_NEVER},
	{ROW("x-face"),                           SHOW},
	{ROW("x-failed-recipients"),              SHOW_UNMASKED},
	{ROW("x-original-message-id"),            SHOW},
	{ROW("x-original-to"),                    SHOW_NEVER},
	{ROW("x-originating-email"),              SHOW_UNMASKED},
	{ROW("xref"),                             SHOW_NEVER},
    /* clang-format on */
};

/* Names that end so hold addresses (Reply-To, Mail-Followup-To, X-Envelope-From …). */
static const char *const address_endings[] = {"-to", "-from", "-sender", "-cc"};

/* The row after the last one of each first letter, so that a look-up reads few rows. */
static uint8_t row_ends[26];

static void index_rows(void)
{
	size_t row = 0;

	for (size_t letter = 0; letter < G_N_ELEMENTS(row_ends); letter++) {
		while (row < G_N_ELEMENTS(rules) && rules[row].name[0] == (char)('a' + letter))
			row++;
		row_ends[letter] = (uint8_t)row;
	}
}

static bool rule_fits(const struct rule *rule, const char *name, size_t size)
{
	if (rule->name[rule->size - 1] == '-' ? size < rule->size : size != rule->size)
		return false;
	return g_ascii_strncasecmp(rule->name, name, rule->size) == 0;
}

static bool holds_addresses(const char *name, size_t size)
{
	for (size_t i = 0; i < G_N_ELEMENTS(address_endings); i++) {
		size_t n = strlen(address_endings[i]);

		if (size > n && g_ascii_strncasecmp(name + size - n, address_endings[i], n) == 0)
			return true;
	}
	return false;
}

static enum show show_of(const char *name, size_t size)
{
	size_t letter = (size_t)(unsigned char)g_ascii_tolower(name[0]) - 'a';

	if (letter >= G_N_ELEMENTS(row_ends))
		return SHOW_PLAIN;
	if (row_ends[25] == 0)
		index_rows();
	for (size_t i = letter == 0 ? 0 : row_ends[letter - 1]; i < row_ends[letter]; i++)
		if (rule_fits(&rules[i], name, size))
			return rules[i].show;
	return holds_addresses(name, size) ? SHOW_UNMASKED : SHOW_PLAIN;
}

bool serve_shows(const char *name, size_t size)
{
	return size > 0 && show_of(name, size) != SHOW_NEVER;
}

/* True if an address may be in it; an encoded word hides none. */
static bool may_hold_address(const struct field *field)
{
	g_autofree char *text = NULL;

	if (memchr(field->value, '@', field->value_size) != NULL)
		return true;
	if (memmem(field->value, field->value_size, "=?", 2) == NULL)
		return false;
	text = encoded_decode(field->value, field->value_size);
	return strchr(text, '@') != NULL;
}

/* What becomes of a field for this reader: SHOW, SHOW_NEVER or SHOW_MASKED. */
static enum show show_for(const struct serve *serve, const struct field *field)
{
	const enum show show = show_of(field->name, field->name_size);
	bool hidden = show == SHOW_UNMASKED;

	if (show == SHOW || show == SHOW_NEVER)
		return show;
	if (serve->mask == NULL)
		return SHOW;
	if (show == SHOW_PLAIN)
		hidden = may_hold_address(field);
	return hidden ? SHOW_NEVER : show == SHOW_MASKED ? SHOW_MASKED : SHOW;
}

/* A field of a value on one line; beyond 998 octets it is folded at blanks where it has some. */
static void append_field(
    GString *out, const char *name, size_t name_size, const char *value, size_t value_size)
{
	size_t taken = name_size + 2;

	g_string_append_len(out, name, (gssize)name_size);
	g_string_append_len(out, ": ", 2);
	while (value_size + taken > LINE_SIZE_MAX) {
		size_t room = taken < LINE_SIZE_MAX ? LINE_SIZE_MAX - taken : 1;
		const char *blank = room < value_size ? memrchr(value + 1, ' ', room) : NULL;

		if (blank == NULL)
			blank = memchr(value + 1, ' ', value_size - 1);
		if (blank == NULL)
			break;
		g_string_append_len(out, value, blank - value);
		g_string_append_len(out, "\r\n", 2);
		value_size -= (size_t)(blank - value);
		value = blank;
		taken = 0;
	}
	g_string_append_len(out, value, (gssize)value_size);
	g_string_append_len(out, "\r\n", 2);
}

/* An address field with a mask.  An author must remain, also where no address can be read. */
static void append_masked(GString *out, const struct field *field, const struct address_mask *mask)
{
	g_autofree char *value = address_masked_field(mask, field->value, field->value_size);

	if (*value == '\0' && field_is(field, "From")) {
		g_autofree char *raw = field_unfolded(field);

		g_free(value);
		value = address_masked(mask, raw);
	}
	if (*value != '\0')
		append_field(out, field->name, field->name_size, value, strlen(value));
}

/* One `+` or `-` line of a fields text; returns the next one. */
static const char *fields_line(const char *at, struct field *field)
{
	size_t size = strcspn(at, "\n");
	const char *colon = memchr(at, ':', size);

	*field = (struct field){.line = at, .line_size = size};
	if (*at == '-' && size > 1) {
		field->name = at + 1;
		field->name_size = size - 1;
	} else if (*at == '+' && colon != NULL && size - (size_t)(colon - at) > 2) {
		field->name = at + 1;
		field->name_size = (size_t)(colon - at) - 1;
		field->value = colon + 2;
		field->value_size = size - (size_t)(colon + 2 - at);
	}
	return at + size + (at[size] == '\n');
}

static void append_plus_lines(GString *out, const struct serve *serve)
{
	const char *at = serve->fields;
	struct field field;

	while (*at != '\0') {
		enum show show;

		at = fields_line(at, &field);
		if (field.value == NULL || field.name_size == 0)
			continue;
		show = show_for(serve, &field);
		if (show == SHOW)
			append_field(
			    out, field.name, field.name_size, field.value, field.value_size);
		else if (show == SHOW_MASKED)
			append_masked(out, &field, serve->mask);
	}
}

static void append_words(GString *out, const char *first, const char *second, const char *third)
{
	g_string_append(out, first);
	g_string_append(out, second);
	g_string_append(out, third);
}

/* Without printf: this is done for each article that is read. */
static void append_ours(GString *out, const struct serve *serve)
{
	g_autofree char *date = text_mail_date(serve->injected);
	g_autoptr(GString) xref = g_string_new(serve->host);
	char number[32];

	append_words(out, "Path: ", serve->host, "!.POSTED!not-for-mail\r\n");
	for (size_t i = 0; i < serve->n_places; i++)
		append_words(out, i == 0 ? "Newsgroups: " : ",", serve->places[i].group, "");
	if (serve->n_places > 0)
		g_string_append(out, "\r\n");
	append_plus_lines(out, serve);
	append_words(out, "Injection-Info: ", serve->host, "\r\n");
	append_words(out, "Injection-Date: ", date, "\r\n");
	for (size_t i = 0; i < serve->n_places; i++) {
		g_snprintf(number, sizeof(number), ":%" G_GINT64_FORMAT, serve->places[i].number);
		append_words(xref, " ", serve->places[i].group, number);
	}
	append_field(out, "Xref", 4, xref->str, xref->len);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	const struct field *one = a;
	const struct field *other = b;

	if (one->name_size != other->name_size)
		return one->name_size < other->name_size ? -1 : 1;
	return g_ascii_strncasecmp(one->name, other->name, one->name_size);
}

/* The `-` lines: struct field with the name alone, sorted; NULL if there are none. */
static GArray *hidden_names(const char *fields)
{
	GArray *hidden = NULL;
	struct field field;

	while (*fields != '\0') {
		fields = fields_line(fields, &field);
		if (field.name == NULL || field.value != NULL)
			continue;
		if (hidden == NULL)
			hidden = g_array_new(FALSE, FALSE, sizeof(struct field));
		g_array_append_val(hidden, field);
	}
	if (hidden != NULL)
		g_array_sort(hidden, compare_names);
	return hidden;
}

static bool is_hidden(GArray *hidden, const struct field *field)
{
	return hidden != NULL && g_array_binary_search(hidden, field, compare_names, NULL);
}

/* What is shown as it came is copied in as long stretches as there are. */
static const char *append_own(
    GString *out, const char *wire, const char *end, const struct serve *serve, GArray *hidden)
{
	const char *begin = wire;
	const char *at = wire;
	const char *next;
	struct field field;

	while ((next = header_next(at, end, &field)) != NULL) {
		enum show show = SHOW_NEVER;

		if (field.name != NULL && !is_hidden(hidden, &field))
			show = show_for(serve, &field);
		if (show != SHOW) {
			g_string_append_len(out, begin, at - begin);
			begin = next;
			if (show == SHOW_MASKED)
				append_masked(out, &field, serve->mask);
		}
		at = next;
	}
	g_string_append_len(out, begin, at - begin);
	if (at > begin && at[-1] != '\n')
		g_string_append_len(out, "\r\n", 2);
	return at;
}

size_t serve_head(GString *out, const char *wire, size_t size, const struct serve *serve)
{
	g_autoptr(GArray) hidden = hidden_names(serve->fields);
	const char *end = wire + size;
	const char *at;
	const char *lf;

	append_ours(out, serve);
	at = append_own(out, wire, end, serve, hidden);
	lf = memchr(at, '\n', (size_t)(end - at));
	return lf == NULL ? size : (size_t)(lf + 1 - wire);
}

void serve_stuffed(GString *out, const char *text, size_t size)
{
	size_t start = out->len;
	const char *end = text + size;
	const char *at = text;
	const char *line = text;
	char *nul;

	while (line != NULL && line < end) {
		if (*line == '.') {
			g_string_append_len(out, at, line - at);
			g_string_append_c(out, '.');
			at = line;
		}
		line = memchr(line, '\n', (size_t)(end - line));
		if (line != NULL)
			line++;
	}
	g_string_append_len(out, at, end - at);
	if (size > 0 && end[-1] != '\n')
		g_string_append_len(out, "\r\n", 2);
	nul = out->str + start;
	while ((nul = memchr(nul, '\0', (size_t)(out->str + out->len - nul))) != NULL)
		*nul = ' ';
}
