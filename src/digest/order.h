/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The order of a digest, by value to its reader: threads that the person wrote in, new threads,
 * continued threads; within a kind the one whose first new post is oldest first; within a thread
 * by the tree, oldest first.
 */
#ifndef DIGEST_ORDER_H
#define DIGEST_ORDER_H

#include "digest/digest.h"

/*
 * Sort threads and posts in place and set the posts' depth (0 where the parent is not in the
 * digest; at most 3).  Stable for any order of input.
 */
void digest_order(struct digest *digest);

#endif
