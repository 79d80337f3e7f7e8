/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "courier/folder.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include <glib/gstdio.h>

#include "base/err.h"

#define BYTES(text) (text), sizeof(text) - 1

struct box {
	char *folder; /* of the test */
	char *path;   /* the Maildir */
	struct relay_answer answer;
};

static int set_up(void **state)
{
	struct box *box = g_new0(struct box, 1);

	box->folder = g_dir_make_tmp("umlauf-folder-XXXXXX", NULL);
	box->path = g_build_filename(box->folder, "out", "box", NULL);
	box->answer.text = g_string_new("something before");
	*state = box;
	return 0;
}

static void empty(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
		g_autofree char *below = g_build_filename(path, name, NULL);

		if (g_file_test(below, G_FILE_TEST_IS_DIR))
			empty(below);
		g_remove(below);
	}
	if (dir != NULL)
		g_dir_close(dir);
}

static int tear_down(void **state)
{
	struct box *box = *state;

	empty(box->folder);
	g_rmdir(box->folder);
	g_string_free(box->answer.text, TRUE);
	g_free(box->path);
	g_free(box->folder);
	g_free(box);
	return 0;
}

static char *below(const struct box *box, const char *part)
{
	return g_build_filename(box->path, part, NULL);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in tmp, new or cur, sorted; g_ptr_array_unref. */
static GPtrArray *list(const struct box *box, const char *part)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *path = below(box, part);
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	assert_non_null(dir);
	while ((name = g_dir_read_name(dir)) != NULL)
		g_ptr_array_add(names, g_strdup(name));
	g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	return names;
}

static guint count(const struct box *box, const char *part)
{
	g_autoptr(GPtrArray) names = list(box, part);

	return names->len;
}

static void send_text(struct box *box, const char *recipient, const char *rest)
{
	const struct relay_mail mail = {.sender = "",
	    .recipient = recipient,
	    .head = "",
	    .rest = rest,
	    .rest_size = strlen(rest)};

	courier_folder_send(box->path, &mail, &box->answer);
}

static void mails(void **state)
{
	struct box *box = *state;
	static const char expected[] = "X-Envelope-From: <bounce+k3@listen.example>\r\n"
				       "X-Envelope-To: <petra@stadt.example>\r\n"
				       "List-Id: <a.listen.example>\r\n"
				       "Subject: a\r\n\r\n.b\0\xe4\r\n";
	const struct relay_mail mail = {"bounce+k3@listen.example", "petra@stadt.example",
	    BYTES("List-Id: <a.listen.example>\r\n"), BYTES("Subject: a\r\n\r\n.b\0\xe4\r\n")};
	g_autofree char *path = NULL;
	g_autofree char *bytes = NULL;
	size_t size = 0;

	assert_true(courier_folder_open(box->path, NULL));
	assert_true(courier_folder_open(box->path, NULL)); /* it is there already */
	courier_folder_send(box->path, &mail, &box->answer);
	assert_int_equal(box->answer.end, RELAY_SENT);
	assert_int_equal(box->answer.code, 0);
	assert_false(box->answer.broken);
	assert_true(g_str_has_prefix(box->answer.text->str, "new/"));
	path = below(box, box->answer.text->str);
	assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	assert_int_equal(size, sizeof(expected) - 1);
	assert_memory_equal(bytes, expected, size);
	assert_int_equal(count(box, "new"), 1);
	assert_int_equal(count(box, "tmp"), 0);
	assert_int_equal(count(box, "cur"), 0);
}

static void order(void **state)
{
	enum { MAILS = 300 };
	struct box *box = *state;
	g_autoptr(GPtrArray) names = NULL;

	assert_true(courier_folder_open(box->path, NULL));
	for (int i = 0; i < MAILS; i++) {
		g_autofree char *recipient = g_strdup_printf("%03d@stadt.example", i);

		send_text(box, recipient, "\r\n");
		assert_int_equal(box->answer.end, RELAY_SENT);
	}
	names = list(box, "new");
	assert_int_equal(names->len, MAILS);
	for (int i = 0; i < MAILS; i++) {
		g_autofree char *name = g_build_filename("new", names->pdata[i], NULL);
		g_autofree char *path = below(box, name);
		g_autofree char *part = g_strdup_printf("To: <%03d@", i);
		g_autofree char *text = NULL;

		assert_true(g_file_get_contents(path, &text, NULL, NULL));
		assert_non_null(strstr(text, part));
	}
}

/* Several processes, none of which overwrites another's. */
static void processes(void **state)
{
	enum { PROCESSES = 4, MAILS = 50 };
	struct box *box = *state;
	pid_t children[PROCESSES];

	assert_true(courier_folder_open(box->path, NULL));
	for (int i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		if (children[i] > 0)
			continue;
		for (int k = 0; k < MAILS; k++)
			send_text(box, "a@b.example", "\r\n");
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(waitpid(children[i], NULL, 0), children[i]);
	assert_int_equal(count(box, "new"), PROCESSES * MAILS);
	assert_int_equal(count(box, "tmp"), 0);
}

static void missing(void **state)
{
	struct box *box = *state;

	send_text(box, "a@b.example", "\r\n");
	assert_int_equal(box->answer.end, RELAY_TEMP);
	assert_true(box->answer.broken);
	assert_non_null(strstr(box->answer.text->str, "No such file"));
	/* Opening it again is the cure. */
	assert_true(courier_folder_open(box->path, NULL));
	send_text(box, "a@b.example", "\r\n");
	assert_int_equal(box->answer.end, RELAY_SENT);
}

/* A file that can't be written whole, as on a full disk. */
static void full(void **state)
{
	struct box *box = *state;
	g_autofree char *big = g_strnfill(100000, 'x');
	struct rlimit old, small;

	assert_true(courier_folder_open(box->path, NULL));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){.rlim_cur = 50000, .rlim_max = old.rlim_max};
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	send_text(box, "a@b.example", big);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(box->answer.end, RELAY_TEMP);
	assert_non_null(strstr(box->answer.text->str, "too large"));
	assert_int_equal(count(box, "new"), 0);
	assert_int_equal(count(box, "tmp"), 0);
}

static void no_folder(void **state)
{
	struct box *box = *state;
	g_autofree char *file = g_build_filename(box->folder, "out", NULL);
	g_autoptr(GError) error = NULL;

	assert_true(g_file_set_contents(file, "", 0, NULL));
	assert_false(courier_folder_open(box->path, &error));
	assert_int_equal(err_code(error), ERR_PERM);
	assert_non_null(strstr(error->message, box->path));
}

#define test(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    test(mails),
	    test(order),
	    test(processes),
	    test(missing),
	    test(full),
	    test(no_folder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
