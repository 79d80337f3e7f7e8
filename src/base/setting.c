/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/setting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/text.h"
#include "base/timetable.h"

/* The field of the row; NULL: it has none. */
static void *field(const struct setting *row, struct settings *settings)
{
	return row->place == SETTING_NOWHERE ? NULL : (char *)settings + row->place;
}

static void put_text(const struct setting *row, struct settings *settings, char *taken)
{
	char **text = field(row, settings);

	if (text == NULL) {
		g_free(taken);
		return;
	}
	g_free(*text);
	*text = taken;
}

static void put_list(const struct setting *row, struct settings *settings, char **taken)
{
	char ***list = field(row, settings);

	if (list == NULL) {
		g_strfreev(taken);
		return;
	}
	g_strfreev(*list);
	*list = taken;
}

static void put_number(const struct setting *row, struct settings *settings, int64_t number)
{
	int64_t *place = field(row, settings);

	if (place != NULL)
		*place = number;
}

/* right: what to write instead, as the end of a sentence. */
static char *refuse(const char *value, const char *right)
{
	g_autofree char *clean = text_clean(value);

	return g_strdup_printf(_("\"%s\" is not understood: write %s"), clean, right);
}

/* -- what a value may be -- */

/* Letters, digits and hyphens in labels of 1 to 63, at most 253 (RFC 1123 section 2.1). */
static bool is_domain(const char *text)
{
	size_t label = 0;

	if (strlen(text) > 253)
		return false;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '.') {
			if (label == 0 || at[-1] == '-')
				return false;
			label = 0;
		} else if ((!g_ascii_isalnum(*at) && *at != '-') || (*at == '-' && label == 0) ||
			   ++label > 63) {
			return false;
		}
	}
	return label > 0 && text[strlen(text) - 1] != '-';
}

static bool is_port(const char *text)
{
	uint64_t port;

	return text_number(text, strlen(text), 65535, &port);
}

/* A name, an IPv4 address, or an IPv6 address in brackets. */
static bool is_host(const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];
	const size_t size = strlen(text);

	if (*text == '[' && text[size - 1] == ']') {
		g_autofree char *bare = g_strndup(text + 1, size - 2);

		return inet_pton(AF_INET6, bare, address) == 1;
	}
	if (strspn(text, "0123456789.") == size)
		return inet_pton(AF_INET, text, address) == 1;
	return is_domain(text);
}

static bool is_host_port(const char *text)
{
	const char *colon = strrchr(text, ':');
	g_autofree char *host = NULL;

	if (colon == NULL || !is_port(colon + 1))
		return false;
	host = g_strndup(text, (size_t)(colon - text));
	return is_host(host);
}

static bool is_address(const char *text)
{
	const char *at = strrchr(text, '@');

	if (at == NULL || at == text || at - text > 64 || !is_domain(at + 1))
		return false;
	for (const char *c = text; c < at; c++) {
		if ((unsigned char)*c <= ' ' || strchr("<>()[]\\,;:@\"\x7f", *c) != NULL)
			return false;
	}
	return true;
}

/* -- one function for each kind of value -- */

char *setting_text(const struct setting *row, const char *value, struct settings *settings)
{
	if (*value == '\0')
		return g_strdup(_("the value is empty: write one, or leave the key out"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}

char *setting_domain(const struct setting *row, const char *value, struct settings *settings)
{
	if (!is_domain(value))
		return refuse(value, _("a domain name such as lists.example.org"));
	put_text(row, settings, g_ascii_strdown(value, -1));
	return NULL;
}

char *setting_store(const struct setting *row, const char *value, struct settings *settings)
{
	g_autofree char *path = NULL;

	/* Such a URL may hold a password: it is not repeated. */
	if (text_has_prefix(value, "postgresql:") || text_has_prefix(value, "postgres:"))
		return g_strdup(_("this version knows no PostgreSQL: write sqlite:PATH"));
	if (!g_str_has_prefix(value, "sqlite:") || value[7] == '\0')
		return g_strdup(_("the kind of the store is unknown: write sqlite:PATH"));
	path = file_resolve(settings->file, value + 7);
	put_text(row, settings, g_strconcat("sqlite:", path, NULL));
	return NULL;
}

/* The number of the value among the words; -1 if it is none of them. */
static int word_number(const struct setting *row, const char *value)
{
	g_auto(GStrv) words = g_strsplit(row->words, "|", -1);

	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0)
			return i;
	}
	return -1;
}

static char *refuse_word(const struct setting *row, const char *value)
{
	g_auto(GStrv) words = g_strsplit(row->words, "|", -1);
	g_autofree char *list = g_strjoinv(", ", words);
	g_autofree char *right = g_strdup_printf(_("one of %s"), list);

	return refuse(value, right);
}

/* Into an enum, which has the words in the same order. */
char *setting_word(const struct setting *row, const char *value, struct settings *settings)
{
	const int number = word_number(row, value);
	unsigned *place = field(row, settings);

	if (number < 0)
		return refuse_word(row, value);
	if (place != NULL)
		*place = (unsigned)number;
	return NULL;
}

/* Into a bool: the second word means true. */
char *setting_truth(const struct setting *row, const char *value, struct settings *settings)
{
	const int number = word_number(row, value);
	bool *place = field(row, settings);

	if (number < 0)
		return refuse_word(row, value);
	if (place != NULL)
		*place = number == 1;
	return NULL;
}

char *setting_zone(const struct setting *row, const char *value, struct settings *settings)
{
	GTimeZone *zone = *value == '\0' ? NULL : g_time_zone_new_identifier(value);

	if (zone != NULL)
		g_time_zone_unref(zone);
	else if (value == row->fallback) /* a machine without the time zone database */
		value = "UTC";
	else
		return refuse(value, _("a name of the time zone database such as Europe/Berlin"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}

char *setting_address(const struct setting *row, const char *value, struct settings *settings)
{
	if (!is_address(value))
		return refuse(value, _("a mail address such as postmaster@example.org"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}

char *setting_account(const struct setting *row, const char *value, struct settings *settings)
{
	const size_t size = strlen(value);

	if (size == 0 || size > 32 || *value == '-' ||
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
		size)
		return refuse(value, _("the name of an account or group of this machine"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}

char *setting_path(const struct setting *row, const char *value, struct settings *settings)
{
	if (*value == '\0')
		return refuse(value, _("a path, or leave the key out"));
	put_text(row, settings, file_resolve(settings->file, value));
	return NULL;
}

/* A file whose content is a secret of another account can't be opened here, but may be right. */
char *setting_file(const struct setting *row, const char *value, struct settings *settings)
{
	g_autofree char *path = file_resolve(settings->file, value);
	const int fd = *value == '\0' ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const int reason = errno;

	if (fd >= 0)
		close(fd);
	if (*value == '\0' || g_file_test(path, G_FILE_TEST_IS_DIR))
		return refuse(value, _("the path of a file"));
	if (fd < 0 && (reason != EACCES || geteuid() == 0))
		return g_strdup_printf(
		    _("%s can't be read (%s): name a file that can"), path, g_strerror(reason));
	put_text(row, settings, g_steal_pointer(&path));
	return NULL;
}

char *setting_list(const struct setting *row, const char *value, struct settings *settings)
{
	put_list(row, settings, text_list(value));
	return NULL;
}

/* Refuse a list that has an item twice: such an address could not be opened a second time. */
static char *refuse_twice(char *const *items)
{
	for (char *const *item = items; *item != NULL; item++) {
		for (char *const *other = items; other < item; other++) {
			if (strcmp(*item, *other) == 0)
				return g_strdup_printf(
				    _("%s stands twice: keep one of the two"), *item);
		}
	}
	return NULL;
}

char *setting_listen(const struct setting *row, const char *value, struct settings *settings)
{
	g_auto(GStrv) items = text_list(value);
	char *twice;

	for (char **item = items; *item != NULL; item++) {
		if (!is_host_port(*item))
			return refuse(*item, _("HOST:PORT such as 127.0.0.1:119 or [::1]:119"));
	}
	twice = refuse_twice(items);
	if (twice == NULL)
		put_list(row, settings, g_steal_pointer(&items));
	return twice;
}

/* Like listen, but what has a slash or no colon is the path of a socket. */
char *setting_lmtp(const struct setting *row, const char *value, struct settings *settings)
{
	const size_t room = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	g_auto(GStrv) items = text_list(value);
	char *twice;

	for (char **item = items; *item != NULL; item++) {
		const bool is_path = strchr(*item, '/') != NULL || strchr(*item, ':') == NULL;
		g_autofree char *given = g_steal_pointer(item);

		*item = is_path ? file_resolve(settings->file, given) : g_strdup(given);
		if (is_path ? strlen(*item) >= room : !is_host_port(given))
			return refuse(given,
			    _("a path of at most 107 octets, or HOST:PORT such as 127.0.0.1:24"));
	}
	twice = refuse_twice(items);
	if (twice == NULL)
		put_list(row, settings, g_steal_pointer(&items));
	return twice;
}

char *setting_mode(const struct setting *row, const char *value, struct settings *settings)
{
	const size_t size = strlen(value);
	unsigned *place = field(row, settings);
	unsigned mode = 0;

	if (size < 3 || size > 4 || strspn(value, "01234567") != size ||
	    (size == 4 && *value != '0'))
		return refuse(value, _("an octal mode such as 0660"));
	for (const char *digit = value; *digit != '\0'; digit++)
		mode = mode * 8 + (unsigned)(*digit - '0');
	if (place != NULL)
		*place = mode;
	return NULL;
}

char *setting_number(const struct setting *row, const char *value, struct settings *settings)
{
	g_autofree char *right = NULL;
	uint64_t number = 0;

	if (text_number(value, strlen(value), (uint64_t)row->max, &number) &&
	    number >= (uint64_t)row->min) {
		put_number(row, settings, (int64_t)number);
		return NULL;
	}
	right = g_strdup_printf(
	    _("a number from %lld to %lld"), (long long)row->min, (long long)row->max);
	return refuse(value, right);
}

char *setting_octets(const struct setting *row, const char *value, struct settings *settings)
{
	g_autofree char *right = NULL;
	int64_t octets = 0;

	if (text_octets(value, &octets) && octets >= row->min && octets <= row->max) {
		put_number(row, settings, octets);
		return NULL;
	}
	right = g_strdup_printf(_("a size from %lld to %lld octets such as 64K, 25M or 1G"),
	    (long long)row->min, (long long)row->max);
	return refuse(value, right);
}

char *setting_duration(const struct setting *row, const char *value, struct settings *settings)
{
	g_autofree char *right = NULL;
	int64_t ms = 0;

	if (text_duration_ms(value, &ms) && ms >= row->min && ms <= row->max) {
		put_number(row, settings, ms);
		return NULL;
	}
	right = g_strdup_printf(_("a time from %llds to %llds such as 500ms, 30s, 10m, 2h or 5d"),
	    (long long)row->min / 1000, (long long)row->max / 1000);
	return refuse(value, right);
}

char *setting_relay(const struct setting *row, const char *value, struct settings *settings)
{
	static const char *const hosts[] = {"smtp://", "smtps://"};
	static const char *const paths[] = {"lmtp:", "maildir:"};

	for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
		if (g_str_has_prefix(value, hosts[i]) && is_host_port(value + strlen(hosts[i]))) {
			put_text(row, settings, g_strdup(value));
			return NULL;
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
		const size_t size = strlen(paths[i]);

		if (g_str_has_prefix(value, paths[i]) && value[size] != '\0') {
			g_autofree char *path = file_resolve(settings->file, value + size);

			put_text(row, settings, g_strconcat(paths[i], path, NULL));
			return NULL;
		}
	}
	return refuse(value, _("smtp://HOST:PORT, smtps://HOST:PORT, lmtp:PATH or maildir:PATH"));
}

char *setting_format(const struct setting *row, const char *value, struct settings *settings)
{
	if (strcmp(value, "mime") == 0 || strcmp(value, "rfc1153") == 0)
		return g_strdup_printf(
		    _("this version makes no digests as %s: write html or text"), value);
	return setting_word(row, value, settings);
}

char *setting_url(const struct setting *row, const char *value, struct settings *settings)
{
	g_autoptr(GUri) uri = g_uri_parse(value, G_URI_FLAGS_NONE, NULL);

	if (uri == NULL || g_uri_get_host(uri) == NULL || *g_uri_get_host(uri) == '\0' ||
	    (strcmp(g_uri_get_scheme(uri), "http") != 0 &&
		strcmp(g_uri_get_scheme(uri), "https") != 0))
		return refuse(value, _("a URL such as https://www.example.org/"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}

char *setting_hour(const struct setting *row, const char *value, struct settings *settings)
{
	unsigned minute;

	if (!timetable_parse_hour(value, &minute))
		return refuse(value, _("a time of day from 00:00 to 23:59"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}

char *setting_days(const struct setting *row, const char *value, struct settings *settings)
{
	unsigned days;

	if (!timetable_parse_days(value, &days))
		return refuse(value, _("daily, or days such as Mon-Fri or Mon,Wed,Fri"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}

char *setting_prefix(const struct setting *row, const char *value, struct settings *settings)
{
	const size_t size = strlen(value);

	if (size == 0 || size > 200 || *value == '.' || strstr(value, "..") != NULL ||
	    strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789+_.-") != size)
		return refuse(value, _("the beginning of newsgroup names such as forum.example"));
	put_text(row, settings, g_strdup(value));
	return NULL;
}
