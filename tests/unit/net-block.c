/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define text(t) (t), sizeof(t) - 1

static const struct {
	const char *name;
	const char *in; /* of which all belongs to the block, or what stands in `rest` does not */
	size_t in_size;
	const char *out;
	size_t out_size;
	const char *rest; /* NULL: the block has not ended */
} cases[] = {
    /* clang-format off */
	{"ordinary", text("a\r\nb\r\n.\r\n"), text("a\r\nb\r\n"), ""},
	{"empty", text(".\r\n"), text(""), ""},
	{"what follows is not taken", text("a\r\n.\r\nQUIT\r\n"), text("a\r\n"), "QUIT\r\n"},
	{"a block behind it", text("a\r\n.\r\nb\r\n.\r\n"), text("a\r\n"), "b\r\n.\r\n"},
	{"empty lines", text("\r\n\r\n.\r\n"), text("\r\n\r\n"), ""},
	{"NUL and 8 bits", text("\0\xfc\r\n.\r\n"), text("\0\xfc\r\n"), ""},

	/* RFC 5321 section 4.5.2 */
	{"stuffed dots", text("..\r\n...a\r\n..b\r\n.\r\n"), text(".\r\n..a\r\n.b\r\n"), ""},
	{"a dot that is not stuffed", text(".a\r\n.\r\n"), text("a\r\n"), ""},
	{"dots elsewhere", text("a.\r\n . \r\na..b\r\n.\r\n"), text("a.\r\n . \r\na..b\r\n"), ""},

	/* RFC 5321 section 4.1.1.4: only CRLF.CRLF ends */
	{"LF . LF", text("a\n.\nb\r\n.\r\n"), text("a\r\n.\r\nb\r\n"), ""},
	{"LF . CRLF", text("a\n.\r\nb\r\n.\r\n"), text("a\r\n.\r\nb\r\n"), ""},
	{"CRLF . LF", text("a\r\n.\nb\r\n.\r\n"), text("a\r\n\r\nb\r\n"), ""},
	{"CR . CR", text("a\r.\rb\r\n.\r\n"), text("a . b\r\n"), ""},
	{"CR . CRLF", text("a\r.\r\nb\r\n.\r\n"), text("a .\r\nb\r\n"), ""},
	{"CRLF . CR", text("a\r\n.\rb\r\n.\r\n"), text("a\r\n b\r\n"), ""},
	{"CRLF . CR CRLF", text("a\r\n.\r\r\nb\r\n.\r\n"), text("a\r\n\r\nb\r\n"), ""},
	{"CRLF . NUL CRLF", text("a\r\n.\0\r\n.\r\n"), text("a\r\n\0\r\n"), ""},
	{"LF at the beginning", text("\n.\r\n.\r\n"), text("\r\n.\r\n"), ""},
	{". LF at the beginning", text(".\n.\r\n\r\n.\r\n"), text("\r\n.\r\n\r\n"), ""},

	{"bare LF", text("a\nb\n\nc\r\n.\r\n"), text("a\r\nb\r\n\r\nc\r\n"), ""},
	{"bare CR", text("a\rb\r\rc\r\n.\r\n"), text("a b  c\r\n"), ""},
	{"CR CR LF", text("a\r\r\nb\r\r\r\n.\r\n"), text("a\r\nb\r\n"), ""},
	{"LF CR", text("a\n\rb\r\n.\r\n"), text("a\r\n b\r\n"), ""},
	{"dots behind bare ends are text", text("a\n..b\r..c\r\n.\r\n"), text("a\r\n..b ..c\r\n"), ""},

	{"not ended", text("a\r\n"), text("a\r\n"), NULL},
	{"not ended in a dot", text("a\r\n."), text("a\r\n"), NULL},
	{"not ended in CR", text("a\r\n.\r"), text("a\r\n"), NULL},
	{"nothing yet", text(""), text(""), NULL},
    /* clang-format on */
};

/* Feed all of it, `first` octets and then `step` at once. */
static size_t feed(struct block *block, const char *in, size_t size, size_t first, size_t step)
{
	size_t at = block_feed(block, in, MIN(first, size));

	for (size_t now = MIN(first, size); now < size && block->state != BLOCK_DONE;) {
		const size_t piece = MIN(step, size - now);

		at += block_feed(block, in + now, piece);
		now += piece;
	}
	return at;
}

static void check(size_t i, size_t first, size_t step)
{
	struct block block;
	size_t taken;

	block_init(&block, 1000);
	taken = feed(&block, cases[i].in, cases[i].in_size, first, step);
	assert_non_null(block.bytes);
	assert_int_equal(block.bytes->len, cases[i].out_size);
	assert_true(memcmp(block.bytes->len > 0 ? block.bytes->data : (const guint8 *)"",
			cases[i].out, cases[i].out_size) == 0);
	assert_int_equal(block.state == BLOCK_DONE, cases[i].rest != NULL);
	if (cases[i].rest != NULL)
		assert_string_equal(cases[i].in + taken, cases[i].rest);
	else
		assert_int_equal(taken, cases[i].in_size);
	block_clear(&block);
}

static void forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		print_message("# %s\n", cases[i].name);
		check(i, 0, 1);
		for (size_t first = 0; first <= cases[i].in_size; first++)
			check(i, first, SIZE_MAX);
	}
}

/* At the limit it is kept, one octet beyond it is gone and the end is still found. */
static void limit(void **state)
{
	static const struct {
		const char *in;
		size_t max;
		bool kept;
	} limits[] = {
	    {"abcd\r\n.\r\nx", 6, true},
	    {"abcd\r\n.\r\nx", 5, false},
	    {"..cd\r\n.\r\nx", 5, true},
	    {"a\nb\n\r\n.\r\nx", 8, true},
	    {"a\nb\n\r\n.\r\nx", 7, false},
	    {".\r\nx", 0, true},
	    {"a\r\n.\r\nx", 0, false},
	    {"\r\r\rab\r\n.\r\nx", 4, false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
		const size_t size = strlen(limits[i].in);

		for (size_t step = 1; step <= size; step++) {
			struct block block;

			block_init(&block, limits[i].max);
			assert_int_equal(feed(&block, limits[i].in, size, 0, step), size - 1);
			assert_int_equal(block.state, BLOCK_DONE);
			assert_int_equal(block.bytes != NULL, limits[i].kept);
			block_clear(&block);
		}
	}
}

/* Lines around the size of a look, with every kind of end. */
static void long_lines(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} ends[] = {{"\r\n", "\r\n"}, {"\n", "\r\n"}, {"\r", " "}, {"\r\r\n", "\r\n"}};

	(void)state;
	for (size_t size = 1020; size < 1030; size++) {
		for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
			g_autofree char *line = g_strnfill(size, 'x');
			g_autofree char *in = g_strconcat(line, ends[i].in, "y\r\n.\r\n", NULL);
			g_autofree char *out = g_strconcat(line, ends[i].out, "y\r\n", NULL);
			struct block block;

			block_init(&block, 10000);
			assert_int_equal(block_feed(&block, in, strlen(in)), strlen(in));
			assert_int_equal(block.bytes->len, strlen(out));
			assert_memory_equal(block.bytes->data, out, strlen(out));
			block_clear(&block);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms),
	    cmocka_unit_test(limit),
	    cmocka_unit_test(long_lines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("net/block", tests, NULL, NULL);
}
