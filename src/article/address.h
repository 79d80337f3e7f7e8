/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Addresses in header fields, and the masked form that stands in news in
 * place of an author's address where anybody may read.
 */
#ifndef ARTICLE_ADDRESS_H
#define ARTICLE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>

#include "base/siphash.h"

struct mailbox {
	char *name;    /* owned; decoded UTF-8, or NULL */
	char *address; /* owned; normal form (address_normal) */
};

void mailbox_free(struct mailbox *mailbox);

/* The mailboxes of a raw From, To or Cc value, groups flattened, what has no `@` left out; at most
 * 1,000.  Array of struct mailbox *, never NULL. */
GPtrArray *address_parse(const char *value, size_t size);

/* True for local@domain, 3 to 254 octets, no control, blank, `<` or `>`, one `@` outside quotes. */
bool address_is_valid(const char *address);

/* Lower case throughout (beyond ASCII by Unicode), blanks around removed; the caller frees. */
char *address_normal(const char *address);

/* How addresses are masked. */
struct address_mask {
	uint8_t key[SIPHASH_KEY_SIZE];
	const char *domain; /* borrowed: of the gateway addresses */
	/* True for an address that is shown as it is (a group's own); may be NULL. */
	bool (*is_public_fn)(const char *address, void *data);
	void *data;
};

/* The gateway address of an address: `p-BASE32@domain`, always the same; the caller frees. */
char *address_masked(const struct address_mask *mask, const char *address);

/*
 * A raw address field value (From, To …) with each address masked: `Name <p-…@domain>`, names
 * RFC 2047-encoded, a name that holds an `@` dropped.  "" if no address was found.  One line,
 * US-ASCII.  mask NULL: the same repair with addresses as they are.  The caller frees.
 */
char *address_masked_field(const struct address_mask *mask, const char *value, size_t size);

#endif
