/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "article/body.h"
#include "base/columns.h"
#include "base/dates.h"
#include "base/text.h"
#include "base/timetable.h"
#include "digest/order.h"

/* -- making a digest -- */

static int64_t at(const char *text)
{
	int64_t seconds = 0;

	assert_true(text_time(text, &seconds));
	return seconds;
}

static struct digest *make_digest(enum lang lang)
{
	struct digest *digest = digest_new();

	digest->language = lang;
	digest->zone = dates_zone("Europe/Berlin");
	digest->at = at("2026-11-24T06:30:00+01:00");
	digest->minute = 390;
	digest->days = TIMETABLE_WORKDAYS;
	return digest;
}

static struct digest_thread *add_thread(
    struct digest *digest, const char *subject, const char *group, const char *begun)
{
	struct digest_thread *thread = digest_thread_new();
	g_autofree char *local = g_utf8_strdown(group, -1);

	thread->root = digest->threads->len + 1;
	thread->begun = at(begun);
	thread->subject = g_strdup(subject);
	thread->group_title = g_strdup(group);
	thread->group_address = g_strdup_printf("%s@listen.example.de", local);
	g_ptr_array_add(digest->threads, thread);
	return thread;
}

/* wanted: the place of the parent among the thread's posts, from 1; 0: none. */
static struct digest_post *add_post(struct digest_thread *thread, unsigned wanted,
    const char *author, const char *date, const char *text)
{
	struct digest_post *post = digest_post_new();

	g_ptr_array_add(thread->posts, post);
	post->article = thread->root * 1000 + thread->posts->len;
	post->wanted = wanted > 0 ? thread->root * 1000 + wanted : 0;
	post->date = at(date);
	post->author = g_strdup(author);
	post->text = g_strdup(text);
	return post;
}

static void free_attachment(gpointer data)
{
	struct attachment *attachment = data;

	g_free(attachment->name);
	g_free(attachment);
}

static void attach(struct digest_post *post, const char *name, int64_t size)
{
	struct attachment *attachment = g_new(struct attachment, 1);

	if (post->attachments == NULL)
		post->attachments = g_ptr_array_new_with_free_func(free_attachment);
	attachment->name = g_strdup(name);
	attachment->size = size;
	g_ptr_array_add(post->attachments, attachment);
}

static char *text_of(struct digest *digest)
{
	digest_order(digest);
	return digest_text(digest);
}

/* -- what a day looks like -- */

static struct digest *sample(enum lang lang)
{
	struct digest *digest = make_digest(lang);
	struct digest_thread *thread;
	struct digest_post *post;

	g_ptr_array_add(digest->titles, g_strdup("Finanzen"));
	g_ptr_array_add(digest->titles, g_strdup("E-Akte"));

	thread = add_thread(digest,
	    "Haushaltsplan: Muster 12 für die Doppik, welche Fassung gilt "
	    "und wer hat sie schon eingespielt?",
	    "Finanzen", "2024-02-05T10:00:00+01:00");
	add_post(thread, 0, "kaemmerei@beispielstadt.example.de", "2026-11-23T16:20:00+01:00",
	    "> Wir warten noch auf den Erlass, weil das Ministerium die Zuordnung der Konten noch "
	    "einmal ändern will\n"
	    "Der Erlass ist seit Freitag da.\n");

	thread = add_thread(
	    digest, "E-Akte: Fristen beim Scannen", "E-Akte", "2026-11-23T11:00:00+01:00");
	thread->fresh = true;
	add_post(thread, 0, "Ayşe Yılmaz", "2026-11-23T11:00:00+01:00",
	    "Wie lange hebt ihr das Papier nach dem Scannen auf? Bei uns steht in der "
	    "Dienstanweisung:\n"
	    "\n"
	    "1. Eingangspost: drei Monate, danach vernichten, wenn niemand widersprochen hat\n"
	    "2. Urkunden:     immer\n"
	    "\n"
	    "Amt       Scanner   Blatt am Tag\n"
	    "Kasse           2            400\n"
	    "Bauamt          1          1.250   (mit allen Plänen, die über A3 hinausgehen)\n"
	    "\n"
	    "Die Vorlage liegt unter "
	    "https://intern.beispielstadt.example.de/dienstanweisungen/scannen/2026/entwurf-3.html"
	    " bereit.\n");
	add_post(thread, 1, "Bauhof", "2026-11-23T13:05:00+01:00", "\n\n");

	thread = add_thread(
	    digest, "Gebührensatzung Straßenreinigung", "Finanzen", "2026-11-19T08:00:00+01:00");
	thread->own = true;
	post = add_post(thread, 0, "Petra Lehmann, Stadt Musterau", "2026-11-23T09:12:00+01:00",
	    "Guten Morgen,\n\nwir haben in § 4 nach der Häufigkeit der Reinigung gestaffelt; das "
	    "Gericht hatte daran 2025 nichts auszusetzen. Die Kalkulation hängt an.\n");
	attach(post, "Kalkulation_2027.xlsx", 48 * 1024 - 5);
	attach(post, "Satzung (Lesefassung).pdf", 1300000);
	attach(post, "", 80);
	post->reply_to = g_strdup("finanzen+k3f5a2c7@listen.example.de");
	add_post(thread, 1, "Jörg Müller, Gemeinde Beispielstadt", "2026-11-23T10:40:00+01:00",
	    "> nach der Häufigkeit der Reinigung\n\nDanke! Was macht ihr mit Eckgrundstücken?\n");
	add_post(thread, 2, "Petra Lehmann, Stadt Musterau", "2026-11-23T10:55:00+01:00",
	    "Die zahlen für beide Seiten, aber jede nur zu zwei Dritteln.\n");
	add_post(thread, 1, "A. Yılmaz", "2026-11-23T12:00:00+01:00", "Bei uns auch so.");

	thread = add_thread(digest, "", "E-Akte", "2026-11-24T01:00:00+01:00");
	thread->fresh = true;
	add_post(thread, 0, "Hauptamt", "2026-11-24T01:00:00+01:00",
	    "Die Schulung am Donnerstag fällt aus.");
	digest->counted = 2;
	return digest;
}

/* clang-format off */
static const char german[] =
    "Tagesüberblick für Dienstag, 24. November 2026\n"
    "4 Themen, 8 neue Beiträge  ·  Neues aus: Finanzen, E-Akte\n"
    "\n"
    "  IHRE THEMEN\n"
    "  1  Gebührensatzung Straßenreinigung                   Finanzen   4 neu\n"
    "  NEUE THEMEN\n"
    "  2  E-Akte: Fristen beim Scannen                       E-Akte     2 neu\n"
    "  3  (ohne Betreff)                                     E-Akte     1 neu\n"
    "  LAUFENDE THEMEN\n"
    "  4  Haushaltsplan: Muster 12 für die Doppik, welche…   Finanzen   1 neu\n"
    "  2 weitere Beiträge werden hier nicht gezeigt.\n"
    "\n"
    "========================================================================\n"
    "1  Gebührensatzung Straßenreinigung              [Finanzen, seit 19.11.]\n"
    "========================================================================\n"
    "\n"
    "Petra Lehmann, Stadt Musterau                       Mo 23.11., 09:12 Uhr\n"
    "\n"
    "   Guten Morgen,\n"
    "\n"
    "   wir haben in § 4 nach der Häufigkeit der Reinigung gestaffelt; das\n"
    "   Gericht hatte daran 2025 nichts auszusetzen. Die Kalkulation hängt\n"
    "   an.\n"
    "\n"
    "   Anhang: Kalkulation_2027.xlsx (48 KB)\n"
    "   Anhang: Satzung (Lesefassung).pdf (1,2 MB)\n"
    "   Anhang: (ohne Namen) (1 KB)\n"
    "   Antworten: finanzen+k3f5a2c7@listen.example.de\n"
    "\n"
    "   Jörg Müller, Gemeinde Beispielstadt              Mo 23.11., 10:40 Uhr\n"
    "\n"
    "      > nach der Häufigkeit der Reinigung\n"
    "\n"
    "      Danke! Was macht ihr mit Eckgrundstücken?\n"
    "\n"
    "      Petra Lehmann, Stadt Musterau                 Mo 23.11., 10:55 Uhr\n"
    "\n"
    "         Die zahlen für beide Seiten, aber jede nur zu zwei Dritteln.\n"
    "\n"
    "   A. Yılmaz                                        Mo 23.11., 12:00 Uhr\n"
    "\n"
    "      Bei uns auch so.\n"
    "\n"
    "========================================================================\n"
    "2  E-Akte: Fristen beim Scannen                    [E-Akte, seit 23.11.]\n"
    "========================================================================\n"
    "\n"
    "Ayşe Yılmaz                                         Mo 23.11., 11:00 Uhr\n"
    "\n"
    "   Wie lange hebt ihr das Papier nach dem Scannen auf? Bei uns steht in\n"
    "   der Dienstanweisung:\n"
    "\n"
    "   1. Eingangspost: drei Monate, danach vernichten, wenn niemand\n"
    "      widersprochen hat\n"
    "   2. Urkunden:     immer\n"
    "\n"
    "   Amt       Scanner   Blatt am Tag\n"
    "   Kasse           2            400\n"
    "   Bauamt          1          1.250   (mit allen Plänen, die über A3 hinausgehen)\n"
    "\n"
    "   Die Vorlage liegt unter\n"
    "   https://intern.beispielstadt.example.de/dienstanweisungen/scannen/2026/entwurf-3.html\n"
    "   bereit.\n"
    "\n"
    "   Bauhof                                           Mo 23.11., 13:05 Uhr\n"
    "\n"
    "      (kein Text)\n"
    "\n"
    "========================================================================\n"
    "3  (ohne Betreff)                                  [E-Akte, seit 24.11.]\n"
    "========================================================================\n"
    "\n"
    "Hauptamt                                            Di 24.11., 01:00 Uhr\n"
    "\n"
    "   Die Schulung am Donnerstag fällt aus.\n"
    "\n"
    "========================================================================\n"
    "4  Haushaltsplan: Muster 12 für die Doppik, welche Fassung gilt und wer\n"
    "   hat sie schon eingespielt?                      [Finanzen, seit 2024]\n"
    "========================================================================\n"
    "\n"
    "kaemmerei@beispielstadt.example.de                  Mo 23.11., 16:20 Uhr\n"
    "\n"
    "   > Wir warten noch auf den Erlass, weil das Ministerium die Zuordnung\n"
    "   > der Konten noch einmal ändern will\n"
    "   Der Erlass ist seit Freitag da.\n"
    "\n"
    "------------------------------------------------------------------------\n"
    "Sie erhalten diesen Überblick werktags um 06:30 Uhr.\n"
    "Eine Antwort geht an alle Mitglieder der Liste, die darüber steht.\n"
    "Abbestellen: eine leere E-Mail an ueberblick-ab@listen.example.de\n";

static const char english[] =
    "Daily overview for Tuesday, 24 November 2026\n"
    "4 threads, 8 new posts  ·  News from: Finanzen, E-Akte\n"
    "\n"
    "  YOUR THREADS\n"
    "  1  Gebührensatzung Straßenreinigung                   Finanzen   4 new\n"
    "  NEW THREADS\n"
    "  2  E-Akte: Fristen beim Scannen                       E-Akte     2 new\n"
    "  3  (no subject)                                       E-Akte     1 new\n"
    "  CONTINUED THREADS\n"
    "  4  Haushaltsplan: Muster 12 für die Doppik, welche…   Finanzen   1 new\n"
    "  2 more posts are not shown here.\n"
    "\n"
    "========================================================================\n"
    "1  Gebührensatzung Straßenreinigung             [Finanzen, since 19 Nov]\n"
    "========================================================================\n"
    "\n"
    "Petra Lehmann, Stadt Musterau                          Mon 23 Nov, 09:12\n"
    "\n"
    "   Guten Morgen,\n"
    "\n"
    "   wir haben in § 4 nach der Häufigkeit der Reinigung gestaffelt; das\n"
    "   Gericht hatte daran 2025 nichts auszusetzen. Die Kalkulation hängt\n"
    "   an.\n"
    "\n"
    "   Attachment: Kalkulation_2027.xlsx (48 KB)\n"
    "   Attachment: Satzung (Lesefassung).pdf (1.2 MB)\n"
    "   Attachment: (no name) (1 KB)\n"
    "   Answer: finanzen+k3f5a2c7@listen.example.de\n"
    "\n"
    "   Jörg Müller, Gemeinde Beispielstadt                 Mon 23 Nov, 10:40\n"
    "\n"
    "      > nach der Häufigkeit der Reinigung\n"
    "\n"
    "      Danke! Was macht ihr mit Eckgrundstücken?\n"
    "\n"
    "      Petra Lehmann, Stadt Musterau                    Mon 23 Nov, 10:55\n"
    "\n"
    "         Die zahlen für beide Seiten, aber jede nur zu zwei Dritteln.\n"
    "\n"
    "   A. Yılmaz                                           Mon 23 Nov, 12:00\n"
    "\n"
    "      Bei uns auch so.\n"
    "\n"
    "========================================================================\n"
    "2  E-Akte: Fristen beim Scannen                   [E-Akte, since 23 Nov]\n"
    "========================================================================\n"
    "\n"
    "Ayşe Yılmaz                                            Mon 23 Nov, 11:00\n"
    "\n"
    "   Wie lange hebt ihr das Papier nach dem Scannen auf? Bei uns steht in\n"
    "   der Dienstanweisung:\n"
    "\n"
    "   1. Eingangspost: drei Monate, danach vernichten, wenn niemand\n"
    "      widersprochen hat\n"
    "   2. Urkunden:     immer\n"
    "\n"
    "   Amt       Scanner   Blatt am Tag\n"
    "   Kasse           2            400\n"
    "   Bauamt          1          1.250   (mit allen Plänen, die über A3 hinausgehen)\n"
    "\n"
    "   Die Vorlage liegt unter\n"
    "   https://intern.beispielstadt.example.de/dienstanweisungen/scannen/2026/entwurf-3.html\n"
    "   bereit.\n"
    "\n"
    "   Bauhof                                              Mon 23 Nov, 13:05\n"
    "\n"
    "      (no text)\n"
    "\n"
    "========================================================================\n"
    "3  (no subject)                                   [E-Akte, since 24 Nov]\n"
    "========================================================================\n"
    "\n"
    "Hauptamt                                               Tue 24 Nov, 01:00\n"
    "\n"
    "   Die Schulung am Donnerstag fällt aus.\n"
    "\n"
    "========================================================================\n"
    "4  Haushaltsplan: Muster 12 für die Doppik, welche Fassung gilt und wer\n"
    "   hat sie schon eingespielt?                     [Finanzen, since 2024]\n"
    "========================================================================\n"
    "\n"
    "kaemmerei@beispielstadt.example.de                     Mon 23 Nov, 16:20\n"
    "\n"
    "   > Wir warten noch auf den Erlass, weil das Ministerium die Zuordnung\n"
    "   > der Konten noch einmal ändern will\n"
    "   Der Erlass ist seit Freitag da.\n"
    "\n"
    "------------------------------------------------------------------------\n"
    "You get this overview on working days at 06:30.\n"
    "An answer goes to all members of the list above it.\n"
    "To end it: an empty mail to ueberblick-ab@listen.example.de\n";
/* clang-format on */

static void check_sample(enum lang lang, const char *wanted)
{
	struct digest *digest = sample(lang);
	g_autofree char *got = text_of(digest);

	assert_string_equal(got, wanted);
	digest_free(digest);
}

static void in_german(void **state)
{
	(void)state;
	check_sample(LANG_DE, german);
}

static void in_english(void **state)
{
	(void)state;
	check_sample(LANG_EN, english);
}

/* -- long posts -- */

/* The lines of a text below the left edge: all of the only post that a digest has. */
static GPtrArray *lines_shown(const char *post)
{
	struct digest *digest = make_digest(LANG_DE);
	struct digest_thread *thread =
	    add_thread(digest, "Lang", "Bau", "2026-11-23T11:00:00+01:00");
	GPtrArray *shown = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	bool below = false;

	add_post(thread, 0, "Bauamt", "2026-11-23T11:00:00+01:00", post);
	text = text_of(digest);
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		if (below && g_str_has_prefix(*line, "   "))
			g_ptr_array_add(shown, g_strdup(*line + 3));
		below = below || g_str_has_prefix(*line, "Bauamt");
	}
	digest_free(digest);
	return shown;
}

/* so many lines; from `item` on, if it is not 0, they are one list item. */
static char *long_post(unsigned count, unsigned item)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 1; i <= count; i++)
		g_string_append_printf(out, "%sZeile %u\n",
		    item == 0 || i < item ? ""
		    : i == item		  ? "- "
					  : "  ",
		    i);
	return g_string_free(out, FALSE);
}

static void long_posts(void **state)
{
	static const struct {
		unsigned lines;
		unsigned item;
		unsigned shown;
		const char *rest;
	} cases[] = {
	    {1, 0, 1, NULL},
	    {60, 0, 60, NULL},
	    {61, 0, 61, NULL},
	    {75, 0, 75, NULL},
	    {76, 0, 60, "[… 16 weitere Zeilen ausgelassen]"},
	    {5000, 0, 60, "[… 4940 weitere Zeilen ausgelassen]"},
	    {100, 61, 60, "[… 40 weitere Zeilen ausgelassen]"},
	    {100, 60, 59, "[… 41 weitere Zeilen ausgelassen]"},
	    {100, 50, 49, "[… 51 weitere Zeilen ausgelassen]"},
	    {100, 1, 60, "[… 40 weitere Zeilen ausgelassen]"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *post = long_post(cases[i].lines, cases[i].item);
		g_autoptr(GPtrArray) shown = lines_shown(post);
		g_autofree char *last = g_strdup_printf("Zeile %u", cases[i].shown);

		assert_int_equal(shown->len, cases[i].shown + (cases[i].rest != NULL));
		assert_non_null(strstr(shown->pdata[cases[i].shown - 1], last));
		if (cases[i].rest != NULL)
			assert_string_equal(shown->pdata[shown->len - 1], cases[i].rest);
	}
}

/* A row that is broken at 900 octets is one row. */
static void long_rows(void **state)
{
	g_autoptr(GString) post = g_string_new(NULL);
	g_autoptr(GPtrArray) shown = NULL;

	(void)state;
	for (unsigned i = 0; i < 59; i++)
		g_string_append(post, "Zeile\n");
	g_string_append_c(post, '|');
	for (unsigned i = 0; i < 20000; i++)
		g_string_append(post, "Zelle|");
	shown = lines_shown(post->str);
	assert_int_equal(shown->len, 60);
	assert_string_equal(shown->pdata[58], "Zeile");
	assert_true(g_str_has_prefix(shown->pdata[59], "[… 1"));
}

/* -- the mail's subject -- */

static void subjects(void **state)
{
	static const struct {
		const char *threads[6];
		const char *german;
		const char *english;
	} cases[] = {
	    {{"Gebührensatzung"}, "Tagesüberblick 24.11.: Gebührensatzung (4)",
		"Daily overview 24 Nov: Gebührensatzung (4)"},
	    {{"Gebührensatzung", ""},
		"Tagesüberblick 24.11.: Gebührensatzung (4) und (ohne Betreff) (4)",
		"Daily overview 24 Nov: Gebührensatzung (4) and (no subject) (4)"},
	    {{"A", "B", "C"}, "Tagesüberblick 24.11.: A (4), B (4) und C (4)",
		"Daily overview 24 Nov: A (4), B (4) and C (4)"},
	    {{"A", "B", "C", "D"}, "Tagesüberblick 24.11.: A (4), B (4), C (4) und 1 weiteres",
		"Daily overview 24 Nov: A (4), B (4), C (4) and 1 more"},
	    {{"A", "B", "C", "D", "E"}, "Tagesüberblick 24.11.: A (4), B (4), C (4) und 2 weitere",
		"Daily overview 24 Nov: A (4), B (4), C (4) and 2 more"},
	    {{"Satzung über die Erhebung von Gebühren für die Straßenreinigung"},
		"Tagesüberblick 24.11.: Satzung über die Erhebung von… (4)",
		"Daily overview 24 Nov: Satzung über die Erhebung von… (4)"},
	    {{"Satzung über die Erhebung von Gebühren", "Satzung über die Erhebung von Beiträgen",
		 "Satzung über die Erhebung von Steuern", "D"},
		"Tagesüberblick 24.11.: Satzung über die Erhebung von… (4), Satzung über die "
		"Erhebung von… (4) und 2 weitere",
		"Daily overview 24 Nov: Satzung über die Erhebung von… (4), Satzung über die "
		"Erhebung von… (4) and 2 more"},
	    {{"a\r\nBcc: x@example.org"}, "Tagesüberblick 24.11.: a Bcc: x@example.org (4)",
		"Daily overview 24 Nov: a Bcc: x@example.org (4)"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases) * 2; i++) {
		struct digest *digest = make_digest(i % 2 == 0 ? LANG_DE : LANG_EN);
		g_autofree char *got = NULL;

		for (const char *const *subject = cases[i / 2].threads; *subject != NULL;
		     subject++) {
			struct digest_thread *thread =
			    add_thread(digest, *subject, "Bau", "2026-11-23T11:00:00+01:00");

			for (unsigned k = 0; k < 4; k++)
				add_post(thread, 0, "Bauamt", "2026-11-23T11:00:00+01:00", "-");
		}
		got = digest_subject(digest);
		assert_string_equal(got, i % 2 == 0 ? cases[i / 2].german : cases[i / 2].english);
		digest_free(digest);
	}
}

/* -- whatever comes -- */

/* A word of 10,000 of the unit, with a mark that is found again in the digest. */
static char *repeated(const char *mark, const char *unit)
{
	GString *out = g_string_new(mark);

	for (unsigned i = 0; i < 10000; i++)
		g_string_append(out, unit);
	return g_string_free(out, FALSE);
}

static void check_line(const char *line)
{
	assert_true(strlen(line) <= 998);
	if (g_str_has_suffix(line, " "))
		fail_msg("<%s> ends in a blank", line);
	for (const char *c = line; *c != '\0'; c += g_utf8_skip[(unsigned char)*c])
		assert_false(g_unichar_iscntrl(g_utf8_get_char(c)));
	/* What a post says is never at the left edge, where our own words are. */
	if (strstr(line, "TEXT") != NULL || strstr(line, "ANHANG") != NULL)
		assert_true(g_str_has_prefix(line, "   "));
	if (strstr(line, "NAME") != NULL) {
		assert_true(g_str_has_suffix(line, " Uhr"));
		assert_int_equal(columns_of(line), 72);
	}
}

static void check_digest(struct digest *digest)
{
	g_autofree char *text = text_of(digest);
	g_autofree char *subject = digest_subject(digest);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	assert_true(g_utf8_validate(text, -1, NULL));
	assert_true(g_utf8_validate(subject, -1, NULL));
	assert_true(g_utf8_strlen(subject, -1) <= 120);
	assert_null(strpbrk(subject, "\r\n\t"));
	for (char **line = lines; *line != NULL; line++)
		check_line(*line);
}

/* Each in every place at once, in a thread of sixty posts, each an answer to the last. */
static void anything(void **state)
{
	static const char *const units[] = {"x", "x ", "Ä", "🙂", "👩‍🚒 ", "שלום ",
	    "\u202eשלום\u202c", "a\u0308\u0308\u0308\u0308\u0308\u0308", "会", "\r", "\r\n", "\n",
	    "\t", "\x01", "\xff", "\u2028", "=====\n", "\n-----\nTEXT", "\n=====\r1  TEXT\r",
	    "- x\n", "| x |\n", "> x ", "https://x/",
	    "\nAntwort an alle Mitglieder: TEXT@example.org\n", ""};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
		struct digest *digest = make_digest(LANG_DE);
		g_autofree char *name = repeated("NAME", units[i]);
		g_autofree char *text = repeated("TEXT", units[i]);
		g_autofree char *file = repeated("ANHANG", units[i]);
		struct digest_thread *thread;

		g_strdelimit(name + 4, "T", 't'); /* the text's mark is that of the text */
		g_strdelimit(file + 6, "T", 't');
		g_ptr_array_add(digest->titles, g_strdup(file + 6));
		thread = add_thread(digest, name + 4, name + 4, "2026-11-23T11:00:00+01:00");
		add_thread(digest, file + 6, "Bau", "2026-11-23T11:00:00+01:00");
		for (unsigned k = 0; k < 24; k++) {
			struct digest_post *post = add_post(thread, k, name,
			    "2026-11-23T11:00:00+01:00", k % 12 < 2 ? text : units[i]);

			for (unsigned n = 0; n < 12 && k < 3; n++)
				attach(post, file, n == 0 ? -1 : INT64_MAX >> n);
		}
		check_digest(digest);
		digest_free(digest);
	}
}

static void attachments(void **state)
{
	static const struct {
		int64_t size;
		const char *german;
	} cases[] = {
	    {0, "(0 KB)"},
	    {1, "(1 KB)"},
	    {1024, "(1 KB)"},
	    {1025, "(2 KB)"},
	    {1023 * 1024, "(1023 KB)"},
	    {1023 * 1024 + 1, "(1,0 MB)"},
	    {1024 * 1024, "(1,0 MB)"},
	    {1677722, "(1,6 MB)"},
	    {25 * 1024 * 1024, "(25,0 MB)"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct digest *digest = make_digest(LANG_DE);
		struct digest_thread *thread =
		    add_thread(digest, "Plan", "Bau", "2026-11-23T11:00:00+01:00");
		struct digest_post *post =
		    add_post(thread, 0, "Bauamt", "2026-11-23T11:00:00+01:00", "");
		g_autofree char *wanted = g_strdup_printf(
		    "\n   Anhang: plan.pdf %s\n   und 1 weiterer Anhang\n", cases[i].german);
		g_autofree char *text = NULL;

		for (unsigned k = 0; k < 11; k++)
			attach(post, "plan.pdf", cases[i].size);
		text = text_of(digest);
		assert_non_null(strstr(text, wanted));
		assert_null(strstr(text, "(kein Text)"));
		digest_free(digest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(in_german),
	    cmocka_unit_test(in_english),
	    cmocka_unit_test(long_posts),
	    cmocka_unit_test(long_rows),
	    cmocka_unit_test(subjects),
	    cmocka_unit_test(anything),
	    cmocka_unit_test(attachments),
	};

	lang_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("digest/text", tests, NULL, NULL);
}
