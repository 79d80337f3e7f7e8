/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <glib/gstdio.h>

#include "base/err.h"

#define SIXTY "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx"

static void addresses(void **state)
{
	static const struct {
		const char *address;
		bool good;
	} cases[] = {
	    {"a@b", true},
	    {"petra.lehmann@stadt.example", true},
	    {"bounce+k3f5a2c7@listen.example", true},
	    {"a!b%c@d.example", true},
	    {"petra@[192.0.2.1]", true},
	    {"\"petra lehmann\"@stadt.example", true},
	    {"\"a@b\"@c.example", true},
	    {"\"a\\\"b\"@c.example", true},
	    {"\"a\\\\\"@c.example", true},
	    {SIXTY "@" SIXTY "." SIXTY "." SIXTY ".abcdefghij", true}, /* 254 octets */
	    {SIXTY "@" SIXTY "." SIXTY "." SIXTY ".abcdefghijk", false},
	    {"", false},
	    {"a@", false},
	    {"@b.example", false},
	    {"a.example", false},
	    {"\"a@b.example\"", false},
	    {"a b@c.example", false},
	    {"a@b.example ", false},
	    {"a@b example", false},
	    {"\"a\" @b.example", false},
	    {"\"a@b.example", false},
	    {"\"a\\\"@b.example", false},
	    {"\"a\\\\\" b\"@c.example", false},
	    {"<a@b.example>", false},
	    {"a@b.example>", false},
	    {"\"a>\"@b.example", false},
	    {"\"a\\>\"@b.example", false},
	    {"a@b.example\r\nRSET", false},
	    {"a@b.example\n", false},
	    {"\"a\\\r\n\"@b.example", false},
	    {"\"a\tb\"@c.example", false},
	    {"a@b.example\x7f", false},
	    {"j\xc3\xb6rg@stadt.example", false},
	    {"petra@b\xc3\xbcro.example", false},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		if (relay_takes_address(cases[i].address) != cases[i].good)
			fail_msg("\"%s\"", cases[i].address);
}

/* Through the one shape, into a folder; nothing becomes of a bad envelope. */
static void envelope(void **state)
{
	static const struct {
		const char *sender;
		const char *recipient;
		enum relay_end end;
		const char *text;
	} cases[] = {
	    {"", "petra@stadt.example", RELAY_SENT, "new/"},
	    {"bounce@listen.example", "petra@stadt.example", RELAY_SENT, "new/"},
	    {"", "", RELAY_PERM, "the recipient's address can't stand in an envelope:"},
	    {"", "a@b>\r\nRSET", RELAY_PERM,
		"the recipient's address can't stand in an envelope: a@b>  RSET"},
	    {"no address", "petra@stadt.example", RELAY_PERM,
		"the sender's address can't stand in an envelope: no address"},
	};
	static const char *const parts[] = {"box/tmp", "box/new", "box/cur", "box"};
	g_autofree char *folder = g_dir_make_tmp("umlauf-relay-XXXXXX", NULL);
	g_autofree char *name = g_strconcat("maildir:", folder, "/box", NULL);
	const struct settings settings = {.relay = name};
	struct relay *relay = relay_open(&settings, NULL);
	struct relay_answer answer = {.text = g_string_new(NULL)};

	(void)state;
	assert_non_null(relay);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct relay_mail mail = {.sender = cases[i].sender,
		    .recipient = cases[i].recipient,
		    .head = "",
		    .rest = "\r\n",
		    .rest_size = 2};

		relay_send(relay, &mail, &answer);
		if (answer.end != cases[i].end || answer.broken || answer.code != 0 ||
		    !g_str_has_prefix(answer.text->str, cases[i].text))
			fail_msg("<%s> <%s>: %d, %s", mail.sender, mail.recipient, (int)answer.end,
			    answer.text->str);
		if (answer.end == RELAY_SENT) {
			g_autofree char *path =
			    g_build_filename(folder, "box", answer.text->str, NULL);

			assert_int_equal(g_unlink(path), 0);
		}
	}
	relay_close(relay, false);
	g_string_free(answer.text, TRUE);
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) { /* each is empty */
		g_autofree char *path = g_build_filename(folder, parts[i], NULL);

		assert_int_equal(g_rmdir(path), 0);
	}
	assert_int_equal(g_rmdir(folder), 0);
}

static void opening(void **state)
{
	static const struct {
		const char *relay;
		enum err code;
	} cases[] = {
	    {"maildir:/dev/null/box", ERR_PERM},
	    {"lmtp:/nonexistent/lmtp", ERR_TEMP},
	    {"pigeon:", ERR_PERM},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		const struct settings settings = {
		    .relay = (char *)(uintptr_t)cases[i].relay, .relay_timeout_ms = 1000};
		g_autoptr(GError) error = NULL;

		assert_null(relay_open(&settings, &error));
		assert_int_equal(err_code(error), cases[i].code);
		assert_non_null(strstr(error->message, cases[i].relay));
	}
	relay_close(NULL, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses),
	    cmocka_unit_test(envelope),
	    cmocka_unit_test(opening),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
