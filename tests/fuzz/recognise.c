/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Did a person write it: the fields, the structure, the subject.
 */
#include "config.h"

#include <stdint.h>

#include "accept/recognise.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct header header;

	header_init(&header);
	if (header_scan(&header, (const char *)bytes, size, NULL)) {
		recognise_machine(&header, false);
		recognise_subject(&header);
		recognise_own_list(&header, "listen.example", NULL);
	}
	header_clear(&header);
	return 0;
}
