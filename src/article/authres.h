/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Authentication-Results (RFC 8601): did an MTA that we trust verify the
 * author?
 */
#ifndef ARTICLE_AUTHRES_H
#define ARTICLE_AUTHRES_H

#include <stdbool.h>

#include "article/header.h"

/*
 * True if fields whose authserv-id is one of `trusted` (NULL-terminated, case ignored) say
 * dmarc=pass for the author's domain, or dkim=pass (header.d or header.i) or spf=pass
 * (smtp.mailfrom) for a domain aligned with it (equal, or one the parent of the other, with a
 * dot in it), or auth=pass with smtp.auth equal to the author's address.  Fields of other
 * authserv-ids count for nothing; a dmarc=fail of a trusted one outweighs all.  author: normal
 * form.
 */
bool authres_verifies(const struct header *header, char *const *trusted, const char *author);

#endif
