/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/collect.h"

#include "digest-days.h"

#include "article/body.h"
#include "digest/order.h"
#include "store/daily.h"
#include "store/suspect.h"

static struct digest *collect(struct days *days, const char *name)
{
	struct person *person = days_find(days, name);
	g_autoptr(GError) error = NULL;
	struct digest *digest = digest_of(days->maker, person, days->now, &error);

	if (digest == NULL)
		fail_msg("%s", error->message);
	person_free(person);
	return digest;
}

static const char *kind_of(const struct digest_thread *thread)
{
	static const char *const names[] = {"own", "new", "on"};

	return names[digest_kind(thread)];
}

/* "own bau: a b1; new rat: c": threads, their posts with their depth where it is not 0. */
static char *outline(const struct digest *digest)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < digest->threads->len; i++) {
		const struct digest_thread *thread = digest->threads->pdata[i];

		g_string_append_printf(out, "%s%s %.*s:", i > 0 ? "; " : "", kind_of(thread),
		    (int)strcspn(thread->group_address, "@"), thread->group_address);
		for (guint k = 0; k < thread->posts->len; k++) {
			const struct digest_post *post = thread->posts->pdata[k];
			g_autofree char *word = days_words(post->text);

			g_string_append_printf(out, " %s", word);
			if (post->depth > 0)
				g_string_append_printf(out, "%u", post->depth);
		}
	}
	if (digest->counted > 0)
		g_string_append_printf(out, " +%u", digest->counted);
	return g_string_free(out, FALSE);
}

static void assert_outline(struct days *days, const char *name, const char *wanted)
{
	struct digest *digest = collect(days, name);
	g_autofree char *got = outline(digest);

	assert_string_equal(got, wanted);
	digest_free(digest);
}

struct example {
	const char *name;
	const char *script;
	const char *outline; /* of anna's digest */
};

/* clang-format off */
static const struct example examples[] = {
    {"nothing", "digest anna bau", ""},
    {"one's own thread first, then the new, then what goes on",
	"post bau old, post bau mine - anna, digest anna bau, post bau w old, post bau x, "
	"post bau y mine, post bau z",
	"own bau: y; new bau: x; new bau: z; on bau: w"},
    {"one's own by an answer somewhere in it",
	"post bau q, post bau r q anna, digest anna bau, post bau x, post bau y q",
	"own bau: y; new bau: x"},
    {"one's own new thread, one's own post in it",
	"digest anna bau, post bau x, post bau y - anna", "own bau: y; new bau: x"},
    {"what another wrote is not one's own",
	"post bau q - bert, digest anna bau, post bau y q bert", "on bau: y"},
    {"the tree, oldest first",
	"digest anna bau, post bau a, clock 11-23T12:01, post bau b a, clock 11-23T12:02, "
	"post bau c a, clock 11-23T12:03, post bau d b, clock 11-23T12:04, post bau e d, "
	"clock 11-23T12:05, post bau f e",
	"new bau: a b1 d2 e3 f3 c1"},
    {"answers to what was told before stand by themselves",
	"post bau a, digest anna bau, clock 11-23T12:01, post bau b a, clock 11-23T12:02, "
	"post bau c b, clock 11-23T12:03, post bau d a",
	"on bau: b c1 d"},
    {"an answer arrives before its question",
	"digest anna bau, post bau b a, clock 11-23T11:00, post bau a", "new bau: a b1"},
    {"a crosspost is shown once, where it was placed first",
	"digest anna rat, digest anna bau, post bau+rat a, post rat b",
	"new rat: a; new rat: b"},
    {"groups in which one wants single posts, or none",
	"digest anna bau, each anna rat, none anna amt, post amt x, post rat y, post bau z",
	"new bau: z"},
    {"withdrawn and imported ones are not there",
	"digest anna bau, post bau a, post bau b a, import bau c a, withdraw a", "on bau: b"},
};
/* clang-format on */

static void test_examples(void **state)
{
	struct days *days = *state;

	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		print_message("# %s\n", examples[i].name);
		days_run(days, examples[i].script);
		assert_outline(days, "anna", examples[i].outline);
		assert_int_equal(days_tear_down(state), 0);
		assert_int_equal(days_set_up(state), 0);
		days = *state;
	}
}

/* More than 50 are counted; the thread that is not reached is no thread, its group not named. */
static void test_cut(void **state)
{
	struct days *days = *state;
	struct digest *digest;
	const struct digest_thread *last;

	days_run(days, "digest anna bau, digest anna rat, post bau w0");
	for (unsigned i = 1; i < 30; i++) {
		g_autofree char *script = g_strdup_printf("post bau w%u w0", i);

		days_run(days, script);
	}
	days_run(days, "clock 11-23T13:00, post bau x0");
	for (unsigned i = 1; i < 25; i++) {
		g_autofree char *script = g_strdup_printf("post bau x%u x0", i);

		days_run(days, script);
	}
	days_run(days, "clock 11-23T14:00, post rat z, take");
	digest = collect(days, "anna");
	assert_int_equal(digest_posts(digest), DIGEST_POSTS_MAX);
	assert_int_equal(digest->counted, 6);
	assert_int_equal(digest->threads->len, 2);
	last = digest->threads->pdata[1];
	assert_int_equal(last->posts->len, 20);
	assert_int_equal(digest->titles->len, 1);
	digest_free(digest);
	/* What was counted only has been told of. */
	days_run(days, "at 11-24T06:30, post bau later, at 11-25T06:30");
	assert_int_equal(
	    sample_count(days->sample, "SELECT posts FROM digest WHERE day = '2026-11-24'"), 56);
	assert_int_equal(
	    sample_count(days->sample, "SELECT posts FROM digest WHERE day = '2026-11-25'"), 1);
}

static void accept(struct days *days, const char *group, const char *head)
{
	struct group *into = days_group(days, group);

	assert_int_equal(sample_post(days->sample, into, head), VERDICT_PLACED);
}

static const struct digest_thread *only_thread(const struct digest *digest)
{
	assert_int_equal(digest->threads->len, 1);
	return digest->threads->pdata[0];
}

static const struct digest_post *only_post(const struct digest *digest)
{
	const struct digest_thread *thread = only_thread(digest);

	assert_int_equal(thread->posts->len, 1);
	return thread->posts->pdata[0];
}

static void test_authors(void **state)
{
	static const struct {
		const char *from;
		const char *author;
	} cases[] = {
	    {"From: Anna Muster <anna@stadt.example>\n", "Anna Muster"},
	    {"From: =?iso-8859-1?Q?J=F6rg_M=FCller?= <j@stadt.example>\n", "Jörg Müller"},
	    {"From: \"Müller, Jörg\" <j@stadt.example>\n", "Müller, Jörg"},
	    {"From: kaemmerei@stadt.example\n", "kaemmerei@stadt.example"},
	    {"From: j@stadt.example (Jörg)\n", "Jörg"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct days *days = *state;
		struct digest *digest;

		days_run(days, "digest bert bau");
		accept(days, "bau", cases[i].from);
		digest = collect(days, "bert");
		assert_string_equal(only_post(digest)->author, cases[i].author);
		digest_free(digest);
		assert_int_equal(days_tear_down(state), 0);
		assert_int_equal(days_set_up(state), 0);
	}
}

/* Subject and age of a thread are its root's, be it new or not; a withdrawn one's are not told. */
static void test_titles(void **state)
{
	struct days *days = *state;
	struct digest *digest;
	const struct digest_thread *thread;

	days_group(days, "bau");
	accept(days, "bau",
	    "Message-ID: <root@x>\nSubject: =?utf-8?q?Geb=C3=BChren?=\n"
	    "Date: Thu, 19 Nov 2026 08:00:00 +0100\n");
	days_run(days, "digest anna bau");
	accept(days, "bau",
	    "Message-ID: <answer@x>\nIn-Reply-To: <root@x>\nSubject: AW: [Bau] was anderes\n"
	    "Date: Mon, 23 Nov 2026 08:00:00 +0100\n");
	digest = collect(days, "anna");
	thread = only_thread(digest);
	assert_string_equal(thread->subject, "Gebühren");
	assert_int_equal(thread->begun, INT64_C(1795071600));
	assert_string_equal(thread->group_address, "bau@listen.example");
	digest_free(digest);
	days_run(days, "withdraw root");
	digest = collect(days, "anna");
	thread = only_thread(digest);
	assert_string_equal(thread->subject, "AW: [Bau] was anderes");
	assert_int_equal(thread->begun, INT64_C(1795417200));
	digest_free(digest);
}

/* A thread that began where one may not read: its subject isn't told. */
static void test_elsewhere(void **state)
{
	struct days *days = *state;
	struct digest *digest;
	const struct digest_thread *thread;

	days_group(days, "personal");
	accept(days, "personal",
	    "Message-ID: <root@x>\nSubject: Abmahnung\nDate: Thu, 19 Nov 2026 08:00:00 +0100\n");
	days_run(days, "digest anna bau");
	accept(days, "bau",
	    "Message-ID: <answer@x>\nIn-Reply-To: <root@x>\nSubject: Formular\n"
	    "Date: Mon, 23 Nov 2026 08:00:00 +0100\n");
	digest = collect(days, "anna");
	thread = only_thread(digest);
	assert_string_equal(thread->subject, "Formular");
	assert_int_equal(thread->begun, INT64_C(1795417200));
	assert_string_equal(thread->group_address, "bau@listen.example");
	digest_free(digest);
}

/* Of a long post the beginning is kept, and how many more lines there are: "Hallo" is the last. */
static void test_long(void **state)
{
	static const struct {
		unsigned lines;
		unsigned width;
		unsigned more;
	} cases[] = {{81, 98, 0}, {83, 98, 4}, {90, 98, 11}, {1, 9000, 3}, {2, 9000, 4}};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct days *days = *state;
		g_autoptr(GString) text = g_string_new("Message-ID: <1@x>\n\n");
		struct digest *digest;
		const struct digest_post *post;

		for (unsigned k = 0; k < cases[i].lines; k++) {
			for (unsigned n = 0; n < cases[i].width; n++)
				g_string_append_c(text, n % 10 == 9 ? ' ' : 'x');
			g_string_append(text, "y\n");
		}
		days_run(days, "digest anna bau");
		accept(days, "bau", text->str);
		digest = collect(days, "anna");
		post = only_post(digest);
		print_message("# %u of %u\n", cases[i].lines, cases[i].width);
		assert_int_equal(post->more, cases[i].more);
		assert_true(strlen(post->text) <= 8192);
		assert_int_equal(days_tear_down(state), 0);
		digest_free(digest);
		assert_int_equal(days_set_up(state), 0);
	}
}

/* Text as read from the parts, the quotation folded, attachments by name. */
static void test_text(void **state)
{
	struct days *days = *state;
	struct digest *digest;
	const struct digest_post *post;
	const struct attachment *attachment;

	days_run(days, "digest anna bau");
	accept(days, "bau",
	    "Message-ID: <1@x>\nMIME-Version: 1.0\n"
	    "Content-Type: multipart/mixed; boundary=b\n\n"
	    "--b\nContent-Type: text/plain; charset=iso-8859-1\n"
	    "Content-Transfer-Encoding: quoted-printable\n\n"
	    "Gr=FC=DFe aus dem Bauamt\n"
	    "--b\nContent-Type: application/pdf; name=\"plan.pdf\"\n"
	    "Content-Transfer-Encoding: base64\n\nSGFsbG8=\n--b--\n");
	digest = collect(days, "anna");
	post = only_post(digest);
	assert_non_null(strstr(post->text, "Grüße aus dem Bauamt"));
	assert_int_equal(post->attachments->len, 1);
	attachment = post->attachments->pdata[0];
	assert_string_equal(attachment->name, "plan.pdf");
	assert_int_equal(attachment->size, 5);
	digest_free(digest);
}

/* -- the shelf -- */

static struct digest *collect_from(struct digest_shelf *shelf, struct days *days, const char *name)
{
	struct person *person = days_find(days, name);
	const struct digest_wish wish = {
	    .person = person, .zone = "Europe/Berlin", .at = days->now, .minute = 390, .days = 1};
	g_autoptr(GArray) ranges = NULL;
	struct digest *digest = digest_collect(shelf, &wish, &ranges, NULL);

	assert_non_null(digest);
	assert_int_equal(ranges->len, 1);
	assert_int_equal(g_array_index(ranges, struct daily_range, 0).low, 1);
	assert_int_equal(g_array_index(ranges, struct daily_range, 0).high, 2);
	person_free(person);
	return digest;
}

/* What we say ourselves in a text is said to each person in their language. */
static void test_languages(void **state)
{
	static const struct {
		enum lang lang;
		const char *words;
	} readers[] = {{LANG_DE, "Rathaus"}, {LANG_EN, "Appointment: Tuesday, 12 January 2027"}};
	struct days *days = *state;
	struct digest_shelf *shelf = digest_shelf_new(days->sample->store);

	days_run(days, "digest anna bau");
	accept(days, "bau",
	    "Message-ID: <1@x>\nMIME-Version: 1.0\nContent-Type: text/calendar\n\n"
	    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270112T100000\nLOCATION:Rathaus\n"
	    "END:VEVENT\nEND:VCALENDAR\n");
	for (size_t i = 0; i < G_N_ELEMENTS(readers); i++) {
		struct person *person = days_find(days, "anna");
		const struct digest_wish wish = {.person = person,
		    .zone = "Europe/Berlin",
		    .at = days->now,
		    .minute = 390,
		    .days = 1};
		g_autoptr(GArray) ranges = NULL;
		struct digest *digest;

		person->language = readers[i].lang;
		digest = digest_collect(shelf, &wish, &ranges, NULL);
		assert_non_null(digest);
		assert_non_null(strstr(only_post(digest)->text, readers[i].words));
		digest_free(digest);
		person_free(person);
	}
	digest_shelf_free(shelf);
}

/* What was read for one is there for the next; what is set aside is named, the rest shown. */
static void test_shelf(void **state)
{
	struct days *days = *state;
	struct digest_shelf *shelf = digest_shelf_new(days->sample->store);
	struct digest *digest;
	g_autofree char *got = NULL;
	const struct digest_thread *thread;
	const struct digest_post *post;
	int64_t a;

	days_run(days, "digest anna bau, digest bert bau, post bau a, post bau b a");
	a = days_article(days, "a");
	assert_false(digest_shelf_has(shelf, a));
	digest_free(collect_from(shelf, days, "anna"));
	assert_true(digest_shelf_has(shelf, a));
	/* No longer in the store: it comes from the shelf. */
	sample_begin(days->sample);
	sample_count(days->sample, "DELETE FROM wire RETURNING article");
	sample_commit(days->sample);
	digest = collect_from(shelf, days, "bert");
	got = outline(digest);
	assert_string_equal(got, "new bau: a b1");
	digest_free(digest);
	digest_shelf_set_aside(shelf, a);
	digest = collect_from(shelf, days, "bert");
	thread = only_thread(digest);
	assert_int_equal(thread->posts->len, 2);
	post = thread->posts->pdata[0];
	assert_string_equal(post->text, "(This post can't be shown. The operator knows.)");
	digest_free(digest);
	digest_shelf_free(shelf);
}

/* One that has ended the courier three times is not looked into any more. */
static void test_suspect(void **state)
{
	struct days *days = *state;
	g_autofree char *got = NULL;
	int64_t a;

	days_run(days, "digest anna bau, post bau a, post bau b");
	a = days_article(days, "a");
	for (int i = 0; i < SUSPECT_TRIES; i++) {
		sample_begin(days->sample);
		assert_int_equal(suspect_note(days->sample->store, "digest", a, NULL), i);
		sample_commit(days->sample);
	}
	days_run(days, "at 11-24T06:30, at 11-25T06:30");
	got = days_got(days);
	assert_string_equal(got, "anna: 11-24 b");
	assert_int_equal(sample_count(days->sample, "SELECT posts FROM digest"), 2);
	assert_int_equal(sample_count(days->sample, "SELECT count(*) FROM suspect"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    days_test(test_examples),
	    days_test(test_cut),
	    days_test(test_authors),
	    days_test(test_titles),
	    days_test(test_elsewhere),
	    days_test(test_long),
	    days_test(test_text),
	    days_test(test_languages),
	    days_test(test_shelf),
	    days_test(test_suspect),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("digest/collect", tests, NULL, NULL);
}
