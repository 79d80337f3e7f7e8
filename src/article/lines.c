/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/lines.h"

#include <string.h>

#include "article/words.h"

#define LABEL_SIZE_MAX 40
#define INITIALS_MAX 10

/* clang-format off */
static const struct {
	const char *name; /* case folded */
	enum line_label label;
} labels[] = {
	{"von", LABEL_FROM}, {"from", LABEL_FROM}, {"absender", LABEL_FROM}, {"kimden", LABEL_FROM},
	{"gönderen", LABEL_FROM}, {"de", LABEL_FROM}, {"van", LABEL_FROM}, {"da", LABEL_FROM},
	{"gesendet", LABEL_DATE}, {"gesendet am", LABEL_DATE}, {"datum", LABEL_DATE}, {"sent", LABEL_DATE},
	{"date", LABEL_DATE}, {"tarih", LABEL_DATE}, {"gönderildi", LABEL_DATE}, {"envoyé", LABEL_DATE},
	{"verzonden", LABEL_DATE}, {"inviato", LABEL_DATE}, {"verschickt", LABEL_DATE}, {"enviado", LABEL_DATE},
	{"an", LABEL_TO}, {"to", LABEL_TO}, {"empfänger", LABEL_TO}, {"kime", LABEL_TO}, {"alıcı", LABEL_TO},
	{"à", LABEL_TO}, {"aan", LABEL_TO}, {"a", LABEL_TO}, {"para", LABEL_TO},
	{"cc", LABEL_CC}, {"bcc", LABEL_CC}, {"kopie", LABEL_CC}, {"kopie an", LABEL_CC}, {"blindkopie", LABEL_CC},
	{"bilgi", LABEL_CC},
	{"betreff", LABEL_SUBJECT}, {"betr.", LABEL_SUBJECT}, {"betr", LABEL_SUBJECT}, {"thema", LABEL_SUBJECT},
	{"subject", LABEL_SUBJECT}, {"re", LABEL_SUBJECT}, {"konu", LABEL_SUBJECT}, {"objet", LABEL_SUBJECT},
	{"onderwerp", LABEL_SUBJECT}, {"oggetto", LABEL_SUBJECT}, {"asunto", LABEL_SUBJECT},
	{"antwort an", LABEL_OTHER}, {"reply-to", LABEL_OTHER}, {"wichtigkeit", LABEL_OTHER},
	{"priorität", LABEL_OTHER}, {"importance", LABEL_OTHER}, {"priority", LABEL_OTHER},
	{"anlagen", LABEL_OTHER}, {"anhänge", LABEL_OTHER}, {"anlage", LABEL_OTHER}, {"attachments", LABEL_OTHER},
	{"gesendet von", LABEL_OTHER}, {"sent by", LABEL_OTHER}, {"vertraulichkeit", LABEL_OTHER},
	{"sensitivity", LABEL_OTHER}, {"message-id", LABEL_OTHER}, {"organisation", LABEL_OTHER},
	{"newsgroups", LABEL_OTHER}, {"newsgruppen", LABEL_OTHER},
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

static enum line_label label_named(const char *name, size_t size)
{
	g_autofree char *folded = g_utf8_casefold(name, (gssize)size);

	for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
		if (strcmp(folded, labels[i].name) == 0)
			return labels[i].label;
	return LABEL_NONE;
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
	if (stop > p)
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
			line->kind = LINE_FOLDED;
			line->rule = rule;
		}
	}
}

/* Without what mail programs add or lose: emphasis, soft hyphens; each blank is one. */
static void append_plain(GString *out, const struct line *line)
{
	const char *end = line->core + line->core_size;

	for (const char *p = line->core; p < end; p += g_utf8_skip[(unsigned char)*p]) {
		const gunichar c = g_utf8_get_char(p);

		if (g_unichar_isspace(c)) {
			if (out->len > 0 && out->str[out->len - 1] != ' ')
				g_string_append_c(out, ' ');
		} else if (c != '*' && !is_blank(c)) {
			g_string_append_unichar(out, c);
		}
	}
	if (out->len > 0 && out->str[out->len - 1] != ' ')
		g_string_append_c(out, ' ');
}

static char *folded(GString *plain)
{
	g_autofree char *composed =
	    g_utf8_normalize(plain->str, (gssize)plain->len, G_NORMALIZE_DEFAULT_COMPOSE);
	char *text = g_utf8_casefold(composed != NULL ? composed : plain->str, -1);

	g_string_free(plain, TRUE);
	return g_strchomp(text);
}

char *line_folded(const struct line *line)
{
	GString *plain = g_string_new(NULL);

	append_plain(plain, line);
	return folded(plain);
}

char *lines_folded(const GArray *lines, unsigned first, unsigned end)
{
	GString *plain = g_string_new(NULL);

	for (unsigned i = first; i < end; i++)
		append_plain(plain, line_at(lines, i));
	return folded(plain);
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
		if (g_str_has_prefix(text, *words))
			return true;
	return false;
}
