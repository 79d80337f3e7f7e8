/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/wildmat.h"

#include <string.h>

#include <glib.h>

bool wildmat_is_valid(const char *wildmat)
{
	bool item = false; /* the pattern has one */
	const char *at = wildmat;

	if (!g_utf8_validate(wildmat, -1, NULL))
		return false;
	for (; *at != '\0'; at++) {
		const unsigned char c = (unsigned char)*at;

		if (c == ',') {
			if (!item)
				return false;
			item = false;
			if (at[1] == '!')
				at++;
		} else if (c <= ' ' || c == 0x7f || strchr("![\\]", c) != NULL) {
			return false;
		} else {
			item = true;
		}
	}
	return item;
}

/* Also where the text is not UTF-8: never beyond its end. */
static const char *next_character(const char *at)
{
	at++;
	while (((unsigned char)*at & 0xc0) == 0x80)
		at++;
	return at;
}

/*
 * One pattern, up to `end`.  Where something fails, the last star alone takes
 * one character more: an earlier star never needs to.
 */
static bool pattern_matches(const char *pattern, const char *end, const char *text)
{
	const char *after_star = NULL;
	const char *resume = NULL;

	for (;;) {
		if (pattern < end && *pattern == '*') {
			after_star = ++pattern;
			resume = text;
		} else if (pattern < end && *text != '\0' && *pattern == '?') {
			pattern++;
			text = next_character(text);
		} else if (pattern < end && *text != '\0' && *pattern == *text) {
			pattern++;
			text++;
		} else if (pattern == end && *text == '\0') {
			return true;
		} else if (after_star == NULL || *resume == '\0') {
			return false;
		} else {
			resume = next_character(resume);
			text = resume;
			pattern = after_star;
		}
	}
}

bool wildmat_matches(const char *wildmat, const char *text)
{
	const char *end = wildmat + strlen(wildmat);

	for (;;) {
		const char *comma = memrchr(wildmat, ',', (size_t)(end - wildmat));
		const char *pattern = comma == NULL ? wildmat : comma + 1;
		const bool negated = *pattern == '!' && pattern < end;

		if (pattern_matches(pattern + negated, end, text))
			return !negated;
		if (comma == NULL)
			return false;
		end = comma;
	}
}
