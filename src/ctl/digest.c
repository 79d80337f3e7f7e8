/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * digest run, preview.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/bell.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/text.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "digest/make.h"
#include "digest/text.h"
#include "store/daily.h"

/* --at as Unix seconds, now where it is not given; false: ctl->status. */
static bool take_time(struct ctl *ctl, const char *at, int64_t *seconds)
{
	*seconds = clock_now();
	if (at == NULL || text_time(at, seconds))
		return true;
	ctl->status =
	    ctl_usage(_("--at is a time like 2026-11-24T06:30:00+01:00 (RFC 3339), not %s"), at);
	return false;
}

/* -- run -- */

static int show_plans(struct ctl *ctl, struct digest_maker *maker, int64_t at)
{
	static const struct ctl_column columns[] = {
	    {"address", N_("Address")},
	    {"day", N_("Day")},
	    {"posts", N_("Posts")},
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) plans = digest_plan_due(maker, at, &error);
	struct ctl_list *list;

	if (plans == NULL)
		return ctl_fail(error);
	list = ctl_list_new(columns, G_N_ELEMENTS(columns), ctl->settings);
	for (guint i = 0; i < plans->len; i++) {
		const struct digest_plan *plan = plans->pdata[i];

		ctl_list_text(list, plan->address);
		ctl_list_text(list, plan->day);
		ctl_list_number(list, plan->posts);
	}
	ctl_list_print(list, ctl->json);
	return ctl_done();
}

static void confirm(const struct ctl *ctl, unsigned made)
{
	g_autoptr(GString) json = g_string_new(NULL);

	if (!ctl->json) {
		ctl_say(ctl,
		    lang_plural(lang_of_environment(), "%u digest is made and waits to be sent.",
			"%u digests are made and wait to be sent.", made),
		    made);
		return;
	}
	ctl_json_open(json, NULL, '{');
	ctl_json_number(json, "made", made);
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

static int make(struct ctl *ctl, struct digest_maker *maker, int64_t at)
{
	g_autoptr(GError) error = NULL;
	unsigned all = 0;
	bool more = true;
	bool ok = true;

	while (ok && more) {
		unsigned made = 0;

		ok = digest_make_due(maker, at, &made, &more, &error);
		all += made;
	}
	bell_ring(ctl->settings->runtime_dir);
	store_tidy(ctl->store);
	if (ok || all > 0)
		confirm(ctl, all);
	return ok ? ctl_done() : ctl_fail(error);
}

int ctl_digest_run(struct ctl *ctl)
{
	g_autofree char *at = NULL;
	int dry = 0;
	const GOptionEntry entries[] = {
	    {"at", 0, 0, G_OPTION_ARG_STRING, &at, N_("as if it were this time (RFC 3339)"),
		"TIME"},
	    {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry, N_("show who would get one; change nothing"),
		NULL},
	    {NULL},
	};
	struct digest_maker *maker;
	int64_t seconds;
	int status;

	if (!ctl_start(ctl, entries) || !take_time(ctl, at, &seconds))
		return ctl->status;
	maker = digest_maker_new(ctl->store, ctl->settings);
	status = dry ? show_plans(ctl, maker, seconds) : make(ctl, maker, seconds);
	digest_maker_free(maker);
	return status;
}

/* -- preview -- */

static void print_json(const struct digest *digest, const struct person *person)
{
	const unsigned posts = digest_posts(digest) + digest->counted;
	g_autofree char *subject = posts > 0 ? digest_subject(digest) : NULL;
	g_autofree char *text = posts > 0 ? digest_text(digest) : NULL;
	g_autoptr(GString) json = g_string_new(NULL);

	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "address", person->addresses[0]);
	ctl_json_text(json, "subject", subject);
	ctl_json_text(json, "text", text);
	ctl_json_number(json, "posts", posts);
	ctl_json_time(json, "due", digest->at);
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

static void print_text(
    const struct ctl *ctl, const struct digest *digest, const struct person *person)
{
	g_autofree char *subject = digest_subject(digest);
	g_autofree char *text = digest_text(digest);
	const char *address = person->addresses[0];

	printf("From: %s <ueberblick@%s>\n", lang_text(digest->language, "Daily digest"),
	    ctl->settings->domain);
	if (*person->name != '\0')
		printf("To: %s <%s>\n", person->name, address);
	else
		printf("To: %s\n", address);
	printf("Subject: %s\n\n%s", subject, text);
}

static int show(struct ctl *ctl, const struct person *person, int64_t at)
{
	struct digest_maker *maker = digest_maker_new(ctl->store, ctl->settings);
	g_autoptr(GError) error = NULL;
	struct digest *digest = digest_of(maker, person, at, &error);
	int status = CTL_OK;

	if (digest == NULL) {
		status = ctl_fail(error);
	} else {
		if (ctl->json)
			print_json(digest, person);
		else if (digest->threads->len > 0)
			print_text(ctl, digest, person);
		else
			ctl_warn(_("there is nothing new for %s"), person->addresses[0]);
		status = ctl_done();
	}
	digest_free(digest);
	digest_maker_free(maker);
	return status;
}

/* html shows the text part: the other one comes with a later version. */
static bool take_format(struct ctl *ctl, const char *format)
{
	if (format == NULL || strcmp(format, "html") == 0 || strcmp(format, "text") == 0)
		return true;
	if (strcmp(format, "mime") == 0 || strcmp(format, "rfc1153") == 0)
		ctl->status =
		    ctl_usage(_("this version makes no digests as %s: write html or text"), format);
	else
		ctl->status = ctl_usage(_("--format is %s, not %s"), "html|text", format);
	return false;
}

static int preview(struct ctl *ctl, int64_t at)
{
	ctl_auto_person *person = NULL;
	g_autoptr(GError) error = NULL;
	bool wanted = false;
	int status = CTL_OK;

	person = ctl_person_find(ctl, ctl->argv[0], &status);
	if (person == NULL)
		return status;
	if (!daily_is_wanted(ctl->store, person->id, &wanted, &error))
		return ctl_fail(error);
	if (!wanted)
		return ctl_failed(_("%s gets no digest of any group"), person->addresses[0]);
	return show(ctl, person, at);
}

int ctl_digest_preview(struct ctl *ctl)
{
	g_autofree char *format = NULL;
	g_autofree char *at = NULL;
	const GOptionEntry entries[] = {
	    {"format", 0, 0, G_OPTION_ARG_STRING, &format, N_("which form of it"), "html|text"},
	    {"at", 0, 0, G_OPTION_ARG_STRING, &at, N_("as if it were this time (RFC 3339)"),
		"TIME"},
	    {NULL},
	};
	int64_t seconds;

	if (!ctl_start(ctl, entries) || !take_format(ctl, format) || !take_time(ctl, at, &seconds))
		return ctl->status;
	return preview(ctl, seconds);
}
