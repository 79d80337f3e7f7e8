/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "generation.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "port.h"
#include "runtime.h"
#include "store/store.h"

static void free_process(gpointer process)
{
	process_free(process);
}

struct generation *generation_new(struct settings *settings, const struct role **roles)
{
	struct generation *generation = g_new0(struct generation, 1);

	generation->settings = settings;
	generation->processes = g_ptr_array_new_with_free_func(free_process);
	for (size_t i = 0; roles[i] != NULL; i++) {
		const int64_t count = roles[i]->processes(settings);

		for (int64_t n = 0; n < count; n++)
			g_ptr_array_add(generation->processes, process_new(roles[i]));
	}
	return generation;
}

void generation_free(struct generation *generation)
{
	if (generation == NULL)
		return;
	g_ptr_array_unref(generation->processes);
	if (generation->ports != NULL)
		g_ptr_array_unref(generation->ports);
	settings_free(generation->settings);
	g_free(generation);
}

static G_GNUC_NORETURN void child_migrate(const struct settings *settings)
{
	g_autoptr(GError) error = NULL;

	umask(027);
	if (file_become(settings->user, &error) && store_migrate(settings->store, &error))
		_exit(EXIT_SUCCESS);
	log_error("store", log_text("reason", error->message));
	_exit(EXIT_FAILURE);
}

/* Make the store or bring it up to date, as the user and in a process of its own. */
static bool migrate(const struct settings *settings, GError **error)
{
	const char *path = settings_store_path(settings);
	g_autofree char *folder = path != NULL ? g_path_get_dirname(path) : NULL;
	int status = 0;
	pid_t child;

	if (folder != NULL && !runtime_make_folder(folder, settings->user, 0750, error))
		return false;
	child = fork();
	if (child == 0)
		child_migrate(settings);
	if (child < 0)
		return err_set(error, ERR_TEMP, "fork: %s", g_strerror(errno));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		return err_set(error, ERR_TEMP, "the store cannot be used");
	return true;
}

bool generation_open(struct generation *generation, const struct role **roles,
    const struct generation *old, GError **error)
{
	GPtrArray *old_ports = old != NULL ? old->ports : NULL;

	generation->ports = port_open_all(generation->settings, roles, old_ports, error);
	return generation->ports != NULL && migrate(generation->settings, error);
}

bool generation_start(struct generation *generation, struct process *process, GError **error)
{
	g_autoptr(GPtrArray) listeners = port_listeners(generation->ports, process->role);

	if (process_start(process, generation->settings, listeners, error))
		return true;
	process_rest(process);
	return false;
}

bool generation_has(const struct generation *generation, const struct process *process)
{
	return g_ptr_array_find(generation->processes, process, NULL) != FALSE;
}

bool generation_is_ready(const struct generation *generation)
{
	for (guint i = 0; i < generation->processes->len; i++) {
		const struct process *process = generation->processes->pdata[i];

		if (process->state != PROCESS_RUNNING)
			return false;
	}
	return true;
}
