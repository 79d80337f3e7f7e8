/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * OpenPGP inside a text (RFC 9580 section 6): its armour is nothing that a person reads.
 */
#ifndef ARTICLE_ARMOUR_H
#define ARTICLE_ARMOUR_H

#define ARMOUR_BEGIN "-----BEGIN PGP " /* a line begins so where there is armour */

/*
 * Text (UTF-8, LF) as it is shown: of a signed text the words alone, without armour and
 * dash-escapes; in place of an encrypted message the line `encrypted`; keys and signatures left
 * out.  What is quoted or has no end stays as it is.  The caller frees.
 */
char *armour_strip(const char *text, const char *encrypted);

#endif
