/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The time of day, and a clock that only goes forward.  In a test build
 * (--enable-test-clock) the time of day is read from the file that
 * UMLAUF_CLOCK names (Unix seconds in decimal), if it is set.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/* Unix seconds. */
int64_t clock_now(void);

/* Milliseconds from some fixed point; never goes back. */
int64_t clock_monotonic_ms(void);

#endif
