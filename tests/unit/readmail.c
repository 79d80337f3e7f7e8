/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Prints what a person reads of mails, for tests/judge/mime.py: of each file that stdin names, a line
 * each, the reading as tests/unit/reading.h has it, then a line with a form feed, which no reading
 * holds.  With the argument `time`: how much of the processor's time each took and by how much the most
 * memory that the process has had grew, a line `MILLISECONDS KIBIBYTES NAME`.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <glib.h>

#include "reading.h"

/* Of the processor, ours and the system's for us. */
static long milliseconds(const struct rusage *usage)
{
	return (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000 +
	       (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1000;
}

/* The most that the process has had since it began: VmHWM; ru_maxrss counts what began it as well. */
static long most_kib(void)
{
	g_autofree char *status = NULL;
	const char *line;

	if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
		return 0;
	line = strstr(status, "VmHWM:");
	return line == NULL ? 0 : strtol(line + strlen("VmHWM:"), NULL, 10);
}

static void read_one(const char *path, bool timed)
{
	g_autofree char *bytes = NULL;
	g_autofree char *text = NULL;
	struct rusage before, after;
	long most;
	gsize size;

	if (!g_file_get_contents(path, &bytes, &size, NULL)) {
		fprintf(stderr, "%s can't be read\n", path);
		exit(1);
	}
	most = most_kib();
	getrusage(RUSAGE_SELF, &before);
	text = reading_of(bytes, size, LANG_DE);
	getrusage(RUSAGE_SELF, &after);
	if (timed)
		printf("%ld %ld %s\n", milliseconds(&after) - milliseconds(&before),
		    most_kib() - most, path);
	else
		printf("%s\f\n", text);
}

int main(int argc, char **argv)
{
	bool timed = argc > 1 && strcmp(argv[1], "time") == 0;
	char *line = NULL;
	size_t room = 0;
	ssize_t size;

	lang_init();
	while ((size = getline(&line, &room, stdin)) > 0) {
		if (line[size - 1] == '\n')
			line[size - 1] = '\0';
		read_one(line, timed);
	}
	free(line);
	return EXIT_SUCCESS;
}
