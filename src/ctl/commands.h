/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The subcommands, as the table in umlauf.c names them.  Each takes its options by ctl_start and
 * returns the exit status.
 */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/ctl.h"

int ctl_init(struct ctl *ctl);
int ctl_check(struct ctl *ctl);

int ctl_group_add(struct ctl *ctl);
int ctl_group_list(struct ctl *ctl);
int ctl_group_set(struct ctl *ctl);
int ctl_group_remove(struct ctl *ctl);

int ctl_person_add(struct ctl *ctl);
int ctl_person_list(struct ctl *ctl);
int ctl_person_set(struct ctl *ctl);
int ctl_person_export(struct ctl *ctl);
int ctl_person_erase(struct ctl *ctl);

int ctl_subscribe(struct ctl *ctl);
int ctl_unsubscribe(struct ctl *ctl);
int ctl_subscriptions(struct ctl *ctl);

int ctl_import_mbox(struct ctl *ctl);
int ctl_import_maildir(struct ctl *ctl);
int ctl_export_mbox(struct ctl *ctl);

int ctl_article_show(struct ctl *ctl);
int ctl_article_remove(struct ctl *ctl);
int ctl_thread(struct ctl *ctl);
int ctl_thread_split(struct ctl *ctl);
int ctl_thread_join(struct ctl *ctl);
int ctl_thread_move(struct ctl *ctl);
int ctl_trim(struct ctl *ctl);

int ctl_held_list(struct ctl *ctl);
int ctl_held_show(struct ctl *ctl);
int ctl_held_approve(struct ctl *ctl);
int ctl_held_reject(struct ctl *ctl);

int ctl_queue_list(struct ctl *ctl);
int ctl_queue_drop(struct ctl *ctl);
int ctl_courier_hold(struct ctl *ctl);
int ctl_courier_release(struct ctl *ctl);
int ctl_trace(struct ctl *ctl);
int ctl_digest_run(struct ctl *ctl);
int ctl_digest_preview(struct ctl *ctl);

int ctl_backup(struct ctl *ctl);
int ctl_restore(struct ctl *ctl);
int ctl_verify(struct ctl *ctl);
int ctl_status(struct ctl *ctl);

#endif
