/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/recognise.h"

#include <string.h>

#include "base/lang.h"
#include "base/text.h"

/* The first word of a value, as far as a parameter or a comment. */
static bool says_no(const struct field *field)
{
	g_autofree char *value = field_unfolded(field);

	return text_has_prefix(value, "no") && strchr(" ;(", value[2]) != NULL;
}

const char *recognise_machine(const struct header *header, bool null_sender)
{
	const struct field *field = header_find(header, "Auto-Submitted");

	for (; field; field = header_find_next(header, field))
		if (!says_no(field))
			return N_("a machine wrote it (Auto-Submitted)");
	if (null_sender)
		return N_("it has no sender: a report or an automatic answer");
	return NULL;
}

/* The id in the angle brackets of a List-Id (RFC 2919 section 3), else all of it. */
static char *list_id_of(const struct field *field)
{
	g_autofree char *value = field_unfolded(field);
	const char *open = strrchr(value, '<');

	if (!open)
		return g_steal_pointer(&value);
	return g_strndup(open + 1, strcspn(open + 1, ">"));
}

static bool is_own(const char *id, const char *domain, char *const *ids)
{
	const size_t size = strlen(id);
	const size_t domain_size = strlen(domain);

	for (char *const *own = ids; own && *own; own++)
		if (g_ascii_strcasecmp(*own, id) == 0)
			return true;
	return size > domain_size + 1 && id[size - domain_size - 1] == '.' &&
	       g_ascii_strcasecmp(id + size - domain_size, domain) == 0;
}

bool recognise_own_list(const struct header *header, const char *domain, char *const *ids)
{
	const struct field *field = header_find(header, "List-Id");

	for (; field; field = header_find_next(header, field)) {
		g_autofree char *id = list_id_of(field);

		if (is_own(id, domain, ids))
			return true;
	}
	return false;
}
