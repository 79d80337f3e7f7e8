/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/prepare.h"

#include <string.h>

#include "base/siphash.h"

uint64_t prepare_body_hash(const struct store *store, const struct header *header)
{
	size_t end = header->size;

	while (end > header->body &&
	       (header->bytes[end - 1] == '\n' || header->bytes[end - 1] == '\r'))
		end--;
	return siphash(store_key(store), header->bytes + header->body, end - header->body);
}

int64_t prepare_lines(const struct header *header)
{
	const char *at = header->bytes + header->body;
	const char *end = header->bytes + header->size;
	int64_t lines = 0;

	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));

		lines++;
		at = feed ? feed + 1 : end;
	}
	return lines;
}
