/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/signers.h"

#include <string.h>

#include "article/phrases.h"

#define LINE_SIZE_MAX 100
#define SALUTATION_SIZE_MAX 70
#define TOKENS_MAX 12
#define NAME_TOKENS_MAX 8
#define NAMES_MAX 8
#define NAME_SIZE_MIN 2
#define ENDING_SIZE_MIN 4 /* of a word whose ending says that it is an adjective */
#define ABBREVIATION_MAX 5
#define LONE_NAME_MAX 16 /* of "otto" */

/* The words of a line. */
struct tokens {
	char *words[TOKENS_MAX];  /* owned; as they stand there */
	char *folded[TOKENS_MAX]; /* owned; letters alone, case folded */
	unsigned count;
};

static void tokens_clear(struct tokens *tokens)
{
	for (unsigned i = 0; i < tokens->count; i++) {
		g_free(tokens->words[i]);
		g_free(tokens->folded[i]);
	}
	tokens->count = 0;
}

/* Letters, with the apostrophes and stops between them. */
static char *letters_of(const char *word)
{
	const struct line line = {.core = word, .core_size = strlen(word)};
	char *text = line_folded(&line);
	char *begin = text;
	char *end = text + strlen(text);

	while (*begin != '\0' && !g_unichar_isalpha(g_utf8_get_char(begin)))
		begin += g_utf8_skip[(unsigned char)*begin];
	while (end > begin && !g_unichar_isalpha(g_utf8_get_char(g_utf8_prev_char(end))))
		end = g_utf8_prev_char(end);
	memmove(text, begin, (size_t)(end - begin));
	text[end - begin] = '\0';
	return text;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

/* What parts a name from an office, as a comma does: "Otto | Kämmerei". */
static bool is_divider(const char *word)
{
	static const char *const dividers[] = {"|", "-", "–", "·", "•", NULL};

	return is_one_of(word, dividers);
}

static void add_comma(struct tokens *tokens)
{
	char **last = &tokens->words[tokens->count - 1];
	char *divided = g_strconcat(*last, ",", NULL);

	g_free(*last);
	*last = divided;
}

/* Words with letters or digits in them; a smiley is none.  False: too many, or none. */
static bool tokens_read(struct tokens *tokens, const struct line *line)
{
	g_autofree char *text = g_strndup(line->core, line->core_size);
	g_auto(GStrv) words = NULL;

	if (line->core_size == 0 || line->core_size > LINE_SIZE_MAX || line->words == 0)
		return false;
	words = g_strsplit_set(text, " \t*", -1);
	for (char **word = words; *word != NULL; word++) {
		bool some = false;

		for (const char *p = *word; *p != '\0' && !some;
		     p += g_utf8_skip[(unsigned char)*p])
			some = g_unichar_isalnum(g_utf8_get_char(p));
		if (!some && tokens->count > 0 && is_divider(*word))
			add_comma(tokens);
		if (!some && strchr(*word, '?') == NULL)
			continue;
		if (tokens->count == TOKENS_MAX)
			return false;
		tokens->folded[tokens->count] = letters_of(*word);
		tokens->words[tokens->count++] = g_strdup(*word);
	}
	return tokens->count > 0;
}

static bool is_lower(const char *word)
{
	for (; *word != '\0'; word += g_utf8_skip[(unsigned char)*word])
		if (g_unichar_isalpha(g_utf8_get_char(word)))
			return g_unichar_islower(g_utf8_get_char(word));
	return false;
}

/* "m.", "frdl.", "Dr." are no ends of a sentence. */
static bool ends_sentence(const char *word)
{
	static const char *const short_forms[] = {"m.", "u.", "frdl.", "freundl.", "herzl.", "bes.",
	    "Dr.", "Prof.", "Dipl.", "Ing.", "i.", "A.", "V.", "i.A.", "i.V.", "gez.", "komm.",
	    "stellv.", "St.", "bzw.", "Dipl.-Ing.", NULL};
	const size_t size = strlen(word);

	if (word[size - 1] == '!')
		return true;
	return word[size - 1] == '.' && size > 2 && !is_one_of(word, short_forms);
}

/* -- formulas -- */

/* What stands between the words that matter. */
static const char *const links[] = {"a", "ad", "all", "allen", "alle", "allerseits", "am", "an",
    "and", "auch", "auf", "aus", "av", "bis", "da", "dal", "das", "dem", "den", "der", "de", "des",
    "die", "dir", "du", "ein", "euch", "for", "from", "für", "ganz", "herzlich", "ihnen", "im",
    "in", "ins", "la", "le", "les", "mit", "my", "nach", "noch", "of", "the", "to", "u", "und",
    "uit", "unterwegs", "van", "vom", "von", "with", "wünscht", "your", "yours", "zu", "zum", "zur",
    "zurück", "zusammen", "et", "en", "met", "med", "z", "s", "con", "com", "e", "y", "i", "vd",
    "vdr", "un", "une", "mes", "nos", NULL};

/* What makes a sentence of it. */
static const char *const sayings[] = {"bitte", "ich", "wir", "er", "habe", "haben", "hatte",
    "hatten", "werde", "werden", "wurde", "wurden", "waren", "kommen", "komme", "sollen", "keine",
    "keinen", "richte", "richten", "gebe", "geben", "sende", "senden", "schicke", "schicken",
    "bleibe", "bleiben", "gerne", "leider", "aber", "oder", "wie", "können", "müssen", "siehe",
    "please", "send", "we", "they", "hätte", "hätten", "wäre", "würde", "denke", "finde", NULL};

/* An adjective by its ending: "sonnige", "freundlichst". */
static bool is_adjective(const char *word)
{
	static const char *const ends[] = {"e", "en", "em", "er", "es", "chst", NULL};

	if (strlen(word) < ENDING_SIZE_MIN || is_one_of(word, sayings))
		return false;
	for (const char *const *end = ends; *end != NULL; end++)
		if (g_str_has_suffix(word, *end))
			return true;
	return false;
}

static bool is_greeting(const char *word)
{
	static const char *const grusses[] = {"grüss", "gruss", "gruess", NULL};
	static const char *const stems[] = {"regards", "wishes", "sincerely", "respectfully",
	    "freundlichst", "herzlichst", "faithfully", "greetings", "saygı", "selam", "salutation",
	    "cordialement", "groet", "saluti", "saludos", "cheers", "pozdrav", "pozdrow", "pozdraw",
	    "hilsen", "hilsner", "hälsning", "cumprimentos", "üdvözlet", "hochachtungsvoll",
	    "poważani", "szacunku", "hoogachtend", "cordialmente", "atentamente", "atenciosamente",
	    "saluto", "saludo", "sevgiler", NULL};
	static const char *const shorts[] = {"mfg", "m.f.g", "mkg", "vg", "lg", "bg", "hg", "fg",
	    "br", "ml", "kr", "mvg", "mvh", "sg", "glg", "vlg", "bgr", "grz", NULL};

	if (g_str_has_prefix(word, "begrüss"))
		return false;
	for (const char *const *gruss = grusses; *gruss != NULL; gruss++) {
		const char *found = strstr(word, *gruss);

		if (found != NULL && strlen(found) <= strlen(*gruss) + 2)
			return true;
	}
	return is_one_of(word, shorts) || lines_has_any(word, stems);
}

/* Formulas that greet nobody; the whole line. */
static bool is_wish(const char *text)
{
	static const char *const wishes[] = {"best", "all the best", "iyi çalışmalar", "glück auf",
	    "alles gute", "schönes wochenende", "ein schönes wochenende", "schönen tag",
	    "schönen tag noch", "einen schönen tag", "einen schönen tag noch", "schönen feierabend",
	    "schönen abend", "yours", "bien à vous", "amitiés", "kolay gelsin",
	    "bleiben sie gesund", "bleibt gesund", "tschüss", "tschau", "ciao", "servus", "adieu",
	    "ade", "herzlich", "herzlichst", "bis bald", "bis dann", "mach's gut", "macht's gut",
	    "bonne journée", "belle journée", "bonne fin de journée", "hezký den", "s úctou",
	    "yours truly", "yours ever", "take care", "warmly", "hav en god dag", "fijne dag",
	    "miłego dnia", "buona giornata", NULL};

	return is_one_of(text, wishes);
}

/* In front of the greeting: "mit kollegialen", "danke und". */
static bool leads_to_greeting(const struct tokens *tokens, unsigned i)
{
	static const char *const thanks[] = {"dank", "danke", "thanks", "vorab", "voraus",
	    "advance", "mal", "schon", "vielmals", "merci", NULL};
	static const char *const kinds[] = {"kind", "best", "warm", "many", "viel", "freundl",
	    "frdl", "herzl", "m", "es", "saygıyla", "iyi", "recevez", "wünsche", "z", "beaux",
	    "cordiales", "cordiali", "distinti", "bien", "très", "veuillez", "agréer", "expression",
	    "distinguées", "wyrazami", "łączę", "venlige", "vennlig", "kærlig", "přátelským",
	    "srdečným", "cordial", "meilleures", "vriendelijke", "venlig", "vänliga", "vielen",
	    NULL};
	const char *word = tokens->folded[i];
	const char *text = tokens->words[i];
	const bool thank = is_one_of(word, thanks);

	if (strpbrk(text, "?;:0123456789\"") != NULL ||
	    (ends_sentence(text) && !(thank && g_str_has_suffix(text, "!"))))
		return false;
	if (g_str_has_suffix(text, ","))
		return thank;
	return thank || is_one_of(word, links) || is_one_of(word, kinds) || is_adjective(word);
}

/* Behind the greeting: "aus Brunnthal", "Nadine Seifert", "und einen schönen Tag". */
static bool follows_greeting(const struct tokens *tokens, unsigned i, unsigned greeting)
{
	const char *word = tokens->folded[i];
	const char *text = tokens->words[i];
	const bool last = i + 1 == tokens->count;

	if (strpbrk(text, "?;:0123456789\"") != NULL ||
	    (ends_sentence(text) && !(last && g_str_has_suffix(text, "!"))) ||
	    is_one_of(word, sayings))
		return false;
	if (!is_lower(text) || is_one_of(word, links) || is_adjective(word) || is_greeting(word))
		return true;
	return last && i == greeting + 1 && strlen(word) <= LONE_NAME_MAX &&
	       g_ascii_isalpha(text[strlen(text) - 1]);
}

/* "Einen schönen Tag wünscht": who does stands below. */
static bool is_wished(const struct tokens *tokens)
{
	static const char *const ends[] = {"wünscht", "wünschen", NULL};
	static const char *const occasions[] = {"tag", "abend", "woche", "wochenende", "feierabend",
	    "wochenstart", "start", "restwoche", "arbeitswoche", "feiertage", "advent",
	    "adventszeit", "weihnachten", "ostern", "jahreswechsel", "jahr", NULL};
	const unsigned last = tokens->count - 1;

	bool some = false;

	if (!is_one_of(tokens->folded[last], ends))
		return false;
	for (unsigned i = 0; i < last; i++) {
		const char *word = tokens->folded[i];
		const bool occasion = is_one_of(word, occasions);

		some |= occasion;
		if (strpbrk(tokens->words[i], ".?;:0123456789\"") != NULL ||
		    !(occasion || is_one_of(word, links) || is_adjective(word)))
			return false;
	}
	return some;
}

static bool is_formula(const struct tokens *tokens)
{
	unsigned greeting = 0;

	while (greeting < tokens->count && !is_greeting(tokens->folded[greeting]))
		greeting++;
	if (greeting == tokens->count ||
	    strpbrk(tokens->words[greeting], "?;:0123456789\"") != NULL)
		return false;
	for (unsigned i = 0; i < greeting; i++)
		if (!leads_to_greeting(tokens, i))
			return false;
	for (unsigned i = greeting + 1; i < tokens->count; i++)
		if (!follows_greeting(tokens, i, greeting))
			return false;
	return true;
}

bool signers_is_formula(const struct line *line)
{
	struct tokens tokens = {0};
	bool formula = tokens_read(&tokens, line) && (is_formula(&tokens) || is_wished(&tokens));

	if (!formula && tokens.count > 0) {
		g_autofree char *text = line_folded(line);

		text[strcspn(text, ",!.")] = '\0';
		formula = is_wish(text) && line->core_size <= strlen(text) + 4;
	}
	tokens_clear(&tokens);
	return formula;
}

bool signers_is_salutation(const struct line *line)
{
	static const char *const begins[] = {"hallo", "guten tag", "guten morgen", "guten abend",
	    "sehr geehrt", "liebe ", "lieber ", "liebes ", "moin", "servus", "grüss ", "hi ", "hi,",
	    "hello", "dear ", "good morning", "sayın", "merhaba", "bonjour", "cher ", "chère ",
	    "beste ", "geachte", "ciao", "gentile", "hola", "dzień dobry", "dobrý", "kære ", NULL};
	g_autofree char *text = NULL;

	if (line->core_size == 0 || line->core_size > SALUTATION_SIZE_MAX)
		return false;
	text = line_folded(line);
	return lines_begins(text, begins) && strpbrk(text, "?.:;") == NULL;
}

/* -- who signs -- */

/* "von", "i.A.", "und": in names and offices, beside what begins with a capital. */
static bool joins_names(const char *word)
{
	static const char *const joins[] = {"i.a", "i.v", "i. a", "i", "a", "gez", "stellv", "komm",
	    "a.d", "d", "v", "di", "du", "del", "dos", "bei", "beim", "tel", "fon", "fax", "mobil",
	    "mail", "e-mail", "web", "telefon", "oder", "sowie", "über", "ten", "ter", "og", "ve",
	    "w", NULL};

	return *word == '\0' || is_one_of(word, links) || is_one_of(word, joins);
}

/* An address, or a place in the web. */
static bool is_locator(const char *word)
{
	return strchr(word, '@') != NULL || strstr(word, "://") != NULL ||
	       g_str_has_prefix(word, "www.");
}

static bool is_name_part(const struct tokens *tokens, unsigned i)
{
	/* "Direction des finances": what stands behind need not begin with a capital. */
	static const char *const owners[] = {"de", "des", "du", "di", "della", "dei", "of", NULL};
	const char *text = tokens->words[i];

	if (is_locator(text))
		return true;
	if (strpbrk(text, "?!;\"") != NULL || (i + 1 == tokens->count && ends_sentence(text)))
		return false;
	return !is_lower(text) || joins_names(tokens->folded[i]) ||
	       (i > 1 && is_one_of(tokens->folded[i - 1], owners));
}

/* Names alone are no lines with a colon at the end, and few. */
static bool is_signer(const struct tokens *tokens, bool first)
{
	const char *last = tokens->words[tokens->count - 1];

	if (g_str_has_suffix(last, ":"))
		return false;
	if (first && tokens->count == 1 && strlen(last) <= LONE_NAME_MAX &&
	    strpbrk(last, "?:;0123456789") == NULL && g_unichar_isalpha(g_utf8_get_char(last)))
		return true;
	for (unsigned i = 0; i < tokens->count; i++)
		if (!is_name_part(tokens, i))
			return false;
	return true;
}

bool signers_is_signer(const struct line *line, bool first)
{
	struct tokens tokens = {0};
	const bool signer = tokens_read(&tokens, line) && is_signer(&tokens, first) &&
			    (tokens.count <= NAME_TOKENS_MAX || phrases_office(line) > 0);

	tokens_clear(&tokens);
	return signer && !phrases_is_item(line);
}

/* -- the author -- */

/* "Lübbe" as "luebbe"; NULL: nothing to know somebody by. */
static char *plain_name(const char *word)
{
	g_autofree char *letters = letters_of(word);
	g_autofree char *plain = NULL;

	if (g_utf8_strlen(letters, -1) < NAME_SIZE_MIN)
		return NULL;
	plain = g_str_to_ascii(letters, "de");
	return strchr(plain, '?') == NULL ? g_steal_pointer(&plain) : g_steal_pointer(&letters);
}

char **signers_names(const char *author)
{
	const char *text = author != NULL ? author : "";
	g_autofree char *local = g_strndup(text, strcspn(text, "@"));
	g_auto(GStrv) words = g_strsplit_set(local, " ,;._()\"'\t", NAMES_MAX * 2);
	g_autoptr(GStrvBuilder) names = g_strv_builder_new();

	for (char **word = words; *word != NULL; word++) {
		g_autofree char *name = plain_name(*word);

		if (name != NULL)
			g_strv_builder_add(names, name);
	}
	return g_strv_builder_end(names);
}

static bool is_title(const char *word)
{
	static const char *const titles[] = {"dr", "prof", "dipl", "ing", "dipl.-ing",
	    "dipl.-inform", "frau", "herr", "ihr", "ihre", "euer", "eure", "von", "van", "de",
	    "der", "zu", "med", "jur", "mag", "ma", "m.a", "b.a", "i.a", "i.v", "gez", NULL};

	return g_utf8_strlen(word, -1) < NAME_SIZE_MIN || is_one_of(word, titles);
}

bool signers_is_author(const struct line *line, char *const *names)
{
	struct tokens tokens = {0};
	bool some = false;
	bool author = names != NULL && *names != NULL && tokens_read(&tokens, line);

	for (unsigned i = 0; author && i < tokens.count; i++) {
		g_autofree char *name = plain_name(tokens.folded[i]);
		const char *text = tokens.words[i];

		if (some &&
		    (strpbrk(text, "(|/") != NULL || g_str_has_suffix(tokens.words[i - 1], ",")))
			break;
		if (name != NULL && is_one_of(name, (const char *const *)names))
			some = true;
		else
			author = is_title(tokens.folded[i]);
		author = author && strpbrk(text, "?!:;") == NULL;
	}
	tokens_clear(&tokens);
	return author && some;
}
