/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define POSTS_MAX 8

struct example {
	const char *name;
	struct {
		int64_t article;
		int64_t wanted;
		int64_t date;
	} posts[POSTS_MAX]; /* ends with article 0 */
	const char *order;  /* articles, each with its depth */
};

/* clang-format off */
static const struct example examples[] = {
    {"none", {{0}}, ""},
    {"one", {{7, 3, 100}}, "7:0"},
    {"oldest first", {{1, 0, 300}, {2, 0, 100}, {3, 0, 200}}, "2:0 3:0 1:0"},
    {"same date: by article", {{3, 0, 100}, {1, 0, 100}, {2, 0, 100}}, "1:0 2:0 3:0"},
    {"a chain", {{1, 0, 100}, {2, 1, 200}, {3, 2, 300}}, "1:0 2:1 3:2"},
    {"answers stand by what they answer", {{1, 0, 100}, {2, 0, 200}, {3, 1, 300}, {4, 2, 400}},
	"1:0 3:1 2:0 4:1"},
    {"behind a branch its sibling", {{1, 0, 100}, {2, 1, 200}, {3, 2, 500}, {4, 1, 300}, {5, 0, 250}},
	"1:0 2:1 3:2 4:1 5:0"},
    {"answers oldest first", {{1, 0, 100}, {2, 1, 400}, {3, 1, 300}}, "1:0 3:1 2:1"},
    {"at most three steps", {{1, 0, 1}, {2, 1, 2}, {3, 2, 3}, {4, 3, 4}, {5, 4, 5}, {6, 5, 6}, {7, 1, 7}},
	"1:0 2:1 3:2 4:3 5:3 6:3 7:1"},
    {"the parent is not in the digest", {{2, 1, 100}, {3, 1, 200}, {4, 3, 300}}, "2:0 3:0 4:1"},
    {"dated before what it answers", {{1, 0, 500}, {2, 1, 100}}, "1:0 2:1"},
    {"an answer to itself", {{1, 1, 100}, {2, 1, 200}}, "1:0 2:1"},
    {"a circle of two", {{1, 2, 200}, {2, 1, 100}, {3, 1, 300}}, "2:0 1:1 3:2"},
    {"a circle of three, and one that leads to it",
	{{1, 3, 100}, {2, 1, 200}, {3, 2, 300}, {4, 3, 400}, {5, 0, 50}}, "5:0 1:0 2:1 3:2 4:3"},
    {"an older one leads to a circle, at its younger post",
	{{1, 3, 100}, {2, 3, 200}, {3, 2, 300}}, "2:0 3:1 1:2"},
    {"two circles", {{1, 2, 100}, {2, 1, 200}, {3, 4, 300}, {4, 3, 400}}, "1:0 2:1 3:0 4:1"},
};
/* clang-format on */

static void add_post(struct digest_thread *thread, int64_t article, int64_t wanted, int64_t date)
{
	struct digest_post *post = digest_post_new();

	post->article = article;
	post->wanted = wanted;
	post->date = date;
	post->depth = 99;
	g_ptr_array_add(thread->posts, post);
}

static char *order_of(const struct digest_thread *thread)
{
	GString *out = g_string_new(NULL);

	for (unsigned i = 0; i < thread->posts->len; i++) {
		const struct digest_post *post = thread->posts->pdata[i];

		g_string_append_printf(
		    out, "%s%" G_GINT64_FORMAT ":%u", i > 0 ? " " : "", post->article, post->depth);
	}
	return g_string_free(out, FALSE);
}

/* The example with its posts from the given one on, round the end, or backwards. */
static void check(const struct example *example, unsigned count, unsigned first, bool backwards)
{
	struct digest *digest = digest_new();
	struct digest_thread *thread = digest_thread_new();
	g_autofree char *got = NULL;

	for (unsigned i = 0; i < count; i++) {
		const unsigned k = (first + (backwards ? count - i : i)) % count;

		add_post(thread, example->posts[k].article, example->posts[k].wanted,
		    example->posts[k].date);
	}
	g_ptr_array_add(digest->threads, thread);
	digest_order(digest);
	got = order_of(thread);
	if (strcmp(got, example->order) != 0)
		fail_msg("%s: <%s>, not <%s>", example->name, got, example->order);
	digest_free(digest);
}

static void posts(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
		unsigned count = 0;

		while (examples[i].posts[count].article != 0)
			count++;
		for (unsigned first = 0; first < MAX(count, 1); first++) {
			check(&examples[i], count, first, false);
			check(&examples[i], count, first, true);
		}
	}
}

static void add_thread(struct digest *digest, int64_t root, bool own, bool fresh, int64_t date)
{
	struct digest_thread *thread = digest_thread_new();

	thread->root = root;
	thread->own = own;
	thread->fresh = fresh;
	add_post(thread, root * 10, 0, date + 50);
	add_post(thread, root * 10 + 1, 0, date);
	g_ptr_array_add(digest->threads, thread);
}

static void threads(void **state)
{
	static const int64_t wanted[] = {4, 2, 5, 3, 6, 7, 1};
	struct digest *digest = digest_new();

	(void)state;
	add_thread(digest, 1, false, false, 900); /* continued */
	add_thread(digest, 2, true, true, 800);	  /* own and new: own */
	add_thread(digest, 3, false, true, 700);
	add_thread(digest, 4, true, false, 500);
	add_thread(digest, 5, false, true, 660); /* its newest is behind the oldest of 3 */
	add_thread(digest, 7, false, false, 300);
	add_thread(digest, 6, false, false, 300);
	digest_order(digest);
	for (unsigned i = 0; i < G_N_ELEMENTS(wanted); i++) {
		const struct digest_thread *thread = digest->threads->pdata[i];

		assert_int_equal(thread->root, wanted[i]);
	}
	assert_int_equal(digest_posts(digest), 14);
	digest_free(digest);
}

/* A chain that no stack would bear, and a circle of as many. */
static void deep(void **state)
{
	enum {
		COUNT = 200000,
	};
	struct digest *digest = digest_new();
	struct digest_thread *chain = digest_thread_new();
	struct digest_thread *circle = digest_thread_new();

	(void)state;
	for (int i = 1; i <= COUNT; i++) {
		add_post(chain, i, i - 1, i);
		add_post(circle, i, i == 1 ? COUNT : i - 1, i);
	}
	chain->own = true;
	g_ptr_array_add(digest->threads, circle);
	g_ptr_array_add(digest->threads, chain);
	digest_order(digest);
	for (unsigned t = 0; t < 2; t++) {
		const struct digest_thread *thread = digest->threads->pdata[t];

		assert_int_equal(thread->posts->len, COUNT);
		for (unsigned i = 0; i < COUNT; i++) {
			const struct digest_post *post = thread->posts->pdata[i];

			assert_int_equal(post->article, i + 1);
			assert_int_equal(post->depth, MIN(i, DIGEST_DEPTH_MAX));
		}
	}
	digest_free(digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(posts),
	    cmocka_unit_test(threads),
	    cmocka_unit_test(deep),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("digest/order", tests, NULL, NULL);
}
