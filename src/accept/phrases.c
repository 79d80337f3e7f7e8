/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/phrases.h"

#include <stdbool.h>
#include <string.h>

#include <glib.h>

#include "article/subject.h"

/* Where in the subject a phrase has to stand. */
enum how {
	COLON, /* a colon is behind it */
	ALONE, /* a colon is behind it, or nothing */
	START, /* another word or nothing */
	UNTIL, /* dates and `bis`, and nothing else */
	LIKE,  /* the whole subject fits the pattern, with `*` */
};

/* As folded() leaves them: small letters, ae for ä, ss for ß; `?` for a letter with an accent. */
static const struct {
	enum phrase phrase;
	enum how how;
	const char *text;
} phrases[] = {
    /* clang-format off */
	{PHRASE_ANSWER,    COLON, "abwesend"},
	{PHRASE_ANSWER,    UNTIL, "abwesend"},
	{PHRASE_ANSWER,    ALONE, "abwesenheit"},
	{PHRASE_ANSWER,    UNTIL, "abwesenheit"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsagent"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsassistent"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsbenachrichtigung"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitshinweis"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsinfo"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsmeldung"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsmitteilung"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsnachricht"},
	{PHRASE_ANSWER,    ALONE, "abwesenheitsnotiz"},
	{PHRASE_ANSWER,    UNTIL, "abwesenheitsnotiz"},
	{PHRASE_ANSWER,    ALONE, "antwort bei abwesenheit"},
	{PHRASE_ANSWER,    LIKE,  "auto: * ist nicht im buero*"},
	{PHRASE_ANSWER,    LIKE,  "auto: * is out of the office*"},
	{PHRASE_ANSWER,    ALONE, "auto-antwort"},
	{PHRASE_ANSWER,    ALONE, "auto-reply"},
	{PHRASE_ANSWER,    ALONE, "auto reply"},
	{PHRASE_ANSWER,    ALONE, "auto response"},
	{PHRASE_ANSWER,    ALONE, "automated reply"},
	{PHRASE_ANSWER,    ALONE, "automatic reply"},
	{PHRASE_ANSWER,    ALONE, "automatisch erstellte antwort"},
	{PHRASE_ANSWER,    ALONE, "automatisch generierte antwort"},
	{PHRASE_ANSWER,    ALONE, "automatische abwesenheitsnotiz"},
	{PHRASE_ANSWER,    ALONE, "automatische antwort"},
	{PHRASE_ANSWER,    ALONE, "automatische eingangsbestaetigung"},
	{PHRASE_ANSWER,    ALONE, "automatische empfangsbestaetigung"},
	{PHRASE_ANSWER,    ALONE, "automatische rueckantwort"},
	{PHRASE_ANSWER,    ALONE, "autoreply"},
	{PHRASE_ANSWER,    ALONE, "autoresponse"},
	{PHRASE_ANSWER,    LIKE,  "* (abwesend)"},
	{PHRASE_ANSWER,    LIKE,  "* (abwesenheitsnotiz)"},
	{PHRASE_ANSWER,    LIKE,  "* (automatische antwort)"},
	{PHRASE_ANSWER,    LIKE,  "* (out of office*)"},
	{PHRASE_ANSWER,    LIKE,  "* ist ausser haus."},
	{PHRASE_ANSWER,    LIKE,  "* ist nicht im buero."},
	{PHRASE_ANSWER,    ALONE, "absence du bureau"},
	{PHRASE_ANSWER,    UNTIL, "ausser haus"},
	{PHRASE_ANSWER,    ALONE, "ausser haus"},
	{PHRASE_ANSWER,    UNTIL, "auf urlaub"},
	{PHRASE_ANSWER,    UNTIL, "bin auf urlaub"},
	{PHRASE_ANSWER,    UNTIL, "bin im urlaub"},
	{PHRASE_ANSWER,    START, "bin nicht im buero"},
	{PHRASE_ANSWER,    COLON, "eingangsbestaetigung"},
	{PHRASE_ANSWER,    UNTIL, "ferien"},
	{PHRASE_ANSWER,    ALONE, "ferienabwesenheit"},
	{PHRASE_ANSWER,    UNTIL, "ferienabwesenheit"},
	{PHRASE_ANSWER,    UNTIL, "ferienhalber abwesend"},
	{PHRASE_ANSWER,    ALONE, "ferienhalber abwesend"},
	{PHRASE_ANSWER,    COLON, "fuori sede"},
	{PHRASE_ANSWER,    START, "ich befinde mich auf urlaub"},
	{PHRASE_ANSWER,    START, "ich befinde mich im urlaub"},
	{PHRASE_ANSWER,    START, "ich bin auf urlaub"},
	{PHRASE_ANSWER,    START, "ich bin ausser haus"},
	{PHRASE_ANSWER,    START, "ich bin derzeit nicht erreichbar"},
	{PHRASE_ANSWER,    START, "ich bin derzeit nicht im buero"},
	{PHRASE_ANSWER,    START, "ich bin derzeit nicht im haus"},
	{PHRASE_ANSWER,    START, "ich bin im urlaub"},
	{PHRASE_ANSWER,    START, "ich bin in den ferien"},
	{PHRASE_ANSWER,    START, "ich bin nicht im buero"},
	{PHRASE_ANSWER,    START, "ich bin zur zeit nicht im buero"},
	{PHRASE_ANSWER,    START, "ich bin zurzeit nicht im buero"},
	{PHRASE_ANSWER,    START, "i am out of office"},
	{PHRASE_ANSWER,    START, "i am out of the office"},
	{PHRASE_ANSWER,    UNTIL, "im urlaub"},
	{PHRASE_ANSWER,    UNTIL, "in den ferien"},
	{PHRASE_ANSWER,    UNTIL, "in karenz"},
	{PHRASE_ANSWER,    ALONE, "nicht im buero"},
	{PHRASE_ANSWER,    UNTIL, "nicht im buero"},
	{PHRASE_ANSWER,    ALONE, "nicht im dienst"},
	{PHRASE_ANSWER,    UNTIL, "nicht im dienst"},
	{PHRASE_ANSWER,    UNTIL, "ortsabwesend"},
	{PHRASE_ANSWER,    ALONE, "ortsabwesend"},
	{PHRASE_ANSWER,    ALONE, "out of office"},
	{PHRASE_ANSWER,    START, "out of office autoreply"},
	{PHRASE_ANSWER,    START, "out of office reply"},
	{PHRASE_ANSWER,    START, "out of office until"},
	{PHRASE_ANSWER,    ALONE, "out of the office"},
	{PHRASE_ANSWER,    COLON, "r?ponse automatique"},
	{PHRASE_ANSWER,    COLON, "risposta automatica"},
	{PHRASE_ANSWER,    UNTIL, "urlaub"},
	{PHRASE_ANSWER,    ALONE, "urlaubsabwesenheit"},
	{PHRASE_ANSWER,    ALONE, "urlaubsbenachrichtigung"},
	{PHRASE_ANSWER,    ALONE, "urlaubsmeldung"},
	{PHRASE_ANSWER,    ALONE, "urlaubsnotiz"},
	{PHRASE_ANSWER,    ALONE, "vacation reply"},

	{PHRASE_REPORT,    START, "delivery failure"},
	{PHRASE_REPORT,    START, "delivery status notification"},
	{PHRASE_REPORT,    ALONE, "failure notice"},
	{PHRASE_REPORT,    START, "mail delivery failed"},
	{PHRASE_REPORT,    START, "mail delivery failure"},
	{PHRASE_REPORT,    START, "mail system error - returned mail"},
	{PHRASE_REPORT,    START, "message status - undeliverable"},
	{PHRASE_REPORT,    START, "nachrichtenstatus - nicht zustellbar"},
	{PHRASE_REPORT,    ALONE, "nicht zustellbar"},
	{PHRASE_REPORT,    COLON, "non remis"},
	{PHRASE_REPORT,    COLON, "non recapitabile"},
	{PHRASE_REPORT,    COLON, "relayed"},
	{PHRASE_REPORT,    COLON, "returned mail"},
	{PHRASE_REPORT,    COLON, "uebermittelt"},
	{PHRASE_REPORT,    COLON, "uebermittlung verzoegert"},
	{PHRASE_REPORT,    COLON, "uebermittlungsfehler"},
	{PHRASE_REPORT,    COLON, "undeliverable"},
	{PHRASE_REPORT,    COLON, "undeliverable mail"},
	{PHRASE_REPORT,    START, "undelivered mail returned to sender"},
	{PHRASE_REPORT,    ALONE, "unzustellbar"},
	{PHRASE_REPORT,    ALONE, "unzustellbare nachricht"},
	{PHRASE_REPORT,    ALONE, "unzustellbarkeitsbericht"},
	{PHRASE_REPORT,    COLON, "zugestellt"},
	{PHRASE_REPORT,    COLON, "zustellbericht"},
	{PHRASE_REPORT,    ALONE, "zustellfehler"},
	{PHRASE_REPORT,    COLON, "zustellung fehlgeschlagen"},
	{PHRASE_REPORT,    COLON, "zustellung verzoegert"},
	{PHRASE_REPORT,    COLON, "zustellungsfehler"},

	{PHRASE_RECEIPT,   COLON, "deleted"},
	{PHRASE_RECEIPT,   ALONE, "empfangsbestaetigung"},
	{PHRASE_RECEIPT,   COLON, "gelesen"},
	{PHRASE_RECEIPT,   ALONE, "lesebestaetigung"},
	{PHRASE_RECEIPT,   START, "lesebestaetigung (angezeigt)"},
	{PHRASE_RECEIPT,   COLON, "letto"},
	{PHRASE_RECEIPT,   COLON, "lu"},
	{PHRASE_RECEIPT,   START, "message status - opened"},
	{PHRASE_RECEIPT,   START, "nachrichtenstatus - geoeffnet"},
	{PHRASE_RECEIPT,   COLON, "nicht gelesen"},
	{PHRASE_RECEIPT,   COLON, "not read"},
	{PHRASE_RECEIPT,   COLON, "read"},
	{PHRASE_RECEIPT,   START, "read receipt"},
	{PHRASE_RECEIPT,   START, "return receipt"},
	{PHRASE_RECEIPT,   COLON, "ungelesen geloescht"},

	{PHRASE_CALENDAR,  COLON, "abgelehnt"},
	{PHRASE_CALENDAR,  COLON, "accept?"},
	{PHRASE_CALENDAR,  COLON, "accepted"},
	{PHRASE_CALENDAR,  COLON, "accettato"},
	{PHRASE_CALENDAR,  COLON, "angenommen"},
	{PHRASE_CALENDAR,  COLON, "declined"},
	{PHRASE_CALENDAR,  COLON, "mit vorbehalt"},
	{PHRASE_CALENDAR,  COLON, "mit vorbehalt zugesagt"},
	{PHRASE_CALENDAR,  COLON, "neue zeit vorgeschlagen"},
	{PHRASE_CALENDAR,  COLON, "new time proposed"},
	{PHRASE_CALENDAR,  COLON, "refus?"},
	{PHRASE_CALENDAR,  COLON, "rifiutato"},
	{PHRASE_CALENDAR,  COLON, "tentative"},
	{PHRASE_CALENDAR,  COLON, "tentatively accepted"},
	{PHRASE_CALENDAR,  COLON, "unter vorbehalt"},
	{PHRASE_CALENDAR,  COLON, "vorlaeufig zugesagt"},
	{PHRASE_CALENDAR,  COLON, "zugesagt"},

	{PHRASE_RECALL,    LIKE,  "* moechte die nachricht*zurueckrufen*"},
	{PHRASE_RECALL,    LIKE,  "* would like to recall the message*"},
	{PHRASE_RECALL,    COLON, "message recall"},
	{PHRASE_RECALL,    START, "message recall failure"},
	{PHRASE_RECALL,    START, "message recall success"},
	{PHRASE_RECALL,    COLON, "nachrichtenrueckruf"},
	{PHRASE_RECALL,    COLON, "recall"},
	{PHRASE_RECALL,    COLON, "rueckruf"},

	{PHRASE_CHALLENGE, START, "bitte bestaetigen sie ihre e-mail"},
	{PHRASE_CHALLENGE, START, "bitte bestaetigen sie ihre nachricht"},
	{PHRASE_CHALLENGE, START, "please confirm your message"},
	{PHRASE_CHALLENGE, START, "please confirm your e-mail"},
	{PHRASE_CHALLENGE, START, "please confirm your email"},
	{PHRASE_CHALLENGE, START, "your email requires verification"},
    /* clang-format on */
};

/* Words of a date, folded, without the points and commas around them. */
static const char *const date_words[] = {"ab", "am", "april", "august", "bis", "dezember",
    "dienstag", "donnerstag", "einschl", "einschliesslich", "feber", "februar", "freitag", "inkl",
    "inklusive", "jaenner", "januar", "juli", "juni", "maerz", "mai", "mittwoch", "montag",
    "november", "oktober", "samstag", "september", "sonntag", "und", "uhr", "vom", "von", "zum"};

/* How a word may be written in place of another one. */
static const struct {
	const char *from;
	const char *to;
} spellings[] = {
    /* clang-format off */
	{"\xc3\xa4", "ae"}, {"\xc3\xb6", "oe"}, {"\xc3\xbc", "ue"}, /* ä ö ü */
	{"\xef\xbc\x9a", ":"}, {" :", ":"}, /* the wide colon and the French one */
    /* clang-format on */
};

static char *folded(const char *subject)
{
	g_autofree char *fold = subject_folded(subject);
	GString *text = g_string_new(fold);

	for (size_t i = 0; i < G_N_ELEMENTS(spellings); i++)
		g_string_replace(text, spellings[i].from, spellings[i].to, 0);
	return g_string_free(text, FALSE);
}

/* Behind what a mail gateway puts in front: `[EXTERN] `. */
static const char *behind_tags(const char *text)
{
	while (*text == '[' && strchr(text, ']') != NULL) {
		text = strchr(text, ']') + 1;
		text += strspn(text, " ");
	}
	return text;
}

static bool is_date_word(const char *word)
{
	const size_t digits = strspn(word, "0123456789./-:");

	if (word[digits] == '\0')
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(date_words); i++)
		if (strcmp(word, date_words[i]) == 0)
			return true;
	return false;
}

/* True if text is a stretch of time with its end: ` vom 3. bis 21.8.2026`. */
static bool is_until(const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " ,.!()", -1);
	bool until = false;

	for (char **word = words; *word != NULL; word++) {
		if (!is_date_word(*word))
			return false;
		until = until || strcmp(*word, "bis") == 0;
	}
	return until;
}

/* Behind the phrase that text begins with, NULL if it does not. */
static const char *behind(const char *text, const char *phrase)
{
	for (; *phrase != '\0'; phrase++) {
		if (*text == '\0' || (*phrase != '?' && *phrase != *text))
			return NULL;
		text += *phrase == '?' ? g_utf8_skip[(unsigned char)*text] : 1;
	}
	return text;
}

static bool fits(const char *text, enum how how, const char *phrase)
{
	const char *rest = how == LIKE ? NULL : behind(text, phrase);

	if (how == LIKE)
		return g_pattern_match_simple(phrase, text);
	if (rest == NULL)
		return false;
	switch (how) {
	case COLON:
		return *rest == ':';
	case ALONE:
		return *rest == ':' || rest[strspn(rest, ".! ")] == '\0';
	case START:
		return !g_unichar_isalnum(g_utf8_get_char(rest));
	case UNTIL:
		return is_until(rest);
	case LIKE:
		break;
	}
	return false;
}

enum phrase phrases_find(const char *subject)
{
	g_autofree char *fold = folded(subject);
	const char *text = behind_tags(fold);

	for (size_t i = 0; i < G_N_ELEMENTS(phrases); i++)
		if (fits(text, phrases[i].how, phrases[i].text))
			return phrases[i].phrase;
	return PHRASE_NONE;
}
