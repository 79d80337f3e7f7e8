/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/header.h"

#include <string.h>

#include "base/err.h"

void header_init(struct header *header)
{
	*header = (struct header){
	    .fields = g_array_sized_new(FALSE, FALSE, sizeof(struct field), 32),
	};
}

void header_clear(struct header *header)
{
	if (header->fields != NULL)
		g_array_unref(header->fields);
	*header = (struct header){0};
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The line end at or behind p: the octet behind its LF, or the end of the bytes. */
static const char *line_end(const char *p, const char *end)
{
	const char *lf = memchr(p, '\n', (size_t)(end - p));

	return lf == NULL ? end : lf + 1;
}

/* Fill in name and value where the line is a field (RFC 5322 section 2.2). */
static void split(struct field *field)
{
	const char *p = field->line;
	const char *end = field->line + field->line_size;

	if (end > p && end[-1] == '\n')
		end -= end - p > 1 && end[-2] == '\r' ? 2 : 1;
	while (p<end && * p> ' ' && *p < 0x7f && *p != ':')
		p++;
	if (p == end || *p != ':' || p == field->line) {
		field->value = field->line;
		field->value_size = (size_t)(end - field->line);
		return;
	}
	field->name = field->line;
	field->name_size = (size_t)(p - field->line);
	p++;
	while (p < end && is_blank(*p))
		p++;
	field->value = p;
	field->value_size = (size_t)(end - p);
}

const char *header_next(const char *at, const char *end, struct field *field)
{
	const char *p = at;

	if (at == end || *at == '\n' || (*at == '\r' && end - at > 1 && at[1] == '\n'))
		return NULL;
	do {
		p = line_end(p, end);
	} while (p < end && is_blank(*p));
	*field = (struct field){.line = at, .line_size = (size_t)(p - at)};
	split(field);
	return p;
}

bool header_scan(struct header *header, const char *bytes, size_t size, GError **error)
{
	const char *end = bytes + size;
	const char *at = bytes;
	const char *next;
	struct field field;

	header->bytes = bytes;
	header->size = size;
	g_array_set_size(header->fields, 0);
	while ((next = header_next(at, end, &field)) != NULL) {
		if (next - bytes > HEADER_SIZE_MAX)
			return err_set(
			    error, ERR_LIMIT, "header block over %d octets", HEADER_SIZE_MAX);
		if (header->fields->len == HEADER_FIELDS_MAX)
			return err_set(
			    error, ERR_LIMIT, "more than %d header fields", HEADER_FIELDS_MAX);
		g_array_append_val(header->fields, field);
		at = next;
	}
	header->head_size = (size_t)(at - bytes);
	header->body = (size_t)(line_end(at, end) - bytes);
	return true;
}

static const struct field *find_from(const struct header *header, size_t i, const char *name)
{
	const struct field *fields = (const void *)header->fields->data;
	size_t size = strlen(name);

	for (; i < header->fields->len; i++)
		if (fields[i].name_size == size && size > 0 &&
		    g_ascii_strncasecmp(fields[i].name, name, size) == 0)
			return &fields[i];
	return NULL;
}

const struct field *header_find(const struct header *header, const char *name)
{
	return find_from(header, 0, name);
}

const struct field *header_find_next(const struct header *header, const struct field *after)
{
	const struct field *fields = (const void *)header->fields->data;

	for (const struct field *field = after + 1; field < fields + header->fields->len; field++)
		if (field->name_size == after->name_size && field->name_size > 0 &&
		    g_ascii_strncasecmp(field->name, after->name, field->name_size) == 0)
			return field;
	return NULL;
}

bool field_is(const struct field *field, const char *name)
{
	return field->name != NULL && strlen(name) == field->name_size &&
	       g_ascii_strncasecmp(field->name, name, field->name_size) == 0;
}

char *field_unfolded(const struct field *field)
{
	char *text = g_malloc(field->value_size + 1);
	const char *end = field->value + field->value_size;
	size_t n = 0;

	for (const char *p = field->value; p < end; p++) {
		size_t fold = *p == '\n' ? 1 : *p == '\r' && end - p > 1 && p[1] == '\n' ? 2 : 0;

		if (fold > 0 && p + fold < end && is_blank(p[fold]))
			p += fold;
		text[n++] = g_ascii_iscntrl(*p) ? ' ' : *p;
	}
	text[n] = '\0';
	return g_strstrip(text);
}

bool field_is_clean(const struct field *field)
{
	const char *end = field->value + field->value_size;
	bool filled = false;

	for (const char *p = field->value; p < end; p++) {
		if (*p > ' ' && *p < 0x7f) {
			filled = true;
			continue;
		}
		if (*p == '\r' && end - p > 1 && p[1] == '\n')
			p++;
		if (*p == '\n') {
			if (!filled || end - p < 2 || !is_blank(p[1]))
				return false;
			filled = false;
		} else if (!is_blank(*p)) {
			return false;
		}
	}
	return filled;
}
