/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What is to be sent: new posts become rows for their receivers, and rows that are due come into a
 * queue in memory.
 */
#ifndef COURIER_DUE_H
#define COURIER_DUE_H

#include <stdbool.h>

#include <glib.h>

#include "store/delivery.h"
#include "store/store.h"

#define COURIER_CONSUMER "courier"

/*
 * Write rows for some of the articles beyond the cursors, cursor and rows in one transaction.
 * *more: there is more to do; *taken: articles whose last row was written; those of groups in which
 * nobody gets mail are passed over, and not counted.
 */
bool courier_due_take(struct store *store, bool *more, unsigned *taken, GError **error);

struct courier_due;

struct courier_due *courier_due_new(struct store *store);
void courier_due_free(struct courier_due *due);

/*
 * Look for rows again from the oldest on, when the queue is empty.  Rows that are in it and were
 * dropped by another process meanwhile are not given out.
 */
void courier_due_look(struct courier_due *due);

/*
 * The next row that is due; it is known, and not found again, until courier_due_done.  Borrowed.  NULL
 * without error: none now.
 */
struct delivery *courier_due_next(struct courier_due *due, GError **error);

/* It goes back to the queue's front, untouched. */
void courier_due_return(struct courier_due *due, struct delivery *delivery);

/* The known row of this id; NULL: none. */
struct delivery *courier_due_find(struct courier_due *due, int64_t id);

/* Forget it: its row says what became of it.  Frees. */
void courier_due_done(struct courier_due *due, struct delivery *delivery);

#endif
