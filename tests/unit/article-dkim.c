/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/dkim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static const struct {
	const char *name;
	const char *wire;
	const char *names; /* sorted */
} cases[] = {
    /* clang-format off */
	{"no signature", "From: a@x\r\n\r\n", ""},
	{"usual", "DKIM-Signature: v=1; a=rsa-sha256; d=x.example; h=From:To:Subject; bh=AA==; b=BB==\r\n\r\n",
	 "from subject to"},
	{"folds and blanks", "DKIM-Signature: v=1;\r\n\th = from :\r\n\tReply-To\r\n :list-id ;\r\n b=x\r\n\r\n",
	 "from list-id reply-to"},
	{"last tag", "dkim-signature:h=from:date\r\n\r\n", "date from"},
	{"oversigned", "DKIM-Signature: h=from:to:to:from; b=x\r\n\r\n", "from to"},
	{"two signatures", "DKIM-Signature: h=from; b=x\r\nTo: a\r\nDKIM-Signature: h=to; b=y\r\n\r\n",
	 "from to"},
	{"other tags", "DKIM-Signature: bh=h:x; z=From:a@x|To:b@x; b=h=to; hh=cc\r\n\r\n", ""},
	{"empty names", "DKIM-Signature: h=:: from :;\r\n\r\n", "from"},
	{"empty value", "DKIM-Signature: h=; ;;=;h\r\n\r\n", ""},
	{"of another kind", "ARC-Message-Signature: h=from; b=x\r\nX-DKIM-Signature: h=to\r\n\r\n", ""},
	{"name cut by a fold", "DKIM-Signature: h=from:sub\r\n ject\r\n\r\n", "from subject"},
    /* clang-format on */
};

static gint compare(gconstpointer a, gconstpointer b)
{
	return strcmp(a, b);
}

static char *sorted(GHashTable *names)
{
	GList *keys = g_list_sort(g_hash_table_get_keys(names), compare);
	GString *out = g_string_new(NULL);

	for (GList *key = keys; key != NULL; key = key->next)
		g_string_append_printf(
		    out, "%s%s", out->len > 0 ? " " : "", (const char *)key->data);
	g_list_free(keys);
	return g_string_free(out, FALSE);
}

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GHashTable) names = NULL;
		g_autofree char *text = NULL;
		struct header header;

		print_message("# %s\n", cases[i].name);
		header_init(&header);
		assert_true(header_scan(&header, cases[i].wire, strlen(cases[i].wire), NULL));
		names = dkim_signed_names(&header);
		text = sorted(names);
		assert_string_equal(text, cases[i].names);
		header_clear(&header);
	}
}

static void test_covers(void **state)
{
	static const char wire[] = "DKIM-Signature: h=from:List-ID\r\n\r\n";
	g_autoptr(GHashTable) names = NULL;
	struct header header;

	(void)state;
	header_init(&header);
	assert_true(header_scan(&header, wire, sizeof(wire) - 1, NULL));
	names = dkim_signed_names(&header);
	assert_true(dkim_covers(names, "FROM: x", 4));
	assert_true(dkim_covers(names, "list-id", 7));
	assert_false(dkim_covers(names, "list-id", 6));
	assert_false(dkim_covers(names, "", 0));
	header_clear(&header);
}

/* A signature that fills the header block is read in bounds. */
static void test_hostile(void **state)
{
	g_autoptr(GString) wire = g_string_new("DKIM-Signature: h=");
	g_autoptr(GHashTable) names = NULL;
	struct header header;

	(void)state;
	for (int i = 0; wire->len < 1000000; i++)
		g_string_append_printf(wire, "x%d:", i);
	g_string_append(wire, "\r\n\r\n");
	header_init(&header);
	assert_true(header_scan(&header, wire->str, wire->len, NULL));
	names = dkim_signed_names(&header);
	assert_in_range(g_hash_table_size(names), 1000, 5000);
	header_clear(&header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_covers),
	    cmocka_unit_test(test_hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/dkim", tests, NULL, NULL);
}
