/* SPDX-License-Identifier: EUPL-1.2 */
#define _GNU_SOURCE
#include "articles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

struct article *arts;
size_t narts;

static void add_article(const char *text, size_t len)
{
	char *w = grow(NULL, len * 2 + 64), *mid = NULL;
	size_t k = 0;
	int bol = 1, in_head = 1;
	for (size_t i = 0; i < len; i++) {
		if (bol) {
			if (in_head && !mid && len - i > 13 &&
			    !strncasecmp(text + i, "message-id:", 11)) {
				const char *a = memchr(text + i, '<', len - i);
				const char *b = a ? memchr(a, '>', len - (size_t)(a - text)) : NULL;
				if (b)
					mid = strndup(a, (size_t)(b - a) + 1);
			}
			if (text[i] == '\n')
				in_head = 0;
			if (text[i] == '.')
				w[k++] = '.';
		}
		bol = text[i] == '\n';
		if (bol && (i == 0 || text[i - 1] != '\r'))
			w[k++] = '\r';
		w[k++] = text[i];
	}
	if (!bol) {
		w[k++] = '\r';
		w[k++] = '\n';
	}
	memcpy(w + k, ".\r\n", 3);
	arts = grow(arts, (narts + 1) * sizeof *arts);
	arts[narts++] = (struct article){grow(w, k + 3), k + 3, mid};
}

static char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		die("%s: %s", path, strerror(errno));
	*len = (size_t)ftell(f);
	rewind(f);
	char *buf = grow(NULL, *len + 1);
	if (fread(buf, 1, *len, f) != *len)
		die("%s: short read", path);
	buf[*len] = 0;
	fclose(f);
	return buf;
}

void read_mbox(const char *path)
{
	size_t len;
	char *buf = slurp(path, &len), *end = buf + len, *p = buf, *q;
	while (p < end && !strncmp(p, "From ", 5)) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p++)
			break;
		if (!(q = memmem(p, (size_t)(end - p), "\n\nFrom ", 7)))
			q = end - 1;
		add_article(p, (size_t)(q + 1 - p));
		p = q + 2;
	}
	free(buf);
}

void read_ids(const char *path)
{
	size_t len;
	char *buf = slurp(path, &len);
	for (char *p = strtok(buf, "\r\n"); p; p = strtok(NULL, "\r\n")) {
		arts = grow(arts, (narts + 1) * sizeof *arts);
		arts[narts++] = (struct article){NULL, 0, p};
	}
}
