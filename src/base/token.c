/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A token is base 32 of: the hash's upper 6 octets, then each number in groups of seven bits, the
 * lowest first, all but a number's last octet with the top bit set (LEB128).  The kind is in the
 * hash alone; the reader knows it by the address.
 */
#include "config.h"

#include "base/token.h"

#include <string.h>

#include <glib.h>

#include "base/text.h"

enum {
	MAC_SIZE = 6,
	NUMBER_SIZE = 9, /* 63 bits */
	TOKEN_SIZE = MAC_SIZE + TOKEN_NUMBERS_MAX * NUMBER_SIZE,
};

/*
 * The key hashes other things too (addresses, Message-IDs), some of which a stranger may choose
 * and see hashed; those are strings, and none of them begins with NUL.
 */
static uint64_t hash(const uint8_t key[SIPHASH_KEY_SIZE], enum token_kind kind,
    const int64_t *numbers, size_t n_numbers)
{
	uint8_t bytes[3 + TOKEN_NUMBERS_MAX * 8] = {0, (uint8_t)kind, (uint8_t)n_numbers};

	for (size_t i = 0; i < n_numbers; i++) {
		const uint64_t number = GUINT64_TO_BE((uint64_t)numbers[i]);

		memcpy(bytes + 3 + i * 8, &number, 8);
	}
	return siphash(key, bytes, 3 + n_numbers * 8);
}

static size_t put_number(uint8_t *out, uint64_t number)
{
	size_t size = 0;

	for (; number > 0x7f; number >>= 7)
		out[size++] = (uint8_t)(number | 0x80);
	out[size++] = (uint8_t)number;
	return size;
}

char *token_make(const uint8_t key[SIPHASH_KEY_SIZE], enum token_kind kind, const int64_t *numbers,
    size_t n_numbers)
{
	uint8_t bytes[TOKEN_SIZE];
	size_t size = MAC_SIZE;
	uint64_t mac;

	g_assert(n_numbers >= 1 && n_numbers <= TOKEN_NUMBERS_MAX);
	mac = GUINT64_TO_BE(hash(key, kind, numbers, n_numbers));
	memcpy(bytes, &mac, MAC_SIZE);
	for (size_t i = 0; i < n_numbers; i++) {
		g_assert(numbers[i] >= 0);
		size += put_number(bytes + size, (uint64_t)numbers[i]);
	}
	return text_base32(bytes, size);
}

/* The octets of a token; 0 if it is too long or holds a letter that no token has. */
static size_t decode(const char *token, uint8_t bytes[TOKEN_SIZE])
{
	size_t size = 0;
	unsigned held = 0;
	unsigned bits = 0;

	for (; *token != '\0'; token++) {
		const char c = g_ascii_tolower(*token);
		const bool letter = c >= 'a' && c <= 'z';

		if (!letter && (c < '2' || c > '7'))
			return 0;
		held = (held << 5 | (unsigned)(letter ? c - 'a' : c - '2' + 26)) & 0xfff;
		bits += 5;
		if (bits < 8)
			continue;
		if (size == TOKEN_SIZE)
			return 0;
		bits -= 8;
		bytes[size++] = (uint8_t)(held >> bits);
	}
	return size;
}

/* The number in front of *at, which moves behind it; false if there is none. */
static bool take_number(const uint8_t **at, const uint8_t *end, int64_t *number)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < NUMBER_SIZE && *at < end; i++) {
		const uint8_t octet = *(*at)++;

		sum |= (uint64_t)(octet & 0x7f) << (7 * i);
		if (octet < 0x80) {
			*number = (int64_t)sum;
			return true;
		}
	}
	return false;
}

/* Takes as long wherever they differ; ASCII case ignored. */
static bool is_same(const char *a, const char *b)
{
	const size_t size = strlen(a);
	unsigned differ = 0;

	if (strlen(b) != size)
		return false;
	for (size_t i = 0; i < size; i++)
		differ |= (unsigned)(g_ascii_tolower(a[i]) ^ g_ascii_tolower(b[i]));
	return differ == 0;
}

bool token_read(const uint8_t key[SIPHASH_KEY_SIZE], enum token_kind kind, const char *token,
    int64_t *numbers, size_t n_numbers)
{
	uint8_t bytes[TOKEN_SIZE];
	const size_t size = decode(token, bytes);
	const uint8_t *at = bytes + MAC_SIZE;
	g_autofree char *made = NULL;

	g_assert(n_numbers >= 1 && n_numbers <= TOKEN_NUMBERS_MAX);
	if (size <= MAC_SIZE)
		return false;
	for (size_t i = 0; i < n_numbers; i++)
		if (!take_number(&at, bytes + size, &numbers[i]))
			return false;
	/* One form only: what would be written otherwise is none of ours. */
	made = token_make(key, kind, numbers, n_numbers);
	return is_same(made, token);
}
