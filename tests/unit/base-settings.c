/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "base/conf.h"
#include "base/err.h"

#define DOMAIN "[umlauf]\ndomain = example.org\n"

static char *conf_path;

static int set_up(void **state)
{
	const int fd = g_file_open_tmp("umlauf-XXXXXX.conf", &conf_path, NULL);

	(void)state;
	g_setenv("LC_ALL", "C.UTF-8", TRUE);
	close(fd);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	g_unlink(conf_path);
	g_free(conf_path);
	return 0;
}

static struct settings *read_text(const char *text, GPtrArray **all, GError **error)
{
	assert_true(g_file_set_contents(conf_path, text, -1, NULL));
	return settings_read(conf_path, all, error);
}

static void defaults(void **state)
{
	struct settings *s = read_text("[umlauf]\ndomain = Example.ORG\n", NULL, NULL);

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->file, conf_path);
	assert_string_equal(s->domain, "example.org");
	assert_string_equal(s->admin, "postmaster@example.org");
	assert_string_equal(s->store, "sqlite:/var/lib/umlauf/umlauf.db");
	assert_string_equal(settings_store_path(s), "/var/lib/umlauf/umlauf.db");
	assert_int_equal(s->language, LANG_DE);
	assert_string_equal(s->user, "umlauf");
	assert_string_equal(s->runtime_dir, "/run/umlauf");
	assert_false(s->log_to_syslog);
	assert_null(s->lmtp[0]);
	assert_int_equal(s->lmtp_mode, 0660);
	assert_null(s->lmtp_group);
	assert_null(s->maildir);
	assert_int_equal(s->max_message_size, 25 << 20);
	assert_null(s->trusted_authserv[0]);
	assert_null(s->listen[0]);
	assert_null(s->listen_tls[0]);
	assert_int_equal(s->workers, 2);
	assert_int_equal(s->max_connections, 10000);
	assert_int_equal(s->max_connections_per_address, 100);
	assert_int_equal(s->idle_timeout_ms, 600000);
	assert_int_equal(s->require_login, LOGIN_NONE);
	assert_string_equal(s->post_socket, "/run/umlauf/post");
	assert_string_equal(s->intake_listen[0], s->post_socket);
	assert_null(s->intake_listen[1]);
	assert_string_equal(s->relay, "smtp://127.0.0.1:25");
	assert_int_equal(s->courier_workers, 4);
	assert_null(s->relay_user);
	assert_null(s->password_file);
	assert_null(s->password);
	assert_int_equal(s->relay_tls, RELAY_TLS_AUTO);
	assert_null(s->ca_file);
	assert_int_equal(s->relay_timeout_ms, 300000);
	assert_int_equal(s->retry_for_ms, INT64_C(5) * 24 * 3600 * 1000);
	assert_string_equal(s->digest_at, "06:30");
	assert_string_equal(s->digest_days, "Mon-Fri");
	assert_int_equal(s->digest_format, DIGEST_HTML);
	assert_int_equal(s->idle->len, 0);
	settings_free(s);
}

static void values(void **state)
{
	struct settings *s = read_text("; all of them\n"
				       "[umlauf]\n"
				       "domain=lists.example.org ; a comment\n"
				       "  store = sqlite:var/u.db\r\n"
				       "language = en\ntimezone = UTC\nadmin = a.b@example.org\n"
				       "log = syslog\nuser = root\nruntime-dir = run\n"
				       "[intake]\n"
				       "# here too\n"
				       "lmtp = /run/x/lmtp, run/lmtp, 127.0.0.1:0, [::1]:24\n"
				       "lmtp-mode = 0600\nlmtp-group = postfix\nmaildir = in\n"
				       "max-message-size = 1G\ntrusted-authserv = a;b, c\n"
				       "[news]\n"
				       "listen = localhost:119,[2001:db8::1]:65535\n"
				       "workers = 64\nmax-connections = 1\n"
				       "max-connections-per-address = 3\nidle-timeout = 90s\n"
				       "require-login = read\n"
				       "[courier]\n"
				       "relay = smtps://[::1]:465\nworkers = 64\nuser = a b\n"
				       "password-file = /dev/null\ntls = required\n"
				       "ca-file = /dev/null\ntimeout = 1s\nretry-for = 30d\n"
				       "[digest]\nat = 23:59\ndays = daily\nformat = text\n",
	    NULL, NULL);
	g_autofree char *folder = g_path_get_dirname(conf_path);
	g_autofree char *store = g_build_filename(folder, "var/u.db", NULL);
	g_autofree char *run = g_build_filename(folder, "run", NULL);
	g_autofree char *socket = g_build_filename(folder, "run/lmtp", NULL);
	g_autofree char *maildir = g_build_filename(folder, "in", NULL);

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->domain, "lists.example.org");
	assert_string_equal(settings_store_path(s), store);
	assert_int_equal(s->language, LANG_EN);
	assert_string_equal(s->timezone, "UTC");
	assert_string_equal(s->admin, "a.b@example.org");
	assert_true(s->log_to_syslog);
	assert_string_equal(s->user, "root");
	assert_string_equal(s->runtime_dir, run);
	assert_string_equal(s->lmtp[0], "/run/x/lmtp");
	assert_string_equal(s->lmtp[1], socket);
	assert_string_equal(s->lmtp[2], "127.0.0.1:0");
	assert_string_equal(s->lmtp[3], "[::1]:24");
	assert_null(s->lmtp[4]);
	assert_int_equal(s->lmtp_mode, 0600);
	assert_string_equal(s->lmtp_group, "postfix");
	assert_string_equal(s->maildir, maildir);
	assert_int_equal(s->max_message_size, 1 << 30);
	assert_string_equal(s->trusted_authserv[0], "a;b");
	assert_string_equal(s->listen[1], "[2001:db8::1]:65535");
	assert_int_equal(s->workers, 64);
	assert_int_equal(s->max_connections, 1);
	assert_int_equal(s->max_connections_per_address, 3);
	assert_int_equal(s->idle_timeout_ms, 90000);
	assert_int_equal(s->require_login, LOGIN_READ);
	assert_string_equal(s->relay, "smtps://[::1]:465");
	assert_int_equal(s->courier_workers, 64);
	assert_string_equal(s->relay_user, "a b");
	assert_string_equal(s->password_file, "/dev/null");
	assert_string_equal(s->password, "");
	assert_int_equal(s->relay_tls, RELAY_TLS_REQUIRED);
	assert_string_equal(s->ca_file, "/dev/null");
	assert_int_equal(s->relay_timeout_ms, 1000);
	assert_int_equal(s->retry_for_ms, INT64_C(30) * 24 * 3600 * 1000);
	assert_string_equal(s->digest_at, "23:59");
	assert_string_equal(s->digest_days, "daily");
	assert_int_equal(s->digest_format, DIGEST_TEXT);
	assert_int_equal(s->idle->len, 0);
	settings_free(s);
}

/* The private socket is one of those that intake listens on, in the folder of this run. */
static void private_socket(void **state)
{
	struct settings *s = read_text(
	    DOMAIN "runtime-dir = run\n[intake]\nlmtp = 127.0.0.1:24, /x/lmtp\n", NULL, NULL);
	g_autofree char *folder = g_path_get_dirname(conf_path);
	g_autofree char *post = g_build_filename(folder, "run/post", NULL);

	(void)state;
	assert_non_null(s);
	assert_string_equal(s->post_socket, post);
	assert_int_equal(g_strv_length(s->intake_listen), 3);
	assert_string_equal(s->intake_listen[0], "127.0.0.1:24");
	assert_string_equal(s->intake_listen[1], "/x/lmtp");
	assert_string_equal(s->intake_listen[2], post);
	assert_int_equal(g_strv_length(s->lmtp), 2);
	settings_free(s);
}

/* A relay that is a path counts from the config file's folder, as all paths do. */
static void relays(void **state)
{
	static const struct {
		const char *given;
		const char *scheme;
		const char *path; /* NULL: as given */
	} rows[] = {
	    {"smtp://mail.example:587", NULL, NULL},
	    {"smtps://127.0.0.1:465", NULL, NULL},
	    {"maildir:/var/out", NULL, NULL},
	    {"lmtp:/run/x/lmtp", NULL, NULL},
	    {"maildir:out", "maildir:", "out"},
	    {"lmtp:run/lmtp", "lmtp:", "run/lmtp"},
	};
	g_autofree char *folder = g_path_get_dirname(conf_path);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text =
		    g_strdup_printf(DOMAIN "[courier]\nrelay = %s\n", rows[i].given);
		g_autofree char *path =
		    rows[i].path ? g_build_filename(folder, rows[i].path, NULL) : NULL;
		g_autofree char *wanted =
		    path ? g_strconcat(rows[i].scheme, path, NULL) : g_strdup(rows[i].given);
		struct settings *s = read_text(text, NULL, NULL);

		assert_non_null(s);
		assert_string_equal(s->relay, wanted);
		settings_free(s);
	}
}

static const struct {
	const char *content;
	const char *password;
} passwords[] = {
    {"geheim", "geheim"},
    {"geheim\n", "geheim"},
    {"geheim\r\nund mehr\n", "geheim"},
    {" ge heim \n", " ge heim "},
    {"gr\xc3\xbcn\n", "gr\xc3\xbcn"},
    {"\ngeheim\n", ""},
    {"", ""},
};

/* The first line of its file; whoever has no business with it can forget it. */
static void password(void **state)
{
	g_autofree char *name = g_path_get_basename(conf_path);
	g_autofree char *file = g_strconcat(conf_path, ".password", NULL);
	g_autofree char *text =
	    g_strdup_printf(DOMAIN "[courier]\nuser = me\npassword-file = %s.password\n", name);

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(passwords); i++) {
		struct settings *s;

		assert_true(g_file_set_contents(file, passwords[i].content, -1, NULL));
		s = read_text(text, NULL, NULL);
		assert_non_null(s);
		assert_string_equal(s->password_file, file);
		assert_string_equal(s->password, passwords[i].password);
		settings_forget_password(s);
		assert_null(s->password);
		settings_forget_password(s);
		assert_string_equal(s->relay_user, "me");
		settings_free(s);
	}
	g_unlink(file);
}

/* What is no password, or is one that nobody could type. */
static void no_password(void **state)
{
	g_autofree char *file = g_strconcat(conf_path, ".password", NULL);
	g_autofree char *text = g_strdup_printf(DOMAIN "[courier]\npassword-file = %s\n", file);
	g_autofree char *long_line = g_strnfill(5000, 'x');
	g_autoptr(GError) error = NULL;
	struct settings *s;

	(void)state;
	assert_null(read_text(text, NULL, &error));
	assert_non_null(strstr(error->message, ":4: password-file: "));
	assert_true(g_file_set_contents(file, long_line, -1, NULL));
	s = read_text(text, NULL, NULL);
	assert_non_null(s);
	assert_null(s->password);
	settings_free(s);
	g_unlink(file);
}

/* What has no effect in this version is accepted, checked and named with its line. */
static void idle(void **state)
{
	struct settings *s = read_text(DOMAIN
	    "[news]\nlisten-tls = [::]:563\nworkers = 1\n"
	    "certificate = /etc/passwd\nkey = /etc/passwd\n"
	    "[courier]\nrelay = smtp://127.0.0.1:25\nworkers = 2\n"
	    "[digest]\nat = 06:30\ndays = Mon-Fri, Sun\nformat = html\n"
	    "[web]\nlisten = 127.0.0.1:8080\nurl = https://lists.example.org/\n"
	    "[forum one]\nengine = mybb\nurl = http://127.0.0.1:81/f\naccount = Umlauf Bot\n"
	    "prefix = forum.one\npost-back = gateway\npoll = 1s\npause = 0s\nsettle = 5m\n"
	    "[forum two]\nengine = feed\n",
	    NULL, NULL);
	const struct conf_entry *entry;

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->idle->len, 3 + 2 + 8 + 1);
	entry = g_ptr_array_index(s->idle, 0);
	assert_string_equal(entry->section, "news");
	assert_string_equal(entry->key, "listen-tls");
	assert_int_equal(entry->line, 4);
	entry = g_ptr_array_index(s->idle, s->idle->len - 1);
	assert_string_equal(entry->section, "forum two");
	assert_string_equal(entry->value, "feed");
	assert_int_equal(entry->line, 28);
	settings_free(s);
}

static const struct {
	const char *text;
	int line;
	const char *says;
} errors[] = {
    {"", 1, "\"domain\" is missing"},
    {"[news]\nworkers = 1\n", 1, "\"domain\" is missing"},
    {"[umlauf]\n\n# x\ndomain = -x.example\n", 4, "a domain name such as"},
    {"[umlauf]\ndomain =\n", 2, "domain: \"\" is not understood"},
    {"[umlauf]\ndomain = a..b\n", 2, "a domain name"},
    {"[umlauf]\ndomain = m\xc3\xb6we.example\n", 2, "a domain name"},
    {"domain = x\n" DOMAIN, 1, "before any section"},
    {DOMAIN "domain = b\n", 3, "stands in line 2 already"},
    {DOMAIN "[umlauf]\n", 3, "[umlauf] stands in line 1 already"},
    {DOMAIN "[newz]\n", 3, "unknown section [newz]: write one of [umlauf], "},
    {DOMAIN "[forum]\n", 3, "unknown section [forum]"},
    {DOMAIN "[forum ]\n", 3, "unknown section [forum ]"},
    {DOMAIN "[]\n", 3, "unknown section []"},
    {DOMAIN "[forum a]\n[forum b]\n[forum a]\n", 5, "[forum a] stands in line 3"},
    {DOMAIN "[web]\nlissen = x\n", 4, "unknown key \"lissen\" in [web]: write one of listen, url"},
    {DOMAIN "Domain = x\n", 3, "unknown key \"Domain\""},
    {DOMAIN "nonsense\n", 3, "no \"=\" in the line"},
    {DOMAIN " indented\n", 3, "no \"=\" in the line"},
    {DOMAIN "= x\n", 3, "no key before \"=\""},
    {DOMAIN "[web\n", 3, "\"]\" is missing"},
    {DOMAIN "[web] listen = x:1\n", 3, "text behind \"]\""},
    {DOMAIN "x ; y = z\n", 3, "not understood: a line is"},
    {DOMAIN "admin = \xff@x\n", 3, "not UTF-8"},
    {DOMAIN "store = postgresql://u:secret@h/d\n", 3, "knows no PostgreSQL: write sqlite:PATH"},
    {DOMAIN "store = /x\n", 3, "write sqlite:PATH"},
    {DOMAIN "store = sqlite:\n", 3, "write sqlite:PATH"},
    {DOMAIN "language = fr\n", 3, "\"fr\" is not understood: write one of de, en"},
    {DOMAIN "timezone = Europe/Nowhere\n", 3, "timezone: \"Europe/Nowhere\" is not understood"},
    {DOMAIN "timezone =\n", 3, "time zone database"},
    {DOMAIN "admin = nobody\n", 3, "a mail address such as"},
    {DOMAIN "admin = a b@example.org\n", 3, "a mail address such as"},
    {DOMAIN "log = file\n", 3, "one of stderr, syslog"},
    {DOMAIN "user = a b\n", 3, "the name of an account"},
    {DOMAIN "runtime-dir =\n", 3, "a path"},
    {DOMAIN "[intake]\nlmtp = localhost:lmtp\n", 4, "HOST:PORT such as"},
    {DOMAIN "[intake]\nlmtp-mode = 660x\n", 4, "an octal mode"},
    {DOMAIN "[intake]\nlmtp-mode = 7777\n", 4, "an octal mode"},
    {DOMAIN "[intake]\nmax-message-size = 2G\n", 4, "a size from 1024 to 1073741824"},
    {DOMAIN "[intake]\nmax-message-size = 25MB\n", 4, "a size from"},
    {DOMAIN "[intake]\nlmtp = run/lmtp, run/lmtp\n", 4, "stands twice"},
    {DOMAIN "[news]\nlisten = 127.0.0.1:119, [::1]:119, 127.0.0.1:119\n", 4, "stands twice"},
    {DOMAIN "[news]\nlisten = 127.0.0.1\n", 4, "HOST:PORT such as"},
    {DOMAIN "[news]\nlisten = 127.0.0.1:65536\n", 4, "HOST:PORT such as"},
    {DOMAIN "[news]\nlisten = 127.0.0.256:1\n", 4, "HOST:PORT such as"},
    {DOMAIN "[news]\nlisten = ::1:119\n", 4, "HOST:PORT such as"},
    {DOMAIN "[news]\nlisten = [::x]:119\n", 4, "HOST:PORT such as"},
    {DOMAIN "[news]\nlisten = :119\n", 4, "HOST:PORT such as"},
    {DOMAIN "[news]\nlisten = a:1, b\n", 4, "\"b\" is not understood"},
    {DOMAIN "[news]\nworkers = 0\n", 4, "a number from 1 to 64"},
    {DOMAIN "[news]\nworkers = 65\n", 4, "a number from 1 to 64"},
    {DOMAIN "[news]\nworkers = two\n", 4, "a number from 1 to 64"},
    {DOMAIN "[news]\nidle-timeout = 10\n", 4, "a time from 1s to 604800s"},
    {DOMAIN "[news]\nidle-timeout = 999ms\n", 4, "a time from"},
    {DOMAIN "[news]\nrequire-login = yes\n", 4, "one of none, post, read"},
    {DOMAIN "[news]\ncertificate = /nonexistent\n", 4, "/nonexistent can't be read"},
    {DOMAIN "[news]\nkey = /\n", 4, "the path of a file"},
    {DOMAIN "[courier]\nrelay = localhost:25\n", 4, "smtp://HOST:PORT"},
    {DOMAIN "[courier]\nrelay = smtp://:25\n", 4, "smtp://HOST:PORT"},
    {DOMAIN "[courier]\nrelay = maildir:\n", 4, "maildir:PATH"},
    {DOMAIN "[courier]\nuser =\n", 4, "the value is empty"},
    {DOMAIN "[courier]\nretry-for = 31d\n", 4, "a time from"},
    {DOMAIN "[courier]\nretry-for = 59s\n", 4, "a time from 60s to 2592000s"},
    {DOMAIN "[courier]\nrelay = smtp://127.0.0.1\n", 4, "smtp://HOST:PORT"},
    {DOMAIN "[courier]\nrelay = lmtp:\n", 4, "lmtp:PATH"},
    {DOMAIN "[courier]\nrelay =\n", 4, "smtp://HOST:PORT"},
    {DOMAIN "[courier]\nworkers = 0\n", 4, "a number from 1 to 64"},
    {DOMAIN "[courier]\nworkers = 65\n", 4, "a number from 1 to 64"},
    {DOMAIN "[courier]\ntls = yes\n", 4, "one of auto, required, none"},
    {DOMAIN "[courier]\nca-file = /nonexistent\n", 4, "/nonexistent can't be read"},
    {DOMAIN "[courier]\npassword-file = /\n", 4, "the path of a file"},
    {DOMAIN "[courier]\ntimeout = 999ms\n", 4, "a time from 1s to 3600s"},
    {DOMAIN "[courier]\ntimeout = 2h\n", 4, "a time from 1s to 3600s"},
    {DOMAIN "[digest]\nat = 24:00\n", 4, "a time of day"},
    {DOMAIN "[digest]\nat = 6:30\n", 4, "a time of day"},
    {DOMAIN "[digest]\ndays = Mo-Fr\n", 4, "Mon-Fri"},
    {DOMAIN "[digest]\ndays = daily,Mon\n", 4, "Mon-Fri"},
    {DOMAIN "[digest]\nformat = pdf\n", 4, "one of html, text"},
    {DOMAIN "[digest]\nformat = mime\n", 4, "makes no digests as mime: write html or text"},
    {DOMAIN "[digest]\nformat = rfc1153\n", 4, "makes no digests as rfc1153: write html or text"},
    {DOMAIN "[web]\nurl = ftp://x/\n", 4, "a URL such as"},
    {DOMAIN "[web]\nurl = https:///x\n", 4, "a URL such as"},
    {DOMAIN "[forum x]\npoll = 999ms\n", 4, "a time from 1s to 3600s"},
    {DOMAIN "[forum x]\nprefix = .x\n", 4, "newsgroup names"},
    {DOMAIN "[forum x]\npost-back = yes\n", 4, "one of no, gateway"},
};

static void each_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(errors); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *begin = g_strdup_printf("%s:%d: ", conf_path, errors[i].line);
		struct settings *s = read_text(errors[i].text, NULL, &error);

		if (s != NULL)
			fail_msg("accepted: %s", errors[i].text);
		if (!g_str_has_prefix(error->message, begin) ||
		    strstr(error->message, errors[i].says) == NULL)
			fail_msg("\"%s\" for: %s", error->message, errors[i].text);
		assert_null(strstr(error->message, "secret"));
		assert_null(strchr(error->message, '\n'));
	}
}

/* What is proposed is not refused in its turn. */
static void proposed_formats(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(read_text(DOMAIN "[digest]\nformat = pdf\n", NULL, &error));
	assert_true(g_str_has_suffix(error->message, "one of html, text"));
}

static void all_errors(void **state)
{
	GPtrArray *all = NULL;
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_null(read_text(
	    "[news]\nworkers = 0\nx = y\n[what]\nz = 1\n[web]\nlisten = 1\n", &all, &error));
	assert_non_null(all);
	assert_int_equal(all->len, 5); /* the keys of an unknown section are not complained of */
	assert_string_equal(error->message, g_ptr_array_index(all, 0));
	assert_int_equal(err_code(error), ERR_BAD);
	assert_non_null(strstr(g_ptr_array_index(all, 0), "domain"));
	assert_non_null(strstr(g_ptr_array_index(all, 4), ":7: listen"));
	g_ptr_array_unref(all);
}

/* A line that inih would cut is refused, a comment may be as long as it likes. */
static void long_lines(void **state)
{
	g_autofree char *filler = g_strnfill(5000, 'x');
	g_autofree char *comment = g_strconcat("# ", filler, "\n" DOMAIN, NULL);
	g_autofree char *value = g_strconcat(DOMAIN "[courier]\nuser = ", filler, "\n", NULL);
	g_autofree char *section = g_strdup_printf(DOMAIN "[forum %.50s]\n", filler);
	g_autoptr(GError) long_value = NULL;
	g_autoptr(GError) long_section = NULL;
	struct settings *s = read_text(comment, NULL, NULL);

	(void)state;
	assert_non_null(s);
	settings_free(s);
	assert_null(read_text(value, NULL, &long_value));
	assert_non_null(strstr(long_value->message, ":4: the line is too long"));
	assert_null(read_text(section, NULL, &long_section));
	assert_non_null(strstr(long_section->message, ":3: not the name of a section"));
}

static void forms_of_file(void **state)
{
	static const char *const good[] = {
	    "\xef\xbb\xbf" DOMAIN,
	    "[umlauf]\r\ndomain = example.org\r\n",
	    "[umlauf]\ndomain: example.org",
	    "  [umlauf]  ; here\n\tdomain\t=\texample.org\t\n\n\n",
	};
	GPtrArray *all = NULL;
	g_autoptr(GError) absent = NULL;

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
		struct settings *s = read_text(good[i], &all, NULL);

		assert_non_null(s);
		assert_string_equal(s->domain, "example.org");
		assert_int_equal(all->len, 0);
		g_ptr_array_unref(all);
		settings_free(s);
	}
	assert_null(settings_read("/nonexistent/umlauf.conf", &all, &absent));
	assert_int_equal(err_code(absent), ERR_ABSENT);
	assert_true(g_str_has_prefix(absent->message, "/nonexistent/umlauf.conf:1: can't be read"));
	assert_int_equal(all->len, 1);
	g_ptr_array_unref(all);
}

/* The first words of a file with a NUL in it are not all of it. */
static void nul(void **state)
{
	static const char text[] = DOMAIN "\0[newz]\n";
	g_autoptr(GError) error = NULL;

	(void)state;
	assert_true(g_file_set_contents(conf_path, text, sizeof(text) - 1, NULL));
	assert_null(settings_read(conf_path, NULL, &error));
	assert_non_null(strstr(error->message, ":3: not UTF-8"));
}

static void in_german(void **state)
{
	g_autoptr(GError) error = NULL;

	(void)state;
	lang_init();
	g_setenv("LC_ALL", "de_DE.UTF-8", TRUE);
	assert_null(read_text(DOMAIN "[news]\nworkers = 0\n", NULL, &error));
	g_setenv("LC_ALL", "C.UTF-8", TRUE);
	assert_non_null(strstr(error->message, "richtig wäre eine Zahl von 1 bis 64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults),
	    cmocka_unit_test(values),
	    cmocka_unit_test(private_socket),
	    cmocka_unit_test(relays),
	    cmocka_unit_test(password),
	    cmocka_unit_test(no_password),
	    cmocka_unit_test(idle),
	    cmocka_unit_test(each_error),
	    cmocka_unit_test(proposed_formats),
	    cmocka_unit_test(all_errors),
	    cmocka_unit_test(long_lines),
	    cmocka_unit_test(forms_of_file),
	    cmocka_unit_test(nul),
	    cmocka_unit_test(in_german),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/settings", tests, set_up, tear_down);
}
