/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "base/text.h"

#include <string.h>
#include <time.h>

char *text_base32(const void *bytes, size_t size)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	GString *out = g_string_sized_new(size * 8 / 5 + 2);
	const uint8_t *at = bytes;
	unsigned held = 0; /* the low `bits` of it wait to be written */
	unsigned bits = 0;

	for (size_t i = 0; i < size; i++) {
		held = (held << 8 | at[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			g_string_append_c(out, digits[held >> (bits - 5) & 31]);
	}
	if (bits > 0)
		g_string_append_c(out, digits[held << (5 - bits) & 31]);
	return g_string_free(out, FALSE);
}

/* Controls; also what begins another line, or turns the direction of writing (Unicode, UAX #9). */
static bool is_control(gunichar c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

char *text_clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *out = g_string_sized_new(strlen(valid));

	for (char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
		const gunichar c = g_utf8_get_char(at);

		g_string_append_unichar(out, is_control(c) ? ' ' : c);
	}
	return g_string_free(out, FALSE);
}

bool text_number(const char *text, size_t size, uint64_t max, uint64_t *number)
{
	uint64_t sum = 0;

	if (size == 0)
		return false;
	for (size_t i = 0; i < size; i++) {
		const unsigned digit = (unsigned)text[i] - '0';

		if (digit > 9 || digit > max || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

struct unit {
	const char *name;
	int64_t size;
};

/* A number and one of the units; false if it is beyond max. */
static bool number_with_unit(
    const char *text, const struct unit *units, int64_t max, int64_t *product)
{
	const size_t digits = strspn(text, "0123456789");
	uint64_t number;

	for (; units->name != NULL; units++) {
		if (strcmp(text + digits, units->name) != 0)
			continue;
		if (!text_number(text, digits, (uint64_t)(max / units->size), &number))
			return false;
		*product = (int64_t)number * units->size;
		return true;
	}
	return false;
}

bool text_octets(const char *text, int64_t *octets)
{
	static const struct unit units[] = {
	    {"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
	int64_t product;

	if (!number_with_unit(text, units, INT64_C(1) << 40, &product) || product == 0)
		return false;
	*octets = product;
	return true;
}

bool text_duration_ms(const char *text, int64_t *ms)
{
	static const struct unit units[] = {
	    {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0}};

	if (strcmp(text, "0") == 0) {
		*ms = 0;
		return true;
	}
	return number_with_unit(text, units, INT64_MAX, ms);
}

/* The value of the digits at `at`, whose form is known to be right. */
static int digits_at(const char *at, int count)
{
	int sum = 0;

	for (; count > 0; count--, at++)
		sum = sum * 10 + (*at - '0');
	return sum;
}

/* True if text begins as the form says: 0 stands for a digit, all else for itself. */
static bool has_form(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++) {
		if (*form == '0' ? !g_ascii_isdigit(*text) : g_ascii_toupper(*text) != *form)
			return false;
	}
	return true;
}

/* "Z" or "+01:00" and the end of the text, to seconds east of UTC. */
static bool parse_offset(const char *text, int *offset)
{
	int hour, minute;

	*offset = 0;
	if (has_form(text, "Z"))
		return text[1] == '\0';
	if (!has_form(text, "+00:00") && !has_form(text, "-00:00"))
		return false;
	hour = digits_at(text + 1, 2);
	minute = digits_at(text + 4, 2);
	if (text[6] != '\0' || hour > 23 || minute > 59)
		return false;
	*offset = (hour * 60 + minute) * (*text == '-' ? -60 : 60);
	return true;
}

bool text_time(const char *text, int64_t *seconds)
{
	const int64_t epoch = 719163; /* 1970-01-01 in the days of GDate */
	int year, month, day, hour, minute, second, offset;
	const char *at;
	GDate date;

	if (!has_form(text, "0000-00-00T00:00:00"))
		return false;
	year = digits_at(text, 4);
	month = digits_at(text + 5, 2);
	day = digits_at(text + 8, 2);
	hour = digits_at(text + 11, 2);
	minute = digits_at(text + 14, 2);
	second = digits_at(text + 17, 2);
	if (!g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year) || hour > 23 ||
	    minute > 59 || second > 60) /* a leap second counts as the one after it */
		return false;
	at = text + 19;
	if (has_form(at, ".0"))
		at += 1 + strspn(at + 1, "0123456789");
	if (!parse_offset(at, &offset))
		return false;
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
	*seconds = (int64_t)g_date_get_julian(&date) - epoch;
	*seconds = ((*seconds * 24 + hour) * 60 + minute) * 60 + second - offset;
	return true;
}

static void put_digits(char *to, int number, int digits)
{
	for (; digits > 0; number /= 10)
		to[--digits] = (char)('0' + number % 10);
}

char *text_mail_date(int64_t seconds)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	const int64_t first = INT64_C(-2208988800); /* 1900-01-01 */
	const int64_t last = INT64_C(253402300799); /* 9999-12-31 */
	const time_t at = (time_t)CLAMP(seconds, first, last);
	char text[] = "Thu, 01 Jan 1970 00:00:00 +0000";
	struct tm tm;

	gmtime_r(&at, &tm);
	/* Without printf: it is done for each article that comes in or is read. */
	memcpy(text, days[tm.tm_wday], 3);
	put_digits(text + 5, tm.tm_mday, 2);
	memcpy(text + 8, months[tm.tm_mon], 3);
	put_digits(text + 12, tm.tm_year + 1900, 4);
	put_digits(text + 17, tm.tm_hour, 2);
	put_digits(text + 20, tm.tm_min, 2);
	put_digits(text + 23, tm.tm_sec, 2);
	return g_strdup(text);
}

bool text_has_prefix(const char *text, const char *prefix)
{
	return g_ascii_strncasecmp(text, prefix, strlen(prefix)) == 0;
}

char **text_list(const char *text)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);
	GPtrArray *items = g_ptr_array_new();

	for (char **part = parts; *part != NULL; part++) {
		g_strstrip(*part);
		if (**part != '\0')
			g_ptr_array_add(items, g_strdup(*part));
	}
	g_ptr_array_add(items, NULL);
	return (char **)g_ptr_array_free(items, FALSE);
}

/* The value whose {name} stands at `at`; NULL: none. */
static const struct text_value *value_at(const char *at, const struct text_value *values)
{
	for (; values->name != NULL; values++) {
		const size_t size = strlen(values->name);

		if (strncmp(at + 1, values->name, size) == 0 && at[1 + size] == '}')
			return values;
	}
	return NULL;
}

char *text_fill(const char *form, const struct text_value *values)
{
	GString *out = g_string_new(NULL);

	for (const char *at = form; *at != '\0'; at++) {
		const struct text_value *found = *at == '{' ? value_at(at, values) : NULL;

		if (found == NULL) {
			g_string_append_c(out, *at);
			continue;
		}
		if (found->value != NULL)
			g_string_append(out, found->value);
		at += strlen(found->name) + 1;
	}
	return g_string_free(out, FALSE);
}

void text_append_json(GString *out, const char *text)
{
	static const char escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	g_autofree char *valid = NULL;

	if (text == NULL) {
		g_string_append(out, "null");
		return;
	}
	valid = g_utf8_make_valid(text, -1);
	g_string_append_c(out, '"');
	for (const char *at = valid; *at != '\0'; at++) {
		const char *escape = escapes;

		while (*escape != '\0' && *escape != *at)
			escape += 2;
		if (*escape != '\0')
			g_string_append_printf(out, "\\%c", escape[1]);
		else if ((unsigned char)*at < 0x20)
			g_string_append_printf(out, "\\u%04x", (unsigned)*at);
		else
			g_string_append_c(out, *at);
	}
	g_string_append_c(out, '"');
}
