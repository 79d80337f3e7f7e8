/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How many connections each address has, so that one of them cannot take all.
 */
#ifndef NET_PEERS_H
#define NET_PEERS_H

#include <stdint.h>

struct peers;

/* max: connections of one address. */
struct peers *peers_new(int64_t max);
void peers_free(struct peers *peers);

/* Count one more.  The address, borrowed until its last one leaves; NULL: it has too many. */
const char *peers_enter(struct peers *peers, const char *address);

/* Count one less; address as peers_enter gave it. */
void peers_leave(struct peers *peers, const char *address);

#endif
