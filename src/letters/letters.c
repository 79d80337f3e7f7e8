/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "letters/letters.h"

#include <stdbool.h>
#include <string.h>

#include "article/compose.h"
#include "base/columns.h"
#include "base/text.h"
#include "base/wrap.h"

enum {
	COLUMNS = 72,
	VALUE_COLUMNS = 300, /* of a subject or an answer that is told again */
	RAW_MAX = 900,	     /* octets of an id; a line has 998 at most (RFC 5322 section 2.1.1) */
};

struct form {
	const char *name;
	const char *subject;
	const char *text;
};

/* clang-format off */
static const struct form forms[LETTER_KINDS] = {
    [LETTER_LEFT] = {"left",
	N_("You have left {group}"),
	N_("You get no more mail from the group {group} ({address}). Posts that are on their way "
	   "already may still arrive.\n"
	   "\n"
	   "Was it a mistake, or would you like to come back? Then write to {from}.")},
    [LETTER_LEFT_DIGEST] = {"left-digest",
	N_("You get no daily overview any more"),
	N_("The daily overview of the groups at {domain} is switched off for you. You remain a "
	   "member of your groups and may write to them.\n"
	   "\n"
	   "Was it a mistake, or would you like to have it again? Then write to {from}.")},
    [LETTER_CONFIRM_LEAVE] = {"confirm-leave",
	N_("Please confirm: leave {group}?"),
	N_("Somebody, probably you, has asked us to take {to} out of the group {group} ({address}). "
	   "We could not tell for certain that it was you, so we ask.\n"
	   "\n"
	   "- Yes, leave: just answer this mail, an empty answer is enough.\n"
	   "- No, stay: there is nothing to do.\n"
	   "\n"
	   "If you have questions, write to {from}.")},
    [LETTER_CONFIRM_DIGEST] = {"confirm-digest",
	N_("Please confirm: no daily overview any more?"),
	N_("Somebody, probably you, has asked us to send no more daily overviews of the groups at "
	   "{domain} to {to}. We could not tell for certain that it was you, so we ask.\n"
	   "\n"
	   "- Yes, end it: just answer this mail, an empty answer is enough.\n"
	   "- No, keep it: there is nothing to do.\n"
	   "\n"
	   "If you have questions, write to {from}.")},
    [LETTER_NOT_SUBSCRIBED] = {"not-subscribed",
	N_("Your address is not on the list {group}"),
	N_("You have asked to leave {group}, but {to} is not on that list; so nothing has changed.\n"
	   "\n"
	   "If you do get mail from it, it goes to another address of yours: please write once "
	   "more, from that address. If that is not possible, write to {from}.")},
    [LETTER_UNDELIVERED] = {"undelivered",
	N_("Your post to {group} has reached nobody by mail"),
	N_("We have taken your post and keep it, but the mail server has accepted it for none of "
	   "the receivers.\n"
	   "\n"
	   "Subject: {subject}\n"
	   "Message-ID: {article}\n"
	   "Answer of the mail server: {answer}\n"
	   "\n"
	   "Please do not send it once more yet: write to {from}, who can find out what is in the "
	   "way.")},
    [LETTER_UNDELIVERED_ADMIN] = {"undelivered-admin",
	N_("A post to {group} did not reach {failed} of {all} receivers"),
	N_("The mail server has refused a post for good, or has not accepted it for too long. It "
	   "is not tried again.\n"
	   "\n"
	   "Group: {address}\n"
	   "Subject: {subject}\n"
	   "Message-ID: {article}\n"
	   "Not reached: {failed} of {all} receivers\n"
	   "Last answer of the mail server: {answer}\n"
	   "\n"
	   "Please look whether the mail server takes our mail, and whether these addresses still "
	   "exist.")},
};
/* clang-format on */

/* -- words from outside -- */

/* On one clean line; NULL is "".  owned keeps it. */
static const char *clean(GPtrArray *owned, const char *text)
{
	g_autofree char *line = columns_line(text != NULL ? text : "");
	char *cut = columns_cut(line, VALUE_COLUMNS);

	g_ptr_array_add(owned, cut);
	return cut;
}

static const char *clean_number(GPtrArray *owned, unsigned long number)
{
	char *text = g_strdup_printf("%lu", number);

	g_ptr_array_add(owned, text);
	return text;
}

static const char *either(const char *one, const char *two)
{
	return one != NULL && *one != '\0' ? one : two;
}

/* -- the mail -- */

static void put_text_field(
    GString *out, const char *name, const char *form, const struct text_value *values)
{
	g_autofree char *text = text_fill(form, values);

	compose_text_field(out, name, text);
}

/* A value that is too long for a line can't be folded: the field is left out. */
static void put_raw_field(GString *out, const char *name, const char *value)
{
	if (value != NULL && strlen(value) <= RAW_MAX)
		compose_raw_field(out, name, value);
}

static void put_head(GString *out, const struct letter *letter, const struct text_value *values)
{
	const enum lang lang = letter->language;
	g_autofree char *sender = text_fill(lang_text(lang, "Mailing lists at {domain}"), values);

	compose_address_field(out, "From", sender, either(letter->from, ""));
	compose_address_field(out, "To", letter->to_name, either(letter->to, ""));
	put_text_field(out, "Subject", lang_text(lang, forms[letter->kind].subject), values);
	put_raw_field(out, "Date", letter->date);
	put_raw_field(out, "Message-ID", letter->msgid);
	put_raw_field(out, "In-Reply-To", letter->in_reply_to);
	if (letter->reply_to != NULL)
		compose_address_field(out, "Reply-To", NULL, letter->reply_to);
	compose_raw_field(
	    out, "Auto-Submitted", letter->in_reply_to != NULL ? "auto-replied" : "auto-generated");
	compose_raw_field(out, "X-Auto-Response-Suppress", "All");
	compose_raw_field(out, "Precedence", "bulk");
}

static void put_text(GString *out, const struct letter *letter, const struct text_value *values)
{
	const enum lang lang = letter->language;
	const bool named = letter->to_name != NULL && *letter->to_name != '\0';
	g_autofree char *form = g_strdup_printf("%s\n\n%s\n\n%s\n",
	    named ? lang_text(lang, "Hello {name},") : lang_text(lang, "Hello,"),
	    lang_text(lang, forms[letter->kind].text),
	    lang_text(lang, "Kind regards\nThe mailing lists at {domain}"));
	g_autofree char *filled = text_fill(form, values);
	g_autofree char *text = wrap_string(filled, COLUMNS);

	compose_text_part(out, text, false);
}

GString *letters_compose(const struct letter *letter)
{
	g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
	const char *subject = either(letter->subject, lang_text(letter->language, "(no subject)"));
	const char *place = either(letter->group_address, letter->domain);
	const struct text_value values[] = {
	    {"to", clean(owned, letter->to)},
	    {"name", clean(owned, letter->to_name)},
	    {"from", clean(owned, letter->from)},
	    {"domain", clean(owned, letter->domain)},
	    {"group", clean(owned, either(letter->group_title, place))},
	    {"address", clean(owned, place)},
	    {"subject", clean(owned, subject)},
	    {"article", clean(owned, letter->article)},
	    {"answer", clean(owned, either(letter->answer, "-"))},
	    {"failed", clean_number(owned, letter->failed)},
	    {"all", clean_number(owned, letter->all)},
	    {NULL, NULL},
	};
	GString *out = g_string_new(NULL);

	put_head(out, letter, values);
	put_text(out, letter, values);
	return out;
}

const char *letters_name(enum letter_kind kind)
{
	return forms[kind].name;
}
