/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/resolve.h"

#include "store-sample.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/token.h"
#include "db/db.h"

#define DAY 86400

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

/* -- addresses of ours -- */

/* What stands for the token of a row: nothing, or these numbers; GROUP is the id of "rat". */
enum numbers {
	NO_TOKEN,
	OF_GROUP,  /* person 7, group */
	OF_DIGEST, /* person 7, 0 */
	TODAY,	   /* person 7, group, the day of expiry */
	YESTERDAY,
	DIGEST_TODAY,
	DIGEST_YESTERDAY,
	DELIVERY, /* 12345 */
};

static char *make_token(
    struct sample *sample, enum token_kind kind, enum numbers which, int64_t group)
{
	const int64_t today = clock_now() / DAY;
	const struct {
		int64_t numbers[3];
		size_t n;
	} all[] = {
	    [OF_GROUP] = {{7, group}, 2},
	    [OF_DIGEST] = {{7, 0}, 2},
	    [TODAY] = {{7, group, today}, 3},
	    [YESTERDAY] = {{7, group, today - 1}, 3},
	    [DIGEST_TODAY] = {{7, 0, today}, 3},
	    [DIGEST_YESTERDAY] = {{7, 0, today - 1}, 3},
	    [DELIVERY] = {{12345}, 1},
	};

	return token_make(store_key(sample->store), kind, all[which].numbers, all[which].n);
}

#define NOBODY -1 /* ERR_ABSENT */

static const struct {
	const char *name;
	const char *local; /* what stands before the plus sign, or the @ */
	const char *domain;
	enum token_kind token_kind;
	enum numbers numbers;
	int kind; /* enum target_kind, or NOBODY */
	bool confirmed;
} own[] = {
    /* clang-format off */
	{"leave", "rat-ab", "listen.example", 0, NO_TOKEN, TARGET_LEAVE, false},
	{"unsubscribe", "rat-unsubscribe", "listen.example", 0, NO_TOKEN, TARGET_LEAVE, false},
	{"leave by token", "rat-ab", "listen.example", TOKEN_LEAVE, OF_GROUP, TARGET_LEAVE, false},
	{"unsubscribe by token", "rat-unsubscribe", "listen.example", TOKEN_LEAVE, OF_GROUP, TARGET_LEAVE, false},
	{"confirm on the last day", "rat-ab", "listen.example", TOKEN_CONFIRM, TODAY, TARGET_LEAVE, true},
	{"confirm too late", "rat-ab", "listen.example", TOKEN_CONFIRM, YESTERDAY, NOBODY, false},
	{"a token of another group", "bau-ab", "listen.example", TOKEN_LEAVE, OF_GROUP, NOBODY, false},
	{"a confirmation of another group", "bau-ab", "listen.example", TOKEN_CONFIRM, TODAY, NOBODY, false},
	{"the digest's token for a group", "rat-ab", "listen.example", TOKEN_LEAVE, OF_DIGEST, NOBODY, false},
	{"the digest's confirmation for a group", "rat-ab", "listen.example", TOKEN_CONFIRM, DIGEST_TODAY, NOBODY, false},
	{"a kind that doesn't leave", "rat-ab", "listen.example", TOKEN_BOUNCE, OF_GROUP, NOBODY, false},
	{"a token to confirm without its day", "rat-ab", "listen.example", TOKEN_CONFIRM, OF_GROUP, NOBODY, false},
	{"a token to leave with a day", "rat-ab", "listen.example", TOKEN_LEAVE, TODAY, NOBODY, false},
	{"no such group", "nix-ab", "listen.example", 0, NO_TOKEN, NOBODY, false},
	{"a group that is gone", "alt-ab", "listen.example", 0, NO_TOKEN, NOBODY, false},
	{"a group of another domain", "rat-ab", "stadt.example", 0, NO_TOKEN, NOBODY, false},
	{"no name", "-ab", "listen.example", 0, NO_TOKEN, NOBODY, false},
	{"twice", "rat-ab-ab", "listen.example", 0, NO_TOKEN, NOBODY, false},
	{"the group with a token", "rat", "listen.example", TOKEN_LEAVE, OF_GROUP, NOBODY, false},

	{"no digest", "ueberblick-ab", "listen.example", 0, NO_TOKEN, TARGET_DIGEST, false},
	{"no digest by token", "ueberblick-ab", "listen.example", TOKEN_LEAVE, OF_DIGEST, TARGET_DIGEST, false},
	{"no digest, confirmed", "ueberblick-ab", "listen.example", TOKEN_CONFIRM, DIGEST_TODAY, TARGET_DIGEST, true},
	{"no digest, too late", "ueberblick-ab", "listen.example", TOKEN_CONFIRM, DIGEST_YESTERDAY, NOBODY, false},
	{"a group's token for the digest", "ueberblick-ab", "listen.example", TOKEN_LEAVE, OF_GROUP, NOBODY, false},
	{"a group's confirmation for the digest", "ueberblick-ab", "listen.example", TOKEN_CONFIRM, TODAY, NOBODY, false},
	{"the digest of another domain", "ueberblick-ab", "stadt.example", 0, NO_TOKEN, NOBODY, false},
	{"the digest itself", "ueberblick", "listen.example", 0, NO_TOKEN, NOBODY, false},

	{"a report", "bounce", "listen.example", TOKEN_BOUNCE, DELIVERY, TARGET_BOUNCE, false},
	{"a report to nothing", "bounce", "listen.example", 0, NO_TOKEN, NOBODY, false},
	{"a report by another kind", "bounce", "listen.example", TOKEN_LEAVE, DELIVERY, NOBODY, false},
	{"a report by more numbers", "bounce", "listen.example", TOKEN_BOUNCE, OF_GROUP, NOBODY, false},
	{"a report to another domain", "bounce", "stadt.example", TOKEN_BOUNCE, DELIVERY, NOBODY, false},
    /* clang-format on */
};

/* The target of an address, which must be resolved or be ERR_ABSENT. */
static struct target *resolve(struct sample *sample, const char *address)
{
	g_autoptr(GError) error = NULL;
	struct target *target = resolve_recipient(sample->store, sample->settings, address, &error);

	if (!target)
		assert_int_equal(err_code(error), ERR_ABSENT);
	else
		assert_null(error);
	return target;
}

static void check_own(struct sample *sample, size_t row, const char *address, bool has_token)
{
	struct target *target = resolve(sample, address);

	if (own[row].kind == NOBODY) {
		assert_null(target);
		return;
	}
	assert_non_null(target);
	assert_int_equal(target->kind, own[row].kind);
	assert_int_equal(target->confirmed, own[row].confirmed);
	assert_int_equal(target->person, has_token && target->kind != TARGET_BOUNCE ? 7 : 0);
	assert_int_equal(target->delivery, target->kind == TARGET_BOUNCE ? 12345 : 0);
	assert_int_equal(target->group != NULL, target->kind == TARGET_LEAVE);
	if (target->group)
		assert_string_equal(target->group->name, "rat");
	target_free(target);
}

static void test_own_addresses(void **state)
{
	struct sample *sample = *state;
	struct group *old = sample_group(sample, "alt");
	const int64_t rat = sample_group(sample, "rat")->id;

	sample_group(sample, "bau");
	sample_begin(sample);
	assert_true(group_remove(sample->store, old->id, NULL));
	sample_commit(sample);
	for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
		const bool has = own[i].numbers != NO_TOKEN;
		g_autofree char *token =
		    has ? make_token(sample, own[i].token_kind, own[i].numbers, rat) : NULL;
		g_autofree char *address = g_strconcat(
		    own[i].local, has ? "+" : "", has ? token : "", "@", own[i].domain, NULL);
		g_autofree char *upper = g_ascii_strup(address, -1);

		print_message("# %s: %s\n", own[i].name, address);
		check_own(sample, i, address, has);
		check_own(sample, i, upper, has);
	}
}

/* No letter of a token can be another one, lack, or be added. */
static void test_altered_tokens(void **state)
{
	struct sample *sample = *state;
	const int64_t rat = sample_group(sample, "rat")->id;
	g_autofree char *token = make_token(sample, TOKEN_LEAVE, OF_GROUP, rat);
	const size_t size = strlen(token);

	for (size_t i = 0; i < size; i++) {
		g_autofree char *altered = g_strdup(token);
		g_autofree char *shorter = g_strdup_printf("%.*s", (int)i, token);
		g_autofree char *with_other = NULL;
		g_autofree char *with_less = NULL;

		altered[i] = token[i] == 'q' ? 'z' : 'q';
		with_other = g_strdup_printf("rat-ab+%s@listen.example", altered);
		with_less = g_strdup_printf("rat-ab+%s@listen.example", shorter);
		assert_null(resolve(sample, with_other));
		assert_null(resolve(sample, with_less));
	}
	for (size_t i = 0; i < 3; i++) {
		static const char *const more[] = {"a", "+a", "-ab"};
		g_autofree char *address =
		    g_strdup_printf("rat-ab+%s%s@listen.example", token, more[i]);

		assert_null(resolve(sample, address));
	}
}

/* The key is the store's: a token of another Umlauf is none here. */
static void test_foreign_token(void **state)
{
	struct sample *sample = *state;
	const int64_t rat = sample_group(sample, "rat")->id;
	const int64_t numbers[] = {7, rat};
	const int64_t delivery = 12345;
	uint8_t key[SIPHASH_KEY_SIZE];
	g_autofree char *leave = NULL;
	g_autofree char *bounce = NULL;
	g_autofree char *to_leave = NULL;
	g_autofree char *to_bounce = NULL;

	memcpy(key, store_key(sample->store), sizeof(key));
	key[0] ^= 1;
	leave = token_make(key, TOKEN_LEAVE, numbers, 2);
	bounce = token_make(key, TOKEN_BOUNCE, &delivery, 1);
	to_leave = g_strdup_printf("rat-ab+%s@listen.example", leave);
	to_bounce = g_strdup_printf("bounce+%s@listen.example", bounce);
	assert_null(resolve(sample, to_leave));
	assert_null(resolve(sample, to_bounce));
}

/* RFC 5321 section 4.5.3.1.1: the longest address of a group leaves room for a token that confirms. */
static void test_room_for_tokens(void **state)
{
	struct sample *sample = *state;
	g_autofree char *name = g_strnfill(RESOLVE_LOCAL_MAX, 'x');
	const struct group *group = sample_group(sample, name);
	const int64_t numbers[] = {2000000, 16000, clock_now() / DAY + 7};
	g_autofree char *token =
	    token_make(store_key(sample->store), TOKEN_CONFIRM, numbers, G_N_ELEMENTS(numbers));
	g_autofree char *address = g_strdup_printf("%s-ab@listen.example", name);
	struct target *target = resolve(sample, address);

	assert_true(strlen(name) + strlen("-ab+") + strlen(token) <= 64);
	assert_non_null(target);
	assert_int_equal(target->group->id, group->id);
	target_free(target);
}

static void test_store_fails(void **state)
{
	struct sample *sample = *state;
	g_autoptr(GError) error = NULL;

	assert_true(db_exec(store_db(sample->store), "ALTER TABLE grp RENAME TO away", NULL));
	assert_null(
	    resolve_recipient(sample->store, sample->settings, "rat-ab@listen.example", &error));
	assert_non_null(error);
	assert_int_not_equal(err_code(error), ERR_ABSENT);
}

/* -- which addresses a group may have -- */

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
	{"ueberblick@listen.example",      false},
	{"ueberblick-ab@listen.example",   false},
	{"mailer-daemon@listen.example",   false},
	{"ueberblicke@listen.example",     true},
	/* RESOLVE_LOCAL_MAX */
	{"a23456789012345678901234567890123456@listen.example",  true},
	{"a234567890123456789012345678901234567@listen.example", false},
	{"a23456789012345678901234567890123\xc3\xbcx@listen.example", true},
	{"a23456789012345678901234567890123\xc3\xbcxx@listen.example", false},
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
	    sample_test(test_own_addresses),
	    sample_test(test_altered_tokens),
	    sample_test(test_foreign_token),
	    sample_test(test_room_for_tokens),
	    sample_test(test_store_fails),
	    sample_test(test_collisions),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/resolve", tests, NULL, NULL);
}
