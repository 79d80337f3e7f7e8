/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/body.h"

#include <stdbool.h>
#include <string.h>

#include "article/armour.h"
#include "article/calendar.h"
#include "article/charset.h"
#include "article/flowed.h"
#include "article/forward.h"
#include "article/html.h"
#include "article/mime.h"
#include "article/smime.h"
#include "article/tnef.h"
#include "base/text.h"

#define HTML_MAX ((size_t)1048576)
#define DECODED_MAX ((size_t)2 * 1048576) /* octets of text parts, as transferred, in all */
#define SEALED_MAX ((size_t)32 * 1048576) /* likewise, of what has to be opened whole */
#define SEALS_MAX 4			  /* of them, one in the other or side by side */
#define STUB_MAX 400			  /* octets of a text that only points to another form */

/* A message inside, which is shown where there is nothing else. */
struct inner {
	const struct mime_part *part;  /* borrowed from a tree */
	struct attachment *attachment; /* borrowed from the body */
};

struct reading {
	struct body *body; /* attachments are added to it */
	enum lang lang;
	GString *text;
	GString *appointments;
	GArray *inners;	     /* struct inner */
	GPtrArray *trees;    /* struct mime_part *: owned here, as what is borrowed from them is */
	GPtrArray *opened;   /* GBytes *: what the trees borrow from */
	char *spare;	     /* owned; the text of a winmail.dat, or NULL */
	size_t text_floor;   /* HTML is read only where the text is no longer than that */
	size_t left;	     /* of DECODED_MAX */
	size_t sealed_left;  /* of SEALED_MAX */
	unsigned seals_left; /* of SEALS_MAX */
	bool muted;	     /* the text is found already, in another form */
};

static void attachment_free(gpointer data)
{
	struct attachment *attachment = data;

	g_free(attachment->name);
	g_free(attachment->type);
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

/* Words of ours in the reader's language. */
static const char *words(struct reading *reading, const char *english)
{
	reading->body->is_worded = true;
	return lang_text(reading->lang, english);
}

/* -- the text of a part -- */

static bool has_param(const struct mime_part *part, const char *name, const char *value)
{
	g_autofree char *found = mime_part_param(part, name);

	return found != NULL && g_ascii_strcasecmp(found, value) == 0;
}

/* As MIME declares it, else the HTML itself; NULL if neither does. */
static const struct charset *charset_of(const struct mime_part *part, const GString *octets)
{
	g_autofree char *name = mime_part_param(part, "charset");

	if (name == NULL && mime_part_is(part, "text/html"))
		name = html_charset(octets->str, octets->len);
	return name == NULL ? NULL : charset_find(name, strlen(name));
}

/* True for what says that it is text and is not. */
static bool is_binary(const GString *octets)
{
	static const char *const magics[] = {
	    "%PDF-", "PK\x03\x04", "\x89PNG", "GIF8", "\xff\xd8\xff", "\xd0\xcf\x11\xe0"};

	for (size_t i = 0; i < G_N_ELEMENTS(magics); i++)
		if (g_str_has_prefix(octets->str, magics[i]))
			return true;
	return false;
}

/* The text of a text/plain or text/html part, NULL if it is none; the caller frees. */
static char *part_text(struct reading *reading, const struct mime_part *part)
{
	g_autoptr(GString) octets = mime_part_decoded(part, reading->left);
	const bool is_html = mime_part_is(part, "text/html");
	g_autofree char *text = NULL;

	reading->left -= MIN(reading->left, part->size);
	if (is_binary(octets))
		return NULL;
	text =
	    charset_text(charset_of(part, octets), octets, is_html ? HTML_MAX : 2 * BODY_TEXT_MAX);
	if (is_html)
		return html_text(text, strlen(text));
	if (has_param(part, "format", "flowed")) {
		char *joined = flowed_join(text, has_param(part, "delsp", "yes"));

		g_free(text);
		text = joined;
	}
	if (strstr(text, ARMOUR_BEGIN) == NULL)
		return g_steal_pointer(&text);
	return armour_strip(text, words(reading, N_("[The message is encrypted (OpenPGP).]")));
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

/* -- attachments -- */

/* Takes the name. */
static struct attachment *list(struct reading *reading, char *name, const char *type, size_t size)
{
	struct attachment *attachment;

	if (reading->body->attachments->len >= BODY_PARTS_MAX) {
		g_free(name);
		return NULL;
	}
	attachment = g_new0(struct attachment, 1);
	attachment->name = name;
	attachment->type = text_clean(type);
	attachment->size = (int64_t)size;
	g_ptr_array_add(reading->body->attachments, attachment);
	return attachment;
}

static void list_part(struct reading *reading, const struct mime_part *part)
{
	list(reading, mime_part_name(part), part->type, mime_part_size(part));
}

static void list_message(struct reading *reading, const struct mime_part *part)
{
	struct inner inner = {.part = part};
	char *name = forward_subject(part->content, part->size);

	if (*name == '\0') {
		g_free(name);
		name = mime_part_name(part);
	}
	inner.attachment = list(reading, name, part->type, part->size);
	if (inner.attachment != NULL)
		g_array_append_val(reading->inners, inner);
}

/* -- what has to be opened -- */

static bool has_suffix(const char *name, const char *suffix)
{
	const size_t size = strlen(suffix);

	return strlen(name) >= size && g_ascii_strcasecmp(name + strlen(name) - size, suffix) == 0;
}

/* The content, NULL if it is more than is opened. */
static GString *unsealed(struct reading *reading, const struct mime_part *part)
{
	if (part->size > reading->sealed_left || reading->seals_left == 0)
		return NULL;
	reading->seals_left--;
	reading->sealed_left -= part->size;
	return mime_part_decoded(part, part->size);
}

/* A winmail.dat; false if it can't be read. */
static bool read_tnef(struct reading *reading, const struct mime_part *part)
{
	g_autoptr(GString) octets = unsealed(reading, part);
	struct tnef tnef = {0};
	bool is_tnef =
	    octets != NULL && tnef_read(&tnef, octets->str, octets->len, reading->spare == NULL);

	for (unsigned i = 0; is_tnef && i < tnef.files->len; i++) {
		const struct tnef_file *file = tnef.files->pdata[i];

		list(reading, g_strdup(file->name), file->type, (size_t)file->size);
	}
	if (is_tnef && reading->spare == NULL)
		reading->spare = g_steal_pointer(&tnef.text);
	tnef_clear(&tnef);
	return is_tnef;
}

static void read_part(struct reading *reading, const struct mime_part *part);

/* The message inside a signature. */
static void read_signed(struct reading *reading, GString *content)
{
	GBytes *bytes = g_string_free_to_bytes(content);
	gsize size;
	const char *wire = g_bytes_get_data(bytes, &size);
	struct mime_part *tree = mime_read(wire, size, BODY_PARTS_MAX, BODY_DEPTH_MAX);

	g_ptr_array_add(reading->opened, bytes);
	if (tree == NULL)
		return;
	g_ptr_array_add(reading->trees, tree);
	read_part(reading, tree);
}

/* Opaque S/MIME; false if it can't be read. */
static bool read_smime(struct reading *reading, const struct mime_part *part)
{
	g_autoptr(GString) octets = NULL;
	GString *content = NULL;
	enum smime kind;

	octets = unsealed(reading, part);
	if (octets == NULL)
		return false;
	kind = smime_open(octets->str, octets->len, &content);
	g_string_truncate(octets, 0);
	if (kind == SMIME_SIGNED) {
		read_signed(reading, content);
		return true;
	}
	if (kind == SMIME_ENCRYPTED)
		append_text(reading, words(reading, N_("[The message is encrypted (S/MIME).]")));
	return false;
}

/* An appointment; false if there is none in it. */
static bool read_calendar(struct reading *reading, const struct mime_part *part)
{
	g_autoptr(GString) octets = mime_part_decoded(part, reading->left);
	g_autofree char *text = charset_text(charset_of(part, octets), octets, HTML_MAX);
	g_autofree char *shown = calendar_text(text, reading->lang);

	reading->left -= MIN(reading->left, part->size);
	if (shown == NULL)
		return false;
	reading->body->is_worded = true;
	if (strstr(reading->appointments->str, shown) == NULL)
		g_string_append(reading->appointments, shown);
	return true;
}

/* -- leaves -- */

static bool is_inline(const struct mime_part *part)
{
	return strcmp(part->disposition, "attachment") != 0;
}

static bool is_text(const struct mime_part *part)
{
	return (mime_part_is(part, "text/plain") || mime_part_is(part, "text/html")) &&
	       is_inline(part);
}

static bool is_calendar(const struct mime_part *part)
{
	return mime_part_is(part, "text/calendar") || mime_part_is(part, "application/ics");
}

static bool is_tnef(const struct mime_part *part, const char *name)
{
	return mime_part_is(part, "application/ms-tnef") ||
	       mime_part_is(part, "application/vnd.ms-tnef") || has_suffix(name, "winmail.dat");
}

static bool is_smime(const struct mime_part *part, const char *name)
{
	return mime_part_is(part, "application/pkcs7-mime") ||
	       mime_part_is(part, "application/x-pkcs7-mime") ||
	       (mime_part_is(part, "application/octet-stream") && has_suffix(name, ".p7m"));
}

/* Letters and digits alone, to compare two forms of a text; the caller frees. */
static char *letters_of(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 1);

	for (; *text != '\0'; text += g_utf8_skip[(unsigned char)*text])
		if (g_unichar_isalnum(g_utf8_get_char(text)))
			g_string_append_unichar(out, g_utf8_get_char(text));
	return g_string_free(out, FALSE);
}

/* True for HTML that says once more what stands there already. */
static bool is_repeated(const struct reading *reading, const char *text)
{
	g_autofree char *before = letters_of(reading->text->str);
	g_autofree char *now = letters_of(text);

	return strstr(before, now) != NULL;
}

/* False for what is listed instead: text with a name behind other text, text that is none. */
static bool read_text(struct reading *reading, const struct mime_part *part, const char *name)
{
	const bool is_first = reading->text->len <= reading->text_floor;
	g_autofree char *text = NULL;

	if (reading->muted || (!is_first && *name != '\0'))
		return false;
	text = part_text(reading, part);
	if (text == NULL)
		return false;
	if (is_first || mime_part_is(part, "text/plain") || !is_repeated(reading, text))
		append_text(reading, text);
	return true;
}

/* True for another form of a text that is there already. */
static bool is_form(const struct mime_part *part)
{
	return g_str_has_prefix(part->type, "text/") && is_inline(part);
}

static void read_leaf(struct reading *reading, const struct mime_part *part)
{
	g_autofree char *name = mime_part_name(part);

	if (is_calendar(part)) {
		if (!read_calendar(reading, part) || *name != '\0')
			list_part(reading, part);
	} else if (reading->muted && *name == '\0' && is_form(part)) {
		return;
	} else if (is_text(part)) {
		if (!read_text(reading, part, name))
			list_part(reading, part);
	} else if (is_tnef(part, name)) {
		if (!read_tnef(reading, part))
			list_part(reading, part);
	} else if (!is_smime(part, name) || !read_smime(reading, part)) {
		list_part(reading, part);
	}
}

/* -- the tree -- */

/* True for a text that has nothing to say but that there is HTML. */
static bool is_stub(const char *text)
{
	static const char *const signs[] = {
	    "html", "im browser", "in your browser", "webversion", "online-version"};
	g_autofree char *small = NULL;

	if (strlen(text) > STUB_MAX)
		return false;
	small = g_ascii_strdown(text, -1);
	for (size_t i = 0; i < G_N_ELEMENTS(signs); i++)
		if (strstr(small, signs[i]) != NULL)
			return true;
	return false;
}

/* True for a text out of which a program (Samsung's) has taken line ends, as its title in a line shows. */
static bool is_glued(const char *text)
{
	return strstr(text, " --------Von: ") != NULL || strstr(text, " --------From: ") != NULL;
}

/* One form of the text: plain where that says something; what comes with the others is listed. */
static void read_alternative(struct reading *reading, const GPtrArray *parts)
{
	const struct reading before = *reading;
	const size_t begin = reading->text->len;
	g_autofree char *stub = NULL;

	reading->text_floor = begin;
	for (unsigned i = 0; i < parts->len; i++)
		if (mime_part_is(parts->pdata[i], "text/plain"))
			read_part(reading, parts->pdata[i]);
	if (is_stub(reading->text->str + begin) || is_glued(reading->text->str + begin)) {
		stub = g_strdup(reading->text->str + begin);
		g_string_truncate(reading->text, begin);
	}
	for (unsigned i = 0; i < parts->len; i++) {
		if (mime_part_is(parts->pdata[i], "text/plain"))
			continue;
		reading->muted = before.muted || reading->text->len > begin;
		read_part(reading, parts->pdata[i]);
	}
	if (stub != NULL && reading->text->len == begin)
		g_string_append(reading->text, stub);
	reading->muted = before.muted;
	reading->text_floor = before.text_floor;
}

/* True for what belongs to the part before it and is nothing of its own: a signature (RFC 1847),
 * an image that the HTML shows (RFC 2387), the version of an encrypted message (RFC 3156). */
static bool is_accessory(const struct mime_part *multipart, const struct mime_part *part)
{
	if (mime_part_is(multipart, "multipart/signed"))
		return g_str_has_suffix(part->type, "-signature");
	if (mime_part_is(multipart, "multipart/encrypted"))
		return mime_part_is(part, "application/pgp-encrypted");
	return mime_part_is(multipart, "multipart/related") &&
	       g_str_has_prefix(part->type, "image/") && is_inline(part);
}

static void read_part(struct reading *reading, const struct mime_part *part)
{
	if (part->parts == NULL) {
		read_leaf(reading, part);
	} else if (mime_part_is_message(part)) {
		list_message(reading, part);
	} else if (mime_part_is(part, "multipart/alternative")) {
		read_alternative(reading, part->parts);
	} else {
		if (mime_part_is(part, "multipart/encrypted"))
			append_text(
			    reading, words(reading, N_("[The message is encrypted (OpenPGP).]")));
		for (unsigned i = 0; i < part->parts->len; i++)
			if (!is_accessory(part, part->parts->pdata[i]))
				read_part(reading, part->parts->pdata[i]);
	}
}

/* Read a message; where it says nothing, what is in its winmail.dat, else the messages in it. */
static void read_message(struct reading *reading, const struct mime_part *message)
{
	const unsigned first = reading->inners->len;
	const size_t begin = reading->text->len;
	unsigned end;

	reading->text_floor = begin;
	read_part(reading, message);
	if (reading->text->len == begin && reading->spare != NULL)
		append_text(reading, reading->spare);
	g_clear_pointer(&reading->spare, g_free);
	end = reading->inners->len;
	if (reading->text->len > begin || reading->appointments->len > 0)
		return;
	for (unsigned i = first; i < end && reading->text->len <= BODY_TEXT_MAX; i++) {
		const struct inner inner = g_array_index(reading->inners, struct inner, i);
		const struct mime_part *part = inner.part;
		g_autofree char *head = forward_head(part->content, part->size, reading->lang);

		reading->body->is_worded = true;
		g_ptr_array_remove(reading->body->attachments, inner.attachment);
		append_text(reading, head);
		for (unsigned n = 0; n < part->parts->len; n++)
			read_message(reading, part->parts->pdata[n]);
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

/* Appointments, an empty line, the text. */
static void put_appointments(struct reading *reading)
{
	if (reading->appointments->len > 0 && reading->text->len > 0)
		g_string_append_c(reading->appointments, '\n');
	g_string_prepend_len(
	    reading->text, reading->appointments->str, (gssize)reading->appointments->len);
}

void body_read(struct body *body, const char *wire, size_t size, enum lang lang)
{
	struct mime_part *message = mime_read(wire, size, BODY_PARTS_MAX, BODY_DEPTH_MAX);
	struct reading reading = {
	    .body = body,
	    .lang = lang,
	    .text = g_string_new(NULL),
	    .appointments = g_string_new(NULL),
	    .inners = g_array_new(FALSE, FALSE, sizeof(struct inner)),
	    .trees = g_ptr_array_new_with_free_func((GDestroyNotify)mime_part_free),
	    .opened = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref),
	    .left = DECODED_MAX,
	    .sealed_left = SEALED_MAX,
	    .seals_left = SEALS_MAX,
	};

	*body = (struct body){.attachments = g_ptr_array_new_with_free_func(attachment_free)};
	if (message != NULL)
		read_message(&reading, message);
	put_appointments(&reading);
	cut(reading.text);
	body->text = g_string_free(reading.text, FALSE);
	g_string_free(reading.appointments, TRUE);
	g_array_unref(reading.inners);
	g_ptr_array_unref(reading.trees);
	g_ptr_array_unref(reading.opened);
	mime_part_free(message);
}
