/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/text.h"

#include <string.h>

#include "article/body.h"
#include "base/columns.h"
#include "base/dates.h"
#include "base/text.h"
#include "base/wrap.h"
#include "digest/order.h"

enum {
	COLUMNS = 72,
	INDENT = 3,		/* of a post's text, and of each answer */
	GAP = 2,		/* behind a thread's number, between columns of the contents */
	CONTENTS_INDENT = 2,	/* of the contents list */
	CONTENTS_GROUP = 20,	/* columns for a group's title there, at most */
	CONTENTS_COUNT = 6,	/* "12 neu" */
	SUBJECT_COLUMNS = 280,	/* of a subject above its thread: four lines */
	GROUP_COLUMNS = 40,	/* of a group's title there */
	NAME_COLUMNS = 200,	/* of an attachment's name */
	ATTACHMENTS_MAX = 10,	/* of a post, by name */
	OLD_DAYS = 300,		/* a thread that is older shows its year, not its day */
	NAMED_MAX = 3,		/* threads in the mail's subject */
	NAMED_COLUMNS = 30,	/* of one of them */
	MAIL_SUBJECT_MAX = 120, /* characters */
};

/* -- lines -- */

static void put_blanks(GString *out, size_t count)
{
	g_string_append_printf(out, "%*s", (int)count, "");
}

static void put_line(GString *out, size_t indent, const char *text)
{
	if (*text != '\0')
		put_blanks(out, indent);
	g_string_append_printf(out, "%s\n", text);
}

static void put_rule(GString *out, char c)
{
	for (unsigned i = 0; i < COLUMNS; i++)
		g_string_append_c(out, c);
	g_string_append_c(out, '\n');
}

/* left, cut to what room there is, and right at the right edge. */
static void put_ends(GString *out, size_t indent, const char *left, const char *right)
{
	const size_t room = COLUMNS - indent - columns_of(right) - 2;
	g_autofree char *shown = columns_cut(left, room);

	put_blanks(out, indent);
	g_string_append(out, shown);
	put_blanks(out, room - columns_of(shown) + 2);
	put_line(out, 0, right);
}

/* A cell of the contents list. */
static void put_cell(GString *out, const char *text, size_t columns, bool right)
{
	g_autofree char *shown = columns_cut(text, columns);
	const size_t blanks = columns - columns_of(shown);

	put_blanks(out, right ? blanks : 0);
	g_string_append(out, shown);
	put_blanks(out, right ? 0 : blanks);
}

/* A text of ours with words from outside in it; what does not fit goes on further right. */
static void put_folded(GString *out, size_t indent, const char *text)
{
	g_autoptr(GPtrArray) lines = wrap_text(text, COLUMNS - indent - INDENT);

	if (columns_of(text) <= COLUMNS - indent && strlen(text) <= WRAP_OCTETS_MAX) {
		put_line(out, indent, text);
		return;
	}
	for (unsigned i = 0; i < lines->len; i++) {
		const struct wrap_line *line = lines->pdata[i];

		put_line(out, indent + (i > 0 ? INDENT : 0), line->text);
	}
}

/* A form of ours with one value in it, folded. */
static void put_filled(
    GString *out, size_t indent, const char *form, const char *name, const char *value)
{
	g_autofree char *clean = columns_line(value);
	g_autofree char *text =
	    text_fill(form, (const struct text_value[]){{name, clean}, {NULL, NULL}});

	put_folded(out, indent, text);
}

/* -- above the threads -- */

static char *subject_of(const struct digest *digest, const struct digest_thread *thread)
{
	char *line = columns_line(thread->subject);

	if (*line != '\0')
		return line;
	g_free(line);
	return g_strdup(lang_text(digest->language, "(no subject)"));
}

/* The title; of a group without one what its address begins with. */
static char *group_of(const struct digest_thread *thread)
{
	g_autofree char *title = columns_line(thread->group_title);
	g_autofree char *address = columns_line(thread->group_address);

	if (*title != '\0')
		return g_steal_pointer(&title);
	return g_strndup(address, strcspn(address, "@"));
}

/* "4 threads, 9 new posts" */
static char *sums_of(const struct digest *digest)
{
	const enum lang lang = digest->language;
	const unsigned n_threads = digest->threads->len;
	const unsigned n_posts = digest_posts(digest);
	g_autofree char *threads =
	    g_strdup_printf(lang_plural(lang, "%u thread", "%u threads", n_threads), n_threads);
	g_autofree char *posts =
	    g_strdup_printf(lang_plural(lang, "%u new post", "%u new posts", n_posts), n_posts);

	return g_strdup_printf("%s, %s", threads, posts);
}

/* "Your groups: Finanzen, E-Akte"; NULL: none has a title. */
static char *groups_of(const struct digest *digest)
{
	g_autoptr(GString) titles = g_string_new(NULL);
	unsigned count = 0;

	for (unsigned i = 0; i < digest->titles->len; i++) {
		g_autofree char *title = columns_line(digest->titles->pdata[i]);

		if (*title != '\0')
			g_string_append_printf(titles, "%s%s", count++ > 0 ? ", " : "", title);
	}
	if (count == 0)
		return NULL;
	return text_fill(lang_text(digest->language, "News from: {groups}"),
	    (const struct text_value[]){{"groups", titles->str}, {NULL, NULL}});
}

/* Sums and groups, on one line if they fit. */
static void put_sums(GString *out, const struct digest *digest)
{
	g_autofree char *sums = sums_of(digest);
	g_autofree char *groups = groups_of(digest);
	g_autofree char *both =
	    groups != NULL ? g_strdup_printf("%s  ·  %s", sums, groups) : g_strdup(sums);

	if (columns_of(both) <= COLUMNS) {
		put_folded(out, 0, both);
		return;
	}
	put_line(out, 0, sums);
	put_folded(out, 0, groups);
}

static const char *kind_title(enum lang lang, enum digest_kind kind)
{
	static const char *const titles[] = {
	    [DIGEST_OWN] = N_("YOUR THREADS"),
	    [DIGEST_FRESH] = N_("NEW THREADS"),
	    [DIGEST_CONTINUED] = N_("CONTINUED THREADS"),
	};

	return lang_text(lang, titles[kind]);
}

/* How wide the columns of the contents list are. */
struct contents {
	size_t number;
	size_t subject;
	size_t group;
};

static size_t digits_of(unsigned number)
{
	return number < 10 ? 1 : 1 + digits_of(number / 10);
}

static void measure(struct contents *contents, const struct digest *digest)
{
	contents->number = digits_of(digest->threads->len);
	contents->group = 2;
	for (unsigned i = 0; i < digest->threads->len; i++) {
		const struct digest_thread *thread = digest->threads->pdata[i];
		g_autofree char *title = group_of(thread);

		contents->group = MAX(contents->group, columns_of(title));
	}
	contents->group = MIN(contents->group, CONTENTS_GROUP);
	contents->subject = COLUMNS - CONTENTS_INDENT - contents->number - contents->group -
			    CONTENTS_COUNT - 3 * (size_t)GAP;
}

/* number: from 1. */
static void put_entry(
    GString *out, const struct contents *contents, const struct digest *digest, unsigned number)
{
	const struct digest_thread *thread = digest->threads->pdata[number - 1];
	g_autofree char *place = g_strdup_printf("%u", number);
	g_autofree char *subject = subject_of(digest, thread);
	g_autofree char *group = group_of(thread);
	g_autofree char *count =
	    g_strdup_printf(lang_plural(digest->language, "%u new", "%u new", thread->posts->len),
		thread->posts->len);

	put_blanks(out, CONTENTS_INDENT);
	put_cell(out, place, contents->number, true);
	put_blanks(out, GAP);
	put_cell(out, subject, contents->subject, false);
	put_blanks(out, GAP);
	put_cell(out, group, contents->group, false);
	put_blanks(out, GAP);
	put_cell(out, count, CONTENTS_COUNT, true);
	g_string_append_c(out, '\n');
}

static void put_contents(GString *out, const struct digest *digest)
{
	struct contents contents;

	measure(&contents, digest);
	for (unsigned i = 0; i < digest->threads->len; i++) {
		const enum digest_kind kind = digest_kind(digest->threads->pdata[i]);

		if (i == 0 || kind != digest_kind(digest->threads->pdata[i - 1]))
			put_line(out, CONTENTS_INDENT, kind_title(digest->language, kind));
		put_entry(out, &contents, digest, i + 1);
	}
}

/* "2 more posts are not shown here." */
static void put_counted(GString *out, const struct digest *digest)
{
	g_autofree char *text =
	    g_strdup_printf(lang_plural(digest->language, "%u more post is not shown here.",
				"%u more posts are not shown here.", digest->counted),
		digest->counted);

	if (digest->counted > 0)
		put_line(out, CONTENTS_INDENT, text);
}

static void put_head(GString *out, const struct digest *digest)
{
	g_autofree char *day = dates_day(digest->language, digest->zone, digest->at);

	put_filled(out, 0, lang_text(digest->language, "Daily overview for {day}"), "day", day);
	put_sums(out, digest);
	g_string_append_c(out, '\n');
	put_contents(out, digest);
	put_counted(out, digest);
}

/* -- a post -- */

/* The lines of a text without empty ones at the ends, and of several in a row one. */
static GPtrArray *without_gaps(const GPtrArray *lines)
{
	GPtrArray *kept = g_ptr_array_new();
	struct wrap_line *empty = NULL;

	for (unsigned i = 0; i < lines->len; i++) {
		struct wrap_line *line = lines->pdata[i];

		if (*line->text == '\0') {
			empty = line;
			continue;
		}
		if (empty != NULL && kept->len > 0)
			g_ptr_array_add(kept, empty);
		empty = NULL;
		g_ptr_array_add(kept, line);
	}
	return kept;
}

/* How many of the lines are shown. */
static unsigned cut_of(const GPtrArray *lines)
{
	if (lines->len <= DIGEST_LINES_MAX + DIGEST_LINES_MAX / 4)
		return lines->len;
	for (unsigned at = DIGEST_LINES_MAX; at > DIGEST_LINES_MAX / 2; at--) {
		const struct wrap_line *line = lines->pdata[at];

		if (!line->joined)
			return at;
	}
	return DIGEST_LINES_MAX;
}

/* False: there is no text. */
static bool put_text(GString *out, size_t indent, enum lang lang, const struct digest_post *post)
{
	g_autoptr(GPtrArray) all =
	    wrap_text(post->text != NULL ? post->text : "", COLUMNS - indent);
	g_autoptr(GPtrArray) lines = without_gaps(all);
	const unsigned cut = cut_of(lines);
	const unsigned left = lines->len - cut + post->more;

	for (unsigned i = 0; i < cut; i++) {
		const struct wrap_line *line = lines->pdata[i];

		put_line(out, indent, line->text);
	}
	if (left > 0) {
		g_autofree char *rest =
		    g_strdup_printf(lang_plural(lang, "[… %u more line is left out]",
					"[… %u more lines are left out]", left),
			left);

		put_line(out, indent, rest);
	}
	return lines->len > 0;
}

static char *size_text(enum lang lang, int64_t size)
{
	const long long kilo = (size + 1023) / 1024;
	const long long tenths = (size * 10 + (1 << 19)) >> 20; /* of a megabyte */

	if (kilo < 1024)
		return g_strdup_printf(lang_text(lang, "%lld KB"), kilo);
	return g_strdup_printf(lang_text(lang, "%lld.%lld MB"), tenths / 10, tenths % 10);
}

static void put_attachment(
    GString *out, size_t indent, enum lang lang, const struct attachment *attachment)
{
	g_autofree char *line = columns_line(attachment->name);
	g_autofree char *name = columns_cut(line, NAME_COLUMNS);
	g_autofree char *size = size_text(lang, CLAMP(attachment->size, 0, INT64_MAX / 20));
	g_autofree char *text = text_fill(lang_text(lang, "Attachment: {name} ({size})"),
	    (const struct text_value[]){
		{"name", *name != '\0' ? name : lang_text(lang, "(no name)")},
		{"size", size},
		{NULL, NULL},
	    });

	put_folded(out, indent, text);
}

static void put_attachments(
    GString *out, size_t indent, enum lang lang, const GPtrArray *attachments)
{
	const unsigned shown = MIN(attachments->len, ATTACHMENTS_MAX);
	const unsigned left = attachments->len - shown;

	for (unsigned i = 0; i < shown; i++)
		put_attachment(out, indent, lang, attachments->pdata[i]);
	if (left > 0) {
		g_autofree char *rest = g_strdup_printf(
		    lang_plural(lang, "and %u more attachment", "and %u more attachments", left),
		    left);

		put_line(out, indent, rest);
	}
}

static void put_post(GString *out, const struct digest *digest, const struct digest_post *post)
{
	const enum lang lang = digest->language;
	const size_t edge = INDENT * (size_t)MIN(post->depth, DIGEST_DEPTH_MAX);
	const bool attached = post->attachments != NULL && post->attachments->len > 0;
	g_autofree char *author = columns_line(post->author);
	g_autofree char *moment = dates_moment(lang, digest->zone, post->date);
	bool text;

	put_ends(out, edge, *author != '\0' ? author : lang_text(lang, "(unknown)"), moment);
	g_string_append_c(out, '\n');
	text = put_text(out, edge + INDENT, lang, post);
	if (!text && !attached)
		put_line(out, edge + INDENT, lang_text(lang, "(no text)"));
	if (text && (attached || post->reply_to != NULL))
		g_string_append_c(out, '\n');
	if (attached)
		put_attachments(out, edge + INDENT, lang, post->attachments);
	if (post->reply_to != NULL)
		put_filled(out, edge + INDENT, lang_text(lang, "Answer: {address}"), "address",
		    post->reply_to);
	g_string_append_c(out, '\n');
}

/* -- a thread -- */

/* "[Finanzen, seit 19.11.]" */
static char *origin_of(const struct digest *digest, const struct digest_thread *thread)
{
	const bool old = digest->at - thread->begun > OLD_DAYS * (int64_t)86400;
	g_autofree char *title = group_of(thread);
	g_autofree char *group = columns_cut(title, GROUP_COLUMNS);
	g_autofree char *since = old ? dates_iso(digest->zone, thread->begun)
				     : dates_short(digest->language, digest->zone, thread->begun);

	if (old)
		since[strcspn(since, "-")] = '\0';
	return text_fill(lang_text(digest->language, "[{group}, since {date}]"),
	    (const struct text_value[]){{"group", group}, {"date", since}, {NULL, NULL}});
}

/* number: from 1; the subject over some lines perhaps, its origin at the right edge of the last. */
static void put_title(GString *out, const struct digest *digest, unsigned number)
{
	const struct digest_thread *thread = digest->threads->pdata[number - 1];
	g_autofree char *place = g_strdup_printf("%u", number);
	const size_t edge = strlen(place) + GAP;
	g_autofree char *whole = subject_of(digest, thread);
	g_autofree char *subject = columns_cut(whole, SUBJECT_COLUMNS);
	g_autoptr(GPtrArray) lines = wrap_text(subject, COLUMNS - edge);
	g_autofree char *origin = origin_of(digest, thread);
	size_t used = 0;

	put_rule(out, '=');
	for (unsigned i = 0; i < lines->len; i++) {
		const struct wrap_line *line = lines->pdata[i];

		g_string_append(out, i == 0 ? place : "\n");
		put_blanks(out, i == 0 ? GAP : edge);
		g_string_append(out, line->text);
		used = edge + columns_of(line->text);
	}
	if (used + GAP + columns_of(origin) > COLUMNS) {
		g_string_append_c(out, '\n');
		used = 0;
	}
	put_blanks(out, COLUMNS - used - columns_of(origin));
	put_line(out, 0, origin);
	put_rule(out, '=');
	g_string_append_c(out, '\n');
}

static void put_thread(GString *out, const struct digest *digest, unsigned number)
{
	const struct digest_thread *thread = digest->threads->pdata[number - 1];

	put_title(out, digest, number);
	for (unsigned i = 0; i < thread->posts->len; i++)
		put_post(out, digest, thread->posts->pdata[i]);
}

/* -- the whole -- */

/* How one leaves: all groups are of one domain. */
static void put_leaving(GString *out, const struct digest *digest)
{
	const struct digest_thread *thread;
	const char *at;

	if (digest->threads->len == 0)
		return;
	thread = digest->threads->pdata[0];
	at = strrchr(thread->group_address, '@');
	if (at != NULL)
		put_filled(out, 0,
		    lang_text(
			digest->language, "To end it: an empty mail to ueberblick-ab@{domain}"),
		    "domain", at + 1);
}

char *digest_text(const struct digest *digest)
{
	const enum lang lang = digest->language;
	GString *out = g_string_new(NULL);
	g_autofree char *schedule = dates_schedule(lang, digest->minute, digest->days);

	put_head(out, digest);
	g_string_append_c(out, '\n');
	for (unsigned i = 0; i < digest->threads->len; i++)
		put_thread(out, digest, i + 1);
	put_rule(out, '-');
	put_filled(
	    out, 0, lang_text(lang, "You get this overview {schedule}."), "schedule", schedule);
	put_folded(out, 0, lang_text(lang, "An answer goes to all members of the list above it."));
	put_leaving(out, digest);
	return g_string_free(out, FALSE);
}

/* "Gebührensatzung (4)" */
static char *named_thread(const struct digest *digest, const struct digest_thread *thread)
{
	g_autofree char *whole = subject_of(digest, thread);
	g_autofree char *subject = columns_cut(whole, NAMED_COLUMNS);

	return g_strdup_printf("%s (%u)", subject, thread->posts->len);
}

/* The first `named` threads by name, the others by their number. */
static char *subject_naming(const struct digest *digest, unsigned named)
{
	const enum lang lang = digest->language;
	const unsigned left = digest->threads->len - named;
	g_autofree char *more =
	    g_strdup_printf(lang_plural(lang, "%u more", "%u more", left), left);
	g_autofree char *day = dates_short(lang, digest->zone, digest->at);
	g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *list = NULL;

	for (unsigned i = 0; i < named; i++)
		g_ptr_array_add(items, named_thread(digest, digest->threads->pdata[i]));
	if (left > 0)
		g_ptr_array_add(items, g_steal_pointer(&more));
	g_ptr_array_add(items, NULL);
	list = lang_join(lang, (const char *const *)items->pdata);
	return text_fill(lang_text(lang, "Daily overview {day}: {threads}"),
	    (const struct text_value[]){{"day", day}, {"threads", list}, {NULL, NULL}});
}

char *digest_subject(const struct digest *digest)
{
	unsigned named = MIN(digest->threads->len, NAMED_MAX);
	char *subject = subject_naming(digest, named);

	while (named > 1 && g_utf8_strlen(subject, -1) > MAIL_SUBJECT_MAX) {
		g_free(subject);
		subject = subject_naming(digest, --named);
	}
	return subject;
}
