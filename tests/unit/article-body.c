/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define MIXED "Content-Type: multipart/mixed; boundary=m\r\n\r\n"
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=a\r\n\r\n"
#define PLAIN "Content-Type: text/plain; charset=utf-8\r\n\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define PDF \
	"Content-Type: application/pdf; name=\"Plan.pdf\"\r\nContent-Disposition: attachment\r\n\r\n12345\r\n"
#define FLOWED "Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"

static const struct {
	const char *name;
	const char *wire;
	const char *text;
	const char *attachments; /* names and sizes */
} cases[] = {
    /* clang-format off */
	{"nothing", "", "", ""},
	{"no type", "Subject: x\r\n\r\nHallo\r\nWelt", "Hallo\nWelt\n", ""},
	{"line feeds", "Subject: x\n\nHallo\nWelt\n", "Hallo\nWelt\n", ""},
	{"blank", "Subject: x\r\n\r\n \r\n\t\r\n", "", ""},
	{"controls", "Subject: x\r\n\r\na\x01\tb\rc\x0c\r\r\n\x7f\r\n", "a \tb c  \n \n", ""},
	{"html alone", HTML "<p>Grüße</p>", "Grüße\n", ""},
	{"quoted-printable", "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	 "Gr=C3=BC=C3=9Fe =\r\nan alle\r\n", "Grüße an alle\n", ""},
	{"base64", "Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ0KYW4gYWxsZQ==\r\n", "Grüße\nan alle\n", ""},

	{"alternative", ALTERNATIVE "--a\r\n" PLAIN "Hallo\r\n--a\r\n" HTML "<p>Hallo!\r\n--a--\r\n", "Hallo\n", ""},
	{"alternative, wrong order", ALTERNATIVE "--a\r\n" HTML "<p>Hallo!\r\n--a\r\n" PLAIN "Hallo\r\n--a--\r\n", "Hallo\n", ""},
	{"alternative, empty plain text", ALTERNATIVE "--a\r\n" PLAIN " \r\n\xc2\xa0\r\n--a\r\n" HTML "<p>Hallo!\r\n--a--\r\n",
	 "Hallo!\n", ""},
	{"alternative with related", ALTERNATIVE "--a\r\n" PLAIN "Hallo\r\n--a\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
	 "--r\r\n" HTML "<p>x\r\n--r\r\nContent-Type: image/png; name=logo.png\r\n\r\nx\r\n--r--\r\n--a--\r\n", "Hallo\n", ""},
	{"alternative with mixed", ALTERNATIVE "--a\r\n" PLAIN "Hallo\r\n--a\r\n" MIXED "--m\r\n" HTML "<p>x\r\n--m\r\n" PDF
	 "--m\r\n" HTML "<p>y\r\n--m--\r\n--a--\r\n", "Hallo\n", "Plan.pdf 5\n"},
	{"alternative, other forms", ALTERNATIVE "--a\r\n" PLAIN "Hallo\r\n--a\r\nContent-Type: text/enriched\r\n\r\nx\r\n"
	 "--a\r\nContent-Type: text/calendar\r\n\r\nxy\r\n--a--\r\n", "Hallo\n", " 2\n"},
	{"related with an attachment", "Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\n" HTML
	 "<p>x\r\n--r\r\nContent-Type: image/png; name=a.png\r\nContent-Disposition: attachment\r\n\r\nx\r\n--r--\r\n", "x\n", "a.png 1\n"},

	{"attachment", MIXED "--m\r\n" PLAIN "Hallo\r\n--m\r\n" PDF "--m--\r\n", "Hallo\n", "Plan.pdf 5\n"},
	{"footer behind an attachment", MIXED "--m\r\n" PLAIN "Hallo\r\n--m\r\n" PDF "--m\r\n" PLAIN "Fuß\r\n--m--\r\n",
	 "Hallo\n\nFuß\n", "Plan.pdf 5\n"},
	{"footer behind html", MIXED "--m\r\n" HTML "<p>Hallo\r\n--m\r\n" PLAIN "Fuß\r\n--m--\r\n", "Hallo\n\nFuß\n", ""},
	{"note before an alternative", MIXED "--m\r\n" PLAIN "Von außen\r\n--m\r\n" ALTERNATIVE "--a\r\n" PLAIN "\r\n--a\r\n" HTML
	 "<p>Hallo\r\n--a--\r\n--m--\r\n", "Von außen\n\nHallo\n", ""},
	{"named text", MIXED "--m\r\n" PLAIN "Hallo\r\n--m\r\nContent-Type: text/plain; name=a.txt\r\n\r\nxyz\r\n--m\r\n" HTML "<p>y\r\n--m--\r\n",
	 "Hallo\n\ny\n", "a.txt 3\n"},
	{"text as an attachment first", MIXED "--m\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nxyz\r\n--m\r\n" PLAIN
	 "Hallo\r\n--m--\r\n", "Hallo\n", "a.txt 3\n"},
	{"forwarded mail", MIXED "--m\r\n" PLAIN "Siehe unten\r\n--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nGeheim\r\n--m--\r\n",
	 "Siehe unten\n", "x 20\n"},
	{"signed", "Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n" PLAIN "Hallo\r\n--s\r\n"
	 "Content-Type: application/pgp-signature; name=signature.asc\r\n\r\nx\r\n--s--\r\n", "Hallo\n", ""},
	{"S/MIME, opaque", "Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n",
	 "", "smime.p7m 3\n"},
	{"html beside a stub", ALTERNATIVE "--a\r\n" PLAIN "Diese Nachricht ist in HTML.\r\n--a\r\n" HTML "<p>Hallo!\r\n--a--\r\n", "Hallo!\n", ""},
	{"a stub alone", ALTERNATIVE "--a\r\n" PLAIN "Diese Nachricht ist in HTML.\r\n--a\r\n" HTML "<p>\r\n--a--\r\n", "Diese Nachricht ist in HTML.\n", ""},
	{"html once more", MIXED "--m\r\n" PLAIN "Hallo, Welt\r\n--m\r\n" HTML "<p>Hallo,<br>Welt\r\n--m--\r\n", "Hallo, Welt\n", ""},
	{"html behind html", MIXED "--m\r\n" HTML "<p>a\r\n--m\r\n" PDF "--m\r\n" HTML "<p>b\r\n--m--\r\n", "a\n\nb\n", "Plan.pdf 5\n"},
	{"text that is none", "Content-Type: text/plain; name=a.txt\r\n\r\n%PDF-1.4\r\n", "", "a.txt 10\n"},
	{"forwarded mail alone", MIXED "--m\r\nContent-Type: message/rfc822\r\n\r\nFrom: o@x.example\r\nDate: Mon, 23 Nov 2026 09:12:00 +0900\r\n"
	 "Subject: =?utf-8?q?Geb=C3=BChren?=\r\n\r\nHallo\r\n--m\r\n" PDF "--m--\r\n",
	 "From: o@x.example\nDate: Monday, 23 November 2026, 09:12\nSubject: Gebühren\n\nHallo\n", "Plan.pdf 5\n"},
	{"forwarded mail in a forwarded mail", "Content-Type: message/rfc822\r\n\r\nSubject: a\r\nContent-Type: message/rfc822\r\n\r\nSubject: b\r\n\r\nHallo\r\n",
	 "Subject: a\n\nSubject: b\n\nHallo\n", ""},
	{"forwarded mail without a subject", MIXED "--m\r\n" PLAIN "x\r\n--m\r\nContent-Type: message/rfc822; name=a.eml\r\n\r\n\r\ny\r\n--m--\r\n",
	 "x\n", "a.eml 3\n"},
	{"an empty forwarded mail", "Content-Type: message/rfc822\r\n\r\n", "", ""},
	{"appointment", "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20270112T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	 "Appointment: Tuesday, 12 January 2027, 10:00\n", ""},
	{"encrypted", "Content-Type: multipart/encrypted; boundary=e\r\n\r\n--e\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--e\r\n"
	 "Content-Type: application/octet-stream\r\n\r\nx\r\n--e--\r\n", "[The message is encrypted (OpenPGP).]\n", " 1\n"},
	{"flowed and signed", FLOWED "-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nDie \r\nSatzung\r\n-----BEGIN PGP SIGNATURE-----\r\n-----END PGP SIGNATURE-----\r\n",
	 "Die Satzung\n", ""},
	{"no end", MIXED "--m\r\n" PLAIN "Hallo\r\n", "Hallo\n", ""},
	{"no boundary", "Content-Type: multipart/mixed\r\n\r\n--m\r\n\r\nHallo\r\n", "", ""},

	{"windows-1252 under another name", "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\x84" "Eimer\x93 \x96 5 \x80\r\n",
	 "„Eimer“ – 5 €\n", ""},
	{"us-ascii that is none", "Content-Type: text/plain; charset=us-ascii\r\n\r\nf\xfcr \x80\r\nGrüße\r\n", "für €\nGrüße\n", ""},
	{"utf-8 that is Latin-1", PLAIN "f\xfcr\r\nGrüße\r\n", "für\nGrüße\n", ""},
	{"no charset", "Content-Type: text/plain\r\n\r\nGrüße\r\n", "Grüße\n", ""},
	{"unknown charset", "Content-Type: text/plain; charset=x-neu\r\n\r\nGrüße\r\n", "Grüße\n", ""},
	{"Latin-9", "Content-Type: text/plain; charset=\"ISO-8859-15\"\r\n\r\n5 \xa4\r\n", "5 €\n", ""},
	{"html in Latin-1", "Content-Type: text/html; charset=iso-8859-1\r\n\r\n<meta charset=utf-8>f\xfcr &uuml;\r\n", "für ü\n", ""},
	{"html in the charset that it names", "Content-Type: text/html\r\n\r\n<meta charset=windows-1251>\xc4\xe0\r\n", "Да\n", ""},
	{"UTF-16", "Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n/ADcAAoAPdgA3j3Y\r\n", "üÜ\n😀\n", ""},
	{"byte order mark", PLAIN "\xef\xbb\xbfHallo\r\n", "Hallo\n", ""},

	{"flowed", FLOWED "Die neue \r\nSatzung \r\ngilt.\r\n\r\nGruß\r\n", "Die neue Satzung gilt.\n\nGruß\n", ""},
	{"flowed, DelSp", "Content-Type: text/plain; format=Flowed; delsp=YES\r\n\r\nStrassen \r\nreinigung  \r\ngilt.\r\n",
	 "Strassenreinigung gilt.\n", ""},
	{"flowed quotations", FLOWED ">> alt \r\n>> und \r\n> neu \r\n> x\r\nAntwort \r\n> y\r\n", ">> alt und\n> neu x\nAntwort\n> y\n", ""},
	{"space-stuffed", FLOWED " From hier\r\n  zwei\r\n >kein Zitat\r\n", "From hier\n zwei\n >kein Zitat\n", ""},
	{"flowed signature", FLOWED "Ende \r\n-- \r\nOtto\r\n", "Ende\n-- \nOtto\n", ""},
	{"flowed at the end", FLOWED "Ende ", "Ende \n", ""},
    /* clang-format on */
};

static char *listed(const struct body *body)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < body->attachments->len; i++) {
		const struct attachment *attachment = body->attachments->pdata[i];

		g_string_append_printf(out, "%s %d\n", attachment->name, (int)attachment->size);
	}
	return g_string_free(out, FALSE);
}

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *attachments = NULL;
		struct body body;

		print_message("# %s\n", cases[i].name);
		body_read(&body, cases[i].wire, strlen(cases[i].wire), LANG_EN);
		attachments = listed(&body);
		assert_string_equal(body.text, cases[i].text);
		assert_string_equal(attachments, cases[i].attachments);
		body_clear(&body);
	}
}

/* A type is shown as it is said, but for what can't be shown. */
static void test_type(void **state)
{
	static const char wire[] = "Content-Type: Application/X-\xc2\x80\xff; name=a\r\n\r\nx";
	const struct attachment *attachment;
	struct body body;

	(void)state;
	body_read(&body, wire, sizeof(wire) - 1, LANG_EN);
	assert_int_equal(body.attachments->len, 1);
	attachment = body.attachments->pdata[0];
	assert_string_equal(attachment->type, "application/x- \xef\xbf\xbd");
	body_clear(&body);
}

static void test_cut(void **state)
{
	static const char *const pieces[] = {"Eimer\r\n", "ä", "\r\n", " \r\n"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) wire = g_string_new("Subject: x\r\n\r\nx");
		struct body body;
		size_t size;

		while (wire->len < 1000000)
			g_string_append(wire, pieces[i]);
		body_read(&body, wire->str, wire->len, LANG_EN);
		size = strlen(body.text);
		assert_in_range(size, BODY_TEXT_MAX - 10, BODY_TEXT_MAX);
		assert_true(g_utf8_validate(body.text, -1, NULL));
		assert_int_equal(body.text[size - 1], '\n');
		body_clear(&body);
	}
}

#define MIB ((size_t)1048576)
#define TAKEN_MAX 20000000 /* microseconds; some hundred times what it takes */

/* What tries to cost time or memory. */
static const struct {
	const char *name;
	const char *start;
	const char *repeated; /* `%d` is a number */
	size_t size;
} hostile[] = {
    /* clang-format off */
	{"nested multiparts", "", "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", MIB},
	{"nested with one boundary", "", "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", 100 * MIB},
	{"nested messages", "", "Content-Type: message/rfc822\r\n\r\n", 10 * MIB},
	{"tiny parts", MIXED, "--m\r\n\r\n%d\r\n", 20 * MIB},
	{"empty parts", MIXED, "--m\r\n", 100 * MIB},
	{"digest", "Content-Type: multipart/digest; boundary=m\r\n\r\n", "--m\r\n\r\n\r\n", 20 * MIB},
	{"nested, then nearly boundaries",
	 "Content-Type: multipart/x; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/x; boundary=mm\r\n\r\n--mm\r\n"
	 "Content-Type: multipart/x; boundary=mmm\r\n\r\n--mmm\r\nContent-Type: multipart/x; boundary=m4\r\n\r\n--m4\r\n"
	 "Content-Type: multipart/x; boundary=m5\r\n\r\n--m5\r\nContent-Type: multipart/x; boundary=m6\r\n\r\n--m6\r\n",
	 "--mmm-\r\n", 25 * MIB},
	{"empty lines", MIXED, "\n", 25 * MIB},
	{"nearly boundaries", MIXED, "--m-\r\n", 100 * MIB},
	{"dashes", "Content-Type: multipart/mixed; boundary=---------------------\r\n\r\n", "-", 100 * MIB},
	{"base64", "Content-Transfer-Encoding: base64\r\n\r\n", "QUFB", 100 * MIB},
	{"base64 of html", "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n", "PGI+", 100 * MIB},
	{"quoted-printable", "Content-Transfer-Encoding: quoted-printable\r\n\r\n", "=\r\n", 100 * MIB},
	{"fields", "", "X-%d: x\r\n", 2 * MIB},
	{"one field", "Content-Type: multipart/mixed", "; boundary*%d*=x", MIB},
	{"parameters in each part", MIXED, "--m\r\nContent-Disposition: attachment"
	 "; filename*0=a; filename*1=a; filename*2=a; filename*3=a; filename*4=a; filename*5=a; filename*6=a"
	 "; filename*7=a; filename*8=a; filename*9=a; filename*10=a; filename*11=a; filename*12=a\r\n\r\n", 10 * MIB},
	{"blank text parts", MIXED, "--m\r\n\r\n \r\n", 100 * MIB},
	{"lines in another charset", "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", "\xff\r\n", 10 * MIB},
	{"messages in multiparts", "", "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\nContent-Type: message/rfc822\r\n\r\n", MIB},
	{"text parts of html", MIXED, "--m\r\nContent-Type: text/html\r\n\r\n<p>%d\r\n", 10 * MIB},
	{"html in comments", ALTERNATIVE, "--a\r\nContent-Type: text/html\r\n\r\n<!-- %d --><!x>\r\n", 10 * MIB},
	{"appointments", "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n",
	 "BEGIN:VEVENT\r\nDTSTART:20270112T100000\r\nSUMMARY:%d\r\nEND:VEVENT\r\n", 10 * MIB},
	{"a fold", "Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n", "x\r\n ", 10 * MIB},
	{"armour", "", "-----BEGIN PGP SIGNED MESSAGE-----\r\n", 10 * MIB},
	{"winmail.dat", "Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgEA", "AgKQBgAAAAAAAAAA", 24 * MIB},
	{"S/MIME", "Content-Type: application/pkcs7-mime\r\n\r\n\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", "\xa0\x80", 24 * MIB},
	{"NUL", "Subject: x\r\n\r\n", "\x01\r", 25 * MIB},
	{"flowed quotations", FLOWED, "> > x \r\n>y \r\n", 10 * MIB},
    /* clang-format on */
};

static void append_repeated(GString *wire, const char *text, size_t size)
{
	const size_t text_size = strlen(text);

	for (int n = 0; wire->len < size; n++) {
		size_t start = wire->len;

		g_string_append_len(wire, text, (gssize)text_size);
		if (memchr(text, '%', text_size) != NULL) {
			g_autofree char *number = g_strdup_printf("%d", n);
			g_autoptr(GString) piece = g_string_new(text);

			g_string_replace(piece, "%d", number, 0);
			g_string_truncate(wire, start);
			g_string_append_len(wire, piece->str, (gssize)piece->len);
		}
	}
}

static void test_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++) {
		g_autoptr(GString) wire = g_string_sized_new(hostile[i].size + 1000);
		gint64 before;
		gint64 taken;
		struct body body;

		g_string_append(wire, hostile[i].start);
		append_repeated(wire, hostile[i].repeated, hostile[i].size);
		before = g_get_monotonic_time();
		body_read(&body, wire->str, wire->len, LANG_EN);
		taken = g_get_monotonic_time() - before;
		print_message("# %s: %d ms\n", hostile[i].name, (int)(taken / 1000));
		assert_true(taken < TAKEN_MAX);
		assert_true(strlen(body.text) <= BODY_TEXT_MAX);
		assert_true(body.attachments->len <= BODY_PARTS_MAX);
		assert_true(g_utf8_validate(body.text, -1, NULL));
		body_clear(&body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_type),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/body", tests, NULL, NULL);
}
