/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * thread: a thread, or the threads of a group, as a tree; and what the operator says about it.
 *
 * The tree is that of one group: an article's parent there is its nearest ancestor that stands
 * in the group, or stood there and was withdrawn.  Nothing recurses, and each step is linear:
 * real threads can be 100,000 replies deep.
 */
#include "config.h"

#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "accept/ruling.h"
#include "article/address.h"
#include "article/encoded.h"
#include "base/lang.h"
#include "base/text.h"
#include "ctl/json.h"
#include "ctl/list.h"
#include "store/article.h"
#include "store/placement.h"
#include "store/thread.h"

enum {
	NONE = -1,
	LEVELS_MAX =
	    24, /* that are drawn; deeper ones are numbered, or lines would grow without end */
};

struct node {
	struct thread_entry *entry; /* borrowed */
	int wanted;		    /* index of the wanted parent; NONE at a root */
	int parent;		    /* index of the shown one */
	bool resolved;		    /* parent is known */
	int seen;		    /* the node whose parent was looked for by here */
	bool shown;
	int first; /* child */
	int last;
	int next; /* sibling */
	int level;
};

struct tree {
	struct node *nodes; /* owned */
	int n;
	int first; /* root */
	int last;
};

/* Does the entry stand in the tree, if only as a tombstone? */
static bool is_here(const struct node *node)
{
	return node->entry->number != 0 || node->entry->tombstone_here;
}

static void find_wanted(struct tree *tree)
{
	g_autoptr(GHashTable) index = g_hash_table_new(g_int64_hash, g_int64_equal);

	for (int i = 0; i < tree->n; i++)
		g_hash_table_insert(index, &tree->nodes[i].entry->id, &tree->nodes[i]);
	for (int i = 0; i < tree->n; i++) {
		const struct thread_entry *entry = tree->nodes[i].entry;
		const struct node *wanted = NULL;

		if (entry->wanted != 0 && entry->id != entry->root)
			wanted = g_hash_table_lookup(index, &entry->wanted);
		tree->nodes[i].wanted = wanted != NULL ? (int)(wanted - tree->nodes) : NONE;
	}
}

/* The nearest ancestor of node i that is here; what lies between remembers it. */
static void find_parent(struct tree *tree, int i)
{
	struct node *nodes = tree->nodes;
	int at = nodes[i].wanted;
	int parent = NONE;

	while (at != NONE && !is_here(&nodes[at]) && !nodes[at].resolved && nodes[at].seen != i) {
		nodes[at].seen = i; /* a second visit would be a cycle, which only damage makes */
		at = nodes[at].wanted;
	}
	if (at != NONE && is_here(&nodes[at]))
		parent = at;
	else if (at != NONE && nodes[at].resolved)
		parent = nodes[at].parent;
	for (int j = i; j != NONE && !nodes[j].resolved && (j == i || j != at);
	     j = nodes[j].wanted) {
		nodes[j].parent = parent;
		nodes[j].resolved = true;
	}
}

/* Show what is placed, and the tombstones above it. */
static void choose_shown(struct tree *tree)
{
	for (int i = 0; i < tree->n; i++) {
		if (tree->nodes[i].entry->number == 0)
			continue;
		for (int j = i; j != NONE && !tree->nodes[j].shown; j = tree->nodes[j].parent)
			tree->nodes[j].shown = true;
	}
}

/* Hang each shown node to its parent; they come by date, and so do children. */
static void hang(struct tree *tree)
{
	tree->first = tree->last = NONE;
	for (int i = 0; i < tree->n; i++) {
		struct node *node = &tree->nodes[i];
		int *first = &tree->first;
		int *last = &tree->last;

		if (!node->shown)
			continue;
		if (node->parent != NONE) {
			first = &tree->nodes[node->parent].first;
			last = &tree->nodes[node->parent].last;
		}
		if (*last == NONE)
			*first = i;
		else
			tree->nodes[*last].next = i;
		*last = i;
	}
}

static void tree_build(struct tree *tree, const GPtrArray *entries)
{
	tree->n = (int)entries->len;
	tree->nodes = g_new0(struct node, entries->len);
	for (int i = 0; i < tree->n; i++) {
		struct node *node = &tree->nodes[i];

		node->entry = entries->pdata[i];
		node->parent = node->first = node->last = node->next = node->seen = NONE;
	}
	find_wanted(tree);
	for (int i = 0; i < tree->n; i++)
		find_parent(tree, i);
	choose_shown(tree);
	hang(tree);
}

/* The node behind i, depth first; its level is set. */
static int tree_next(struct tree *tree, int i)
{
	const struct node *node = &tree->nodes[i];

	if (node->first != NONE) {
		tree->nodes[node->first].level = node->level + 1;
		return node->first;
	}
	while (i != NONE && tree->nodes[i].next == NONE)
		i = tree->nodes[i].parent;
	if (i == NONE)
		return NONE;
	tree->nodes[tree->nodes[i].next].level = tree->nodes[i].level;
	return tree->nodes[i].next;
}

static char *decoded_from(const struct thread_entry *entry)
{
	return entry->from != NULL ? encoded_decode(entry->from, strlen(entry->from)) : NULL;
}

static void append_json(const struct tree *tree, const struct node *node, GString *json)
{
	const struct thread_entry *entry = node->entry;
	g_autofree char *from = decoded_from(entry);

	ctl_json_open(json, NULL, '{');
	ctl_json_text(json, "id", entry->msgid);
	ctl_json_text(
	    json, "parent", node->parent != NONE ? tree->nodes[node->parent].entry->msgid : NULL);
	if (entry->number != 0)
		ctl_json_number(json, "number", entry->number);
	else
		ctl_json_null(json, "number");
	ctl_json_text(json, "subject", entry->subject);
	ctl_json_text(json, "from", from);
	ctl_json_time(json, "date", entry->date);
	if (entry->number == 0)
		ctl_json_truth(json, "withdrawn", true);
	ctl_json_close(json, '}');
}

/* The name of the author, else the address. */
static char *author_name(const struct thread_entry *entry)
{
	g_autoptr(GPtrArray) mailboxes = NULL;
	const struct mailbox *mailbox;

	if (entry->from == NULL)
		return g_strdup("");
	mailboxes = address_parse(entry->from, strlen(entry->from));
	if (mailboxes->len == 0)
		return decoded_from(entry);
	mailbox = mailboxes->pdata[0];
	return g_strdup(mailbox->name != NULL ? mailbox->name : mailbox->address);
}

/* The lines of the tree left of a node. */
static void append_branches(const struct tree *tree, const struct node *node, GString *line)
{
	int above[LEVELS_MAX];
	int n = 0;
	const struct node *up = node;

	if (node->level > LEVELS_MAX) {
		g_string_append_printf(line, "%*s[%d] ", 3 * LEVELS_MAX, "", node->level);
		return;
	}
	for (; up->parent != NONE && n < LEVELS_MAX; up = &tree->nodes[up->parent])
		above[n++] = up->next;
	for (int i = n - 1; i > 0; i--)
		g_string_append(line, above[i] != NONE ? "│  " : "   ");
	if (n > 0)
		g_string_append(line, above[0] != NONE ? "├─ " : "└─ ");
}

static void print_node(const struct tree *tree, const struct node *node, const char *timezone)
{
	const struct thread_entry *entry = node->entry;
	g_autoptr(GString) line = g_string_new(NULL);
	g_autofree char *author = author_name(entry);
	g_autofree char *date = ctl_list_show_time(entry->date, timezone);
	g_autofree char *clean = NULL;

	append_branches(tree, node, line);
	if (entry->number == 0)
		g_string_append_printf(line, "%s  %s", _("(withdrawn)"), date);
	else
		g_string_append_printf(line, "%s  %s  %s  #%" G_GINT64_FORMAT,
		    entry->subject != NULL && *entry->subject != '\0' ? entry->subject
								      : _("(no subject)"),
		    author, date, entry->number);
	clean = text_clean(line->str);
	puts(clean);
}

static void print_tree(struct tree *tree, const struct ctl *ctl)
{
	g_autoptr(GString) json = g_string_new("[");

	for (int i = tree->first; i != NONE; i = tree_next(tree, i)) {
		if (ctl->json)
			append_json(tree, &tree->nodes[i], json);
		else
			print_node(tree, &tree->nodes[i], ctl->settings->timezone);
	}
	if (!ctl->json)
		return;
	ctl_json_close(json, ']');
	ctl_json_print(json);
}

/* The thread of an article in the first of its groups; NULL: *status. */
static GPtrArray *thread_of_article(struct ctl *ctl, const char *text, int *status)
{
	g_autofree char *msgid = ctl_msgid(text);
	g_autoptr(GError) error = NULL;
	struct article *article = article_find(ctl->store, msgid, &error);
	g_autoptr(GArray) places = NULL;
	GPtrArray *entries = NULL;

	if (article == NULL && error == NULL) {
		*status = ctl_failed(_("there is no article %s"), msgid);
		return NULL;
	}
	if (article != NULL)
		places = placement_list(ctl->store, article->id, &error);
	if (error == NULL)
		entries = thread_of_root(ctl->store, article->root,
		    places->len > 0 ? g_array_index(places, struct placement, 0).group : 0, &error);
	article_free(article);
	if (entries == NULL)
		*status = ctl_fail(error);
	return entries;
}

static GPtrArray *threads_of_group(struct ctl *ctl, const char *name, int *status)
{
	ctl_auto_group *group = ctl_group_find(ctl, name, status);
	g_autoptr(GError) error = NULL;
	GPtrArray *entries;

	if (group == NULL)
		return NULL;
	entries = thread_of_group(ctl->store, group->id, &error);
	if (entries == NULL)
		*status = ctl_fail(error);
	return entries;
}

int ctl_thread(struct ctl *ctl)
{
	g_autoptr(GPtrArray) entries = NULL;
	struct tree tree;
	int status = CTL_OK;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	if (strpbrk(ctl->argv[0], "<@") != NULL)
		entries = thread_of_article(ctl, ctl->argv[0], &status);
	else
		entries = threads_of_group(ctl, ctl->argv[0], &status);
	if (entries == NULL)
		return status;
	tree_build(&tree, entries);
	print_tree(&tree, ctl);
	g_free(tree.nodes);
	return ctl_done();
}

int ctl_thread_split(struct ctl *ctl)
{
	g_autofree char *msgid = NULL;
	g_autoptr(GError) error = NULL;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	msgid = ctl_msgid(ctl->argv[0]);
	if (!ruling_split(ctl->store, ctl->settings, msgid, ctl_who(), &error) ||
	    !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "id", msgid, _("%s begins a thread of its own now."), msgid);
}

int ctl_thread_join(struct ctl *ctl)
{
	g_autofree char *msgid = NULL;
	g_autofree char *parent = NULL;
	g_autoptr(GError) error = NULL;

	if (!ctl_start(ctl, NULL))
		return ctl->status;
	msgid = ctl_msgid(ctl->argv[0]);
	parent = ctl_msgid(ctl->argv[1]);
	if (!ruling_join(ctl->store, ctl->settings, msgid, parent, ctl_who(), &error) ||
	    !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "id", msgid, _("%s answers %s now."), msgid, parent);
}

int ctl_thread_move(struct ctl *ctl)
{
	g_autofree char *from_name = NULL;
	const GOptionEntry entries[] = {
	    {"from", 0, 0, G_OPTION_ARG_STRING, &from_name,
		N_("the group that it leaves; needed where it stands in several"), N_("GROUP")},
	    {NULL},
	};
	g_autofree char *msgid = NULL;
	g_autoptr(GError) error = NULL;
	ctl_auto_group *from = NULL;
	ctl_auto_group *to = NULL;
	struct ruling_move move = {NULL};
	int status = CTL_OK;

	if (!ctl_start(ctl, entries))
		return ctl->status;
	msgid = ctl_msgid(ctl->argv[0]);
	to = ctl_group_find(ctl, ctl->argv[1], &status);
	if (to != NULL && from_name != NULL)
		from = ctl_group_find(ctl, from_name, &status);
	if (status != CTL_OK)
		return status;
	move = (struct ruling_move){.msgid = msgid, .from = from, .to = to};
	if (!ruling_move(ctl->store, ctl->settings, &move, ctl_who(), &error) ||
	    !ctl_commit(ctl, &error))
		return ctl_fail(error);
	return ctl_confirm(ctl, "id", msgid,
	    lang_plural(lang_of_environment(),
		"%u article stands in %s now; its members get it as a new one.",
		"%u articles stand in %s now; its members get them as new ones.", move.moved),
	    move.moved, to->name);
}
