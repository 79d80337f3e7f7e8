/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/wire.h"

#include "store-sample.h"

#include "base/err.h"
#include "store/dictionary.h"

static const char mail[] =
    "Received: from mail.stadt.example\r\nFrom: Anna Muster <anna@stadt.example>\r\n"
    "Subject: Haushalt\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\nBitte prüfen Sie die Gebührensatzung.\r\n";

static void check_round(struct sample *sample, const char *bytes, size_t size)
{
	g_autoptr(GBytes) packed = wire_pack(sample->store, bytes, size, NULL);
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GByteArray) fresh = g_byte_array_new();
	size_t packed_size;
	const void *data;

	assert_non_null(packed);
	data = g_bytes_get_data(packed, &packed_size);
	g_byte_array_append(out, (const guint8 *)"rest", 4);
	assert_true(wire_unpack(sample->store, data, packed_size, out, NULL));
	assert_int_equal(out->len, size);
	if (size > 0)
		assert_memory_equal(out->data, bytes, size);
	assert_true(wire_unpack(sample->store, data, packed_size, fresh, NULL));
	assert_non_null(fresh->data);
}

static void test_round(void **state)
{
	struct sample *sample = *state;
	g_autofree char *big = g_malloc(3 << 20);

	for (size_t i = 0; i < 3 << 20; i++)
		big[i] = (char)(i * i >> 7);
	check_round(sample, mail, sizeof(mail) - 1);
	check_round(sample, "", 0);
	check_round(sample, "\0", 1);
	check_round(sample, big, 3 << 20);
}

/* The dictionary is worth its place: a short mail shrinks by a third at least. */
static void test_small(void **state)
{
	struct sample *sample = *state;
	g_autoptr(GBytes) packed = wire_pack(sample->store, mail, sizeof(mail) - 1, NULL);

	print_message("# %zu of %zu octets\n", g_bytes_get_size(packed), sizeof(mail) - 1);
	assert_true(g_bytes_get_size(packed) < (sizeof(mail) - 1) * 2 / 3);
}

static void test_damaged(void **state)
{
	struct sample *sample = *state;
	g_autoptr(GBytes) packed = wire_pack(sample->store, mail, sizeof(mail) - 1, NULL);
	size_t size;
	const char *data = g_bytes_get_data(packed, &size);
	g_autofree char *copy = g_memdup2(data, size);
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GError) error = NULL;

	for (size_t cut = 0; cut < size; cut++) {
		assert_false(wire_unpack(sample->store, copy, cut, out, &error));
		assert_int_equal(err_code(error), ERR_BAD);
		g_clear_error(&error);
	}
	assert_false(wire_unpack(sample->store, "unsinn", 6, out, &error));
	assert_int_equal(err_code(error), ERR_BAD);
	/* A wrong octet anywhere is an error or other text, never a crash. */
	for (size_t i = 0; i < size; i++) {
		copy[i] = (char)~copy[i];
		wire_unpack(sample->store, copy, size, out, NULL);
		copy[i] = (char)~copy[i];
	}
	assert_true(wire_unpack(sample->store, copy, size, out, NULL));
}

static void test_rows(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autofree char *posted = sample_mail("Message-ID: <1@x>\n");
	g_autoptr(GError) error = NULL;
	struct store *reader;

	sample_post(sample, bau, "Message-ID: <1@x>\n");
	reader = store_open(sample->url, STORE_READ, NULL);
	assert_true(wire_get(reader, 1, out, NULL));
	assert_int_equal(out->len, strlen(posted));
	assert_memory_equal(out->data, posted, out->len);
	assert_false(wire_get(reader, 2, out, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
	g_clear_error(&error);
	store_close(reader);
	sample_begin(sample);
	assert_true(wire_remove(sample->store, 1, NULL));
	sample_commit(sample);
	assert_false(wire_get(sample->store, 1, out, &error));
	assert_int_equal(err_code(error), ERR_ABSENT);
}

/* The same octets each time; a store made on another day reads alike. */
static void test_dictionary(void **state)
{
	g_autoptr(GBytes) one = dictionary_make(NULL);
	g_autoptr(GBytes) two = dictionary_make(NULL);

	(void)state;
	assert_non_null(one);
	assert_true(g_bytes_equal(one, two));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_round),
	    sample_test(test_small),
	    sample_test(test_damaged),
	    sample_test(test_rows),
	    cmocka_unit_test(test_dictionary),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("store/wire", tests, NULL, NULL);
}
