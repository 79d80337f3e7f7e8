/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): a 64-bit hash that nobody without
 * the key can make collide.  Keys the index of Message-IDs and the fingerprint
 * of contents.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_SIZE 16

uint64_t siphash(const uint8_t key[SIPHASH_KEY_SIZE], const void *bytes, size_t size);

#endif
