/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What acceptance works out from the octets of a message alone.  It needs no transaction, so another
 * process may have done it before (ctl/import_crew.h).
 */
#ifndef ACCEPT_PREPARE_H
#define ACCEPT_PREPARE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "article/header.h"
#include "store/store.h"

struct prepared {
	const void *packed; /* borrowed; by wire_pack() */
	size_t packed_size;
	uint64_t body_hash; /* keyed */
	int64_t lines;	    /* of the body */
};

/* The keyed hash of the body without empty lines at its end: what hops add or take there is not another text. */
uint64_t prepare_body_hash(const struct store *store, const struct header *header);

/* The lines of the body; a last one without its line end is one. */
int64_t prepare_lines(const struct header *header);

#endif
