/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "intake/lmtp_commands.h"

#include <string.h>

#include "accept/resolve.h"
#include "base/err.h"
#include "base/text.h"

#define ERRORS_MAX 20

void intake_lmtp_reply(struct intake_session *session, const char *reply)
{
	GString *out = lineconn_out(session->conn);

	g_string_append(out, reply);
	g_string_append(out, "\r\n");
	/* A 4xx is no fault of the sender's: with too many recipients the rest comes later. */
	if (reply[0] != '5' || ++session->errors < ERRORS_MAX)
		return;
	g_string_append(out, "421 4.7.0 too many errors\r\n");
	lineconn_finish(session->conn);
}

static void cmd_lhlo(struct intake_session *session, const char *args)
{
	if (!args[0]) {
		intake_lmtp_reply(session, "501 5.5.4 LHLO needs your name");
		return;
	}
	intake_session_reset(session);
	session->greeted = true;
	g_string_append_printf(lineconn_out(session->conn),
	    "250-%s\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE %" G_GINT64_FORMAT
	    "\r\n250 ENHANCEDSTATUSCODES\r\n",
	    session->lmtp->settings->domain, session->lmtp->settings->max_message_size);
}

static void cmd_helo(struct intake_session *session, const char *args)
{
	(void)args;
	intake_lmtp_reply(session, "500 5.5.1 this is LMTP: say LHLO");
}

/* The end of a path: behind its `>`, quoted parts skipped; NULL if there is none. */
static const char *path_end(const char *at)
{
	bool quoted = false;

	for (; *at; at++) {
		if (*at == '\\' && quoted && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (*at == '>' && !quoted)
			return at + 1;
		else if (*at == '<' && !quoted)
			return NULL;
	}
	return NULL;
}

bool intake_lmtp_parse_path(
    const char *text, const char *word, char **address, const char **parameters)
{
	const char *start;
	const char *end;
	const char *colon;

	if (!text_has_prefix(text, word) || text[strlen(word)] != ':')
		return false;
	start = text + strlen(word) + 1;
	while (*start == ' ')
		start++;
	if (*start++ != '<')
		return false;
	end = path_end(start);
	if (!end || (*end && *end != ' '))
		return false;
	/* A source route is skipped (RFC 5321 section 4.1.1.3). */
	if (*start == '@') {
		colon = memchr(start, ':', (size_t)(end - start));
		if (!colon)
			return false;
		start = colon + 1;
	}
	*address = g_strndup(start, (size_t)(end - 1 - start));
	*parameters = end + strspn(end, " ");
	return true;
}

static const char *check_size(const struct settings *settings, const char *value)
{
	uint64_t size;

	if (!value[0] || value[strspn(value, "0123456789")])
		return "501 5.5.4 SIZE is not a number";
	if (!text_number(value, strlen(value), (uint64_t)settings->max_message_size, &size))
		return "552 5.3.4 the message is too large";
	return NULL;
}

/* PERSON=n, which news workers alone may say. */
static const char *take_person(struct intake_session *session, const char *value)
{
	uint64_t person;

	if (!text_number(value, strlen(value), INT64_MAX, &person))
		return "501 5.5.4 PERSON is not a number";
	session->person = (int64_t)person;
	return NULL;
}

/* NULL: all parameters of MAIL are good; else the reply. */
static const char *take_parameters(struct intake_session *session, const char *parameters)
{
	g_auto(GStrv) words = g_strsplit(parameters, " ", -1);
	const char *wrong = NULL;

	for (char **word = words; *word && !wrong; word++) {
		if (!(*word)[0] || g_ascii_strcasecmp(*word, "BODY=7BIT") == 0 ||
		    g_ascii_strcasecmp(*word, "BODY=8BITMIME") == 0 ||
		    (session->news && g_ascii_strcasecmp(*word, "VIA=news") == 0))
			continue;
		if (text_has_prefix(*word, "SIZE="))
			wrong = check_size(session->lmtp->settings, *word + strlen("SIZE="));
		else if (session->news && text_has_prefix(*word, "PERSON="))
			wrong = take_person(session, *word + strlen("PERSON="));
		else
			wrong = "555 5.5.4 parameter not known";
	}
	return wrong;
}

static void cmd_mail(struct intake_session *session, const char *args)
{
	g_autofree char *sender = NULL;
	const char *parameters;
	const char *wrong;

	if (!session->greeted || session->sender) {
		intake_lmtp_reply(session, session->greeted ? "503 5.5.1 there is a sender already"
							    : "503 5.5.1 say LHLO first");
		return;
	}
	if (!intake_lmtp_parse_path(args, "FROM", &sender, &parameters)) {
		intake_lmtp_reply(session, "501 5.5.4 syntax: MAIL FROM:<address>");
		return;
	}
	if (strlen(sender) > INTAKE_ADDRESS_MAX) {
		intake_lmtp_reply(session, "501 5.1.7 the address is too long");
		return;
	}
	wrong = take_parameters(session, parameters);
	if (wrong) {
		session->person = 0;
		intake_lmtp_reply(session, wrong);
		return;
	}
	/* What is no UTF-8 can't be kept as text; it only serves logs and ids of ours. */
	session->sender = g_utf8_make_valid(sender, -1);
	intake_lmtp_reply(session, "250 2.1.0 ok");
}

/* The group's place among those of this message; the group is taken. */
static guint remember(struct intake_session *session, struct group *group)
{
	for (guint i = 0; i < session->groups->len; i++) {
		const struct group *other = session->groups->pdata[i];

		if (other->id == group->id) {
			group_free(group);
			return i;
		}
	}
	g_ptr_array_add(session->groups, group);
	return session->groups->len - 1;
}

/* What the recipient stands for; to a news worker, a group's name does.  NULL: none, or an error. */
static struct target *find_target(
    struct intake_session *session, const char *address, GError **error)
{
	struct store *store = session->lmtp->store;
	struct target *target;
	struct group *group;

	if (!g_utf8_validate(address, -1, NULL) || !intake_batch_read(session->lmtp->batch, error))
		return NULL;
	if (!session->news)
		return resolve_recipient(store, session->lmtp->settings, address, error);
	group = group_find(store, address, error);
	if (!group)
		return NULL;
	target = g_new0(struct target, 1);
	target->kind = TARGET_GROUP;
	target->group = group;
	return target;
}

static void add_recipient(struct intake_session *session, const char *address)
{
	g_autoptr(GError) error = NULL;
	struct target *target = find_target(session, address, &error);
	guint place = INTAKE_ERRAND;

	if (!target && error && err_code(error) != ERR_ABSENT) {
		intake_lmtp_reply(session, "451 4.3.0 try again later");
		return;
	}
	if (!target) {
		g_autofree char *reply = g_strconcat(
		    "550 5.1.1 ", error ? error->message : "there is no such address here", NULL);

		intake_lmtp_reply(session, reply);
		return;
	}
	if (target->kind == TARGET_GROUP) {
		/* Of several the newest: an answer to all is one to the last of them. */
		session->answers = MAX(session->answers, target->article);
		place = remember(session, g_steal_pointer(&target->group));
		target_free(target);
	} else {
		g_ptr_array_add(session->errands, target);
	}
	g_array_append_val(session->recipients, place);
	intake_lmtp_reply(session, "250 2.1.5 ok");
}

static void cmd_rcpt(struct intake_session *session, const char *args)
{
	g_autofree char *address = NULL;
	const char *parameters;

	if (!session->sender)
		intake_lmtp_reply(session, "503 5.5.1 say MAIL FROM first");
	else if (!intake_lmtp_parse_path(args, "TO", &address, &parameters) || !address[0])
		intake_lmtp_reply(session, "501 5.5.4 syntax: RCPT TO:<address>");
	else if (parameters[0])
		intake_lmtp_reply(session, "555 5.5.4 parameter not known");
	else if (strlen(address) > INTAKE_ADDRESS_MAX)
		intake_lmtp_reply(session, "501 5.1.3 the address is too long");
	else if (session->recipients->len >= INTAKE_RECIPIENTS_MAX)
		intake_lmtp_reply(session, "452 4.5.3 too many recipients");
	else
		add_recipient(session, address);
}

static void cmd_data(struct intake_session *session, const char *args)
{
	(void)args;
	/* RFC 2033 section 4.2: no 354 where no recipient was accepted. */
	if (session->recipients->len == 0) {
		intake_lmtp_reply(session, session->sender ? "503 5.5.1 no valid recipients"
							   : "503 5.5.1 say MAIL FROM first");
		return;
	}
	intake_lmtp_reply(session, "354 end with a dot on a line of its own");
	lineconn_take_block(session->conn, (size_t)session->lmtp->settings->max_message_size);
}

static void cmd_rset(struct intake_session *session, const char *args)
{
	(void)args;
	intake_session_reset(session);
	intake_lmtp_reply(session, "250 2.0.0 ok");
}

static void cmd_noop(struct intake_session *session, const char *args)
{
	(void)args;
	intake_lmtp_reply(session, "250 2.0.0 ok");
}

static void cmd_vrfy(struct intake_session *session, const char *args)
{
	(void)args;
	intake_lmtp_reply(session, "252 2.1.5 send some mail, RCPT will tell");
}

static void cmd_help(struct intake_session *session, const char *args)
{
	(void)args;
	intake_lmtp_reply(
	    session, "214 2.0.0 LHLO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT (RFC 2033)");
}

static void cmd_quit(struct intake_session *session, const char *args)
{
	(void)args;
	intake_lmtp_reply(session, "221 2.0.0 bye");
	lineconn_finish(session->conn);
}

/* clang-format off */
static const struct {
	const char *verb;
	void (*run)(struct intake_session *session, const char *args);
	bool bare; /* takes no argument */
} commands[] = {
	{"LHLO", cmd_lhlo, false},
	{"MAIL", cmd_mail, false},
	{"RCPT", cmd_rcpt, false},
	{"DATA", cmd_data, true},
	{"RSET", cmd_rset, true},
	{"NOOP", cmd_noop, false},
	{"VRFY", cmd_vrfy, false},
	{"HELP", cmd_help, false},
	{"QUIT", cmd_quit, true},
	{"HELO", cmd_helo, false},
	{"EHLO", cmd_helo, false},
};
/* clang-format on */

/* Blanks at the end removed; NULL if the line holds what no command may (NUL, other controls). */
static char *clean_line(const char *line, size_t size)
{
	while (size > 0 && (line[size - 1] == ' ' || line[size - 1] == '\t'))
		size--;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			return NULL;
	return g_strndup(line, size);
}

void intake_lmtp_command(struct intake_session *session, const char *line, size_t size)
{
	g_autofree char *text = clean_line(line, size);
	size_t verb = text ? strcspn(text, " ") : 0;

	if (!text) {
		intake_lmtp_reply(session, "501 5.5.4 control characters in a command");
		return;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
		const char *args = text + verb + strspn(text + verb, " ");

		if (verb != strlen(commands[i].verb) ||
		    g_ascii_strncasecmp(text, commands[i].verb, verb) != 0)
			continue;
		if (commands[i].bare && args[0])
			intake_lmtp_reply(session, "501 5.5.4 this command takes no argument");
		else
			commands[i].run(session, args);
		return;
	}
	intake_lmtp_reply(session, "500 5.5.2 command not known");
}

static const char *reply_to_error(const struct intake_item *item)
{
	switch (err_code(item->error)) {
	case ERR_LIMIT:
		return "552 5.3.4";
	case ERR_BAD:
		return "554 5.6.0";
	/* Only what is wrong with the message itself is final: a fault of ours shall lose no mail. */
	case ERR_PERM:
	case ERR_DENIED:
	case ERR_ABSENT:
	case ERR_TEMP:
	default:
		return "451 4.3.0";
	}
}

char *intake_lmtp_outcome(const struct intake_item *item, guint group)
{
	const struct outcome *outcome = &item->outcome;
	const struct group *at;

	if (item->error) {
		g_autofree char *why = text_clean(item->error->message);
		const char *reply = reply_to_error(item);

		/* Why we fail is our matter; what is wrong with a message is the sender's. */
		return reply[0] == '4' ? g_strdup_printf("%s not stored, try again later", reply)
				       : g_strdup_printf("%s %s", reply, why);
	}
	if (group == INTAKE_ERRAND)
		return g_strdup("250 2.0.0 ok");
	at = item->groups->pdata[group];
	switch (outcome->verdicts[group]) {
	case VERDICT_HELD:
		return g_strdup_printf("250 2.0.0 held for moderation: %s", outcome->reason);
	case VERDICT_REFUSED:
		return g_strdup_printf("550 5.7.1 %s", outcome->reason);
	case VERDICT_PLACED:
	case VERDICT_DUPLICATE:
	default:
		return g_strdup_printf("250 2.0.0 %s is %s:%" G_GINT64_FORMAT "%s", outcome->msgid,
		    at->name, outcome->numbers[group],
		    outcome->verdicts[group] == VERDICT_DUPLICATE ? " already" : "");
	}
}
