/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/address.h"

/* What is parsed, as `name|address` joined by `; `. */
static const struct {
	const char *name;
	const char *value;
	const char *found;
} values[] = {
    /* clang-format off */
	{"address alone", "otto@stadt.example", "|otto@stadt.example"},
	{"upper case", "Otto@Stadt.Example", "|otto@stadt.example"},
	{"name", "Otto Kern <otto@stadt.example>", "Otto Kern|otto@stadt.example"},
	{"quoted name", "\"Kern, Otto\" <otto@stadt.example>", "Kern, Otto|otto@stadt.example"},
	{"quoted marks in a name", "\"Otto \\\"Otti\\\" Kern\" <o@x>", "Otto \"Otti\" Kern|o@x"},
	{"comma without quotation marks", "Kern, Otto <o@x>, Ute <u@x>", "Kern, Otto|o@x; Ute|u@x"},
	{"name in a comment", "o@x (Otto Kern)", "Otto Kern|o@x"},
	{"comment beside a name", "Otto (Bauhof) <o@x>", "Otto|o@x"},
	{"nested comment", "o@x (Otto (der Gro\xc3\x9f" "e))", "Otto (der Große)|o@x"},
	{"comment without end", "Otto (Bauhof <o@x>", "Otto (Bauhof|o@x"},
	{"quotation mark without end", "\"Otto <o@x>", "\"Otto|o@x"},
	{"bracket without end", "Otto <o@x", "Otto|o@x"},
	{"bracket without end before another", "Otto <o@x, Ute <u@x>", "Otto|o@x; Ute|u@x"},
	{"fold", "Otto\r\n Kern\r\n <o@x>", "Otto Kern|o@x"},
	{"blank in the address", "Otto < o @x >", "Otto|o@x"},
	{"encoded", "=?utf-8?Q?J=C3=B6rg?= Kern <j@x>", "Jörg Kern|j@x"},
	{"encoded, in quotation marks", "\"=?utf-8?Q?J=C3=B6rg?=\" <j@x>", "Jörg|j@x"},
	{"encoded with a comma", "=?utf-8?Q?Kern,_J=C3=B6rg?= <j@x>", "Kern, Jörg|j@x"},
	{"encoded in two", "=?utf-8?Q?J=C3?= =?utf-8?Q?=B6rg?= <j@x>", "Jörg|j@x"},
	{"encoded address", "Otto <=?utf-8?Q?o=40x?=>", "Otto|o@x"},
	{"raw windows-1252", "J\xf6rg <j@x>", "Jörg|j@x"},
	{"two", "a@x, b@x", "|a@x; |b@x"},
	{"semicolon", "a@x; b@x", "|a@x; |b@x"},
	{"empty ones", ", a@x,, b@x,", "|a@x; |b@x"},
	{"group", "Rat: a@x, Ute <u@x>; b@x", "|a@x; Ute|u@x; |b@x"},
	{"empty group", "undisclosed-recipients:;", ""},
	{"no @", "Otto, Ute <ute>", ""},
	{"route (obsolete)", "<@relais.example:o@x>", "|o@x"},
	{"mailto", "<mailto:o@x>", "|o@x"},
	{"quoted local part", "\"otto kern\"@x", "|\"otto kern\"@x"},
	{"domain literal", "o@[IPv6:2001:db8::1]", "|o@[ipv6:2001:db8::1]"},
	{"address as name", "o@x <o@x>", "o@x|o@x"},
	{"line end in a name", "=?utf-8?Q?Otto=0D=0ABcc:_z=40y?= <o@x>", "Otto  Bcc: z@y|o@x"},
	{"letters beyond ASCII", "J\xc3\x96RG@x", "|jörg@x"},
	{"nothing", "", ""},
	{"brackets alone", "<>", ""},
    /* clang-format on */
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autoptr(GPtrArray) mailboxes =
		    address_parse(values[i].value, strlen(values[i].value));
		g_autoptr(GString) found = g_string_new(NULL);

		print_message("# %s\n", values[i].name);
		for (unsigned k = 0; k < mailboxes->len; k++) {
			struct mailbox *mailbox = mailboxes->pdata[k];

			g_string_append_printf(found, "%s%s|%s", k == 0 ? "" : "; ",
			    mailbox->name == NULL ? "" : mailbox->name, mailbox->address);
		}
		assert_string_equal(found->str, values[i].found);
	}
	mailbox_free(NULL);
}

static void test_many(void **state)
{
	g_autoptr(GString) value = g_string_new(NULL);
	g_autoptr(GPtrArray) mailboxes = NULL;

	(void)state;
	for (int i = 0; i < 20000; i++)
		g_string_append_printf(value, "x <%d@x>, ", i);
	mailboxes = address_parse(value->str, value->len);
	assert_int_equal(mailboxes->len, 1000);
}

static const struct {
	const char *address;
	bool valid;
} addresses[] = {
    /* clang-format off */
	{"o@x", true},
	{"otto.kern+rat@stadt.example", true},
	{"jörg@stadt.example", true},
	{"\"a@b\"@x", true},
	{"\"a\\\"@b\"@x", true},
	{"o@x@y", false},
	{"otto", false},
	{"@x", false},
	{"otto@", false},
	{"o @x", false},
	{"\"o\"o\"@x", false},
	{"<o@x>", false},
	{"o\r@x", false},
	{"o\xc2\x85@x", false},
	{"o\xe4@x", false},
	{"", false},
    /* clang-format on */
};

static void test_valid(void **state)
{
	g_autofree char *fill = g_strnfill(252, 'x');
	g_autofree char *longest = g_strconcat(fill, "@x", NULL);
	g_autofree char *longer = g_strconcat("x", longest, NULL);
	g_autofree char *normal = address_normal("  Otto@X ");

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
		print_message("# %s\n", addresses[i].address);
		assert_int_equal(address_is_valid(addresses[i].address), addresses[i].valid);
	}
	assert_true(address_is_valid(longest));
	assert_false(address_is_valid(longer));
	assert_string_equal(normal, "otto@x");
}

static bool is_group(const char *address, void *data)
{
	return strcmp(address, data) == 0;
}

/* `%` stands for the masked address of otto@stadt.example. */
static const struct {
	const char *name;
	const char *value;
	const char *masked;
	const char *open;
} fields[] = {
    /* clang-format off */
	{"name", "Otto <Otto@Stadt.Example>", "Otto <%>", "Otto <otto@stadt.example>"},
	{"no name", "otto@stadt.example", "%", "otto@stadt.example"},
	{"raw 8-bit", "\"Kern, J\xf6rg\" <otto@stadt.example>", "=?UTF-8?Q?Kern=2C_J=C3=B6rg?= <%>",
		"=?UTF-8?Q?Kern=2C_J=C3=B6rg?= <otto@stadt.example>"},
	{"address as name", "\"otto@stadt.example\" <otto@stadt.example>", "%",
		"\"otto@stadt.example\" <otto@stadt.example>"},
	{"encoded address as name", "=?utf-8?Q?otto=40stadt.example?= <otto@stadt.example>", "%",
		"\"otto@stadt.example\" <otto@stadt.example>"},
	{"wide @ in a name", "otto＠stadt.example <otto@stadt.example>", "%",
		"=?UTF-8?Q?otto=EF=BC=A0stadt=2Eexample?= <otto@stadt.example>"},
	{"address in a comment", "otto@stadt.example (otto@stadt.example)", "%",
		"\"otto@stadt.example\" <otto@stadt.example>"},
	{"group stays", "rat@listen.example, otto@stadt.example", "rat@listen.example, %",
		"rat@listen.example, otto@stadt.example"},
	{"line end in a name", "=?utf-8?Q?O=0D=0ABcc:_?= <otto@stadt.example>", "\"O  Bcc:\" <%>",
		"\"O  Bcc:\" <otto@stadt.example>"},
	{"international domain", "a@b\xc3\xbcro.example", NULL, "a@xn--bro-hoa.example"},
	{"international local part", "j\xc3\xb6rg@x.example", NULL, "utf8@address.invalid"},
	{"nothing", "undisclosed-recipients:;", "", ""},
    /* clang-format on */
};

static void test_masked(void **state)
{
	char group[] = "rat@listen.example";
	struct address_mask mask = {{1}, "listen.example", is_group, group};
	g_autofree char *masked = address_masked(&mask, "otto@stadt.example");
	g_autofree char *upper = address_masked(&mask, "Otto@stadt.example");
	g_autofree char *other = NULL;
	g_autofree char *again = address_masked_field(&mask, masked, strlen(masked));

	(void)state;
	assert_true(g_str_has_prefix(masked, "p-") && g_str_has_suffix(masked, "@listen.example"));
	assert_true(address_is_valid(masked));
	assert_string_equal(masked, upper);
	assert_string_equal(masked, again);
	mask.key[0] = 2;
	other = address_masked(&mask, "otto@stadt.example");
	assert_string_not_equal(masked, other);
	mask.key[0] = 1;
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
		size_t size = strlen(fields[i].value);
		g_autofree char *hidden = address_masked_field(&mask, fields[i].value, size);
		g_autofree char *open = address_masked_field(NULL, fields[i].value, size);
		g_auto(GStrv) parts = g_strsplit(hidden, masked, -1);
		g_autofree char *marked = g_strjoinv("%", parts);

		print_message("# %s\n", fields[i].name);
		if (fields[i].masked != NULL)
			assert_string_equal(marked, fields[i].masked);
		assert_string_equal(open, fields[i].open);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_valid),
	    cmocka_unit_test(test_masked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/address", tests, NULL, NULL);
}
