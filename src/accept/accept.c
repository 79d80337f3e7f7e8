/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/accept.h"

#include <string.h>

#include "accept/admit.h"
#include "accept/identify.h"
#include "accept/kin.h"
#include "accept/place.h"
#include "accept/prepare.h"
#include "accept/recognise.h"
#include "accept/thread.h"
#include "article/address.h"
#include "article/authres.h"
#include "article/header.h"
#include "article/netnews.h"
#include "article/outgoing.h"
#include "article/refs.h"
#include "base/err.h"
#include "store/held.h"
#include "store/person.h"
#include "store/placement.h"
#include "store/thread.h"
#include "store/wire.h"

/* A message on its way through the stages. */
struct work {
	struct store *store;
	const struct settings *settings;
	const struct submission *submission;
	struct outcome *outcome;
	struct header header;
	char *author;  /* owned; normal form, NULL: the message names none */
	char *subject; /* owned; decoded */
	bool verified;
	struct identity identity;
	struct article *article; /* borrowed: the known one, or `fresh` */
	struct article *fresh;	 /* owned */
	GPtrArray *candidates;	 /* owned; for the parent */
	struct kin kin;		 /* who else the subject may tie it to */
	GArray *adopters;	 /* owned; ids of articles whose parent this one became */
	const char **reasons;	 /* owned; of a hold, for each group */
	size_t to_place;	 /* groups that it shall still be placed in */
};

static void refuse_all(struct work *work, const char *reason)
{
	struct outcome *outcome = work->outcome;

	g_clear_pointer(&outcome->msgid, g_free);
	outcome->article = 0;
	outcome->reason = reason;
	work->to_place = 0;
	for (size_t i = 0; i < work->submission->n_groups; i++) {
		outcome->verdicts[i] = VERDICT_REFUSED;
		outcome->numbers[i] = 0;
	}
}

/*
 * Is the author who the message says?  Who of several wrote it, nobody can verify.  A mail server
 * that we trust may vouch for a mail; a post by news is vouched for by its login alone.
 */
static bool verify(
    struct work *work, const struct field *from, const GPtrArray *mailboxes, GError **error)
{
	const struct submission *submission = work->submission;
	char **trusted = work->settings->trusted_authserv;
	const bool one = mailboxes->len == 1 && !header_find_next(&work->header, from);

	if (submission->via == VIA_MAIL)
		work->verified =
		    one && (!trusted[0] || authres_verifies(&work->header, trusted, work->author));
	if (submission->via != VIA_NEWS || submission->person == 0)
		return true;
	if (!person_has_address(
		work->store, submission->person, work->author, &work->verified, error))
		return false;
	work->verified = work->verified && one;
	if (!work->verified)
		refuse_all(work, N_("From is not an address of who is logged in"));
	return true;
}

/* read: what the header block says. */
static bool stage_read(struct work *work, GError **error)
{
	const struct submission *submission = work->submission;
	const struct field *from;
	const struct field *subject;
	bool ok = true;

	if (!header_scan(&work->header, submission->bytes, submission->size, error))
		return false;
	from = header_find(&work->header, "From");
	subject = header_find(&work->header, "Subject");
	if (from) {
		g_autoptr(GPtrArray) mailboxes = address_parse(from->value, from->value_size);

		if (mailboxes->len > 0) {
			const struct mailbox *first = mailboxes->pdata[0];

			work->author = g_strdup(first->address);
			ok = verify(work, from, mailboxes, error);
		}
	}
	work->subject = subject ? netnews_text(&work->header, subject) : g_strdup("");
	return ok;
}

/* identify: new, known, or another that bears a known id. */
static bool stage_identify(struct work *work, GError **error)
{
	if (!identify_message(work->store, work->settings, work->submission, &work->header,
		work->author, &work->identity, error))
		return false;
	work->article = work->identity.known;
	if (work->article && work->article->withdrawn) {
		refuse_all(work, N_("this article has been withdrawn"));
		return true;
	}
	/* A newsreader can choose another id; a mail can't, and gets one of ours (RFC 5537, 3.5). */
	if (work->submission->via == VIA_NEWS && work->identity.brought)
		refuse_all(work, N_("another article has this Message-ID"));
	return true;
}

/* It stands in a group that was asked for: say by what id. */
static void name_article(struct work *work)
{
	if (work->outcome->msgid)
		return;
	work->outcome->article = work->article->id;
	work->outcome->msgid = g_strdup(work->article->msgid);
}

/* Mark the groups in which a known article stands already. */
static bool find_duplicates(struct work *work, GError **error)
{
	GError *inner = NULL;
	g_autoptr(GArray) places = placement_list(work->store, work->article->id, &inner);

	for (guint p = 0; p < places->len; p++) {
		const struct placement *at = &g_array_index(places, struct placement, p);

		for (size_t i = 0; i < work->submission->n_groups; i++)
			if (work->submission->groups[i]->id == at->group) {
				work->outcome->verdicts[i] = VERDICT_DUPLICATE;
				work->outcome->numbers[i] = at->number;
				work->to_place--;
				name_article(work);
			}
	}
	if (inner)
		g_propagate_error(error, inner);
	return !inner;
}

/* along: groups that it goes to as well when this one lets it in; may be NULL. */
static bool hold(struct work *work, size_t i, const GArray *along, GError **error)
{
	const struct submission *submission = work->submission;
	struct held *held = g_new0(struct held, 1);
	bool ok;

	/* Who is told of one reason is told of the first one. */
	if (!work->outcome->reason)
		work->outcome->reason = work->reasons[i];
	held->group = submission->groups[i]->id;
	held->arrived = submission->arrived;
	/* Author, Date and text may be the same in two messages ("+1"); the id is not, then. */
	held->content = held_content(work->store, work->identity.content, work->identity.msgid);
	held->via = (int)submission->via;
	held->answers = submission->answers;
	held->sender = g_strdup(submission->sender);
	held->reason = g_strdup(work->reasons[i]);
	held->author = g_strdup(work->author ? work->author : "");
	held->subject = g_strdup(work->subject);
	ok = held_add(work->store, held, submission->bytes, submission->size, error);
	for (guint k = 0; ok && along && k < along->len; k++)
		ok = held_add_along(work->store, held->id, g_array_index(along, int64_t, k), error);
	held_free(held);
	return ok;
}

/* Why no person wrote it, or it has been here before; NULL: all is well, or nobody asks. */
static const char *machine_of(const struct work *work, const struct group *group)
{
	const struct submission *submission = work->submission;
	g_autofree char *id = outgoing_list_id(group->address);
	char *const ids[] = {id, NULL};
	const char *machine;

	if (submission->approved || (submission->via != VIA_MAIL && submission->via != VIA_NEWS))
		return NULL;
	if (recognise_own_list(&work->header, work->settings->domain, ids))
		return N_("it has been through a list of ours already");
	machine = recognise_machine(&work->header, submission->null_sender);
	return machine ? machine : recognise_subject(&work->header);
}

static enum admission admit(
    struct work *work, const struct group *group, const char **reason, GError **error)
{
	const char *machine = machine_of(work, group);

	if (work->submission->approved)
		return ADMIT_YES;
	if (machine) {
		*reason = machine;
		return ADMIT_HOLD;
	}
	return admit_author(work->store, group, work->author, work->verified, reason, error);
}

/*
 * One that holds it holds it for all: those that would let it in wait with the first.  A newsreader
 * learns at once that only moderators post; a mail would bounce to somebody else.
 */
static bool hold_whole(struct work *work, const enum admission *admissions, GError **error)
{
	const struct submission *submission = work->submission;
	g_autoptr(GArray) along = g_array_new(FALSE, FALSE, sizeof(int64_t));
	bool first = true;

	for (size_t i = 0; i < submission->n_groups; i++) {
		const struct group *group = submission->groups[i];

		if (admissions[i] == ADMIT_HOLD && group->post == POST_CLOSED) {
			refuse_all(work, work->reasons[i]);
			return true;
		}
		if (admissions[i] == ADMIT_YES && work->outcome->verdicts[i] != VERDICT_DUPLICATE)
			g_array_append_val(along, group->id);
	}
	for (size_t i = 0; i < submission->n_groups; i++) {
		if (work->outcome->verdicts[i] == VERDICT_DUPLICATE)
			continue;
		if (admissions[i] == ADMIT_HOLD && !hold(work, i, first ? along : NULL, error))
			return false;
		first = first && admissions[i] != ADMIT_HOLD;
		work->outcome->verdicts[i] = VERDICT_HELD;
	}
	work->to_place = 0;
	return true;
}

static bool hold_some(struct work *work, const enum admission *admissions, GError **error)
{
	for (size_t i = 0; i < work->submission->n_groups; i++) {
		if (admissions[i] != ADMIT_HOLD)
			continue;
		if (!hold(work, i, NULL, error))
			return false;
		work->outcome->verdicts[i] = VERDICT_HELD;
		work->to_place--;
	}
	return true;
}

/* admit: may this author post to these groups? */
static bool stage_admit(struct work *work, GError **error)
{
	const struct submission *submission = work->submission;
	g_autofree enum admission *admissions = g_new0(enum admission, submission->n_groups);
	bool any = false;

	work->reasons = g_new0(const char *, submission->n_groups);
	if (work->article && !find_duplicates(work, error))
		return false;
	for (size_t i = 0; i < submission->n_groups; i++) {
		if (work->outcome->verdicts[i] == VERDICT_DUPLICATE)
			continue;
		admissions[i] = admit(work, submission->groups[i], &work->reasons[i], error);
		if (admissions[i] == ADMIT_ERROR)
			return false;
		any = any || admissions[i] == ADMIT_HOLD;
	}
	if (!any)
		return true;
	return submission->whole ? hold_whole(work, admissions, error)
				 : hold_some(work, admissions, error);
}

static enum lang language_of(const struct work *work)
{
	return work->submission->groups[0]->language;
}

/* Show the message's own field of this name never, if it has one. */
static void hide_brought(char **fields, const struct header *header, const char *name)
{
	g_autofree char *line = g_strdup_printf("-%s\n", name);
	char *hidden;

	if (!header_find(header, name) || strstr(*fields, line))
		return;
	hidden = g_strconcat(line, *fields, NULL);
	g_free(*fields);
	*fields = hidden;
}

/* What the article lacks for news, with References where it brought none and the store knows. */
static char *fields_of(const struct work *work, const struct article *article,
    const struct header *header, enum lang language, GError **error)
{
	g_autofree char *references = NULL;
	struct netnews netnews = {
	    .header = header,
	    .msgid = article->msgid,
	    .arrived = article->arrived,
	    .language = language,
	};
	g_autofree char *fields = NULL;

	if (article->wanted != 0 && !article->brought_refs) {
		references = thread_references(work->store, article->id, error);
		if (!references)
			return NULL;
		netnews.references = references[0] ? references : NULL;
	}
	fields = netnews_fields(&netnews);
	/* Without ids it says nothing, and a parent may still come. */
	if (!article->brought_refs)
		hide_brought(&fields, header, "References");
	if (article->author[0])
		return g_steal_pointer(&fields);
	/* A moderator let it in though it names no author; news can't be without (RFC 5536). */
	hide_brought(&fields, header, "From");
	return netnews_fields_set(fields, "From", "unknown@unknown.invalid");
}

/* Candidates for the parent, and the best of them that is there. */
static bool find_parent(struct work *work, GError **error)
{
	struct thread_node answered = {0};
	GError *inner = NULL;

	if (work->submission->answers != 0)
		thread_node(work->store, work->submission->answers, &answered, &inner);
	if (g_error_matches(inner, ERR, ERR_ABSENT))
		g_clear_error(&inner);
	if (!inner)
		work->candidates = thread_candidates(
		    &work->header, answered.msgid, (char *const *)work->identity.names->pdata);
	thread_node_clear(&answered);
	if (!inner)
		return thread_choose(work->store, work->fresh, work->candidates, error);
	g_propagate_error(error, inner);
	return false;
}

/* thread: which article it answers, of those that are there. */
static bool stage_thread(struct work *work, GError **error)
{
	const struct submission *submission = work->submission;
	const struct field *references = header_find(&work->header, "References");
	struct article *article;

	work->adopters = g_array_new(FALSE, FALSE, sizeof(int64_t));
	if (!kin_read(&work->kin, work->store, work->settings, &work->header, work->subject, error))
		return false;
	if (work->article)
		return true;
	article = work->fresh = work->article = g_new0(struct article, 1);
	article->msgid = g_strdup(work->identity.msgid);
	article->content = work->identity.content;
	article->date = netnews_date(&work->header, submission->arrived);
	article->arrived = submission->arrived;
	article->subject = g_strdup(work->subject);
	article->subject_hash = store_hash(work->store, work->kin.base);
	article->author = g_strdup(work->author ? work->author : "");
	article->via = submission->via;
	article->verified = work->verified;
	article->size = (int64_t)submission->size;
	article->lines =
	    submission->prepared ? submission->prepared->lines : prepare_lines(&work->header);
	article->quiet = submission->quiet;
	if (references) {
		g_autoptr(GPtrArray) ids = refs_parse(references->value, references->value_size);

		article->brought_refs = ids->len > 0;
	}
	return find_parent(work, error);
}

/* Those in the groups where it stands, or will, whom its subject ties it to. */
static bool meet_kin(struct work *work, GError **error)
{
	const struct submission *submission = work->submission;

	for (size_t i = 0; i < submission->n_groups; i++)
		if (work->outcome->verdicts[i] == VERDICT_PLACED &&
		    !kin_meet(work->store, work->article, &work->kin, submission->groups[i]->id,
			work->adopters, error))
			return false;
	return true;
}

/* The octets, which may have been compressed before. */
static bool record_wire(struct work *work, GError **error)
{
	const struct submission *submission = work->submission;
	const struct prepared *prepared = submission->prepared;
	const int64_t article = work->article->id;

	if (prepared)
		return wire_add_packed(
		    work->store, article, prepared->packed, prepared->packed_size, error);
	return wire_add(work->store, article, submission->bytes, submission->size, error);
}

/* record: the row, the bytes, its place in the forest. */
static bool stage_record(struct work *work, GError **error)
{
	struct article *article = work->fresh;
	char empty[] = "";

	if (!article)
		return true;
	article->fields = empty;
	if (!article_add(work->store, article, error)) {
		article->fields = NULL;
		return false;
	}
	article->fields = NULL;
	for (guint i = 1; work->identity.names->pdata[i]; i++)
		if (!article_add_alias(
			work->store, article->id, work->identity.names->pdata[i], error))
			return false;
	if (!record_wire(work, error) ||
	    !thread_join(work->store, article, work->candidates,
		(char *const *)work->identity.names->pdata, work->adopters, error) ||
	    !meet_kin(work, error) ||
	    !thread_settle(work->store, article, work->adopters->len > 0, error))
		return false;
	article->fields = fields_of(work, article, &work->header, language_of(work), error);
	return article->fields && (!article->fields[0] || article_set_fields(work->store,
							      article->id, article->fields, error));
}

/* A known article has come to more groups: it may find a parent there, and children. */
static bool meet_in_more(struct work *work, GError **error)
{
	struct article *article = work->article;

	if (!meet_kin(work, error))
		return false;
	if (article->root == 0)
		g_array_append_val(work->adopters, article->id);
	return work->adopters->len == 0 || thread_settle(work->store, article, true, error);
}

/* place: a number and an overview line in each group. */
static bool stage_place(struct work *work, GError **error)
{
	const struct submission *submission = work->submission;
	g_autoptr(GByteArray) stored = NULL;
	struct place place = {
	    .store = work->store,
	    .settings = work->settings,
	    .article = work->article,
	    .wire = submission->bytes,
	    .size = submission->size,
	};

	name_article(work);
	/* A known article is shown as it came first: another way brought other trace fields. */
	if (!work->fresh && work->to_place > 0) {
		stored = g_byte_array_new();
		if (!wire_get(work->store, work->article->id, stored, error))
			return false;
		place.wire = (const char *)stored->data;
		place.size = stored->len;
	}
	for (size_t i = 0; i < submission->n_groups; i++)
		if (work->outcome->verdicts[i] == VERDICT_PLACED &&
		    !place_article(
			&place, submission->groups[i], &work->outcome->numbers[i], error))
			return false;
	return work->fresh || work->to_place == 0 || meet_in_more(work, error);
}

static bool stage_adopt(struct work *work, GError **error)
{
	for (guint i = 0; work->adopters && i < work->adopters->len; i++)
		if (!thread_show(work->store, work->settings,
			g_array_index(work->adopters, int64_t, i), error))
			return false;
	return true;
}

/* clang-format off */
static const struct {
	bool (*run)(struct work *work, GError **error);
	bool only_to_place; /* nothing to do where no group is left to be placed in */
} stages[] = {
	{stage_read,     false},
	{stage_identify, true},
	{stage_admit,    true},
	{stage_thread,   true},
	{stage_record,   true},
	{stage_place,    true},
	{stage_adopt,    true},
};
/* clang-format on */

static void work_clear(struct work *work)
{
	header_clear(&work->header);
	g_free(work->author);
	g_free(work->subject);
	identity_clear(&work->identity);
	article_free(work->fresh);
	g_free(work->reasons);
	kin_clear(&work->kin);
	if (work->candidates)
		g_ptr_array_unref(work->candidates);
	if (work->adopters)
		g_array_unref(work->adopters);
}

bool accept_message(struct store *store, const struct settings *settings,
    const struct submission *submission, struct outcome *outcome, GError **error)
{
	struct work work = {
	    .store = store,
	    .settings = settings,
	    .submission = submission,
	    .outcome = outcome,
	    .to_place = submission->n_groups,
	};
	bool ok = true;

	memset(outcome, 0, sizeof(*outcome));
	/* VERDICT_PLACED until a stage says otherwise. */
	outcome->verdicts = g_new0(enum verdict, submission->n_groups);
	outcome->numbers = g_new0(int64_t, submission->n_groups);
	header_init(&work.header);
	for (size_t i = 0; i < G_N_ELEMENTS(stages) && ok; i++)
		if (!stages[i].only_to_place || work.to_place > 0)
			ok = stages[i].run(&work, error);
	work_clear(&work);
	if (!ok)
		outcome_clear(outcome);
	return ok;
}

bool accept_is_final(const GError *error)
{
	const enum err code = err_code(error);

	return code == ERR_BAD || code == ERR_LIMIT;
}

void outcome_clear(struct outcome *outcome)
{
	g_clear_pointer(&outcome->msgid, g_free);
	g_clear_pointer(&outcome->verdicts, g_free);
	g_clear_pointer(&outcome->numbers, g_free);
	outcome->article = 0;
}
