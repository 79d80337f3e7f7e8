/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/proto.h"

#include <stdbool.h>
#include <string.h>

#include "article/address.h"
#include "article/maildate.h"
#include "article/msgid.h"

#define DAY 86400

enum {
	MUST = 1,  /* lacks: refused */
	ONCE = 2,  /* twice: refused */
	NEVER = 4, /* there: refused */
};

/* RFC 5536 sections 3.1 and 3.2, RFC 5537 section 3.4.1. */
static const struct {
	const char *name;
	unsigned rules;
} rules[] = {
    /* clang-format off */
	{"From",           MUST | ONCE},
	{"Newsgroups",     MUST | ONCE},
	{"Subject",        MUST | ONCE},
	{"Message-ID",     ONCE},
	{"Date",           ONCE},
	{"Path",           ONCE},
	{"References",     ONCE},
	{"Reply-To",       ONCE},
	{"Sender",         ONCE},
	{"Followup-To",    ONCE},
	{"Content-Type",   ONCE},
	{"Injection-Info", NEVER},
	{"Injection-Date", NEVER},
	{"Xref",           NEVER},
	{"Control",        NEVER},
	{"Supersedes",     NEVER},
	{"Also-Control",   NEVER},
    /* clang-format on */
};

/* Blanks and controls, which nobody is shown, say nothing. */
static bool is_empty(const struct field *field)
{
	g_autofree char *value = field_unfolded(field);

	return value[0] == '\0';
}

static char *check_rules(const struct header *header)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
		const char *name = rules[i].name;
		const struct field *field = header_find(header, name);

		if (!field || is_empty(field)) {
			if (rules[i].rules & MUST)
				return g_strdup_printf("%s is missing", name);
			if (!field)
				continue;
		}
		if (rules[i].rules & NEVER)
			return g_strdup_printf("%s may not be posted", name);
		if ((rules[i].rules & ONCE) && header_find_next(header, field))
			return g_strdup_printf("%s stands twice", name);
	}
	return NULL;
}

/* Each line is `Name: value`: RFC 5536 section 2.2 wants the blank. */
static char *check_lines(const struct header *header)
{
	for (guint i = 0; i < header->fields->len; i++) {
		const struct field *field = &g_array_index(header->fields, struct field, i);
		const char *behind;

		if (!field->name)
			return g_strdup_printf("line %u of the header is not Name: value", i + 1);
		behind = field->name + field->name_size + 1;
		if (behind < field->line + field->line_size && *behind != ' ' && *behind != '\r' &&
		    *behind != '\n')
			return g_strdup_printf("a blank is missing behind %.*s:",
			    (int)MIN(field->name_size, 60), field->name);
	}
	return NULL;
}

static char *check_from(const struct header *header)
{
	const struct field *from = header_find(header, "From");
	g_autoptr(GPtrArray) mailboxes = address_parse(from->value, from->value_size);

	for (guint i = 0; i < mailboxes->len; i++) {
		const struct mailbox *mailbox = mailboxes->pdata[i];

		if (!address_is_valid(mailbox->address))
			return g_strdup("From holds what is no mail address");
	}
	return mailboxes->len > 0 ? NULL : g_strdup("From holds no mail address");
}

/* True if the value is the id and nothing else (RFC 5536 section 3.1.3). */
static bool is_id_alone(const struct field *field)
{
	const char *text = field->value;
	size_t size = field->value_size;

	while (size > 0 && g_ascii_isspace(text[size - 1]))
		size--;
	return msgid_is_valid(text, size);
}

static char *check_values(const struct header *header, int64_t now)
{
	const struct field *id = header_find(header, "Message-ID");
	const struct field *date = header_find(header, "Date");
	const struct field *path = header_find(header, "Path");
	int64_t seconds;

	if (id && !is_id_alone(id))
		return g_strdup("Message-ID is not of the form <local@domain>");
	if (path && memmem(path->value, path->value_size, "POSTED", 6))
		return g_strdup("Path says that it was posted already");
	if (date && (!maildate_read(date, &seconds) || seconds > now + DAY))
		return g_strdup("Date can't be read, or lies more than a day ahead");
	return NULL;
}

char *proto_refusal(const struct header *header, int64_t now)
{
	char *reason = NULL;

	if (memchr(header->bytes, '\0', header->size))
		return g_strdup("it holds a NUL");
	reason = check_lines(header);
	if (!reason)
		reason = check_rules(header);
	if (!reason)
		reason = check_from(header);
	if (!reason)
		reason = check_values(header, now);
	return reason;
}

char **proto_newsgroups(const struct header *header)
{
	const struct field *field = header_find(header, "Newsgroups");
	g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *value = field ? field_unfolded(field) : g_strdup("");
	g_auto(GStrv) names = g_strsplit(value, ",", -1);

	for (char **name = names; *name && g_hash_table_size(seen) < PROTO_GROUPS_MAX; name++) {
		g_strstrip(*name);
		if (!(*name)[0] || !g_utf8_validate(*name, -1, NULL) ||
		    !g_hash_table_add(seen, *name))
			continue;
		g_strv_builder_add(builder, *name);
	}
	return g_strv_builder_end(builder);
}
