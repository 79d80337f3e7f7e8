/* SPDX-License-Identifier: EUPL-1.2 */
/* The reference vectors: key 00 01 … 0f, message 00 01 … of each length. */
#include "config.h"

#include "base/siphash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib.h>

static const uint64_t vectors[] = {
    UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a),
    UINT64_C(0x85676696d7fb7e2d), UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d),
    UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137), UINT64_C(0x93f5f5799a932462),
    UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
    UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee),
    UINT64_C(0xa129ca6149be45e5), /* the one in the paper, appendix A */
};

static void reference_vectors(void **state)
{
	uint8_t bytes[SIPHASH_KEY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (size_t size = 0; size < G_N_ELEMENTS(vectors); size++)
		assert_true(siphash(bytes, bytes, size) == vectors[size]);
}

/* The address of the message does not matter, nor what follows it. */
static void unaligned(void **state)
{
	uint8_t key[SIPHASH_KEY_SIZE];
	uint8_t bytes[32] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = bytes[i + 3] = (uint8_t)i;
	bytes[3 + 15] = 0xff;
	assert_true(siphash(key, bytes + 3, 15) == vectors[15]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reference_vectors),
	    cmocka_unit_test(unaligned),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/siphash", tests, NULL, NULL);
}
