/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "letters/queue.h"

#include <errno.h>
#include <sys/random.h>

#include "article/msgid.h"
#include "base/clock.h"
#include "base/dates.h"
#include "base/err.h"
#include "store/delivery.h"

static char *new_id(const char *domain, GError **error)
{
	unsigned char random[16];

	if (getrandom(random, sizeof(random), 0) == (ssize_t)sizeof(random))
		return msgid_make(domain, random, sizeof(random));
	err_set(error, ERR_TEMP, "no random octets: %s", g_strerror(errno));
	return NULL;
}

static bool add(struct store *store, const struct letter *letter, const struct letters_about *about,
    GError **error)
{
	GString *text = letters_compose(letter);
	g_autoptr(GBytes) bytes = g_string_free_to_bytes(text);
	g_autofree char *address = g_strdup(letter->to);
	g_autofree char *kind = g_strdup(letters_name(letter->kind));
	const struct delivery delivery = {
	    .kind = DELIVERY_LETTER,
	    .person = about->person,
	    .address = address,
	    .group = about->group,
	    .letter = kind,
	    .head = bytes,
	};

	return delivery_add(store, &delivery, error) != 0;
}

bool letters_queue(struct store *store, const struct settings *settings,
    const struct letter *letter, struct letters_about about, GError **error)
{
	g_autoptr(GTimeZone) zone = dates_zone(settings->timezone);
	g_autofree char *date = dates_mail(zone, clock_now());
	g_autofree char *msgid = NULL;
	struct letter whole = *letter;
	bool found = false;

	if (about.once_s > 0 &&
	    !delivery_letter_since(store, letter->to, letters_name(letter->kind),
		about.each_group ? about.group : 0, clock_now() - about.once_s, &found, error))
		return false;
	if (found)
		return true;
	msgid = new_id(settings->domain, error);
	whole.from = settings->admin;
	whole.domain = settings->domain;
	whole.date = date;
	whole.msgid = msgid;
	return msgid && add(store, &whole, &about, error);
}
