/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "net/wait.h"

#include <errno.h>
#include <poll.h>

#include <glib.h>

#include "base/clock.h"

bool wait_for_socket(int fd, short events, int64_t deadline_ms)
{
	struct pollfd what = {.fd = fd, .events = events};
	int ready;

	do {
		const int64_t left = deadline_ms - clock_monotonic_ms();

		if (left <= 0) {
			errno = ETIMEDOUT;
			return false;
		}
		ready = poll(&what, 1, (int)MIN(left, G_MAXINT));
	} while (ready == 0 || (ready < 0 && errno == EINTR));
	return ready > 0;
}
