/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/clock.h"

#include <time.h>

#ifdef TEST_CLOCK

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* False where no clock file is set or it holds no number: then the real time counts. */
static bool time_of_file(int64_t *now)
{
	const char *path = getenv("UMLAUF_CLOCK");
	char text[32];
	char *end = NULL;
	ssize_t size;
	int fd;

	if (path == NULL || *path == '\0')
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size <= 0)
		return false;
	text[size] = '\0';
	errno = 0;
	*now = strtoll(text, &end, 10);
	return errno == 0 && end != text && (*end == '\0' || *end == '\n');
}

#endif

int64_t clock_now(void)
{
	struct timespec now;
#ifdef TEST_CLOCK
	int64_t set;

	if (time_of_file(&set))
		return set;
#endif
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

int64_t clock_monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
