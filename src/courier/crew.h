/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The courier's workers: started, given mails in small portions, heard, and started again if one dies.
 * What a dead worker had and did not answer was not sent, but for the one in its hand, of which
 * nobody knows.
 */
#ifndef COURIER_CREW_H
#define COURIER_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <glib.h>

#include "base/settings.h"
#include "courier/relay.h"

struct courier_crew;

/* A mail for a worker.  All borrowed for the call, but content, which is kept while it is needed. */
struct courier_load {
	int64_t id; /* of the delivery */
	const char *sender;
	const char *recipient;
	const char *head; /* the receiver's own lines */
	size_t head_size;
	GBytes *content; /* what follows; loads with the same pointer share one transfer */
};

/* How far it came. */
enum courier_try {
	COURIER_UNTOUCHED, /* its worker ended before it, or is leaving: says nothing of the relay */
	COURIER_NO_SESSION, /* none could be opened */
	COURIER_TRIED,
};

/* What came of it. */
struct courier_reply {
	int64_t id;
	enum courier_try tried;
	enum relay_end end; /* of one that was tried, as code */
	int code;
	const char *text; /* one clean line; borrowed */
	int64_t since;	  /* NO_SESSION: Unix seconds; set by the courier, that has the memory */
};

/* settings->courier_workers processes; reply_fn is called from the loop for each load, once. */
struct courier_crew *courier_crew_new(struct event_base *base, const struct settings *settings,
    void (*reply_fn)(const struct courier_reply *reply, void *data), void *data);

/*
 * Frees.  A worker that still has loads is killed, as nobody would hear of them; those without may say
 * farewell to the relay, for 2 s at most.
 */
void courier_crew_free(struct courier_crew *crew);

/* How many loads can be given now. */
unsigned courier_crew_room(const struct courier_crew *crew);

/* Give one to the worker that has least to do; there must be room. */
void courier_crew_give(struct courier_crew *crew, const struct courier_load *load);

/* Loads that are not answered. */
unsigned courier_crew_busy(const struct courier_crew *crew);

/* Let the mails in hand be finished and the others come back as untouched. */
void courier_crew_leave(struct courier_crew *crew);

/* Wait for the mails in hand no longer: they come back as RELAY_UNKNOWN, the others as untouched. */
void courier_crew_break(struct courier_crew *crew);

#endif
