/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "port.h"

#include <string.h>

static struct port *port_ref(struct port *port)
{
	port->references++;
	return port;
}

static void port_unref(gpointer pointer)
{
	struct port *port = pointer;

	if (--port->references > 0)
		return;
	listen_close(port->listener, true);
	g_free(port);
}

static struct port *port_find(GPtrArray *ports, const struct role *role, const char *address)
{
	for (guint i = 0; ports != NULL && i < ports->len; i++) {
		struct port *port = ports->pdata[i];

		if (port->role == role && strcmp(port->listener->address, address) == 0)
			return port;
	}
	return NULL;
}

/* The mail server's sockets are for its group, the private one is for ourselves alone. */
static struct listen_rights rights_of(const struct settings *settings, const char *address)
{
	if (strcmp(address, settings->post_socket) == 0)
		return (struct listen_rights){.mode = 0600, .owner = settings->user};
	return (struct listen_rights){.mode = settings->lmtp_mode, .group = settings->lmtp_group};
}

/* The rights of a unix socket that stays open may have changed in the settings. */
static bool port_dress(const struct port *port, const struct settings *settings, GError **error)
{
	const char *path = port->listener->address;
	const struct listen_rights rights = rights_of(settings, path);

	return path[0] != '/' || listen_set_rights(path, &rights, error);
}

static struct port *port_open(
    const struct settings *settings, const struct role *role, const char *address, GError **error)
{
	const struct listen_rights rights = rights_of(settings, address);
	struct listener *listener = listen_open(address, &rights, error);
	struct port *port;

	if (listener == NULL)
		return NULL;
	port = g_new0(struct port, 1);
	port->role = role;
	port->listener = listener;
	port->references = 1;
	return port;
}

GPtrArray *port_open_all(
    const struct settings *settings, const struct role **chosen, GPtrArray *old, GError **error)
{
	g_autoptr(GPtrArray) ports = g_ptr_array_new_with_free_func(port_unref);

	for (size_t i = 0; chosen[i] != NULL; i++) {
		const struct role *role = chosen[i];

		for (char **address = role->addresses(settings); *address != NULL; address++) {
			struct port *known = port_find(old, role, *address);
			struct port *port = NULL;

			if (known == NULL)
				port = port_open(settings, role, *address, error);
			else if (port_dress(known, settings, error))
				port = port_ref(known);
			if (port == NULL)
				return NULL;
			g_ptr_array_add(ports, port);
		}
	}
	return g_steal_pointer(&ports);
}

GPtrArray *port_listeners(GPtrArray *ports, const struct role *role)
{
	GPtrArray *listeners = g_ptr_array_new();

	for (guint i = 0; i < ports->len; i++) {
		const struct port *port = ports->pdata[i];

		if (port->role == role)
			g_ptr_array_add(listeners, port->listener);
	}
	return listeners;
}
