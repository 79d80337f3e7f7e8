/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/range.h"

/* The number at *text, which moves behind it. */
static bool take_number(const char **text, int64_t *number)
{
	const char *at = *text;
	int64_t value = 0;

	while (g_ascii_isdigit(*at) && at - *text < NEWS_RANGE_DIGITS_MAX)
		value = value * 10 + (*at++ - '0');
	if (at == *text || g_ascii_isdigit(*at))
		return false;
	*text = at;
	*number = value;
	return true;
}

bool news_range_parse(const char *text, struct news_range *range)
{
	if (!take_number(&text, &range->low))
		return false;
	range->high = range->low;
	if (*text == '\0')
		return true;
	if (*text++ != '-')
		return false;
	range->high = INT64_MAX;
	if (*text == '\0')
		return true;
	return take_number(&text, &range->high) && *text == '\0';
}

bool news_range_number(const char *text, int64_t *number)
{
	return take_number(&text, number) && *text == '\0';
}

void news_range_append(GString *out, int64_t number)
{
	char digits[20];
	char *at = digits + sizeof(digits);
	uint64_t rest = (uint64_t)number;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	g_string_append_len(out, at, digits + sizeof(digits) - at);
}
