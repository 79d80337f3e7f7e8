/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/dress.h"

#include "courier-sample.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/token.h"
#include "store/suspect.h"

/* An address is BEFORE TOKEN @DOMAIN of that kind, and holds these numbers. */
static void assert_token(struct sample *sample, const char *address, const char *before,
    enum token_kind kind, const int64_t *wanted, size_t count)
{
	const char *at = strrchr(address, '@');
	g_autofree char *token = NULL;
	int64_t numbers[TOKEN_NUMBERS_MAX];

	assert_true(g_str_has_prefix(address, before));
	assert_non_null(at);
	assert_string_equal(at, "@" SAMPLE_DOMAIN);
	token = g_strndup(address + strlen(before), (size_t)(at - address) - strlen(before));
	assert_true(token_read(store_key(sample->store), kind, token, numbers, count));
	assert_memory_equal(numbers, wanted, count * sizeof(*wanted));
}

static bool holds(GBytes *content, const char *text)
{
	size_t size;
	const char *bytes = g_bytes_get_data(content, &size);

	return g_strstr_len(bytes, (gssize)size, text) != NULL;
}

static void dress(struct courier_wardrobe *wardrobe, const struct delivery *delivery,
    struct courier_dressed *dressed)
{
	g_autoptr(GError) error = NULL;

	if (!courier_dress(wardrobe, delivery, dressed, &error))
		fail_msg("%s", error->message);
}

static enum err refused(struct courier_wardrobe *wardrobe, const struct delivery *delivery)
{
	struct courier_dressed dressed;
	g_autoptr(GError) error = NULL;

	assert_false(courier_dress(wardrobe, delivery, &dressed, &error));
	courier_dressed_clear(&dressed);
	return err_code(error);
}

/* Two receivers of a post: what they have in common is made once. */
static void post(void **state)
{
	struct sample *sample = *state;
	struct courier_wardrobe *wardrobe = courier_wardrobe_new(sample->store, sample->settings);
	struct group *group = sample_group(sample, "bau");
	const int64_t persons[] = {member_add(sample, group, "a"), member_add(sample, group, "b")};
	const char *names[] = {"a", "b"};
	struct courier_dressed dressed[2];
	g_autoptr(GPtrArray) rows = NULL;
	int64_t article = post_add(sample, "1", &group, 1);
	bool more;

	post_take(sample, &more);
	rows = post_rows(sample, article);
	for (size_t i = 0; i < 2; i++) {
		static const char field[] = "List-Unsubscribe: <mailto:";
		const struct delivery *row = row_to(rows, names[i]);
		const int64_t numbers[] = {persons[i], group->id};
		g_autofree char *address = NULL;
		const char *head;

		dress(wardrobe, row, &dressed[i]);
		assert_token(sample, dressed[i].sender, "bounce+", TOKEN_BOUNCE, &row->id, 1);
		head = dressed[i].head->str;
		assert_true(g_str_has_prefix(head, field));
		assert_true(g_str_has_suffix(head, ">\r\n"));
		address = g_strndup(head + strlen(field), strcspn(head + strlen(field), ">"));
		assert_token(sample, address, "bau-ab+", TOKEN_LEAVE, numbers, 2);
	}
	assert_ptr_equal(dressed[0].content, dressed[1].content);
	assert_true(holds(dressed[0].content, "\r\nSubject: Post 1\r\n"));
	assert_true(holds(dressed[0].content, "List-Id: "));
	assert_true(holds(dressed[0].content, "\r\n\r\nHallo"));
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM suspect"), 0);
	courier_dressed_clear(&dressed[0]);
	courier_dressed_clear(&dressed[1]);
	courier_wardrobe_free(wardrobe);
}

/* Add a digest or letter and find its row. */
static struct delivery *mail_add(struct sample *sample, enum delivery_kind kind, const char *body)
{
	static char address[] = "a" MEMBERS_DOMAIN;
	static char letter[] = "left";
	static const char head[] = "Subject: eigen\r\n";
	g_autoptr(GBytes) own = g_bytes_new_static(head, strlen(head));
	struct delivery new = {.kind = kind, .address = address, .head = own};
	int64_t id;

	sample_begin(sample);
	if (kind == DELIVERY_LETTER)
		new.letter = letter;
	else
		new.mail = delivery_add_mail(sample->store, body, strlen(body), NULL);
	id = delivery_add(sample->store, &new, NULL);
	assert_true(id > 0);
	sample_commit(sample);
	return delivery_find(sample->store, id, NULL);
}

static void own_mails(void **state)
{
	struct sample *sample = *state;
	struct courier_wardrobe *wardrobe = courier_wardrobe_new(sample->store, sample->settings);
	struct delivery *digest = mail_add(sample, DELIVERY_DIGEST, "\r\nHeute\r\n");
	struct delivery *letter = mail_add(sample, DELIVERY_LETTER, NULL);
	struct courier_dressed dressed;

	dress(wardrobe, digest, &dressed);
	assert_token(sample, dressed.sender, "bounce+", TOKEN_BOUNCE, &digest->id, 1);
	assert_string_equal(dressed.head->str, "Subject: eigen\r\n");
	assert_int_equal(g_bytes_get_size(dressed.content), strlen("\r\nHeute\r\n"));
	assert_true(holds(dressed.content, "\r\nHeute\r\n"));
	courier_dressed_clear(&dressed);
	dress(wardrobe, letter, &dressed);
	assert_string_equal(dressed.sender, "");
	assert_string_equal(dressed.head->str, "Subject: eigen\r\n");
	assert_int_equal(g_bytes_get_size(dressed.content), 0);
	courier_dressed_clear(&dressed);
	delivery_free(digest);
	delivery_free(letter);
	courier_wardrobe_free(wardrobe);
}

/* The digest of a day, sent and tidied away, must not stand in for that of the next day. */
static void next_day(void **state)
{
	struct sample *sample = *state;
	struct courier_wardrobe *wardrobe = courier_wardrobe_new(sample->store, sample->settings);
	struct delivery *digest = mail_add(sample, DELIVERY_DIGEST, "\r\nHeute\r\n");
	struct courier_dressed dressed;
	bool more;

	dress(wardrobe, digest, &dressed);
	courier_dressed_clear(&dressed);
	digest->state = DELIVERY_SENT;
	sample_begin(sample);
	assert_true(delivery_update(sample->store, digest, NULL));
	assert_true(delivery_prune(sample->store, clock_now() - 86400, &more, NULL));
	sample_commit(sample);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM mail"), 0);
	delivery_free(digest);
	digest = mail_add(sample, DELIVERY_DIGEST, "\r\nMorgen\r\n");
	dress(wardrobe, digest, &dressed);
	assert_true(holds(dressed.content, "Morgen"));
	courier_dressed_clear(&dressed);
	delivery_free(digest);
	courier_wardrobe_free(wardrobe);
}

/* What is not there any more.  (Rows of a withdrawn post are dropped with it.) */
static void absent(void **state)
{
	struct sample *sample = *state;
	struct courier_wardrobe *wardrobe = courier_wardrobe_new(sample->store, sample->settings);
	struct group *group = sample_group(sample, "bau");
	const struct delivery no_mail = {.kind = DELIVERY_DIGEST, .mail = 77};
	const struct delivery no_article = {.article = 77, .group = group->id};
	g_autoptr(GPtrArray) rows = NULL;
	int64_t article;
	bool more;

	member_add(sample, group, "a");
	article = post_add(sample, "1", &group, 1);
	post_take(sample, &more);
	rows = post_rows(sample, article);
	sample_begin(sample);
	assert_true(group_remove(sample->store, group->id, NULL));
	sample_commit(sample);
	assert_int_equal(refused(wardrobe, row_to(rows, "a")), ERR_ABSENT);
	assert_int_equal(refused(wardrobe, &no_mail), ERR_ABSENT);
	assert_int_equal(refused(wardrobe, &no_article), ERR_ABSENT);
	courier_wardrobe_free(wardrobe);
}

/* An article that was looked into three times, and each time was the last, is set aside. */
static void suspect(void **state)
{
	struct sample *sample = *state;
	struct courier_wardrobe *wardrobe = courier_wardrobe_new(sample->store, sample->settings);
	struct group *group = sample_group(sample, "bau");
	g_autoptr(GPtrArray) rows = NULL;
	struct courier_dressed dressed;
	int64_t article;
	bool more;

	member_add(sample, group, "a");
	article = post_add(sample, "1", &group, 1);
	post_take(sample, &more);
	rows = post_rows(sample, article);
	sample_begin(sample);
	for (int try = 0; try < SUSPECT_TRIES - 1; try++)
		assert_int_equal(suspect_note(sample->store, "courier", article, NULL), try);
	sample_commit(sample);
	dress(wardrobe, row_to(rows, "a"), &dressed);
	courier_dressed_clear(&dressed);
	assert_int_equal(sample_count(sample, "SELECT count(*) FROM suspect"), 0);
	courier_wardrobe_free(wardrobe);
	/* It went well, so it counts from the beginning. */
	sample_begin(sample);
	for (int try = 0; try < SUSPECT_TRIES; try++)
		assert_int_equal(suspect_note(sample->store, "courier", article, NULL), try);
	sample_commit(sample);
	wardrobe = courier_wardrobe_new(sample->store, sample->settings);
	assert_int_equal(refused(wardrobe, row_to(rows, "a")), ERR_PERM);
	assert_int_equal(refused(wardrobe, row_to(rows, "a")), ERR_PERM);
	courier_wardrobe_free(wardrobe);
}

/* More than are kept: each is made anew, and is the right one. */
static void many(void **state)
{
	struct sample *sample = *state;
	struct courier_wardrobe *wardrobe = courier_wardrobe_new(sample->store, sample->settings);
	struct delivery *rows[40];

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *body = g_strdup_printf("\r\nNr. %zu.\r\n", i);

		rows[i] = mail_add(sample, DELIVERY_DIGEST, body);
	}
	for (size_t i = 0; i < 3 * G_N_ELEMENTS(rows); i++) {
		const size_t at = i * 7 % G_N_ELEMENTS(rows);
		g_autofree char *body = g_strdup_printf("\r\nNr. %zu.\r\n", at);
		struct courier_dressed dressed;

		dress(wardrobe, rows[at], &dressed);
		assert_true(holds(dressed.content, body));
		courier_dressed_clear(&dressed);
	}
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		delivery_free(rows[i]);
	courier_wardrobe_free(wardrobe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(post),
	    sample_test(own_mails),
	    sample_test(next_day),
	    sample_test(absent),
	    sample_test(suspect),
	    sample_test(many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
