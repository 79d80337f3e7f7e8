/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What lines below a letter say, by their words and shape: German first, English and Turkish besides.
 * Each is a guess; article/tails puts several of them together.
 */
#ifndef ARTICLE_PHRASES_H
#define ARTICLE_PHRASES_H

#include <stdbool.h>

#include <glib.h>

#include "article/lines.h"

/* "Mit freundlichen Grüßen", "MfG", "Im Auftrag", "gez. Lehmann": a line of its own. */
bool phrases_is_farewell(const struct line *line);

/* Two to four words that all begin with a capital, or initials: "Dr. Petra Lehmann". */
bool phrases_is_name(const struct line *line);

/* 2: how to reach somebody (telephone, mail, street); 1: an office or a rank; 0: neither. */
unsigned phrases_office(const struct line *line);

/* "Von meinem iPhone gesendet" */
bool phrases_is_client(const struct line *line);

/* A rule and "Finanzen mailing list … To unsubscribe …" below it: what a list puts under each post. */
bool phrases_is_list_footer(const GArray *lines, unsigned first, unsigned end);

/*
 * Notes that an office puts below each of its mails: confidentiality, data protection, viruses, paper.
 * below: a signature stands above, which makes it likelier.  Never if something is asked.
 */
bool phrases_is_legal(const GArray *lines, unsigned first, unsigned end, bool below);

/* "ACHTUNG: Diese E-Mail stammt von einem externen Absender …": what a gateway puts above a letter. */
bool phrases_is_warning(const GArray *lines, unsigned first, unsigned end);

/* "P.S. …", "Nachtrag: …" */
bool phrases_is_postscript(const GArray *lines, unsigned at);

/* True if there is a question mark (in an URL there is none). */
bool phrases_asks(const GArray *lines, unsigned first, unsigned end);

/* "1. …"; two of them are a list. */
bool phrases_is_item(const struct line *line);
bool phrases_is_list(const GArray *lines, unsigned first, unsigned end);

/* Sentences, by the share of words that begin with a small letter. */
bool phrases_is_prose(const GArray *lines, unsigned first, unsigned end);

/* Sentences that an office, not a person, says: opening hours, where to follow it. */
bool phrases_is_notice(const GArray *lines, unsigned first, unsigned end);

/* True if an address below belongs to the line: it ends in a colon, or says who may be asked. */
bool phrases_leads_on(const struct line *line);

/* "Petra Lehmann | Stadt Musterau | Kämmerei": an address in one line. */
bool phrases_is_card(const struct line *line);

#endif
