/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * trace: what became of a message, for each receiver; or of the mails to an address.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "article/address.h"
#include "article/header.h"
#include "base/lang.h"
#include "base/text.h"
#include "courier/due.h"
#include "ctl/delivery.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/article.h"
#include "store/cursor.h"
#include "store/daily.h"
#include "store/held.h"
#include "store/placement.h"

#define NEWEST 100 /* mails to an address */

/* A delivery with all that is known of it. */
struct traced {
	struct delivery *delivery; /* owned, as all here */
	struct ctl_brings brings;
	GPtrArray *reports; /* struct delivery_report * */
};

static void traced_free(gpointer data)
{
	struct traced *traced = data;

	delivery_free(traced->delivery);
	ctl_brings_clear(&traced->brings);
	if (traced->reports != NULL)
		g_ptr_array_unref(traced->reports);
	g_free(traced);
}

/* The delivery's ownership is taken; NULL on error. */
static struct traced *trace_delivery(
    struct store *store, struct delivery *delivery, GPtrArray *rows, GError **error)
{
	struct traced *traced = g_new0(struct traced, 1);

	traced->delivery = delivery;
	g_ptr_array_add(rows, traced);
	traced->reports = delivery_reports(store, delivery->id, error);
	return traced->reports != NULL ? traced : NULL;
}

/* -- a message -- */

struct place {
	char *group; /* owned */
	int64_t number;
};

struct message {
	char *msgid;		 /* owned, as all of these */
	struct article *article; /* NULL: it is held alone */
	GArray *places;		 /* struct place */
	GPtrArray *held;	 /* struct held *: where it waits for a moderator */
	GPtrArray *rows;	 /* struct traced * */
	bool pending;		 /* the courier has not come to it in each group */
};

static void place_clear(void *data)
{
	struct place *place = data;

	g_free(place->group);
}

static void free_held(gpointer held)
{
	held_free(held);
}

static void message_init(struct message *message)
{
	*message = (struct message){NULL};
	message->places = g_array_new(FALSE, TRUE, sizeof(struct place));
	g_array_set_clear_func(message->places, place_clear);
	message->held = g_ptr_array_new_with_free_func(free_held);
	message->rows = g_ptr_array_new_with_free_func(traced_free);
}

static void message_clear(struct message *message)
{
	g_free(message->msgid);
	article_free(message->article);
	g_array_unref(message->places);
	g_ptr_array_unref(message->held);
	g_ptr_array_unref(message->rows);
}
#define auto_message __attribute__((cleanup(message_clear))) struct message

/* Has what is held this Message-ID?  Only its bytes know. */
static bool held_has_id(
    struct store *store, const struct held *held, const char *msgid, bool *has, GError **error)
{
	struct held *whole = held_find(store, held->id, error);
	struct header header;

	*has = false;
	if (whole == NULL)
		return error == NULL || *error == NULL;
	header_init(&header);
	if (header_scan(&header, (const char *)whole->bytes->data, whole->bytes->len, NULL)) {
		const struct field *field = header_find(&header, "Message-ID");
		g_autofree char *id = field != NULL ? field_unfolded(field) : NULL;

		*has = id != NULL && strcmp(id, msgid) == 0;
	}
	header_clear(&header);
	held_free(whole);
	return true;
}

/* The same message in groups that hold it: a known one is found by its content's fingerprint. */
static bool find_held(struct store *store, struct message *message, GError **error)
{
	g_autoptr(GPtrArray) all = held_list(store, error);

	for (guint i = 0; all != NULL && i < all->len; i++) {
		const struct held *held = all->pdata[i];
		bool is_it = message->article != NULL &&
			     held->content == held_content(store, message->article->content,
						  message->article->msgid);

		if (message->article == NULL &&
		    !held_has_id(store, held, message->msgid, &is_it, error))
			return false;
		if (is_it)
			g_ptr_array_add(message->held, g_steal_pointer(&all->pdata[i]));
	}
	return all != NULL;
}

static bool find_places(struct store *store, struct message *message, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) behind = cursor_behind(store, COURIER_CONSUMER, &inner);
	g_autoptr(GArray) all = placement_list(store, message->article->id, &inner);

	for (guint i = 0; inner == NULL && i < all->len; i++) {
		const struct placement *at = &g_array_index(all, struct placement, i);
		ctl_auto_group *group = group_find_by_id(store, at->group, &inner);
		const struct place place = {
		    group != NULL ? g_strdup(group->name) : NULL, at->number};

		if (group == NULL)
			continue; /* it is served no more */
		g_array_append_val(message->places, place);
		for (guint k = 0; k < behind->len; k++) {
			const struct cursor *cursor = &g_array_index(behind, struct cursor, k);

			message->pending = message->pending || (cursor->group == at->group &&
								   cursor->number < at->number);
		}
	}
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

static bool find_posts(struct store *store, struct message *message, GError **error)
{
	g_autoptr(GPtrArray) posts = delivery_of_article(store, message->article->id, error);

	for (guint i = 0; posts != NULL && i < posts->len; i++)
		if (trace_delivery(
			store, g_steal_pointer(&posts->pdata[i]), message->rows, error) == NULL)
			return false;
	return posts != NULL;
}

static bool find_digest(
    struct store *store, struct message *message, const struct daily_trace *daily, GError **error)
{
	GError *inner = NULL;
	struct delivery *delivery = delivery_find(store, daily->delivery, &inner);
	struct traced *traced = NULL;

	if (delivery != NULL)
		traced = trace_delivery(store, delivery, message->rows, &inner);
	if (traced != NULL)
		traced->brings.day = g_strdup(daily->day);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

static bool find_digests(struct store *store, struct message *message, GError **error)
{
	g_autoptr(GPtrArray) all = daily_of_article(store, message->article->id, error);

	for (guint i = 0; all != NULL && i < all->len; i++)
		if (!find_digest(store, message, all->pdata[i], error))
			return false;
	return all != NULL;
}

/*
 * Look for the message that the word names; *found: there is one.  What has no angle bracket in
 * front may be an address as well.
 */
static bool find_message(
    struct store *store, const char *word, struct message *message, bool *found, GError **error)
{
	GError *inner = NULL;

	message->msgid = ctl_msgid(word);
	message->article = article_find(store, message->msgid, &inner);
	if (inner == NULL && find_held(store, message, &inner) && message->article != NULL &&
	    find_places(store, message, &inner) && find_posts(store, message, &inner))
		find_digests(store, message, &inner);
	*found = message->article != NULL || message->held->len > 0;
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

static const char *state_of(const struct message *message)
{
	if (message->article != NULL && message->article->withdrawn)
		return "withdrawn";
	return message->places->len == 0 && message->held->len > 0 ? "held" : "placed";
}

static void append_reports(GString *json, const struct traced *traced)
{
	ctl_json_open(json, "reports", '[');
	for (guint i = 0; i < traced->reports->len; i++) {
		const struct delivery_report *report = traced->reports->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_time(json, "at", report->at);
		ctl_json_text(json, "action", report->action);
		ctl_json_text(json, "status", report->status);
		ctl_json_text(json, "text", report->text);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

static void append_places(GString *json, const struct message *message)
{
	ctl_json_open(json, "places", '[');
	for (guint i = 0; i < message->places->len; i++) {
		const struct place *place = &g_array_index(message->places, struct place, i);

		ctl_json_open(json, NULL, '{');
		ctl_json_text(json, "group", place->group);
		ctl_json_number(json, "number", place->number);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

static void append_held(GString *json, const struct message *message)
{
	ctl_json_open(json, "held", '[');
	for (guint i = 0; i < message->held->len; i++) {
		const struct held *held = message->held->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_json_number(json, "id", held->id);
		ctl_json_text(json, "group", held->group_name);
		ctl_json_text(json, "reason", held->reason);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
}

static void print_message_json(const struct message *message)
{
	const struct article *article = message->article;
	g_autoptr(GString) json = g_string_new(NULL);

	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "message_id", article != NULL ? article->msgid : message->msgid);
	ctl_json_text(json, "state", state_of(message));
	append_places(json, message);
	append_held(json, message);
	ctl_json_truth(json, "quiet", article != NULL && article->quiet);
	ctl_json_truth(json, "pending", message->pending);
	ctl_json_open(json, "deliveries", '[');
	for (guint i = 0; i < message->rows->len; i++) {
		const struct traced *traced = message->rows->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_delivery_append(json, traced->delivery);
		ctl_json_text(json, "day", traced->brings.day);
		append_reports(json, traced);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

/* Where it is, a line each. */
static void print_where(const struct message *message)
{
	const struct article *article = message->article;
	const char *subject = article != NULL
				  ? article->subject
				  : ((const struct held *)message->held->pdata[0])->subject;
	g_autofree char *clean = text_clean(subject);

	printf("%s  %s\n", article != NULL ? article->msgid : message->msgid, clean);
	for (guint i = 0; i < message->places->len; i++) {
		const struct place *place = &g_array_index(message->places, struct place, i);

		printf(
		    _("It stands in %s as number %lld.\n"), place->group, (long long)place->number);
	}
	for (guint i = 0; i < message->held->len; i++) {
		const struct held *held = message->held->pdata[i];

		printf(_("It waits for a moderator of %s (%s): umlauf held approve %lld\n"),
		    held->group_name, _(held->reason), (long long)held->id);
	}
	if (article == NULL)
		return;
	if (article->withdrawn)
		puts(_("It is withdrawn."));
	else if (message->places->len == 0 && message->held->len == 0)
		puts(_("The group that it stood in is served no more."));
	if (article->quiet)
		puts(_("It was imported: nobody got mail for it."));
	else if (message->pending)
		puts(_("The courier has not come to it yet, or not to all receivers."));
	else if (message->rows->len == 0 && message->places->len > 0)
		puts(_("No mail is known that brought it."));
}

/* What came back, a line each. */
static void print_reports(const struct ctl *ctl, const GPtrArray *rows)
{
	for (guint i = 0; i < rows->len; i++) {
		const struct traced *traced = rows->pdata[i];

		for (guint k = 0; k < traced->reports->len; k++) {
			const struct delivery_report *report = traced->reports->pdata[k];
			g_autofree char *at =
			    ctl_list_show_time(report->at, ctl->settings->timezone);
			g_autofree char *text = text_clean(report->text);

			printf(_("%s  report about mail %lld: %s (%s), %s\n"), at,
			    (long long)traced->delivery->id, report->action, report->status, text);
		}
	}
}

static void add_outcome(struct ctl_list *list, const struct delivery *delivery)
{
	g_autofree char *state = ctl_delivery_state(delivery);

	ctl_list_text(list, state);
	ctl_list_number(list, delivery->attempts);
	ctl_list_time(list, delivery->changed);
	ctl_list_text(list, delivery->answer);
}

static void print_message_text(const struct ctl *ctl, const struct message *message)
{
	static const struct ctl_column columns[] = {
	    {"id", N_("Id")},
	    {"kind", N_("Kind")},
	    {"address", N_("To")},
	    {"state", N_("State")},
	    {"attempts", N_("Tries")},
	    {"changed", N_("When")},
	    {"answer", N_("Last answer")},
	};
	struct ctl_list *list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);

	print_where(message);
	for (guint i = 0; i < message->rows->len; i++) {
		const struct traced *traced = message->rows->pdata[i];
		const char *day = traced->brings.day;
		g_autofree char *kind =
		    g_strjoin(" ", ctl_delivery_kind(traced->delivery), day, NULL);

		ctl_list_number(list, traced->delivery->id);
		ctl_list_text(list, kind);
		ctl_list_text(list, traced->delivery->address);
		add_outcome(list, traced->delivery);
	}
	ctl_list_print(list, false);
	print_reports(ctl, message->rows);
}

/* -- an address -- */

static bool read_rows(struct store *store, const char *address, GPtrArray *rows, GError **error)
{
	g_autoptr(GPtrArray) all = delivery_to_address(store, address, NEWEST, error);

	for (guint i = 0; all != NULL && i < all->len; i++) {
		struct traced *traced =
		    trace_delivery(store, g_steal_pointer(&all->pdata[i]), rows, error);

		if (traced == NULL ||
		    !ctl_brings_find(store, traced->delivery, &traced->brings, error))
			return false;
	}
	return all != NULL;
}

static void print_address_json(const char *address, const GPtrArray *rows)
{
	g_autoptr(GString) json = g_string_new(NULL);

	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "address", address);
	ctl_json_open(json, "deliveries", '[');
	for (guint i = 0; i < rows->len; i++) {
		const struct traced *traced = rows->pdata[i];

		ctl_json_open(json, NULL, '{');
		ctl_delivery_append(json, traced->delivery);
		ctl_brings_append(json, &traced->brings, traced->delivery);
		append_reports(json, traced);
		ctl_json_close(json, '}');
	}
	ctl_json_close(json, ']');
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

static void print_address_text(const struct ctl *ctl, const char *address, const GPtrArray *rows)
{
	static const struct ctl_column columns[] = {
	    {"id", N_("Id")},
	    {"kind", N_("Kind")},
	    {"about", N_("About")},
	    {"state", N_("State")},
	    {"attempts", N_("Tries")},
	    {"changed", N_("When")},
	    {"answer", N_("Last answer")},
	};
	struct ctl_list *list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);

	for (guint i = 0; i < rows->len; i++) {
		const struct traced *traced = rows->pdata[i];
		const char *msgid = traced->brings.msgid;

		ctl_list_number(list, traced->delivery->id);
		ctl_list_text(list, ctl_delivery_kind(traced->delivery));
		ctl_list_text(list,
		    msgid != NULL ? msgid : ctl_brings_words(&traced->brings, traced->delivery));
		add_outcome(list, traced->delivery);
	}
	if (rows->len == 0)
		printf(_("No mail to %s is known.\n"), address);
	ctl_list_print(list, false);
	print_reports(ctl, rows);
}

/* Mails go to the main address of a person. */
static void hint_main_address(const struct person *person, const char *address)
{
	if (person != NULL && strcmp(person->addresses[0], address) != 0)
		ctl_warn(_("note: mails to this person go to %s"), person->addresses[0]);
}

static int trace_address(struct ctl *ctl, const char *word)
{
	g_autofree char *address = address_normal(word);
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(traced_free);
	g_autoptr(GError) error = NULL;
	ctl_auto_person *person = person_find(ctl->store, address, &error);

	if (error != NULL || !read_rows(ctl->store, address, rows, &error))
		return ctl_fail(error);
	if (person == NULL && rows->len == 0)
		return ctl_failed(_("neither a message nor an address %s is known"), word);
	if (ctl->json)
		print_address_json(address, rows);
	else
		print_address_text(ctl, address, rows);
	hint_main_address(person, address);
	return ctl_done();
}

int ctl_trace(struct ctl *ctl)
{
	g_autoptr(GError) error = NULL;
	auto_message message;
	const char *word;
	bool found = false;

	message_init(&message);
	if (!ctl_start(ctl, NULL))
		return ctl->status;
	word = ctl->argv[0];
	if (!find_message(ctl->store, word, &message, &found, &error))
		return ctl_fail(error);
	if (!found && *word == '<')
		return ctl_failed(_("there is no message %s"), word);
	if (!found)
		return trace_address(ctl, word);
	if (ctl->json)
		print_message_json(&message);
	else
		print_message_text(ctl, &message);
	return ctl_done();
}
