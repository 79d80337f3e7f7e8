/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/resolve.h"

#include <string.h>

#include "article/address.h"
#include "base/err.h"

/* What stands behind a group's name in the addresses of its commands. */
static const char *const suffixes[] = {"-ab", "-an", "-hilfe", "-leitung", "-subscribe",
    "-unsubscribe", "-help", "-owner", "-bounces", "-request"};

/* Names that Umlauf or the mail system needs for itself, in any domain. */
static const char *const reserved[] = {
    "bounce", "ueberblick", "postmaster", "mailer-daemon", "abuse"};

struct group *resolve_recipient(struct store *store, const char *recipient, GError **error)
{
	size_t size = strlen(recipient);
	bool bracketed = size >= 2 && recipient[0] == '<' && recipient[size - 1] == '>';
	g_autofree char *bare =
	    bracketed ? g_strndup(recipient + 1, size - 2) : g_strdup(recipient);
	g_autofree char *address = address_normal(bare);
	GError *inner = NULL;
	struct group *group = group_find_by_address(store, address, &inner);

	if (inner)
		g_propagate_error(error, inner);
	else if (!group)
		err_set(error, ERR_ABSENT, "no such group address");
	return group;
}

/* True if `local` is `name` with one of the suffixes. */
static bool is_suffix_of(const char *local, const char *name)
{
	size_t size = strlen(name);

	if (strncmp(local, name, size) != 0)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_equal(local + size, suffixes[i]))
			return true;
	return false;
}

static char *collision_with(const struct group *group, const char *address, const char *local)
{
	g_autofree char *other = g_strndup(group->address, strcspn(group->address, "@"));

	if (g_str_equal(group->address, address))
		return g_strdup_printf("%s is the address of the group %s", address, group->name);
	if (g_strcmp0(strchr(group->address, '@'), strchr(address, '@')) != 0)
		return NULL;
	if (is_suffix_of(local, other) || is_suffix_of(other, local))
		return g_strdup_printf("%s collides with the addresses of the group %s (%s)",
		    address, group->name, group->address);
	return NULL;
}

static char *reserved_name(const char *address, const char *local, const char *admin)
{
	if (strchr(local, '+'))
		return g_strdup_printf("%s: a plus sign stands for tokens of ours", address);
	if (g_str_has_prefix(local, "p-"))
		return g_strdup_printf("%s: p-… stands for masked authors", address);
	if (admin && g_ascii_strcasecmp(address, admin) == 0)
		return g_strdup_printf("%s is the operator's address", address);
	for (size_t i = 0; i < G_N_ELEMENTS(reserved); i++)
		if (g_str_equal(local, reserved[i]) || is_suffix_of(local, reserved[i]))
			return g_strdup_printf("%s is needed by Umlauf itself", address);
	return NULL;
}

char *resolve_collision(struct store *store, const char *address, const char *admin, GError **error)
{
	g_autofree char *local = g_strndup(address, strcspn(address, "@"));
	char *why = reserved_name(address, local, admin);
	g_autoptr(GPtrArray) groups = NULL;

	if (why)
		return why;
	groups = group_list(store, error);
	for (guint i = 0; groups && !why && i < groups->len; i++)
		why = collision_with(groups->pdata[i], address, local);
	return why;
}
