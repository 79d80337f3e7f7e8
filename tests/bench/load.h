/* SPDX-License-Identifier: EUPL-1.2 */
/* What both load generators need: an end with a word, memory, time. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void *grow(void *old, size_t size); /* realloc that cannot fail */
uint64_t now_ns(void);
void send_all(int fd, const char *bytes, size_t size); /* a blocking socket */

#endif
