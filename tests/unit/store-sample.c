/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "store-sample.h"

#include <glib/gstdio.h>

#include "db/db.h"
#include "store/placement.h"

#define CONF "[umlauf]\ndomain = " SAMPLE_DOMAIN "\nstore = sqlite:umlauf.db\nuser = root\n"

/* A store without groups is made once: its dictionary takes a while. */
static void *template;
static size_t template_size;

static void need(bool done, const GError *error)
{
	if (!done)
		fail_msg("%s", error ? error->message : "failed without a reason");
}

static void make_store(const struct sample *sample, const char *path)
{
	g_autoptr(GError) error = NULL;

	if (!template) {
		need(store_migrate(sample->url, &error), error);
		need(g_file_get_contents(path, (char **)&template, &template_size, &error), error);
	} else {
		need(g_file_set_contents(path, template, (gssize)template_size, &error), error);
	}
}

struct sample *sample_new(const char *conf)
{
	struct sample *sample = g_new0(struct sample, 1);
	g_autofree char *text = g_strconcat(CONF, conf, NULL);
	g_autofree char *file = NULL;
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;

	sample->folder = g_dir_make_tmp("umlauf-XXXXXX", &error);
	need(sample->folder != NULL, error);
	file = g_build_filename(sample->folder, "umlauf.conf", NULL);
	path = g_build_filename(sample->folder, "umlauf.db", NULL);
	sample->url = g_strconcat("sqlite:", path, NULL);
	need(g_file_set_contents(file, text, -1, &error), error);
	sample->settings = settings_read(file, NULL, &error);
	need(sample->settings != NULL, error);
	make_store(sample, path);
	sample->store = store_open(sample->url, STORE_WRITE, &error);
	need(sample->store != NULL, error);
	sample->groups = g_ptr_array_new();
	sample->sender = "anna@stadt.example";
	sample->arrived = SAMPLE_ARRIVED;
	return sample;
}

static void remove_folder(const char *folder)
{
	GDir *dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (g_file_test(path, G_FILE_TEST_IS_DIR))
			remove_folder(path);
		else
			g_unlink(path);
	}
	g_dir_close(dir);
	g_rmdir(folder);
}

char *sample_leave(struct sample *sample)
{
	char *folder = sample->folder;

	store_close(sample->store);
	settings_free(sample->settings);
	for (guint i = 0; i < sample->groups->len; i++)
		group_free(sample->groups->pdata[i]);
	g_ptr_array_unref(sample->groups);
	g_free(sample->url);
	g_free(sample);
	return folder;
}

void sample_free(struct sample *sample)
{
	g_autofree char *folder = sample_leave(sample);

	remove_folder(folder);
}

int sample_set_up(void **state)
{
	*state = sample_new(NULL);
	return 0;
}

int sample_tear_down(void **state)
{
	sample_free(*state);
	return 0;
}

void sample_begin(struct sample *sample)
{
	g_autoptr(GError) error = NULL;

	need(store_begin(sample->store, &error), error);
}

void sample_commit(struct sample *sample)
{
	g_autoptr(GError) error = NULL;

	need(store_commit(sample->store, &error), error);
}

struct group *sample_group_of(struct sample *sample, const char *name, enum group_post post)
{
	struct group *group = g_new0(struct group, 1);
	g_autoptr(GError) error = NULL;

	group->name = g_strdup(name);
	group->address = g_strconcat(name, "@" SAMPLE_DOMAIN, NULL);
	group->title = g_strdup("");
	group->post = post;
	sample_begin(sample);
	need(group_add(sample->store, group, &error), error);
	sample_commit(sample);
	g_ptr_array_add(sample->groups, group);
	return group;
}

struct group *sample_group(struct sample *sample, const char *name)
{
	return sample_group_of(sample, name, POST_OPEN);
}

void sample_group_update(struct sample *sample, const struct group *group)
{
	g_autoptr(GError) error = NULL;

	sample_begin(sample);
	need(group_update(sample->store, group, &error), error);
	sample_commit(sample);
}

char *sample_mail(const char *head)
{
	bool has_from = g_str_has_prefix(head, "From:") || strstr(head, "\nFrom:");
	const char *from = has_from ? "" : "From: Anna Muster <anna@stadt.example>\n";
	GString *mail = g_string_new(NULL);

	g_string_append_printf(mail, "%s%s\nHallo\n", from, head);
	g_string_replace(mail, "\n", "\r\n", 0);
	return g_string_free(mail, FALSE);
}

struct outcome sample_accept(
    struct sample *sample, const char *head, struct group **groups, size_t n_groups)
{
	g_autofree char *mail = sample_mail(head);
	const struct submission submission = {
	    .bytes = mail,
	    .size = strlen(mail),
	    .sender = sample->sender,
	    .via = sample->via,
	    .approved = sample->approved,
	    .quiet = sample->quiet,
	    .groups = groups,
	    .n_groups = n_groups,
	    .arrived = sample->arrived,
	};
	struct outcome outcome;
	g_autoptr(GError) error = NULL;

	sample_begin(sample);
	need(accept_message(sample->store, sample->settings, &submission, &outcome, &error), error);
	sample_commit(sample);
	return outcome;
}

enum verdict sample_post(struct sample *sample, struct group *group, const char *head)
{
	struct outcome outcome = sample_accept(sample, head, &group, 1);
	enum verdict verdict = outcome.verdicts[0];

	outcome_clear(&outcome);
	return verdict;
}

static struct article *find(struct sample *sample, const char *msgid)
{
	g_autoptr(GError) error = NULL;
	struct article *article = article_find(sample->store, msgid, &error);

	if (!article)
		fail_msg("%s: %s", msgid, error ? error->message : "not known");
	return article;
}

int64_t sample_id(struct sample *sample, const char *msgid)
{
	g_autoptr(GError) error = NULL;
	int64_t id = article_find_id(sample->store, msgid, &error);

	need(id >= 0, error);
	return id;
}

char *sample_fields(struct sample *sample, const char *msgid)
{
	struct article *article = find(sample, msgid);
	char *fields = g_steal_pointer(&article->fields);

	article_free(article);
	return fields;
}

char *sample_root(struct sample *sample, const char *msgid)
{
	struct article *article = find(sample, msgid);
	g_autoptr(GError) error = NULL;
	struct article *root = article_find_by_id(sample->store, article->root, &error);
	char *name;

	need(root != NULL, error);
	name = g_steal_pointer(&root->msgid);
	article_free(root);
	article_free(article);
	return name;
}

struct wanted_column {
	enum overview_column column;
	char *value;
};

static bool take_column(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	struct wanted_column *wanted = data;
	size_t value_size;
	const char *value = overview_column(overview, size, wanted->column, &value_size);

	(void)number;
	(void)article;
	wanted->value = g_strndup(value, value_size);
	return false;
}

char *sample_overview(
    struct sample *sample, const struct group *group, int64_t number, enum overview_column column)
{
	struct wanted_column wanted = {.column = column};
	g_autoptr(GError) error = NULL;

	need(placement_scan(sample->store, group->id, number, number, take_column, &wanted, &error),
	    error);
	return wanted.value ? wanted.value : g_strdup("");
}

int64_t sample_count(struct sample *sample, const char *sql)
{
	g_autoptr(GError) error = NULL;
	int64_t count = db_int_of(store_db(sample->store), sql, NULL, 0, 0, &error);

	need(error == NULL, error);
	return count;
}

void sample_change(struct sample *sample, const char *sql)
{
	g_autoptr(GError) error = NULL;

	need(db_exec(store_db(sample->store), sql, &error), error);
}

void sample_verify(struct sample *sample)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;

	need(store_verify(sample->store, findings, &error), error);
	for (guint i = 0; i < findings->len; i++)
		print_message("# %s\n", (const char *)findings->pdata[i]);
	assert_int_equal(findings->len, 0);
}
