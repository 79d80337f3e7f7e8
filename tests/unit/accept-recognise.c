/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "accept/recognise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PERSON NULL
#define AUTO "a machine wrote it (Auto-Submitted)"
#define NULL_SENDER "it has no sender: a report or an automatic answer"
#define SEEMS "it seems to be an automatic answer"

static const struct {
	const char *name;
	const char *head;
	bool null_sender;
	const char *reason;
} machines[] = {
    /* clang-format off */
	{"a person", "Subject: x\r\n", false, PERSON},
	{"the empty sender", "Subject: x\r\n", true, NULL_SENDER},
	/* RFC 3834 section 5 */
	{"no", "Auto-Submitted: no\r\n", false, PERSON},
	{"NO, folded", "AUTO-SUBMITTED:\r\n\tNO\r\n", false, PERSON},
	{"no with a comment", "Auto-Submitted: no (by hand)\r\n", false, PERSON},
	{"no with a comment at once", "Auto-Submitted: no(by hand)\r\n", false, PERSON},
	{"no with a parameter", "Auto-Submitted: no; owner-email=a@b\r\n", false, PERSON},
	{"no from the empty sender", "Auto-Submitted: no\r\n", true, NULL_SENDER},
	{"auto-replied", "Auto-Submitted: auto-replied\r\n", false, AUTO},
	{"auto-generated", "Auto-Submitted: auto-generated; x=y\r\n", false, AUTO},
	{"a machine from the empty sender", "Auto-Submitted: auto-notified\r\n", true, AUTO},
	{"what is not yet known", "Auto-Submitted: x-new\r\n", false, AUTO},
	{"a longer word", "Auto-Submitted: nope\r\n", false, AUTO},
	{"one letter", "Auto-Submitted: n\r\n", false, AUTO},
	{"empty", "Auto-Submitted:\r\n", false, AUTO},
	{"two that disagree", "Auto-Submitted: no\r\nAuto-Submitted: auto-replied\r\n", false, AUTO},
	{"another field", "X-Auto-Submitted: auto-replied\r\n", false, PERSON},
	{"in the body", "Subject: x\r\n\r\nAuto-Submitted: auto-replied\r\n", false, PERSON},
	/* those that do not know the RFC */
	{"X-Autoreply", "X-Autoreply: yes\r\n", false, SEEMS},
	{"X-Autoreply: no", "X-Autoreply: no\r\n", false, PERSON},
	{"X-Autorespond", "X-Autorespond: Urlaub\r\n", false, SEEMS},
	{"Precedence: auto_reply", "Precedence: Auto_Reply\r\n", false, SEEMS},
	{"Precedence: list", "Precedence: list\r\n", false, PERSON},
	{"Precedence: bulk", "Precedence: bulk\r\n", false, PERSON},
	{"Exchange writes it on each mail", "X-Auto-Response-Suppress: All\r\n", false, PERSON},
	{"Outlook", "Subject: Automatische Antwort: Radwege\r\n", false, SEEMS},
	{"Outlook in capitals", "Subject: AUTOMATISCHE ANTWORT: Radwege\r\n", false, SEEMS},
	{"a notice", "Subject: Abwesenheitsnotiz: Radwege\r\n", false, SEEMS},
	{"absent", "Subject: Abwesend: bis Montag\r\n", false, SEEMS},
	{"English", "Subject: Out of Office: Re: Radwege\r\n", false, SEEMS},
	{"encoded", "Subject: =?utf-8?B?QXV0b21hdGlzY2hlIEFudHdvcnQ6IEdyw7zDn2U=?=\r\n", false, SEEMS},
	{"folded", "Subject:\r\n Automatische\r\n Antwort: Radwege\r\n", false, SEEMS},
	{"about such mails", "Subject: Frage zur Abwesenheitsnotiz: wie?\r\n", false, PERSON},
	{"without the colon", "Subject: Abwesenheitsnotiz einrichten\r\n", false, PERSON},
	{"an answer to one", "Subject: AW: Automatische Antwort: Radwege\r\n", false, PERSON},
    /* clang-format on */
};

static void scan(struct header *header, const char *head)
{
	header_init(header);
	assert_true(header_scan(header, head, strlen(head), NULL));
}

static void test_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(machines); i++) {
		struct header header;
		const char *reason;

		scan(&header, machines[i].head);
		reason = recognise_machine(&header, machines[i].null_sender);
		print_message("# %s: %s\n", machines[i].name, reason ? reason : "a person");
		assert_int_equal(reason == NULL, machines[i].reason == NULL);
		if (reason)
			assert_string_equal(reason, machines[i].reason);
		header_clear(&header);
	}
}

static const struct {
	const char *name;
	const char *head;
	bool is_own;
} lists[] = {
    /* clang-format off */
	{"none", "Subject: x\r\n", false},
	{"of our domain", "List-Id: <bau.listen.example>\r\n", true},
	{"with a phrase", "List-Id: \"Bauen <und> mehr\" <bau.listen.example>\r\n", true},
	{"folded, any case", "LIST-ID: Bauen\r\n\t<Bau.LISTEN.example>\r\n", true},
	{"without brackets", "List-Id: bau.listen.example\r\n", true},
	{"without the end of them", "List-Id: <bau.listen.example\r\n", true},
	{"behind a foreign one", "List-Id: <a.b.example>\r\nList-Id: <bau.listen.example>\r\n", true},
	{"by its name alone", "List-Id: <rat.stadt.example>\r\n", true},
	{"by its name, any case", "List-Id: Rat <RAT.Stadt.Example>\r\n", true},
	{"another of that domain", "List-Id: <bau.stadt.example>\r\n", false},
	{"a longer domain", "List-Id: <bau.listen.example.org>\r\n", false},
	{"a domain that ends likewise", "List-Id: <bau.meinelisten.example>\r\n", false},
	{"the domain alone", "List-Id: <listen.example>\r\n", false},
	{"a dot alone before it", "List-Id: <.listen.example>\r\n", false},
	{"only in the phrase", "List-Id: bau.listen.example <a.b.example>\r\n", false},
	{"empty", "List-Id:\r\n", false},
	{"empty brackets", "List-Id: <>\r\n", false},
    /* clang-format on */
};

/* RFC 2919 section 3 and 6 */
static void test_own_lists(void **state)
{
	char rat[] = "rat.stadt.example";
	char *const ids[] = {rat, NULL};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
		struct header header;
		bool without;

		scan(&header, lists[i].head);
		print_message("# %s\n", lists[i].name);
		assert_int_equal(
		    recognise_own_list(&header, "listen.example", ids), lists[i].is_own);
		without = lists[i].is_own && strcasestr(lists[i].head, "rat.stadt") == NULL;
		assert_int_equal(recognise_own_list(&header, "listen.example", NULL), without);
		header_clear(&header);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_machines),
	    cmocka_unit_test(test_own_lists),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("accept/recognise", tests, NULL, NULL);
}
