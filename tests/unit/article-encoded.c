/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "article/encoded.h"

static const struct {
	const char *name;
	const char *value;
	const char *text;
} decoded[] = {
    /* clang-format off */
	{"plain", "Sitzung am Montag", "Sitzung am Montag"},
	{"fold", "Sitzung\r\n am\r\n\tMontag", "Sitzung am Montag"},
	{"blanks around", " Sitzung ", "Sitzung"},
	{"empty", "", ""},
	{"Q", "=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_Ulm?=", "Grüße aus Ulm"},
	{"B", "=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"},
	{"B without padding", "=?UTF-8?B?R3LDvMOfZQ?=", "Grüße"},
	{"in text", "AW: =?utf-8?q?M=C3=BCll?= heute", "AW: Müll heute"},
	{"blank between two", "=?utf-8?Q?M=C3=BC?= =?utf-8?Q?ll?=", "Müll"},
	{"fold between two", "=?utf-8?Q?M=C3=BC?=\r\n =?utf-8?B?bGw=?=", "Müll"},
	{"nothing between two", "=?utf-8?Q?M=C3=BC?==?utf-8?Q?ll?=", "Müll"},
	{"word between two", "=?utf-8?Q?=C3=A4?= und =?utf-8?Q?=C3=B6?=", "ä und ö"},
	{"character cut, Q", "=?utf-8?Q?M=C3?= =?utf-8?Q?=BCll?=", "Müll"},
	{"character cut, Q and B", "=?utf-8?Q?M=C3?=\r\n =?utf-8?B?vGxs?=", "Müll"},
	{"character cut three times", "=?utf-8?Q?=E2?= =?utf-8?Q?=82?= =?utf-8?Q?=AC?=", "€"},
	{"two charsets", "=?utf-8?Q?=C3=A4?= =?iso-8859-1?Q?=F6?=", "äö"},
	{"iso-8859-1", "=?iso-8859-1?Q?M=FCll?=", "Müll"},
	{"iso-8859-1 means windows-1252", "=?iso-8859-1?Q?=84Zitat=93?=", "„Zitat“"},
	{"us-ascii means windows-1252", "=?us-ascii?Q?=84Zitat=93?=", "„Zitat“"},
	{"us-ascii means UTF-8", "=?us-ascii?Q?M=C3=BCll?=", "Müll"},
	{"UTF-8 is windows-1252", "=?utf-8?Q?M=FCll_f=FCr_alle?=", "Müll für alle"},
	{"UTF-8 cut at its end", "=?utf-8?Q?M=C3=BCllgeb=C3=BChr_f=C3?=", "Müllgebühr fÃ"},
	{"unknown charset, UTF-8", "=?x-unknown?Q?M=C3=BCll?=", "Müll"},
	{"unknown charset, windows-1252", "=?x-unknown?Q?M=FCll?=", "Müll"},
	{"iso-8859-15", "=?iso-8859-15?Q?5_=A4?=", "5 €"},
	{"iso-8859-9", "=?iso-8859-9?Q?Y=FDlmaz?=", "Yılmaz"},
	{"windows-1250", "=?windows-1250?Q?=8Aef=E8=EDk?=", "Šefčík"},
	{"koi8-r", "=?koi8-r?B?8NLJ18XU?=", "Привет"},
	{"iso-2022-jp", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"},
	{"declared wrongly", "=?windows-1251?B?8NLJ18XU?=", "рТЙЧЕФ"},
	{"language tag", "=?utf-8*de?Q?M=C3=BCll?=", "Müll"},
	{"lower case hex", "=?utf-8?q?m=c3=bcll?=", "müll"},
	{"blank in a word", "=?utf-8?Q?M=C3=BCll und mehr?=", "Müll und mehr"},
	{"question mark in a word", "=?utf-8?Q?Wohin?" "?=", "Wohin?"},
	{"question mark before an octet", "=?utf-8?Q?Wo?=C3=9F?=", "Wo?ß"},
	{"word behind what looks like hex", "=?utf-8?Q?a?=BB =?utf-8?Q?b?=", "aBB b"},
	{"bad hex", "=?utf-8?Q?100=ZZ?=", "100=ZZ"},
	{"not closed", "=?utf-8?Q?M=C3=BCll", "=?utf-8?Q?M=C3=BCll"},
	{"no encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
	{"no charset", "=?" "?Q?abc?=", "=?" "?Q?abc?="},
	{"empty word", "a =?utf-8?Q?" "?= b", "a  b"},
	{"raw UTF-8", "Müll", "Müll"},
	{"raw windows-1252", "M\xfcll \x84""heute\x93", "Müll „heute“"},
	{"raw beside encoded", "\xfc""ber =?utf-8?Q?=C3=A4?=", "über ä"},
	{"line end in a word", "=?utf-8?Q?a=0D=0ABcc:_x=40y?=", "a  Bcc: x@y"},
	{"line end in base64", "=?utf-8?B?YQ0KQmNjOiB4?=", "a  Bcc: x"},
	{"NUL in a word", "=?utf-8?Q?a=00b?=", "a b"},
	{"C1 control in a word", "=?utf-8?Q?a=C2=85b?=", "a b"},
	{"line separator", "=?utf-8?Q?a=E2=80=A8b?=", "a b"},
	{"TAB", "a\tb", "a b"},
	{"bare CR", "a\rb", "a b"},
	{"not in windows-1252", "=?windows-1252?Q?a=81b?=", "a\xef\xbf\xbd""b"},
	{"surrogate", "=?utf-8?Q?=ED=A0=80=FC?=", "í\xc2\xa0€ü"},
    /* clang-format on */
};

static void test_decode(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(decoded); i++) {
		g_autofree char *text = encoded_decode(decoded[i].value, strlen(decoded[i].value));

		print_message("# %s\n", decoded[i].name);
		assert_string_equal(text, decoded[i].text);
		assert_true(g_utf8_validate(text, -1, NULL));
	}
}

static const struct {
	const char *name;
	const char *text;
	const char *value;
	const char *phrase;
} encoded[] = {
    /* clang-format off */
	{"plain", "Sitzung am Montag", "Sitzung am Montag", "Sitzung am Montag"},
	{"empty", "", "", "\"\""},
	{"one word", "AW: Müll heute", "AW: =?UTF-8?Q?M=C3=BCll?= heute", "=?UTF-8?Q?AW=3A_M=C3=BCll_heute?="},
	{"two words", "Müll für alle", "=?UTF-8?Q?M=C3=BCll_f=C3=BCr?= alle",
		"=?UTF-8?Q?M=C3=BCll_f=C3=BCr_alle?="},
	{"words apart", "für alle Bürger", "=?UTF-8?Q?f=C3=BCr?= alle =?UTF-8?Q?B=C3=BCrger?=",
		"=?UTF-8?Q?f=C3=BCr_alle_B=C3=BCrger?="},
	{"base64 where it is shorter", "Привет", "=?UTF-8?B?0J/RgNC40LLQtdGC?=", "=?UTF-8?B?0J/RgNC40LLQtdGC?="},
	{"looks encoded", "=?utf-8?Q?x?=", "=?UTF-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=",
		"=?UTF-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?="},
	{"comma", "Lehmann, Petra", "Lehmann, Petra", "\"Lehmann, Petra\""},
	{"quotation mark", "Die \"Neue\" \\", "Die \"Neue\" \\", "\"Die \\\"Neue\\\" \\\\\""},
	{"two blanks", "a  b", "a  b", "\"a  b\""},
    /* clang-format on */
};

static void test_encode(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(encoded); i++) {
		g_autofree char *value = encoded_encode(encoded[i].text);
		g_autofree char *phrase = encoded_encode_phrase(encoded[i].text);

		print_message("# %s\n", encoded[i].name);
		assert_string_equal(value, encoded[i].value);
		assert_string_equal(phrase, encoded[i].phrase);
	}
}

/* RFC 2047 section 2: at most 75 octets a word, and section 5: no cut characters. */
static void test_round(void **state)
{
	static const char *const pieces[] = {
	    "ä", "Straße ", "€", "x", " ", "日本", "?=", "_", "\""};

	(void)state;
	for (unsigned seed = 0; seed < 200; seed++) {
		g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
		g_autoptr(GString) text = g_string_new("ö");
		g_autofree char *value = NULL;
		g_autofree char *back = NULL;
		g_auto(GStrv) words = NULL;

		for (int n = g_rand_int_range(rand, 0, 120); n > 0; n--)
			g_string_append(
			    text, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
		g_string_append_c(text, '.');
		value = encoded_encode(text->str);
		back = encoded_decode(value, strlen(value));
		assert_string_equal(back, text->str);
		assert_true(g_str_is_ascii(value));
		words = g_strsplit(value, " ", -1);
		for (char **word = words; *word != NULL; word++)
			assert_true(!g_str_has_prefix(*word, "=?UTF-8?") || strlen(*word) <= 75);
	}
}

static void test_injection(void **state)
{
	g_autofree char *value = encoded_encode("Betreff\r\nBcc: x@y\tä");
	g_autofree char *phrase = encoded_encode_phrase("Name\r\nBcc: x@y");
	g_autofree char *bad = encoded_encode("a\xff\xfe");

	(void)state;
	assert_null(strpbrk(value, "\r\n\t"));
	assert_null(strpbrk(phrase, "\r\n\t"));
	assert_true(g_str_is_ascii(bad));
}

/* What tries to make the search for an end slow. */
static void test_hostile(void **state)
{
	g_autoptr(GString) value = g_string_new(NULL);
	g_autofree char *text = NULL;

	(void)state;
	while (value->len < 1000000)
		g_string_append(value, "=?a?Q?x");
	text = encoded_decode(value->str, value->len);
	assert_int_equal(strlen(text), value->len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_encode),
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_injection),
	    cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/encoded", tests, NULL, NULL);
}
