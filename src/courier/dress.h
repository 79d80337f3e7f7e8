/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * From a row of the table to a mail: envelope, the receiver's own lines, and what all receivers of
 * it have in common, which is made once and kept while it is needed.
 */
#ifndef COURIER_DRESS_H
#define COURIER_DRESS_H

#include <stdbool.h>

#include <glib.h>

#include "base/settings.h"
#include "store/delivery.h"
#include "store/store.h"

struct courier_wardrobe;

/* A mail that is ready. */
struct courier_dressed {
	char *sender;	 /* owned; envelope: bounce+TOKEN@domain (VERP), "" of a letter */
	GString *head;	 /* owned; List-Unsubscribe of a post, all fields of a digest or letter */
	GBytes *content; /* owned */
};
void courier_dressed_clear(struct courier_dressed *dressed);

/* All borrowed. */
struct courier_wardrobe *courier_wardrobe_new(struct store *store, const struct settings *settings);
void courier_wardrobe_free(struct courier_wardrobe *wardrobe);

/*
 * Dress one; outside a transaction (it notes in one of its own what it looks into: store/suspect.h).
 * ERR_ABSENT: there is nothing to send any more; ERR_PERM: the article has ended the courier
 * too often and is set aside; ERR_TEMP else.
 */
bool courier_dress(struct courier_wardrobe *wardrobe, const struct delivery *delivery,
    struct courier_dressed *dressed, GError **error);

#endif
