/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Subjects: reply prefixes and the base subject (after RFC 5256 section 2.1,
 * with the prefixes that German and Nordic mail programs write).
 */
#ifndef ARTICLE_SUBJECT_H
#define ARTICLE_SUBJECT_H

#include <stdbool.h>

/*
 * The base of a decoded subject (UTF-8): all leading Re:, AW:, Antw:, WG:, SV:, VS:, Fwd:, FW:,
 * TR:, Wtrlt:, RE[2]:, "Re^2:", "[List]" tags and "(fwd)" tails removed in any order and case, blanks
 * collapsed, case folded, NFC.  "" if nothing remains, or what programs write for nothing: "(ohne
 * Betreff)", "(no subject)".  The caller frees.
 */
char *subject_base(const char *subject);

/*
 * A decoded subject made comparable: blanks collapsed, case folded, NFC; what is behind 2,000 octets
 * does not count.  Valid UTF-8; the caller frees.
 */
char *subject_folded(const char *subject);

/* True if a reply prefix (not a forward one) stands in front, perhaps behind a [List] tag. */
bool subject_is_reply(const char *subject);

#endif
