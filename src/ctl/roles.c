/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/roles.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/file.h"

#define FILE_SIZE_MAX ((size_t)1024 * 1024)

static void role_free(void *data)
{
	struct ctl_role *role = data;

	g_free(role->role);
	g_free(role->state);
	g_free(role);
}

static bool process_is_alive(int64_t pid)
{
	return pid > 0 && pid <= INT32_MAX && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
}

static void take_word(struct ctl_role *role, const char *key, const char *value)
{
	if (strcmp(key, "role") == 0) {
		g_free(role->role);
		role->role = g_strdup(value);
	} else if (strcmp(key, "state") == 0) {
		g_free(role->state);
		role->state = g_strdup(value);
	} else if (strcmp(key, "pid") == 0) {
		role->pid = g_ascii_strtoll(value, NULL, 10);
	} else if (strcmp(key, "restarts") == 0) {
		role->restarts = g_ascii_strtoll(value, NULL, 10);
	} else if (strcmp(key, "since") == 0) {
		role->since = g_ascii_strtoll(value, NULL, 10);
	}
}

static struct ctl_role *parse_line(const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	struct ctl_role *role = g_new0(struct ctl_role, 1);

	for (char **word = words; *word != NULL; word++) {
		char *equals = strchr(*word, '=');

		if (equals == NULL)
			continue;
		*equals = '\0';
		take_word(role, *word, equals + 1);
	}
	role->alive = process_is_alive(role->pid);
	return role;
}

GPtrArray *ctl_roles_read(const struct settings *settings)
{
	GPtrArray *roles = g_ptr_array_new_with_free_func(role_free);
	g_autofree char *path = g_build_filename(settings->runtime_dir, "umlaufd.status", NULL);
	g_autoptr(GBytes) bytes = file_read(path, FILE_SIZE_MAX, NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;

	if (bytes == NULL)
		return roles;
	text = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line != NULL; line++) {
		struct ctl_role *role = parse_line(*line);

		if (role->role != NULL && role->state != NULL)
			g_ptr_array_add(roles, role);
		else
			role_free(role);
	}
	return roles;
}

bool ctl_roles_daemon_runs(const struct settings *settings)
{
	g_autoptr(GPtrArray) roles = ctl_roles_read(settings);

	for (unsigned i = 0; i < roles->len; i++) {
		const struct ctl_role *role = roles->pdata[i];

		if (strcmp(role->role, "supervisor") == 0 && role->alive)
			return true;
	}
	return false;
}
