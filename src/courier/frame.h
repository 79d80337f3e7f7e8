/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What courier and worker say to each other over a socketpair: frames of a fixed head and octets.
 * Both ends are the same program, so numbers stand as the machine has them.
 */
#ifndef COURIER_FRAME_H
#define COURIER_FRAME_H

#include <stdint.h>

enum courier_frame_kind {
	COURIER_CONTENT = 1, /* to the worker: what the next mails have in common; `size` octets */
	COURIER_MAIL,	     /* to the worker: sender, recipient and head, of `sizes` */
	COURIER_ANSWER,	     /* from the worker: `size` octets of text */
};

struct courier_frame {
	uint32_t kind;
	uint32_t end;	   /* ANSWER: enum relay_end */
	int64_t id;	   /* MAIL, ANSWER: of the delivery */
	uint64_t size;	   /* of all that follows */
	uint32_t sizes[2]; /* MAIL: of sender and recipient; the head is the rest */
	int32_t code;	   /* ANSWER: of SMTP */
	uint32_t tried;	   /* ANSWER: enum courier_try */
};

#endif
