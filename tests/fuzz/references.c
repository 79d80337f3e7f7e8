/* SPDX-License-Identifier: EUPL-1.2 */
/* Ids, Thread-Index, addresses and subjects: values of fields that say what a message belongs to. */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "article/address.h"
#include "article/encoded.h"
#include "article/msgid.h"
#include "article/refs.h"
#include "article/subject.h"
#include "article/threadindex.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void check_ids(const char *value, size_t size)
{
	g_autoptr(GPtrArray) ids = refs_parse(value, size);
	g_autofree char *id = msgid_extract(value, size);

	require(ids->len <= REFS_MAX);
	for (unsigned i = 0; i < ids->len; i++)
		require(g_utf8_validate(ids->pdata[i], -1, NULL) &&
			strpbrk(ids->pdata[i], "\r\n") == NULL);
	require(id == NULL || (g_utf8_validate(id, -1, NULL) && strpbrk(id, "\r\n\t") == NULL));
}

static void check_index(const char *value, size_t size)
{
	g_autoptr(GPtrArray) names = threadindex_names(value, size);

	require(names->len <= 1 + THREADINDEX_DEPTH_MAX);
	for (unsigned i = 0; i < names->len; i++)
		require(threadindex_is_name(names->pdata[i]) && strlen(names->pdata[i]) < 32);
}

static void check_addresses(const char *value, size_t size)
{
	struct address_mask mask = {{0}, "news.example", NULL, NULL};
	g_autoptr(GPtrArray) mailboxes = address_parse(value, size);
	g_autofree char *open = address_masked_field(NULL, value, size);
	g_autofree char *masked = address_masked_field(&mask, value, size);
	g_autofree char *again = address_masked_field(&mask, masked, strlen(masked));

	for (unsigned i = 0; i < mailboxes->len; i++) {
		const struct mailbox *mailbox = mailboxes->pdata[i];

		require(strchr(mailbox->address, '@') != NULL);
		require(g_utf8_validate(mailbox->address, -1, NULL));
		require(mailbox->name == NULL || g_utf8_validate(mailbox->name, -1, NULL));
		address_is_valid(mailbox->address);
	}
	for (const char *p = open; *p != '\0'; p++)
		require(*p >= ' ' && *p < 0x7f);
	for (const char *p = masked; *p != '\0'; p++)
		require(*p >= ' ' && *p < 0x7f);
	require(strcmp(masked, again) == 0);
}

static void check_subject(const char *value)
{
	g_autofree char *base = subject_base(value);
	g_autofree char *again = subject_base(base);

	subject_is_reply(value);
	require(g_utf8_validate(base, -1, NULL));
	/* case folding goes round in circles elsewhere (Cherokee) */
	require(!g_str_is_ascii(value) || strcmp(base, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	g_autofree char *value = g_strndup((const char *)bytes, size);

	check_ids(value, strlen(value));
	check_index(value, strlen(value));
	check_addresses(value, strlen(value));
	check_subject(value);
	return 0;
}
