/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest-days.h"

#include <stdlib.h>

#include <glib/gstdio.h>

#include "accept/withdraw.h"
#include "article/body.h"
#include "base/text.h"
#include "courier/due.h"
#include "courier/result.h"
#include "db/db.h"
#include "store/daily.h"
#include "store/delivery.h"
#include "store/person.h"
#include "store/placement.h"
#include "store/subscription.h"
#include "store/wire.h"

#define PEOPLE "@stadt.example"
#define MARK "Stichwort "
#define WORD_MAX 32
#define ARGUMENTS 5

static void need(bool done, const GError *error)
{
	if (!done)
		fail_msg("%s", error != NULL ? error->message : "failed without a reason");
}

/* -- set up -- */

static void set_clock(struct days *days, int64_t now)
{
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "\n", now);

	days->now = now;
	days->sample->arrived = now;
	need(g_file_set_contents(days->clock, text, -1, NULL), NULL);
}

static int64_t time_of(const char *text)
{
	g_autofree char *local = g_strdup_printf("2026-%s:00+01:00", text);
	int64_t seconds = 0;

	if (!text_time(strlen(text) == strlen("11-23T12:00") ? local : text, &seconds))
		fail_msg("%s is no time", text);
	return seconds;
}

static void free_person(gpointer data)
{
	struct days_person *person = data;

	g_free(person->name);
	g_string_free(person->got, TRUE);
	g_string_free(person->each, TRUE);
	g_free(person);
}

static struct days *days_new(void)
{
	struct days *days = g_new0(struct days, 1);

	days->sample = sample_new(NULL);
	days->clock = g_build_filename(days->sample->folder, "clock", NULL);
	days->people = g_ptr_array_new_with_free_func(free_person);
	set_clock(days, time_of("11-23T12:00"));
	g_setenv("UMLAUF_CLOCK", days->clock, TRUE);
	days->maker = digest_maker_new(days->sample->store, days->sample->settings);
	return days;
}

static void days_free(struct days *days)
{
	digest_maker_free(days->maker);
	sample_free(days->sample);
	g_ptr_array_unref(days->people);
	g_unsetenv("UMLAUF_CLOCK");
	g_free(days->clock);
	g_free(days);
}

int days_set_up(void **state)
{
	*state = days_new();
	return 0;
}

int days_tear_down(void **state)
{
	days_free(*state);
	return 0;
}

/* -- who and where -- */

struct group *days_group(struct days *days, const char *name)
{
	const GPtrArray *groups = days->sample->groups;

	for (guint i = 0; i < groups->len; i++) {
		struct group *group = groups->pdata[i];

		if (strcmp(group->name, name) == 0)
			return group;
	}
	return sample_group(days->sample, name);
}

static struct days_person *entry_of(struct days *days, const char *name)
{
	struct days_person *person;

	for (guint i = 0; i < days->people->len; i++) {
		person = days->people->pdata[i];
		if (strcmp(person->name, name) == 0)
			return person;
	}
	person = g_new0(struct days_person, 1);
	person->name = g_strdup(name);
	person->got = g_string_new(NULL);
	person->each = g_string_new(NULL);
	g_ptr_array_add(days->people, person);
	return person;
}

struct person *days_find(struct days *days, const char *name)
{
	g_autofree char *address = g_strconcat(name, PEOPLE, NULL);
	g_autoptr(GError) error = NULL;
	struct person *person;

	entry_of(days, name);
	sample_begin(days->sample);
	need(person_need(days->sample->store, address, LANG_DE, &error) > 0, error);
	sample_commit(days->sample);
	person = person_find(days->sample->store, address, &error);
	need(person != NULL, error);
	return person;
}

static int64_t person_of(struct days *days, const char *name)
{
	struct person *person = days_find(days, name);
	const int64_t id = person->id;

	person_free(person);
	return id;
}

static void take_wish(char **member, const char *value)
{
	g_free(*member);
	*member = value != NULL && strcmp(value, "-") != 0 ? g_strdup(value) : NULL;
}

static void change_person(struct days *days, char **words)
{
	struct person *person = days_find(days, words[1]);
	g_autoptr(GError) error = NULL;

	take_wish(&person->zone, words[2]);
	take_wish(&person->digest_at, words[3]);
	take_wish(&person->digest_days, words[4]);
	sample_begin(days->sample);
	need(person_update(days->sample->store, person, &error), error);
	sample_commit(days->sample);
	person_free(person);
}

static void erase(struct days *days, char **words)
{
	const int64_t id = person_of(days, words[1]);
	g_autoptr(GError) error = NULL;

	sample_begin(days->sample);
	need(person_erase(days->sample->store, id, &error), error);
	sample_commit(days->sample);
}

static void set_mode(struct days *days, char **words)
{
	const int64_t id = person_of(days, words[1]);
	const struct group *group = days_group(days, words[2]);
	enum subscription_mode mode = MODE_NONE;
	g_autoptr(GError) error = NULL;

	assert_true(subscription_mode_parse(words[0], &mode));
	sample_begin(days->sample);
	need(subscription_set(days->sample->store, id, group->id, mode, &error), error);
	sample_commit(days->sample);
}

static void leave(struct days *days, char **words)
{
	const int64_t id = person_of(days, words[1]);
	const struct group *group = days_group(days, words[2]);
	g_autoptr(GError) error = NULL;
	bool found = false;

	sample_begin(days->sample);
	need(subscription_remove(days->sample->store, id, group->id, &found, &error), error);
	sample_commit(days->sample);
	assert_true(found);
}

static void remove_group(struct days *days, char **words)
{
	g_autoptr(GError) error = NULL;

	sample_begin(days->sample);
	need(group_remove(days->sample->store, days_group(days, words[1])->id, &error), error);
	sample_commit(days->sample);
}

/* -- posts -- */

static void submit(struct days *days, const char *mail, const char *groups, bool quiet)
{
	g_auto(GStrv) names = g_strsplit(groups, "+", -1);
	g_autoptr(GPtrArray) into = g_ptr_array_new();
	struct outcome outcome;
	g_autoptr(GError) error = NULL;
	struct submission submission = {
	    .bytes = mail,
	    .size = strlen(mail),
	    .sender = "",
	    .quiet = quiet,
	    .arrived = days->now,
	};

	for (char **name = names; *name != NULL; name++)
		g_ptr_array_add(into, days_group(days, *name));
	submission.groups = (struct group **)into->pdata;
	submission.n_groups = into->len;
	sample_begin(days->sample);
	need(accept_message(
		 days->sample->store, days->sample->settings, &submission, &outcome, &error),
	    error);
	sample_commit(days->sample);
	for (guint i = 0; i < into->len; i++)
		assert_int_equal(outcome.verdicts[i], VERDICT_PLACED);
	outcome_clear(&outcome);
}

/* The moment of it is that of the clock at the first time; "also" must bring the same mail. */
static void post(struct days *days, char **words)
{
	const char *parent = words[3] != NULL && strcmp(words[3], "-") != 0 ? words[3] : NULL;
	const char *author = words[3] != NULL && words[4] != NULL ? words[4] : "chef";
	g_autofree char *date = text_mail_date(days->now);
	g_autofree char *refers =
	    parent != NULL ? g_strdup_printf("In-Reply-To: <%s@x>\r\n", parent) : g_strdup("");
	g_autofree char *mail =
	    g_strdup_printf("From: %s" PEOPLE "\r\nMessage-ID: <%s@x>\r\n%sDate: %s\r\n"
			    "Subject: Zu %s\r\n\r\n" MARK "%s.\r\n",
		author, words[2], refers, date, words[2], words[2]);

	submit(days, mail, words[1], strcmp(words[0], "import") == 0);
}

int64_t days_article(struct days *days, const char *word)
{
	g_autofree char *msgid = g_strdup_printf("<%s@x>", word);
	const int64_t id = sample_id(days->sample, msgid);

	if (id == 0)
		fail_msg("%s was not posted", word);
	return id;
}

static void post_also(struct days *days, char **words)
{
	g_autoptr(GByteArray) wire = g_byte_array_new();
	g_autoptr(GError) error = NULL;

	need(wire_get(days->sample->store, days_article(days, words[2]), wire, &error), error);
	g_byte_array_append(wire, (const guint8 *)"", 1);
	submit(days, (const char *)wire->data, words[1], false);
}

static void withdraw(struct days *days, char **words)
{
	g_autofree char *msgid = g_strdup_printf("<%s@x>", words[1]);
	g_autoptr(GError) error = NULL;

	sample_begin(days->sample);
	need(withdraw_article(days->sample->store, msgid, "test", &error), error);
	sample_commit(days->sample);
}

/* -- what goes out -- */

char *days_words(const char *text)
{
	GString *words = g_string_new(NULL);

	while ((text = strstr(text, MARK)) != NULL) {
		text += strlen(MARK);
		g_string_append_printf(
		    words, "%s%.*s", words->len > 0 ? " " : "", (int)strcspn(text, ".\r\n"), text);
	}
	return g_string_free(words, FALSE);
}

/* The mail of a digest that waits, and what a reader sees of it. */
static char *words_of_digest(struct days *days, const struct delivery *delivery)
{
	g_autoptr(GByteArray) mail = g_byte_array_new();
	g_autoptr(GByteArray) whole = g_byte_array_new();
	gsize size = 0;
	const void *head = g_bytes_get_data(delivery->head, &size);
	struct body body;
	g_autoptr(GError) error = NULL;
	char *words;

	need(delivery_mail(days->sample->store, delivery->mail, mail, &error), error);
	g_byte_array_append(whole, head, (guint)size);
	g_byte_array_append(whole, mail->data, mail->len);
	body_read(&body, (const char *)whole->data, whole->len, LANG_DE);
	words = days_words(body.text);
	body_clear(&body);
	return words;
}

static char *day_of(struct days *days, int64_t delivery)
{
	static const char SQL[] = "SELECT day, posts FROM digest WHERE delivery = ?1";
	struct db_stmt *stmt = db_query(store_db(days->sample->store), NULL, SQL, db_i(delivery));
	char *day;

	assert_non_null(stmt);
	assert_int_equal(db_step(stmt, NULL), DB_ROW);
	day = g_strdup(db_column_text(stmt, 0));
	assert_true(db_column_int(stmt, 1) > 0);
	db_end(stmt);
	return day;
}

static char *word_of_post(struct days *days, const struct delivery *delivery)
{
	struct article *article = article_find_by_id(days->sample->store, delivery->article, NULL);
	char *word;

	assert_non_null(article);
	word = g_strndup(article->msgid + 1, strcspn(article->msgid, "@") - 1);
	article_free(article);
	return word;
}

static void note(struct days *days, const struct delivery *delivery)
{
	g_autofree char *name = g_strndup(delivery->address, strcspn(delivery->address, "@"));
	struct days_person *person = entry_of(days, name);

	if (delivery->kind == DELIVERY_DIGEST) {
		g_autofree char *day = day_of(days, delivery->id);
		g_autofree char *words = words_of_digest(days, delivery);

		g_string_append_printf(
		    person->got, "%s%s %s", person->got->len > 0 ? "; " : "", day + 5, words);
	} else if (delivery->kind == DELIVERY_POST) {
		g_autofree char *word = word_of_post(days, delivery);

		g_string_append_printf(person->each, " %s", word);
	}
}

/* Rows in the order of their ids that are not known yet. */
static void note_new(struct days *days)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) rows = delivery_waiting(days->sample->store, INT32_MAX, &error);

	need(rows != NULL, error);
	for (guint i = 0; i < rows->len; i++) {
		const struct delivery *delivery = rows->pdata[i];

		if (delivery->id > days->seen)
			note(days, delivery);
	}
	days->seen = sample_count(days->sample, "SELECT coalesce(max(id), 0) FROM delivery");
}

static void take(struct days *days)
{
	g_autoptr(GError) error = NULL;
	unsigned taken = 0;
	bool more = true;

	while (more)
		need(courier_due_take(days->sample->store, &more, &taken, &error), error);
	note_new(days);
}

static void make(struct days *days)
{
	g_autoptr(GError) error = NULL;
	unsigned made = 0;
	bool more = true;

	while (more)
		need(digest_make_due(days->maker, days->now, &made, &more, &error), error);
	note_new(days);
}

/* -- the relay's answers -- */

static void answer(struct days *days, const char *name, enum relay_end end)
{
	const int64_t id = person_of(days, name);
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) rows =
	    delivery_due(days->sample->store, days->now, NULL, INT32_MAX, &error);
	g_autoptr(GPtrArray) answered = g_ptr_array_new();
	const struct courier_reply reply = {.tried = COURIER_TRIED, .end = end, .text = "so it is"};

	need(rows != NULL, error);
	for (guint i = 0; i < rows->len; i++) {
		struct delivery *delivery = rows->pdata[i];

		if (delivery->person == id &&
		    courier_result_apply(delivery, &reply, days->sample->settings, days->now))
			g_ptr_array_add(answered, delivery);
	}
	assert_true(answered->len > 0);
	sample_begin(days->sample);
	need(courier_result_write(days->sample->store, days->sample->settings, answered, &error),
	    error);
	sample_commit(days->sample);
	note_new(days);
}

static void sent(struct days *days, char **words)
{
	answer(days, words[1], RELAY_SENT);
}

static void refused(struct days *days, char **words)
{
	answer(days, words[1], RELAY_PERM);
}

static void deferred(struct days *days, char **words)
{
	answer(days, words[1], RELAY_TEMP);
}

static void lost(struct days *days, char **words)
{
	answer(days, words[1], RELAY_UNKNOWN);
}

/* -- scripts -- */

static void say_group(struct days *days, char **words)
{
	days_group(days, words[1]);
}

static void say_clock(struct days *days, char **words)
{
	set_clock(days, time_of(words[1]));
}

static void stop(struct days *days, char **words)
{
	const int64_t id = person_of(days, words[1]);
	g_autoptr(GError) error = NULL;
	bool found = false;

	sample_begin(days->sample);
	need(subscription_leave_digest(days->sample->store, id, &found, &error), error);
	sample_commit(days->sample);
	assert_true(found);
}

static void tidy(struct days *days, char **words)
{
	const int64_t before = days->now - 30 * INT64_C(86400);
	g_autoptr(GError) error = NULL;
	bool more = true;

	(void)words;
	sample_begin(days->sample);
	need(delivery_mend_clock(days->sample->store, days->now, &error), error);
	while (more)
		need(delivery_prune(days->sample->store, before, &more, &error), error);
	need(daily_prune(days->sample->store, before, &error), error);
	sample_commit(days->sample);
}

static void say_take(struct days *days, char **words)
{
	(void)words;
	take(days);
}

static void say_make(struct days *days, char **words)
{
	(void)words;
	make(days);
}

static void say_at(struct days *days, char **words)
{
	say_clock(days, words);
	take(days);
	make(days);
}

static const struct {
	const char *name;
	void (*run)(struct days *days, char **words);
	unsigned arguments; /* at least */
} statements[] = {
    {"also", post_also, 2},
    {"at", say_at, 1},
    {"clock", say_clock, 1},
    {"deferred", deferred, 1},
    {"digest", set_mode, 2},
    {"each", set_mode, 2},
    {"erase", erase, 1},
    {"group", say_group, 1},
    {"import", post, 2},
    {"leave", leave, 2},
    {"lost", lost, 1},
    {"make", say_make, 0},
    {"none", set_mode, 2},
    {"person", change_person, 1},
    {"post", post, 2},
    {"refused", refused, 1},
    {"remove", remove_group, 1},
    {"sent", sent, 1},
    {"stop", stop, 1},
    {"take", say_take, 0},
    {"tidy", tidy, 0},
    {"withdraw", withdraw, 1},
};

static void run_statement(struct days *days, const char *statement)
{
	g_auto(GStrv) words = g_strsplit(statement, " ", -1);
	char *padded[ARGUMENTS + 1] = {NULL};
	const guint count = g_strv_length(words);

	assert_in_range(count, 1, ARGUMENTS);
	memcpy(padded, words, count * sizeof(*words));
	for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
		if (strcmp(statements[i].name, words[0]) != 0)
			continue;
		assert_in_range(count, statements[i].arguments + 1, ARGUMENTS);
		statements[i].run(days, padded);
		return;
	}
	fail_msg("<%s> is no statement", statement);
}

void days_run(struct days *days, const char *script)
{
	g_auto(GStrv) all = g_strsplit(script, ", ", -1);

	for (char **statement = all; *statement != NULL; statement++)
		run_statement(days, *statement);
}

char *days_got(const struct days *days)
{
	GString *out = g_string_new(NULL);

	for (guint i = 0; i < days->people->len; i++) {
		const struct days_person *person = days->people->pdata[i];

		if (person->got->len == 0 && person->each->len == 0)
			continue;
		g_string_append_printf(out, "%s%s:", out->len > 0 ? " | " : "", person->name);
		if (person->got->len > 0)
			g_string_append_printf(out, " %s", person->got->str);
		if (person->each->len > 0)
			g_string_append_printf(
			    out, "%s each%s", person->got->len > 0 ? "." : "", person->each->str);
	}
	return g_string_free(out, FALSE);
}

bool days_agree(const char *name, const char *script, const char *wanted)
{
	struct days *days = days_new();
	g_autofree char *got = NULL;
	bool same;

	days_run(days, script);
	got = days_got(days);
	same = strcmp(got, wanted) == 0;
	if (!same)
		print_message(
		    "# %s:\n#   %s\n#   got:    %s\n#   wanted: %s\n", name, script, got, wanted);
	sample_verify(days->sample);
	days_free(days);
	return same;
}
