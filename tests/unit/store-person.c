/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store/person.h"

#include "store-sample.h"

#include "base/err.h"
#include "store/subscription.h"

#define ANNA "anna@stadt.example"

static void test_add(void **state)
{
	struct sample *sample = *state;
	char name[] = "Anna Müller";
	char zone[] = "Europe/Berlin";
	struct person person = {.name = name, .language = LANG_EN, .zone = zone};
	struct person *found;
	g_autoptr(GError) error = NULL;

	sample_begin(sample);
	assert_true(person_add(sample->store, &person, ANNA, NULL));
	assert_false(person_add(sample->store, &person, ANNA, &error));
	assert_int_equal(err_code(error), ERR_DENIED);
	sample_commit(sample);
	/* Who could not be added has left nothing. */
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM person"), 1);
	found = person_find(sample->store, ANNA, NULL);
	assert_non_null(found);
	assert_string_equal(found->name, name);
	assert_int_equal(found->language, LANG_EN);
	assert_string_equal(found->zone, zone);
	assert_null(found->digest_at);
	assert_string_equal(found->addresses[0], ANNA);
	assert_null(found->addresses[1]);
	person_free(found);
	assert_null(person_find(sample->store, "nobody@stadt.example", NULL));
	person_free(NULL);
}

static void test_need(void **state)
{
	struct sample *sample = *state;
	int64_t id;
	g_autoptr(GPtrArray) list = NULL;

	sample_begin(sample);
	id = person_need(sample->store, ANNA, LANG_DE, NULL);
	assert_true(id > 0);
	assert_int_equal(person_need(sample->store, ANNA, LANG_EN, NULL), id);
	sample_commit(sample);
	list = person_list(sample->store, NULL);
	assert_int_equal(list->len, 1);
}

static void test_rights(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	struct group *rat = sample_group(sample, "rat");
	struct store *store = sample->store;
	int64_t anna;
	bool found;

	sample_begin(sample);
	anna = person_need(store, ANNA, LANG_DE, NULL);
	assert_int_equal(person_rights(store, ANNA, bau->id, NULL), 0);
	assert_int_equal(person_rights(store, "nobody@x.example", bau->id, NULL), 0);
	assert_true(subscription_set(store, anna, bau->id, MODE_NONE, NULL));
	assert_int_equal(person_rights(store, ANNA, bau->id, NULL), RIGHT_READ | RIGHT_POST);
	assert_int_equal(person_rights(store, ANNA, rat->id, NULL), 0);
	assert_true(person_grant(store, anna, rat->id, RIGHT_READ, NULL));
	assert_true(person_grant(store, anna, rat->id, RIGHT_MODERATE, NULL));
	assert_int_equal(person_rights(store, ANNA, rat->id, NULL), RIGHT_READ | RIGHT_MODERATE);
	assert_true(subscription_remove(store, anna, bau->id, &found, NULL));
	assert_true(found);
	assert_true(subscription_remove(store, anna, bau->id, &found, NULL));
	assert_false(found);
	assert_int_equal(person_rights(store, ANNA, bau->id, NULL), 0);
	sample_commit(sample);
}

/* Joining, or changing to digest, begins at the group's newest article. */
static void test_marks(void **state)
{
	static const struct {
		enum subscription_mode mode;
		int64_t mark;
	} steps[] = {
	    {MODE_DIGEST, 1}, {MODE_DIGEST, 1}, {MODE_EACH, 1}, {MODE_DIGEST, 4}, {MODE_NONE, 4}};
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");

	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
		g_autofree char *head = g_strdup_printf("Message-ID: <%zu@x>\n", i);
		g_autoptr(GPtrArray) list = NULL;
		const struct subscription *subscription;
		int64_t anna;

		assert_int_equal(sample_post(sample, bau, head), VERDICT_PLACED);
		sample_begin(sample);
		anna = person_need(sample->store, ANNA, LANG_DE, NULL);
		assert_true(subscription_set(sample->store, anna, bau->id, steps[i].mode, NULL));
		sample_commit(sample);
		list = subscription_list(sample->store, 0, NULL);
		assert_int_equal(list->len, 1);
		subscription = list->pdata[0];
		assert_int_equal(subscription->mode, steps[i].mode);
		assert_int_equal(subscription->mark, steps[i].mark);
		assert_string_equal(subscription->address, ANNA);
		assert_string_equal(subscription->group_name, "bau");
	}
}

static void test_moderators(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	g_autoptr(GPtrArray) list = NULL;
	int64_t anna;
	int64_t eva;

	sample_begin(sample);
	eva = person_need(sample->store, "eva@stadt.example", LANG_DE, NULL);
	anna = person_need(sample->store, ANNA, LANG_DE, NULL);
	assert_true(person_grant(sample->store, eva, bau->id, RIGHT_MODERATE, NULL));
	assert_true(person_grant(sample->store, anna, bau->id, RIGHT_READ, NULL));
	sample_commit(sample);
	list = person_moderators(sample->store, bau->id, NULL);
	assert_int_equal(list->len, 1);
	assert_string_equal(list->pdata[0], "eva@stadt.example");
}

static void test_erase(void **state)
{
	struct sample *sample = *state;
	struct group *bau = sample_group(sample, "bau");
	int64_t anna;

	assert_int_equal(sample_post(sample, bau, "Message-ID: <1@x>\n"), VERDICT_PLACED);
	sample_begin(sample);
	anna = person_need(sample->store, ANNA, LANG_DE, NULL);
	assert_true(subscription_set(sample->store, anna, bau->id, MODE_EACH, NULL));
	assert_true(person_grant(sample->store, anna, bau->id, RIGHT_MODERATE, NULL));
	assert_true(person_erase(sample->store, anna, NULL));
	sample_commit(sample);
	assert_null(person_find(sample->store, ANNA, NULL));
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM address"), 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM rights"), 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM subscription"), 0);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM placement"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_add),
	    sample_test(test_need),
	    sample_test(test_rights),
	    sample_test(test_marks),
	    sample_test(test_moderators),
	    sample_test(test_erase),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("store/person", tests, NULL, NULL);
}
