/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/tnef.h"

#include <stdio.h> /* ytnef.h needs it */
#include <stdlib.h>
#include <string.h>

#include <ytnef.h>

#include "article/charset.h"
#include "article/html.h"
#include "article/mime.h"
#include "article/rtf.h"
#include "base/text.h"

#define TEXT_SIZE_MAX ((size_t)524288) /* of a text, as it is written */
#define NAME_SIZE_MAX ((size_t)1024)
#define RTF_HEADER_SIZE ((size_t)16)

static const uint32_t SIGNATURE = 0x223e9f78;
static const uint32_t COMPRESSED = 0x75465a4c;	 /* "LZFu" */
static const uint32_t UNCOMPRESSED = 0x414c454d; /* "MELA" */

/* Octets that are borrowed from the stream. */
struct piece {
	const unsigned char *bytes; /* NULL: none */
	size_t size;
};

/* A property's value with its type. */
struct value {
	unsigned type;
	struct piece piece;
};

/* What is known of an attachment when the next one begins. */
struct attached {
	bool begun;
	bool is_hidden;
	struct value long_name; /* the best name first */
	struct value name;
	struct value title; /* attAttachTitle */
	struct value mime_type;
	size_t size;
};

struct reading {
	struct tnef *tnef;
	const struct charset *charset; /* of what is no Unicode; NULL: not said */
	struct value body;
	struct value html;
	struct value rtf;
	struct attached attached;
};

/* Kinds of property values that matter here ([MS-OXCDATA] section 2.11.1). */
enum {
	TYPE_MULTIPLE = 0x1000,
	TYPE_INTEGER16 = 0x0002,
	TYPE_INTEGER32 = 0x0003,
	TYPE_FLOAT = 0x0004,
	TYPE_DOUBLE = 0x0005,
	TYPE_CURRENCY = 0x0006,
	TYPE_TIME = 0x0007,
	TYPE_ERROR = 0x000a,
	TYPE_BOOLEAN = 0x000b,
	TYPE_OBJECT = 0x000d,
	TYPE_INTEGER64 = 0x0014,
	TYPE_STRING8 = 0x001e,
	TYPE_STRING = 0x001f,
	TYPE_SYSTIME = 0x0040,
	TYPE_GUID = 0x0048,
	TYPE_BINARY = 0x0102,
};

/* -- octets -- */

static bool take(struct piece *from, size_t size, struct piece *piece)
{
	if (size > from->size)
		return false;
	*piece = (struct piece){from->bytes, size};
	from->bytes += size;
	from->size -= size;
	return true;
}

static uint32_t number_of(struct piece piece)
{
	uint32_t number = 0;

	for (size_t i = piece.size; i > 0; i--)
		number = number << 8 | piece.bytes[i - 1];
	return number;
}

/* A number of 1, 2 or 4 octets, little endian. */
static bool take_number(struct piece *from, size_t size, uint32_t *number)
{
	struct piece piece;

	if (!take(from, size, &piece))
		return false;
	*number = number_of(piece);
	return true;
}

/* A length, so many octets, and what fills them up to a multiple of four. */
static bool take_counted(struct piece *from, struct piece *piece)
{
	uint32_t size;
	struct piece filling;

	if (!take_number(from, 4, &size) || !take(from, size, piece))
		return false;
	return take(from, MIN((4 - size % 4) % 4, from->size), &filling);
}

/* -- texts -- */

static GString *octets_of(const struct value *value, size_t size_max)
{
	return g_string_new_len(
	    (const char *)value->piece.bytes, (gssize)MIN(value->piece.size, size_max));
}

/* In UTF-8, without the NUL that ends it; the caller frees. */
static char *text_of(const struct reading *reading, const struct value *value, size_t size_max)
{
	const bool is_wide = value->type == TYPE_STRING;
	g_autoptr(GString) octets = octets_of(value, size_max);
	const char *nul = memchr(octets->str, '\0', octets->len);

	if (!is_wide && nul != NULL)
		g_string_truncate(octets, (gsize)(nul - octets->str));
	while (is_wide && octets->len > 1 && octets->str[octets->len - 1] == '\0' &&
	       octets->str[octets->len - 2] == '\0')
		g_string_truncate(octets, octets->len - 2);
	return charset_text(
	    is_wide ? charset_find("utf-16le", strlen("utf-16le")) : reading->charset, octets,
	    size_max);
}

static char *line_of(const struct reading *reading, const struct value *value)
{
	g_autofree char *text = text_of(reading, value, NAME_SIZE_MAX);

	return g_strstrip(text_clean(text));
}

static char *name_of(const struct reading *reading, const struct value *value)
{
	g_autofree char *path = line_of(reading, value);

	return g_strdup(mime_base_name(path));
}

/*
 * Rich text, decompressed by libytnef.  It believes the header and reads on where the octets end: so
 * the header is ours, and as many zeros stand behind the octets as could be asked for.
 */
static char *decompressed(struct piece piece, uint32_t *size)
{
	const size_t wanted = MIN(*size, TEXT_SIZE_MAX);
	const size_t needed = MIN(piece.size, 2 * wanted + RTF_HEADER_SIZE);
	const size_t whole = needed + 2 * wanted + RTF_HEADER_SIZE;
	const uint32_t header[] = {GUINT32_TO_LE((uint32_t)(whole - 4)),
	    GUINT32_TO_LE((uint32_t)wanted), GUINT32_TO_LE(COMPRESSED), 0};
	g_autofree unsigned char *copy = g_malloc0(whole);
	variableLength compressed = {copy, (int)whole};
	unsigned char *text;
	char *out;
	int text_size = 0;

	memcpy(copy, piece.bytes, needed);
	memcpy(copy, header, sizeof(header));
	text = wanted == 0 ? NULL : DecompressRTF(&compressed, &text_size);
	*size = (uint32_t)MAX(text_size, 0);
	out = text == NULL ? g_strdup("") : g_strndup("", *size);
	if (text != NULL)
		memcpy(out, text, *size);
	free(text);
	return out;
}

/* The text of PR_RTF_COMPRESSED ([MS-OXRTFCP]): sizes, kind, checksum, then octets. */
static char *rich_text(const struct value *value)
{
	struct piece rest = value->piece;
	g_autofree char *rtf = NULL;
	uint32_t packed_size, size, kind;

	if (!take_number(&rest, 4, &packed_size) || !take_number(&rest, 4, &size) ||
	    !take_number(&rest, 4, &kind) || rest.size < 4)
		return g_strdup("");
	if (kind == UNCOMPRESSED)
		return rtf_text((const char *)rest.bytes + 4, MIN(rest.size - 4, TEXT_SIZE_MAX));
	if (kind != COMPRESSED)
		return g_strdup("");
	rtf = decompressed(value->piece, &size);
	return rtf_text(rtf, size);
}

static char *html_of(const struct reading *reading, const struct value *value)
{
	g_autoptr(GString) octets = octets_of(value, TEXT_SIZE_MAX);
	g_autofree char *name = html_charset(octets->str, octets->len);
	g_autofree char *html = NULL;

	if (value->type == TYPE_STRING)
		html = text_of(reading, value, TEXT_SIZE_MAX);
	else
		html =
		    charset_text(name == NULL ? reading->charset : charset_find(name, strlen(name)),
			octets, TEXT_SIZE_MAX);
	return html_text(html, strlen(html));
}

static bool is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

static char *best_text(const struct reading *reading)
{
	g_autofree char *text = NULL;

	if (reading->body.piece.bytes != NULL)
		text = text_of(reading, &reading->body, TEXT_SIZE_MAX);
	if (reading->html.piece.bytes != NULL && (text == NULL || is_blank(text))) {
		g_free(text);
		text = html_of(reading, &reading->html);
	}
	if (reading->rtf.piece.bytes != NULL && (text == NULL || is_blank(text))) {
		g_free(text);
		text = rich_text(&reading->rtf);
	}
	return text == NULL ? g_strdup("") : g_steal_pointer(&text);
}

/* -- attachments -- */

static void file_free(gpointer data)
{
	struct tnef_file *file = data;

	g_free(file->name);
	g_free(file->type);
	g_free(file);
}

static void end_attached(struct reading *reading)
{
	struct attached *attached = &reading->attached;
	const struct value *names[] = {&attached->long_name, &attached->name, &attached->title};
	struct tnef_file *file;

	if (attached->begun && !attached->is_hidden && reading->tnef->files->len < TNEF_FILES_MAX) {
		file = g_new0(struct tnef_file, 1);
		for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
			if (file->name != NULL && *file->name != '\0')
				break;
			g_free(file->name);
			file->name = name_of(reading, names[i]);
		}
		file->type = line_of(reading, &attached->mime_type);
		if (strchr(file->type, '/') == NULL) {
			g_free(file->type);
			file->type = g_strdup("application/octet-stream");
		}
		file->size = (int64_t)attached->size;
		g_ptr_array_add(reading->tnef->files, file);
	}
	*attached = (struct attached){0};
}

/* -- properties ([MS-OXTNEF] section 2.1.3.4) -- */

static void keep_message_property(struct reading *reading, uint32_t id, const struct value *value)
{
	if (id == 0x1000) /* PidTagBody */
		reading->body = *value;
	else if (id == 0x1013) /* PidTagHtml */
		reading->html = *value;
	else if (id == 0x1009) /* PidTagRtfCompressed */
		reading->rtf = *value;
}

static void keep_attached_property(struct reading *reading, uint32_t id, const struct value *value)
{
	struct attached *attached = &reading->attached;

	if (id == 0x3707) /* PidTagAttachLongFilename */
		attached->long_name = *value;
	else if (id == 0x3704 || id == 0x3001) /* PidTagAttachFilename, PidTagDisplayName */
		attached->name = *value;
	else if (id == 0x370e) /* PidTagAttachMimeTag */
		attached->mime_type = *value;
	else if (id == 0x3701) /* PidTagAttachDataObject */
		attached->size = MAX(attached->size, value->piece.size);
	else if (id == 0x7ffe) /* PidTagAttachmentHidden */
		attached->is_hidden = number_of(value->piece) != 0;
}

/* The octets of a value of fixed size, filled up to a multiple of four; 0 for the others. */
static size_t fixed_size(unsigned type)
{
	switch (type) {
	case TYPE_INTEGER16:
	case TYPE_INTEGER32:
	case TYPE_FLOAT:
	case TYPE_ERROR:
	case TYPE_BOOLEAN:
		return 4;
	case TYPE_DOUBLE:
	case TYPE_CURRENCY:
	case TYPE_TIME:
	case TYPE_INTEGER64:
	case TYPE_SYSTIME:
		return 8;
	case TYPE_GUID:
		return 16;
	default:
		return 0;
	}
}

/* The values of a property; the first one is kept.  False where they break off. */
static bool take_values(struct piece *from, unsigned type, struct value *value)
{
	const unsigned kind = type & ~(unsigned)TYPE_MULTIPLE;
	const size_t size = fixed_size(kind);
	uint32_t count = 1;

	if (size == 0 && kind != TYPE_STRING && kind != TYPE_STRING8 && kind != TYPE_BINARY &&
	    kind != TYPE_OBJECT)
		return false;
	if ((size == 0 || type & TYPE_MULTIPLE) && !take_number(from, 4, &count))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		struct piece piece;

		if (size == 0 ? !take_counted(from, &piece) : !take(from, size, &piece))
			return false;
		if (i == 0)
			*value = (struct value){kind, piece};
	}
	return true;
}

/* The name that a property has in place of a number of its own: passed over. */
static bool skip_name(struct piece *from)
{
	struct piece piece;
	uint32_t kind;

	if (!take(from, 16, &piece) || !take_number(from, 4, &kind))
		return false;
	return kind == 0 ? take(from, 4, &piece) : take_counted(from, &piece);
}

static void read_properties(struct reading *reading, struct piece piece, bool of_message)
{
	uint32_t count;

	if (!take_number(&piece, 4, &count))
		return;
	for (; count > 0; count--) {
		struct value value = {0};
		uint32_t type, id;

		if (!take_number(&piece, 2, &type) || !take_number(&piece, 2, &id) ||
		    (id >= 0x8000 && !skip_name(&piece)) || !take_values(&piece, type, &value))
			return;
		if (value.piece.bytes == NULL)
			continue;
		if (of_message)
			keep_message_property(reading, id, &value);
		else
			keep_attached_property(reading, id, &value);
	}
}

/* -- attributes ([MS-OXTNEF] section 2.1.3.3) -- */

static const struct charset *codepage(uint32_t number)
{
	g_autofree char *name =
	    number == 65001 ? g_strdup("utf-8") : g_strdup_printf("windows-%u", number);

	return charset_find(name, strlen(name));
}

static void read_attribute(struct reading *reading, uint32_t id, struct piece piece)
{
	struct piece first = {piece.bytes, MIN(piece.size, 4)};

	switch (id) {
	case ATT_ID(attOemCodepage):
		reading->charset = codepage(number_of(first));
		break;
	case ATT_ID(attBody):
		if (reading->body.piece.bytes == NULL)
			reading->body = (struct value){TYPE_STRING8, piece};
		break;
	case ATT_ID(attMAPIProps):
		read_properties(reading, piece, true);
		break;
	case ATT_ID(attAttachRenddata): /* begins an attachment */
		end_attached(reading);
		reading->attached.begun = true;
		break;
	case ATT_ID(attAttachTitle):
		reading->attached.title = (struct value){TYPE_STRING8, piece};
		break;
	case ATT_ID(attAttachData):
		reading->attached.size = piece.size;
		break;
	case ATT_ID(attAttachment):
		read_properties(reading, piece, false);
		break;
	default:
		break;
	}
}

bool tnef_read(struct tnef *tnef, const char *bytes, size_t size, bool with_text)
{
	struct reading reading = {.tnef = tnef};
	struct piece rest = {(const unsigned char *)bytes, size};
	struct piece checksum;
	uint32_t signature, key, level, id, type;

	*tnef = (struct tnef){.files = g_ptr_array_new_with_free_func(file_free)};
	if (!take_number(&rest, 4, &signature) || signature != SIGNATURE ||
	    !take_number(&rest, 2, &key))
		return false;
	while (take_number(&rest, 1, &level) && take_number(&rest, 2, &id) &&
	       take_number(&rest, 2, &type)) {
		uint32_t length;
		struct piece content;

		if (!take_number(&rest, 4, &length) || !take(&rest, length, &content))
			break;
		read_attribute(&reading, id, content);
		if (!take(&rest, 2, &checksum))
			break;
	}
	end_attached(&reading);
	tnef->text = with_text ? best_text(&reading) : g_strdup("");
	return true;
}

void tnef_clear(struct tnef *tnef)
{
	g_free(tnef->text);
	if (tnef->files != NULL)
		g_ptr_array_unref(tnef->files);
	*tnef = (struct tnef){0};
}
