/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/mime.h"

#include <string.h>

#include "article/charset.h"
#include "article/encoded.h"
#include "article/gmime.h"
#include "article/header.h"

#define PARAMS_SIZE_MAX 4096 /* of a field; longer ones are cut */
#define SCANS_MAX 4	     /* of the whole message for boundaries */
#define SECTIONS_MAX 50	     /* of one parameter (RFC 2231 section 3) */

void mime_part_free(struct mime_part *part)
{
	if (part == NULL)
		return;
	g_free(part->type);
	g_free(part->params);
	g_free(part->disposition);
	g_free(part->disposed);
	g_free(part->encoding);
	if (part->parts != NULL)
		g_ptr_array_unref(part->parts);
	g_free(part);
}

bool mime_part_is(const struct mime_part *part, const char *type)
{
	return strcmp(part->type, type) == 0;
}

bool mime_part_is_message(const struct mime_part *part)
{
	return mime_part_is(part, "message/rfc822") || mime_part_is(part, "message/global");
}

/* -- parameters -- */

/* The end of the quoted string that begins at text; where it has none, of the text. */
static const char *quoted_end(const char *text)
{
	for (text++; *text != '\0' && *text != '"'; text++)
		if (*text == '\\' && text[1] != '\0')
			text++;
	return text + (*text == '"');
}

/*
 * A value without its quotation marks.  A backslash before a letter is one of Windows' that should have
 * been doubled.
 */
static char *unquoted(const char *value, const char *end)
{
	GString *out = g_string_new(NULL);
	bool in_quotes = false;

	for (; value < end; value++) {
		if (*value == '"') {
			in_quotes = !in_quotes;
			continue;
		}
		if (in_quotes && *value == '\\' && end - value > 1 && !g_ascii_isalnum(value[1]))
			value++;
		g_string_append_c(out, *value);
	}
	return g_strchomp(g_string_free(out, FALSE));
}

/* The value of the first parameter of exactly that name, as it is written; NULL if none. */
static char *raw_param(const char *params, const char *name)
{
	const size_t name_size = strlen(name);

	while (*params != '\0') {
		const char *attribute = params + strspn(params, "; \t");
		size_t size = strcspn(attribute, "=; \t\"");
		const char *value = attribute + size + strspn(attribute + size, " \t");
		const char *end;

		if (*value == '=')
			value += 1 + strspn(value + 1, " \t");
		else
			size = 0; /* no parameter */
		for (end = value; *end != '\0' && *end != ';';)
			end = *end == '"' ? quoted_end(end) : end + 1;
		if (size == name_size && g_ascii_strncasecmp(attribute, name, size) == 0)
			return unquoted(value, end);
		params = end;
	}
	return NULL;
}

/* Append the octets of an extended value (RFC 2231 section 4). */
static void append_percent(GString *octets, const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value == '%' && g_ascii_isxdigit(value[1]) && g_ascii_isxdigit(value[2])) {
			g_string_append_c(octets, (char)(g_ascii_xdigit_value(value[1]) << 4 |
							 g_ascii_xdigit_value(value[2])));
			value += 2;
		} else {
			g_string_append_c(octets, *value);
		}
	}
}

/* Take `charset'language'` off the front of an extended value. */
static const char *take_charset(const char *value, const struct charset **charset)
{
	const char *name = strchr(value, '\'');
	const char *language = name == NULL ? NULL : strchr(name + 1, '\'');

	if (language == NULL)
		return value;
	*charset = charset_find(value, (size_t)(name - value));
	return language + 1;
}

/* Append a section (`name*0`, or `name`: the whole) in its extended form, or as it is; false if none. */
static bool append_section(
    GString *octets, const char *params, const char *section, const struct charset **charset)
{
	g_autofree char *extended = g_strconcat(section, "*", NULL);
	g_autofree char *value = raw_param(params, extended);

	if (value != NULL) {
		const char *text = octets->len == 0 ? take_charset(value, charset) : value;

		append_percent(octets, text);
		return true;
	}
	value = strchr(section, '*') == NULL ? NULL : raw_param(params, section);
	if (value != NULL)
		g_string_append(octets, value);
	return value != NULL;
}

/* A parameter as text; NULL if there is none. */
static char *param(const char *params, const char *name)
{
	g_autoptr(GString) octets = g_string_new(NULL);
	const struct charset *charset = NULL;
	g_autofree char *raw = NULL;
	GString *out;

	if (!append_section(octets, params, name, &charset)) {
		for (unsigned n = 0; n < SECTIONS_MAX; n++) {
			g_autofree char *section = g_strdup_printf("%s*%u", name, n);

			if (!append_section(octets, params, section, &charset))
				break;
		}
	}
	if (octets->len == 0) {
		raw = raw_param(params, name);
		return raw == NULL ? NULL : encoded_decode(raw, strlen(raw));
	}
	if (charset ==
	    NULL) /* sections of encoded words are not what RFC 2231 means, but are seen */
		return encoded_decode(octets->str, octets->len);
	out = g_string_new(NULL);
	charset_append(out, charset, octets->str, octets->len);
	return g_strstrip(g_string_free(out, FALSE));
}

char *mime_part_param(const struct mime_part *part, const char *name)
{
	return param(part->params, name);
}

const char *mime_base_name(const char *path)
{
	const char *base = path + strlen(path);

	while (base > path && base[-1] != '/' && base[-1] != '\\')
		base--;
	return *base == '\0' ? path : base;
}

char *mime_part_name(const struct mime_part *part)
{
	g_autofree char *name = param(part->disposed, "filename");

	if (name == NULL || *name == '\0') {
		g_free(name);
		name = param(part->params, "name");
	}
	return g_strdup(name == NULL ? "" : mime_base_name(name));
}

/* -- the tree -- */

struct reading {
	unsigned parts_left;
	unsigned depth_max;
	size_t scan_left; /* octets: each level of a tree is searched again */
};

/* The first token of a field, lower case, and the rest; both "" where the field lacks. */
static void split_field(const struct header *header, const char *name, char **token, char **rest)
{
	const struct field *found = header_find(header, name);
	struct field field = {.name = NULL, .value = ""};
	g_autofree char *value = NULL;
	size_t size;

	if (found != NULL)
		field = *found;
	field.value_size = MIN(field.value_size, PARAMS_SIZE_MAX);
	value = field_unfolded(&field);
	size = strcspn(value, "; \t(");
	*token = g_ascii_strdown(value, (gssize)size);
	if (rest != NULL)
		*rest = g_strdup(value + size);
}

/* A line that parts the content of a multipart (RFC 2046 section 5.1.1). */
struct delimiter {
	const char *begin; /* of the line end before it, which belongs to it */
	const char *end;
	bool closes;
};

/* True if nothing but blanks stands in a line behind a boundary, or `--` that closes. */
static bool is_rest(const char *rest, const char *line_end, bool *closes)
{
	*closes = line_end - rest >= 2 && rest[0] == '-' && rest[1] == '-';
	if (*closes)
		rest += 2;
	while (rest < line_end && g_ascii_isspace(*rest))
		rest++;
	return rest == line_end;
}

/* The next delimiter from a line's begin on; text: `--boundary`. */
static bool find_delimiter(struct reading *reading, const char *begin, const char *end,
    const char *text, struct delimiter *delimiter)
{
	const size_t size = strlen(text);
	const char *next;

	if ((size_t)(end - begin) > reading->scan_left)
		end = begin + reading->scan_left;
	for (const char *line = begin; line < end; line = next) {
		const char *lf = memchr(line, '\n', (size_t)(end - line));

		next = lf == NULL ? end : lf + 1;
		if ((size_t)(next - line) < size || memcmp(line, text, size) != 0 ||
		    !is_rest(line + size, next, &delimiter->closes))
			continue;
		delimiter->begin = line;
		if (line > begin)
			delimiter->begin -= line - begin > 1 && line[-2] == '\r' ? 2 : 1;
		delimiter->end = next;
		reading->scan_left -= (size_t)(next - begin);
		return true;
	}
	reading->scan_left -= (size_t)(end - begin);
	return false;
}

static struct mime_part *read_part(struct reading *reading, const char *bytes, size_t size,
    unsigned depth, const char *default_type);

static void read_parts(
    struct reading *reading, struct mime_part *part, const char *boundary, unsigned depth)
{
	const char *type = mime_part_is(part, "multipart/digest") ? "message/rfc822" : "text/plain";
	g_autofree char *text = g_strconcat("--", boundary, NULL);
	const char *end = part->content + part->size;
	struct delimiter first;
	struct delimiter next = {0};
	bool more = find_delimiter(reading, part->content, end, text, &first) && !first.closes;

	while (more && reading->parts_left > 0) {
		struct mime_part *child;

		more = find_delimiter(reading, first.end, end, text, &next);
		if (!more)
			next.begin = end;
		child = read_part(reading, first.end,
		    (size_t)(MAX(next.begin, first.end) - first.end), depth + 1, type);
		if (child != NULL)
			g_ptr_array_add(part->parts, child);
		first = next;
		more = more && !first.closes;
	}
}

static void read_content_fields(
    struct mime_part *part, const struct header *header, const char *default_type)
{
	split_field(header, "Content-Type", &part->type, &part->params);
	split_field(header, "Content-Disposition", &part->disposition, &part->disposed);
	split_field(header, "Content-Transfer-Encoding", &part->encoding, NULL);
	if (strchr(part->type, '/') == NULL) { /* RFC 2045 section 5.2 */
		g_free(part->type);
		part->type = g_strdup(default_type);
	}
}

/* True for a multipart and for a message that is not encoded (RFC 2046 section 5.2.1). */
static bool has_parts(const struct mime_part *part)
{
	if (mime_part_is_message(part))
		return strcmp(part->encoding, "base64") != 0 &&
		       strcmp(part->encoding, "quoted-printable") != 0;
	return g_str_has_prefix(part->type, "multipart/");
}

static void read_inner(struct reading *reading, struct mime_part *part, unsigned depth)
{
	struct mime_part *message;

	if (reading->parts_left == 0 || depth >= reading->depth_max)
		return;
	message = read_part(reading, part->content, part->size, depth + 1, "text/plain");
	if (message != NULL)
		g_ptr_array_add(part->parts, message);
}

/* Where the content begins: where the empty line lacks, at the first line that is no field. */
static size_t content_begin(const struct header *header)
{
	size_t at = header->body;

	while (at < header->size && g_ascii_isspace(header->bytes[at]))
		at++;
	if (at < header->size)
		return header->body;
	for (guint i = 0; i < header->fields->len; i++) {
		const struct field *field = &g_array_index(header->fields, struct field, i);

		if (field->name == NULL)
			return (size_t)(field->line - header->bytes);
	}
	return header->body;
}

static struct mime_part *read_part(struct reading *reading, const char *bytes, size_t size,
    unsigned depth, const char *default_type)
{
	g_autofree char *boundary = NULL;
	struct mime_part *part = NULL;
	struct header header;

	reading->parts_left--;
	header_init(&header);
	if (header_scan(&header, bytes, size, NULL)) {
		part = g_new0(struct mime_part, 1);
		read_content_fields(part, &header, default_type);
		part->content = bytes + content_begin(&header);
		part->size = size - content_begin(&header);
	}
	header_clear(&header);
	if (part == NULL || !has_parts(part))
		return part;
	part->parts = g_ptr_array_new_with_free_func((GDestroyNotify)mime_part_free);
	if (mime_part_is_message(part)) {
		read_inner(reading, part, depth);
		return part;
	}
	boundary = param(part->params, "boundary");
	if (boundary != NULL && *boundary != '\0' && depth < reading->depth_max)
		read_parts(reading, part, boundary, depth);
	return part;
}

struct mime_part *mime_read(const char *wire, size_t size, unsigned parts_max, unsigned depth_max)
{
	struct reading reading = {parts_max, depth_max, SCANS_MAX * size};

	return read_part(&reading, wire, size, 0, "text/plain");
}

/* -- content -- */

GString *mime_part_decoded(const struct mime_part *part, size_t size_max)
{
	const size_t size = MIN(part->size, size_max);
	GMimeEncoding encoding;
	GString *out;

	gmime_options();
	g_mime_encoding_init_decode(&encoding, g_mime_content_encoding_from_string(part->encoding));
	out = g_string_sized_new(g_mime_encoding_outlen(&encoding, size) + 1);
	out->len = g_mime_encoding_flush(&encoding, part->content, size, out->str);
	out->str[out->len] = '\0';
	return out;
}

/* Of lines that are all as long as the first one, as everybody writes them. */
static size_t base64_size(const char *content, size_t size)
{
	const char *lf;
	size_t width, chars, padding = 0;

	while (size > 0 && g_ascii_isspace(content[size - 1]))
		size--;
	while (padding < 2 && size > padding && content[size - 1 - padding] == '=')
		padding++;
	lf = memchr(content, '\n', size);
	width = lf == NULL ? size : (size_t)(lf - content) - (lf > content && lf[-1] == '\r');
	chars = lf == NULL ? size
			   : size / (size_t)(lf + 1 - content) * width +
				 MIN(size % (size_t)(lf + 1 - content), width);
	return chars / 4 * 3 - MIN(padding, chars / 4 * 3);
}

size_t mime_part_size(const struct mime_part *part)
{
	return strcmp(part->encoding, "base64") == 0 ? base64_size(part->content, part->size)
						     : part->size;
}
