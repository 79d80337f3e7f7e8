/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "ctl/mbox.h"

#include <string.h>

#include "article/address.h"

#define FROM "From "
#define FROM_SIZE (sizeof(FROM) - 1)

/* The octets of the line at p, with its line end. */
static size_t line_size(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline != NULL ? (size_t)(newline + 1 - p) : (size_t)(end - p);
}

/* Likewise without LF or CRLF. */
static size_t text_size(const char *p, size_t size)
{
	if (size > 0 && p[size - 1] == '\n')
		size--;
	if (size > 0 && p[size - 1] == '\r')
		size--;
	return size;
}

static bool begins_with_from(const char *p, const char *end)
{
	return (size_t)(end - p) >= FROM_SIZE && memcmp(p, FROM, FROM_SIZE) == 0;
}

/* "12:34" somewhere in the line. */
static bool has_time(const char *p, size_t size)
{
	for (size_t i = 1; i + 2 < size; i++)
		if (p[i] == ':' && g_ascii_isdigit(p[i - 1]) && g_ascii_isdigit(p[i + 1]) &&
		    g_ascii_isdigit(p[i + 2]))
			return true;
	return false;
}

/* True if a field name and its colon stand at p (RFC 5322 section 2.2), or an old ">From ". */
static bool begins_with_field(const char *p, const char *end)
{
	const char *start = p;

	if (p < end && *p == '>')
		return begins_with_from(p + 1, end);
	while (p<end && * p> ' ' && *p < 127 && *p != ':')
		p++;
	return p > start && p < end && *p == ':';
}

/* p: at the start of a line behind an empty one. */
static bool is_separator(const char *p, const char *end)
{
	size_t size;

	if (!begins_with_from(p, end))
		return false;
	size = line_size(p, end);
	return has_time(p, size) || begins_with_field(p + size, end);
}

bool ctl_mbox_init(struct ctl_mbox *mbox, const char *bytes, size_t size)
{
	mbox->bytes = bytes;
	mbox->size = size;
	mbox->at = 0;
	mbox->line = 1;
	while (mbox->at < size && (bytes[mbox->at] == '\n' || bytes[mbox->at] == '\r')) {
		mbox->line += bytes[mbox->at] == '\n';
		mbox->at++;
	}
	return mbox->at == size || begins_with_from(bytes + mbox->at, bytes + size);
}

bool ctl_mbox_next(struct ctl_mbox *mbox, struct ctl_mbox_message *message)
{
	const char *end;
	const char *p;
	const char *stop = NULL; /* where the message ends, if an empty line was the last one */
	size_t size;

	if (mbox->at >= mbox->size) /* an empty file has no octets to point at */
		return false;
	end = mbox->bytes + mbox->size;
	p = mbox->bytes + mbox->at;
	size = line_size(p, end);
	message->line = mbox->line++;
	message->from = p + FROM_SIZE;
	message->from_size = text_size(p, size) - FROM_SIZE;
	p += size;
	message->bytes = p;
	while (p < end && !(stop != NULL && is_separator(p, end))) {
		size = line_size(p, end);
		stop = text_size(p, size) == 0 ? p : NULL;
		p += size;
		mbox->line++;
	}
	message->size = (size_t)((stop != NULL ? stop : p) - message->bytes);
	mbox->at = (size_t)(p - mbox->bytes);
	return true;
}

/* True if the line at p is `>`, more of them perhaps, and "From ": quoted, then. */
static bool is_quoted(const char *p, const char *end)
{
	const char *start = p;

	while (p < end && *p == '>')
		p++;
	return p > start && begins_with_from(p, end);
}

void ctl_mbox_unquote(const struct ctl_mbox_message *message, GByteArray *out)
{
	const char *end = message->bytes + message->size;
	uint8_t *to;

	/* Were all lines empty, each would grow by a CR; the last one may lack its LF too. */
	g_byte_array_set_size(out, (unsigned)(2 * message->size + 2));
	to = out->data;
	for (const char *p = message->bytes; p < end;) {
		const size_t size = line_size(p, end);
		const size_t skip = is_quoted(p, end) ? 1 : 0;
		const size_t text = text_size(p, size) - skip;

		memcpy(to, p + skip, text);
		to[text] = '\r';
		to[text + 1] = '\n';
		to += text + 2;
		p += size;
	}
	g_byte_array_set_size(out, (unsigned)(to - out->data));
}

char *ctl_mbox_sender(const struct ctl_mbox_message *message)
{
	const char *blank = memchr(message->from, ' ', message->from_size);
	const size_t size = blank != NULL ? (size_t)(blank - message->from) : message->from_size;
	g_autofree char *word = g_strndup(message->from, size);

	return address_is_valid(word) ? g_steal_pointer(&word) : g_strdup("");
}

/* "From SENDER Mon Nov 23 08:12:00 2026", in UTC. */
static void append_from_line(GString *out, const char *sender, int64_t date)
{
	static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(date);

	if (time == NULL)
		time = g_date_time_new_from_unix_utc(0);
	g_string_append_printf(out, FROM "%s %s %s %2d %02d:%02d:%02d %04d\n",
	    *sender != '\0' && strpbrk(sender, " \t\r\n") == NULL ? sender : "MAILER-DAEMON",
	    days[g_date_time_get_day_of_week(time) - 1], months[g_date_time_get_month(time) - 1],
	    g_date_time_get_day_of_month(time), g_date_time_get_hour(time),
	    g_date_time_get_minute(time), g_date_time_get_second(time), g_date_time_get_year(time));
}

void ctl_mbox_append(GString *out, const char *sender, int64_t date, const char *bytes, size_t size)
{
	const char *end = bytes + size;

	append_from_line(out, sender, date);
	for (const char *p = bytes; p < end;) {
		const size_t whole = line_size(p, end);

		if (begins_with_from(p, end) || is_quoted(p, end))
			g_string_append_c(out, '>');
		g_string_append_len(out, p, (gssize)text_size(p, whole));
		g_string_append_c(out, '\n');
		p += whole;
	}
	g_string_append_c(out, '\n');
}
