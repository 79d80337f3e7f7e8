/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/resolve.h"

#include <string.h>

#include "article/address.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/token.h"
#include "store/reply.h"

/* What stands behind a group's name in the addresses of its commands. */
static const char *const suffixes[] = {"-ab", "-an", "-hilfe", "-leitung", "-subscribe",
    "-unsubscribe", "-help", "-owner", "-bounces", "-request"};

/* Names that Umlauf or the mail system needs for itself, in any domain. */
static const char *const reserved[] = {
    "bounce", "ueberblick", "postmaster", "mailer-daemon", "abuse"};

#define DIGEST "ueberblick"
#define DIGEST_LEAVE DIGEST "-ab"
#define BOUNCE "bounce"
#define DAY 86400

void target_free(struct target *target)
{
	if (!target)
		return;
	group_free(target->group);
	g_free(target);
}

static struct target *target_new(enum target_kind kind)
{
	struct target *target = g_new0(struct target, 1);

	target->kind = kind;
	return target;
}

/* An address taken apart: `local`, `token` behind its first plus sign, `domain`. */
struct parts {
	char *local;  /* owned, as the others */
	char *token;  /* NULL: there is none */
	char *domain; /* behind the @; "" if it lacks */
};

static void parts_clear(struct parts *parts)
{
	g_free(parts->local);
	g_free(parts->token);
	g_free(parts->domain);
}

static struct parts take_apart(const char *address)
{
	const char *at = strrchr(address, '@');
	const size_t size = at ? (size_t)(at - address) : strlen(address);
	struct parts parts = {
	    .local = g_strndup(address, size), .domain = g_strdup(at ? at + 1 : "")};
	char *plus = strchr(parts.local, '+');

	if (plus) {
		parts.token = g_strdup(plus + 1);
		*plus = '\0';
	}
	return parts;
}

/* Whom a token for leaving names; group 0: the digest.  False: it is none of ours, or over. */
static bool read_leave(
    struct store *store, const struct parts *parts, int64_t group, struct target *target)
{
	int64_t numbers[3];

	if (token_read(store_key(store), TOKEN_LEAVE, parts->token, numbers, 2)) {
		target->person = numbers[0];
		return numbers[1] == group;
	}
	if (!token_read(store_key(store), TOKEN_CONFIRM, parts->token, numbers, 3))
		return false;
	target->person = numbers[0];
	target->confirmed = true;
	return numbers[1] == group && numbers[2] >= clock_now() / DAY;
}

/* bounce+TOKEN@ and ueberblick-ab@ in our own domain, the latter with a token or without; NULL: another address. */
static struct target *resolve_own(
    struct store *store, const struct settings *settings, const struct parts *parts)
{
	struct target *target = NULL;

	if (g_ascii_strcasecmp(parts->domain, settings->domain) != 0)
		return NULL;
	if (parts->token && g_str_equal(parts->local, BOUNCE)) {
		target = target_new(TARGET_BOUNCE);
		if (token_read(store_key(store), TOKEN_BOUNCE, parts->token, &target->delivery, 1))
			return target;
	} else if (g_str_equal(parts->local, DIGEST_LEAVE)) {
		target = target_new(TARGET_DIGEST);
		if (!parts->token || read_leave(store, parts, 0, target))
			return target;
	}
	target_free(target);
	return NULL;
}

/* NAME-ab@ and NAME-ab+TOKEN@; NULL: another address, or an error. */
static struct target *resolve_leave(struct store *store, const struct parts *parts, GError **error)
{
	static const char *const endings[] = {"-ab", "-unsubscribe"};

	for (size_t i = 0; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *name = NULL;
		g_autofree char *address = NULL;
		struct target *target;

		if (!g_str_has_suffix(parts->local, endings[i]))
			continue;
		name = g_strndup(parts->local, strlen(parts->local) - strlen(endings[i]));
		address = g_strconcat(name, "@", parts->domain, NULL);
		target = target_new(TARGET_LEAVE);
		target->group = group_find_by_address(store, address, error);
		if (target->group &&
		    (!parts->token || read_leave(store, parts, target->group->id, target)))
			return target;
		target_free(target);
	}
	return NULL;
}

/* NAME@ and NAME+TOKEN@; NULL: another address, or an error. */
static struct target *resolve_group(struct store *store, const struct parts *parts, GError **error)
{
	g_autofree char *address = g_strconcat(parts->local, "@", parts->domain, NULL);
	struct group *group = group_find_by_address(store, address, error);
	struct target *target;

	if (!group)
		return NULL;
	target = target_new(TARGET_GROUP);
	target->group = group;
	if (!parts->token)
		return target;
	target->article = reply_read(store, group, parts->token, error);
	if (target->article > 0)
		return target;
	if (target->article == 0)
		err_set(error, ERR_ABSENT,
		    "this answer address is not ours, or has been altered; %s takes new posts",
		    address);
	target_free(target);
	return NULL;
}

struct target *resolve_recipient(
    struct store *store, const struct settings *settings, const char *recipient, GError **error)
{
	size_t size = strlen(recipient);
	bool bracketed = size >= 2 && recipient[0] == '<' && recipient[size - 1] == '>';
	g_autofree char *bare =
	    bracketed ? g_strndup(recipient + 1, size - 2) : g_strdup(recipient);
	g_autofree char *address = address_normal(bare);
	GError *inner = NULL;
	struct parts parts = take_apart(address);
	struct target *target = resolve_group(store, &parts, &inner);

	if (!target && !inner)
		target = resolve_own(store, settings, &parts);
	if (!target && !inner)
		target = resolve_leave(store, &parts, &inner);
	parts_clear(&parts);
	if (inner)
		g_propagate_error(error, inner);
	else if (!target)
		err_set(error, ERR_ABSENT, "there is no such address here");
	return target;
}

static bool is_group(
    struct store *store, const char *local, size_t size, const char *domain, GError **error)
{
	g_autofree char *address = g_strdup_printf("%.*s@%s", (int)size, local, domain);
	struct group *group = group_find_by_address(store, address, error);
	const bool found = group != NULL;

	group_free(group);
	return found;
}

bool resolve_is_ours(struct store *store, const struct settings *settings, const char *address,
    bool *ours, GError **error)
{
	struct parts parts = take_apart(address);
	const size_t size = strlen(parts.local);
	GError *inner = NULL;

	*ours = (g_str_equal(parts.local, DIGEST) &&
		    g_ascii_strcasecmp(parts.domain, settings->domain) == 0) ||
		is_group(store, parts.local, size, parts.domain, &inner);
	for (size_t i = 0; !*ours && !inner && i < G_N_ELEMENTS(suffixes); i++)
		if (g_str_has_suffix(parts.local, suffixes[i]))
			*ours = is_group(
			    store, parts.local, size - strlen(suffixes[i]), parts.domain, &inner);
	parts_clear(&parts);
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
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
	if (strlen(local) > RESOLVE_LOCAL_MAX)
		return g_strdup_printf(
		    "%s: what stands before the @ may have %d octets, so that NAME-ab+TOKEN@ fits",
		    address, RESOLVE_LOCAL_MAX);
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
