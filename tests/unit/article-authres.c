/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "article/authres.h"

#define AR "Authentication-Results: "

/* The author is always anna@stadt.example, the trusted ids mx.kreis.example and mx2.kreis.example. */
static const struct {
	const char *name;
	const char *head;
	bool verified;
} cases[] = {
    /* clang-format off */
	{"none", "From: anna@stadt.example\r\n", false},
	{"dmarc", AR "mx.kreis.example; dmarc=pass header.from=stadt.example\r\n", true},
	{"dmarc, case ignored", AR "MX.Kreis.Example; DMARC=Pass header.from=Stadt.Example\r\n", true},
	{"dmarc of another domain", AR "mx.kreis.example; dmarc=pass header.from=boese.example\r\n", false},
	{"dmarc without header.from", AR "mx.kreis.example; dmarc=pass\r\n", false},
	{"another server", AR "mx.boese.example; dmarc=pass header.from=stadt.example\r\n", false},
	{"beginning of a trusted name", AR "mx.kreis.example.boese.example; dmarc=pass header.from=stadt.example\r\n",
		false},
	{"second trusted server", AR "mx2.kreis.example; dmarc=pass header.from=stadt.example\r\n", true},
	{"version", AR "mx.kreis.example 1; dmarc=pass header.from=stadt.example\r\n", true},
	{"none; RFC 8601 section 2.2", AR "mx.kreis.example; none\r\n", false},
	{"dkim", AR "mx.kreis.example; dkim=pass header.d=stadt.example\r\n", true},
	{"dkim, header.i", AR "mx.kreis.example; dkim=pass header.i=@stadt.example\r\n", true},
	{"dkim, parent domain", AR "mx.kreis.example; dkim=pass header.d=post.stadt.example\r\n", true},
	{"dkim, top level", AR "mx.kreis.example; dkim=pass header.d=example\r\n", false},
	{"dkim, another domain", AR "mx.kreis.example; dkim=pass header.d=versand.example\r\n", false},
	{"dkim, end of a name", AR "mx.kreis.example; dkim=pass header.d=altstadt.example\r\n", false},
	{"dkim fails", AR "mx.kreis.example; dkim=fail header.d=stadt.example\r\n", false},
	{"spf", AR "mx.kreis.example; spf=pass smtp.mailfrom=anna@stadt.example\r\n", true},
	{"spf, domain alone", AR "mx.kreis.example; spf=pass smtp.mailfrom=stadt.example\r\n", true},
	{"spf, another domain", AR "mx.kreis.example; spf=pass smtp.mailfrom=x@boese.example\r\n", false},
	{"spf of the greeting", AR "mx.kreis.example; spf=pass smtp.helo=stadt.example\r\n", false},
	{"auth", AR "mx.kreis.example; auth=pass smtp.auth=anna@stadt.example\r\n", true},
	{"auth of a colleague", AR "mx.kreis.example; auth=pass smtp.auth=otto@stadt.example\r\n", false},
	{"dmarc=fail outweighs", AR "mx.kreis.example; dkim=pass header.d=stadt.example;\r\n dmarc=fail header.from=stadt.example\r\n",
		false},
	{"dmarc=fail in another field", AR "mx.kreis.example; spf=pass smtp.mailfrom=stadt.example\r\n"
		AR "mx2.kreis.example; dmarc=fail header.from=stadt.example\r\n", false},
	{"dmarc=fail of a stranger", AR "mx.kreis.example; spf=pass smtp.mailfrom=stadt.example\r\n"
		AR "mx.boese.example; dmarc=fail header.from=stadt.example\r\n", true},
	{"several", AR "mx.kreis.example;\r\n spf=none smtp.mailfrom=x@y.example;\r\n\tdkim=pass (2048-bit key; unprotected)"
		" header.d=stadt.example header.i=@stadt.example header.b=abc\r\n", true},
	{"blanks around =", AR "mx.kreis.example; dkim = pass header.d =\r\n stadt.example\r\n", true},
	{"in a comment", AR "mx.kreis.example; dkim=none (dkim=pass; dmarc=pass header.from=stadt.example)\r\n", false},
	{"in a quoted string", AR "mx.kreis.example; dkim=fail reason=\"x; dmarc=pass header.from=stadt.example\"\r\n",
		false},
	{"comment without end", AR "mx.kreis.example (; dmarc=pass header.from=stadt.example\r\n", false},
	{"empty", AR "\r\n", false},
	{"id alone", AR "mx.kreis.example\r\n", false},
    /* clang-format on */
};

static void test_cases(void **state)
{
	char *trusted[] = {g_strdup("mx.kreis.example"), g_strdup("mx2.kreis.example"), NULL};
	struct header header;

	(void)state;
	header_init(&header);
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		print_message("# %s\n", cases[i].name);
		assert_true(header_scan(&header, cases[i].head, strlen(cases[i].head), NULL));
		assert_int_equal(
		    authres_verifies(&header, trusted, "anna@stadt.example"), cases[i].verified);
		assert_false(authres_verifies(&header, trusted + 2, "anna@stadt.example"));
	}
	assert_false(authres_verifies(&header, trusted, "anna"));
	header_clear(&header);
	g_free(trusted[0]);
	g_free(trusted[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/authres", tests, NULL, NULL);
}
