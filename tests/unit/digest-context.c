/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "digest/context.h"

#include "article/quote.h"
#include "store/wire.h"
#include "store-sample.h"

#define QUESTION "Wie behandelt ihr Eckgrundstücke, und was ist mit Gehwegen der Stadt?"
#define SIGNATURE "Otto aus dem Norden\nimmer eine Handbreit Wasser unter dem Kiel\n"

/* A post by Anna with a parent ("-": none) whose text begins so. */
static void post(struct sample *sample, const char *name, const char *parent, const char *text)
{
	g_autofree char *refs =
	    *parent == '-' ? g_strdup("") : g_strdup_printf("References: <%s@x>\n", parent);
	g_autofree char *head =
	    g_strdup_printf("Message-ID: <%s@x>\nSubject: %s\n%sMIME-Version: 1.0\n"
			    "Content-Type: text/plain; charset=utf-8\n\n%s\n",
		name, name, refs, text);
	struct group *group =
	    sample->groups->len > 0 ? sample->groups->pdata[0] : sample_group(sample, "bau");

	assert_int_equal(sample_post(sample, group, head), VERDICT_PLACED);
}

static int64_t id_of(struct sample *sample, const char *name)
{
	g_autofree char *msgid = g_strdup_printf("<%s@x>", name);

	return sample_id(sample, msgid);
}

/* What is new in a text below that parent. */
static char *new_below(struct digest_context *context, struct sample *sample, const char *parent,
    const char *author, const char *text)
{
	const int64_t id = id_of(sample, parent);
	const struct digest_place place = {.parent = id, .root = id, .author = author};
	g_autoptr(GArray) pieces = digest_context_read(context, &place, text, NULL);

	assert_non_null(pieces);
	return quote_shown(text, pieces);
}

static void expect(struct digest_context *context, struct sample *sample, const char *parent,
    const char *text, const char *wanted)
{
	g_autofree char *shown = new_below(context, sample, parent, "anna@stadt.example", text);

	assert_string_equal(shown, wanted);
}

/* An ancestor and another article of the thread are sources, an article of another one is not. */
static void test_sources(void **state)
{
	struct sample *sample = *state;
	struct digest_context *context = digest_context_new(sample->store);

	post(sample, "a", "-", QUESTION);
	post(sample, "b", "a",
	    "Die Tabelle der Gebühren kommt morgen mit der zweiten Post nach Musterau.");
	post(sample, "c", "-", "Der Haushalt für das nächste Jahr ist noch lange nicht genehmigt.");
	expect(context, sample, "a", "Nur eine Seite.\n\n" QUESTION "\n", "Nur eine Seite.\n");
	expect(context, sample, "a",
	    "Gut.\n\nDie Tabelle der Gebühren kommt morgen mit der zweiten Post nach Musterau.\n",
	    "Gut.\n");
	expect(context, sample, "a",
	    "Gut.\n\nDer Haushalt für das nächste Jahr ist noch lange nicht genehmigt.\n",
	    "Gut.\n\nDer Haushalt für das nächste Jahr ist noch lange nicht genehmigt.\n");
	digest_context_free(context);
}

/* What can't be read, or must not be, is no source. */
static void test_absent(void **state)
{
	struct sample *sample = *state;
	struct digest_context *context = digest_context_new(sample->store);

	post(sample, "a", "-", QUESTION);
	digest_context_set_aside(context, id_of(sample, "a"));
	expect(context, sample, "a", "Nein.\n\n" QUESTION "\n", "Nein.\n\n" QUESTION "\n");
	digest_context_free(context);

	context = digest_context_new(sample->store);
	sample_begin(sample);
	assert_true(wire_remove(sample->store, id_of(sample, "a"), NULL));
	sample_commit(sample);
	expect(context, sample, "a", "Nein.\n\n" QUESTION "\n", "Nein.\n\n" QUESTION "\n");
	digest_context_free(context);
}

/* What is new in a post that is in the store; all end in the same lines. */
static char *new_of(
    struct digest_context *context, struct sample *sample, const char *name, const char *author)
{
	const struct digest_place place = {
	    .article = id_of(sample, name), .root = id_of(sample, name), .author = author};
	g_autofree char *text = g_strdup_printf("Post %s.\n\n" SIGNATURE "\nHallo\n", name);
	g_autoptr(GArray) pieces = digest_context_read(context, &place, text, NULL);

	assert_non_null(pieces);
	return quote_shown(text, pieces);
}

/* The third post of an author shows what the signature is, in whatever threads they stand. */
static void test_signature(void **state)
{
	static const struct {
		const char *name;
		const char *author;
		bool folded;
	} posts[] = {
	    {"a", "anna@stadt.example", false},
	    {"b", "anna@stadt.example", false},
	    {"c", "bert@stadt.example", false},
	    {"d", "anna@stadt.example", true},
	    {"d", "anna@stadt.example", true},
	};
	struct sample *sample = *state;
	struct digest_context *context = digest_context_new(sample->store);

	for (size_t i = 0; i < G_N_ELEMENTS(posts); i++) {
		g_autofree char *shown = NULL;

		if (i < 4)
			post(sample, posts[i].name, "-", SIGNATURE);
		shown = new_of(context, sample, posts[i].name, posts[i].author);
		print_message("# %s of %s\n", posts[i].name, posts[i].author);
		assert_int_equal(strstr(shown, "Kiel") == NULL, posts[i].folded);
	}
	digest_context_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    sample_test(test_sources),
	    sample_test(test_absent),
	    sample_test(test_signature),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("digest/context", tests, NULL, NULL);
}
