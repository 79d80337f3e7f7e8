/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Delivery reports (RFC 3464): what a mail server says of a mail that it could not deliver.
 */
#ifndef ARTICLE_REPORT_H
#define ARTICLE_REPORT_H

#include <stdbool.h>
#include <stddef.h>

struct report {
	char *
	    action; /* owned, as all here; lower case: failed, delayed, delivered, relayed, expanded; "" unknown */
	char *status; /* "5.1.1"; "" unknown */
	char *text;   /* what the server said, one clean line of at most 400 octets; "" unknown */
};

/*
 * Read what came to a bounce address.  True if it is a multipart/report with delivery-status: its
 * first recipient's fields.  False: something else (a vacation note, a report in words alone);
 * text is its subject then.  Clear in both cases.
 */
bool report_read(struct report *report, const char *wire, size_t size);
void report_clear(struct report *report);

#endif
