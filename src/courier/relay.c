/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/relay.h"

#include <string.h>

#include "courier/answer.h"
#include "courier/folder.h"
#include "courier/smtp.h"

enum {
	ADDRESS_MIN = 3,
	ADDRESS_MAX = 254, /* RFC 5321 section 4.5.3.1.3, less the brackets */
};

struct relay {
	struct smtp_session *smtp; /* owned; NULL: the relay is a folder */
	char *folder;		   /* owned; NULL: it is not */
};

struct relay *relay_open(const struct settings *settings, GError **error)
{
	static const char maildir[] = "maildir:";
	struct relay *relay = g_new0(struct relay, 1);
	bool done;

	if (g_str_has_prefix(settings->relay, maildir)) {
		relay->folder = g_strdup(settings->relay + strlen(maildir));
		done = courier_folder_open(relay->folder, error);
	} else {
		relay->smtp = courier_smtp_open(settings, error);
		done = relay->smtp != NULL;
	}
	if (!done) {
		relay_close(relay, true);
		return NULL;
	}
	return relay;
}

void relay_send(struct relay *relay, const struct relay_mail *mail, struct relay_answer *answer)
{
	const bool good_sender = *mail->sender == '\0' || relay_takes_address(mail->sender);

	if (good_sender && relay_takes_address(mail->recipient)) {
		if (relay->smtp != NULL)
			courier_smtp_send(relay->smtp, mail, answer);
		else
			courier_folder_send(relay->folder, mail, answer);
		return;
	}
	answer->end = RELAY_PERM;
	answer->code = 0;
	answer->broken = false;
	answer->gone = false;
	courier_answer_say(answer->text, "the %s's address can't stand in an envelope: %s",
	    good_sender ? "recipient" : "sender", good_sender ? mail->recipient : mail->sender);
}

void relay_close(struct relay *relay, bool broken)
{
	if (relay == NULL)
		return;
	courier_smtp_close(relay->smtp, broken);
	g_free(relay->folder);
	g_free(relay);
}

bool relay_takes_address(const char *address)
{
	const size_t size = strlen(address);
	const char *at = NULL; /* the last one outside quotes */
	bool quoted = false;
	bool escaped = false;

	if (size < ADDRESS_MIN || size > ADDRESS_MAX)
		return false;
	for (const char *c = address; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~' || *c == '<' || *c == '>' || (*c == ' ' && !quoted))
			return false;
		if (*c == '@' && !quoted)
			at = c;
		if (*c == '"' && !escaped)
			quoted = !quoted;
		escaped = *c == '\\' && quoted && !escaped;
	}
	return !quoted && at != NULL && at > address && at[1] != '\0';
}
