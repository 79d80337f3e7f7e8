/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * courier hold, release: the emergency brake on all that is sent.
 */
#include "config.h"

#include "ctl/commands.h"

#include "base/clock.h"
#include "base/lang.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/memo.h"
#include "store/notice.h"

/* The brake as it is. */
struct brake {
	char *by; /* owned; NULL: it is off */
	int64_t since;
	bool changed; /* by this command */
};

static bool read_brake(struct ctl *ctl, struct brake *brake, GError **error)
{
	GError *inner = NULL;

	brake->by = memo_find(ctl->store, MEMO_COURIER_HELD, &brake->since, &inner);
	if (inner != NULL)
		g_propagate_error(error, inner);
	return inner == NULL;
}

/* Put it on or off where it is not so already; on: *brake says since when and by whom. */
static bool turn(struct ctl *ctl, bool on, struct brake *brake, GError **error)
{
	if (!read_brake(ctl, brake, error))
		return false;
	brake->changed = on != (brake->by != NULL);
	if (!brake->changed)
		return true;
	if (on) {
		brake->by = g_strdup(ctl_who());
		brake->since = clock_now();
	}
	return memo_set(ctl->store, MEMO_COURIER_HELD, on ? ctl_who() : NULL, error) &&
	       audit_add(ctl->store, ctl_who(), on ? "courier hold" : "courier release", error) &&
	       ctl_commit(ctl, error);
}

static void print_json(const struct brake *brake, bool on)
{
	g_autoptr(GString) json = g_string_new(NULL);

	ctl_json_open(json, NULL, '{');
	ctl_json_truth(json, "held", on);
	ctl_json_truth(json, "changed", brake->changed);
	ctl_json_text(json, "by", brake->by);
	if (brake->by != NULL)
		ctl_json_time(json, "since", brake->since);
	else
		ctl_json_null(json, "since");
	ctl_json_close(json, '}');
	ctl_json_print(json);
}

static void say(const struct ctl *ctl, const struct brake *brake, bool on)
{
	g_autofree char *since = ctl_list_show_time(brake->since, ctl->settings->timezone);

	if (on && brake->changed)
		ctl_say(ctl, _("From now on nothing is sent; what is to be sent waits for: umlauf "
			       "courier release"));
	else if (on)
		ctl_say(ctl, _("Sending is held already, since %s by %s."), since, brake->by);
	else if (brake->changed)
		ctl_say(ctl, _("Sending goes on; it was held since %s by %s."), since, brake->by);
	else
		ctl_say(ctl, _("Sending was not held."));
}

static int run(struct ctl *ctl, bool on)
{
	struct brake brake = {NULL};
	g_autoptr(GError) error = NULL;
	int status = CTL_OK;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	if (!turn(ctl, on, &brake, &error)) {
		status = ctl_fail(error);
	} else if (ctl->json) {
		print_json(&brake, on);
		status = ctl_done();
	} else {
		say(ctl, &brake, on);
		status = ctl_done();
	}
	g_free(brake.by);
	return status;
}

int ctl_courier_hold(struct ctl *ctl)
{
	return run(ctl, true);
}

int ctl_courier_release(struct ctl *ctl)
{
	return run(ctl, false);
}
