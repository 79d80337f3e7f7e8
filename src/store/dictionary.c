/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/dictionary.h"

#include <stdbool.h>
#include <stdint.h>

#include <zdict.h>

#include "base/err.h"

#define SAMPLES 600
#define DICTIONARY_SIZE ((size_t)64 * 1024)

/* The words that German and English mails between offices are made of. */
static const char words[] =
    "der die das und ist nicht ein eine einen einem einer für mit auf von zu den dem des im in an "
    "auch als aus bei bis dass dann deshalb doch durch er es sie wir ihr ich du man wenn weil aber "
    "oder noch schon nur nach nicht sehr so sich sind sein seine haben hat hatte wird werden wurde "
    "können kann könnte müssen muss müsste sollen soll sollte dürfen darf möchten mag will wollen "
    "über unter vor hinter zwischen gegen ohne um wie was wer wo wann warum welche welcher welches "
    "diese dieser dieses jede jeder alle alles viel viele wenig mehr weniger immer nie oft selten "
    "heute gestern morgen jetzt später früher bereits leider gerne bitte danke vielen Dank gern "
    "natürlich außerdem jedoch trotzdem vielleicht wahrscheinlich besonders eigentlich einfach gut "
    "besser richtig falsch neu alt groß größer klein lang kurz hoch ganz möglich nötig wichtig "
    "Anfrage Antwort Frage Lösung Beispiel Vorschlag Meinung Erfahrung Hinweis Problem Grund "
    "Gemeinde Stadt Kreis Landkreis Verwaltung Amt Rathaus Bürger Bürgerinnen Bürgermeister Rat "
    "Haushalt Kämmerei Gebühren Satzung Gebührensatzung Straße Straßenreinigung Steuer Bescheid "
    "Grundsteuer Gewerbesteuer Kasse Rechnung Buchung Abgabe Beitrag Beiträge Kosten Jahr Euro "
    "Gesetz Verordnung Urteil Gericht Absatz Recht Frist Fristen Antrag Anträge Vorlage Beschluss "
    "Sitzung Ausschuss Termin Treffen Protokoll Anlage Anhang Datei Dokument Akte Vorgang Verfahren "
    "Software Server Rechner Netz Zugang Daten Datenschutz Sicherheit System Formular Seite Liste "
    "Gruppe Nachricht Verteiler Text Zeile Bild Karte Versuch Fehler Ursache Wirkung Prüfung "
    "Änderung Übung Maß Personal Kollegen Kolleginnen Dienst Ausbildung Stelle Arbeit Zeit Woche "
    "Monat Tag Schule Kindergarten Feuerwehr Verkehr Wasser Abwasser Abfall Energie Bau Bauhof "
    "Schlüssel Gerät Geräte Verstärker Platte Leitung Rechnernetz Hafen Umlauf Rundbrief Zeitung "
    "Faden Kapitel Apfel Birne Kürbis Möhre Baum Wiese Wald Feld Rad Fahrrad Kette Bremse Schlauch "
    "Berg Tal Hütte Wetter Regen Sonne Wind Schnee Haus Dach Fenster Tür Tisch Stuhl Raum Fuß Hand "
    "Kopf Auge Mensch Menschen Frau Mann Kind Kinder Leute Familie Freund Freunde Musik Film Buch "
    "Bahn Bus Auto Zug Reise Urlaub Essen Brot Kaffee Geld Preis Kauf Firma Kunde Kunden Auftrag "
    "schön schnell langsam leicht schwer warm kalt offen fertig allein zusammen beide etwas nichts "
    "jemand niemand irgendwie sonst dabei dazu dafür dagegen darüber davon danach dort hier wäre "
    "hätte würde würden wären sagen sagt gesagt machen macht gemacht gehen geht gegangen kommen "
    "kommt stehen steht finden findet gefunden geben gibt lassen sehen sieht wissen weiß denken "
    "glauben meinen nehmen bringen halten bleiben liegen heißen schreiben lesen hören fragen "
    "antworten helfen brauchen nutzen zeigen arbeiten laufen versuchen ändern prüfen klären am "
    "zum zur vom beim ins ans jedenfalls manchmal "
    "Grundstück Eigentümer Wohnung Garten Weg Brücke Platz Markt Verein Presse Mitteilung Medien "
    "the and to of in is that for it on with as you are be this have not from by we at or an if "
    "there would can all which will about one what so but they has been more when my do any other "
    "server mail list group message thread subject please thanks regards version file problem";

static const char *const people[] = {"Petra Lehmann", "J=C3=B6rg_M=C3=BCller", "Thomas Schmidt",
    "Sabine Wagner", "Andreas Becker", "Birgit Hoffmann", "Wolfgang_Sch=C3=A4fer", "Claudia Koch",
    "Uwe Richter", "Monika Klein", "Michael Wolf", "G=C3=BCnther_Schr=C3=B6der"};
static const char *const hosts[] = {"example.org", "example.net", "example.com", "stadt.example.de",
    "kreis.example.de", "gemeinde.example.de"};
static const char *const agents[] = {"Mozilla Thunderbird 115.3", "Microsoft Outlook 16.0",
    "slrn/1.0.3", "tin/2.6.2 (Linux)", "Mutt/2.2.9", "Novell GroupWise Internet Agent",
    "Evolution 3.46", "KMail/5.22", "Claws Mail 4.1.1", "Pan/0.154", "Gnus/5.13 (Gnus v5.13)"};
static const char *const zones[] = {"+0100", "+0200", "+0000", "-0000"};
static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const months[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct maker {
	uint64_t state;
	char **words; /* owned */
	guint n_words;
	GString *out; /* owned */
};

static unsigned dice(struct maker *maker, size_t sides)
{
	maker->state = maker->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned)((maker->state >> 33) % sides);
}

#define one_of(maker, list) ((list)[dice(maker, G_N_ELEMENTS(list))])

static void put_date(struct maker *maker)
{
	g_string_append_printf(maker->out, "%s, %02u %s 20%02u %02u:%02u:%02u %s",
	    one_of(maker, days), 1 + dice(maker, 28), one_of(maker, months), 18 + dice(maker, 12),
	    dice(maker, 24), dice(maker, 60), dice(maker, 60), one_of(maker, zones));
}

static void put_id(struct maker *maker)
{
	g_string_append_printf(maker->out, "<%08x%08x.%u@%s>", dice(maker, UINT32_MAX),
	    dice(maker, UINT32_MAX), dice(maker, 100000), one_of(maker, hosts));
}

enum shape {
	SHAPE_UTF8,
	SHAPE_UTF8_QUOTED, /* quoted-printable: ü is =C3=BC */
	SHAPE_LATIN1,
	SHAPE_LATIN1_QUOTED,
	SHAPES,
};

/* A blank and a word as it stands in a text. */
static void put_word(struct maker *maker, const char *word, enum shape shape)
{
	bool latin1 = shape == SHAPE_LATIN1 || shape == SHAPE_LATIN1_QUOTED;

	g_string_append_c(maker->out, ' ');
	for (const char *c = word; *c; c++) {
		unsigned char octet = (unsigned char)*c;

		/* All letters beyond ASCII in the list are U+00C0 to U+00FF: C3 and one octet. */
		if (latin1 && octet == 0xc3)
			octet = (unsigned char)(*++c + 0x40);
		if (octet >= 0x80 && (shape == SHAPE_UTF8_QUOTED || shape == SHAPE_LATIN1_QUOTED))
			g_string_append_printf(maker->out, "=%02X", octet);
		else
			g_string_append_c(maker->out, (char)octet);
	}
}

static void put_words(struct maker *maker, unsigned n, enum shape shape)
{
	for (unsigned i = 0; i < n; i++)
		put_word(maker, maker->words[dice(maker, maker->n_words)], shape);
}

static void put_head(struct maker *maker)
{
	const char *host = one_of(maker, hosts);
	GString *out = maker->out;

	g_string_append_printf(out,
	    "Return-Path: <>\r\nReceived: from mail.%s (mail.%s [192.0.2.%u])\r\n\tby "
	    "listen.example.de (Postfix) with ESMTPS id %08X\r\n\tfor <liste@listen.example.de>; ",
	    host, host, dice(maker, 255), dice(maker, UINT32_MAX));
	put_date(maker);
	g_string_append_printf(out, " (CET)\r\nFrom: =?utf-8?Q?%s?= <name%u@%s>\r\n",
	    one_of(maker, people), dice(maker, 500), host);
	g_string_append_printf(out, "To: liste@listen.example.de\r\nSubject: %s",
	    one_of(maker, ((const char *const[]){"", "Re: ", "AW: ", "=?utf-8?Q?", "=?utf-8?B?"})));
	put_words(maker, 2 + dice(maker, 6), SHAPE_UTF8_QUOTED);
	g_string_append(out, "\r\nDate: ");
	put_date(maker);
	g_string_append(out, "\r\nMessage-ID: ");
	put_id(maker);
	if (dice(maker, 4) > 0) {
		g_string_append(out, "\r\nReferences: ");
		for (unsigned n = 1 + dice(maker, 4); n > 0; n--) {
			put_id(maker);
			g_string_append(out, n > 1 ? "\r\n " : "\r\nIn-Reply-To: ");
		}
		put_id(maker);
	}
	g_string_append_printf(out, "\r\nUser-Agent: %s\r\n", one_of(maker, agents));
	g_string_append(out, "List-Id: <liste.listen.example.de>\r\nMIME-Version: 1.0\r\n");
}

static void put_text(struct maker *maker, enum shape shape)
{
	for (unsigned lines = 10 + dice(maker, 40); lines > 0; lines--) {
		if (dice(maker, 3) == 0)
			g_string_append(maker->out, "> ");
		put_words(maker, 8 + dice(maker, 4), shape);
		g_string_append(maker->out,
		    one_of(maker, ((const char *const[]){"\r\n", ".\r\n", ".\r\n\r\n", ",\r\n"})));
	}
	g_string_append(maker->out,
	    one_of(maker, ((const char *const[]){"\r\nMit freundlichen Gr\xc3\xbc\xc3\x9f"
						 "en\r\n",
			      "\r\n-- \r\n", "\r\nFreundliche Gr=C3=BC=C3=9Fe aus "})));
}

static void put_mail(struct maker *maker)
{
	unsigned kind = dice(maker, 10);
	enum shape shape = (enum shape)(kind % SHAPES);

	put_head(maker);
	if (kind < 9) {
		g_string_append_printf(maker->out,
		    "Content-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
		    shape < SHAPE_LATIN1 ? "utf-8" : "iso-8859-1",
		    shape % 2 ? "quoted-printable" : "8bit");
		put_text(maker, shape);
		return;
	}
	g_string_append(maker->out,
	    "Content-Type: multipart/alternative; boundary=\"=_0\"\r\n\r\n--=_0\r\nContent-Type: "
	    "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
	put_text(maker, SHAPE_UTF8_QUOTED);
	g_string_append(maker->out,
	    "\r\n--=_0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "
	    "quoted-printable\r\n\r\n<html><body><p>");
	put_text(maker, SHAPE_UTF8_QUOTED);
	g_string_append(maker->out, "</p>\r\n<p></p></body></html>\r\n--=_0--\r\n");
}

/*
 * Some whole heads, then the words in each shape that they have in mails.  What is wanted most
 * stands at the end, since zstd pays for distance: the list of words begins with the commonest.
 */
static void put_content(struct maker *maker)
{
	for (unsigned i = 0; i < 6; i++)
		put_head(maker);
	for (int shape = SHAPES - 1; shape >= 0; shape--)
		for (guint i = maker->n_words; i > 0; i--)
			if (shape == SHAPE_UTF8 || !g_str_is_ascii(maker->words[i - 1]))
				put_word(maker, maker->words[i - 1], (enum shape)shape);
}

GBytes *dictionary_make(GError **error)
{
	struct maker maker = {.state = 20261123, .out = g_string_new(NULL)};
	g_autofree char *room = g_malloc(DICTIONARY_SIZE);
	g_autofree char *content = NULL;
	const ZDICT_params_t params = {.compressionLevel = 3};
	size_t content_size;
	size_t sizes[SAMPLES];
	size_t got;

	maker.words = g_strsplit(words, " ", -1);
	maker.n_words = g_strv_length(maker.words);
	put_content(&maker);
	content_size = maker.out->len;
	content = g_memdup2(maker.out->str, content_size);
	g_string_truncate(maker.out, 0);
	for (size_t i = 0; i < SAMPLES; i++) {
		size_t before = maker.out->len;

		put_mail(&maker);
		sizes[i] = maker.out->len - before;
	}
	got = ZDICT_finalizeDictionary(
	    room, DICTIONARY_SIZE, content, content_size, maker.out->str, sizes, SAMPLES, params);
	g_strfreev(maker.words);
	g_string_free(maker.out, TRUE);
	if (ZDICT_isError(got)) {
		err_set(error, ERR_PERM, "can't make the dictionary: %s", ZDICT_getErrorName(got));
		return NULL;
	}
	return g_bytes_new_take(g_realloc(g_steal_pointer(&room), got), got);
}
