/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A letter on its way: written and laid into the courier's table.
 */
#ifndef LETTERS_QUEUE_H
#define LETTERS_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"
#include "letters/letters.h"
#include "store/store.h"

/* What a letter is about. */
struct letters_about {
	int64_t person; /* the receiver; 0: nobody known */
	int64_t group;	/* 0: none */
	/* Not if one of the kind went to the address within so many seconds; 0: always. */
	int64_t once_s;
	bool each_group; /* … one about the same group */
};

/*
 * Write the letter (from, domain, msgid and date are filled in here) and queue it, within the
 * caller's transaction.
 */
bool letters_queue(struct store *store, const struct settings *settings,
    const struct letter *letter, struct letters_about about, GError **error);

#endif
