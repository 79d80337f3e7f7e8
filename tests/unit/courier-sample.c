/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier-sample.h"

#include "courier/due.h"
#include "store/person.h"

static int64_t join(struct sample *sample, const struct group *group, const char *name)
{
	g_autofree char *address = g_strconcat(name, MEMBERS_DOMAIN, NULL);
	const int64_t person = person_need(sample->store, address, LANG_DE, NULL);

	assert_true(person > 0);
	assert_true(subscription_set(sample->store, person, group->id, MODE_EACH, NULL));
	return person;
}

int64_t member_add(struct sample *sample, const struct group *group, const char *name)
{
	int64_t person;

	sample_begin(sample);
	person = join(sample, group, name);
	sample_commit(sample);
	return person;
}

void member_add_many(struct sample *sample, const struct group *group, unsigned count)
{
	sample_begin(sample);
	for (unsigned i = 1; i <= count; i++) {
		g_autofree char *name = g_strdup_printf("m%u", i);

		join(sample, group, name);
	}
	sample_commit(sample);
}

int64_t post_add(struct sample *sample, const char *id, struct group **groups, size_t n_groups)
{
	g_autofree char *head = g_strdup_printf("Message-ID: <%s@x>\nSubject: Post %s\n", id, id);
	struct outcome outcome = sample_accept(sample, head, groups, n_groups);
	const int64_t article = outcome.article;

	for (size_t i = 0; i < n_groups; i++)
		assert_int_equal(outcome.verdicts[i], VERDICT_PLACED);
	outcome_clear(&outcome);
	return article;
}

unsigned post_take(struct sample *sample, bool *more)
{
	g_autoptr(GError) error = NULL;
	unsigned taken = 0;

	if (!courier_due_take(sample->store, more, &taken, &error))
		fail_msg("%s", error->message);
	return taken;
}

GPtrArray *post_rows(struct sample *sample, int64_t article)
{
	GPtrArray *rows = delivery_of_article(sample->store, article, NULL);

	assert_non_null(rows);
	return rows;
}

struct delivery *row_to(GPtrArray *rows, const char *name)
{
	g_autofree char *address = g_strconcat(name, MEMBERS_DOMAIN, NULL);

	for (guint i = 0; i < rows->len; i++) {
		struct delivery *row = rows->pdata[i];

		if (g_str_equal(row->address, address))
			return row;
	}
	fail_msg("no row to %s", name);
	return NULL;
}

void row_write(struct store *store, const struct delivery *row)
{
	assert_true(store_begin(store, NULL));
	assert_true(delivery_update(store, row, NULL));
	assert_true(store_commit(store, NULL));
}
