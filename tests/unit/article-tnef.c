/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/tnef.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

/* -- a stream, piece by piece -- */

static void append_number(GString *out, unsigned size, uint32_t number)
{
	for (unsigned i = 0; i < size; i++)
		g_string_append_c(out, (char)(number >> 8 * i & 0xff));
}

static GString *stream(void)
{
	GString *out = g_string_new(NULL);

	append_number(out, 4, 0x223e9f78);
	append_number(out, 2, 1);
	return out;
}

static void append_attribute(GString *out, unsigned id, const char *bytes, size_t size)
{
	append_number(out, 1, 1);
	append_number(out, 2, id);
	append_number(out, 2, 6);
	append_number(out, 4, (uint32_t)size);
	g_string_append_len(out, bytes, (gssize)size);
	append_number(out, 2, 0);
}

/* A property of counted octets. */
static void append_property(
    GString *out, unsigned type, unsigned id, const char *bytes, size_t size)
{
	append_number(out, 2, type);
	append_number(out, 2, id);
	append_number(out, 4, 1);
	append_number(out, 4, (uint32_t)size);
	g_string_append_len(out, bytes, (gssize)size);
	append_number(out, (4 - size % 4) % 4, 0);
}

static void append_message(GString *out, unsigned type, unsigned id, const char *bytes, size_t size)
{
	g_autoptr(GString) properties = g_string_new(NULL);

	append_number(properties, 4, 1);
	append_property(properties, type, id, bytes, size);
	append_attribute(out, 0x9003, properties->str, properties->len);
}

static void append_rich(GString *out, uint32_t said, const char *octets, size_t size)
{
	g_autoptr(GString) rich = g_string_new(NULL);

	append_number(rich, 4, (uint32_t)size + 12);
	append_number(rich, 4, said);
	append_number(rich, 4, 0x75465a4c);
	append_number(rich, 4, 0);
	g_string_append_len(rich, octets, (gssize)size);
	append_message(out, 0x102, 0x1009, rich->str, rich->len);
}

/* -- what is read -- */

static void test_none(void **state)
{
	struct tnef tnef;

	(void)state;
	assert_false(tnef_read(&tnef, "", 0, true));
	tnef_clear(&tnef);
	assert_false(tnef_read(&tnef, "Hallo Welt", 10, true));
	tnef_clear(&tnef);
}

static void test_texts(void **state)
{
	static const struct {
		unsigned type;
		unsigned id;
		const char *bytes;
		size_t size;
		const char *text;
	} cases[] = {
	    {0x1e, 0x1000,
		"Gr\xfc\xdf"
		"e\r\nzwei\0",
		13, "Grüße\nzwei"},
	    {0x1f, 0x1000, "G\0r\0\xfc\0\0\0", 8, "Grü"},
	    {0x102, 0x1013,
		"<p>Gr\xfc\xdf"
		"e</p>",
		12, "Grüße\n"},
	    {0x102, 0x1013, "<meta charset=utf-8><p>\xc3\xbc</p>", 29, "ü\n"},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) octets = stream();
		struct tnef tnef;

		append_message(octets, cases[i].type, cases[i].id, cases[i].bytes, cases[i].size);
		assert_true(tnef_read(&tnef, octets->str, octets->len, true));
		assert_string_equal(tnef.text, cases[i].text);
		tnef_clear(&tnef);
	}
}

static void test_files(void **state)
{
	g_autoptr(GString) octets = stream();
	g_autoptr(GString) properties = g_string_new(NULL);
	const struct tnef_file *file;
	struct tnef tnef;

	(void)state;
	append_number(properties, 4, 2);
	append_property(properties, 0x1e, 0x3707, "../Kalkulation\n2027.xlsx", 25);
	append_property(properties, 0x1e, 0x370e, "text/x-neu", 11);
	append_attribute(octets, 0x9002, "", 0);
	append_attribute(octets, 0x8010, "KALKUL~1.XLS", 13);
	append_attribute(octets, 0x800f, "12345", 5);
	append_attribute(octets, 0x9005, properties->str, properties->len);
	append_attribute(octets, 0x9002, "", 0);
	append_attribute(octets, 0x8010, "Plan f\xfcr.pdf", 13);
	assert_true(tnef_read(&tnef, octets->str, octets->len, true));
	assert_int_equal(tnef.files->len, 2);
	file = tnef.files->pdata[0];
	assert_string_equal(file->name, "Kalkulation 2027.xlsx");
	assert_string_equal(file->type, "text/x-neu");
	assert_int_equal(file->size, 5);
	file = tnef.files->pdata[1];
	assert_string_equal(file->name, "Plan für.pdf");
	assert_string_equal(file->type, "application/octet-stream");
	tnef_clear(&tnef);
}

/* Compressed text of which the header says another size than there is: what is there counts. */
static void test_rich(void **state)
{
	static const char text[] = "\0{\\rtf1 H\0allo}\0\0";
	static const uint32_t said[] = {12, 11, 1000, 100000000, 0xffffffff, 1};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
		g_autoptr(GString) octets = stream();
		struct tnef tnef;

		append_rich(octets, said[i], text, sizeof(text) - 1);
		assert_true(tnef_read(&tnef, octets->str, octets->len, true));
		if (said[i] >= 11)
			assert_true(g_str_has_prefix(tnef.text, "Hall"));
		else
			assert_string_equal(tnef.text, "");
		assert_true(strlen(tnef.text) <= 1048576);
		tnef_clear(&tnef);
	}
}

/* A reference says: so many octets from there again.  The most that can be made of the least. */
static void test_bomb(void **state)
{
	g_autoptr(GString) octets = stream();
	g_autoptr(GString) packed = g_string_new(NULL);
	struct tnef tnef;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++)
		g_string_append_len(packed, i % 17 == 0 ? "\xff" : "\x0f", 1);
	append_rich(octets, 0x7fffffff, packed->str, packed->len);
	for (unsigned i = 0; i < 100000; i++)
		append_attribute(octets, 0x9002, "", 0);
	assert_true(tnef_read(&tnef, octets->str, octets->len, true));
	assert_true(strlen(tnef.text) <= 1048576);
	assert_int_equal(tnef.files->len, TNEF_FILES_MAX);
	tnef_clear(&tnef);
}

/* Cut off anywhere, with any length made too long. */
static void test_broken(void **state)
{
	g_autoptr(GString) octets = stream();

	(void)state;
	append_message(octets, 0x1e, 0x1000, "Hallo", 5);
	append_rich(octets, 12, "\0{\\rtf1 H\0allo}\0\0", 17);
	append_attribute(octets, 0x9002, "", 0);
	append_attribute(octets, 0x8010, "a.pdf", 6);
	for (size_t at = 0; at < octets->len; at++) {
		g_autofree char *copy = g_memdup2(octets->str, at + 1);
		struct tnef tnef;

		tnef_read(&tnef, copy, at, true);
		tnef_clear(&tnef);
		g_free(copy);
		copy = g_memdup2(octets->str, octets->len);
		copy[at] = (char)0xff;
		tnef_read(&tnef, copy, octets->len, true);
		tnef_clear(&tnef);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_rich),
	    cmocka_unit_test(test_bomb),
	    cmocka_unit_test(test_broken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/tnef", tests, NULL, NULL);
}
