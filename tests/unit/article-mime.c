/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define MIXED(boundary) "Content-Type: multipart/mixed; boundary=" boundary "\r\n\r\n"

/* The tree on one line: `type[content]`, of a multipart `type(parts)`. */
static void append_tree(GString *out, const struct mime_part *part)
{
	g_string_append(out, part->type);
	if (part->parts == NULL) {
		g_string_append_c(out, '[');
		g_string_append_len(out, part->content, (gssize)part->size);
		g_string_append_c(out, ']');
		return;
	}
	g_string_append_c(out, '(');
	for (unsigned i = 0; i < part->parts->len; i++)
		append_tree(out, part->parts->pdata[i]);
	g_string_append_c(out, ')');
}

static const struct {
	const char *name;
	const char *wire;
	const char *tree;
} trees[] = {
    /* clang-format off */
	{"no type", "Subject: x\r\n\r\nHallo\r\n", "text/plain[Hallo\r\n]"},
	{"a type that is none (RFC 2045 section 5.2)", "Content-Type: text\r\n\r\nx", "text/plain[x]"},
	{"case and folds", "content-type:\r\n TEXT/HTML;\r\n\tcharset=x\r\n\r\nx", "text/html[x]"},
	{"parts", MIXED("a") "vorn\r\n--a\r\n\r\neins\r\n--a\r\nContent-Type: text/html\r\n\r\nzwei\r\n\r\n--a--\r\nhinten",
	 "multipart/mixed(text/plain[eins]text/html[zwei\r\n])"},
	{"line feeds", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\neins\n--a\n\nzwei\n--a--\n",
	 "multipart/mixed(text/plain[eins]text/plain[zwei])"},
	{"no end", MIXED("a") "--a\r\n\r\neins\r\n--a\r\n\r\nzwei\r\n", "multipart/mixed(text/plain[eins]text/plain[zwei\r\n])"},
	{"empty parts", MIXED("a") "--a\r\n--a\r\n\r\n--a--", "multipart/mixed(text/plain[]text/plain[])"},
	{"blanks behind a delimiter (RFC 2046 section 5.1.1)", MIXED("a") "--a \t\r\n\r\nx\r\n--a-- \r\n",
	 "multipart/mixed(text/plain[x])"},
	{"longer boundaries", MIXED("a") "--a\r\n\r\nx\r\n--ab\r\n--a-b\r\n x--a\r\n--a--\r\n",
	 "multipart/mixed(text/plain[x\r\n--ab\r\n--a-b\r\n x--a])"},
	{"quoted boundary", MIXED("\"a b;=\"") "--a b;=\r\n\r\nx\r\n--a b;=--\r\n", "multipart/mixed(text/plain[x])"},
	{"no boundary", "Content-Type: multipart/mixed\r\n\r\n--a\r\n\r\nx", "multipart/mixed()"},
	{"never begins", MIXED("a") "x\r\n--a--\r\n--a\r\n\r\nx", "multipart/mixed()"},
	{"nested", MIXED("a") "--a\r\n" MIXED("b") "--b\r\n\r\nx\r\n--b--\r\n--a\r\n\r\ny\r\n--a--\r\n",
	 "multipart/mixed(multipart/mixed(text/plain[x])text/plain[y])"},
	{"the outer delimiter ends the inner", MIXED("a") "--a\r\n" MIXED("b") "--b\r\n\r\nx\r\n--a\r\n\r\ny\r\n--b\r\n",
	 "multipart/mixed(multipart/mixed(text/plain[x])text/plain[y\r\n--b\r\n])"},
	{"too deep", MIXED("a") "--a\r\n" MIXED("b") "--b\r\n" MIXED("c") "--c\r\n\r\nx\r\n",
	 "multipart/mixed(multipart/mixed(multipart/mixed()))"},
	{"too many", MIXED("a") "--a\r\n\r\n1\r\n--a\r\n\r\n2\r\n--a\r\n\r\n3\r\n--a\r\n\r\n4\r\n--a\r\n\r\n5\r\n",
	 "multipart/mixed(text/plain[1]text/plain[2]text/plain[3]text/plain[4])"},
	{"the empty line lacks", MIXED("a") "--a\r\nContent-Type: text/html\r\nHallo\r\nWelt\r\n\r\n--a--\r\n",
	 "multipart/mixed(text/html[Hallo\r\nWelt\r\n])"},
	{"boundary as an extended parameter (RFC 2231)", "Content-Type: multipart/mixed; boundary*=us-ascii''a%62\r\n\r\n--ab\r\n\r\nx\r\n--ab--\r\n",
	 "multipart/mixed(text/plain[x])"},
	{"a message inside, too deep", MIXED("a") "--a\r\n" MIXED("b") "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nx",
	 "multipart/mixed(multipart/mixed(message/rfc822()))"},
	{"a message inside, encoded", "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA", "message/rfc822[AAAA]"},
	{"digest (RFC 2046 section 5.1.5)", "Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: x\r\n\r\nx\r\n--a--\r\n",
	 "multipart/digest(message/rfc822(text/plain[x]))"},
    /* clang-format on */
};

static void test_tree(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(trees); i++) {
		g_autoptr(GString) tree = g_string_new(NULL);
		struct mime_part *part;

		print_message("# %s\n", trees[i].name);
		part = mime_read(trees[i].wire, strlen(trees[i].wire), 5, 2);
		assert_non_null(part);
		append_tree(tree, part);
		assert_string_equal(tree->str, trees[i].tree);
		mime_part_free(part);
	}
}

static const struct {
	const char *name;
	const char *fields;
	const char *file;
} names[] = {
    /* clang-format off */
	{"none", "Content-Type: text/plain; charset=utf-8\r\n", ""},
	{"token", "Content-Disposition: attachment; filename=a.pdf\r\n", "a.pdf"},
	{"quoted", "Content-Disposition: attachment; FileName = \"a \\\"b\\\"; c.pdf\" ; size=3\r\n", "a \"b\"; c.pdf"},
	{"of Content-Type", "Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment\r\n", "a.pdf"},
	{"both", "Content-Type: x/y; name=b\r\nContent-Disposition: attachment; filename=a\r\n", "a"},
	{"another one's end", "Content-Disposition: attachment; xfilename=b; filename=a\r\n", "a"},
	{"in a quoted string", "Content-Disposition: attachment; x=\"; filename=b\"; filename=a\r\n", "a"},
	{"encoded word", "Content-Type: x/y; name=\"=?iso-8859-1?Q?Geb=FChren?= =?iso-8859-1?Q?=2Epdf?=\"\r\n", "Gebühren.pdf"},
	{"raw 8-bit", "Content-Type: x/y; name=\"Geb\xfchren.pdf\"\r\n", "Gebühren.pdf"},
	{"extended", "Content-Disposition: attachment; filename*=UTF-8'de'Geb%C3%BChren%202027.pdf\r\n", "Gebühren 2027.pdf"},
	{"extended in Latin-1, quoted", "Content-Disposition: attachment; filename*=\"iso-8859-1''Geb%FChren\"\r\n", "Gebühren"},
	{"extended and plain", "Content-Disposition: attachment; filename=x; filename*=utf-8''%C3%BC\r\n", "ü"},
	{"sections", "Content-Disposition: attachment; filename*0=\"Geb\";\r\n filename*1=\"uehren\"; filename*2=.pdf\r\n", "Gebuehren.pdf"},
	{"extended sections, a character cut", "Content-Disposition: attachment; filename*1*=%BChren;\r\n filename*0*=utf-8''Geb%C3; filename*2=.pdf\r\n",
	 "Gebühren.pdf"},
	{"a section lacks", "Content-Disposition: attachment; filename*0=a; filename*2=b\r\n", "a"},
	{"half an escape", "Content-Disposition: attachment; filename*=utf-8''a%4%zz%\r\n", "a%4%zz%"},
	{"controls", "Content-Disposition: attachment; filename*=utf-8''a%0D%0Ab%00c\r\n", "a  b c"},
	{"no end", "Content-Disposition: attachment; filename=\"a\\\r\n", "a\\"},
	{"sections of encoded words", "Content-Disposition: attachment; filename*0=\"=?utf-8?Q?=C3=BC\"; filename*1=\"b.pdf?=\"\r\n", "üb.pdf"},
	{"Windows' path", "Content-Disposition: attachment; filename=\"C:\\Daten\\Plan.pdf\"\r\n", "Plan.pdf"},
	{"a folder", "Content-Disposition: attachment; filename=\"a/\"\r\n", "a/"},
	{"empty, then the other", "Content-Type: x/y; name=b\r\nContent-Disposition: attachment; filename=\"\"\r\n", "b"},
	{"no value", "Content-Disposition: attachment; filename; filename=a\r\n", "a"},
	{"no semicolon", "Content-Type: application/pdf name=a.pdf\r\n", "a.pdf"},
    /* clang-format on */
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autofree char *wire = g_strconcat(names[i].fields, "\r\n", NULL);
		g_autofree char *file = NULL;
		struct mime_part *part;

		print_message("# %s\n", names[i].name);
		part = mime_read(wire, strlen(wire), 1, 0);
		file = mime_part_name(part);
		assert_string_equal(file, names[i].file);
		mime_part_free(part);
	}
}

static const struct {
	const char *encoding;
	const char *content;
	const char *decoded;
} contents[] = {
    /* clang-format off */
	{"7bit", "a=41\r\n", "a=41\r\n"},
	{"QUOTED-PRINTABLE", "a=41=\r\nb=C3=BC=XY\r\n", "aAbü=XY\r\n"},
	{"base64", "SGFsbG8K\r\n", "Hallo\n"},
	{"Base64 ", "SGFs\r\n bG8=", "Hallo"},
	{"base64", "!", ""},
	{"x-unknown", "a=41", "a=41"},
    /* clang-format on */
};

static void test_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(contents); i++) {
		g_autofree char *wire =
		    g_strconcat("Content-Transfer-Encoding: ", contents[i].encoding, "\r\n\r\n",
			contents[i].content, NULL);
		struct mime_part *part = mime_read(wire, strlen(wire), 1, 0);
		g_autoptr(GString) decoded = mime_part_decoded(part, 1000);
		g_autoptr(GString) cut = mime_part_decoded(part, 4);

		assert_string_equal(decoded->str, contents[i].decoded);
		assert_true(g_str_has_prefix(decoded->str, cut->str) && cut->len <= 4);
		mime_part_free(part);
	}
}

static void test_size(void **state)
{
	g_autofree char *bytes = g_malloc0(100000);
	g_autoptr(GString) wire = g_string_new("Content-Transfer-Encoding: base64\r\n\r\n");
	struct mime_part *part;

	(void)state;
	for (size_t i = 0; i < 100000; i += 57) {
		g_autofree char *line = g_base64_encode((guchar *)bytes, MIN(57, 100000 - i));

		g_string_append_printf(wire, "%s\r\n", line);
	}
	part = mime_read(wire->str, wire->len, 1, 0);
	assert_int_equal(mime_part_size(part), 100000);
	mime_part_free(part);
}

/* RFC 5322 header blocks beyond the limits of article/header are no message. */
static void test_limit(void **state)
{
	g_autoptr(GString) wire = g_string_new(NULL);

	(void)state;
	for (int i = 0; i < 100000; i++)
		g_string_append(wire, "X: x\r\n");
	assert_null(mime_read(wire->str, wire->len, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tree),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_decoded),
	    cmocka_unit_test(test_size),
	    cmocka_unit_test(test_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/mime", tests, NULL, NULL);
}
