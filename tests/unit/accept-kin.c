/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/kin.h"

#include "store-sample.h"

#include "accept/withdraw.h"

/* A mail; what is NULL is as in `usual`. */
struct post {
	const char *id;	  /* x for <x@x> */
	const char *date; /* of November 2026, in UTC */
	const char *from;
	const char *to;
	const char *subject;
	const char *more; /* further lines of the head */
};

static const struct post first = {
    "1", "02 Nov 2026 08:00:00", "anna@a.example", "bert@b.example", "Termin", ""};
static const struct post reply = {
    "2", "03 Nov 2026 08:00:00", "bert@b.example", "bau@listen.example", "AW: Termin", ""};

static char *head_of(const struct post *post, const struct post *usual)
{
	return g_strdup_printf(
	    "Message-ID: <%s@x>\nDate: %s +0000\nFrom: %s\nTo: %s\nSubject: %s\n%s",
	    post->id ? post->id : usual->id, post->date ? post->date : usual->date,
	    post->from ? post->from : usual->from, post->to ? post->to : usual->to,
	    post->subject ? post->subject : usual->subject, post->more ? post->more : usual->more);
}

static void arrive(
    struct sample *sample, struct group *group, const struct post *post, const struct post *usual)
{
	g_autofree char *head = head_of(post, usual);

	assert_int_equal(sample_post(sample, group, head), VERDICT_PLACED);
}

static void expect_root(struct sample *sample, const char *msgid, const char *wanted)
{
	g_autofree char *root = sample_root(sample, msgid);

	assert_string_equal(root, wanted);
}

static void expect_references(
    struct sample *sample, const struct group *group, int64_t number, const char *wanted)
{
	g_autofree char *line = sample_overview(sample, group, number, OVERVIEW_REFERENCES);

	assert_string_equal(line, wanted);
}

/* -- each condition -- */

static const struct {
	const char *name;
	struct post first; /* what is other in them than usual */
	struct post reply;
	bool elsewhere; /* the reply goes to another group */
	bool tied;
} cases[] = {
    /* clang-format off */
	{"all is well",                {0}, {0}, false, true},
	{"another group",              {0}, {0}, true, false},
	{"no prefix",                  {0}, {.subject = "Termin"}, false, false},
	{"another prefix",             {0}, {.subject = "Antw: Termin"}, false, true},
	{"a prefix behind a tag",      {0}, {.subject = "[Bau] AW: Termin"}, false, true},
	{"an encoded prefix",          {0}, {.subject = "=?utf-8?B?QVc6IFRlcm1pbg==?="}, false, true},
	{"a forward",                  {0}, {.subject = "WG: Termin"}, false, false},
	{"a forwarded reply",          {0}, {.subject = "WG: AW: Termin"}, false, false},
	{"a reply to a forward",       {.subject = "WG: Termin"}, {.subject = "AW: WG: Termin"}, false, true},
	{"a reply to a reply",         {.subject = "Re: Termin"}, {0}, false, true},
	{"case and blanks",            {.subject = "TERMIN  am Freitag"}, {.subject = "AW: Termin am freitag"},
				       false, true},
	{"another subject",            {.subject = "Termine"}, {0}, false, false},
	{"no subject in either",       {.subject = ""}, {.subject = "AW:"}, false, false},
	{"no person in common",        {0}, {.from = "emil@e.example"}, false, false},
	{"the author writes again",    {.to = ""}, {.from = "anna@a.example"}, false, true},
	{"an answer to the author",    {.to = ""}, {.from = "emil@e.example", .to = "anna@a.example"}, false, true},
	{"addressee of both",          {0}, {.from = "emil@e.example", .to = "bert@b.example"}, false, true},
	{"addressee of both, in Cc",   {0}, {.from = "emil@e.example", .more = "Cc: bert@b.example\n"}, false, true},
	{"in another case",            {0}, {.from = "Bert Blau <BERT@B.example>"}, false, true},
	{"the group in common",        {.to = "bau@listen.example"}, {.from = "emil@e.example"}, false, false},
	{"another group in common",    {.to = "rat@listen.example"},
				       {.from = "emil@e.example", .to = "rat@listen.example"}, false, false},
	{"its address with a token",   {.to = "bau+k3f5a2c7@listen.example"},
				       {.from = "emil@e.example", .to = "bau+k3f5a2c7@listen.example"}, false, false},
	{"the digest in common",       {.to = "ueberblick@listen.example"},
				       {.from = "emil@e.example", .to = "ueberblick@listen.example"}, false, false},
	{"fourteen days",              {0}, {.date = "16 Nov 2026 08:00:00"}, false, true},
	{"a second more",              {0}, {.date = "16 Nov 2026 08:00:01"}, false, false},
	{"a second later",             {0}, {.date = "02 Nov 2026 08:00:01"}, false, true},
	{"the same date",              {0}, {.date = "02 Nov 2026 08:00:00"}, false, true},
	{"the same date, id before",   {0}, {.id = "0", .date = "02 Nov 2026 08:00:00"}, false, false},
	{"earlier",                    {0}, {.date = "02 Nov 2026 07:59:59"}, false, false},
	{"its References are absent",  {0}, {.more = "References: <8@x> <9@x>\n"}, false, true},
	{"it names itself",            {0}, {.more = "In-Reply-To: <2@x>\n"}, false, true},
    /* clang-format on */
};

/* Whichever comes first. */
static void test_conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
		const struct post *second = &cases[i / 2].reply;
		struct sample *sample = sample_new(NULL);
		struct group *bau = sample_group(sample, "bau");
		struct group *rat = sample_group(sample, "rat");
		g_autofree char *msgid = g_strdup_printf("<%s@x>", second->id ? second->id : "2");

		print_message("# %s%s\n", cases[i / 2].name, i % 2 ? ", reply first" : "");
		if (i % 2 == 0)
			arrive(sample, bau, &cases[i / 2].first, &first);
		arrive(sample, cases[i / 2].elsewhere ? rat : bau, second, &reply);
		if (i % 2 != 0)
			arrive(sample, bau, &cases[i / 2].first, &first);
		expect_root(sample, msgid, cases[i / 2].tied ? "<1@x>" : msgid);
		expect_root(sample, "<1@x>", "<1@x>");
		sample_verify(sample);
		sample_free(sample);
	}
}

/* -- who of several -- */

static const struct {
	const char *name;
	struct post others[3]; /* beside `reply`; likewise, as other than `first` */
	const char *more;      /* of the reply */
	const char *parent;
} choices[] = {
    /* clang-format off */
	{"the latest",              {{.id = "a"}, {.id = "b", .date = "02 Nov 2026 09:00:00"},
				     {.id = "c", .date = "02 Nov 2026 07:00:00"}}, NULL, "<b@x>"},
	{"of one date the last id", {{.id = "a"}, {.id = "c"}, {.id = "b"}}, NULL, "<c@x>"},
	{"the latest of kin",       {{.id = "a"}, {.id = "b", .date = "02 Nov 2026 09:00:00", .to = ""},
				     {.id = "c", .date = "02 Nov 2026 07:00:00"}}, NULL, "<a@x>"},
	{"earlier ones only",       {{.id = "a"}, {.id = "b", .date = "04 Nov 2026 09:00:00"},
				     {.id = "c", .date = "05 Nov 2026 09:00:00"}}, NULL, "<a@x>"},
	{"by another person",       {{.id = "a"}, {.id = "b", .date = "02 Nov 2026 09:00:00", .to = "",
				      .from = "rosa@r.example"}, {.id = "c", .to = ""}},
				    "Cc: rosa@r.example\n", "<b@x>"},
	{"References are nearer",   {{.id = "a"}, {.id = "b", .date = "02 Nov 2026 09:00:00"},
				     {.id = "c", .subject = "x"}}, "References: <c@x> <z@x>\n", "<c@x>"},
	{"In-Reply-To is nearer",   {{.id = "a"}, {.id = "b", .date = "02 Nov 2026 09:00:00"},
				     {.id = "c", .subject = "x"}}, "In-Reply-To: <c@x>\n", "<c@x>"},
	{"Thread-Index is nearer",  {{.id = "a"}, {.id = "b", .date = "02 Nov 2026 09:00:00"},
				     {.id = "c", .subject = "x",
				      .more = "Thread-Index: AQIDBAUGBwgJCgsMDQ4PEBESExQVFg==\n"}},
				    "Thread-Index: AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRob\n", "<c@x>"},
    /* clang-format on */
};

/* The three and the reply in any order that `turn` makes. */
static void test_choice(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8 * G_N_ELEMENTS(choices); i++) {
		const size_t turn = i % 8;
		struct sample *sample = sample_new(NULL);
		struct group *bau = sample_group(sample, "bau");

		print_message("# %s, order %zu\n", choices[i / 8].name, turn);
		for (size_t k = 0; k < 4; k++) {
			/* forwards from each, and backwards */
			const size_t which = (turn % 4 + (turn < 4 ? k : 4 - k)) % 4;

			if (which == 3)
				arrive(sample, bau, &(struct post){.more = choices[i / 8].more},
				    &reply);
			else
				arrive(sample, bau, &choices[i / 8].others[which], &first);
		}
		expect_root(sample, "<2@x>", choices[i / 8].parent);
		sample_verify(sample);
		sample_free(sample);
	}
}

static void test_strangers(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	for (int i = 0; i < 200; i++) {
		g_autofree char *id = g_strdup_printf("m%d", i);
		g_autofree char *date =
		    g_strdup_printf("%02d Nov 2026 08:%02d:00", 1 + i % 20, i % 60);
		g_autofree char *from = g_strdup_printf("person%d@stadt%d.example", i, i);
		const struct post post = {id, date, from, "bau@listen.example", "AW: Termin", ""};

		arrive(sample, bau, &post, &post);
	}
	assert_int_equal(sample_count(sample, "SELECT count(DISTINCT root) FROM article"), 200);
	assert_int_equal(sample_count(sample, "SELECT count(wanted) FROM article"), 0);
}

/* Of a crowd the first 32 count. */
static void test_crowd(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GString) to = g_string_new("p1@x.example");

	for (int i = 2; i <= 100; i++)
		g_string_append_printf(to, ", p%d@x.example", i);
	arrive(sample, bau, &(struct post){.to = to->str}, &first);
	arrive(sample, bau, &(struct post){.id = "31", .from = "p31@x.example"}, &reply);
	arrive(sample, bau, &(struct post){.id = "32", .from = "p32@x.example"}, &reply);
	expect_root(sample, "<31@x>", "<1@x>");
	expect_root(sample, "<32@x>", "<32@x>");
}

/* -- what comes of it -- */

/* A parent that comes last: root and served References, in the lines of all groups. */
static void test_adoption(void **state)
{
	struct sample *sample = *state;
	struct group *groups[] = {sample_group(sample, "bau"), sample_group(sample, "rat")};
	const struct post answer = {
	    .id = "3", .more = "In-Reply-To: <2@x>\n", .from = "c@c.example"};
	const struct post brought = {.id = "4", .more = "References: <9@x>\n"};

	for (size_t i = 0; i < 2; i++) {
		arrive(sample, groups[i], &reply, &reply);
		arrive(sample, groups[i], &answer, &reply);
		arrive(sample, groups[i], &brought, &reply);
		expect_references(sample, groups[i], 1, "");
	}
	arrive(sample, groups[0], &first, &first);
	expect_root(sample, "<2@x>", "<1@x>");
	expect_root(sample, "<3@x>", "<1@x>");
	for (size_t i = 0; i < 2; i++) {
		expect_references(sample, groups[i], 1, "<1@x>");
		expect_references(sample, groups[i], 3, "<9@x>");
	}
	sample_verify(sample);
}

/* The reply has brought References of which none is there: they are served as they came. */
static void test_brought(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	arrive(sample, bau, &(struct post){.more = "References: <8@x> <9@x>\n"}, &reply);
	arrive(sample, bau, &first, &first);
	expect_root(sample, "<2@x>", "<1@x>");
	expect_references(sample, bau, 1, "<8@x> <9@x>");
}

/* A nearer one that comes last takes it away, and stays. */
static void test_nearer_later(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	arrive(sample, bau, &first, &first);
	arrive(sample, bau, &(struct post){.more = "In-Reply-To: <8@x>\n"}, &reply);
	expect_references(sample, bau, 2, "<1@x>");
	arrive(sample, bau, &(struct post){.id = "8", .subject = "Ganz anders"}, &first);
	expect_root(sample, "<2@x>", "<8@x>");
	expect_references(sample, bau, 2, "<8@x>");
	arrive(sample, bau, &(struct post){.id = "7", .date = "02 Nov 2026 20:00:00"}, &first);
	expect_root(sample, "<2@x>", "<8@x>");
}

/* In a second group it finds the one that it answers, or who answers it. */
static void test_second_group(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");

	arrive(sample, bau, &first, &first);
	arrive(sample, rat, &reply, &reply);
	expect_root(sample, "<2@x>", "<2@x>");
	arrive(sample, bau, &reply, &reply);
	expect_root(sample, "<2@x>", "<1@x>");
	expect_references(sample, rat, 1, "<1@x>");
	expect_references(sample, bau, 2, "<1@x>");
	sample_verify(sample);
}

static void test_second_group_of_parent(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");

	arrive(sample, bau, &first, &first);
	arrive(sample, rat, &reply, &reply);
	arrive(sample, rat, &first, &first);
	expect_root(sample, "<2@x>", "<1@x>");
	expect_references(sample, rat, 1, "<1@x>");
	sample_verify(sample);
}

/* A withdrawn one keeps its place. */
static void test_tombstone(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	arrive(sample, bau, &first, &first);
	sample_begin(sample);
	assert_true(withdraw_article(sample->store, "<1@x>", "test", NULL));
	sample_commit(sample);
	arrive(sample, bau, &reply, &reply);
	expect_root(sample, "<2@x>", "<1@x>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conditions),
	    cmocka_unit_test(test_choice),
	    sample_test(test_strangers),
	    sample_test(test_crowd),
	    sample_test(test_adoption),
	    sample_test(test_brought),
	    sample_test(test_nearer_later),
	    sample_test(test_second_group),
	    sample_test(test_second_group_of_parent),
	    sample_test(test_tombstone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/kin", tests, NULL, NULL);
}
