/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/lines.h"

#include <stdlib.h>
#include <string.h>

#include "article/words.h"

#define LABEL_SIZE_MAX 40 /* with marks around it */
#define NAME_SIZE_MAX 16  /* of a label */
#define INITIALS_MAX 10

/* clang-format off */
/* Sorted by name. */
static const struct label_name {
	const char *name; /* case folded */
	enum line_label label;
} labels[] = {
	{"aan", LABEL_TO},
	{"absender", LABEL_FROM},
	{"alıcı", LABEL_TO},
	{"an", LABEL_TO},
	{"anhänge", LABEL_OTHER},
	{"anlage", LABEL_OTHER},
	{"anlagen", LABEL_OTHER},
	{"antwort an", LABEL_OTHER},
	{"asunto", LABEL_SUBJECT},
	{"attachments", LABEL_OTHER},
	{"bcc", LABEL_CC},
	{"betr", LABEL_SUBJECT},
	{"betr.", LABEL_SUBJECT},
	{"betreff", LABEL_SUBJECT},
	{"bilgi", LABEL_CC},
	{"blindkopie", LABEL_CC},
	{"cc", LABEL_CC},
	{"da", LABEL_FROM},
	{"date", LABEL_DATE},
	{"datum", LABEL_DATE},
	{"de", LABEL_FROM},
	{"do", LABEL_TO},
	{"emne", LABEL_SUBJECT},
	{"empfänger", LABEL_TO},
	{"enviado", LABEL_DATE},
	{"enviado el", LABEL_DATE},
	{"envoyé", LABEL_DATE},
	{"fra", LABEL_FROM},
	{"from", LABEL_FROM},
	{"från", LABEL_FROM},
	{"gesendet", LABEL_DATE},
	{"gesendet am", LABEL_DATE},
	{"gesendet von", LABEL_OTHER},
	{"gönderen", LABEL_FROM},
	{"gönderildi", LABEL_DATE},
	{"importance", LABEL_OTHER},
	{"inviato", LABEL_DATE},
	{"kimden", LABEL_FROM},
	{"kime", LABEL_TO},
	{"komu", LABEL_TO},
	{"konu", LABEL_SUBJECT},
	{"kopie", LABEL_CC},
	{"kopie an", LABEL_CC},
	{"message-id", LABEL_OTHER},
	{"newsgroups", LABEL_OTHER},
	{"newsgruppen", LABEL_OTHER},
	{"objet", LABEL_SUBJECT},
	{"od", LABEL_FROM},
	{"odesláno", LABEL_DATE},
	{"oggetto", LABEL_SUBJECT},
	{"onderwerp", LABEL_SUBJECT},
	{"organisation", LABEL_OTHER},
	{"para", LABEL_TO},
	{"priority", LABEL_OTHER},
	{"priorität", LABEL_OTHER},
	{"předmět", LABEL_SUBJECT},
	{"re", LABEL_SUBJECT},
	{"reply-to", LABEL_OTHER},
	{"sendt", LABEL_DATE},
	{"sensitivity", LABEL_OTHER},
	{"sent", LABEL_DATE},
	{"sent by", LABEL_OTHER},
	{"skickat", LABEL_DATE},
	{"subject", LABEL_SUBJECT},
	{"tarih", LABEL_DATE},
	{"temat", LABEL_SUBJECT},
	{"thema", LABEL_SUBJECT},
	{"til", LABEL_TO},
	{"till", LABEL_TO},
	{"to", LABEL_TO},
	{"van", LABEL_FROM},
	{"verschickt", LABEL_DATE},
	{"vertraulichkeit", LABEL_OTHER},
	{"verzonden", LABEL_DATE},
	{"von", LABEL_FROM},
	{"wichtigkeit", LABEL_OTHER},
	{"wysłano", LABEL_DATE},
	{"à", LABEL_TO},
	{"ämne", LABEL_SUBJECT},
};
/* clang-format on */

static bool is_blank(gunichar c)
{
	return g_unichar_isspace(c) || c == 0xad || c == 0x200b || c == 0xfeff;
}

static void find_core(struct line *line)
{
	const char *end = line->text + line->size;
	const char *p = line->text;
	const bool marked = line->size > 0 && *p == '>';

	for (; p < end; p += g_utf8_skip[(unsigned char)*p]) {
		if (marked && *p == '>')
			line->depth++;
		else if (!is_blank(g_utf8_get_char(p)))
			break;
	}
	while (end > p) {
		const char *before = g_utf8_prev_char(end);

		if (!is_blank(g_utf8_get_char(before)))
			break;
		end = before;
	}
	line->core = p;
	line->core_size = (size_t)(end - p);
}

static int compare_label(const void *name, const void *label)
{
	return strcmp(name, ((const struct label_name *)label)->name);
}

static enum line_label label_named(const char *name, size_t size)
{
	const struct line line = {.core = name, .core_size = size};
	g_autofree char *folded = line_folded(&line);
	const struct label_name *label =
	    bsearch(folded, labels, G_N_ELEMENTS(labels), sizeof(labels[0]), compare_label);

	return label != NULL ? label->label : LABEL_NONE;
}

/* `Von:`, `*Von:*`, `| Von:   |`, and where nothing else is in the line, `Von`. */
static void find_label(struct line *line)
{
	const char *p = line->core;
	const char *end = p + MIN(line->core_size, LABEL_SIZE_MAX);
	const char *stop;

	while (p < end && strchr("*|_ ", *p) != NULL)
		p++;
	stop = memchr(p, ':', (size_t)(end - p));
	if (stop == NULL && line->core_size >= LABEL_SIZE_MAX)
		return;
	line->label_alone = stop == NULL;
	if (stop == NULL) {
		stop = end;
	} else {
		const char *value = stop + 1;

		while (value < line->core + line->core_size && strchr("*|_ \t", *value) != NULL)
			value++;
		line->label_alone = value == line->core + line->core_size;
	}
	while (stop > p && strchr("*|_ ", stop[-1]) != NULL)
		stop--;
	if (stop > p && stop - p <= NAME_SIZE_MAX)
		line->label = label_named(p, (size_t)(stop - p));
}

static void look_at(struct line *line)
{
	const char *p = line->core;
	uint64_t hash;

	while (words_next(&p, line->core + line->core_size, &hash))
		line->words++;
	if (line->words > 0)
		find_label(line);
	else if (line->core_size > 0 && memchr(line->core, '<', line->core_size) == NULL)
		line->label = LABEL_FRAME;
}

GArray *lines_split(const char *text)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct line));

	while (*text != '\0') {
		struct line line = {.text = text, .size = strcspn(text, "\n")};

		find_core(&line);
		look_at(&line);
		g_array_append_val(lines, line);
		text += line.size + (text[line.size] == '\n');
	}
	return lines;
}

unsigned lines_skip(const GArray *lines, unsigned i, unsigned end)
{
	while (i < end && line_is_empty(line_at(lines, i)))
		i++;
	return i;
}

unsigned lines_trim(const GArray *lines, unsigned first, unsigned end)
{
	while (end > first && line_is_empty(line_at(lines, end - 1)))
		end--;
	return end;
}

void lines_fold(GArray *lines, unsigned first, unsigned end, const char *rule)
{
	for (unsigned i = first; i < end; i++) {
		struct line *line = line_at(lines, i);

		if (line->kind == LINE_NEW || line->kind == LINE_QUOTED) {
			line->rule = line->kind == LINE_NEW ? rule : line->rule;
			line->kind = LINE_FOLDED;
		}
	}
}

/* Letters as they are compared. */
static void append_letter(GString *out, gunichar c)
{
	if (c < 0x80)
		g_string_append_c(out, g_ascii_tolower((char)c));
	else if (c == 0xdf || c == 0x1e9e)
		g_string_append(out, "ss");
	else
		g_string_append_unichar(out, g_unichar_tolower(c));
}

/* Put a mark to the letter at the end, where there is one character for both. */
static bool compose_last(GString *out, gunichar mark)
{
	const char *last = g_utf8_find_prev_char(out->str, out->str + out->len);
	gunichar composed;

	if (last == NULL || !g_unichar_compose(g_utf8_get_char(last), mark, &composed))
		return false;
	g_string_truncate(out, (gsize)(last - out->str));
	g_string_append_unichar(out, composed);
	return true;
}

/* Without what mail programs add or lose: emphasis, soft hyphens; each blank is one. */
static void append_folded(GString *out, const struct line *line)
{
	const char *end = line->core + line->core_size;

	for (const char *p = line->core; p < end; p += g_utf8_skip[(unsigned char)*p]) {
		const gunichar c = g_utf8_get_char(p);

		if (g_unichar_isspace(c)) {
			if (out->len > 0 && out->str[out->len - 1] != ' ')
				g_string_append_c(out, ' ');
		} else if (c != '*' && !is_blank(c) &&
			   !(c >= 0x300 && g_unichar_ismark(c) && compose_last(out, c))) {
			append_letter(out, c);
		}
	}
	if (out->len > 0 && out->str[out->len - 1] != ' ')
		g_string_append_c(out, ' ');
}

char *line_folded(const struct line *line)
{
	GString *out = g_string_sized_new(line->core_size + 2);

	append_folded(out, line);
	return g_strchomp(g_string_free(out, FALSE));
}

char *lines_folded(const GArray *lines, unsigned first, unsigned end)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = first; i < end; i++)
		append_folded(out, line_at(lines, i));
	return g_strchomp(g_string_free(out, FALSE));
}

const char *line_behind_initials(const struct line *line)
{
	const size_t most = MIN(line->core_size, INITIALS_MAX);
	size_t i = 0;

	while (i < most && (g_ascii_isalpha(line->core[i]) || line->core[i] == '.'))
		i++;
	if (i > 0 && i + 2 < line->core_size && memcmp(line->core + i, "> ", 2) == 0)
		return line->core + i + 2;
	return line->core;
}

bool lines_has_any(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strstr(text, *words) != NULL)
			return true;
	return false;
}

bool lines_begins(const char *text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (**words == *text && g_str_has_prefix(text, *words))
			return true;
	return false;
}
