/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The messages of tests/corpus/trim: NAME.new is what a person marks as new in NAME.eml, with one line
 * of what an inline answer is to.  NAME.source-1 and on are articles of the thread, the nearest first;
 * NAME.post-1 and on are other posts of the author.
 */
#include "config.h"

#include "article/address.h"
#include "article/body.h"
#include "article/header.h"
#include "article/quote.h"
#include "corpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <glib.h>

#define SAMPLES_MIN 200

static char *text_of(const char *wire, size_t size)
{
	struct body body;
	char *text;

	body_read(&body, wire, size, LANG_DE);
	text = g_steal_pointer(&body.text);
	body_clear(&body);
	return text;
}

/* The texts of NAME.KIND-1, NAME.KIND-2 …, NULL at the end. */
static GPtrArray *texts_beside(const struct corpus_sample *sample, const char *kind)
{
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	for (unsigned i = 1;; i++) {
		g_autofree char *name = g_strdup_printf("%s.%s-%u", sample->name, kind, i);
		g_autofree char *path = g_build_filename(sample->folder, name, NULL);
		g_autofree char *wire = NULL;
		size_t size;

		if (!g_file_test(path, G_FILE_TEST_EXISTS))
			break;
		wire = corpus_read(sample->folder, name, true, &size);
		g_ptr_array_add(texts, text_of(wire, size));
	}
	g_ptr_array_add(texts, NULL);
	return texts;
}

/* The name in From, or NULL. */
static char *author_of(const struct corpus_sample *sample)
{
	struct header header;
	const struct field *from = NULL;
	char *name = NULL;

	header_init(&header);
	if (header_scan(&header, sample->wire, sample->size, NULL))
		from = header_find(&header, "From");
	if (from != NULL) {
		g_autoptr(GPtrArray) mailboxes = address_parse(from->value, from->value_size);

		if (mailboxes->len > 0)
			name = g_strdup(((const struct mailbox *)mailboxes->pdata[0])->name);
	}
	header_clear(&header);
	return name;
}

/* Also, what is shown stays as it is when it is trimmed again. */
static bool is_trimmed(const struct corpus_sample *sample, void *data)
{
	g_autofree char *text = text_of(sample->wire, sample->size);
	g_autoptr(GPtrArray) sources = texts_beside(sample, "source");
	g_autoptr(GPtrArray) posts = texts_beside(sample, "post");
	g_autoptr(GPtrArray) tails = quote_learn((const char *const *)posts->pdata, posts->len - 1);
	g_autofree char *author = author_of(sample);
	struct quote_known known = {
	    .sources = (const char *const *)sources->pdata, .author = author};
	g_autofree char *shown = NULL;
	g_autofree char *again = NULL;

	(void)data;
	g_ptr_array_add(tails, NULL);
	known.tails = (const char *const *)tails->pdata;
	shown = quote_new(text, &known);
	again = quote_new(shown, &known);
	if (!corpus_equal(sample, shown))
		return false;
	if (g_strcmp0(again, shown) != 0)
		print_message("# %s: trimmed again it is another\n", sample->name);
	return g_strcmp0(again, shown) == 0;
}

static void test_samples(void **state)
{
	(void)state;
	corpus_each("trim", "new", SAMPLES_MIN, is_trimmed, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_samples)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/quote, samples", tests, NULL, NULL);
}
