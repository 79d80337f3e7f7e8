/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib.h>

static const struct {
	const char *name;
	const char *html;
	const char *text;
} cases[] = {
    /* clang-format off */
	{"nothing", "", ""},
	{"text alone", "Hallo  Welt", "Hallo Welt\n"},
	{"paragraphs", "<p>Guten Tag,</p>\n<p>der\n Eimer <b>ist</b> <i>da</i>.</p>", "Guten Tag,\n\nder Eimer ist da.\n"},
	{"line breaks", "a<br>b<br/>\n<br>c<br><br><br>d", "a\nb\n\nc\n\nd\n"},
	{"divisions", "<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc\n"},
	{"headings", "<h1>Satzung</h1>§ 1<h2>Gebühr</h2>", "Satzung\n\n§ 1\n\nGebühr\n"},
	{"entities", "&lt;&uuml;&#8364;&amp;&nbsp;x&unbekannt;", "<ü€& x&unbekannt;\n"},
	{"nothing but blanks", "<p>&nbsp;</p><p> </p><div>\n</div>", ""},
	{"left out", "<html><head><title>t</title><style>p{}</style></head><body><!-- k --><script>x<p></script>"
	 "a<style>b</style>c</body></html>", "ac\n"},
	{"list", "vorn<ul><li>Eimer</li><li>Besen<br>neu</li></ul>hinten", "vorn\n\n• Eimer\n• Besen\n  neu\n\nhinten\n"},
	{"numbers", "<ol><li>a<li><p>b</p><li></ol>", "1. a\n2. b\n"},
	{"nested lists", "<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>", "• a\n  1. b\n  2. c\n• d\n"},
	{"empty items", "<ul><li></li><li>a</li></ul>", "• a\n"},
	{"table", "<table><tr><th>Jahr</th><th>Euro</th></tr>\n<tr> <td>2027</td>\n <td>1,20</td> </tr></table>Ende",
	 "Jahr | Euro\n2027 | 1,20\n\nEnde\n"},
	{"paragraphs in cells", "<table><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td></td><td>c</td></tr></table>",
	 "a  b\nc\n"},
	{"lines in a cell", "<table><tr><td>a<br>b</td><td>c</td></tr></table>", "a\nb\nc\n"},
	{"table in a cell", "<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td></tr><tr><td>c</td></tr></table>",
	 "a  b\nc\n"},
	{"link", "siehe <a href=\"https://stadt.example/satzung\">die Satzung</a>.", "siehe die Satzung <https://stadt.example/satzung>.\n"},
	{"link that shows its address", "<a href=\"https://www.stadt.example/\">stadt.example</a> "
	 "<a href=\"mailto:o@stadt.example\">O@stadt.example</a>", "stadt.example O@stadt.example\n"},
	{"link to nowhere", "<a href=\"#x\">a</a> <a>b</a> <a href=\"javascript:x()\">c</a> <a href=\"http://x y\">d</a>", "a b c d\n"},
	{"link without text", "a <a href=\"http://x/\"><img src=x></a>b", "a b\n"},
	{"link at the start of a quotation", "<blockquote><a href=\"http://x/\">http://x</a></blockquote>", "> http://x\n"},
	{"quotation", "Am 23.11. schrieb Petra:<blockquote type=cite><p>a</p><p>b</p><blockquote>c</blockquote></blockquote>Ja.",
	 "Am 23.11. schrieb Petra:\n\n> a\n>\n> b\n>\n> > c\n\nJa.\n"},
	{"verbatim", "<pre>a\n  b\n\n\n\tc</pre>d", "a\n  b\n\n c\n\nd\n"},
	{"another charset is declared", "<meta charset=iso-8859-1><meta http-equiv=Content-Type content='text/html; charset=x'>ü", "ü\n"},
	{"not UTF-8", "<p>\xff\xc3</p>", "\xef\xbf\xbd\xef\xbf\xbd\n"},
	{"controls", "a&#1;&#133;b\x01&#8232;c&shy;d", "a b cd\n"},
	{"unclosed", "<div><b>a<p>b<table><tr><td>c", "a\n\nb\n\nc\n"},
	{"closed too often", "</div></p>a</td></table></b>b</body></html>c", "ab\n\nc\n"},
	{"Outlook", "<html xmlns:o=\"urn:x\"><body><div class=WordSection1><p class=MsoNormal>Hallo,<o:p></o:p></p>"
	 "<p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>der Eimer<o:p></o:p></p></div></body></html>",
	 "Hallo,\n\nder Eimer\n"},
	{"quotes in tags", "<a title=\"x>y\" href='http://x/'>z</a>", "z <http://x/>\n"},

	{"nested numbers from a start", "<ol start=7><li>a<ol><li>b</ol><li value=20>c<li>d</ol>", "7. a\n  1. b\n20. c\n21. d\n"},
	{"a table with lines", "<table border=1><tr><td>a</td><td></td><td>c</td></tr><tr><td></td><td>e</td><td></td></tr></table>",
	 "a |  | c\n| e\n"},
	{"paragraphs in a table with lines", "<table border=1><tr><td><p class=MsoNormal>a<o:p></o:p></p></td><td><p>b</p></td></tr></table>", "a | b\n"},
	{"a table within one with lines", "<table border=1><tr><td>a</td><td><table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr></table>",
	 "a | b  c | d\n"},
	{"Word's paragraphs", "<p class=MsoNormal>a</p><p class=MsoNormal>b</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>c</p>", "a\nb\n\nc\n"},
	{"Word's paragraphs with room", "<p class=MsoNormal style='margin-bottom:12.0pt'>a</p><p class=MsoNormal>b</p>", "a\n\nb\n"},
	{"paragraphs without margins", "<p style='margin: 0cm'>a</p><p style='margin:0;margin-bottom:.0001pt'>b</p><p style='margin:0 0 1em'>c</p><p>d</p>",
	 "a\nb\n\nc\n\nd\n"},
	{"empty lines", "<div>a</div><div><br></div><div>b</div><div>&nbsp;</div><div>c</div>", "a\n\nb\n\nc\n"},
	{"Word's list", "<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp; </span></span>"
	 "<![endif]>a</p><p class=MsoListParagraph style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>\xef\x82\xb7<span>&nbsp;</span></span>b</p>",
	 "1. a\n  • b\n"},
	{"conditions", "a<!--[if mso]><p>b</p><![endif]--><![if !mso]>c<![endif]><!--[if !mso]><!-->d<!--<![endif]-->", "acd\n"},
	{"marks of other programs", "<!DOCTYPE html><p>a<!VR> <!EVR>b</p>", "a b\n"},
	{"hidden", "<div style='display: none'>a</div><span hidden>b</span><p style='FONT-SIZE:0;x:y'>c</p><p style='font-size:0.9em'>d</p>", "d\n"},
	{"rule", "a<hr>b", "a\n\n________________________________\nb\n"},
	{"rule at the beginning", "<hr>b", "b\n"},
	{"images", "<img alt='Wappen der Stadt'><img alt=''><img alt='image001.png'><img alt='x'> <img alt='Logo'>", "[Wappen der Stadt] [Logo]\n"},
	{"image in a link", "<a href='http://x/'><img alt='Zur Satzung'></a>", "[Zur Satzung] <http://x/>\n"},
    /* clang-format on */
};

static void test_charset(void **state)
{
	static const struct {
		const char *html;
		const char *charset;
	} metas[] = {
	    {"<meta charset=utf-8>", "utf-8"},
	    {"<META CHARSET='UTF-8' />", "utf-8"},
	    {"<meta http-equiv=Content-Type content=\"text/html; charset=iso-8859-15\">",
		"iso-8859-15"},
	    {"<meta name=x content=y><meta charset=\"koi8-r\">", "koi8-r"},
	    {"<meta name=x>charset=utf-8", NULL},
	    {"", NULL},
	    {"<meta", NULL},
	    {"<meta charset", ""},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(metas); i++) {
		g_autofree char *charset = html_charset(metas[i].html, strlen(metas[i].html));

		if (metas[i].charset == NULL)
			assert_null(charset);
		else
			assert_string_equal(charset, metas[i].charset);
	}
}

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = html_text(cases[i].html, strlen(cases[i].html));

		print_message("# %s\n", cases[i].name);
		assert_string_equal(text, cases[i].text);
	}
}

static void test_nul(void **state)
{
	g_autofree char *text = html_text("a\0b<p\0>c", 8);

	(void)state;
	assert_string_equal(text, "a b\n\nc\n");
}

#define TAKEN_MAX 20000000 /* microseconds; some fifty times what it takes */

/* What tries to make the parser slow or to fill the memory. */
static void test_hostile(void **state)
{
	static const char *const pieces[] = {"<b>", "<div>", "<b></i>", "<blockquote>x",
	    "<ul><li>x", "<table><tr><td>x", "<a href=http://x/>", "&", "&amp", "<", "<!--", "<!",
	    "</", "x ", "<a x=\">\" b ", " b", "<p/", "<a\nb=", "<pre>\n \n", "<br>", "<![",
	    "<p style='margin:0'>&nbsp;", "<td><th>", "<img alt='ab'>", "<form><input>", "&#8232;"};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) html =
		    g_string_new(*pieces[i] == ' ' ? "<p>Neu</p><a" : "<p>Neu</p>");
		g_autofree char *text = NULL;
		gint64 before;
		gint64 taken;

		for (int n = 0; html->len < 3000000; n++)
			g_string_append_printf(
			    html, *pieces[i] == ' ' ? "%s%d" : "%s", pieces[i], n);
		before = g_get_monotonic_time();
		text = html_text(html->str, html->len);
		taken = g_get_monotonic_time() - before;
		print_message("# %zu: %d ms\n", i, (int)(taken / 1000));
		assert_true(taken < TAKEN_MAX);
		assert_true(g_str_has_prefix(text, "Neu\n"));
		assert_true(strlen(text) < 600000);
		assert_true(g_utf8_validate(text, -1, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_charset),
	    cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/html", tests, NULL, NULL);
}
