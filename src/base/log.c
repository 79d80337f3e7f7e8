/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <glib.h>

#include "base/text.h"

enum {
	TEXT_MAX = 400, /* octets of one text */
};

static const struct {
	const char *mark; /* notice has none: it is the ordinary case */
	int priority;
} levels[] = {
    [LOG_LEVEL_ERROR] = {" level=error", LOG_ERR},
    [LOG_LEVEL_WARNING] = {" level=warning", LOG_WARNING},
    [LOG_LEVEL_NOTICE] = {"", LOG_NOTICE},
};

static char *log_role;
static bool log_syslog;

void log_open(const char *role, int to_syslog)
{
	g_free(log_role);
	log_role = g_strdup(role);
	if (to_syslog && !log_syslog)
		openlog("umlauf", LOG_PID | LOG_NDELAY, LOG_MAIL);
	log_syslog = to_syslog != 0;
}

static bool is_plain(const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789._@<>+:/-";
	const size_t size = strspn(text, plain);

	return size > 0 && size <= TEXT_MAX && text[size] == '\0';
}

/* Where to end so that no character is torn. */
static size_t cut_size(const char *text)
{
	size_t size = strlen(text);

	if (size <= TEXT_MAX)
		return size;
	for (size = TEXT_MAX; size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80;)
		size--;
	return size;
}

static void append_text(GString *line, const char *text)
{
	g_autofree char *clean = NULL;
	size_t size;

	if (is_plain(text)) {
		g_string_append(line, text);
		return;
	}
	clean = text_clean(text);
	size = cut_size(clean);
	g_string_append_c(line, '"');
	for (size_t i = 0; i < size; i++) {
		if (clean[i] == '"' || clean[i] == '\\')
			g_string_append_c(line, '\\');
		g_string_append_c(line, clean[i]);
	}
	g_string_append_c(line, '"');
}

/* One write a line, so that lines of several processes do not mix. */
static void write_stderr(const GString *line)
{
	ssize_t done;

	do {
		done = write(STDERR_FILENO, line->str, line->len);
	} while (done < 0 && errno == EINTR);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	GString *line = g_string_new("role=");

	g_string_append(line, log_role != NULL ? log_role : "none");
	g_string_append(line, " event=");
	append_text(line, event);
	for (; fields->key != NULL; fields++) {
		g_string_append_printf(line, " %s=", fields->key);
		if (fields->text != NULL)
			append_text(line, fields->text);
		else
			g_string_append_printf(line, "%" G_GINT64_FORMAT, fields->number);
	}
	g_string_append(line, levels[level].mark);
	if (log_syslog) {
		syslog(levels[level].priority, "%s", line->str);
	} else {
		g_string_append_c(line, '\n');
		write_stderr(line);
	}
	g_string_free(line, TRUE);
}
