/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * What the rows of the table in commands.c run (news_command_fn), by the file
 * that they stand in.  Nobody else calls them.
 */
#ifndef NEWS_HANDLERS_H
#define NEWS_HANDLERS_H

#include "news/commands.h"

/* cmd_session.c */
news_command_fn news_cmd_capabilities;
news_command_fn news_cmd_date;
news_command_fn news_cmd_help;
news_command_fn news_cmd_mode_reader;
news_command_fn news_cmd_quit;

/* cmd_post.c */
news_command_fn news_cmd_post;

/* cmd_group.c */
news_command_fn news_cmd_group;
news_command_fn news_cmd_last;
news_command_fn news_cmd_listgroup;
news_command_fn news_cmd_next;

/* cmd_new.c */
news_command_fn news_cmd_newgroups;
news_command_fn news_cmd_newnews;

/* cmd_article.c */
news_command_fn news_cmd_article;
news_command_fn news_cmd_body;
news_command_fn news_cmd_head;
news_command_fn news_cmd_stat;

/* cmd_over.c */
news_command_fn news_cmd_over;

/* cmd_hdr.c */
news_command_fn news_cmd_hdr;
news_command_fn news_cmd_xhdr;

/* cmd_list.c */
news_command_fn news_cmd_list_active;
news_command_fn news_cmd_list_active_times;
news_command_fn news_cmd_list_counts;
news_command_fn news_cmd_list_headers;
news_command_fn news_cmd_list_newsgroups;
news_command_fn news_cmd_list_overview_fmt;

#endif
