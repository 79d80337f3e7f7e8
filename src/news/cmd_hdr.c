/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/handlers.h"

#include <string.h>

#include "article/overview.h"
#include "base/err.h"
#include "news/pick.h"
#include "news/session.h"
#include "news/view.h"
#include "store/placement.h"

/* So many articles are opened in one go where the overview has not the field. */
#define OPENED_MAX 128

/* RFC 3977 section 8.5, and XHDR of RFC 2980 section 2.6. */
struct dialect {
	const char *status;
	const char *lacking; /* instead of a field that an article has not */
	bool names_msgid;    /* by Message-ID, that is named instead of the number 0 */
};

static const struct dialect hdr = {"225 headers follow\r\n", "", false};
static const struct dialect xhdr = {"221 headers follow\r\n", "(none)", true};

/* What the overview knows; all other fields are read from the articles. */
static const struct {
	const char *name;
	enum overview_column column;
} columns[] = {
    /* clang-format off */
	{"subject",    OVERVIEW_SUBJECT},
	{"from",       OVERVIEW_FROM},
	{"date",       OVERVIEW_DATE},
	{"message-id", OVERVIEW_MSGID},
	{"references", OVERVIEW_REFERENCES},
	{":bytes",     OVERVIEW_BYTES},
	{":lines",     OVERVIEW_LINES},
	{"xref",       OVERVIEW_XREF},
    /* clang-format on */
};

struct wish {
	const struct dialect *dialect;
	enum overview_column column; /* OVERVIEW_COLUMNS: none */
	char name[NEWS_ARGUMENT_SIZE_MAX + 1];
};

/* A field name or an item that the overview knows. */
static const char *read_name(struct wish *wish, const char *name)
{
	wish->column = OVERVIEW_COLUMNS;
	g_strlcpy(wish->name, name, sizeof(wish->name));
	for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
		if (g_ascii_strcasecmp(name, columns[i].name) == 0)
			wish->column = columns[i].column;
	if (*name == ':' && name[1] != '\0' && strchr(name + 1, ':') == NULL)
		return wish->column != OVERVIEW_COLUMNS ? NULL : "503 no such item";
	for (const char *at = name; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || *at == ':')
			return NEWS_REPLY_SYNTAX;
	return NULL;
}

static void append_value(GString *out, const struct wish *wish, const char *value, size_t size)
{
	if (size > 0)
		g_string_append_len(out, value, (gssize)size);
	else
		g_string_append(out, wish->dialect->lacking);
	g_string_append_len(out, "\r\n", 2);
}

/* -- from the overview -- */

struct lines {
	struct news_job *job;
	GString *out;
};

static bool take_line(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	const struct lines *lines = data;
	const struct wish *wish = lines->job->data;
	size_t value_size;
	const char *value = overview_column(overview, size, wish->column, &value_size);

	(void)article;
	news_range_append(lines->out, number);
	g_string_append_c(lines->out, ' ');
	append_value(lines->out, wish, value, value_size);
	lines->job->range.low = number + 1;
	lines->job->found++;
	return lines->out->len < lines->job->full;
}

static enum news_step list_columns(struct news_session *session, struct news_job *job, GString *out)
{
	struct lines lines = {.job = job, .out = out};
	g_autoptr(GError) error = NULL;

	if (!placement_scan(session->worker->store, job->group, job->range.low, job->range.high,
		take_line, &lines, &error)) {
		news_worker_complain(error);
		return NEWS_STEP_FAILED;
	}
	return out->len < job->full ? NEWS_STEP_DONE : NEWS_STEP_MORE;
}

/* -- from the articles -- */

struct batch {
	struct {
		int64_t number;
		int64_t article;
	} items[OPENED_MAX];
	unsigned n;
};

static bool take_item(
    int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	struct batch *batch = data;

	(void)overview;
	(void)size;
	batch->items[batch->n].number = number;
	batch->items[batch->n].article = article;
	return ++batch->n < OPENED_MAX;
}

/* As the article is served, so that HDR and HEAD agree. */
static bool append_field(struct news_session *session, GString *out, const struct wish *wish,
    int64_t article, GError **error)
{
	struct news_worker *worker = session->worker;
	const struct field *field;
	g_autofree char *value = NULL;
	struct news_view view;

	if (!news_view_make(worker, article, &view, error) ||
	    !header_scan(&worker->header, view.head->str, view.head->len, error))
		return false;
	field = header_find(&worker->header, wish->name);
	if (field != NULL)
		value = field_unfolded(field);
	append_value(out, wish, value, value != NULL ? strlen(value) : 0);
	return true;
}

static enum news_step list_fields(struct news_session *session, struct news_job *job, GString *out)
{
	g_autoptr(GError) error = NULL;
	struct batch batch = {.n = 0};
	unsigned i = 0;

	placement_scan_numbers(session->worker->store, job->group, job->range.low, job->range.high,
	    take_item, &batch, &error);
	for (; i < batch.n && error == NULL && out->len < job->full; i++) {
		const size_t start = out->len;

		job->range.low = batch.items[i].number + 1;
		news_range_append(out, batch.items[i].number);
		g_string_append_c(out, ' ');
		if (append_field(session, out, job->data, batch.items[i].article, &error)) {
			job->found++;
			continue;
		}
		g_string_truncate(out, start);
		if (err_code(error) == ERR_ABSENT)
			g_clear_error(&error);
	}
	if (error != NULL) {
		news_worker_complain(error);
		return NEWS_STEP_FAILED;
	}
	return i == batch.n && batch.n < OPENED_MAX ? NEWS_STEP_DONE : NEWS_STEP_MORE;
}

/* -- by Message-ID -- */

struct one {
	const struct wish *wish;
	GString *out;
};

static bool take_one(int64_t number, int64_t article, const char *overview, size_t size, void *data)
{
	const struct one *one = data;
	size_t value_size;
	const char *value = overview_column(overview, size, one->wish->column, &value_size);

	(void)number;
	(void)article;
	append_value(one->out, one->wish, value, value_size);
	return false;
}

static bool say_one(
    struct news_session *session, const char *msgid, const struct wish *wish, GError **error)
{
	struct news_worker *worker = session->worker;
	GString *out = lineconn_out(session->conn);
	struct one one = {.wish = wish, .out = out};
	struct placement place;
	const int64_t article = news_view_find(worker, msgid, &place, NULL, error);

	if (article == 0)
		return false;
	g_string_append(out, wish->dialect->status);
	g_string_append(out, wish->dialect->names_msgid ? msgid : "0");
	g_string_append_c(out, ' ');
	if (wish->column == OVERVIEW_COLUMNS
		? !append_field(session, out, wish, article, error)
		: !placement_scan(worker->store, place.group, place.number, place.number, take_one,
		      &one, error))
		return false;
	g_string_append_len(out, ".\r\n", 3);
	return true;
}

static void hdr_msgid(struct news_session *session, const char *msgid, const struct wish *wish)
{
	GString *out = lineconn_out(session->conn);
	const size_t start = out->len;
	g_autoptr(GError) error = NULL;

	if (say_one(session, msgid, wish, &error))
		return;
	g_string_truncate(out, start);
	if (error == NULL || err_code(error) == ERR_ABSENT)
		news_session_say(session, NEWS_REPLY_NO_MSGID);
	else
		news_session_fail(session, error);
}

/* -- both commands -- */

static void answer(struct news_session *session, const struct wish *wish, const char *which)
{
	struct news_job job = {
	    .step_fn = wish->column == OVERVIEW_COLUMNS ? list_fields : list_columns,
	    .free_fn = g_free,
	};
	struct news_pick pick;

	if (!news_pick(session, which, &pick))
		return;
	if (pick.msgid != NULL) {
		hdr_msgid(session, pick.msgid, wish);
		return;
	}
	job.empty = pick.empty;
	job.range = pick.range;
	job.group = session->group;
	job.data = g_memdup2(wish, sizeof(*wish));
	news_session_list(session, wish->dialect->status, &job);
}

void news_cmd_hdr(struct news_session *session, char **args, unsigned n_args)
{
	struct wish wish = {.dialect = &hdr};
	const char *wrong = read_name(&wish, args[0]);

	if (wrong != NULL)
		news_session_say(session, wrong);
	else
		answer(session, &wish, n_args > 1 ? args[1] : NULL);
}

/* Old clients ask for Lines and Bytes as for fields. */
void news_cmd_xhdr(struct news_session *session, char **args, unsigned n_args)
{
	struct wish wish = {.dialect = &xhdr};
	const char *name = args[0];
	const char *wrong;

	if (g_ascii_strcasecmp(name, "lines") == 0)
		name = ":lines";
	else if (g_ascii_strcasecmp(name, "bytes") == 0)
		name = ":bytes";
	wrong = read_name(&wish, name);
	if (wrong != NULL)
		news_session_say(session, wrong);
	else
		answer(session, &wish, n_args > 1 ? args[1] : NULL);
}
