/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/make.h"

#include "digest-days.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/lang.h"
#include "db/db.h"
#include "store/delivery.h"
#include "store/person.h"
#include "store/subscription.h"

/* In the scripts (digest-days.h) Tuesday is 11-24, Friday 11-27, Monday again 11-30. */
struct example {
	const char *name;
	const char *script;
	const char *got;
};

#define FIVE "post bau a, at 11-24T06:30, "

/* clang-format off */
static const struct example when[] = {
    {"no sooner than the hour", "digest anna bau, post bau a, at 11-24T06:29", ""},
    {"at the hour, once",
	"digest anna bau, post bau a, at 11-24T06:30, at 11-24T06:31, at 11-24T23:59",
	"anna: 11-24 a"},
    {"no mail on days without posts",
	"digest anna bau, at 11-24T06:30, post bau a, at 11-25T06:30, at 11-26T06:30, "
	"clock 11-26T08:00, post bau b, at 11-27T06:30",
	"anna: 11-25 a; 11-27 b"},
    {"a day without posts has been done: what comes after the hour waits for tomorrow",
	"digest anna bau, at 11-24T06:30, post bau a, at 11-24T09:00, at 11-25T06:30",
	"anna: 11-25 a"},
    {"the daemon was away at the hour",
	"digest anna bau, post bau a, at 11-24T09:00, post bau b, at 11-25T06:30",
	"anna: 11-24 a; 11-25 b"},
    {"away for days: one digest, of the latest hour",
	"digest anna bau, post bau a, at 11-24T06:30, post bau b, at 11-27T05:00, at 11-27T06:30",
	"anna: 11-24 a; 11-26 b"},
    {"joined after the hour: today's is not owed",
	"clock 11-24T08:00, digest anna bau, post bau a, at 11-24T09:00, at 11-25T06:30",
	"anna: 11-25 a"},
    {"joined before the hour, on the same day",
	"clock 11-24T06:00, digest anna bau, post bau a, at 11-24T06:30", "anna: 11-24 a"},
    {"what was there when one joined is not told",
	"post bau a, digest anna bau, post bau b, at 11-24T06:30", "anna: 11-24 b"},
    {"another group later: its new posts, no second mail",
	"digest anna bau, post bau a, at 11-24T06:30, clock 11-24T08:00, post rat b, "
	"digest anna rat, post rat c, at 11-24T09:00, at 11-25T06:30",
	"anna: 11-24 a; 11-25 c"},
    {"Monday's covers the weekend",
	"digest anna bau, at 11-27T06:30, clock 11-27T12:00, post bau a, at 11-28T06:30, "
	"post bau b, at 11-29T06:30, post bau c, at 11-30T06:30",
	"anna: 11-30 a b c"},
    {"daily, and on Wednesdays",
	"person anna - - daily, person bert - - Wed, digest anna bau, digest bert bau, post bau a, "
	"at 11-24T06:30, post bau b, at 11-25T06:30, at 11-27T12:00, post bau c, at 11-28T06:30, "
	"at 12-02T06:30",
	"anna: 11-24 a; 11-25 b; 11-28 c | bert: 11-25 a b; 12-02 c"},
    {"zones and hours: each in their own",
	"person anna Asia/Kathmandu 06:30 daily, person bert America/St_Johns 23:59 daily, "
	"person carl - 11:30 daily, digest anna bau, digest bert bau, digest carl bau, post bau a, "
	"at 2026-11-24T00:44:59Z, at 2026-11-24T00:45:00Z, at 2026-11-24T03:28:59Z, "
	"at 2026-11-24T03:29:00Z, at 2026-11-24T10:29:59Z, at 2026-11-24T10:30:00Z",
	"anna: 11-24 a | bert: 11-23 a | carl: 11-24 a"},
    {"an hour that the clocks leave out is the first moment behind it",
	"clock 2027-03-27T12:00:00+01:00, person anna - 02:30 daily, digest anna bau, post bau a, "
	"at 2027-03-28T01:59:59+01:00, at 2027-03-28T03:00:00+02:00, post bau b, "
	"at 2027-03-29T02:30:00+02:00",
	"anna: 03-28 a; 03-29 b"},
    {"an hour that comes twice counts once",
	"clock 2027-10-30T12:00:00+02:00, person anna - 02:30 daily, digest anna bau, post bau a, "
	"at 2027-10-31T02:30:00+02:00, post bau b, at 2027-10-31T02:30:00+01:00, "
	"at 2027-11-01T02:29:00+01:00, at 2027-11-01T02:30:00+01:00",
	"anna: 10-31 a; 11-01 b"},
    {"29 February", "clock 2028-02-28T12:00:00+01:00, digest anna bau, post bau a, "
	"at 2028-02-29T06:30:00+01:00, post bau b, at 2028-03-01T06:30:00+01:00",
	"anna: 02-29 a; 03-01 b"},
};

static const struct example changed[] = {
    {"a later hour on a day that had its digest",
	"digest anna bau, " FIVE "post bau b, person anna - 12:00, at 11-24T12:00, at 11-25T12:00",
	"anna: 11-24 a; 11-25 b"},
    {"a later hour on a day that had none: it has one then",
	"digest anna bau, at 11-24T06:30, post bau a, person anna - 12:00, at 11-24T12:00",
	"anna: 11-24 a"},
    {"an earlier hour, of which yesterday's was the last",
	"person anna - 18:00, digest anna bau, post bau a, at 11-23T18:00, post bau b, "
	"clock 11-24T10:00, person anna - 06:30, at 11-24T10:01, post bau c, at 11-24T18:00, "
	"at 11-25T06:30",
	"anna: 11-23 a; 11-24 b; 11-25 c"},
    {"an earlier hour after today's",
	"digest anna bau, " FIVE "post bau b, person anna - 05:00, at 11-24T07:00, at 11-25T05:00",
	"anna: 11-24 a; 11-25 b"},
    {"a zone further west, where that day's hour is still to come",
	"digest anna bau, " FIVE "post bau b, person anna America/New_York, at 11-24T12:30, "
	"at 11-25T12:30",
	"anna: 11-24 a; 11-25 b"},
    {"a zone in which the day comes again",
	"person anna Pacific/Apia, digest anna bau, post bau a, at 2026-11-24T06:30:00+13:00, "
	"post bau b, person anna Pacific/Pago_Pago, at 2026-11-24T06:29:00-11:00, "
	"at 2026-11-24T06:30:00-11:00, at 2026-11-25T06:30:00-11:00",
	"anna: 11-24 a; 11-25 b"},
    {"other days: from the next one on",
	"digest anna bau, at 11-27T06:30, post bau a, clock 11-28T12:00, person anna - - Sun, "
	"at 11-28T12:01, at 11-29T06:30",
	"anna: 11-29 a"},
    {"the clock went forward by days and back: nothing twice, nothing lost",
	"digest anna bau, post bau a, at 12-04T07:00, post bau b, at 11-24T12:00, at 11-25T06:30, "
	"at 12-07T06:30",
	"anna: 12-04 a; 11-25 b"},
    {"the clock went back by hours over the hour",
	"digest anna bau, " FIVE "post bau b, at 11-24T03:00, at 11-24T06:30, at 11-25T06:30",
	"anna: 11-24 a; 11-25 b"},
    {"the clock was ten years ahead when it was put right",
	"digest anna bau, post bau a, at 2036-11-24T07:00:00+01:00, post bau b, at 11-24T12:00, "
	"at 11-25T06:30",
	"anna: 11-24 a; 11-25 b"},
};

static const struct example modes[] = {
    {"digest, each, digest: between two digests",
	"digest anna bau, post bau a, each anna bau, post bau b, take, digest anna bau, post bau c, "
	"at 11-24T06:30, at 11-25T06:30",
	"anna: 11-24 a c. each b"},
    {"each, digest, each",
	"each anna bau, post bau a, take, digest anna bau, post bau b, each anna bau, post bau c, "
	"at 11-24T06:30, at 11-25T06:30",
	"anna: 11-24 b. each a c"},
    {"each, digest, each before the courier has looked",
	"each anna bau, post bau a, digest anna bau, post bau b, each anna bau, post bau c, "
	"at 11-24T06:30, at 11-25T06:30",
	"anna: 11-24 b. each a c"},
    {"each, digest, each, digest before the courier has looked",
	"each anna bau, post bau a, digest anna bau, post bau b, each anna bau, post bau c, "
	"digest anna bau, post bau d, at 11-24T06:30, at 11-25T06:30",
	"anna: 11-24 b d. each a c"},
    {"digest, each, digest, each before the courier has looked",
	"digest anna bau, post bau a, each anna bau, post bau b, digest anna bau, post bau c, "
	"each anna bau, post bau d, at 11-24T06:30, at 11-25T06:30",
	"anna: 11-24 a c. each b d"},
    {"digest, each, digest, and a digest made by another before the courier has looked",
	"digest anna bau, post bau a, each anna bau, post bau b, digest anna bau, post bau c, "
	"clock 11-24T06:30, make, take, at 11-25T06:30",
	"anna: 11-24 a c. each b"},
    {"the same mode again changes nothing",
	"digest anna bau, post bau a, digest anna bau, post bau b, at 11-24T06:30",
	"anna: 11-24 a b"},
    {"each from now on: the digest brings what was before",
	"digest anna bau, post bau a, each anna bau, post bau b, at 11-24T06:30, post bau c, "
	"at 11-25T06:30",
	"anna: 11-24 a. each b c"},
    {"none: nothing more at all",
	"digest anna bau, post bau a, none anna bau, post bau b, at 11-24T06:30", ""},
    {"no digest any more, but single posts of other groups as before",
	"digest anna bau, each anna rat, digest anna amt, each anna amt, post bau+amt a, stop anna, "
	"post rat b, post amt c, post bau d, at 11-24T06:30",
	"anna: each b a c"},
    {"none and digest again: from now on",
	"digest anna bau, post bau a, none anna bau, post bau b, digest anna bau, post bau c, "
	"at 11-24T06:30",
	"anna: 11-24 c"},
    {"left and joined again",
	"digest anna bau, post bau a, leave anna bau, post bau b, digest anna bau, post bau c, "
	"at 11-24T06:30",
	"anna: 11-24 c"},
    {"none after a digest that failed: what it owes is not told either",
	"digest anna bau, digest anna rat, post bau a, at 11-24T06:30, post bau b, at 11-25T06:30, "
	"refused anna, none anna bau, post rat c, at 11-26T06:30",
	"anna: 11-24 a; 11-25 b; 11-26 c"},
};

static const struct example posts[] = {
    {"a crosspost comes once",
	"digest anna bau, digest anna rat, post bau+rat a, at 11-24T06:30, at 11-25T06:30",
	"anna: 11-24 a"},
    {"it comes by another group on a later day: once",
	"digest anna bau, digest anna rat, post bau a, at 11-24T06:30, also rat a, post rat b, "
	"at 11-25T06:30",
	"anna: 11-24 a; 11-25 b"},
    {"a crosspost, singly by one group: not in the digest",
	"each anna bau, digest anna rat, post bau+rat a, post rat b, at 11-24T06:30",
	"anna: 11-24 b. each a"},
    {"likewise where the digest was made before the courier has looked",
	"each anna bau, digest anna rat, post bau+rat a, clock 11-24T06:30, make, take, "
	"at 11-25T06:30",
	"anna: 11-24 a"},
    {"it was in a digest when it comes to a group whose posts come singly",
	"digest anna bau, each anna rat, post bau a, at 11-24T06:30, also rat a, post rat b, "
	"at 11-25T06:30",
	"anna: 11-24 a. each b"},
    {"a single post that was dropped comes by the digest of the other group",
	"each anna bau, digest anna rat, post bau+rat a, take, leave anna bau, at 11-24T06:30",
	"anna: 11-24 a. each a"},
    {"what is imported is nobody's news",
	"digest anna bau, import bau a, post bau b, import bau c, at 11-24T06:30, import bau d, "
	"at 11-25T06:30, post bau e, at 11-26T06:30",
	"anna: 11-24 b; 11-26 e"},
    {"withdrawn before the digest",
	"digest anna bau, post bau a, post bau b, withdraw a, at 11-24T06:30, post bau c, "
	"withdraw c, at 11-25T06:30",
	"anna: 11-24 b"},
    {"the group is removed",
	"digest anna bau, digest anna rat, post bau a, post rat b, remove bau, at 11-24T06:30",
	"anna: 11-24 b"},
    {"the group is removed after a digest that failed",
	"digest anna bau, digest anna rat, post bau a, post rat b, at 11-24T06:30, refused anna, "
	"remove bau, at 11-25T06:30",
	"anna: 11-24 a b; 11-25 b"},
    {"who is erased gets nothing, the others do",
	"digest anna bau, digest bert bau, post bau a, erase anna, at 11-24T06:30",
	"bert: 11-24 a"},
    {"erased while a digest is under way",
	"digest anna bau, digest bert bau, post bau a, at 11-24T06:30, erase anna, refused bert, "
	"post bau b, at 11-25T06:30",
	"anna: 11-24 a | bert: 11-24 a; 11-25 a b"},
};

static const struct example answers[] = {
    {"sent: gone", "digest anna bau, " FIVE "sent anna, post bau b, at 11-25T06:30",
	"anna: 11-24 a; 11-25 b"},
    {"refused: comes with the next one, not sooner",
	"digest anna bau, " FIVE "refused anna, at 11-24T07:00, post bau b, at 11-25T06:30, "
	"sent anna, at 11-26T06:30",
	"anna: 11-24 a; 11-25 a b"},
    {"refused on a day, and no new post: the next day all the same",
	"digest anna bau, " FIVE "refused anna, at 11-25T06:30", "anna: 11-24 a; 11-25 a"},
    {"refused again and again",
	"digest anna bau, " FIVE "refused anna, post bau b, at 11-25T06:30, refused anna, "
	"post bau c, at 11-26T06:30",
	"anna: 11-24 a; 11-25 a b; 11-26 a b c"},
    {"a later one was made meanwhile: owed beside it",
	"digest anna bau, " FIVE "deferred anna, clock 11-24T20:00, post bau b, "
	"clock 11-25T06:30, make, clock 11-29T06:31, refused anna, post bau c, at 11-30T06:30",
	"anna: 11-24 a; 11-25 b; 11-30 a b c"},
    {"deferred until its time is over: comes with the next one",
	"digest anna bau, " FIVE "deferred anna, clock 11-29T06:30, deferred anna, at 11-30T06:30",
	"anna: 11-24 a; 11-30 a"},
    {"deferred while its time lasts: does not",
	"digest anna bau, " FIVE "deferred anna, clock 11-29T06:29, deferred anna, at 11-30T06:30",
	"anna: 11-24 a"},
    {"deferred, and the clock goes forward by weeks",
	"digest anna bau, " FIVE "deferred anna, clock 2027-01-07T06:31:00+01:00, tidy, "
	"deferred anna, at 2027-01-08T06:30:00+01:00",
	"anna: 11-24 a; 01-08 a"},
    {"deferred while the clock was ahead: tried again when it is put right",
	"digest anna bau, clock 2036-11-24T07:00:00+01:00, post bau a, "
	"at 2036-11-24T07:00:00+01:00, deferred anna, at 11-24T12:00, tidy, refused anna, "
	"post bau b, at 11-25T06:30",
	"anna: 11-24 a; 11-25 b a"},
    {"no answer: it may have arrived",
	"digest anna bau, " FIVE "lost anna, at 11-25T06:30, clock 11-29T06:30, lost anna, "
	"at 11-30T06:30",
	"anna: 11-24 a"},
    {"no answer, then refused: it may have arrived the first time",
	"digest anna bau, " FIVE "lost anna, clock 11-24T06:40, refused anna, at 11-25T06:30", "anna: 11-24 a"},
    {"of two groups, one of which is left meanwhile",
	"digest anna bau, digest anna rat, post bau a, post rat b, at 11-24T06:30, leave anna bau, "
	"refused anna, at 11-25T06:30",
	"anna: 11-24 a b; 11-25 b"},
    {"changed to each meanwhile: what it owes comes by a digest",
	"digest anna bau, " FIVE "each anna bau, post bau b, take, refused anna, at 11-25T06:30, "
	"sent anna, post bau c, at 11-26T06:30",
	"anna: 11-24 a; 11-25 a. each b c"},
    {"changed to each and back meanwhile",
	"digest anna bau, " FIVE "each anna bau, post bau b, take, digest anna bau, post bau c, "
	"refused anna, at 11-25T06:30",
	"anna: 11-24 a; 11-25 a c. each b"},
    {"a crosspost that failed comes again once",
	"digest anna bau, digest anna rat, post bau+rat a, at 11-24T06:30, refused anna, "
	"at 11-25T06:30, sent anna, at 11-26T06:30",
	"anna: 11-24 a; 11-25 a"},
};
/* clang-format on */

/* All are tried, whatever becomes of one. */
static void check_all(const struct example *examples, size_t count)
{
	size_t bad = 0;

	for (size_t i = 0; i < count; i++)
		bad += !days_agree(examples[i].name, examples[i].script, examples[i].got);
	assert_int_equal(bad, 0);
}

static void test_when(void **state)
{
	(void)state;
	check_all(when, G_N_ELEMENTS(when));
}

static void test_changed(void **state)
{
	(void)state;
	check_all(changed, G_N_ELEMENTS(changed));
}

static void test_modes(void **state)
{
	(void)state;
	check_all(modes, G_N_ELEMENTS(modes));
}

static void test_posts(void **state)
{
	(void)state;
	check_all(posts, G_N_ELEMENTS(posts));
}

static void test_answers(void **state)
{
	(void)state;
	check_all(answers, G_N_ELEMENTS(answers));
}

/* -- many receivers, several makers -- */

#define MANY 250

static void add_readers(struct days *days)
{
	const struct group *group = days_group(days, "bau");

	sample_begin(days->sample);
	for (unsigned i = 0; i < MANY; i++) {
		g_autofree char *address = g_strdup_printf("leser%u@stadt.example", i);
		const int64_t id = person_need(days->sample->store, address, LANG_DE, NULL);

		assert_true(id > 0);
		assert_true(
		    subscription_set(days->sample->store, id, group->id, MODE_DIGEST, NULL));
	}
	sample_commit(days->sample);
}

static void check_one_each(struct days *days)
{
	static const char *const counts[] = {
	    "SELECT count(*) FROM digest",
	    "SELECT count(DISTINCT person) FROM digest WHERE day = '2026-11-24' AND posts = 2",
	    "SELECT count(DISTINCT msgid) FROM digest",
	    "SELECT count(DISTINCT address) FROM delivery WHERE kind = 1",
	    "SELECT count(*) FROM digest_range WHERE low = 1 AND high = 2",
	    "SELECT count(*) FROM subscription WHERE mark = 2",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
		if (sample_count(days->sample, counts[i]) != MANY)
			fail_msg("%s: %d, not %d", counts[i],
			    (int)sample_count(days->sample, counts[i]), MANY);
	assert_int_equal(sample_count(days->sample, "SELECT count(*) FROM delivery"), MANY);
	sample_verify(days->sample);
}

/* The text is stored once for all of a turn who get it, their own fields beside it. */
static void test_text_is_shared(void **state)
{
	struct days *days = *state;
	unsigned turns = 0;
	bool more = true;

	add_readers(days);
	days_run(days, "post bau a, post bau b a, clock 11-24T06:30");
	while (more) {
		unsigned made;

		assert_true(digest_make_due(days->maker, days->now, &made, &more, NULL));
		turns += made > 0;
	}
	check_one_each(days);
	assert_int_equal(sample_count(days->sample, "SELECT count(*) FROM mail"), turns);
	assert_int_equal(
	    sample_count(days->sample, "SELECT count(DISTINCT head) FROM delivery"), MANY);
}

static void test_makers_in_turns(void **state)
{
	struct days *days = *state;
	struct store *store = store_open(days->sample->url, STORE_LOAD, NULL);
	struct digest_maker *makers[] = {
	    days->maker, digest_maker_new(store, days->sample->settings)};
	unsigned all = 0;
	bool more = true;

	add_readers(days);
	days_run(days, "post bau a, post bau b a, clock 11-24T06:30");
	for (unsigned turn = 0; more; turn++) {
		unsigned made = 0;

		assert_true(digest_make_due(makers[turn % 2], days->now, &made, &more, NULL));
		all += made;
	}
	assert_int_equal(all, MANY);
	check_one_each(days);
	digest_maker_free(makers[1]);
	store_close(store);
}

/* Child process: wait until the pipe is closed, then make all.  Never returns. */
static void make_in_child(const struct days *days, const int gate[2])
{
	struct store *store;
	struct digest_maker *maker;
	char octet;
	bool more = true;
	bool ok;

	close(gate[1]);
	ok = read(gate[0], &octet, 1) == 0;
	store = store_open(days->sample->url, STORE_LOAD, NULL);
	maker = digest_maker_new(store, days->sample->settings);
	while (ok && more) {
		unsigned made;

		ok = digest_make_due(maker, days->now, &made, &more, NULL);
	}
	_exit(ok ? 0 : 1);
}

static void test_makers_at_once(void **state)
{
	struct days *days = *state;
	pid_t children[3];
	int gate[2];

	add_readers(days);
	days_run(days, "post bau a, post bau b a, clock 11-24T06:30");
	/* SQLite's connections must not go through a fork. */
	g_clear_pointer(&days->maker, digest_maker_free);
	g_clear_pointer(&days->sample->store, store_close);
	assert_int_equal(pipe(gate), 0);
	for (size_t i = 0; i < G_N_ELEMENTS(children); i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			make_in_child(days, gate);
	}
	close(gate[0]);
	close(gate[1]);
	for (size_t i = 0; i < G_N_ELEMENTS(children); i++) {
		int status = -1;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_int_equal(status, 0);
	}
	days->sample->store = store_open(days->sample->url, STORE_WRITE, NULL);
	days->maker = digest_maker_new(days->sample->store, days->sample->settings);
	check_one_each(days);
}

/* The courier keeps texts by their id: that of one which is gone must not become another's. */
static void test_ids_do_not_come_again(void **state)
{
	static const char *const newest[] = {
	    "SELECT max(id) FROM mail", "SELECT max(id) FROM delivery"};
	struct days *days = *state;
	int64_t before[G_N_ELEMENTS(newest)];

	days_run(days, "digest bert bau, digest anna bau, post bau a, at 11-24T06:30");
	for (size_t i = 0; i < G_N_ELEMENTS(newest); i++)
		before[i] = sample_count(days->sample, newest[i]);
	days_run(days, "sent bert, erase anna, tidy");
	assert_int_equal(sample_count(days->sample, "SELECT count(*) FROM mail"), 0);
	assert_int_equal(sample_count(days->sample, "SELECT count(*) FROM delivery"), 1);
	days_run(days, "post bau b, at 11-25T06:30");
	for (size_t i = 0; i < G_N_ELEMENTS(newest); i++)
		assert_true(sample_count(days->sample, newest[i]) > before[i]);
}

/* -- the receiver's own fields -- */

static char *head_of(struct days *days, const char *name)
{
	g_autofree char *address = g_strconcat(name, "@stadt.example", NULL);
	g_autoptr(GPtrArray) rows = delivery_to_address(days->sample->store, address, 1, NULL);
	const struct delivery *delivery;
	gsize size = 0;
	const char *head;

	assert_int_equal(rows->len, 1);
	delivery = rows->pdata[0];
	head = g_bytes_get_data(delivery->head, &size);
	return g_strndup(head, size);
}

static void name_person(struct days *days, const char *name, const char *full, enum lang lang)
{
	struct person *person = days_find(days, name);

	g_free(person->name);
	person->name = g_strdup(full);
	person->language = lang;
	sample_begin(days->sample);
	assert_true(person_update(days->sample->store, person, NULL));
	sample_commit(days->sample);
	person_free(person);
}

static void test_fields(void **state)
{
	static const struct {
		const char *who;
		const char *line;
	} lines[] = {
	    {"anna", "From: =?UTF-8?Q?Tages=C3=BCberblick?= <ueberblick@listen.example>\r\n"},
	    {"anna", "To: anna@stadt.example\r\n"},
	    {"anna", "Date: Tue, 24 Nov 2026 06:30:00 +0100\r\n"},
	    {"anna", "List-Id: <ueberblick.listen.example>\r\n"},
	    {"anna", "Auto-Submitted: auto-generated\r\n"},
	    {"anna", "Precedence: list\r\n"},
	    {"bert", "From: Daily digest <ueberblick@listen.example>\r\n"},
	    {"bert", "To: \"Bert B. Bauer\" <bert@stadt.example>\r\n"},
	    {"bert", "Date: Tue, 24 Nov 2026 06:30:00 +0545\r\n"},
	    {"bert", "Subject: Daily overview 24 Nov: Zu a (1)\r\n"},
	};
	struct days *days = *state;

	name_person(days, "bert", "Bert B. Bauer", LANG_EN);
	days_run(days, "person bert Asia/Kathmandu, digest anna bau, digest bert bau, post bau a, "
		       "at 11-24T06:30");
	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *head = head_of(days, lines[i].who);

		if (strstr(head, lines[i].line) == NULL)
			fail_msg("no <%s> in\n%s", lines[i].line, head);
		assert_non_null(strstr(head, "\r\nMessage-ID: <"));
		assert_true(g_str_has_prefix(head, "List-Unsubscribe: <mailto:ueberblick-ab+"));
	}
}

/* -- looking ahead -- */

static void test_plan(void **state)
{
	struct days *days = *state;
	g_autoptr(GPtrArray) plans = NULL;
	const struct digest_plan *plan;

	days_run(
	    days, "digest anna bau, digest bert rat, each carl bau, post bau a, post bau b, take");
	plans = digest_plan_due(days->maker, days->now, NULL);
	assert_int_equal(plans->len, 0);
	g_ptr_array_unref(plans);
	days_run(days, "clock 11-24T08:00");
	plans = digest_plan_due(days->maker, days->now, NULL);
	assert_int_equal(plans->len, 1);
	plan = plans->pdata[0];
	assert_string_equal(plan->address, "anna@stadt.example");
	assert_string_equal(plan->day, "2026-11-24");
	assert_int_equal(plan->posts, 2);
	assert_int_equal(sample_count(days->sample, "SELECT count(*) FROM digest"), 0);
	days_run(days, "make");
	g_ptr_array_unref(plans);
	plans = digest_plan_due(days->maker, days->now, NULL);
	assert_int_equal(plans->len, 0);
}

/* The next one, due or not; the store is only read. */
static void test_preview(void **state)
{
	struct days *days = *state;
	struct person *anna;
	struct digest *digest;
	struct store *store;
	struct digest_maker *maker;

	days_run(
	    days, "digest anna bau, post bau a, at 11-24T06:30, post bau b, clock 11-24T08:00");
	anna = days_find(days, "anna");
	store = store_open(days->sample->url, STORE_READ, NULL);
	maker = digest_maker_new(store, days->sample->settings);
	digest = digest_of(maker, anna, days->now, NULL);
	assert_int_equal(digest_posts(digest), 1);
	assert_int_equal(digest->at - days->now, (22 * 60 + 30) * 60);
	digest_free(digest);
	digest_maker_free(maker);
	store_close(store);
	person_free(anna);
	days_run(days, "at 11-25T06:30");
	assert_int_equal(sample_count(days->sample, "SELECT count(*) FROM digest"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_when),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_modes),
	    cmocka_unit_test(test_posts),
	    cmocka_unit_test(test_answers),
	    days_test(test_text_is_shared),
	    days_test(test_makers_in_turns),
	    days_test(test_makers_at_once),
	    days_test(test_ids_do_not_come_again),
	    days_test(test_fields),
	    days_test(test_plan),
	    days_test(test_preview),
	};

	lang_init();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("digest/make", tests, NULL, NULL);
}
