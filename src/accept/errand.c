/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/errand.h"

#include <string.h>

#include "accept/recognise.h"
#include "article/address.h"
#include "article/authres.h"
#include "article/header.h"
#include "article/msgid.h"
#include "article/netnews.h"
#include "article/report.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/token.h"
#include "letters/queue.h"
#include "store/delivery.h"
#include "store/notice.h"
#include "store/person.h"
#include "store/subscription.h"

#define DAY 86400
#define CONFIRM_DAYS 7

/* A wish to leave on its way. */
struct leave {
	struct store *store;
	const struct settings *settings;
	const struct target *target;
	char *author;	       /* owned; From, normal form; NULL: none, or several */
	char *msgid;	       /* owned; of the mail, or NULL */
	bool verified;	       /* the mail server says that it is from there */
	struct person *person; /* owned; whose wish it is; NULL: nobody known */
};

static void read_author(struct leave *leave, const struct header *header)
{
	const struct field *from = header_find(header, "From");
	const struct field *id = header_find(header, "Message-ID");
	g_autoptr(GPtrArray) mailboxes = NULL;

	if (id)
		leave->msgid = msgid_extract(id->value, id->value_size);
	if (!from || header_find_next(header, from))
		return;
	mailboxes = address_parse(from->value, from->value_size);
	if (mailboxes->len != 1)
		return;
	leave->author = g_strdup(((const struct mailbox *)mailboxes->pdata[0])->address);
	leave->verified =
	    leave->settings->trusted_authserv[0] &&
	    authres_verifies(header, leave->settings->trusted_authserv, leave->author);
}

static bool find_person(struct leave *leave, GError **error)
{
	GError *inner = NULL;

	if (leave->target->person > 0)
		leave->person = person_find_by_id(leave->store, leave->target->person, &inner);
	else if (leave->author)
		leave->person = person_find(leave->store, leave->author, &inner);
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

static bool is_theirs(const struct leave *leave)
{
	return leave->author &&
	       g_strv_contains((const char *const *)leave->person->addresses, leave->author);
}

/* A letter about it, to the person's main address or, where nobody is known, to the author's. */
static bool write_letter(
    const struct leave *leave, enum letter_kind kind, const char *reply_to, GError **error)
{
	const struct person *person = leave->person;
	const struct group *group = leave->target->group;
	const struct letter letter = {
	    .kind = kind,
	    .language = person ? person->language : leave->settings->language,
	    .to = person ? person->addresses[0] : leave->author,
	    .to_name = person ? person->name : NULL,
	    .in_reply_to = leave->msgid,
	    .reply_to = reply_to,
	    .group_title = group ? group->title : NULL,
	    .group_address = group ? group->address : NULL,
	};
	/* What was done is told each time; what could be asked for in vain, or by others, is not. */
	const bool done = kind == LETTER_LEFT || kind == LETTER_LEFT_DIGEST;
	const struct letters_about about = {
	    .person = person ? person->id : 0,
	    .group = group ? group->id : 0,
	    .once_s = done ? 0 : DAY,
	    .each_group = true,
	};

	return letters_queue(leave->store, leave->settings, &letter, about, error);
}

/* The address at which an answer confirms. */
static char *confirm_address(const struct leave *leave)
{
	const struct group *group = leave->target->group;
	const int64_t numbers[] = {
	    leave->person->id, group ? group->id : 0, clock_now() / DAY + CONFIRM_DAYS};
	g_autofree char *token =
	    token_make(store_key(leave->store), TOKEN_CONFIRM, numbers, G_N_ELEMENTS(numbers));
	const char *at = group ? strrchr(group->address, '@') : NULL;

	if (!at)
		return g_strconcat("ueberblick-ab+", token, "@", leave->settings->domain, NULL);
	return g_strdup_printf(
	    "%.*s-ab+%s%s", (int)(at - group->address), group->address, token, at);
}

static bool ask(const struct leave *leave, const char **done, GError **error)
{
	g_autofree char *address = confirm_address(leave);

	*done = "asked";
	return write_letter(leave,
	    leave->target->group ? LETTER_CONFIRM_LEAVE : LETTER_CONFIRM_DIGEST, address, error);
}

static bool carry_out(const struct leave *leave, const char **done, GError **error)
{
	const struct group *group = leave->target->group;
	const int64_t person = leave->person->id;
	g_autofree char *what = g_strdup_printf("leave %s by mail, person %" G_GINT64_FORMAT,
	    group ? group->name : "the digest", person);
	bool found = false;
	enum letter_kind kind = group ? LETTER_LEFT : LETTER_LEFT_DIGEST;

	if (group ? !subscription_remove(leave->store, person, group->id, &found, error)
		  : !subscription_leave_digest(leave->store, person, &found, error))
		return false;
	*done = found ? "left" : "not subscribed";
	if (!found)
		kind = LETTER_NOT_SUBSCRIBED;
	/* Who leaves the digest a second time has an answer already. */
	if (!found && !group)
		return true;
	return write_letter(leave, kind, NULL, error) &&
	       (!found || audit_add(leave->store, "mail", what, error));
}

static bool leave_run(struct leave *leave, const char **done, GError **error)
{
	const struct target *target = leave->target;

	if (!find_person(leave, error))
		return false;
	if (!leave->person) {
		*done = "nobody known";
		/* Only to an address that the mail server vouches for: no letter to strangers. */
		return !leave->verified || target->person > 0 ||
		       write_letter(leave, LETTER_NOT_SUBSCRIBED, NULL, error);
	}
	if (target->confirmed || (is_theirs(leave) && (target->person > 0 || leave->verified)))
		return carry_out(leave, done, error);
	return ask(leave, done, error);
}

static bool leave_begin(struct store *store, const struct settings *settings,
    const struct target *target, const struct header *header, const char **done, GError **error)
{
	struct leave leave = {.store = store, .settings = settings, .target = target};
	bool ok;

	read_author(&leave, header);
	ok = leave_run(&leave, done, error);
	g_free(leave.author);
	g_free(leave.msgid);
	person_free(leave.person);
	return ok;
}

/* What a mail server says of a mail of ours is kept beside its delivery. */
static bool record_report(struct store *store, const struct submission *submission,
    const struct target *target, const char **done, GError **error)
{
	GError *inner = NULL;
	struct delivery *delivery = delivery_find(store, target->delivery, &inner);
	struct report report = {NULL};
	struct delivery_report row = {.at = submission->arrived};
	bool ok;

	if (!delivery) {
		*done = "its delivery is forgotten";
		if (inner)
			g_propagate_error(error, inner);
		return !inner;
	}
	delivery_free(delivery);
	*done = report_read(&report, submission->bytes, submission->size) ? "report" : "answer";
	row.action = report.action;
	row.status = report.status;
	row.text = report.text;
	ok = delivery_add_report(store, target->delivery, &row, error);
	report_clear(&report);
	return ok;
}

/* A word in the subject may be a person's, whose wish would be lost: the operator reads of it. */
static bool report_subject(struct store *store, const struct submission *submission,
    const struct header *header, GError **error)
{
	g_autofree char *subject = netnews_text(header, header_find(header, "Subject"));
	g_autofree char *text = g_strdup_printf("a wish to leave from %s, left alone: %s: %.200s",
	    submission->sender, recognise_subject(header), subject);
	g_autofree char *line = text_clean(text);

	return notice_add(store, "intake", "errand", line, error);
}

bool errand_run(struct store *store, const struct settings *settings,
    const struct submission *submission, const struct target *target, const char **done,
    GError **error)
{
	struct header header;
	bool ok;

	if (target->kind == TARGET_BOUNCE)
		return record_report(store, submission, target, done, error);
	header_init(&header);
	ok = header_scan(&header, submission->bytes, submission->size, error);
	if (ok && recognise_machine(&header, submission->null_sender)) {
		*done = "from a machine";
	} else if (ok && recognise_subject(&header)) {
		*done = "perhaps from a machine";
		ok = report_subject(store, submission, &header, error);
	} else if (ok) {
		ok = leave_begin(store, settings, target, &header, done, error);
	}
	header_clear(&header);
	return ok;
}
