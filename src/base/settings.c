/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/settings.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/setting.h"

#define PASSWORD_SIZE_MAX ((size_t)4096)
#define GIB (INT64_C(1) << 30)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* clang-format off */
#define AT(name) offsetof(struct settings, name)

static const struct setting rows[] = {
	{"umlauf", "domain", setting_domain, AT(domain)},
	{"umlauf", "store", setting_store, AT(store),
	    .fallback = "sqlite:/var/lib/umlauf/umlauf.db"},
	{"umlauf", "language", setting_word, AT(language), .fallback = "de", .words = "de|en"},
	{"umlauf", "timezone", setting_zone, AT(timezone), .fallback = "Europe/Berlin"},
	{"umlauf", "admin", setting_address, AT(admin)},
	{"umlauf", "log", setting_truth, AT(log_to_syslog),
	    .fallback = "stderr", .words = "stderr|syslog"},
	{"umlauf", "user", setting_account, AT(user), .fallback = "umlauf"},
	{"umlauf", "runtime-dir", setting_path, AT(runtime_dir), .fallback = "/run/umlauf"},

	{"intake", "lmtp", setting_lmtp, AT(lmtp), .fallback = ""},
	{"intake", "lmtp-mode", setting_mode, AT(lmtp_mode), .fallback = "0660"},
	{"intake", "lmtp-group", setting_account, AT(lmtp_group)},
	{"intake", "maildir", setting_path, AT(maildir)},
	{"intake", "max-message-size", setting_octets, AT(max_message_size),
	    .fallback = "25M", .min = 1024, .max = GIB},
	{"intake", "trusted-authserv", setting_list, AT(trusted_authserv), .fallback = ""},

	{"news", "listen", setting_listen, AT(listen), .fallback = ""},
	{"news", "listen-tls", setting_listen, AT(listen_tls), .idle = true, .fallback = ""},
	{"news", "workers", setting_number, AT(workers), .fallback = "2", .min = 1, .max = 64},
	{"news", "certificate", setting_file, AT(certificate), .idle = true},
	{"news", "key", setting_file, AT(key), .idle = true},
	{"news", "max-connections", setting_number, AT(max_connections),
	    .fallback = "10000", .min = 1, .max = 1000000},
	{"news", "max-connections-per-address", setting_number, AT(max_connections_per_address),
	    .fallback = "100", .min = 1, .max = 1000000},
	{"news", "idle-timeout", setting_duration, AT(idle_timeout_ms),
	    .fallback = "10m", .min = SECOND, .max = 7 * DAY},
	{"news", "require-login", setting_word, AT(require_login),
	    .fallback = "none", .words = "none|post|read"},

	{"courier", "relay", setting_relay, AT(relay), .fallback = "smtp://127.0.0.1:25"},
	{"courier", "workers", setting_number, AT(courier_workers),
	    .fallback = "4", .min = 1, .max = 64},
	{"courier", "user", setting_text, AT(relay_user)},
	{"courier", "password-file", setting_file, AT(password_file)},
	{"courier", "tls", setting_word, AT(relay_tls),
	    .fallback = "auto", .words = "auto|required|none"},
	{"courier", "ca-file", setting_file, AT(ca_file)},
	{"courier", "timeout", setting_duration, AT(relay_timeout_ms),
	    .fallback = "5m", .min = SECOND, .max = HOUR},
	{"courier", "retry-for", setting_duration, AT(retry_for_ms),
	    .fallback = "5d", .min = MINUTE, .max = 30 * DAY},

	{"digest", "at", setting_hour, AT(digest_at), .fallback = "06:30"},
	{"digest", "days", setting_days, AT(digest_days), .fallback = "Mon-Fri"},
	{"digest", "format", setting_format, AT(digest_format),
	    .fallback = "html", .words = "html|text"},

	{"web", "listen", setting_listen, SETTING_NOWHERE, .idle = true},
	{"web", "url", setting_url, SETTING_NOWHERE, .idle = true},

	{"forum", "engine", setting_word, SETTING_NOWHERE,
	    .idle = true, .words = "mybb|phpbb|discourse|feed"},
	{"forum", "url", setting_url, SETTING_NOWHERE, .idle = true},
	{"forum", "account", setting_text, SETTING_NOWHERE, .idle = true},
	{"forum", "password-file", setting_file, SETTING_NOWHERE, .idle = true},
	{"forum", "prefix", setting_prefix, SETTING_NOWHERE, .idle = true},
	{"forum", "post-back", setting_word, SETTING_NOWHERE, .idle = true, .words = "no|gateway"},
	{"forum", "poll", setting_duration, SETTING_NOWHERE,
	    .idle = true, .min = SECOND, .max = HOUR},
	{"forum", "pause", setting_duration, SETTING_NOWHERE, .idle = true, .min = 0, .max = HOUR},
	{"forum", "settle", setting_duration, SETTING_NOWHERE,
	    .idle = true, .min = 0, .max = 7 * DAY},
};
/* clang-format on */

G_STATIC_ASSERT(LANG_DE == 0 && LANG_EN == 1);
G_STATIC_ASSERT(LOGIN_NONE == 0 && LOGIN_POST == 1 && LOGIN_READ == 2);
G_STATIC_ASSERT(RELAY_TLS_AUTO == 0 && RELAY_TLS_REQUIRED == 1 && RELAY_TLS_NONE == 2);
G_STATIC_ASSERT(DIGEST_HTML == 0 && DIGEST_TEXT == 1);
G_STATIC_ASSERT(sizeof(enum relay_tls) == sizeof(unsigned));
G_STATIC_ASSERT(sizeof(enum digest_format) == sizeof(unsigned));
G_STATIC_ASSERT(sizeof(enum lang) == sizeof(unsigned));
G_STATIC_ASSERT(sizeof(enum login_need) == sizeof(unsigned));

/* -- reading -- */

struct reading {
	const char *path; /* as the caller named it */
	struct settings *settings;
	GHashTable *lines; /* "SECTION" and "SECTION\nKEY" to the line where it stands */
	GPtrArray *errors; /* lines, as char * */
};

static void complain(struct reading *r, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void complain(struct reading *r, int line, const char *format, ...)
{
	g_autofree char *reason = NULL;
	va_list args;

	va_start(args, format);
	reason = g_strdup_vprintf(format, args);
	va_end(args);
	g_ptr_array_add(r->errors, g_strdup_printf("%s:%d: %s", r->path, line, reason));
}

/* The section's name in the table; NULL: there is no such section. */
static const char *section_of(const char *name)
{
	const bool is_forum = g_str_has_prefix(name, "forum ");
	const char *const forum = name + strlen("forum ");

	if (is_forum ? *forum == '\0' || strpbrk(forum, " \t") != NULL : strcmp(name, "forum") == 0)
		return NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(rows[i].section, is_forum ? "forum" : name) == 0)
			return rows[i].section;
	}
	return NULL;
}

static const struct setting *row_of(const char *section, const char *key)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(rows[i].section, section) == 0 && strcmp(rows[i].key, key) == 0)
			return &rows[i];
	}
	return NULL;
}

/* The line where it has stood before; 0: nowhere, and it is noted now. */
static int first_line(struct reading *r, const struct conf_entry *entry)
{
	g_autofree char *name =
	    g_strconcat(entry->section, entry->key != NULL ? "\n" : "", entry->key, NULL);
	const int *first = g_hash_table_lookup(r->lines, name);
	int *line;

	if (first != NULL)
		return *first;
	line = g_new(int, 1);
	*line = entry->line;
	g_hash_table_insert(r->lines, g_steal_pointer(&name), line);
	return 0;
}

static void take_section(struct reading *r, const struct conf_entry *entry)
{
	const int first = first_line(r, entry);

	if (section_of(entry->section) == NULL)
		complain(r, entry->line, _("unknown section [%s]: write one of %s"), entry->section,
		    "[umlauf], [intake], [news], [courier], [digest], [web], [forum NAME]");
	else if (first != 0)
		complain(r, entry->line,
		    _("[%s] stands in line %d already: put its keys together there"),
		    entry->section, first);
}

static void complain_key(struct reading *r, const struct conf_entry *entry, const char *section)
{
	GString *known = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (strcmp(rows[i].section, section) == 0)
			g_string_append_printf(
			    known, "%s%s", known->len > 0 ? ", " : "", rows[i].key);
	}
	complain(r, entry->line, _("unknown key \"%s\" in [%s]: write one of %s"), entry->key,
	    entry->section, known->str);
	g_string_free(known, TRUE);
}

/* True if the entry is to be kept among the idle ones. */
static bool take_key(struct reading *r, const struct conf_entry *entry)
{
	const char *section = section_of(entry->section);
	const struct setting *row = section != NULL ? row_of(section, entry->key) : NULL;
	const int first = first_line(r, entry);
	g_autofree char *reason = NULL;

	if (*entry->section == '\0')
		complain(r, entry->line,
		    _("\"%s\" stands before any section: put it below [umlauf]"), entry->key);
	else if (section == NULL)
		return false; /* the line of the section has been complained of */
	else if (row == NULL)
		complain_key(r, entry, section);
	else if (first != 0)
		complain(r, entry->line, _("\"%s\" stands in line %d already: keep one of the two"),
		    entry->key, first);
	else
		reason = row->parse(row, entry->value, r->settings);
	if (reason != NULL)
		complain(r, entry->line, "%s: %s", entry->key, reason);
	return row != NULL && row->idle;
}

static struct settings *settings_new(const char *path)
{
	struct settings *settings = g_new0(struct settings, 1);
	g_autofree char *here = g_get_current_dir();

	settings->file =
	    g_path_is_absolute(path) ? g_strdup(path) : g_build_filename(here, path, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].fallback != NULL)
			g_free(rows[i].parse(&rows[i], rows[i].fallback, settings));
	}
	return settings;
}

/* The first line of the password file; what only root may read is left out where we are not root. */
static void read_password(struct settings *settings)
{
	g_autoptr(GBytes) bytes = NULL;
	char *text;
	size_t size = 0;

	if (settings->password_file == NULL)
		return;
	bytes = file_read(settings->password_file, PASSWORD_SIZE_MAX, NULL);
	if (bytes == NULL)
		return;
	size = g_bytes_get_size(bytes);
	settings->password = g_strndup(size > 0 ? g_bytes_get_data(bytes, NULL) : "", size);
	settings->password[strcspn(settings->password, "\r\n")] = '\0';
	text = g_bytes_unref_to_data(g_steal_pointer(&bytes), &size);
	if (text != NULL) /* of an empty file there are no octets */
		explicit_bzero(text, size);
	g_free(text);
}

static void finish_intake(struct settings *settings)
{
	g_autoptr(GStrvBuilder) all = g_strv_builder_new();

	settings->post_socket = g_build_filename(settings->runtime_dir, "post", NULL);
	for (char **address = settings->lmtp; *address != NULL; address++)
		g_strv_builder_add(all, *address);
	g_strv_builder_add(all, settings->post_socket);
	settings->intake_listen = g_strv_builder_end(all);
}

/* What follows from other settings, and what may not be missing. */
static void finish(struct reading *r)
{
	struct settings *settings = r->settings;

	if (!g_hash_table_contains(r->lines, "umlauf\ndomain"))
		g_ptr_array_insert(r->errors, 0,
		    g_strdup_printf("%s:1: %s", r->path,
			_("\"domain\" is missing: write a line such as \"domain = "
			  "lists.example.org\" below [umlauf]")));
	read_password(settings);
	finish_intake(settings);
	if (settings->admin == NULL && settings->domain != NULL)
		settings->admin = g_strconcat("postmaster@", settings->domain, NULL);
}

/* Of the entries the idle ones alone remain. */
static void take_entries(struct reading *r, GPtrArray *entries)
{
	guint i = 0;

	r->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	while (i < entries->len) {
		const struct conf_entry *entry = g_ptr_array_index(entries, i);

		if (entry->key == NULL)
			take_section(r, entry);
		if (entry->key != NULL && take_key(r, entry))
			i++;
		else
			g_ptr_array_remove_index(entries, i);
	}
	r->settings->idle = g_ptr_array_ref(entries);
	finish(r);
	g_hash_table_unref(r->lines);
}

struct settings *settings_read(const char *path, GPtrArray **all, GError **error)
{
	g_autoptr(GPtrArray) errors = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) reason = NULL;
	g_autoptr(GPtrArray) entries = conf_read(path, &reason);
	struct reading r = {.path = path, .settings = settings_new(path), .errors = errors};

	if (entries != NULL)
		take_entries(&r, entries);
	else
		g_ptr_array_add(errors, g_strdup(reason->message));
	if (errors->len > 0) {
		err_set(error, reason != NULL ? err_code(reason) : ERR_BAD, "%s",
		    (const char *)g_ptr_array_index(errors, 0));
		settings_free(r.settings);
		r.settings = NULL;
	}
	if (all != NULL)
		*all = g_steal_pointer(&errors);
	return r.settings;
}

void settings_forget_password(struct settings *settings)
{
	if (settings->password == NULL)
		return;
	explicit_bzero(settings->password, strlen(settings->password));
	g_clear_pointer(&settings->password, g_free);
}

void settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	g_free(settings->file);
	g_free(settings->domain);
	g_free(settings->store);
	g_free(settings->timezone);
	g_free(settings->admin);
	g_free(settings->user);
	g_free(settings->runtime_dir);
	g_strfreev(settings->lmtp);
	g_free(settings->lmtp_group);
	g_free(settings->maildir);
	g_strfreev(settings->trusted_authserv);
	g_free(settings->post_socket);
	g_strfreev(settings->intake_listen);
	g_strfreev(settings->listen);
	g_strfreev(settings->listen_tls);
	g_free(settings->certificate);
	g_free(settings->key);
	g_free(settings->relay);
	g_free(settings->relay_user);
	g_free(settings->password_file);
	settings_forget_password(settings);
	g_free(settings->ca_file);
	g_free(settings->digest_at);
	g_free(settings->digest_days);
	if (settings->idle != NULL)
		g_ptr_array_unref(settings->idle);
	g_free(settings);
}

const char *settings_store_path(const struct settings *settings)
{
	if (!g_str_has_prefix(settings->store, "sqlite:"))
		return NULL;
	return settings->store + strlen("sqlite:");
}
