/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/admit.h"

#include "store-sample.h"

#include "store/held.h"
#include "store/person.h"
#include "store/subscription.h"

#define TRUSTED "[intake]\ntrusted-authserv = mx.stadt.example\n"
#define FROM_MEMBER "From: Mia <Mia@Stadt.Example>\n"
#define FROM_MODERATOR "From: Eva <eva@stadt.example>\n"
#define PASS "Authentication-Results: mx.stadt.example; dmarc=pass header.from=stadt.example\n"
#define FOREIGN \
	"Authentication-Results: mx.elsewhere.example; dmarc=pass header.from=stadt.example\n"

#define NO_AUTHOR "the message names no author"
#define NO_MEMBER "the author is not a member of the group"
#define MODERATED "the group is moderated"
#define CLOSED "only moderators post in this group"
#define NOT_VERIFIED "the author could not be verified"

/* reason: why it is held; NULL: it is placed. */
static const struct {
	const char *name;
	const char *head;
	enum group_post post;
	enum via via;
	const char *reason;	    /* where nothing is configured that could prove an author */
	const char *reason_trusted; /* with trusted-authserv */
} cases[] = {
    /* clang-format off */
	{"anybody, open",          "From: a@b.example\n", POST_OPEN,      VIA_MAIL, NULL,      NULL},
	{"anybody, members",       "From: a@b.example\n", POST_MEMBERS,   VIA_MAIL, NO_MEMBER, NO_MEMBER},
	{"anybody, moderated",     "From: a@b.example\n", POST_MODERATED, VIA_MAIL, MODERATED, MODERATED},
	{"anybody, closed",        "From: a@b.example\n", POST_CLOSED,    VIA_MAIL, CLOSED,    CLOSED},
	{"no From, open",          "From:\n",             POST_OPEN,      VIA_MAIL, NO_AUTHOR, NO_AUTHOR},
	{"From a name, open",      "From: Mia\n",         POST_OPEN,      VIA_MAIL, NO_AUTHOR, NO_AUTHOR},
	{"no From, members",       "From: \n",            POST_MEMBERS,   VIA_MAIL, NO_AUTHOR, NO_AUTHOR},
	{"member, members",        FROM_MEMBER,           POST_MEMBERS,   VIA_MAIL, NULL,      NOT_VERIFIED},
	{"member proved, members", PASS FROM_MEMBER,      POST_MEMBERS,   VIA_MAIL, NULL,      NULL},
	{"proved by another",      FOREIGN FROM_MEMBER,   POST_MEMBERS,   VIA_MAIL, NULL,      NOT_VERIFIED},
	{"two authors",            PASS "From: mia@stadt.example, eva@stadt.example\n",
						  POST_MEMBERS,   VIA_MAIL, NOT_VERIFIED, NOT_VERIFIED},
	{"member, moderated",      PASS FROM_MEMBER,      POST_MODERATED, VIA_MAIL, MODERATED, MODERATED},
	{"member, closed",         PASS FROM_MEMBER,      POST_CLOSED,    VIA_MAIL, CLOSED,    CLOSED},
	{"moderator, members",     PASS FROM_MODERATOR,   POST_MEMBERS,   VIA_MAIL, NULL,      NULL},
	{"moderator, moderated",   PASS FROM_MODERATOR,   POST_MODERATED, VIA_MAIL, NULL,      NULL},
	{"moderator, closed",      PASS FROM_MODERATOR,   POST_CLOSED,    VIA_MAIL, NULL,      NULL},
	{"moderator not proved",   FROM_MODERATOR,        POST_MODERATED, VIA_MAIL, NULL,      NOT_VERIFIED},
	{"news, open",             FROM_MEMBER,           POST_OPEN,      VIA_NEWS, NULL,      NULL},
	{"news, members",          FROM_MEMBER,           POST_MEMBERS,   VIA_NEWS, NOT_VERIFIED, NOT_VERIFIED},
	{"news with forged proof", PASS FROM_MODERATOR,   POST_MODERATED, VIA_NEWS, NOT_VERIFIED, NOT_VERIFIED},
    /* clang-format on */
};

static void add_people(struct sample *sample, const struct group *group)
{
	int64_t mia;
	int64_t eva;

	sample_begin(sample);
	mia = person_need(sample->store, "mia@stadt.example", LANG_DE, NULL);
	eva = person_need(sample->store, "eva@stadt.example", LANG_DE, NULL);
	assert_true(mia > 0 && eva > 0);
	assert_true(subscription_set(sample->store, mia, group->id, MODE_NONE, NULL));
	assert_true(person_grant(sample->store, eva, group->id, RIGHT_MODERATE, NULL));
	sample_commit(sample);
}

static void check_case(const char *conf, size_t i, const char *reason)
{
	struct sample *sample = sample_new(conf);
	struct group *group = sample_group_of(sample, "rat", cases[i].post);
	struct outcome outcome;

	print_message("# %s%s\n", cases[i].name, conf ? ", trusted" : "");
	add_people(sample, group);
	sample->via = cases[i].via;
	outcome = sample_accept(sample, cases[i].head, &group, 1);
	assert_int_equal(outcome.verdicts[0], reason ? VERDICT_HELD : VERDICT_PLACED);
	if (reason) {
		g_autoptr(GPtrArray) list = held_list(sample->store, NULL);

		assert_string_equal(outcome.reason, reason);
		assert_int_equal(list->len, 1);
		assert_string_equal(((const struct held *)list->pdata[0])->reason, reason);
	} else {
		assert_null(outcome.reason);
		assert_int_equal(held_count(sample->store, NULL), 0);
	}
	outcome_clear(&outcome);
	/* Who answers for it asks no policy. */
	sample->approved = true;
	assert_int_equal(
	    sample_post(sample, group, cases[i].head), reason ? VERDICT_PLACED : VERDICT_DUPLICATE);
	sample_free(sample);
}

static void test_nothing_proves(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		check_case(NULL, i, cases[i].reason);
}

static void test_trusted(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		check_case(TRUSTED, i, cases[i].reason_trusted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_proves),
	    cmocka_unit_test(test_trusted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/admit", tests, NULL, NULL);
}
