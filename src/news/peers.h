/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * How many connections each address has, so that one of them cannot take all.
 */
#ifndef NEWS_PEERS_H
#define NEWS_PEERS_H

#include <stdint.h>

struct news_peers;

/* max: connections of one address. */
struct news_peers *news_peers_new(int64_t max);
void news_peers_free(struct news_peers *peers);

/* Count one more.  The address, borrowed until it leaves as often as it entered; NULL: it has too many. */
const char *news_peers_enter(struct news_peers *peers, const char *address);

/* Count one less; address as news_peers_enter gave it. */
void news_peers_leave(struct news_peers *peers, const char *address);

#endif
