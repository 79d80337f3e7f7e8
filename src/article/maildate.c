/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/maildate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "article/encoded.h"
#include "article/gmime.h"
#include "base/text.h"

#define VALUE_SIZE_MAX 200
#define YEAR_1970 0
#define YEAR_2100 INT64_C(4102444800)

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* A number of so many digits; -1: there is none. */
static int number_at(const char *at, size_t digits)
{
	int number = 0;

	for (; digits > 0; digits--, at++) {
		if (!g_ascii_isdigit(*at))
			return -1;
		number = 10 * number + (*at - '0');
	}
	return number;
}

/* 0 to 11 for `Jan` to `Dec`, case as in these; -1: none. */
static int month_at(const char *at)
{
	for (int month = 0; month < 12; month++)
		if (memcmp(at, months + (size_t)month * 3, 3) == 0)
			return month;
	return -1;
}

/* ` +0100` in seconds to the east; false if it is none. */
static bool zone_at(const char *at, int64_t *east)
{
	const int zone = number_at(at + 2, 4);

	if (at[0] != ' ' || (at[1] != '+' && at[1] != '-') || zone < 0 || zone > 1400 ||
	    zone % 100 > 59)
		return false;
	*east = (zone / 100 * 60 + zone % 100) * 60;
	if (at[1] == '-')
		*east = -*east;
	return true;
}

/*
 * `Mon, 23 Nov 2026 08:00:00 +0100`, as nearly all write it (RFC 5322 section 3.3), the day with one
 * digit, too; false for any other form, which is left to GMime, at many times the price.
 */
static bool read_common_date(const struct field *field, int64_t *seconds)
{
	const size_t day_digits = field->value_size == 31 ? 2 : 1;
	const char *at = field->value;
	struct tm tm = {0};
	struct tm again;
	int64_t east;

	if (field->value_size != 29 + day_digits || !g_ascii_isalpha(at[0]) ||
	    !g_ascii_isalpha(at[1]) || !g_ascii_isalpha(at[2]) || at[3] != ',' || at[4] != ' ')
		return false;
	tm.tm_mday = number_at(at + 5, day_digits);
	at += 5 + day_digits;
	tm.tm_mon = month_at(at + 1);
	tm.tm_year = number_at(at + 5, 4) - 1900;
	tm.tm_hour = number_at(at + 10, 2);
	tm.tm_min = number_at(at + 13, 2);
	tm.tm_sec = number_at(at + 16, 2);
	if (at[0] != ' ' || at[4] != ' ' || at[9] != ' ' || at[12] != ':' || at[15] != ':' ||
	    tm.tm_mday < 0 || tm.tm_mon < 0 || tm.tm_year < 1000 - 1900 || tm.tm_hour < 0 ||
	    tm.tm_min < 0 || tm.tm_sec < 0 || !zone_at(at + 18, &east))
		return false;
	again = tm;
	*seconds = timegm(&again) - east;
	/* Else there is no such day or time. */
	return again.tm_mday == tm.tm_mday && again.tm_hour == tm.tm_hour &&
	       again.tm_min == tm.tm_min;
}

/* What GMime does not know, in place of what it does; small letters, without a point behind. */
static const struct {
	const char *word;
	const char *standard;
} words[] = {
    /* clang-format off */
	{"j\xc3\xa4n", "Jan"}, {"j\xc3\xa4nner", "Jan"}, {"jaenner", "Jan"},
	{"m\xc3\xa4r", "Mar"}, {"m\xc3\xa4rz", "Mar"}, {"maerz", "Mar"}, {"mrz", "Mar"},
	{"mai", "May"},
	{"okt", "Oct"}, {"oktober", "Oct"},
	{"dez", "Dec"}, {"dezember", "Dec"},
	{"cet", "+0100"}, {"mez", "+0100"}, {"met", "+0100"},
	{"cest", "+0200"}, {"mesz", "+0200"}, {"mest", "+0200"},
	{"uhr", ""},
	{"mo", ""}, {"di", ""}, {"mi", ""}, {"do", ""}, {"fr", ""}, {"sa", ""}, {"so", ""},
	{"montag", ""}, {"dienstag", ""}, {"mittwoch", ""}, {"donnerstag", ""}, {"freitag", ""},
	{"samstag", ""}, {"sonnabend", ""}, {"sonntag", ""},
    /* clang-format on */
};

/* Append a word as GMime reads it: English, and `23.11.2026` with the name of the month. */
static void append_word(GString *out, char *word)
{
	const size_t size = strlen(word);
	g_autofree char *small = NULL;
	unsigned day;
	unsigned month;
	unsigned year;
	int used = 0;

	if (sscanf(word, "%2u.%2u.%4u%n", &day, &month, &year, &used) == 3 && word[used] == '\0' &&
	    month >= 1 && month <= 12) {
		g_string_append_printf(
		    out, " %u %.3s %u", day, months + (size_t)(month - 1) * 3, year);
		return;
	}
	if (size > 0 && word[size - 1] == '.')
		word[size - 1] = '\0';
	small = g_utf8_strdown(word, -1);
	g_string_append_c(out, ' ');
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(small, words[i].word) == 0) {
			g_string_append(out, words[i].standard);
			return;
		}
	g_string_append(out, word);
}

static char *in_english(const char *text)
{
	g_auto(GStrv) parts = g_strsplit_set(text, " ,", -1);
	GString *out = g_string_new(NULL);

	for (char **part = parts; *part != NULL; part++)
		append_word(out, *part);
	return g_strstrip(g_string_free(out, FALSE));
}

bool maildate_read(const struct field *field, int64_t *seconds)
{
	g_autofree char *text = NULL;
	g_autofree char *english = NULL;
	g_autoptr(GDateTime) date = NULL;

	if (field == NULL || field->value_size > VALUE_SIZE_MAX)
		return false;
	if (!read_common_date(field, seconds)) {
		text = encoded_decode(field->value, field->value_size);
		if (!text_time(text, seconds)) {
			gmime_options();
			english = in_english(text);
			date = g_mime_utils_header_decode_date(english);
			if (date == NULL)
				return false;
			*seconds = g_date_time_to_unix(date);
		}
	}
	return *seconds >= YEAR_1970 && *seconds < YEAR_2100;
}

/* True for ` +0100` or ` CET`, and perhaps a comment. */
static bool is_zone(const char *text)
{
	size_t size;

	text += strspn(text, " ");
	size = *text == '+' || *text == '-' ? strspn(text + 1, "0123456789")
					    : strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (*text == '+' || *text == '-' ? size++ != 4 : size == 0 || size > 5)
		return false;
	text += size;
	text += strspn(text, " ");
	return *text == '\0' || *text == '(';
}

bool maildate_is_standard(const struct field *field)
{
	g_autofree char *value = NULL;
	const char *text;
	char month[4];
	int day;
	int year;
	int hour;
	int minute;
	int second;
	int used = 0;
	int more = 0;
	int64_t seconds;

	if (read_common_date(field, &seconds))
		return true;
	value = field_unfolded(field);
	text = value;
	if (g_ascii_isalpha(text[0]) && strcspn(text, ",") == 3)
		text += text[4] == ' ' ? 5 : 4;
	if (sscanf(text, "%2d %3[A-Za-z] %4d %2d:%2d%n", &day, month, &year, &hour, &minute,
		&used) != 5 ||
	    month_at(month) < 0)
		return false;
	text += used;
	if (sscanf(text, ":%2d%n", &second, &more) == 1)
		text += more;
	return is_zone(text);
}
