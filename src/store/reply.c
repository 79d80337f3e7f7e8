/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/reply.h"

#include <string.h>

#include "base/err.h"
#include "base/token.h"
#include "store/thread.h"

#define CHECK_MASK 0x3fff /* as much of the Message-ID's hash as two octets of a token hold */

static char *token_of(
    const struct store *store, const struct group *group, int64_t article, const char *msgid)
{
	const int64_t numbers[] = {article, group->id, store_hash(store, msgid) & CHECK_MASK};

	return token_make(store_key(store), TOKEN_REPLY, numbers, G_N_ELEMENTS(numbers));
}

char *reply_address(
    const struct store *store, const struct group *group, int64_t article, const char *msgid)
{
	const int name = (int)strcspn(group->address, "@");
	g_autofree char *token = token_of(store, group, article, msgid);

	return g_strdup_printf("%.*s+%s%s", name, group->address, token, group->address + name);
}

int64_t reply_read(
    struct store *store, const struct group *group, const char *token, GError **error)
{
	struct thread_node node = {0};
	GError *inner = NULL;
	int64_t numbers[3];
	bool same;

	if (!token_read(store_key(store), TOKEN_REPLY, token, numbers, G_N_ELEMENTS(numbers)) ||
	    numbers[1] != group->id)
		return 0;
	same = thread_node(store, numbers[0], &node, &inner) &&
	       (store_hash(store, node.msgid) & CHECK_MASK) == numbers[2];
	thread_node_clear(&node);
	if (g_error_matches(inner, ERR, ERR_ABSENT))
		g_clear_error(&inner);
	if (!inner)
		return same ? numbers[0] : 0;
	g_propagate_error(error, inner);
	return -1;
}
