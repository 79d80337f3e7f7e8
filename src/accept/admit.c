/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/admit.h"

#include "store/person.h"

#include "base/lang.h"

/* What the policy wants the author to have, and what is said where it lacks. */
static const struct {
	int rights; /* one of these */
	const char *reason;
} policies[] = {
    [POST_OPEN] = {0, NULL},
    [POST_MEMBERS] = {RIGHT_POST | RIGHT_MODERATE, N_("the author is not a member of the group")},
    [POST_MODERATED] = {RIGHT_MODERATE, N_("the group is moderated")},
    [POST_CLOSED] = {RIGHT_MODERATE, N_("only moderators post in this group")},
};

enum admission admit_author(struct store *store, const struct group *group, const char *author,
    bool verified, const char **reason, GError **error)
{
	int rights;

	if (!author) {
		*reason = N_("the message names no author");
		return ADMIT_HOLD;
	}
	if (policies[group->post].rights == 0)
		return ADMIT_YES;
	rights = person_rights(store, author, group->id, error);
	if (rights < 0)
		return ADMIT_ERROR;
	if (!(rights & policies[group->post].rights)) {
		*reason = policies[group->post].reason;
		return ADMIT_HOLD;
	}
	if (!verified) {
		*reason = N_("the author could not be verified");
		return ADMIT_HOLD;
	}
	return ADMIT_YES;
}
