/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/openings.h"

#include <string.h>

#include "article/lines.h"
#include "article/phrases.h"

#define SENTENCE_LINES_MAX 4
#define NOTES_LINES_MAX 2
#define BLOCK_LINES_MAX 60
#define VALUE_LINES_MAX 12
#define TITLE_SIZE_MAX 200
#define SENTENCE_SIZE_MAX 800 /* of one line */
#define FIELDS_MIN 3
#define NAME_BLANKS_MAX 6  /* of a name with titles, and "am" */
#define SHAPE_SIZE_MAX 300 /* of a sentence that is known by its shape */

static const char RULE_HEADER[] = "outlook-header";
static const char RULE_FORWARDED[] = "forwarded-header";
static const char RULE_TITLE[] = "original-message";
static const char RULE_SENTENCE[] = "attribution";

/* True if the line may belong to an opening. */
static bool is_open(const GArray *lines, unsigned i)
{
	return i < lines->len && line_is_own(line_at(lines, i)) && !line_at(lines, i)->known;
}

static bool has(const struct line *line, const char *what)
{
	return memmem(line->core, line->core_size, what, strlen(what)) != NULL;
}

static bool ends_with(const struct line *line, const char *what)
{
	const size_t size = strlen(what);

	return line->core_size >= size &&
	       memcmp(line->core + line->core_size - size, what, size) == 0;
}

static bool has_digit(const struct line *line)
{
	for (size_t i = 0; i < line->core_size; i++)
		if (g_ascii_isdigit(line->core[i]))
			return true;
	return false;
}

static bool is_digits(const char *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (!g_ascii_isdigit(text[i]))
			return false;
	return !g_ascii_isdigit(text[count]);
}

/* `2026`, `3.11.26` */
static bool has_year(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (p > text && g_ascii_isdigit(p[-1]))
			continue;
		if ((g_str_has_prefix(p, "20") || g_str_has_prefix(p, "19")) && is_digits(p, 4))
			return true;
		if (p > text + 3 && is_digits(p, 2) && strchr("./-", p[-1]) != NULL &&
		    g_ascii_isdigit(p[-2]) && memchr(p - 4, p[-1], 2) != NULL)
			return true;
	}
	return false;
}

/* `9:12`, `09.12 Uhr` */
static bool has_time(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (g_ascii_isdigit(p[0]) && (p[1] == ':' || p[1] == '.') &&
		    g_ascii_isdigit(p[2]) && g_ascii_isdigit(p[3]) && !g_ascii_isdigit(p[4]) &&
		    (p[1] == ':' || g_str_has_prefix(p + 4, " uhr")))
			return true;
	return false;
}

/* How one says that somebody wrote. */
static const char *const verbs[] = {"schrieb", "geschrieben", "schreibt", "wrote", "writes",
    "yazdı", "écrit", "schreef", "scritto", "escribió", "escreveu", "napisał", "pisze", "napsal",
    "napísal", "skrev", "kirjoitti", "írta", "zitat von ", "quoting ", NULL};

static bool has_verb(const struct line *line)
{
	for (const char *const *verb = verbs; *verb != NULL; verb++)
		if (has(line, *verb))
			return true;
	return has(line, "Zitat von ") || has(line, "Quoting ");
}

/* -- a block of fields -- */

struct block {
	unsigned end;
	unsigned kinds; /* bits of enum line_label */
	bool likely;	/* an address, or a date with its year */
	bool alone;	/* each label has a line of its own (Notes) */
};

static unsigned kinds_count(unsigned kinds)
{
	unsigned count = 0;

	for (unsigned label = LABEL_FROM; label <= LABEL_SUBJECT; label++)
		count += (kinds >> label) & 1;
	return count;
}

static bool is_field(const GArray *lines, unsigned i)
{
	return is_open(lines, i) && line_at(lines, i)->label != LABEL_NONE &&
	       line_at(lines, i)->label != LABEL_FRAME;
}

/* "Von: 8 bis 12 Uhr" is nobody. */
static bool is_nobody(const struct line *line)
{
	const char *value = memchr(line->core, ':', line->core_size);

	if (line->label != LABEL_FROM || value == NULL || has(line, "@"))
		return false;
	for (value++; value < line->core + line->core_size; value++)
		if (*value != ' ' && *value != '*' && *value != '\t')
			return g_ascii_isdigit(*value);
	return false;
}

/* Further labels in the same line: a gateway has taken the line ends out. */
static void take_inner_labels(const struct line *line, struct block *block)
{
	static const struct {
		const char *name;
		enum line_label label;
	} inner[] = {
	    {"Gesendet:", LABEL_DATE},
	    {"Datum:", LABEL_DATE},
	    {"Sent:", LABEL_DATE},
	    {"Date:", LABEL_DATE},
	    {" An:", LABEL_TO},
	    {" To:", LABEL_TO},
	    {"Betreff:", LABEL_SUBJECT},
	    {"Subject:", LABEL_SUBJECT},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(inner); i++)
		if (has(line, inner[i].name))
			block->kinds |= 1U << inner[i].label;
}

static void take_field(const struct line *line, struct block *block)
{
	block->kinds |= 1U << line->label;
	block->likely |= has(line, "@");
	if (line->label == LABEL_DATE) {
		g_autofree char *date = line_folded(line);

		block->likely |= has_year(date); /* a person who says when mostly leaves it out */
	}
	block->alone &= line->label_alone;
	if (line->label == LABEL_FROM)
		take_inner_labels(line, block);
}

/* Behind the value of the field before: its folded lines, frames, empty lines before the next field. */
static unsigned behind_value(const GArray *lines, unsigned at, struct block *block)
{
	const bool alone = line_at(lines, at)->label_alone;
	unsigned values = 0;
	unsigned i = at + 1;

	if (alone)
		i = lines_skip(lines, i, lines->len);
	while (is_open(lines, i) && !is_field(lines, i) && values++ < VALUE_LINES_MAX) {
		block->likely |=
		    has(line_at(lines, i), "@") || (alone && has_digit(line_at(lines, i)));
		i++;
	}
	at = lines_skip(lines, i, lines->len);
	return is_field(lines, at) ? at : i;
}

/* Each field comes once; of those that don't count there may be several. */
static bool has_kind(const struct block *block, enum line_label label)
{
	return label != LABEL_OTHER && ((block->kinds >> label) & 1);
}

static bool read_block(const GArray *lines, unsigned at, struct block *block)
{
	const unsigned first = at;

	*block = (struct block){.alone = true};
	while (is_field(lines, at) && at - first < BLOCK_LINES_MAX &&
	       !has_kind(block, line_at(lines, at)->label)) {
		if (is_nobody(line_at(lines, at)))
			return false;
		take_field(line_at(lines, at), block);
		block->end = at + 1;
		at = behind_value(lines, at, block);
	}
	if (block->end == 0)
		return false;
	if (line_at(lines, block->end - 1)->label_alone)
		block->end = MAX(block->end, at);
	return true;
}

static bool is_block(const struct block *block, bool titled)
{
	const bool from = (block->kinds >> LABEL_FROM) & 1;
	const unsigned count = kinds_count(block->kinds);

	if (titled)
		return count >= 2 || (from && block->likely);
	return from && block->likely && count >= FIELDS_MIN;
}

/* -- a title -- */

static bool begins_ruled(const struct line *line)
{
	return line->core_size > 4 && strchr("-_=#~", line->core[0]) != NULL &&
	       strchr("-_=#~", line->core[1]) != NULL;
}

/* The size of "-------- Nachricht --------" where a program has put the fields into the same line. */
static size_t glued_size(const struct line *line)
{
	const char *von =
	    begins_ruled(line) ? memmem(line->core, line->core_size, "--Von: ", 7) : NULL;

	if (von == NULL && begins_ruled(line))
		von = memmem(line->core, line->core_size, "--From: ", 8);
	return von != NULL ? (size_t)(von + 2 - line->core) : line->core_size;
}

/* Without the rule around it; "" if the line is too long to be one. */
static char *title_of(const GArray *lines, unsigned at, bool *ruled)
{
	const struct line *line = line_at(lines, at);
	const struct line title = {.core = line->core, .core_size = glued_size(line)};
	char *text;
	size_t before;
	size_t size;

	*ruled = false;
	if (title.core_size > TITLE_SIZE_MAX)
		return g_strdup("");
	text = line_folded(&title);
	before = strspn(text, "-_=#~> ");
	for (size = strlen(text); size > before && strchr("-_=#~< ", text[size - 1]) != NULL;)
		size--;
	*ruled = begins_ruled(line) && text[size] != '\0';
	text[size] = '\0';
	memmove(text, text + before, size - before + 1);
	return text;
}

/* RULE_TITLE, RULE_FORWARDED, or NULL. */
static const char *title_rule(const GArray *lines, unsigned at, bool *ruled)
{
	static const char *const forwarded[] = {
	    "weitergeleitet", "forwarded", "iletilen", "transféré", NULL};
	static const char *const original[] = {"ursprüngliche", "original", "orijinal", "özgün",
	    "oorspronkelijk", "d'origine", "vorherige", NULL};
	static const char *const message[] = {
	    "nachricht", "message", "mail", "mesaj", "ileti", NULL};
	const unsigned below = lines_skip(lines, at + 1, lines->len);
	const bool leads_to_marks = below < lines->len && line_at(lines, below)->depth > 0;
	g_autofree char *title = NULL;
	bool firm; /* above marks a colon is as good as a rule */

	if (!begins_ruled(line_at(lines, at)) && !is_field(lines, below) && !leads_to_marks)
		return NULL;
	title = title_of(lines, at, ruled);
	firm = *ruled || (leads_to_marks && g_str_has_suffix(title, ":"));
	if (lines_has_any(title, forwarded) && (*ruled || lines_has_any(title, message))) {
		*ruled = firm;
		return RULE_FORWARDED;
	}
	if (lines_has_any(title, original) && lines_has_any(title, message)) {
		*ruled = firm;
		return RULE_TITLE;
	}
	if (*ruled && has_verb(line_at(lines, at)) &&
	    (g_str_has_suffix(title, ":") || has_time(title)))
		return RULE_TITLE;
	return NULL;
}

/* Notes puts a table around it: where its rows begin above. */
static unsigned frame_first(const GArray *lines, unsigned at)
{
	while (at > 0 && line_at(lines, at)->core[0] == '|' && is_open(lines, at - 1) &&
	       line_at(lines, at - 1)->core[0] == '|')
		at--;
	return at;
}

/* A rule, a title, or a title between rules; then perhaps fields. */
static bool find_titled(const GArray *lines, unsigned at, struct opening *opening)
{
	bool ruled = false;
	const char *rule = NULL;
	unsigned next = at;
	struct block block;

	while (is_open(lines, next) && line_at(lines, next)->label == LABEL_FRAME &&
	       next - at < SENTENCE_LINES_MAX)
		next = lines_skip(lines, next + 1, lines->len);
	if (is_open(lines, next) && !is_field(lines, next)) {
		rule = title_rule(lines, next, &ruled);
		if (rule == NULL)
			return false;
		next = lines_skip(lines, next + 1, lines->len);
		while (is_open(lines, next) && line_at(lines, next)->label == LABEL_FRAME)
			next = lines_skip(lines, next + 1, MIN(lines->len, at + BLOCK_LINES_MAX));
	}
	*opening = (struct opening){
	    .first = frame_first(lines, at), .end = next, .rule = rule, .certain = true};
	if (next == at || (rule == NULL && next >= lines->len))
		return false;
	if (is_field(lines, next) && read_block(lines, next, &block) && is_block(&block, true)) {
		opening->end = block.end;
		opening->rule = rule == RULE_FORWARDED ? rule : RULE_HEADER;
		return true;
	}
	return rule != NULL && ruled;
}

static bool find_block(const GArray *lines, unsigned at, struct opening *opening)
{
	struct block block;

	if (!is_field(lines, at) || line_at(lines, at)->label == LABEL_OTHER ||
	    !read_block(lines, at, &block) || !is_block(&block, false))
		return false;
	*opening =
	    (struct opening){.first = at, .end = block.end, .rule = RULE_HEADER, .certain = true};
	return true;
}

/* Notes: who and when on lines of their own, then "An", "Kopie", "Thema" with the values below each. */
static bool find_notes(const GArray *lines, unsigned at, struct opening *opening)
{
	unsigned next = at;
	g_autofree char *text = NULL;
	struct block block;

	while (next - at < NOTES_LINES_MAX && is_open(lines, next) && !is_field(lines, next) &&
	       line_at(lines, next)->core_size <= TITLE_SIZE_MAX)
		next++;
	next = lines_skip(lines, next, lines->len);
	if (!is_field(lines, next) || !line_at(lines, next)->label_alone)
		return false;
	text = lines_folded(lines, at, next);
	if (!has_time(text) || !read_block(lines, next, &block) || !block.alone ||
	    kinds_count(block.kinds) < 2)
		return false;
	*opening =
	    (struct opening){.first = at, .end = block.end, .rule = RULE_HEADER, .certain = true};
	return true;
}

/* -- a sentence -- */

/* Where such sentences begin that do not begin with a name. */
static const char *const beginnings[] = {
    "am ", "on ", "le ", "op ", "il ", "el ", ">>> ", "zitat von ", "quoting ", NULL};

/* A sentence does not begin so, but an address may. */
static bool is_lower_first(const struct line *line)
{
	const char *blank = memchr(line->core, ' ', line->core_size);
	const size_t size = blank != NULL ? (size_t)(blank - line->core) : line->core_size;

	return size > 0 && g_unichar_islower(g_utf8_get_char(line->core)) &&
	       memchr(line->core, '@', size) == NULL;
}

/* The line at which a sentence of up to four lines ends that begins here; `at` if it is none. */
static unsigned sentence_end(const GArray *lines, unsigned at)
{
	bool verb = false;

	for (unsigned i = at; i < at + SENTENCE_LINES_MAX && is_open(lines, i); i++) {
		const struct line *line = line_at(lines, i);

		if (line->core_size > SENTENCE_SIZE_MAX)
			return at;
		verb |= has_verb(line);
		if (verb && (ends_with(line, ":") || ends_with(line, ">>>")))
			return i + 1;
		if (ends_with(line, ".") || ends_with(line, "!") || ends_with(line, "?"))
			return at;
	}
	return at;
}

/* Who a person speaks of; a mail program knows a name. */
static bool speaks_of(const char *text)
{
	static const char *const persons[] = {"die ", "der ", "das ", "den ", "dem ", "wir ",
	    "ich ", "sie ", "er ", "es ", "ein ", "eine ", "einer ", "man ", "uns", "mein", "ihr ",
	    "ihre ", "laut ", "dazu ", "dort ", "gestern", "heute", "zuletzt", "frau ", "herr ",
	    "mir ", "dass ", "auch ", "im ", "in ", "vom ", "wie ", "zu ", "the ", "our ", "my ",
	    "we ", "he ", "she ", NULL};

	return lines_begins(text, persons);
}

/* An article in front of a noun is of a sentence; "von der Heide" is a name. */
static bool has_article(const char *text)
{
	static const char *const articles[] = {
	    " die ", " das ", " unser", " the ", " our ", " uns ", " an alle", " dass ", NULL};

	return lines_has_any(text, articles);
}

/* What stands behind the verb: a name, or nothing more. */
static const char *behind_verb(const char *text)
{
	for (const char *const *verb = verbs; *verb != NULL; verb++) {
		const char *found = strstr(text, *verb);

		if (found != NULL) {
			found += strlen(*verb);
			return found + strspn(found, " ");
		}
	}
	return "";
}

/* In front of the date stands a name at most, no sentence. */
static bool is_headed_by_name(const char *text)
{
	const size_t size = strcspn(text, "0123456789<@");
	unsigned blanks = 0;

	for (size_t i = 0; i < size; i++) {
		blanks += text[i] == ' ';
		if (text[i] == '.' && text[i + 1] == ' ' && blanks > 1)
			return false;
	}
	return blanks <= NAME_BLANKS_MAX;
}

/* A full date or an address, and who wrote; no sentence about it. */
static bool is_firm(const char *text)
{
	const char *name = behind_verb(text);
	const struct line line = {.core = name, .core_size = strlen(name)};

	if (strpbrk(text, "0123456789") == NULL || speaks_of(text) || speaks_of(name) ||
	    has_article(text) || !is_headed_by_name(text))
		return false;
	return strchr(text, '@') != NULL ||
	       (has_year(text) && has_time(text) && phrases_office(&line) != 1);
}

/* "Petra Lehmann schrieb:" and nothing else. */
static bool is_bare(const char *text)
{
	static const char *const ends[] = {
	    " schrieb:", " schreibt:", " wrote:", " writes:", " yazdı:", NULL};
	unsigned blanks = 0;

	for (const char *p = text; *p != '\0'; p++)
		blanks += *p == ' ';
	if (blanks > 5 || lines_begins(text, beginnings))
		return false;
	for (const char *const *end = ends; *end != NULL; end++)
		if (g_str_has_suffix(text, *end))
			return true;
	return false;
}

/* Does the sentence begin at this line, not at one further down? */
static bool begins_sentence(const GArray *lines, unsigned at, unsigned end, const char *text)
{
	const bool named = !lines_begins(text, beginnings);

	for (unsigned i = at + 1; i < end; i++) {
		g_autofree char *rest = lines_folded(lines, i, end);

		if (*rest == '<' || g_ascii_isdigit(*rest) || is_lower_first(line_at(lines, i)))
			continue;
		if (lines_begins(rest, beginnings) || (named && has_verb(line_at(lines, i))))
			return false;
	}
	return true;
}

static bool find_sentence(const GArray *lines, unsigned at, struct opening *opening)
{
	const unsigned end = sentence_end(lines, at);
	g_autofree char *text = NULL;

	if (end == at || is_lower_first(line_at(lines, at)))
		return false;
	text = lines_folded(lines, at, end);
	if (!begins_sentence(lines, at, end, text))
		return false;
	*opening = (struct opening){
	    .first = at, .end = end, .rule = RULE_SENTENCE, .certain = is_firm(text)};
	return strpbrk(text, "0123456789@") != NULL || is_bare(text);
}

/* `9:12`, `kl. 09.12`, `9h12`: digits that are no part of a date. */
static bool has_clock(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (g_ascii_isdigit(p[0]) && p[1] != '\0' && strchr(":.h", p[1]) != NULL &&
		    is_digits(p + 2, 2) && p[4] != '.' && p[4] != '/')
			return true;
	return false;
}

/* As attributions look in any language: date and time, or an address and a date. */
static bool is_shaped(const char *text)
{
	static const char *const dates[] = {" am ", " um ", " ab ", " bis ", NULL};

	if (*text == '<' || speaks_of(text) || strlen(text) > SHAPE_SIZE_MAX)
		return false;
	if (strchr(text, '@') != NULL)
		return strpbrk(text, "0123456789") != NULL;
	return has_year(text) && has_clock(text) &&
	       (*behind_verb(text) != '\0' || !lines_has_any(text, dates));
}

/* Behind the line with the colon; `at` if a sentence ends before, or none comes. */
static unsigned colon_end(const GArray *lines, unsigned at)
{
	for (unsigned i = at; i < at + SENTENCE_LINES_MAX && is_open(lines, i); i++) {
		const struct line *line = line_at(lines, i);

		if (line->core_size > TITLE_SIZE_MAX)
			return at;
		if (ends_with(line, ":") || (i == at && has_verb(line)))
			return i + 1;
		if (ends_with(line, "!") || ends_with(line, "?") ||
		    (ends_with(line, ".") && !ends_with(line, " m.")))
			return at;
	}
	return at;
}

/* By its shape alone, whatever the words: so marks must follow.  The last line where it fits begins it. */
static bool find_shaped(const GArray *lines, unsigned at, struct opening *opening)
{
	const unsigned end = colon_end(lines, at);

	for (unsigned i = at; i < end; i++) {
		g_autofree char *text = lines_folded(lines, i, end);

		if (is_shaped(text) != (i == at))
			return false;
	}
	*opening = (struct opening){.first = at, .end = end, .rule = RULE_SENTENCE};
	return end > at;
}

/* ">>> Petra Lehmann 03.11.2026 09:12 >>>" (GroupWise): behind the line or the two lines of it; `at` if there is none. */
static unsigned groupwise_end(const GArray *lines, unsigned at)
{
	const struct line *line = line_at(lines, at);

	if (line->depth != 3 || strncmp(line->text, ">>> ", 4) != 0 || !has_digit(line))
		return at;
	if (ends_with(line, ">>>") || ends_with(line, ":"))
		return at + 1;
	if (!has_verb(line) || !is_open(lines, at + 1) || line_at(lines, at + 1)->depth > 0 ||
	    !ends_with(line_at(lines, at + 1), ":"))
		return at;
	return at + 2;
}

bool opening_bears_marks(const GArray *lines, unsigned at)
{
	return groupwise_end(lines, at) > at;
}

bool opening_find(const GArray *lines, unsigned at, struct opening *opening)
{
	const unsigned end = groupwise_end(lines, at);

	*opening =
	    (struct opening){.first = at, .end = end, .rule = RULE_SENTENCE, .certain = true};
	if (end > at)
		return true;
	if (!is_open(lines, at))
		return false;
	return find_block(lines, at, opening) || find_titled(lines, at, opening) ||
	       find_notes(lines, at, opening) || find_sentence(lines, at, opening) ||
	       find_shaped(lines, at, opening);
}

bool opening_forwards(const struct opening *opening)
{
	return opening->rule == RULE_FORWARDED;
}

bool opening_is_announced(const GArray *lines, unsigned first, unsigned end)
{
	static const char *const looks[] = {"in rot", "in blau", "in grün", "in roter", "in blauer",
	    "in grüner", "rot markiert", "blau markiert", "grün markiert", "farbig", "farblich",
	    "kursiv", "in fett", "fett markiert", "in red", "in blue", "in green", "kırmızı", NULL};
	static const char *const answers[] = {"antwort", "anmerkung", "kommentar", "ergänz",
	    "answer", "comment", "repl", "cevap", "yanıt", "eingefügt", "hineingeschrieben", NULL};
	static const char *const places[] = {"unten", "im text", "in der mail", "in ihrer mail",
	    "in deiner mail", "in eurer mail", "in der e-mail", "in ihrer e-mail",
	    "in deiner e-mail", "inline", "dazwischen", "darunter", "below", "aşağıda",
	    "direkt hinter", "im folgenden", "nachfolgend", NULL};
	static const char *const says[] = {
	    "meine ", "unsere ", "my ", "our ", "siehe", "steh", "antworte ", "habe", "see ", NULL};
	g_autofree char *text = lines_folded(lines, first, end);
	g_auto(GStrv) sentences = g_strsplit_set(text, ".!?", -1);

	for (char **sentence = sentences; *sentence != NULL; sentence++) {
		const bool look = lines_has_any(*sentence, looks);
		const bool answer = lines_has_any(*sentence, answers);
		const bool place = lines_has_any(*sentence, places);

		if (strstr(*sentence, "dank") == NULL &&
		    ((look && (answer || place)) ||
			(answer && place && lines_has_any(*sentence, says))))
			return true;
	}
	return false;
}
