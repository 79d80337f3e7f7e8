/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include "base/clock.h"
#include "base/wildmat.h"
#include "news/date.h"
#include "news/session.h"
#include "store/placement.h"

/* The arguments `date time [GMT]`; false: the reply has been made. */
static bool read_since(struct news_session *session, char **args, unsigned n_args, int64_t *since)
{
	const bool utc = n_args > 2;
	const char *zone = utc ? NULL : session->worker->settings->timezone;

	if ((!utc || g_ascii_strcasecmp(args[2], "GMT") == 0) &&
	    news_date_parse(args[0], args[1], zone, clock_now(), since))
		return true;
	news_session_say(session, NEWS_REPLY_SYNTAX);
	return false;
}

/* RFC 3977 section 7.3 */
void news_cmd_newgroups(struct news_session *session, char **args, unsigned n_args)
{
	const struct news_groups *groups = session->worker->groups;
	const GPtrArray *all = news_groups_all(groups);
	GString *out = lineconn_out(session->conn);
	int64_t since;

	if (!read_since(session, args, n_args, &since))
		return;
	g_string_append(out, "231 new newsgroups follow\r\n");
	for (guint i = 0; i < all->len; i++) {
		const struct group *group = g_ptr_array_index(all, i);

		if (group->created >= since)
			news_groups_append(groups, out, NEWS_LIST_ACTIVE, group);
	}
	g_string_append(out, ".\r\n");
}

/* What NEWNEWS has still to do; an article of several groups is named once. */
struct search {
	GArray *groups; /* owned; int64_t ids */
	guint at;	/* the group under way */
	int64_t after;	/* the last number of it that was seen */
	int64_t since;
	GHashTable *seen; /* owned; hashes of Message-IDs; NULL with one group */
};

static void free_search(void *data)
{
	struct search *search = data;

	g_array_unref(search->groups);
	if (search->seen != NULL)
		g_hash_table_unref(search->seen);
	g_free(search);
}

struct look {
	struct news_session *session;
	struct news_job *job;
	GString *out;
};

static bool take_msgid(int64_t number, const char *msgid, void *data)
{
	const struct look *look = data;
	struct search *search = look->job->data;
	struct store *store = look->session->worker->store;
	bool fresh = true;

	search->after = number;
	look->job->found++;
	if (search->seen != NULL)
		fresh = g_hash_table_add(
		    search->seen, GSIZE_TO_POINTER((gsize)store_hash(store, msgid)));
	if (fresh) {
		g_string_append(look->out, msgid);
		g_string_append_len(look->out, "\r\n", 2);
	}
	return look->out->len < look->job->full;
}

static enum news_step list_news(struct news_session *session, struct news_job *job, GString *out)
{
	struct look look = {.session = session, .job = job, .out = out};
	struct search *search = job->data;
	g_autoptr(GError) error = NULL;

	while (search->at < search->groups->len) {
		const int64_t group = g_array_index(search->groups, int64_t, search->at);

		if (!placement_new(session->worker->store, group, search->since, search->after,
			take_msgid, &look, &error)) {
			news_worker_complain(error);
			return NEWS_STEP_FAILED;
		}
		if (out->len >= job->full)
			return NEWS_STEP_MORE;
		search->at++;
		search->after = 0;
	}
	return NEWS_STEP_DONE;
}

/* Section 7.4 */
void news_cmd_newnews(struct news_session *session, char **args, unsigned n_args)
{
	const GPtrArray *all = news_groups_all(session->worker->groups);
	struct news_job job = {.step_fn = list_news, .free_fn = free_search};
	struct search *search;
	int64_t since;

	if (!wildmat_is_valid(args[0])) {
		news_session_say(session, NEWS_REPLY_SYNTAX);
		return;
	}
	if (!read_since(session, args + 1, n_args - 1, &since))
		return;
	search = g_new0(struct search, 1);
	search->groups = g_array_new(FALSE, FALSE, sizeof(int64_t));
	search->since = since;
	for (guint i = 0; i < all->len; i++) {
		const struct group *group = g_ptr_array_index(all, i);

		if (wildmat_matches(args[0], group->name))
			g_array_append_val(search->groups, group->id);
	}
	if (search->groups->len > 1)
		search->seen = g_hash_table_new(g_direct_hash, g_direct_equal);
	job.data = search;
	news_session_list(session, "230 new articles follow\r\n", &job);
}
