/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/phrases.h"

#include <string.h>

#define FAREWELL_SIZE_MAX 90
#define FAREWELL_BLANKS_MAX 8
#define CLIENT_SIZE_MIN 10
#define CLIENT_SIZE_MAX 160
#define LEGAL_SIZE_MIN 10
#define WARNING_LINES_MAX 8
#define FOOTER_LINES_MAX 6
#define PROSE_LOWER_MIN 3 /* words that begin with a small letter */
#define PROSE_WORDS_MIN 7 /* where no full stop ends them */
#define CARD_MARKS_MIN 2
#define LINE_SIZE_MAX 300
#define PHONE_DIGITS_MIN 7
#define NAMES_MAX 5

static unsigned count_of(const char *text, char c)
{
	unsigned count = 0;

	for (; *text != '\0'; text++)
		count += *text == c;
	return count;
}

static unsigned digits_of(const char *text)
{
	unsigned count = 0;

	for (; *text != '\0'; text++)
		count += g_ascii_isdigit(*text);
	return count;
}

/* -- farewells and names -- */

/* "i. A. Lehmann": what stands for somebody, and perhaps the name. */
static bool is_for_somebody(const char *text)
{
	static const char *const marks[] = {"im auftrag", "in vertretung", "i. a.", "i.a.", "i. v.",
	    "i.v.", "gez.", "gezeichnet", "hochachtungsvoll", "ihr ", "ihre ", "euer ", "eure ",
	    "dein ", "deine ", NULL};

	return lines_begins(text, marks) && count_of(text, ' ') <= 4 &&
	       strpbrk(text, "?:;") == NULL;
}

/* "MfG", "LG Petra" */
static bool is_short_farewell(const char *text)
{
	static const char *const shorts[] = {
	    "mfg", "m.f.g.", "mkg", "vg", "lg", "bg", "hg", "fg", "br", "ml", "kr", NULL};
	const size_t size = strcspn(text, " ,.!");

	for (const char *const *word = shorts; *word != NULL; word++)
		if (strncmp(text, *word, strlen(*word)) == 0 &&
		    (size == strlen(*word) || text[strlen(*word)] == '\0'))
			return count_of(text, ' ') <= 3;
	return false;
}

bool phrases_is_farewell(const struct line *line)
{
	static const char *const greetings[] = {"grüss", "gruss", "gruess", "regards", "wishes",
	    "sincerely", "saygı", "selam", "iyi çalışmalar", "salutations", "cordialement", "groet",
	    "saluti", "saludos", "glück auf", "cheers", NULL};
	static const char *const starts[] = {
	    "ich ", "wir ", "sie ", "er ", "bitte ", "die ", "der ", NULL};
	g_autofree char *text = NULL;

	if (line->core_size == 0 || line->core_size > FAREWELL_SIZE_MAX || line->words == 0)
		return false;
	text = line_folded(line);
	if (is_for_somebody(text) || is_short_farewell(text))
		return true;
	return lines_has_any(text, greetings) && count_of(text, ' ') <= FAREWELL_BLANKS_MAX &&
	       strpbrk(text, "?:;") == NULL && !lines_begins(text, starts);
}

bool phrases_is_name(const struct line *line)
{
	g_autofree char *text = g_strndup(line->core, line->core_size);
	g_auto(GStrv) words = NULL;
	unsigned count = 0;

	if (line->core_size == 0 || line->core_size > FAREWELL_SIZE_MAX ||
	    strpbrk(text, ":;!?") != NULL ||
	    (g_str_has_suffix(text, ".") && !g_str_has_suffix(text, " A.")))
		return false;
	words = g_strsplit_set(text, " -", -1);
	for (char **word = words; *word != NULL; word++, count++)
		if (**word != '\0' && **word != '(' && !g_unichar_isupper(g_utf8_get_char(*word)) &&
		    strcmp(*word, "von") != 0 && strcmp(*word, "i.A.") != 0)
			return false;
	return count <= NAMES_MAX && (count >= 2 || strchr(text, ',') == NULL);
}

/* -- offices -- */

/* A run of digits, blanks and marks that begins as telephone numbers do. */
static bool has_phone(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		unsigned digits = 0;

		if ((*p != '0' && *p != '+' && *p != '(') || (p > text && g_ascii_isdigit(p[-1])))
			continue;
		for (; *p != '\0' && strchr("0123456789 /()+-", *p) != NULL; p++)
			digits += g_ascii_isdigit(*p);
		if (digits >= PHONE_DIGITS_MIN)
			return true;
		if (*p == '\0')
			break;
	}
	return false;
}

/* `12345 Musterau` */
static bool has_postcode(const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		size_t size = strspn(p, "0123456789");

		if (size == 5 && p[5] == ' ' && g_unichar_isalpha(g_utf8_get_char(p + 6)))
			return true;
		if (size > 0)
			p += size - 1;
	}
	return false;
}

/* `Marktplatz 1` */
static bool has_street(const char *text)
{
	static const char *const ends[] = {"strasse", "str.", "platz", "weg", "allee", "gasse",
	    "ring", "markt", "ufer", "damm", "hof", "wall", "graben", "chaussee", "caddesi", NULL};

	for (const char *p = strchr(text, ' '); p != NULL; p = strchr(p + 1, ' ')) {
		if (!g_ascii_isdigit(p[1]) || strspn(p + 1, "0123456789") > 3)
			continue;
		for (const char *const *end = ends; *end != NULL; end++)
			if ((size_t)(p - text) >= strlen(*end) &&
			    memcmp(p - strlen(*end), *end, strlen(*end)) == 0)
				return true;
	}
	return false;
}

static bool has_contact(const char *text)
{
	static const char *const signs[] = {"www.", "http:", "https:", "postfach ", "sprechzeit",
	    "öffnungszeit", "servicezeit", NULL};
	static const char *const labels[] = {"tel", "fon", "fax", "mobil", "handy", "phone",
	    "durchwahl", "t ", "t:", "f:", "m:", "zimmer ", "raum ", NULL};

	if (lines_has_any(text, signs) || strchr(text, '@') != NULL || has_postcode(text) ||
	    has_street(text))
		return true;
	return lines_begins(text, labels) ? digits_of(text) >= 2 : has_phone(text);
}

static bool is_office_word(const char *word)
{
	static const char *const begins[] = {"stadt", "gemeinde", "samtgemeinde",
	    "verbandsgemeinde", "markt ", "landkreis", "kreis", "amt", "fachbereich", "fachdienst",
	    "fachgebiet", "referat", "dezernat", "abteilung", "sachgebiet", "stabsstelle",
	    "stabstelle", "kämmerei", "kämmerer", "verwaltung", "minist", "behörde", "bezirk",
	    "eigenbetrieb", "zweckverband", "bürgermeister", "bürgerbüro", "oberbürgermeister",
	    "rathaus", "magistrat", "senats", "landratsamt", "landesamt", "bundes", "regierung",
	    "team", "büro", "dipl.", "gmbh", "universität", "hochschule", "belediye", "müdür",
	    "department", "office", "city", "council", "beigeordnete", "dezernent", "direktor",
	    "koordinat", "geschäftsführ", "ingenieur", "vorsitz", "controller", "manager", NULL};
	static const char *const ends[] = {"amt", "verwaltung", "leiter", "leiterin", "leitung",
	    "bearbeiter", "bearbeiterin", "bearbeitung", "referent", "referentin", "beauftragte",
	    "beauftragter", "sekretär", "sekretärin", "inspektor", "inspektorin", "amtmann",
	    "amtfrau", "stelle", "kasse", "betrieb", "betriebe", "werke", "verband", "bauhof",
	    "ministerium", "rat", "rätin", "kraft", "assistenz", "sprecher", "sprecherin",
	    "anwärter", "anwärterin", NULL};

	if (lines_begins(word, begins))
		return true;
	for (const char *const *end = ends; *end != NULL; end++)
		if (g_str_has_suffix(word, *end))
			return true;
	return false;
}

unsigned phrases_office(const struct line *line)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) words = NULL;

	if (line->core_size == 0 || line->core_size > LINE_SIZE_MAX)
		return 0;
	text = line_folded(line);
	if (has_contact(text))
		return 2;
	words = g_strsplit_set(text, " ,;:|/()-", -1);
	for (char **word = words; *word != NULL; word++)
		if (is_office_word(*word))
			return 1;
	return 0;
}

/* -- lines of programs -- */

bool phrases_is_client(const struct line *line)
{
	static const char *const begins[] = {"gesendet von", "gesendet mit", "gesendet über",
	    "gesendet aus", "gesendet via", "gesendet per", "gesendet mittels", "von mein",
	    "von unterwegs", "mobil gesendet", "mobil von", "unterwegs ", "verschickt von",
	    "verschickt mit", "verfasst auf", "verfasst mit", "geschrieben auf",
	    "diese nachricht wurde", "diese e-mail wurde", "this message was sent",
	    "diese mail wurde", "sent from", "sent with", "sent via", "sent using", "get outlook",
	    "holen sie sich outlook", "outlook für", "outlook for", "laden sie outlook",
	    "envoyé de", "verzonden", "freundliche grüsse von mein", "via ", "yahoo mail", "gmx",
	    "web.de", NULL};
	static const char *const devices[] = {"iphone", "ipad", "handy", "smartphone", "galaxy",
	    "samsung", "android", "outlook", "mail", "app", "mobil", "tablet", "windows", "huawei",
	    "xiaomi", "pixel", "blackberry", "thunderbird", "telekom", "gmx", "web.de", "icloud",
	    "proton", "k-9", "messaging", "gerät", "device", "phone", "telefon", "ios", "unterwegs",
	    NULL};
	static const char *const own[] = {
	    "'umdan gönderildi", "’umdan gönderildi", "'dan gönderildi", NULL};
	g_autofree char *text = NULL;

	if (line->core_size < CLIENT_SIZE_MIN || line->core_size > CLIENT_SIZE_MAX)
		return false;
	text = line_folded(line);
	if (lines_has_any(text, own))
		return true;
	return lines_begins(text, begins) && lines_has_any(text, devices) &&
	       strchr(text, '?') == NULL &&
	       (strstr(text, "gesendet") != NULL || strstr(text, "sent") != NULL ||
		   strstr(text, "outlook") != NULL || strstr(text, "envoyé") != NULL ||
		   strstr(text, "verschickt") != NULL || strstr(text, "verfasst") != NULL ||
		   strstr(text, "geschrieben") != NULL || strstr(text, "verzonden") != NULL);
}

bool phrases_is_list_footer(const GArray *lines, unsigned first, unsigned end)
{
	static const char *const list[] = {
	    "mailing list", "mailing-list", "mailingliste", "mailinglist", NULL};
	static const char *const ways[] = {
	    "unsubscribe", "listinfo", "abmeld", "abbestell", "austrag", NULL};
	g_autofree char *text = NULL;

	if (end - first < 2 || end - first > FOOTER_LINES_MAX ||
	    line_at(lines, first)->label != LABEL_FRAME || phrases_asks(lines, first, end))
		return false;
	text = lines_folded(lines, first + 1, end);
	return lines_has_any(text, list) && lines_has_any(text, ways) &&
	       (strchr(text, '@') != NULL || strstr(text, "://") != NULL);
}

/* -- legal notes -- */

/* What such notes speak of; each group counts once. */
/* clang-format off */
static const char *const mail_itself[] = {"diese e-mail", "dieser e-mail", "diese email", "dieser email",
	"diese mail", "dieser mail", "diese nachricht", "dieser nachricht", "diese elektronische",
	"e-mails können", "this e-mail", "this email", "this message", "bu e-posta", "bu mesaj", NULL};
static const char *const mistake[] = {"nicht der richtige", "nicht der vorgesehene", "irrtümlich erhalten",
	"versehentlich erhalten", "intended recipient", NULL};
static const char *const secrecy[] = {"vertraulich", "confidential", "gizli", "rechtlich geschützt",
	"privileged", NULL};
static const char *const addressee[] = {"irrtümlich", "versehentlich", "empfänger", "adressat",
	"recipient", "absender", "alıcı", NULL};
static const char *const disposal[] = {"vernichten", "löschen", "unbefugt", "nicht gestattet", "untersagt",
	"delete", "destroy", "unzulässig", "siliniz", NULL};
static const char *const privacy[] = {"datenschutz", "personenbezogen", "dsgvo", "ds-gvo",
	"verarbeitung ihrer", NULL};
static const char *const place[] = {"http", "www.", "finden sie", "nachlesen", NULL};
static const char *const paper[] = {"drucken", "ausdruck", "ausgedruckt", "before printing", NULL};
static const char *const nature[] = {"umwelt", "papier", "bäume", "wirklich", "environment", "erforderlich ist",
	"notwendig ist", "nötig ist", NULL};
static const char *const viruses[] = {"viren", "virus", "schadsoftware", "avast", "kaspersky", "avira",
	"malware", NULL};
static const char *const checked[] = {"geprüft", "gescannt", "überprüft", "frei von", "scanned", "virenfrei",
	"virus-free", NULL};
static const char *const forms[] = {"rechtsverkehr", "de-mail", "bebpo", "egvp", "signatur", "signiert",
	"verschlüssel", "formgebunden", "schriftform", "rechtsverbindlich", "fristwahrend", "zugangseröffnung",
	"zugang für elektronische", NULL};
static const char *const company[] = {"geschäftsführ", "handelsregister", "amtsgericht", "ust-id",
	"sitz der", "registergericht", "aufsichtsrat", "umsatzsteuer-id", NULL};
static const char *const liable[] = {"haftung", "gewähr", "liability", "liable", NULL};
static const char *const outside[] = {"externe", "[extern]", "absender ausserhalb", "ausserhalb der organisation",
	"external", NULL};
static const char *const caution[] = {"anhänge", "links", "attachments", "vorsicht", "achtung", "caution", NULL};

static const char *const *const groups[] = {mail_itself, secrecy, addressee, disposal, privacy, place, paper,
	nature, viruses, checked, forms, company, liable, outside, caution};

static const char *const headings[] = {"hinweis zum datenschutz", "hinweise zum datenschutz",
	"datenschutzhinweis", "datenschutz:", "informationen zum datenschutz", "information zum datenschutz",
	"informationen zur verarbeitung", "elektronischer rechtsverkehr", "hinweis zum elektronischen",
	"hinweise zum elektronischen", "disclaimer", "rechtlicher hinweis", "rechtliche hinweise",
	"haftungsausschluss", "vertraulichkeit", "hinweis zur vertraulichkeit",  "confidentiality", "zugangseröffnung", "hinweis zur kommunikation",
	"hinweise zur kommunikation", "hinweis zur elektronischen", "hinweise zur elektronischen",
	"bitte denken sie an die umwelt", "denken sie an die umwelt", "der umwelt zuliebe",
	"schonen sie die umwelt", "virenfrei", "virus-free", "yasal uyarı", "gizlilik", NULL};
/* clang-format on */

/* "Geschäftsführerin: …, Amtsgericht … HRB …": two of a kind. */
static bool is_company(const char *text)
{
	unsigned count = 0;

	for (const char *const *word = company; *word != NULL; word++)
		count += strstr(text, *word) != NULL;
	return count >= 2;
}

bool phrases_is_legal(const GArray *lines, unsigned first, unsigned end, bool below)
{
	g_autofree char *text = NULL;
	unsigned score = 0;

	if (phrases_asks(lines, first, end) || phrases_is_list(lines, first, end) ||
	    phrases_is_farewell(line_at(lines, first)))
		return false;
	text = lines_folded(lines, first, end);
	if (strlen(text) < LEGAL_SIZE_MIN)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
		score += lines_has_any(text, groups[i]);
	if (lines_begins(text + strspn(text, "+-=_!#> "), headings))
		return below || score >= 2 || strlen(text) < 60;
	if (is_company(text))
		return true;
	return score >= 2 &&
	       (below || lines_has_any(text, mail_itself) || lines_has_any(text, mistake));
}

bool phrases_is_warning(const GArray *lines, unsigned first, unsigned end)
{
	g_autofree char *text = NULL;

	if (end - first > WARNING_LINES_MAX)
		return false;
	text = lines_folded(lines, first, end);
	return lines_has_any(text, mail_itself) && lines_has_any(text, outside) &&
	       lines_has_any(text, caution) && !phrases_asks(lines, first, end);
}

/* -- shapes -- */

bool phrases_is_postscript(const GArray *lines, unsigned at)
{
	static const char *const marks[] = {"ps", "p.s", "p. s", "pps", "p.p.s", "nb", "n.b",
	    "nachtrag", "postskriptum", "ergänzung", "übrigens", "ach ja", "not", NULL};
	const struct line *line = line_at(lines, at);
	g_autofree char *text = NULL;

	if (line->core_size == 0 || strchr("PpNnEeÜÄüäAa", line->core[0]) == NULL ||
	    line->core_size > 4000)
		return false;
	text = line_folded(line);
	for (const char *const *mark = marks; *mark != NULL; mark++) {
		const char *behind = text + strlen(*mark);

		if (g_str_has_prefix(text, *mark) && strchr(".:,!- ", *behind) != NULL &&
		    (strcmp(*mark, "not") != 0 || *behind == ':'))
			return true;
	}
	return false;
}

/* The line asks: a question mark, but not inside an URL. */
static bool line_asks(const struct line *line)
{
	const char *end = line->core + line->core_size;

	for (const char *p = line->core; p < end; p++)
		if (*p == '?' &&
		    (p + 1 == end || strchr(" \t?!)\"'.", p[1]) != NULL || (p[1] & 0x80)))
			return true;
	return false;
}

bool phrases_asks(const GArray *lines, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		if (line_asks(line_at(lines, i)))
			return true;
	return false;
}

bool phrases_is_item(const struct line *line)
{
	size_t digits = 0;

	while (digits < line->core_size && digits < 3 && g_ascii_isdigit(line->core[digits]))
		digits++;
	return digits > 0 && digits < 3 && digits + 2 < line->core_size &&
	       (line->core[digits] == '.' || line->core[digits] == ')') &&
	       line->core[digits + 1] == ' ';
}

bool phrases_is_list(const GArray *lines, unsigned first, unsigned end)
{
	unsigned items = 0;

	for (unsigned i = first; i < end; i++)
		items += phrases_is_item(line_at(lines, i));
	return items >= 2 || (items == 1 && phrases_office(line_at(lines, first)) < 2);
}

/* A word that is no address: how it begins. */
static void count_word(const char *word, size_t size, unsigned *lower, unsigned *upper)
{
	const gunichar c = g_utf8_get_char(word);

	if (memchr(word, '@', size) != NULL || memmem(word, size, "://", 3) != NULL ||
	    strncmp(word, "www.", 4) == 0)
		return;
	if (g_unichar_islower(c))
		++*lower;
	else if (g_unichar_isalpha(c))
		++*upper;
}

static bool ends_sentence(const struct line *line)
{
	return line->core_size > 0 && strchr(".!,", line->core[line->core_size - 1]) != NULL;
}

bool phrases_is_prose(const GArray *lines, unsigned first, unsigned end)
{
	unsigned lower = 0;
	unsigned upper = 0;

	for (unsigned i = first; i < end; i++) {
		const struct line *line = line_at(lines, i);
		const char *stop = line->core + line->core_size;

		for (const char *p = line->core; p < stop;) {
			const char *word = p;

			while (p < stop && *p != ' ' && *p != '\t')
				p++;
			if (p > word)
				count_word(word, (size_t)(p - word), &lower, &upper);
			p += p < stop;
		}
	}
	if (lower < PROSE_LOWER_MIN)
		return false;
	return ends_sentence(line_at(lines, end - 1))
		   ? 2 * lower >= upper
		   : lower >= upper && lower + upper >= PROSE_WORDS_MIN;
}

bool phrases_is_notice(const GArray *lines, unsigned first, unsigned end)
{
	static const char *const signs[] = {"öffnungszeit", "sprechzeit", "servicezeit",
	    "besuchen sie", "folgen sie", "newsletter", "facebook", "instagram", "stellenangebot",
	    "karriere", "terminvereinbarung", "vereinbaren sie", "erreichen sie uns",
	    "ohne unterschrift gültig", "maschinell erstellt", NULL};
	g_autofree char *text = lines_folded(lines, first, end);

	return lines_has_any(text, signs);
}

bool phrases_leads_on(const struct line *line)
{
	static const char *const words[] = {"ansprechpartner", "kontakt", "erreich", "adresse",
	    "anschrift", "wenden sie", "wendet euch", "zuständig", NULL};
	g_autofree char *text = line_folded(line);

	return g_str_has_suffix(text, ":") || lines_has_any(text, words);
}

bool phrases_is_card(const struct line *line)
{
	unsigned marks = 0;

	for (const char *p = line->core; p < line->core + line->core_size;
	     p += g_utf8_skip[(unsigned char)*p])
		marks += *p == '|' || g_utf8_get_char(p) == 0xb7 || g_utf8_get_char(p) == 0x2022;
	return marks >= CARD_MARKS_MIN && line->core[0] != '|' && phrases_office(line) > 0;
}
