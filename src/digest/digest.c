/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/digest.h"

static void free_post(gpointer data)
{
	struct digest_post *post = data;

	g_free(post->reply_to);
	g_free(post->author);
	g_free(post->text);
	g_clear_pointer(&post->attachments, g_ptr_array_unref);
	g_free(post);
}

static void free_thread(gpointer data)
{
	struct digest_thread *thread = data;

	g_free(thread->subject);
	g_free(thread->group_title);
	g_free(thread->group_address);
	g_ptr_array_unref(thread->posts);
	g_free(thread);
}

struct digest *digest_new(void)
{
	struct digest *digest = g_new0(struct digest, 1);

	digest->titles = g_ptr_array_new_with_free_func(g_free);
	digest->threads = g_ptr_array_new_with_free_func(free_thread);
	return digest;
}

void digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	g_clear_pointer(&digest->zone, g_time_zone_unref);
	g_ptr_array_unref(digest->titles);
	g_ptr_array_unref(digest->threads);
	g_free(digest);
}

struct digest_thread *digest_thread_new(void)
{
	struct digest_thread *thread = g_new0(struct digest_thread, 1);

	thread->posts = g_ptr_array_new_with_free_func(free_post);
	return thread;
}

struct digest_post *digest_post_new(void)
{
	return g_new0(struct digest_post, 1);
}

enum digest_kind digest_kind(const struct digest_thread *thread)
{
	if (thread->own)
		return DIGEST_OWN;
	return thread->fresh ? DIGEST_FRESH : DIGEST_CONTINUED;
}

unsigned digest_posts(const struct digest *digest)
{
	unsigned count = 0;

	for (unsigned i = 0; i < digest->threads->len; i++) {
		const struct digest_thread *thread = digest->threads->pdata[i];

		count += thread->posts->len;
	}
	return count;
}
