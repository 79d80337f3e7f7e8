/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * trim: what of a message is new, what is folded, and by which rule.  With a store the known articles of
 * its thread are sources; without a config or a store there are none.
 */
#include "config.h"

#include "ctl/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "article/address.h"
#include "article/body.h"
#include "article/header.h"
#include "article/msgid.h"
#include "article/quote.h"
#include "article/refs.h"
#include "base/err.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/text.h"
#include "ctl/json.h"
#include "digest/context.h"
#include "store/article.h"

#define MESSAGE_SIZE_MAX ((size_t)64 * 1024 * 1024)
#define STDIN_CHUNK 65536

/* -- the message -- */

/* NULL on error, which is told. */
static GBytes *read_stdin(void)
{
	GByteArray *bytes = g_byte_array_new();
	guint8 chunk[STDIN_CHUNK];
	ssize_t got;

	while (
	    (got = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0 && bytes->len <= MESSAGE_SIZE_MAX)
		g_byte_array_append(bytes, chunk, (guint)got);
	if (got == 0)
		return g_byte_array_free_to_bytes(bytes);
	ctl_warn("%s", got < 0 ? g_strerror(errno) : _("the message is too large"));
	g_byte_array_unref(bytes);
	return NULL;
}

static GBytes *read_message(const char *path)
{
	g_autoptr(GError) error = NULL;
	GBytes *bytes;

	if (strcmp(path, "-") == 0)
		return read_stdin();
	bytes = file_read(path, MESSAGE_SIZE_MAX, &error);
	if (bytes == NULL)
		ctl_warn("%s", error->message);
	return bytes;
}

/* -- where it stands -- */

/* The store, if there is one; false: ctl->status. */
static bool open_store(struct ctl *ctl)
{
	g_autoptr(GError) error = NULL;

	if (!g_file_test(ctl->config, G_FILE_TEST_EXISTS))
		return true;
	if (!ctl_read_settings(ctl) || !ctl_become(ctl))
		return false;
	ctl->store = store_open(ctl->settings->store, STORE_READ, &error);
	if (ctl->store != NULL ? store_begin(ctl->store, &error) : err_code(error) == ERR_ABSENT)
		return true;
	ctl->status = ctl_fail(error);
	return false;
}

/* Who wrote it, or NULL. */
static struct mailbox *author_of(const struct header *header)
{
	const struct field *from = header_find(header, "From");
	g_autoptr(GPtrArray) mailboxes = NULL;

	if (from == NULL)
		return NULL;
	mailboxes = address_parse(from->value, from->value_size);
	return mailboxes->len > 0 ? g_ptr_array_steal_index(mailboxes, 0) : NULL;
}

/* Itself if the store has it (it is no source of its own), else the nearest ancestor that it has. */
static bool find_place(
    struct ctl *ctl, const struct header *header, struct digest_place *place, GError **error)
{
	const struct field *field = header_find(header, "Message-ID");
	g_autofree char *self =
	    field != NULL ? msgid_extract(field->value, field->value_size) : NULL;
	g_autoptr(GPtrArray) candidates = refs_candidates(header, self != NULL ? self : "");
	struct article *found = self != NULL ? article_find(ctl->store, self, error) : NULL;

	if (found != NULL) {
		place->article = found->id;
		place->parent = found->wanted;
	}
	for (unsigned i = 0; found == NULL && *error == NULL && i < candidates->len; i++) {
		found = article_find(ctl->store, candidates->pdata[i], error);
		if (found != NULL)
			place->parent = found->id;
	}
	if (found != NULL)
		place->root = found->root;
	article_free(found);
	return *error == NULL;
}

/* With what the store knows besides, if there is one. */
static GArray *read_in_place(
    struct ctl *ctl, const struct header *header, const char *text, GError **error)
{
	struct mailbox *author = author_of(header);
	struct digest_place place = {.author = author != NULL ? author->address : ""};
	struct digest_context *context = NULL;
	struct quote_known known = {0};
	GArray *pieces = NULL;

	if (author != NULL)
		place.name = author->name != NULL ? author->name : author->address;
	known.author = place.name;
	if (ctl->store == NULL) {
		pieces = quote_read(text, &known);
	} else if (find_place(ctl, header, &place, error)) {
		context = digest_context_new(ctl->store);
		pieces = digest_context_read(context, &place, text, error);
	}
	digest_context_free(context);
	mailbox_free(author);
	return pieces;
}

static GArray *read_pieces(
    struct ctl *ctl, const char *wire, size_t size, const char *text, GError **error)
{
	struct header header;
	GArray *pieces = NULL;

	header_init(&header);
	if (header_scan(&header, wire, size, error))
		pieces = read_in_place(ctl, &header, text, error);
	header_clear(&header);
	return pieces;
}

/* -- the answer -- */

static char *piece_text(char *const *lines, const struct quote_piece *piece)
{
	GString *text = g_string_new(NULL);

	for (unsigned i = piece->first; i < piece->first + piece->count; i++)
		g_string_append_printf(text, "%s\n", lines[i]);
	return g_string_free(text, FALSE);
}

static void print_json(const struct body *body, const GArray *pieces, char *const *lines)
{
	static const char *const kinds[] = {
	    [QUOTE_NEW] = "new", [QUOTE_INLINE] = "inline", [QUOTE_FOLDED] = "folded"};
	g_autoptr(GString) json = g_string_new(NULL);
	g_autofree char *shown = quote_shown(body->text, pieces);

	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "new", shown);
	ctl_json_open(json, "pieces", '[');
	for (unsigned i = 0; i < pieces->len; i++) {
		const struct quote_piece *piece = &g_array_index(pieces, struct quote_piece, i);
		g_autofree char *text = piece_text(lines, piece);

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "kind", kinds[piece->kind]);
		ctl_json_text(json, "rule", piece->rule);
		ctl_json_text(json, "text", text);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	ctl_json_open(json, "attachments", '[');
	for (unsigned i = 0; i < body->attachments->len; i++) {
		const struct attachment *attachment = body->attachments->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "name", attachment->name);
		ctl_json_text(json, "type", attachment->type);
		ctl_json_number(json, "size", attachment->size);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

/* A mark in front of each line, the rule above its first one. */
static void print_piece(const struct quote_piece *piece, char *const *lines)
{
	static const char marks[] = {[QUOTE_NEW] = '+', [QUOTE_INLINE] = '=', [QUOTE_FOLDED] = '-'};

	if (piece->rule != NULL)
		printf("%c [%s]\n", marks[piece->kind], piece->rule);
	for (unsigned i = piece->first; i < piece->first + piece->count; i++) {
		g_autofree char *line = text_clean(lines[i]);

		printf("%c %s\n", marks[piece->kind], line);
	}
}

int ctl_trim(struct ctl *ctl)
{
	g_autoptr(GBytes) bytes = NULL;
	g_autoptr(GArray) pieces = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;
	struct body body;
	const char *wire;
	size_t size;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	bytes = read_message(ctl->argv[0]);
	if (bytes == NULL)
		return CTL_FAILED;
	if (!open_store(ctl))
		return ctl->status;
	wire = g_bytes_get_data(bytes, &size);
	body_read(&body, wire != NULL ? wire : "", size, lang_of_environment());
	lines = g_strsplit(body.text, "\n", -1);
	pieces = read_pieces(ctl, wire != NULL ? wire : "", size, body.text, &error);
	if (pieces != NULL && ctl->json)
		print_json(&body, pieces, lines);
	for (unsigned i = 0; pieces != NULL && !ctl->json && i < pieces->len; i++)
		print_piece(&g_array_index(pieces, struct quote_piece, i), lines);
	body_clear(&body);
	return pieces != NULL ? ctl_done() : ctl_fail(error);
}
