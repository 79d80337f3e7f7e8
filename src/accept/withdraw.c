/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/withdraw.h"

#include "base/err.h"
#include "store/article.h"
#include "store/delivery.h"
#include "store/group.h"
#include "store/notice.h"
#include "store/placement.h"

bool withdraw_article(struct store *store, const char *msgid, const char *who, GError **error)
{
	GError *inner = NULL;
	struct article *article = article_find(store, msgid, &inner);
	int64_t id = article && !article->withdrawn ? article->id : 0;
	g_autofree char *what =
	    g_strdup_printf("article remove %s", article ? article->msgid : msgid);
	g_autoptr(GArray) places = NULL;

	article_free(article);
	if (id > 0)
		places = placement_list(store, id, &inner);
	if (inner) {
		g_propagate_error(error, inner);
		return false;
	}
	if (id == 0)
		return err_set(error, ERR_ABSENT, "%s: no such article", msgid);
	if (!placement_remove_all(store, id, error) || !article_set_withdrawn(store, id, error) ||
	    !delivery_drop_article(store, id, "withdrawn", error))
		return false;
	for (guint i = 0; places && i < places->len; i++)
		if (!group_recount(store, g_array_index(places, struct placement, i).group, error))
			return false;
	return audit_add(store, who, what, error);
}
