/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/resolve.h"

#include "store-sample.h"

#include "base/err.h"

static const struct {
	const char *recipient;
	const char *group; /* NULL: ERR_ABSENT */
} recipients[] = {
    /* clang-format off */
	{"rat@listen.example",      "rat"},
	{"<rat@listen.example>",    "rat"},
	{"<RAT@Listen.Example>",    "rat"},
	{" rat@listen.example ",    "rat"},
	{"rat@stadt.example",       NULL},
	{"rat",                     NULL},
	{"<rat@listen.example",     NULL},
	{"rat-an@listen.example",   NULL},
	{"alt@listen.example",      NULL},
	{"",                        NULL},
	{"<",                       NULL},
	{"<>",                      NULL},
	{"' OR 1=1 --@listen.example", NULL},
    /* clang-format on */
};

static void test_recipients(void **state)
{
	struct sample *sample = *state;
	struct group *old = sample_group(sample, "alt");

	sample_group(sample, "rat");
	sample_begin(sample);
	assert_true(group_remove(sample->store, old->id, NULL));
	sample_commit(sample);
	for (size_t i = 0; i < G_N_ELEMENTS(recipients); i++) {
		g_autoptr(GError) error = NULL;
		struct target *target = resolve_recipient(
		    sample->store, sample->settings, recipients[i].recipient, &error);

		print_message("# %s\n", recipients[i].recipient);
		if (recipients[i].group) {
			assert_non_null(target);
			assert_int_equal(target->kind, TARGET_GROUP);
			assert_string_equal(target->group->name, recipients[i].group);
			assert_null(error);
		} else {
			assert_null(target);
			assert_int_equal(err_code(error), ERR_ABSENT);
		}
		target_free(target);
	}
}

static const struct {
	const char *address;
	bool is_free;
} addresses[] = {
    /* clang-format off */
	{"bau@listen.example",             true},
	{"rat@listen.example",             false},
	{"rat@stadt.example",              true},
	{"rat-an@listen.example",          false},
	{"rat-ab@listen.example",          false},
	{"rat-owner@listen.example",       false},
	{"rat-bounces@listen.example",     false},
	{"rat-an@stadt.example",           true},
	{"rat-and@listen.example",         true},
	{"rat-haus@listen.example",        true},
	{"rats@listen.example",            true},
	{"haus@listen.example",            false}, /* haus-hilfe is a group */
	{"rat+a@listen.example",           false},
	{"postmaster@stadt.example",       false},
	{"bounce@listen.example",          false},
	{"bounce-an@listen.example",       false},
	{"p-abc@listen.example",           false},
	{"chef@stadt.example",             false}, /* the operator */
	{"alt@listen.example",             true},  /* its group is gone */
    /* clang-format on */
};

static void test_collisions(void **state)
{
	struct sample *sample = *state;
	struct group *old = sample_group(sample, "alt");

	sample_group(sample, "rat");
	sample_group(sample, "haus-hilfe");
	sample_begin(sample);
	assert_true(group_remove(sample->store, old->id, NULL));
	sample_commit(sample);
	for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
		g_autoptr(GError) error = NULL;
		g_autofree char *why = resolve_collision(
		    sample->store, addresses[i].address, "Chef@stadt.example", &error);

		print_message("# %s: %s\n", addresses[i].address, why ? why : "free");
		assert_null(error);
		assert_int_equal(why == NULL, addresses[i].is_free);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_recipients),
	    sample_test(test_collisions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/resolve", tests, NULL, NULL);
}
