/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "letters/letters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "article/encoded.h"
#include "base/columns.h"

static const struct letter sample = {
    .to = "petra.lehmann@musterau.example.de",
    .to_name = "Petra Lehmann",
    .from = "listen@example.de",
    .domain = "listen.example.de",
    .msgid = "<brief.1@listen.example.de>",
    .date = "Tue, 24 Nov 2026 06:30:00 +0100",
    .in_reply_to = "<bitte.1@musterau.example.de>",
    .reply_to = "finanzen-ab+k3f5a2c7@listen.example.de",
    .group_title = "Finanzen und Gebühren",
    .group_address = "finanzen@listen.example.de",
    .subject = "Satzung über die Straßenreinigung",
    .article = "<beitrag.1@musterau.example.de>",
    .answer = "550 5.7.1 Zugriff verweigert",
    .failed = 3,
    .all = 14,
};

/* -- reading a letter -- */

/* A letter as it is received. */
struct mail {
	GPtrArray *names;  /* owned; of the fields, in order */
	GPtrArray *values; /* owned; unfolded, as they stand */
	char *text;	   /* owned; decoded, LF */
};

static int hex(char c)
{
	return g_ascii_xdigit_value(c);
}

/* RFC 2045 section 6.7, and CRLF to LF. */
static char *unquoted(const char *body, bool quoted)
{
	GString *out = g_string_new(NULL);

	for (const char *at = body; *at != '\0'; at++) {
		if (quoted && g_str_has_prefix(at, "=\r\n")) {
			at += 2;
		} else if (quoted && *at == '=') {
			g_string_append_c(out, (char)(hex(at[1]) << 4 | hex(at[2])));
			at += 2;
		} else if (*at != '\r') {
			g_string_append_c(out, *at);
		}
	}
	return g_string_free(out, FALSE);
}

static const char *value_of(const struct mail *mail, const char *name)
{
	const char *found = NULL;

	for (unsigned i = 0; i < mail->names->len; i++) {
		if (g_ascii_strcasecmp(mail->names->pdata[i], name) != 0)
			continue;
		assert_null(found); /* each field once */
		found = mail->values->pdata[i];
	}
	return found;
}

/* Lines of a mail: CRLF only, none longer than 998 octets, US-ASCII. */
static void check_wire(const GString *wire)
{
	size_t size = 0;

	assert_int_equal(strlen(wire->str), wire->len); /* no NUL */
	for (const char *at = wire->str; *at != '\0'; at++) {
		if (*at == '\r')
			assert_int_equal(at[1], '\n');
		else if (*at == '\n')
			assert_true(at > wire->str && at[-1] == '\r');
		else
			assert_in_range(*at, ' ', '~');
		size = *at == '\n' ? 0 : size + 1;
		assert_true(size <= 999); /* 998 and CR */
	}
	assert_true(g_str_has_suffix(wire->str, "\r\n"));
}

/* A line that goes on with the last field. */
static void unfold(struct mail *mail, const char *line)
{
	char **last;
	char *longer;

	assert_true(mail->values->len > 0);
	last = (char **)&mail->values->pdata[mail->values->len - 1];
	longer = g_strconcat(*last, line, NULL);
	g_free(*last);
	*last = longer;
}

static void read_mail(struct mail *mail, const struct letter *letter)
{
	GString *wire = letters_compose(letter);
	char *body = strstr(wire->str, "\r\n\r\n");
	g_auto(GStrv) lines = NULL;

	check_wire(wire);
	assert_non_null(body);
	*body = '\0';
	mail->names = g_ptr_array_new_with_free_func(g_free);
	mail->values = g_ptr_array_new_with_free_func(g_free);
	lines = g_strsplit(wire->str, "\r\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		const char *colon = strchr(*line, ':');

		if (**line == ' ' || **line == '\t') { /* RFC 5322 section 2.2.3 */
			unfold(mail, *line);
			continue;
		}
		assert_non_null(colon);
		g_ptr_array_add(mail->names, g_strndup(*line, (size_t)(colon - *line)));
		g_ptr_array_add(mail->values, g_strdup(colon + 1 + strspn(colon + 1, " ")));
	}
	mail->text = unquoted(
	    body + 4, strcmp(value_of(mail, "Content-Transfer-Encoding"), "quoted-printable") == 0);
	g_string_free(wire, TRUE);
}

static void mail_clear(struct mail *mail)
{
	g_ptr_array_unref(mail->names);
	g_ptr_array_unref(mail->values);
	g_free(mail->text);
}

static char *decoded(const struct mail *mail, const char *name)
{
	const char *value = value_of(mail, name);

	assert_non_null(value);
	return encoded_decode(value, strlen(value));
}

/* Exactly the fields that a letter has, but for one perhaps (or NULL). */
static void check_fields(const struct mail *mail, const char *without)
{
	unsigned at = 0;
	static const char *const names[] = {"From", "To", "Subject", "Date", "Message-ID",
	    "In-Reply-To", "Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress", "Precedence",
	    "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};

	assert_int_equal(mail->names->len, G_N_ELEMENTS(names) - (without != NULL));
	for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
		if (g_strcmp0(names[i], without) != 0)
			assert_string_equal(mail->names->pdata[at++], names[i]);
}

/* -- each kind -- */

struct example {
	enum letter_kind kind;
	const char *name;
	const char *subjects[2]; /* German, English */
	const char *texts[2];	 /* that stand in it, wrapped anyhow */
	bool asks;		 /* tells whom to ask */
};

/* clang-format off */
static const struct example examples[] = {
    {LETTER_LEFT, "left",
	{"Sie haben Finanzen und Gebühren verlassen", "You have left Finanzen und Gebühren"},
	{"keine Mails der Liste Finanzen und Gebühren (finanzen@listen.example.de) mehr.",
	 "no more mail from the group Finanzen und Gebühren (finanzen@listen.example.de)."}, true},
    {LETTER_LEFT_DIGEST, "left-digest",
	{"Sie erhalten keinen Tagesüberblick mehr", "You get no daily overview any more"},
	{"der Tagesüberblick über die Listen auf listen.example.de ist für Sie abbestellt.",
	 "The daily overview of the groups at listen.example.de is switched off for you."}, true},
    {LETTER_CONFIRM_LEAVE, "confirm-leave",
	{"Bitte bestätigen: Finanzen und Gebühren verlassen?",
	 "Please confirm: leave Finanzen und Gebühren?"},
	{"petra.lehmann@musterau.example.de aus der Liste Finanzen und Gebühren "
	 "(finanzen@listen.example.de) auszutragen.",
	 "take petra.lehmann@musterau.example.de out of the group Finanzen und Gebühren "
	 "(finanzen@listen.example.de)."}, true},
    {LETTER_CONFIRM_DIGEST, "confirm-digest",
	{"Bitte bestätigen: keinen Tagesüberblick mehr?",
	 "Please confirm: no daily overview any more?"},
	{"- Ja, abbestellen: Antworten Sie einfach auf diese Mail, eine leere Antwort genügt.",
	 "- Yes, end it: just answer this mail, an empty answer is enough."}, true},
    {LETTER_NOT_SUBSCRIBED, "not-subscribed",
	{"Ihre Adresse steht nicht auf der Liste Finanzen und Gebühren",
	 "Your address is not on the list Finanzen und Gebühren"},
	{"petra.lehmann@musterau.example.de steht nicht auf dieser Liste;",
	 "petra.lehmann@musterau.example.de is not on that list;"}, true},
    {LETTER_UNDELIVERED, "undelivered",
	{"Ihr Beitrag an Finanzen und Gebühren hat niemanden per Mail erreicht",
	 "Your post to Finanzen und Gebühren has reached nobody by mail"},
	{"Betreff: Satzung über die Straßenreinigung "
	 "Nachrichten-ID: <beitrag.1@musterau.example.de> "
	 "Antwort des Mailservers: 550 5.7.1 Zugriff verweigert",
	 "Subject: Satzung über die Straßenreinigung "
	 "Message-ID: <beitrag.1@musterau.example.de> "
	 "Answer of the mail server: 550 5.7.1 Zugriff verweigert"}, true},
    {LETTER_UNDELIVERED_ADMIN, "undelivered-admin",
	{"Ein Beitrag an Finanzen und Gebühren kam bei 3 von 14 Empfängern nicht an",
	 "A post to Finanzen und Gebühren did not reach 3 of 14 receivers"},
	{"Nicht erreicht: 3 von 14 Empfängern Letzte Antwort des Mailservers: 550 5.7.1",
	 "Not reached: 3 of 14 receivers Last answer of the mail server: 550 5.7.1"}, false},
};
/* clang-format on */

static void check_example(const struct example *example, enum lang lang)
{
	struct letter letter = sample;
	struct mail mail;
	g_autofree char *subject = NULL;
	g_autofree char *line = NULL;
	g_auto(GStrv) lines = NULL;

	letter.kind = example->kind;
	letter.language = lang;
	read_mail(&mail, &letter);
	check_fields(&mail, NULL);
	subject = decoded(&mail, "Subject");
	assert_string_equal(subject, example->subjects[lang]);
	line = columns_line(mail.text);
	if (strstr(line, example->texts[lang]) == NULL)
		fail_msg("%s: <%s> lacks <%s>", example->name, line, example->texts[lang]);
	assert_int_equal(strstr(line, "listen@example.de") != NULL, example->asks);
	assert_null(strpbrk(line, "{}"));
	lines = g_strsplit(mail.text, "\n", -1);
	for (char **one = lines; *one != NULL; one++)
		assert_true(columns_of(*one) <= 72);
	assert_string_equal(letters_name(example->kind), example->name);
	mail_clear(&mail);
}

static void each_kind(void **state)
{
	(void)state;
	assert_int_equal(G_N_ELEMENTS(examples), LETTER_KINDS);
	for (unsigned i = 0; i < G_N_ELEMENTS(examples); i++) {
		assert_int_equal(examples[i].kind, i);
		check_example(&examples[i], LANG_DE);
		check_example(&examples[i], LANG_EN);
	}
}

static void whole_text(void **state)
{
	struct letter letter = sample;
	struct mail mail;

	(void)state;
	letter.kind = LETTER_CONFIRM_LEAVE;
	letter.language = LANG_DE;
	read_mail(&mail, &letter);
	assert_string_equal(mail.text,
	    "Guten Tag Petra Lehmann,\n"
	    "\n"
	    "jemand, vermutlich Sie selbst, hat uns gebeten,\n"
	    "petra.lehmann@musterau.example.de aus der Liste Finanzen und Gebühren\n"
	    "(finanzen@listen.example.de) auszutragen. Ob die Bitte wirklich von\n"
	    "Ihnen kam, konnten wir nicht sicher erkennen; deshalb fragen wir nach.\n"
	    "\n"
	    "- Ja, austragen: Antworten Sie einfach auf diese Mail, eine leere\n"
	    "  Antwort genügt.\n"
	    "- Nein, dabei bleiben: Sie brauchen nichts zu tun.\n"
	    "\n"
	    "Bei Fragen schreiben Sie bitte an listen@example.de.\n"
	    "\n"
	    "Mit freundlichen Grüßen\n"
	    "Die Mailinglisten auf listen.example.de\n");
	mail_clear(&mail);
}

static void fields(void **state)
{
	static const char *const wanted[][2] = {
	    {"From", "Mailinglisten auf listen.example.de <listen@example.de>"},
	    {"To", "Petra Lehmann <petra.lehmann@musterau.example.de>"},
	    {"Date", "Tue, 24 Nov 2026 06:30:00 +0100"},
	    {"Message-ID", "<brief.1@listen.example.de>"},
	    {"In-Reply-To", "<bitte.1@musterau.example.de>"},
	    {"Reply-To", "finanzen-ab+k3f5a2c7@listen.example.de"},
	    {"Auto-Submitted", "auto-replied"}, /* RFC 3834 section 5 */
	    {"X-Auto-Response-Suppress", "All"},
	    {"Precedence", "bulk"},
	};
	struct letter letter = sample;
	struct mail mail;

	(void)state;
	letter.language = LANG_DE;
	read_mail(&mail, &letter);
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
		g_autofree char *value = decoded(&mail, wanted[i][0]);
		g_auto(GStrv) parts = g_strsplit(value, "\"", -1);
		g_autofree char *bare = g_strjoinv("", parts);

		assert_string_equal(bare, wanted[i][1]);
	}
	mail_clear(&mail);
}

/* What answers nothing, to somebody without a name, and with as little as there may be. */
static void little(void **state)
{
	(void)state;
	for (enum letter_kind kind = 0; kind < LETTER_KINDS; kind++) {
		const struct letter letter = {.kind = kind,
		    .language = LANG_DE,
		    .to = sample.to,
		    .to_name = kind % 2 == 0 ? NULL : "",
		    .from = sample.from,
		    .domain = sample.domain,
		    .msgid = sample.msgid,
		    .date = sample.date};
		struct mail mail;

		read_mail(&mail, &letter);
		assert_null(value_of(&mail, "In-Reply-To"));
		assert_null(value_of(&mail, "Reply-To"));
		assert_string_equal(value_of(&mail, "Auto-Submitted"), "auto-generated");
		assert_true(g_str_has_prefix(mail.text, "Guten Tag,\n\n"));
		assert_null(strpbrk(mail.text, "{}"));
		mail_clear(&mail);
	}
}

/* -- words that want to be more -- */

/* raw: the field that is left out where the member is too long for a line. */
static const struct member {
	size_t place;
	const char *raw;
} members[] = {
    {offsetof(struct letter, to), NULL},
    {offsetof(struct letter, to_name), NULL},
    {offsetof(struct letter, from), NULL},
    {offsetof(struct letter, domain), NULL},
    {offsetof(struct letter, msgid), "Message-ID"},
    {offsetof(struct letter, date), "Date"},
    {offsetof(struct letter, in_reply_to), "In-Reply-To"},
    {offsetof(struct letter, reply_to), NULL},
    {offsetof(struct letter, group_title), NULL},
    {offsetof(struct letter, group_address), NULL},
    {offsetof(struct letter, subject), NULL},
    {offsetof(struct letter, article), NULL},
    {offsetof(struct letter, answer), NULL},
};

static char *repeated(const char *unit)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < 10000; i++)
		g_string_append(out, unit);
	return g_string_free(out, FALSE);
}

/* The letter with one member evil, in every kind: the same fields, and the same paragraphs. */
static void check_evil(const struct member *member, const char *evil)
{
	for (unsigned i = 0; i < LETTER_KINDS * 2; i++) {
		struct letter letter = sample;
		struct mail mail;
		g_auto(GStrv) paragraphs = NULL;

		letter.kind = i / 2;
		letter.language = i % 2 == 0 ? LANG_DE : LANG_EN;
		*(const char **)((char *)&letter + member->place) = evil;
		read_mail(&mail, &letter);
		check_fields(&mail, strlen(evil) > 900 ? member->raw : NULL);
		assert_true(g_utf8_validate(mail.text, -1, NULL));
		assert_null(strstr(mail.text, "\n\nX-"));
		paragraphs = g_strsplit(mail.text, "\n\n", -1);
		assert_in_range(g_strv_length(paragraphs), 4, 5);
		mail_clear(&mail);
	}
}

static void no_way_out(void **state)
{
	static const char *const evils[] = {
	    "x\r\nBcc: eve@example.org",
	    "x\nBcc: eve@example.org",
	    "x\rBcc: eve@example.org",
	    "\r\n\r\nX-Text: eve",
	    "\n\nX-Text: eve",
	    "x\r\n Bcc: eve@example.org\r\n\r\n",
	    "<x@example.org>\r\nBcc: eve@example.org",
	    "x@example.org>\r\nBcc: <eve@example.org",
	    "x@example.org, eve@example.org",
	    "=?UTF-8?Q?x=0D=0ABcc:_eve@example.org?=",
	    "=?UTF-8?B?eA0KQmNjOiBldmVAZXhhbXBsZS5vcmc=?=",
	    "\"\\\"",
	    "(((((((((",
	    "\xc2\x85"
	    "Bcc: eve@example.org",
	    "\u2028Bcc: eve@example.org",
	    "\xff\xfe\x80",
	    "\x01\x1b[31m\x7f",
	    "{to}{from}{answer}",
	    "%s%n%99999d",
	    "",
	};
	static const char *const units[] = {
	    "x", "x ", "ä", "会 ", "\r\n", "\xff", "🙂", "=", ".\r\n"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
		for (size_t k = 0; k < G_N_ELEMENTS(evils); k++)
			check_evil(&members[i], evils[k]);
		for (size_t k = 0; k < G_N_ELEMENTS(units); k++) {
			g_autofree char *evil = repeated(units[k]);

			check_evil(&members[i], evil);
		}
	}
}

/* A title that looks encoded is shown as it is written, not as it would decode. */
static void no_second_decoding(void **state)
{
	struct letter letter = sample;
	struct mail mail;
	g_autofree char *subject = NULL;

	(void)state;
	letter.kind = LETTER_LEFT;
	letter.language = LANG_EN;
	letter.group_title = "=?UTF-8?Q?x=0D=0ABcc:_eve?=";
	read_mail(&mail, &letter);
	subject = decoded(&mail, "Subject");
	assert_string_equal(subject, "You have left =?UTF-8?Q?x=0D=0ABcc:_eve?=");
	mail_clear(&mail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind),
	    cmocka_unit_test(whole_text),
	    cmocka_unit_test(fields),
	    cmocka_unit_test(little),
	    cmocka_unit_test(no_way_out),
	    cmocka_unit_test(no_second_decoding),
	};

	lang_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("letters/letters", tests, NULL, NULL);
}
