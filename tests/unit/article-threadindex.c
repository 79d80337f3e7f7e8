/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/threadindex.h"

#define ROOT 22
#define STEP 5
#define SIZE_MAX_MADE (ROOT + 2000 * STEP)

/* The value of an index of so many octets: those of the root 1, 2, …, those of the steps go on. */
static char *value_of(size_t size)
{
	guchar octets[SIZE_MAX_MADE];

	assert_true(size <= sizeof(octets));
	for (size_t i = 0; i < size; i++)
		octets[i] = (guchar)(i + 1);
	return g_base64_encode(octets, size);
}

static GPtrArray *names_of(const char *value)
{
	return threadindex_names(value, strlen(value));
}

/* Each name of a reply is that of its ancestor itself. */
static void test_chain(void **state)
{
	g_autofree char *leaf = value_of(ROOT + 3 * STEP);
	g_autoptr(GPtrArray) names = names_of(leaf);

	(void)state;
	assert_int_equal(names->len, 4);
	for (guint i = 0; i < names->len; i++) {
		g_autofree char *value = value_of(ROOT + (3 - i) * STEP);
		g_autoptr(GPtrArray) own = names_of(value);

		assert_int_equal(own->len, 4 - i);
		assert_string_equal(own->pdata[0], names->pdata[i]);
		for (guint k = 0; k < i; k++)
			assert_string_not_equal(names->pdata[i], names->pdata[k]);
	}
}

/* A name is no id, and no id is a name. */
static void test_names(void **state)
{
	g_autofree char *value = value_of(ROOT + STEP);
	g_autoptr(GPtrArray) names = names_of(value);

	(void)state;
	for (guint i = 0; i < names->len; i++) {
		assert_true(threadindex_is_name(names->pdata[i]));
		assert_null(strpbrk(names->pdata[i], "<>@ "));
	}
	assert_false(threadindex_is_name("<ti:a@x>"));
	assert_false(threadindex_is_name(""));
}

static void test_other_steps(void **state)
{
	/* The same root and two answers, which differ in their last octet. */
	static const char root[] = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFg==";
	static const char first[] = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRob";
	static const char second[] = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRoc";
	g_autoptr(GPtrArray) root_names = names_of(root);
	g_autoptr(GPtrArray) first_names = names_of(first);
	g_autoptr(GPtrArray) second_names = names_of(second);

	(void)state;
	assert_string_not_equal(first_names->pdata[0], second_names->pdata[0]);
	assert_string_equal(first_names->pdata[1], root_names->pdata[0]);
	assert_string_equal(second_names->pdata[1], root_names->pdata[0]);
}

static const struct {
	const char *name;
	const char *value;
	unsigned names;
} values[] = {
    /* clang-format off */
	{"a root",                  "AQIDBAUGBwgJCgsMDQ4PEBESExQVFg==",                1},
	{"an answer",               "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRob",            2},
	{"blanks around",           " AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRob \r\n",      2},
	{"folded",                  "AQIDBAUGBwgJCgsM\r\n DQ4PEBESExQVFhcYGRob",       2},
	{"folded twice",            "AQID\r\n\tBAUGBwgJCgsMDQ4PEBES\r\n ExQVFhcYGRob", 2},
	{"empty",                   "",                                                0},
	{"blanks",                  " \r\n ",                                          0},
	{"an id",                   "<1@x>",                                           0},
	{"a sign that is none",     "AQIDBAUGBwgJCgsMDQ4PEBES*xQVFg==",                0},
	{"eight bits",              "AQIDBAUGBwgJCgsMDQ4PEBES\xe4xQVFg==",             0},
	{"another first octet",     "AAIDBAUGBwgJCgsMDQ4PEBESExQVFg==",                0},
	{"less than a root",        "AQIDBAUGBwgJCgsMDQ4PEBESExQV",                    0},
	{"a piece of an answer",    "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGQ==",            0},
	{"not padded",              "AQIDBAUGBwgJCgsMDQ4PEBESExQVFg",                  0},
	{"cut",                     "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRo",             0},
	{"padding only",            "====",                                            0},
    /* clang-format on */
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
		g_autoptr(GPtrArray) names = names_of(values[i].value);

		print_message("# %s\n", values[i].name);
		assert_int_equal(names->len, values[i].names);
		if (names->len > 0 && i > 1) {
			g_autoptr(GPtrArray) plain = names_of(values[names->len - 1].value);

			assert_string_equal(names->pdata[0], plain->pdata[0]);
		}
	}
}

/* The value is counted, and what stands behind it does not belong to it. */
static void test_counted(void **state)
{
	static const char value[] = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFg==*";
	g_autoptr(GPtrArray) names = threadindex_names(value, strlen(value) - 1);

	(void)state;
	assert_int_equal(names->len, 1);
}

/* Of a long chain the nearest ancestors and the root; of one beyond all measure nothing. */
static void test_depth(void **state)
{
	static const struct {
		size_t steps;
		guint ancestors;
	} chains[] = {
	    {99, 99},
	    {100, 100},
	    {101, 100},
	    {1000, 100},
	    {2000, 0},
	};
	g_autofree char *root = value_of(ROOT);
	g_autoptr(GPtrArray) first = names_of(root);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(chains); i++) {
		const size_t size = ROOT + chains[i].steps * STEP;
		g_autofree char *value = value_of(size);
		g_autofree char *above = value_of(size - STEP);
		g_autoptr(GPtrArray) names = names_of(value);
		g_autoptr(GPtrArray) parent = names_of(above);

		assert_int_equal(names->len, chains[i].ancestors ? chains[i].ancestors + 1 : 0);
		if (names->len == 0)
			continue;
		assert_string_equal(names->pdata[1], parent->pdata[0]);
		assert_string_equal(names->pdata[names->len - 1], first->pdata[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chain),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_other_steps),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_counted),
	    cmocka_unit_test(test_depth),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/threadindex", tests, NULL, NULL);
}
