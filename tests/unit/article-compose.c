/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/compose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "article/encoded.h"
#include "article/gmime.h"
#include "article/header.h"

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN

static const struct {
	const char *name;
	const char *value;
	const char *field;
} texts[] = {
    /* clang-format off */
	{"plain", "Eimer", "Subject: Eimer\r\n"},
	{"empty", "", "Subject: \r\n"},
	{"blanks alone", " \t ", "Subject: \r\n"},
	{"umlaut", "Gebühren 2027", "Subject: =?UTF-8?Q?Geb=C3=BChren?= 2027\r\n"},
	{"another field in it", "Eimer\r\nBcc: x@y", "Subject: Eimer Bcc: x@y\r\n"},
	{"what looks encoded", "=?utf-8?Q?x?=", "Subject: =?UTF-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=\r\n"},
	{"78 octets", FIFTY " 789012345678", "Subject: " FIFTY " 789012345678\r\n"},
	{"one more", FIFTY " " TEN " 12345678", "Subject: " FIFTY " " TEN "\r\n 12345678\r\n"},
	{"a long first word", FIFTY FIFTY " x", "Subject: " FIFTY FIFTY "\r\n x\r\n"},
	{"encoded words",
	 "Gebührensatzung für die Straßenreinigung im Außenbereich über die Jahreswende",
	 "Subject: =?UTF-8?Q?Geb=C3=BChrensatzung_f=C3=BCr?= die\r\n"
	 " =?UTF-8?Q?Stra=C3=9Fenreinigung?= im\r\n"
	 " =?UTF-8?Q?Au=C3=9Fenbereich_=C3=BCber?= die Jahreswende\r\n"},
	{"an encoded word of 75",
	 "ä" FIFTY "0123456", "Subject:\r\n =?UTF-8?Q?=C3=A4" FIFTY "0123456?=\r\n"},
    /* clang-format on */
};

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		print_message("# %s\n", texts[i].name);
		compose_text_field(out, "Subject", texts[i].value);
		assert_string_equal(out->str, texts[i].field);
	}
}

/* RFC 5322 section 2.1.1: no line over 998 octets, whatever the text; and it can be read again. */
static void test_long(void **state)
{
	static const char *const pieces[] = {"x", "ö", "ö ", "x ", FIFTY};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) text = g_string_new("Anfang ");
		g_autoptr(GString) out = g_string_new(NULL);
		g_auto(GStrv) lines = NULL;
		g_autofree char *back = NULL;

		while (text->len < 5000)
			g_string_append(text, pieces[i]);
		g_string_append(text, "Ende");
		compose_text_field(out, "Subject", text->str);
		lines = g_strsplit(out->str, "\r\n", -1);
		for (char **line = lines; *line != NULL; line++)
			assert_true(strlen(*line) <= 78);
		back = encoded_decode(out->str + 8, out->len - 10);
		assert_string_equal(back, text->str);
	}
}

static const struct {
	const char *name;
	const char *display;
	const char *address;
	const char *field;
} addresses[] = {
    /* clang-format off */
	{"no name", NULL, "rat@stadt.example", "From: rat@stadt.example\r\n"},
	{"empty name", "", "rat@stadt.example", "From: rat@stadt.example\r\n"},
	{"atoms", "Otto Beispiel", "o@x.example", "From: Otto Beispiel <o@x.example>\r\n"},
	{"quoted", "Stadt Musterau, Rat", "o@x.example", "From: \"Stadt Musterau, Rat\" <o@x.example>\r\n"},
	{"encoded", "Jörg", "j@x.example", "From: =?UTF-8?Q?J=C3=B6rg?= <j@x.example>\r\n"},
	{"injection", "J\r\nBcc: <x@y>", "j@x.example", "From: \"J Bcc: <x@y>\" <j@x.example>\r\n"},
	{"domain with an umlaut", NULL, "j@müller.example", "From: j@xn--mller-kva.example\r\n"},
	{"local part with an umlaut", "J", "jörg@x.example", "From: J <utf8@address.invalid>\r\n"},
	{"not valid", "J", "j\r\nBcc: x@y, z@y", "From: J <unknown@address.invalid>\r\n"},
	{"two", "J", "a@y, z@y", "From: J <unknown@address.invalid>\r\n"},
	{"a comma in it", "J", "a,z@y", "From: J <z@y>\r\n"},
	{"none", "J", "", "From: J <unknown@address.invalid>\r\n"},
    /* clang-format on */
};

static void test_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		print_message("# %s\n", addresses[i].name);
		compose_address_field(out, "From", addresses[i].display, addresses[i].address);
		assert_string_equal(out->str, addresses[i].field);
	}
}

static void test_raw(void **state)
{
	g_autoptr(GString) out = g_string_new(NULL);

	(void)state;
	compose_raw_field(out, "In-Reply-To", "<" FIFTY "@listen.landkreis.example>");
	assert_string_equal(out->str, "In-Reply-To: <" FIFTY "@listen.landkreis.example>\r\n");
	g_string_truncate(out, 0);
	compose_raw_field(out, "List-Post", "<mailto:a@b>\r\nBcc: x@y\xc3\xa4");
	assert_string_equal(out->str, "List-Post: <mailto:a@b>  Bcc: x@y\r\n");
	g_string_truncate(out, 0);
	compose_raw_field(out, "References", "<" FIFTY "@x> <" FIFTY "@y>");
	assert_string_equal(out->str, "References: <" FIFTY "@x>\r\n <" FIFTY "@y>\r\n");
}

#define HEAD "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8"
#define FLOWED "; format=flowed"
#define PLAIN "\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
#define QUOTED "\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"

static const struct {
	const char *name;
	const char *text;
	bool flowed;
	const char *part;
} parts[] = {
    /* clang-format off */
	{"plain", "Hallo,\n\nder Eimer.\n", false, HEAD PLAIN "Hallo,\r\n\r\nder Eimer.\r\n"},
	{"empty", "", false, HEAD PLAIN},
	{"no line end", "Hallo", false, HEAD PLAIN "Hallo\r\n"},
	{"equal sign and tab", "a\t= b\n", false, HEAD PLAIN "a\t= b\r\n"},
	{"umlaut", "Grüße = gut\n", false, HEAD QUOTED "Gr=C3=BC=C3=9Fe =3D gut\r\n"},
	{"blank at the end", "Hallo \nb\t\n", false, HEAD QUOTED "Hallo=20\r\nb=09\r\n"},
	{"From", "From hier\nvon dort\n", false, HEAD QUOTED "=46rom hier\r\nvon dort\r\n"},
	{"a dot alone", "a\n.\n..\n.b\n", false, HEAD QUOTED "a\r\n=2E\r\n..\r\n.b\r\n"},
	{"carriage return", "a\r\nb\n", false, HEAD QUOTED "a=0D\r\nb\r\n"},
	{"76 octets", FIFTY TEN TEN "123456\n", false, HEAD PLAIN FIFTY TEN TEN "123456\r\n"},
	{"77 octets", FIFTY TEN TEN "1234567\n", false,
	 HEAD QUOTED FIFTY TEN TEN "12345=\r\n67\r\n"},
	{"a character is not cut", FIFTY TEN TEN "ä\n", false,
	 HEAD QUOTED FIFTY TEN TEN "=\r\n=C3=A4\r\n"},
	{"From behind a soft break", FIFTY TEN TEN "12345From hier\n", false,
	 HEAD QUOTED FIFTY TEN TEN "12345=\r\n=46rom hier\r\n"},
	{"a dot behind a soft break", FIFTY TEN TEN "12345.\n", false,
	 HEAD PLAIN FIFTY TEN TEN "12345.\r\n"},
	{"a dot behind a soft break, quoted", FIFTY TEN TEN "=2345.\n.\n", false,
	 HEAD QUOTED FIFTY TEN TEN "=3D23=\r\n45.\r\n=2E\r\n"},
	{"flowed", "Die Satzung \ngilt.\n", true, HEAD FLOWED QUOTED "Die Satzung=20\r\ngilt.\r\n"},
	{"space-stuffed", "  Liste\nFrom hier\n> Zitat\n", true,
	 HEAD FLOWED PLAIN "   Liste\r\n From hier\r\n> Zitat\r\n"},
	{"signature", "-- \nOtto\n", true, HEAD FLOWED QUOTED "--=20\r\nOtto\r\n"},
    /* clang-format on */
};

static void test_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
		g_autoptr(GString) out = g_string_new(NULL);

		print_message("# %s\n", parts[i].name);
		compose_text_part(out, parts[i].text, parts[i].flowed);
		assert_string_equal(out->str, parts[i].part);
	}
}

/* The text as another program reads it. */
static char *decoded(const GString *part)
{
	const char *body = strstr(part->str, "\r\n\r\n") + 4;
	size_t size = part->len - (size_t)(body - part->str);
	g_autofree char *text = g_malloc(size + 1);
	guint32 save = 0;
	int state = 0;

	size = g_mime_encoding_quoted_decode_step(
	    (const unsigned char *)body, size, (unsigned char *)text, &state, &save);
	text[size] = '\0';
	return g_strndup(text, size);
}

/* RFC 2045 section 6.7 (5): lines of at most 76 octets, and nothing is lost. */
static void test_printable(void **state)
{
	static const char *const pieces[] = {
	    "ä", "€", "\xf0\x9f\x9a\xb2", " ", "=", ".", "From ", "\n", "\t", "Eimer", "-- "};

	(void)state;
	for (unsigned seed = 0; seed < 300; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		g_autoptr(GString) text = g_string_new("ü");
		g_autoptr(GString) out = g_string_new(NULL);
		g_autoptr(GString) back = NULL;
		g_autofree char *read = NULL;
		g_auto(GStrv) lines = NULL;

		for (int n = g_rand_int_range(rand, 0, 400); n > 0; n--)
			g_string_append(
			    text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
		g_string_append_c(text, '\n');
		compose_text_part(out, text->str, false);
		lines = g_strsplit(out->str, "\r\n", -1);
		for (char **line = lines; *line != NULL; line++) {
			assert_true(strlen(*line) <= 76);
			assert_false(g_str_has_prefix(*line, "From "));
			assert_false(g_str_has_suffix(*line, " ") || g_str_equal(*line, "."));
		}
		read = decoded(out);
		back = g_string_new(read);
		g_string_replace(back, "\r\n", "\n", 0);
		assert_string_equal(back->str, text->str);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_long),
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_raw),
	    cmocka_unit_test(test_part),
	    cmocka_unit_test(test_printable),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/compose", tests, NULL, NULL);
}
