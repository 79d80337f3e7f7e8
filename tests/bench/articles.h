/* SPDX-License-Identifier: EUPL-1.2 */
/* The articles that nntpload sends or asks for. */
#ifndef BENCH_ARTICLES_H
#define BENCH_ARTICLES_H

#include <stddef.h>

struct article {
	char *wire; /* CRLF, dots stuffed, the last line is the dot */
	size_t len;
	char *mid; /* NULL: it has none */
};

extern struct article *arts;
extern size_t narts;

/* Append the messages of an mbox; those of a list of Message-IDs, one a line. */
void read_mbox(const char *path);
void read_ids(const char *path);

#endif
