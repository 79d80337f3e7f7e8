/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/lineends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *name;
	const char *text;
	size_t size;
	const char *normal; /* NULL: the same octets, borrowed */
	size_t normal_size;
} texts[] = {
    /* clang-format off */
	{"normal",               "a\r\nb\r\n",    6, NULL,               0},
	{"one line end",         "\r\n",          2, NULL,               0},
	{"nothing",              "",              0, "",                 0},
	{"bare LF",              "a\nb\n",        4, "a\r\nb\r\n",       6},
	{"bare CR",              "a\rb\r",        4, "a b\r\n",         5},
	{"two bare CRs",         "a\r\rb\r",      5, "a  b\r\n",        6},
	{"empty lines of LF",    "a\n\nb\n",      5, "a\r\n\r\nb\r\n",   8},
	{"CR before CR LF",      "a\r\r\nb\r\n",  7, "a\r\nb\r\n",       6},
	{"LF CR",                "a\n\rb\r\n",    6, "a\r\n b\r\n",      7},
	{"no line end",          "a\r\nb",        4, "a\r\nb\r\n",       6},
	{"ends in CR",           "a\r\nb\r",      5, "a\r\nb\r\n",       6},
	{"CR within a line",     "a\rb\r\n",      5, "a b\r\n",         5},
	{"NUL",                  "a\0b\n",        4, "a\0b\r\n",         5},
	{"late LF",              "a\r\nb\nc\r\n", 8, "a\r\nb\r\nc\r\n",  9},
    /* clang-format on */
};

static void test_normalise(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		const char *bytes = texts[i].text;
		size_t size = texts[i].size;
		GByteArray *owned;

		print_message("# %s\n", texts[i].name);
		lineends_normalise(&bytes, &size, &owned);
		if (texts[i].normal) {
			assert_non_null(owned);
			assert_int_equal(size, texts[i].normal_size);
			if (size > 0)
				assert_memory_equal(bytes, texts[i].normal, size);
			g_byte_array_unref(owned);
		} else {
			assert_null(owned);
			assert_ptr_equal(bytes, texts[i].text);
			assert_int_equal(size, texts[i].size);
		}
	}
}

/* Ends in time only where nothing is looked for again and again. */
static void test_linear(void **state)
{
	const size_t size = 8 * 1024 * 1024;
	const struct {
		char first;
		char second;
	} runs[] = {{'\r', '\r'}, {'a', '\r'}, {'\r', 'a'}, {'a', '\n'}};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(runs); i++) {
		g_autofree char *text = g_malloc(size);
		const char *bytes = text;
		size_t got = size;
		GByteArray *owned;

		for (size_t at = 0; at < size; at += 2) {
			text[at] = runs[i].first;
			text[at + 1] = runs[i].second;
		}
		lineends_normalise(&bytes, &got, &owned);
		assert_non_null(owned);
		assert_true(got >= 2 && bytes[got - 1] == '\n');
		g_byte_array_unref(owned);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_normalise),
	    cmocka_unit_test(test_linear),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/lineends", tests, NULL, NULL);
}
