/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Helper processes that work ahead on the messages of an archive, a batch at a time, while this
 * process stores those before.  A batch lies in memory that all of them share: who has it is told by
 * a socket, an octet each way, and its pointers are good everywhere.  Helpers are forked, never
 * touch the store's connection, and end with this process.
 */
#ifndef CTL_HELPERS_H
#define CTL_HELPERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accept/prepare.h"
#include "ctl/archive.h"

#define CTL_BATCH_MAX 256
#define CTL_BATCH_OCTETS ((size_t)2 * 1024 * 1024)
#define CTL_BATCH_ROOM ((size_t)8 * 1024 * 1024)

enum ctl_load_state {
	CTL_LOAD_UNREAD, /* too big for a batch: whoever takes it reads it */
	CTL_LOAD_MAIL,
	CTL_LOAD_REFUSED, /* why */
	CTL_LOAD_GONE,
};

/* A message; what its pointers show lies in the room of its batch or is static. */
struct ctl_load {
	struct ctl_entry entry;
	enum ctl_load_state state;
	const char *why;
	const char *bytes;
	size_t size;
	const char *sender;
	struct prepared prepared; /* of these bytes */
};

struct ctl_batch {
	struct ctl_load loads[CTL_BATCH_MAX];
	unsigned n;
	unsigned done;	 /* of these so many are worked on */
	unsigned blamed; /* 1 + the one that a helper has died of */
	size_t octets;	 /* of the entries */
	size_t used;	 /* of the room */
	char room[CTL_BATCH_ROOM];
};

/* Put an entry into a batch; false: it is full, and the entry is not in it. */
bool ctl_batch_add(struct ctl_batch *batch, const struct ctl_entry *entry);

/* Copy octets into the batch's room; NULL where they do not fit. */
void *ctl_batch_keep(struct ctl_batch *batch, const void *bytes, size_t size);

/*
 * work_fn does one load; in a helper mostly, here where there is none.  helpers: how many at most, 0
 * does all here; fewer where no more can be made.  limit_ms: a helper that has worked so long on one
 * load hangs.
 */
struct ctl_helpers *ctl_helpers_start(unsigned helpers, int limit_ms,
    void (*work_fn)(struct ctl_batch *batch, struct ctl_load *load, void *data), void *data);
void ctl_helpers_end(struct ctl_helpers *helpers);

/* A batch to fill; it must be given next.  NULL: take one first. */
struct ctl_batch *ctl_helpers_empty(struct ctl_helpers *helpers);
void ctl_helpers_give(struct ctl_helpers *helpers, struct ctl_batch *batch);

/*
 * The oldest batch that was given, when all of it is done; NULL: there is none.  Good until the next
 * call of this function.  A load that a helper dies of or hangs in is tried by another one, and
 * refused if that ends likewise.
 */
struct ctl_batch *ctl_helpers_take(struct ctl_helpers *helpers);

#endif
