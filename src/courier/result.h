/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What becomes of a delivery when the relay has answered: sent, tried again later, given up; and who
 * is told at the end.
 */
#ifndef COURIER_RESULT_H
#define COURIER_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

#include "base/settings.h"
#include "courier/crew.h"
#include "store/delivery.h"
#include "store/store.h"

/*
 * Put the reply into the row in memory: state, attempts, doubtful, due and answer.  A mail that was
 * not tried stays as it is, unless no session could be opened and its time (retry-for) is over.
 * Returns true if the row has changed.
 */
bool courier_result_apply(struct delivery *delivery, const struct courier_reply *reply,
    const struct settings *settings, int64_t now);

/* It can't be sent at all: failed, or dropped where there is nothing to send any more. */
void courier_result_refuse(struct delivery *delivery, const GError *error);

/*
 * Write the rows (struct delivery *) within the caller's transaction.  A digest that clearly failed
 * gives its posts back to the next one; of an article whose last delivery is done and some
 * failed, the author or the operator is told by one letter.
 */
bool courier_result_write(
    struct store *store, const struct settings *settings, const GPtrArray *rows, GError **error);

#endif
