/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A listener that belongs to a role.  The supervisor opens it while it has the
 * privileges, and keeps it while any generation of role processes needs it: an
 * address that stands in the old and the new settings stays one open socket,
 * so that no connection is refused while roles are exchanged.
 */
#ifndef PORT_H
#define PORT_H

#include <glib.h>

#include "base/settings.h"
#include "net/listen.h"
#include "role.h"

struct port {
	const struct role *role;   /* static */
	struct listener *listener; /* owned; closed and removed with the last reference */
	unsigned references;
};

/*
 * The ports of the chosen roles (ended by NULL): those of `old` (may be NULL) that
 * have the same role and address, the others newly opened.  An array of struct port * that gives
 * its references back when it is unreffed; NULL on error, and then all newly opened are closed.
 */
GPtrArray *port_open_all(
    const struct settings *settings, const struct role **chosen, GPtrArray *old, GError **error);

/* The listeners of one role, borrowed: array of struct listener *, the caller unrefs. */
GPtrArray *port_listeners(GPtrArray *ports, const struct role *role);

#endif
