/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/recognise.h"

#include <string.h>

#include "article/netnews.h"
#include "base/lang.h"
#include "base/text.h"

/* Fields of those who do not know RFC 3834; value: NULL: any but `no`. */
static const struct {
	const char *name;
	const char *value;
} marks[] = {
    /* clang-format off */
	{"X-Autoreply",   NULL},
	{"X-Autorespond", NULL},
	{"Precedence",    "auto_reply"},
    /* clang-format on */
};

/* How the subject of a mail program's automatic answer begins.  Who answers one has a Re: before it. */
static const char *const subjects[] = {
    "Abwesend:", "Abwesenheit:", "Abwesenheitsnotiz:", "Automatische Antwort:", "Automatic reply:",
    "Autoreply:", "Auto-Reply:", "Out of Office:", "Out of Office AutoReply:"};

/* The first word of a value, as far as a parameter or a comment. */
static bool says_no(const struct field *field)
{
	g_autofree char *value = field_unfolded(field);

	return text_has_prefix(value, "no") && strchr(" ;(", value[2]) != NULL;
}

static bool has_mark(const struct header *header)
{
	for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
		const struct field *field = header_find(header, marks[i].name);

		for (; field; field = header_find_next(header, field)) {
			g_autofree char *value = field_unfolded(field);

			if (marks[i].value ? g_ascii_strcasecmp(value, marks[i].value) == 0
					   : !says_no(field))
				return true;
		}
	}
	return false;
}

static bool has_subject(const struct header *header)
{
	const struct field *field = header_find(header, "Subject");
	g_autofree char *subject = field ? g_strstrip(netnews_text(header, field)) : g_strdup("");

	for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++)
		if (text_has_prefix(subject, subjects[i]))
			return true;
	return false;
}

const char *recognise_machine(const struct header *header, bool null_sender)
{
	const struct field *field = header_find(header, "Auto-Submitted");

	for (; field; field = header_find_next(header, field))
		if (!says_no(field))
			return N_("a machine wrote it (Auto-Submitted)");
	if (null_sender)
		return N_("it has no sender: a report or an automatic answer");
	if (has_mark(header) || has_subject(header))
		return N_("it seems to be an automatic answer");
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
