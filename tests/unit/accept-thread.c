/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/thread.h"

#include "store-sample.h"

/* Messages that arrive one after the other, and the root that each has in the end. */
struct arrival {
	const char *id; /* as all others here: x for <x@x> */
	const char *references;
	const char *in_reply_to;
	int minute; /* of its Date */
	const char *root;
};

static const struct {
	const char *name;
	struct arrival arrivals[6];
} cases[] = {
    /* clang-format off */
	{"in order",           {{"a", NULL, NULL, 0, "a"}, {"b", "a", NULL, 1, "a"}, {"c", "a b", NULL, 2, "a"}}},
	{"reversed",           {{"c", "a b", NULL, 2, "a"}, {"b", "a", NULL, 1, "a"}, {"a", NULL, NULL, 0, "a"}}},
	{"a gap",              {{"a", NULL, NULL, 0, "a"}, {"c", "a b", NULL, 2, "a"}}},
	{"a gap for good",     {{"c", "a b", NULL, 2, "c"}, {"d", "a b c", NULL, 3, "c"}}},
	{"two with no parent", {{"c", "a b", NULL, 2, "c"}, {"d", "a b", NULL, 3, "d"}}},
	{"In-Reply-To alone",  {{"b", NULL, "a", 1, "a"}, {"a", NULL, NULL, 0, "a"}}},
	{"References first",   {{"a", NULL, NULL, 0, "a"}, {"b", NULL, NULL, 0, "b"}, {"c", "a", "b", 1, "a"}}},
	{"both ways",          {{"c", "a", "b", 1, "b"}, {"b", NULL, NULL, 0, "b"}}},
	{"farther one later",  {{"b", NULL, NULL, 1, "b"}, {"c", "a b", NULL, 2, "b"}, {"a", NULL, NULL, 0, "a"}}},
	{"nearer one later",   {{"a", NULL, NULL, 0, "a"}, {"c", "a b", NULL, 2, "b"}, {"d", "c", NULL, 3, "b"},
				{"b", NULL, NULL, 1, "b"}}},
	{"itself",             {{"a", "a", "a", 0, "a"}}},
	{"a pair",             {{"b", "a", NULL, 1, "a"}, {"a", "b", NULL, 0, "a"}}},
	{"a pair, other way",  {{"a", "b", NULL, 0, "a"}, {"b", "a", NULL, 1, "a"}}},
	{"a pair, one date",   {{"b", "a", NULL, 0, "a"}, {"a", "b", NULL, 0, "a"}}},
	{"a tail on a circle", {{"d", "c", NULL, 9, "a"}, {"c", "b", NULL, 2, "a"}, {"a", "c", NULL, 0, "a"},
				{"b", "a", NULL, 1, "a"}}},
	{"circle opened",      {{"b", "z a", NULL, 1, "a"}, {"a", "b", NULL, 0, "a"}, {"z", NULL, NULL, 2, "z"}}},
	{"out of the circle",  {{"b", "a z", NULL, 1, "z"}, {"a", "b", NULL, 0, "z"}, {"c", "a", NULL, 3, "z"},
				{"z", NULL, NULL, 5, "z"}}},
    /* clang-format on */
};

static void put_ids(GString *head, const char *field, const char *ids)
{
	g_auto(GStrv) list = ids ? g_strsplit(ids, " ", -1) : NULL;

	if (!list)
		return;
	g_string_append_printf(head, "%s:", field);
	for (char **id = list; *id; id++)
		g_string_append_printf(head, " <%s@x>", *id);
	g_string_append_c(head, '\n');
}

static enum verdict arrive(
    struct sample *sample, struct group *group, const struct arrival *arrival)
{
	g_autoptr(GString) head = g_string_new(NULL);

	g_string_append_printf(head,
	    "Message-ID: <%s@x>\nDate: Mon, 23 Nov 2026 08:%02d:00 +0000\n", arrival->id,
	    arrival->minute);
	put_ids(head, "References", arrival->references);
	put_ids(head, "In-Reply-To", arrival->in_reply_to);
	return sample_post(sample, group, head->str);
}

static void test_roots(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct sample *sample = sample_new(NULL);
		struct group *bau = sample_group(sample, "bau");
		const struct arrival *arrivals = cases[i].arrivals;

		print_message("# %s\n", cases[i].name);
		for (size_t k = 0; k < 6 && arrivals[k].id; k++)
			arrive(sample, bau, &arrivals[k]);
		for (size_t k = 0; k < 6 && arrivals[k].id; k++) {
			g_autofree char *id = g_strdup_printf("<%s@x>", arrivals[k].id);
			g_autofree char *root = sample_root(sample, id);
			g_autofree char *wanted = g_strdup_printf("<%s@x>", arrivals[k].root);

			assert_string_equal(root, wanted);
		}
		sample_verify(sample);
		sample_free(sample);
	}
}

static char *references_of(struct sample *sample, const char *id)
{
	g_autofree char *msgid = g_strdup_printf("<%s@x>", id);
	g_autoptr(GError) error = NULL;
	char *references = thread_references(sample->store, sample_id(sample, msgid), &error);

	assert_non_null(references);
	return references;
}

/* The chain is served where a message brought none, and only there. */
static void test_served(void **state)
{
	static const struct arrival replies[] = {
	    {"a", NULL, NULL, 0, NULL}, {"b", NULL, "a", 1, NULL}, {"c", NULL, "b", 2, NULL},
	    {"d", "b", "c", 3, NULL}, /* brings some: shown as they came */
	};
	static const struct {
		const char *id;
		const char *line; /* of the fields text; NULL: none */
	} wanted[] = {
	    {"<a@x>", NULL},
	    {"<b@x>", "+References: <a@x>\n"},
	    {"<c@x>", "+References: <a@x> <b@x>\n"},
	    {"<d@x>", NULL},
	};
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	for (size_t i = 0; i < G_N_ELEMENTS(replies); i++)
		assert_int_equal(arrive(sample, bau, &replies[i]), VERDICT_PLACED);
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
		g_autofree char *fields = sample_fields(sample, wanted[i].id);

		if (wanted[i].line)
			assert_non_null(strstr(fields, wanted[i].line));
		else
			assert_null(strstr(fields, "References"));
	}
}

/* A parent that comes later: in the fields, and in the lines of all groups. */
static void test_served_later(void **state)
{
	static const struct arrival reply = {"b", NULL, "a", 1, NULL};
	static const struct arrival parent = {"a", NULL, NULL, 0, NULL};
	struct sample *sample = *state;
	struct group *groups[] = {sample_group(sample, "bau"), sample_group(sample, "rat")};

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(arrive(sample, groups[i], &reply), VERDICT_PLACED);
	for (size_t i = 0; i < 2; i++) {
		g_autofree char *before =
		    sample_overview(sample, groups[i], 1, OVERVIEW_REFERENCES);

		assert_string_equal(before, "");
	}
	assert_int_equal(arrive(sample, groups[0], &parent), VERDICT_PLACED);
	for (size_t i = 0; i < 2; i++) {
		g_autofree char *after = sample_overview(sample, groups[i], 1, OVERVIEW_REFERENCES);

		assert_string_equal(after, "<a@x>");
	}
}

/* A cycle's root answers nobody, whoever found whom last. */
static void test_served_in_circle(void **state)
{
	static const struct arrival pair[] = {{"a", NULL, "b", 0, NULL}, {"b", NULL, "a", 1, NULL}};
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autofree char *root = NULL;
	g_autofree char *other = NULL;
	g_autofree char *line = NULL;

	arrive(sample, bau, &pair[0]);
	arrive(sample, bau, &pair[1]);
	root = references_of(sample, "a");
	other = references_of(sample, "b");
	line = sample_overview(sample, bau, 1, OVERVIEW_REFERENCES);
	assert_string_equal(root, "");
	assert_string_equal(line, "");
	assert_string_equal(other, "<a@x>");
	g_free(line);
	line = sample_overview(sample, bau, 2, OVERVIEW_REFERENCES);
	assert_string_equal(line, "<a@x>");
}

/* RFC 5537 section 3.4.4: a long chain keeps its first id, and the last ten here. */
static void test_long_chain(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	for (int i = 0; i <= 30; i++) {
		g_autofree char *id = g_strdup_printf("m%d", i);
		g_autofree char *before = i ? g_strdup_printf("m%d", i - 1) : NULL;
		const struct arrival arrival = {id, NULL, before, i, NULL};
		g_autoptr(GString) wanted = g_string_new(NULL);
		g_autofree char *line = NULL;

		assert_int_equal(arrive(sample, bau, &arrival), VERDICT_PLACED);
		if (i > 20)
			g_string_append(wanted, "<m0@x> ");
		for (int k = i > 20 ? i - 10 : 0; k < i; k++)
			g_string_append_printf(wanted, "<m%d@x>%s", k, k + 1 < i ? " " : "");
		line = sample_overview(sample, bau, i + 1, OVERVIEW_REFERENCES);
		assert_string_equal(line, wanted->str);
	}
}

/* A reply may name its parent by the id that it came with, before and after. */
static void test_by_alias(void **state)
{
	static const char parent[] = "Message-ID: <7@listen.example>\nSubject: a\n";
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autofree char *before = NULL;
	g_autofree char *after = NULL;

	sample_post(sample, bau, "Message-ID: <1@x>\nIn-Reply-To: <7@listen.example>\n");
	sample_post(sample, bau, parent);
	sample_post(sample, bau, "Message-ID: <2@x>\nIn-Reply-To: <7@listen.example>\n");
	before = sample_root(sample, "<1@x>");
	after = sample_root(sample, "<2@x>");
	assert_string_equal(before, after);
	assert_int_equal(sample_id(sample, before), sample_id(sample, "<7@listen.example>"));
	assert_string_not_equal(before, "<7@listen.example>");
	g_free(before);
	before = sample_overview(sample, bau, 1, OVERVIEW_REFERENCES);
	assert_string_equal(before, after);
	sample_verify(sample);
}

/*
 * An id that a gateway took from a mail ties replies to it, in any order of arrival, unless another
 * message has that id: a claim takes nothing from anybody.
 */
static void test_claimed(void **state)
{
	static const int orders[6][3] = {
	    {0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
	static const struct {
		const char *heads[3]; /* a reply to <1@x> among them */
		const char *root;
	} claims[] = {
	    /* clang-format off */
		{{"Message-ID: <9@x>\nIn-Reply-To: <1@x>\n",
		  "Message-ID: <2@x>\nX-Original-Message-ID: <1@x>\nSubject: 2\n",
		  "Message-ID: <1@x>\nSubject: 1\n"}, "<1@x>"},
		{{"Message-ID: <9@x>\nReferences: <1@x>\n",
		  "Message-ID: <2@x>\nX-Original-Message-ID: <1@x>\nDate: Mon, 23 Nov 2026 08:01:00 +0000\n",
		  "Message-ID: <3@x>\nX-Original-Message-ID: <1@x>\nDate: Mon, 23 Nov 2026 08:00:00 +0000\n"},
		 "<3@x>"},
		{{"Message-ID: <9@x>\nReferences: <1@x>\nX-Original-Message-ID: <1@x>\n",
		  "Message-ID: <2@x>\nX-Original-Message-ID: <1@x>\nSubject: 2\n",
		  "Message-ID: <3@x>\n"}, "<9@x>"},
	    /* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(claims) * G_N_ELEMENTS(orders); i++) {
		const int *order = orders[i % G_N_ELEMENTS(orders)];
		struct sample *sample = sample_new(NULL);
		struct group *bau = sample_group(sample, "bau");
		g_autofree char *root = NULL;

		for (size_t k = 0; k < 3; k++)
			sample_post(sample, bau, claims[i / G_N_ELEMENTS(orders)].heads[order[k]]);
		root = sample_root(sample, "<9@x>");
		assert_string_equal(root, claims[i / G_N_ELEMENTS(orders)].root);
		sample_verify(sample);
		sample_free(sample);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_roots),
	    sample_test(test_served),
	    sample_test(test_served_later),
	    sample_test(test_served_in_circle),
	    sample_test(test_long_chain),
	    sample_test(test_by_alias),
	    cmocka_unit_test(test_claimed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/thread", tests, NULL, NULL);
}
