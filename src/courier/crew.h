/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The courier's workers: started, given mails in small portions, heard, and started again if one dies.
 * What a dead worker had and did not answer was not sent, but for the one in its hand.
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

/* What came of it. */
struct courier_reply {
	int64_t id;
	enum relay_end end;
	int code;
	bool tried;	  /* false: no session could be opened, or its worker died before it */
	const char *text; /* one clean line; borrowed */
};

/* settings->courier_workers processes; reply_fn is called from the loop for each load, once. */
struct courier_crew *courier_crew_new(struct event_base *base, const struct settings *settings,
    void (*reply_fn)(const struct courier_reply *reply, void *data), void *data);

/* Frees; workers that still run are told to end and are not waited for longer than 10 s. */
void courier_crew_free(struct courier_crew *crew);

/* How many loads can be given now. */
unsigned courier_crew_room(const struct courier_crew *crew);

/* Give one to the worker that has least to do; there must be room. */
void courier_crew_give(struct courier_crew *crew, const struct courier_load *load);

/* Loads that are not answered. */
unsigned courier_crew_busy(const struct courier_crew *crew);

/* Let the mails in hand be finished and the others come back as not tried. */
void courier_crew_leave(struct courier_crew *crew);

#endif
