/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The order of a digest, by value to its reader: threads that the person wrote in, new threads,
 * continued threads; within a kind the one whose first new post is oldest first; within a thread
 * by the tree, oldest first.
 */
#ifndef DIGEST_ORDER_H
#define DIGEST_ORDER_H

#include "digest/digest.h"

#define DIGEST_DEPTH_MAX 3

/*
 * Sort threads and posts in place and set the posts' depth (0 where the parent is not in the
 * thread's posts; at most DIGEST_DEPTH_MAX).  The result is the same for any order of input; of
 * posts that want one another in a circle the oldest is the first.
 */
void digest_order(struct digest *digest);

#endif
