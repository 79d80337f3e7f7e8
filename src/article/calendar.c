/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/calendar.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/dates.h"
#include "base/text.h"

#define LINE_SIZE_MAX 8192  /* of a property; what is beyond is not read */
#define SHOWN_CHARS_MAX 300 /* of a place or subject */
#define DAY 86400

/* A moment on the clock of its own zone, as if that were UTC. */
struct moment {
	bool is_set;
	bool is_day; /* without a time */
	int64_t seconds;
	char *zone; /* owned; NULL: none is named */
};

struct event {
	char *subject; /* owned, as all here; NULL: not said */
	char *place;
	char *status;
	char *attendee; /* by name or address */
	char *answer;	/* theirs: PARTSTAT */
	char *rule;
	int64_t changes; /* SEQUENCE */
	int64_t lasts;	 /* DURATION in seconds */
	struct moment begin;
	struct moment end;
};

static void event_clear(struct event *event)
{
	g_free(event->subject);
	g_free(event->place);
	g_free(event->status);
	g_free(event->attendee);
	g_free(event->answer);
	g_free(event->rule);
	g_free(event->begin.zone);
	g_free(event->end.zone);
	*event = (struct event){0};
}

/* -- properties: NAME;PARAM=VALUE;PARAM="VALUE":VALUE (RFC 5545 section 3.1) -- */

struct property {
	char *name;	   /* into the line */
	char *params;	   /* likewise; "" if there are none */
	const char *value; /* likewise */
};

/* The next line with its folds joined, NULL at the end; the caller frees. */
static char *take_line(const char **text)
{
	GString *line;
	const char *p = *text;

	if (*p == '\0')
		return NULL;
	line = g_string_new(NULL);
	do {
		size_t size = strcspn(p, "\n");

		if (line->len < LINE_SIZE_MAX)
			g_string_append_len(line, p, (gssize)MIN(size, LINE_SIZE_MAX));
		if (line->len > 0 && line->str[line->len - 1] == '\r')
			g_string_truncate(line, line->len - 1);
		p += size + (p[size] == '\n');
		if (*p != ' ' && *p != '\t')
			break;
		p++;
	} while (true);
	*text = p;
	return g_string_free(line, FALSE);
}

/* Cut a line into its pieces; false where it is no property. */
static bool cut(char *line, struct property *property)
{
	bool quoted = false;
	char *p = line + strcspn(line, ";:");

	if (*p == '\0')
		return false;
	*property = (struct property){.name = line, .params = p};
	for (; *p != '\0' && (quoted || *p != ':'); p++)
		quoted = quoted != (*p == '"');
	if (*p == '\0')
		return false;
	*p = '\0';
	property->value = p + 1;
	if (*property->params == ';')
		*property->params++ = '\0';
	return true;
}

static bool is_named(const struct property *property, const char *name)
{
	return g_ascii_strcasecmp(property->name, name) == 0;
}

/* A parameter without its quotation marks, NULL if there is none; the caller frees. */
static char *param(const struct property *property, const char *name)
{
	const size_t size = strlen(name);
	const char *p = property->params;

	while (*p != '\0') {
		const char *end = p;
		bool quoted = false;

		for (; *end != '\0' && (quoted || *end != ';'); end++)
			quoted = quoted != (*end == '"');
		if (g_ascii_strncasecmp(p, name, size) == 0 && p[size] == '=') {
			char *value = g_strndup(p + size + 1, (gsize)(end - p) - size - 1);

			return g_strstrip(g_strdelimit(value, "\"", ' '));
		}
		p = end + (*end == ';');
	}
	return NULL;
}

/* A value as text on one line (RFC 5545 section 3.3.11), not too long; the caller frees. */
static char *plain(const char *value)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *cleaned = NULL;

	for (; *value != '\0'; value++) {
		if (*value != '\\' || value[1] == '\0')
			g_string_append_c(out, *value);
		else if (*++value == 'n' || *value == 'N')
			g_string_append_c(out, ' ');
		else
			g_string_append_c(out, *value);
	}
	cleaned = g_strstrip(text_clean(out->str));
	if (g_utf8_strlen(cleaned, -1) > SHOWN_CHARS_MAX) {
		g_autofree char *begin = g_utf8_substring(cleaned, 0, SHOWN_CHARS_MAX);

		return g_strconcat(begin, "…", NULL);
	}
	return g_steal_pointer(&cleaned);
}

/* -- times -- */

static int digits(const char *text, size_t count)
{
	uint64_t number;

	return text_number(text, count, 9999, &number) ? (int)number : -1;
}

/* 20270112, 20270112T100000, 20270112T090000Z */
static bool read_moment(const struct property *property, struct moment *moment)
{
	const char *value = property->value;
	const size_t size = strlen(value);
	const bool is_day = size == 8;
	const int clock = is_day ? 0 : size >= 15 && value[8] == 'T' ? digits(value + 9, 4) : -1;
	g_autoptr(GDateTime) time = NULL;

	if (size < 8 || clock < 0)
		return false;
	time = g_date_time_new_utc(digits(value, 4), digits(value + 4, 2), digits(value + 6, 2),
	    clock / 100, clock % 100, 0);
	if (time == NULL)
		return false;
	g_free(moment->zone);
	*moment = (struct moment){.is_set = true, .is_day = is_day};
	moment->seconds = g_date_time_to_unix(time);
	if (!is_day && value[15] == 'Z')
		moment->zone = g_strdup("UTC");
	else if (!is_day)
		moment->zone = param(property, "TZID");
	return true;
}

/* P1D, PT1H30M, P2W; 0 for what is none */
static int64_t read_duration(const char *value)
{
	int64_t seconds = 0;
	int64_t number = 0;
	bool clock = false;

	for (value += *value == '+'; *value != '\0' && seconds < 10000 * (int64_t)DAY; value++) {
		if (g_ascii_isdigit(*value))
			number = MIN(number * 10 + (*value - '0'), 1000000);
		else if (*value == 'T')
			clock = true;
		else {
			seconds += number * (*value == 'W'		 ? 7 * DAY
						: *value == 'D'		 ? DAY
						: *value == 'H'		 ? 3600
						: *value == 'M' && clock ? 60
									 : 0);
			number = 0;
		}
	}
	return MIN(seconds, 10000 * (int64_t)DAY);
}

/* -- an event -- */

static void set(char **member, char *value)
{
	g_free(*member);
	*member = value;
}

static void read_attendee(struct event *event, const struct property *property)
{
	g_autofree char *name = param(property, "CN");

	if (event->attendee != NULL)
		return;
	if (name == NULL || *name == '\0')
		set(&event->attendee, plain(text_has_prefix(property->value, "mailto:")
						? property->value + strlen("mailto:")
						: property->value));
	else
		set(&event->attendee, plain(name));
	set(&event->answer, param(property, "PARTSTAT"));
}

static void read_property(struct event *event, const struct property *property)
{
	if (is_named(property, "SUMMARY"))
		set(&event->subject, plain(property->value));
	else if (is_named(property, "LOCATION"))
		set(&event->place, plain(property->value));
	else if (is_named(property, "STATUS"))
		set(&event->status, g_strdup(property->value));
	else if (is_named(property, "RRULE"))
		set(&event->rule, g_strdup(property->value));
	else if (is_named(property, "SEQUENCE"))
		event->changes = g_ascii_strtoll(property->value, NULL, 10);
	else if (is_named(property, "DURATION"))
		event->lasts = read_duration(property->value);
	else if (is_named(property, "DTSTART"))
		read_moment(property, &event->begin);
	else if (is_named(property, "DTEND"))
		read_moment(property, &event->end);
	else if (is_named(property, "ATTENDEE"))
		read_attendee(event, property);
}

/* DTEND, or what DURATION makes of it; the last day of a whole one (RFC 5545 section 3.6.1). */
static void settle_end(struct event *event)
{
	struct moment *end = &event->end;

	if (!end->is_set || end->is_day != event->begin.is_day) {
		end->is_day = event->begin.is_day;
		end->seconds = event->begin.seconds + event->lasts;
		end->is_set = true;
	}
	if (end->is_day)
		end->seconds -= DAY;
	end->seconds = MAX(end->seconds, event->begin.seconds);
}

/* -- its sentence -- */

/* What is said of it: by method, then by what the event says itself. */
static const char *heading(const struct event *event, const char *method)
{
	static const struct {
		const char *method;
		const char *answer; /* NULL: any */
		const char *text;
	} headings[] = {
	    /* clang-format off */
		{"CANCEL",  NULL,        N_("Appointment cancelled")},
		{"REPLY",   "ACCEPTED",  N_("Appointment accepted")},
		{"REPLY",   "TENTATIVE", N_("Appointment accepted tentatively")},
		{"REPLY",   "DECLINED",  N_("Appointment declined")},
		{"COUNTER", NULL,        N_("Another time proposed for the appointment")},
	    /* clang-format on */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(headings); i++)
		if (g_ascii_strcasecmp(method, headings[i].method) == 0 &&
		    (headings[i].answer == NULL ||
			g_ascii_strcasecmp(
			    event->answer == NULL ? "" : event->answer, headings[i].answer) == 0))
			return headings[i].text;
	if (event->status != NULL && g_ascii_strcasecmp(event->status, "CANCELLED") == 0)
		return headings[0].text;
	if (event->changes > 0 && g_ascii_strcasecmp(method, "REQUEST") == 0)
		return N_("Appointment changed");
	return N_("Appointment");
}

static char *clock_of(int64_t seconds)
{
	const int minutes = (int)(((seconds % DAY) + DAY) % DAY / 60);

	return g_strdup_printf("%02d:%02d", minutes / 60, minutes % 60);
}

/* From when to when. */
static char *span(const struct event *event, enum lang lang)
{
	const struct moment *begin = &event->begin;
	const struct moment *end = &event->end;
	g_autoptr(GTimeZone) zone = g_time_zone_new_utc();
	g_autofree char *day = dates_day(lang, zone, begin->seconds);
	g_autofree char *last = dates_day(lang, zone, end->seconds);
	g_autofree char *from = clock_of(begin->seconds);
	g_autofree char *to = clock_of(end->seconds);
	const bool one_day = strcmp(day, last) == 0;
	const char *form = lang_text(lang, "{day}, {from} to {last}, {to}");

	if (begin->is_day && one_day)
		form = lang_text(lang, "{day}, all day");
	else if (begin->is_day)
		form = lang_text(lang, "{day} to {last}, all day");
	else if (begin->seconds == end->seconds)
		form = lang_text(lang, "{day}, {from}");
	else if (one_day)
		form = lang_text(lang, "{day}, {from} to {to}");
	return text_fill(form, (const struct text_value[]){{"day", day}, {"last", last},
				   {"from", from}, {"to", to}, {NULL, NULL}});
}

static const char *rhythm(const char *rule)
{
	static const struct {
		const char *rule;
		const char *text;
	} rhythms[] = {
	    {"FREQ=DAILY", N_("repeated daily")},
	    {"FREQ=WEEKLY", N_("repeated weekly")},
	    {"FREQ=MONTHLY", N_("repeated monthly")},
	    {"FREQ=YEARLY", N_("repeated yearly")},
	};

	for (size_t i = 0; rule != NULL && i < G_N_ELEMENTS(rhythms); i++)
		if (strstr(rule, rhythms[i].rule) != NULL)
			return rhythms[i].text;
	return NULL;
}

static void append_member(GString *out, const char *label, const char *value)
{
	if (value != NULL && *value != '\0')
		g_string_append_printf(out, "; %s: %s", label, value);
}

static void append_event(
    GString *out, const struct event *event, const char *method, enum lang lang)
{
	g_autofree char *when = span(event, lang);
	const char *repeated = rhythm(event->rule);

	g_string_append_printf(out, "%s: %s", lang_text(lang, heading(event, method)), when);
	if (event->begin.zone != NULL && *event->begin.zone != '\0') {
		g_autofree char *zone = plain(event->begin.zone);

		g_string_append_printf(out, " (%s)", zone);
	}
	if (repeated != NULL)
		g_string_append_printf(out, ", %s", lang_text(lang, repeated));
	append_member(out, lang_text(lang, "Place"), event->place);
	append_member(out, lang_text(lang, "Occasion"), event->subject);
	if (g_ascii_strcasecmp(method, "REPLY") == 0 || g_ascii_strcasecmp(method, "COUNTER") == 0)
		append_member(out, lang_text(lang, "Attendee"), event->attendee);
	g_string_append_c(out, '\n');
}

/* -- the calendar -- */

struct reading {
	enum lang lang;
	GString *out;
	char *method;	/* owned; "" if none is said */
	unsigned depth; /* of components; an event's own properties stand at 2, its alarms' at 3 */
	bool in_event;
	unsigned events;
	struct event event;
};

static void end_component(struct reading *reading)
{
	if (reading->depth == 2 && reading->in_event) {
		reading->in_event = false;
		if (reading->event.begin.is_set && reading->events < CALENDAR_EVENTS_MAX) {
			settle_end(&reading->event);
			append_event(reading->out, &reading->event, reading->method, reading->lang);
			reading->events++;
		}
		event_clear(&reading->event);
	}
	reading->depth -= reading->depth > 0;
}

static void read_line(struct reading *reading, const struct property *property)
{
	if (is_named(property, "BEGIN")) {
		reading->depth++;
		if (reading->depth == 2)
			reading->in_event = g_ascii_strcasecmp(property->value, "VEVENT") == 0;
	} else if (is_named(property, "END")) {
		end_component(reading);
	} else if (is_named(property, "METHOD") && reading->depth == 1) {
		set(&reading->method, g_strdup(property->value));
	} else if (reading->depth == 2 && reading->in_event) {
		read_property(&reading->event, property);
	}
}

char *calendar_text(const char *text, enum lang lang)
{
	struct reading reading = {.lang = lang, .out = g_string_new(NULL), .method = g_strdup("")};
	char *line;

	while (reading.events < CALENDAR_EVENTS_MAX && (line = take_line(&text)) != NULL) {
		struct property property;

		if (cut(g_strchomp(line), &property))
			read_line(&reading, &property);
		g_free(line);
	}
	event_clear(&reading.event);
	g_free(reading.method);
	if (reading.out->len == 0) {
		g_string_free(reading.out, TRUE);
		return NULL;
	}
	return g_string_free(reading.out, FALSE);
}
