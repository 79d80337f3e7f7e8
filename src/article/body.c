/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/body.h"

#include <stdbool.h>
#include <string.h>

#include "article/charset.h"
#include "article/html.h"
#include "article/mime.h"

#define HTML_MAX ((size_t)1048576)
#define DECODED_MAX ((size_t)2 * 1048576) /* octets of text parts, as transferred, in all */

struct reading {
	struct body *body; /* attachments are added to it */
	GString *text;
	size_t text_floor; /* HTML is read only where the text is no longer than that */
	size_t left;	   /* of DECODED_MAX */
	bool muted;	   /* the text is found already, in another form */
};

static void attachment_free(gpointer data)
{
	struct attachment *attachment = data;

	g_free(attachment->name);
	g_free(attachment);
}

void body_clear(struct body *body)
{
	g_free(body->text);
	if (body->attachments != NULL)
		g_ptr_array_unref(body->attachments);
	*body = (struct body){0};
}

static bool is_blank(const char *text)
{
	for (; *text != '\0'; text += g_utf8_skip[(unsigned char)*text])
		if (!g_unichar_isspace(g_utf8_get_char(text)))
			return false;
	return true;
}

/* -- the text of a part -- */

/*
 * Octets as UTF-8 with LF, until about size_max of it.  Line by line: one that does not fit the
 * charset spoils no other.
 */
static char *in_utf8(const GString *octets, const struct charset *charset, size_t size_max)
{
	GString *out = g_string_sized_new(octets->len + octets->len / 8 + 1);
	const char *end = octets->str + octets->len;
	const char *p = octets->str;

	while (p < end && out->len < size_max) {
		const char *stop = p;
		const char *line_end;

		while (stop < end && *stop != '\n' && *stop != '\t')
			stop++;
		line_end = stop;
		if (stop < end && *stop == '\n' && stop > p && stop[-1] == '\r')
			line_end--;
		if (line_end > p)
			charset_append(out, charset, p, (size_t)(line_end - p));
		if (stop < end)
			g_string_append_c(out, *stop);
		p = stop + 1;
	}
	if (g_str_has_prefix(out->str, "\xef\xbb\xbf")) /* a byte order mark */
		g_string_erase(out, 0, 3);
	return g_string_free(out, FALSE);
}

/* A line of format=flowed (RFC 3676 section 4). */
struct flowed_line {
	const char *text; /* behind quotation marks and space-stuffing */
	size_t size;
	unsigned depth;
	bool is_soft; /* goes on in the next line */
	bool is_signature;
	const char *next;
};

static struct flowed_line flowed_line(const char *p)
{
	struct flowed_line line = {0};

	while (*p == '>') {
		line.depth++;
		p++;
	}
	p += *p == ' ';
	line.text = p;
	line.size = strcspn(p, "\n");
	line.next = p + line.size + (p[line.size] == '\n');
	line.is_signature = line.size == 3 && memcmp(p, "-- ", 3) == 0;
	line.is_soft = line.size > 0 && p[line.size - 1] == ' ' && !line.is_signature;
	return line;
}

/* Quotation marks; what only looks like one keeps its blank. */
static void append_depth(GString *out, const struct flowed_line *line)
{
	for (unsigned i = 0; i < line->depth; i++)
		g_string_append_c(out, '>');
	if (line->depth > 0 || *line->text == '>')
		g_string_append_c(out, ' ');
}

static void end_paragraph(GString *out)
{
	while (out->len > 0 && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	g_string_append_c(out, '\n');
}

/* Soft breaks joined. */
static char *unflowed(const char *text, bool delete_space)
{
	GString *out = g_string_sized_new(strlen(text) + 1);
	struct flowed_line before = {0};

	for (const char *p = text; *p != '\0'; p = before.next) {
		struct flowed_line line = flowed_line(p);

		if (!before.is_soft || line.depth != before.depth || line.is_signature) {
			if (before.is_soft)
				end_paragraph(out);
			append_depth(out, &line);
		}
		g_string_append_len(out, line.text, (gssize)line.size);
		if (line.is_soft && delete_space)
			g_string_truncate(out, out->len - 1);
		if (!line.is_soft)
			g_string_append_c(out, '\n');
		before = line;
	}
	return g_string_free(out, FALSE);
}

static bool has_param(const struct mime_part *part, const char *name, const char *value)
{
	g_autofree char *found = mime_part_param(part, name);

	return found != NULL && g_ascii_strcasecmp(found, value) == 0;
}

/* The text of a text/plain or text/html part; the caller frees. */
static char *part_text(struct reading *reading, const struct mime_part *part)
{
	g_autofree char *name = mime_part_param(part, "charset");
	const struct charset *charset = name == NULL ? NULL : charset_find(name, strlen(name));
	g_autoptr(GString) octets = mime_part_decoded(part, reading->left);
	bool is_html = mime_part_is(part, "text/html");
	g_autofree char *text = in_utf8(octets, charset, is_html ? HTML_MAX : 2 * BODY_TEXT_MAX);

	reading->left -= MIN(reading->left, part->size);
	if (is_html)
		return html_text(text, strlen(text));
	if (has_param(part, "format", "flowed"))
		return unflowed(text, has_param(part, "delsp", "yes"));
	return g_steal_pointer(&text);
}

static void append_text(struct reading *reading, const char *text)
{
	if (is_blank(text) || reading->text->len > BODY_TEXT_MAX)
		return;
	if (reading->text->len > 0)
		g_string_append_c(reading->text, '\n');
	g_string_append(reading->text, text);
	if (reading->text->str[reading->text->len - 1] != '\n')
		g_string_append_c(reading->text, '\n');
}

/* -- the tree -- */

static void add_attachment(struct reading *reading, const struct mime_part *part)
{
	struct attachment *attachment = g_new0(struct attachment, 1);

	attachment->name = mime_part_name(part);
	attachment->size = (int64_t)mime_part_size(part);
	g_ptr_array_add(reading->body->attachments, attachment);
}

static bool is_text(const struct mime_part *part)
{
	return (mime_part_is(part, "text/plain") || mime_part_is(part, "text/html")) &&
	       strcmp(part->disposition, "attachment") != 0;
}

/* True for another form of a text that is there already. */
static bool is_form(const struct mime_part *part)
{
	return g_str_has_prefix(part->type, "text/") && !mime_part_is(part, "text/calendar") &&
	       strcmp(part->disposition, "attachment") != 0;
}

static void read_leaf(struct reading *reading, const struct mime_part *part)
{
	g_autofree char *name = mime_part_name(part);
	bool is_first = reading->text->len <= reading->text_floor;
	g_autofree char *text = NULL;

	if (reading->muted && *name == '\0' && is_form(part))
		return;
	if (!is_text(part) || reading->muted ||
	    !(is_first || (*name == '\0' && mime_part_is(part, "text/plain")))) {
		add_attachment(reading, part);
		return;
	}
	text = part_text(reading, part);
	append_text(reading, text);
}

static void read_part(struct reading *reading, const struct mime_part *part);

/* One form of the text: plain where that says something; what comes with the others is listed. */
static void read_alternative(struct reading *reading, const GPtrArray *parts)
{
	const struct reading before = *reading;

	reading->text_floor = reading->text->len;
	for (unsigned i = 0; i < parts->len; i++)
		if (mime_part_is(parts->pdata[i], "text/plain"))
			read_part(reading, parts->pdata[i]);
	for (unsigned i = 0; i < parts->len; i++) {
		if (mime_part_is(parts->pdata[i], "text/plain"))
			continue;
		reading->muted = before.muted || reading->text->len > reading->text_floor;
		read_part(reading, parts->pdata[i]);
	}
	reading->muted = before.muted;
	reading->text_floor = before.text_floor;
}

/* True for what belongs to the part before it and is nothing of its own: a signature (RFC 1847),
 * an image that the HTML shows (RFC 2387). */
static bool is_accessory(const struct mime_part *multipart, const struct mime_part *part)
{
	if (mime_part_is(multipart, "multipart/signed"))
		return g_str_has_suffix(part->type, "-signature");
	return mime_part_is(multipart, "multipart/related") &&
	       g_str_has_prefix(part->type, "image/") &&
	       strcmp(part->disposition, "attachment") != 0;
}

static void read_part(struct reading *reading, const struct mime_part *part)
{
	if (part->parts == NULL) {
		read_leaf(reading, part);
	} else if (mime_part_is(part, "multipart/alternative")) {
		read_alternative(reading, part->parts);
	} else {
		for (unsigned i = 0; i < part->parts->len; i++)
			if (!is_accessory(part, part->parts->pdata[i]))
				read_part(reading, part->parts->pdata[i]);
	}
}

/* Cut at a line, or between characters where there is but one. */
static void cut(GString *text)
{
	const char *end;

	if (text->len <= BODY_TEXT_MAX)
		return;
	end = memrchr(text->str, '\n', BODY_TEXT_MAX);
	if (end == NULL) {
		end = g_utf8_find_prev_char(text->str, text->str + BODY_TEXT_MAX);
		g_string_truncate(text, (gsize)(end - text->str));
		g_string_append_c(text, '\n');
	} else {
		g_string_truncate(text, (gsize)(end + 1 - text->str));
	}
}

void body_read(struct body *body, const char *wire, size_t size)
{
	struct mime_part *message = mime_read(wire, size, BODY_PARTS_MAX, BODY_DEPTH_MAX);
	struct reading reading = {
	    .body = body,
	    .text = g_string_new(NULL),
	    .left = DECODED_MAX,
	};

	*body = (struct body){.attachments = g_ptr_array_new_with_free_func(attachment_free)};
	if (message != NULL)
		read_part(&reading, message);
	mime_part_free(message);
	cut(reading.text);
	body->text = g_string_free(reading.text, FALSE);
}
