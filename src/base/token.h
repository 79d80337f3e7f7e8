/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Tokens in mail addresses of ours (`bounce+TOKEN@`, `NAME-ab+TOKEN@`): some numbers and a keyed
 * hash over kind and numbers, in letters a-z and 2-7, so that they survive gateways that
 * lower-case or re-encode.  With four numbers of usual size below 32 letters.
 */
#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/siphash.h"

#define TOKEN_NUMBERS_MAX 4

/* Stands in mails that are out: a kind never changes its number. */
enum token_kind {
	TOKEN_BOUNCE = 1,  /* delivery */
	TOKEN_LEAVE = 2,   /* person, group (0: the digest): in each mail, without an expiry */
	TOKEN_CONFIRM = 3, /* person, group (0: the digest), day of expiry: in an answer of ours */
	TOKEN_REPLY = 4,   /* article, group, bits of the article's id: without an expiry */
};

/* numbers: 0 or greater, 1 to TOKEN_NUMBERS_MAX of them.  The caller frees. */
char *token_make(const uint8_t key[SIPHASH_KEY_SIZE], enum token_kind kind, const int64_t *numbers,
    size_t n_numbers);

/*
 * The numbers of a token of that kind, any case; false if it is none that token_make made with
 * this key, kind and count (the numbers are undefined then).
 */
bool token_read(const uint8_t key[SIPHASH_KEY_SIZE], enum token_kind kind, const char *token,
    int64_t *numbers, size_t n_numbers);

#endif
