/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "news/post.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "article/proto.h"
#include "article/serve.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

#define REPLY_MAX ((size_t)2048)
#define IDLE_MAX 16 /* connections kept for the next post */

#define REFUSED "441 posting failed: "
#define TRY_LATER REFUSED "not stored, try again later"

static const struct timeval answer_time = {.tv_sec = 60};

/* What intake is expected to say next. */
enum stage {
	STAGE_GREETING,
	STAGE_LHLO,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_ANSWER,
	STAGE_IDLE, /* nothing: it waits for a post */
};

/* A connection to intake, and the post that it carries. */
struct news_post {
	struct news_worker *worker;   /* borrowed */
	struct news_session *session; /* borrowed; NULL: nobody waits for the answer */
	struct bufferevent *wire;     /* owned */
	enum stage stage;
	char **groups;	     /* owned; where it shall go */
	guint n_groups;	     /* of these so many … */
	guint n_answered;    /* … have been answered by intake, */
	guint n_taken;	     /* and so many are good; */
	bool is_doubtful;    /* of one it could not tell */
	GByteArray *article; /* owned; until it is sent */
};

/* -- answers to the newsreader -- */

/* Answer the session, which goes on; the connection is free for another post. */
static void answer(struct news_post *post, const char *line)
{
	struct news_session *session = g_steal_pointer(&post->session);

	g_clear_pointer(&post->groups, g_strfreev);
	g_clear_pointer(&post->article, g_byte_array_unref);
	if (session == NULL)
		return;
	session->post = NULL;
	news_session_resume(session, line);
}

static void post_free(struct news_post *post)
{
	g_queue_remove(&post->worker->posts, post);
	g_queue_remove(&post->worker->idle_posts, post);
	bufferevent_free(post->wire);
	g_strfreev(post->groups);
	if (post->article != NULL)
		g_byte_array_unref(post->article);
	g_free(post);
}

static void give_up(struct news_post *post, const char *line)
{
	answer(post, line);
	post_free(post);
}

/* What stands in the input already is no answer to the next post: intake takes leave. */
static void rest(struct news_post *post)
{
	if (post->worker->idle_posts.length >= IDLE_MAX ||
	    evbuffer_get_length(bufferevent_get_input(post->wire)) > 0) {
		post_free(post);
		return;
	}
	post->stage = STAGE_IDLE;
	bufferevent_set_timeouts(post->wire, NULL, NULL);
	g_queue_push_tail(&post->worker->idle_posts, post);
}

/* "250 2.0.0 held for …" without its numbers. */
static const char *words_of(const char *reply)
{
	const char *words = reply + 3 + strspn(reply + 3, " ");

	if (g_ascii_isdigit(words[0]) && words[1] == '.')
		words += strcspn(words, " ");
	return words + strspn(words, " ");
}

static void finish(struct news_post *post, const char *reply)
{
	const char *mark = reply[0] == '2' ? "240 " : REFUSED;
	g_autofree char *line = g_strconcat(mark, words_of(reply), NULL);

	log_notice("posted", log_text("reply", line));
	answer(post, line);
	rest(post);
}

/* -- what intake says -- */

static void send_article(struct news_post *post)
{
	g_autoptr(GString) text = g_string_sized_new(post->article->len + 256);

	serve_stuffed(text, (const char *)post->article->data, post->article->len);
	g_string_append(text, ".\r\n");
	bufferevent_write(post->wire, text->str, text->len);
	g_clear_pointer(&post->article, g_byte_array_unref);
}

/* Everything as far as DATA in one write; intake answers each in turn (RFC 2920). */
static void send_envelope(struct news_post *post)
{
	struct evbuffer *out = bufferevent_get_output(post->wire);

	evbuffer_add_printf(out, "MAIL FROM:<> VIA=news\r\n");
	for (char **group = post->groups; *group != NULL; group++)
		evbuffer_add_printf(out, "RCPT TO:<%s>\r\n", *group);
	evbuffer_add_printf(out, "DATA\r\n");
	bufferevent_set_timeouts(post->wire, &answer_time, &answer_time);
}

/* The article follows if all its groups are known to be ours or not; false: it can't. */
static bool take_go_ahead(struct news_post *post, bool good)
{
	if (good && !post->is_doubtful) {
		send_article(post);
		post->stage = STAGE_ANSWER;
		return true;
	}
	give_up(post,
	    post->n_taken == 0 && !post->is_doubtful ? REFUSED "no such newsgroup" : TRY_LATER);
	return false;
}

/* One reply; false: the connection is of no more use, and gone, or rests. */
static bool take_reply(struct news_post *post, const char *reply)
{
	const bool good = reply[0] == '2' || reply[0] == '3';

	switch (post->stage) {
	case STAGE_RCPT:
		post->n_taken += good;
		post->is_doubtful = post->is_doubtful || reply[0] == '4';
		if (++post->n_answered == post->n_groups)
			post->stage = STAGE_DATA;
		return true;
	case STAGE_DATA:
		return take_go_ahead(post, good);
	case STAGE_ANSWER:
		finish(post, reply);
		return false;
	case STAGE_GREETING:
	case STAGE_LHLO:
	case STAGE_MAIL:
		if (!good)
			give_up(post, TRY_LATER);
		else
			post->stage++;
		return good;
	case STAGE_IDLE: /* it takes leave */
		post_free(post);
		return false;
	}
	return false;
}

static void on_readable(struct bufferevent *wire, void *data)
{
	struct news_post *post = data;
	struct evbuffer *in = bufferevent_get_input(wire);
	bool goes_on = true;

	while (goes_on) {
		char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF_STRICT);

		if (line == NULL)
			break;
		/* "250-…": more lines of the same reply follow. */
		if (strlen(line) >= 3 && line[3] != '-')
			goes_on = take_reply(post, line);
		free(line);
	}
	if (goes_on && evbuffer_get_length(in) > REPLY_MAX)
		give_up(post, TRY_LATER);
}

/* Intake is gone, or does not answer.  A post that it had may be stored: a repeat finds itself. */
static void on_event(struct bufferevent *wire, short what, void *data)
{
	struct news_post *post = data;

	(void)wire;
	if (what & BEV_EVENT_CONNECTED)
		return;
	if (post->stage != STAGE_IDLE)
		log_warning("intake",
		    log_text("error", what & BEV_EVENT_TIMEOUT ? "does not answer" : "is gone"));
	give_up(post, TRY_LATER);
}

/* -- beginning -- */

/* A connected socket; -1 with errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un address;
	int folder;
	int fd;
	int failed;

	if (!file_socket_address(path, &address, &folder))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		failed = errno;
		close(fd);
		errno = failed;
		fd = -1;
	}
	if (folder >= 0)
		close(folder);
	return fd;
}

static struct news_post *post_open(struct news_worker *worker)
{
	const int fd = connect_to(worker->settings->post_socket);
	struct news_post *post;

	if (fd < 0) {
		log_warning("intake", log_text("error", g_strerror(errno)));
		return NULL;
	}
	post = g_new0(struct news_post, 1);
	post->worker = worker;
	g_queue_push_tail(&worker->posts, post);
	post->wire = bufferevent_socket_new(worker->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(post->wire, on_readable, NULL, on_event, post);
	bufferevent_enable(post->wire, EV_READ | EV_WRITE);
	evbuffer_add_printf(bufferevent_get_output(post->wire), "LHLO news\r\n");
	return post;
}

/* Is there such a group for the client?  One that is not known may have been made just now. */
static bool is_visible(struct news_worker *worker, const char *name)
{
	news_worker_glance(worker);
	if (news_groups_find(worker->groups, name) != NULL)
		return true;
	news_worker_look(worker);
	return news_groups_find(worker->groups, name) != NULL;
}

/* Of the names that the article brings those that the client may see; g_strfreev. */
static char **visible_groups(struct news_worker *worker, const struct header *header)
{
	g_auto(GStrv) names = proto_newsgroups(header);
	g_autoptr(GStrvBuilder) visible = g_strv_builder_new();

	for (char **name = names; *name != NULL; name++)
		if (is_visible(worker, *name))
			g_strv_builder_add(visible, *name);
	return g_strv_builder_end(visible);
}

/* The groups that it goes to; NULL: *refusal says why it is not taken (to be freed). */
static char **examine(struct news_worker *worker, const GByteArray *article, char **refusal)
{
	g_autoptr(GError) error = NULL;
	struct header header;
	char **groups = NULL;

	*refusal = NULL;
	header_init(&header);
	if (!header_scan(&header, (const char *)article->data, article->len, &error))
		*refusal = text_clean(error->message);
	else
		*refusal = proto_refusal(&header, clock_now());
	if (*refusal == NULL)
		groups = visible_groups(worker, &header);
	header_clear(&header);
	if (groups != NULL && groups[0] == NULL) {
		g_clear_pointer(&groups, g_strfreev);
		*refusal = g_strdup("no such newsgroup");
	}
	return groups;
}

/* By a connection that is there already, or a new one; false: intake can't be reached. */
static bool hand_over(struct news_session *session, GByteArray *article, char **groups)
{
	struct news_worker *worker = session->worker;
	struct news_post *post = g_queue_pop_head(&worker->idle_posts);

	if (post != NULL)
		post->stage = STAGE_MAIL;
	else
		post = post_open(worker);
	if (post == NULL)
		return false;
	post->session = session;
	post->groups = groups;
	post->n_groups = g_strv_length(groups);
	post->n_answered = 0;
	post->n_taken = 0;
	post->is_doubtful = false;
	post->article = article;
	session->post = post;
	send_envelope(post);
	return true;
}

static void refuse(struct news_session *session, const char *reason)
{
	g_autofree char *line = g_strconcat(REFUSED, reason, NULL);

	news_session_say(session, line);
}

void news_post_take(struct news_session *session, GByteArray *article)
{
	g_autofree char *refusal = NULL;
	char **groups = NULL;

	if (article == NULL) {
		refuse(session, "the article is too large");
		return;
	}
	if (article->len == 0)
		refusal = g_strdup("the article is empty");
	else
		groups = examine(session->worker, article, &refusal);
	if (groups != NULL && hand_over(session, article, groups)) {
		lineconn_pause(session->conn);
		return;
	}
	if (groups != NULL)
		news_session_say(session, TRY_LATER);
	else
		refuse(session, refusal);
	g_strfreev(groups);
	g_byte_array_unref(article);
}

void news_post_forget(struct news_post *post)
{
	post->session = NULL;
}

void news_post_close_all(struct news_worker *worker)
{
	while (!g_queue_is_empty(&worker->posts))
		post_free(g_queue_peek_head(&worker->posts));
}
