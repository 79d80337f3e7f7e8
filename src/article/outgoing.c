/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/outgoing.h"

#include <string.h>

#include "article/compose.h"
#include "article/dkim.h"
#include "article/encoded.h"
#include "article/header.h"

/*
 * What members do not get, where no signature covers it.  A name that ends in `-` stands for all
 * that begin so.
 */
static const char *const left_out[] = {
    /* clang-format off */
	"also-control",
	"approved",
	"bcc",
	"bytes",
	"control",
	"disposition-notification-",
	"distribution",
	"expires",
	"followup-to",
	"injection-",
	"lines",
	"list-",
	"newsgroups",
	"nntp-posting-",
	"path",
	"precedence",
	"read-receipt-to",
	"resent-bcc",
	"return-path",
	"return-receipt-",
	"supersedes",
	"x-confirm-reading-to",
	"xref",
    /* clang-format on */
};

/* A message on its way out. */
struct message {
	const struct outgoing *outgoing;
	struct header header;
	GHashTable *signed_names; /* owned */
	char *msgid;	/* owned; the article's, where it is not the message's own; or NULL */
	bool corrected; /* as news shows it: posted, and not signed */
};

/* What stands on a line of a fields text: `-Name`, or `+Name: value` (value else NULL). */
struct line {
	char mark;
	char *name; /* owned, as the next */
	char *value;
};

static bool is_of_table(const struct field *field)
{
	for (size_t i = 0; i < G_N_ELEMENTS(left_out); i++) {
		size_t size = strlen(left_out[i]);

		if (left_out[i][size - 1] == '-' ? field->name_size < size
						 : field->name_size != size)
			continue;
		if (g_ascii_strncasecmp(left_out[i], field->name, size) == 0)
			return true;
	}
	return false;
}

/* Take the line at *at apart, and go on to the next; false: there is none.  To be cleared. */
static bool next_line(const char **at, struct line *line)
{
	const size_t size = strcspn(*at, "\n");
	g_autofree char *text = g_strndup(*at, size);
	char *colon = strstr(text, ": ");

	*line = (struct line){.mark = text[0]};
	if (**at == '\0')
		return false;
	*at += size + ((*at)[size] == '\n');
	if (line->mark == '+' && colon != NULL) {
		line->value = g_strdup(colon + 2);
		*colon = '\0';
	}
	line->name = g_strdup(size > 0 ? text + 1 : "");
	return true;
}

static void line_clear(struct line *line)
{
	g_free(line->name);
	g_free(line->value);
}

/* True if `fields` hides the message's own fields of that name. */
static bool is_hidden(const struct message *message, const struct field *field)
{
	const char *at = message->outgoing->fields;
	struct line line;
	bool found = false;

	while (message->corrected && !found && next_line(&at, &line)) {
		found = line.mark == '-' && field_is(field, line.name);
		line_clear(&line);
	}
	return found;
}

/* How long the name of a line like `Subject : …` is, which is a field to those who sign (RFC 5322
 * section 4.5), 0 for any other line. */
static size_t loose_name_size(const struct field *field)
{
	size_t name = 0;
	size_t colon;

	while (name < field->line_size && g_ascii_isgraph(field->line[name]) &&
	       field->line[name] != ':')
		name++;
	colon = name;
	while (
	    colon < field->line_size && (field->line[colon] == ' ' || field->line[colon] == '\t'))
		colon++;
	return colon < field->line_size && field->line[colon] == ':' ? name : 0;
}

static bool is_signed(const struct message *message, const char *name)
{
	return dkim_covers(message->signed_names, name, strlen(name));
}

static bool is_left_out(const struct message *message, const struct field *field)
{
	if (field->name == NULL)
		return !dkim_covers(message->signed_names, field->line, loose_name_size(field));
	if (is_hidden(message, field))
		return true;
	if (!is_of_table(field) && (message->msgid == NULL || !field_is(field, "Message-ID")))
		return false;
	return !dkim_covers(message->signed_names, field->name, field->name_size);
}

/* True if a field that stands there once may be put in front. */
static bool is_wanted(const struct message *message, const char *name)
{
	return header_find(&message->header, name) == NULL && !is_signed(message, name);
}

/* The value of a `+Name: value` line in a fields text, NULL if there is none; the caller frees. */
static char *plus_value(const char *fields, const char *name)
{
	size_t size = strlen(name);

	while (*fields != '\0') {
		size_t line = strcspn(fields, "\n");

		if (*fields == '+' && line > size + 3 && fields[size + 1] == ':' &&
		    g_ascii_strncasecmp(fields + 1, name, size) == 0)
			return g_strndup(fields + size + 3, line - size - 3);
		fields += line + (fields[line] == '\n');
	}
	return NULL;
}

static void append_list_fields(GString *out, const struct message *message)
{
	const struct outgoing *outgoing = message->outgoing;

	if (!is_signed(message, "List-Id")) {
		g_autofree char *title = encoded_encode_phrase(outgoing->title);
		g_autofree char *value = g_strdup_printf(
		    "%s <%s>", *outgoing->title == '\0' ? "" : title, outgoing->list_id);

		compose_raw_field(out, "List-Id", value);
	}
	if (!is_signed(message, "List-Post")) {
		g_autofree char *address = g_uri_escape_string(outgoing->address, "@+", FALSE);
		g_autofree char *value = g_strdup_printf("<mailto:%s>", address);

		compose_raw_field(out, "List-Post", value);
	}
	if (!is_signed(message, "Precedence"))
		compose_raw_field(out, "Precedence", "list");
}

/* The corrected ones; Message-ID and Date are put in front in any case. */
static void append_corrected(GString *out, const struct message *message)
{
	const char *at = message->outgoing->fields;
	struct line line;

	while (message->corrected && next_line(&at, &line)) {
		if (line.value != NULL && g_ascii_strcasecmp(line.name, "Message-ID") != 0 &&
		    g_ascii_strcasecmp(line.name, "Date") != 0)
			compose_raw_field(out, line.name, line.value);
		line_clear(&line);
	}
}

static void append_what_lacks(GString *out, const struct message *message)
{
	const char *address = message->outgoing->address;
	const char *to = message->outgoing->to;
	g_autofree char *date = plus_value(message->outgoing->fields, "Date");

	if (is_wanted(message, "Reply-To"))
		compose_address_field(out, "Reply-To", NULL, message->outgoing->reply_to);
	if (is_wanted(message, "To") && to != NULL)
		compose_raw_field(out, "To", to);
	else if (is_wanted(message, "To"))
		compose_address_field(out, "To", NULL, address);
	if (message->msgid != NULL && !is_signed(message, "Message-ID"))
		compose_raw_field(out, "Message-ID", message->msgid);
	if (date != NULL && (is_wanted(message, "Date") || message->corrected))
		compose_raw_field(out, "Date", date);
	append_corrected(out, message);
}

/* The message's own fields, in as long stretches as there are, and the empty line. */
static void append_own(GString *out, const struct message *message)
{
	const struct header *header = &message->header;
	const char *begin = header->bytes;
	const char *head_end = header->bytes + header->head_size;

	for (unsigned i = 0; i < header->fields->len; i++) {
		const struct field *field = &g_array_index(header->fields, struct field, i);

		if (!is_left_out(message, field))
			continue;
		g_string_append_len(out, begin, field->line - begin);
		begin = field->line + field->line_size;
	}
	g_string_append_len(out, begin, head_end - begin);
	if (head_end > begin && head_end[-1] != '\n')
		g_string_append(out, "\r\n");
	if (header->head_size == header->size)
		g_string_append(out, "\r\n");
	g_string_append_len(out, head_end, (gssize)(header->size - header->head_size));
}

bool outgoing_append(GString *out, const char *wire, size_t size, const struct outgoing *outgoing)
{
	struct message message = {.outgoing = outgoing};
	bool may_unsubscribe = false;

	header_init(&message.header);
	if (header_scan(&message.header, wire, size, NULL)) {
		message.signed_names = dkim_signed_names(&message.header);
		message.msgid = plus_value(outgoing->fields, "Message-ID");
		message.corrected =
		    outgoing->posted && g_hash_table_size(message.signed_names) == 0;
		append_list_fields(out, &message);
		append_what_lacks(out, &message);
		append_own(out, &message);
		may_unsubscribe = !is_signed(&message, "List-Unsubscribe");
		g_hash_table_unref(message.signed_names);
		g_free(message.msgid);
	} else {
		g_string_append_len(out, wire, (gssize)size);
	}
	header_clear(&message.header);
	return may_unsubscribe;
}

char *outgoing_list_id(const char *address)
{
	return g_strdelimit(g_strdup(address), "@", '.');
}
