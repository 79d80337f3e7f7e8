/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "role.h"

#include <string.h>

#include "courier/courier.h"
#include "intake/intake.h"
#include "news/news.h"

static char **intake_addresses(const struct settings *settings)
{
	return settings->intake_listen;
}

static int64_t intake_processes(const struct settings *settings)
{
	(void)settings;
	return 1; /* what numbers articles is one process */
}

static char **news_addresses(const struct settings *settings)
{
	return settings->listen;
}

static int64_t news_processes(const struct settings *settings)
{
	return settings->workers;
}

static char **no_addresses(const struct settings *settings)
{
	static char *none[] = {NULL};

	(void)settings;
	return none;
}

static int64_t courier_processes(const struct settings *settings)
{
	(void)settings;
	return 1; /* what owns the table of deliveries is one process */
}

/* clang-format off */
static const struct role roles[] = {
	{"intake",  intake_run,  intake_addresses, intake_processes},
	{"news",    news_run,    news_addresses,   news_processes},
	{"auth",    NULL,        NULL,             NULL},
	{"courier", courier_run, no_addresses,     courier_processes, true},
	{"digest",  NULL,        NULL,             NULL},
	{"fetch",   NULL,        NULL,             NULL},
	{"mirror",  NULL,        NULL,             NULL},
	{"web",     NULL,        NULL,             NULL},
};
/* clang-format on */

const struct role *role_find(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
		if (strcmp(roles[i].name, name) == 0)
			return &roles[i];
	}
	return NULL;
}

const struct role **role_chosen(char **names)
{
	const struct role **chosen = g_new0(const struct role *, G_N_ELEMENTS(roles) + 1);
	size_t size = 0;

	for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
		const bool named =
		    names == NULL || g_strv_contains((const char *const *)names, roles[i].name);

		if (named && roles[i].run != NULL)
			chosen[size++] = &roles[i];
	}
	return chosen;
}
