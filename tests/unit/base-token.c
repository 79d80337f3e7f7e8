/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib.h>

#include "base/text.h"

static const uint8_t key[SIPHASH_KEY_SIZE] = "0123456789abcdef";

struct example {
	enum token_kind kind;
	size_t count;
	int64_t numbers[TOKEN_NUMBERS_MAX];
};

static const struct example examples[] = {
    {TOKEN_BOUNCE, 1, {0}},
    {TOKEN_BOUNCE, 1, {1}},
    {TOKEN_BOUNCE, 1, {127}},
    {TOKEN_BOUNCE, 1, {128}},
    {TOKEN_BOUNCE, 1, {123456789}},
    {TOKEN_BOUNCE, 1, {INT64_MAX}},
    {TOKEN_LEAVE, 2, {12, 0}},
    {TOKEN_LEAVE, 2, {0, 12}},
    {TOKEN_LEAVE, 2, {16383, 16384}},
    {TOKEN_CONFIRM, 3, {900, 40, 20781}},
    {TOKEN_CONFIRM, 4, {1, 2, 3, 4}},
    {TOKEN_CONFIRM, 4, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}},
};

static char *make(const struct example *example)
{
	return token_make(key, example->kind, example->numbers, example->count);
}

static void round_trip(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct example *example = &examples[i];
		g_autofree char *token = make(example);
		g_autofree char *shouted = g_ascii_strup(token, -1);
		int64_t numbers[TOKEN_NUMBERS_MAX];

		assert_int_equal(strspn(token, "abcdefghijklmnopqrstuvwxyz234567"), strlen(token));
		assert_true(token_read(key, example->kind, token, numbers, example->count));
		assert_memory_equal(numbers, example->numbers, example->count * sizeof(*numbers));
		memset(numbers, 0xff, sizeof(numbers));
		assert_true(token_read(key, example->kind, shouted, numbers, example->count));
		assert_memory_equal(numbers, example->numbers, example->count * sizeof(*numbers));
	}
}

/* It stands in mails that are out: this text must never change. */
static void stays(void **state)
{
	static const int64_t numbers[] = {900, 40, 20781};
	g_autofree char *token = token_make(key, TOKEN_CONFIRM, numbers, 3);

	(void)state;
	assert_string_equal(token, "pxdhoa2rn2caokfnuiaq");
}

static void is_short(void **state)
{
	static const int64_t numbers[] = {2000000, 2000000, 2000000, 2000000};
	g_autofree char *token = token_make(key, TOKEN_CONFIRM, numbers, 4);

	(void)state;
	assert_true(strlen(token) < 32);
}

static unsigned digit_of(char c)
{
	return c >= 'a' ? (unsigned)(c - 'a') : (unsigned)(c - '2' + 26);
}

/* Any of the five bits of any letter. */
static void each_bit(void **state)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct example *example = &examples[i];
		g_autofree char *token = make(example);

		for (size_t bit = 0; bit < strlen(token) * 5; bit++) {
			char *letter = token + bit / 5;
			const char before = *letter;
			int64_t numbers[TOKEN_NUMBERS_MAX];

			*letter = digits[digit_of(before) ^ 1U << bit % 5];
			assert_false(
			    token_read(key, example->kind, token, numbers, example->count));
			*letter = before;
		}
	}
}

static void another(void **state)
{
	static const uint8_t other_key[SIPHASH_KEY_SIZE] = "0123456789abcdeF";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct example *example = &examples[i];
		g_autofree char *token = make(example);
		int64_t numbers[TOKEN_NUMBERS_MAX];

		assert_false(token_read(other_key, example->kind, token, numbers, example->count));
		for (enum token_kind kind = TOKEN_BOUNCE; kind <= TOKEN_CONFIRM; kind++)
			assert_int_equal(token_read(key, kind, token, numbers, example->count),
			    kind == example->kind);
		for (size_t count = 1; count <= TOKEN_NUMBERS_MAX; count++)
			assert_int_equal(token_read(key, example->kind, token, numbers, count),
			    count == example->count);
	}
}

/* Cut off or with something more. */
static void other_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		const struct example *example = &examples[i];
		g_autofree char *token = make(example);
		int64_t numbers[TOKEN_NUMBERS_MAX];

		for (size_t size = 0; size < strlen(token); size++) {
			g_autofree char *front = g_strndup(token, size);

			assert_false(
			    token_read(key, example->kind, front, numbers, example->count));
		}
		for (const char *more = "a7A=-. \t\n"; *more != '\0'; more++) {
			g_autofree char *longer = g_strdup_printf("%s%c", token, *more);
			g_autofree char *behind = g_strdup_printf("%c%s", *more, token);

			assert_false(
			    token_read(key, example->kind, longer, numbers, example->count));
			assert_false(
			    token_read(key, example->kind, behind, numbers, example->count));
		}
	}
}

static void garbage(void **state)
{
	static const char *const cases[] = {
	    "",
	    "a",
	    "aaaaaaaaaa",
	    "aaaaaaaaaaaaaaaa",
	    "0000000000000000",
	    "k3f5a2c7 k3f5a2c7",
	    "k3f5a2c7\xc3\xa4",
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	    "7777777777777777777777777777777777777777777777777777777777777777777777777777777777777"
	    "77777777777777777777777777777777777777777777777777777777777777777777777777777777777",
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		int64_t numbers[TOKEN_NUMBERS_MAX];

		for (size_t count = 1; count <= TOKEN_NUMBERS_MAX; count++)
			assert_false(token_read(key, TOKEN_BOUNCE, cases[i], numbers, count));
	}
}

/* The right hash before a number that is written otherwise than we write it. */
static void other_form(void **state)
{
	static const struct {
		int64_t number;
		const char *octets;
		size_t size;
		bool good;
	} cases[] = {
	    {5, "\x05", 1, true},
	    {5, "\x85\x00", 2, false},
	    {5, "\x85\x80\x00", 3, false},
	    {5, "\x85\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10, false},
	    {0, "\x00", 1, true},
	    {0, "\x80\x00", 2, false},
	    {0, "", 0, false},
	    {0, "\x80", 1, false},
	    {INT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 9, true},
	    {INT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, false},
	    {INT64_MAX, "\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9, false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *token = token_make(key, TOKEN_BOUNCE, &cases[i].number, 1);
		g_autoptr(GByteArray) bytes = g_byte_array_new();
		g_autofree char *made = NULL;
		unsigned held = 0;
		int64_t number;

		for (unsigned k = 0, bits = 0; bytes->len < 6; k++) { /* the hash as it is */
			held = (held << 5 | digit_of(token[k])) & 0xfff;
			bits += 5;
			if (bits >= 8) {
				const uint8_t octet = (uint8_t)(held >> (bits -= 8));

				g_byte_array_append(bytes, &octet, 1);
			}
		}
		g_byte_array_append(
		    bytes, (const guint8 *)cases[i].octets, (unsigned)cases[i].size);
		made = text_base32(bytes->data, bytes->len);
		assert_int_equal(token_read(key, TOKEN_BOUNCE, made, &number, 1), cases[i].good);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(stays),
	    cmocka_unit_test(is_short),
	    cmocka_unit_test(each_bit),
	    cmocka_unit_test(another),
	    cmocka_unit_test(other_length),
	    cmocka_unit_test(garbage),
	    cmocka_unit_test(other_form),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/token", tests, NULL, NULL);
}
