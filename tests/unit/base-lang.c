/* SPDX-License-Identifier: EUPL-1.2 */
/* The .c itself is included: catalogues made here, sound and broken, are fed to its reader. */
#include "config.h"

#include "base/lang.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <glib/gstdio.h>

static void put_word(GByteArray *out, uint32_t word)
{
	word = GUINT32_TO_LE(word);
	g_byte_array_append(out, (const guint8 *)&word, sizeof(word));
}

/* A .mo file of three rows, the last of them a plural. */
static GByteArray *make_mo(void)
{
	static const struct {
		const char *text;
		uint32_t size;
	} texts[] = {
	    {"", 0}, {"Subject", 7}, {"one mail\0%u mails", 17},	/* English */
	    {"header", 6}, {"Betreff", 7}, {"eine Mail\0%u Mails", 18}, /* German */
	};
	GByteArray *out = g_byte_array_new();
	uint32_t place = 28 + 6 * 8;

	put_word(out, 0x950412de);
	put_word(out, 0);
	put_word(out, 3);
	put_word(out, 28);
	put_word(out, 28 + 3 * 8);
	put_word(out, 0);
	put_word(out, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		put_word(out, texts[i].size);
		put_word(out, place);
		place += texts[i].size + 1;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		g_byte_array_append(out, (const guint8 *)texts[i].text, texts[i].size + 1);
	return out;
}

static struct catalogue load(const uint8_t *bytes, size_t size)
{
	g_autofree char *path = NULL;
	struct catalogue loaded = {0};
	const int fd = g_file_open_tmp("umlauf-XXXXXX", &path, NULL);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	catalogue_load(&loaded, path);
	g_unlink(path);
	return loaded;
}

static void reads_catalogue(void **state)
{
	g_autoptr(GByteArray) mo = make_mo();
	const struct catalogue before = german;

	(void)state;
	german = load(mo->data, mo->len);
	assert_string_equal(lang_text(LANG_DE, "Subject"), "Betreff");
	assert_string_equal(lang_text(LANG_EN, "Subject"), "Subject");
	assert_string_equal(lang_text(LANG_DE, "absent"), "absent");
	assert_string_equal(lang_text(LANG_DE, ""), "");
	assert_string_equal(lang_plural(LANG_DE, "one mail", "%u mails", 1), "eine Mail");
	assert_string_equal(lang_plural(LANG_DE, "one mail", "%u mails", 0), "%u Mails");
	assert_string_equal(lang_plural(LANG_DE, "one mail", "%u mails", 7), "%u Mails");
	assert_string_equal(lang_plural(LANG_EN, "one mail", "%u mails", 1), "one mail");
	assert_string_equal(lang_plural(LANG_EN, "one mail", "%u mails", 0), "%u mails");
	assert_string_equal(lang_plural(LANG_DE, "one x", "%u x", 2), "%u x");
	g_mapped_file_unref(german.file);
	german = before;
}

/* Cut anywhere, or with any one octet of its head spoilt, it is refused or still sound. */
static void broken_catalogue(void **state)
{
	g_autoptr(GByteArray) mo = make_mo();
	const char *end;

	(void)state;
	for (guint size = 0; size < mo->len; size++)
		assert_null(load(mo->data, size).file);
	for (guint i = 0; i < 28 + 6 * 8; i++) {
		struct catalogue loaded;

		mo->data[i] ^= 0x81;
		loaded = load(mo->data, mo->len);
		catalogue_find(&loaded, "Subject", &end);
		if (loaded.file != NULL)
			g_mapped_file_unref(loaded.file);
		mo->data[i] ^= 0x81;
	}
}

/* The catalogue of the tree where this test was built. */
static void own_catalogue(void **state)
{
	(void)state;
	lang_init();
	assert_non_null(german.file);
	assert_string_equal(lang_text(LANG_DE, "the path of a file"), "der Pfad einer Datei");
	g_setenv("LC_ALL", "de_DE.UTF-8", TRUE);
	assert_string_equal(_("the path of a file"), "der Pfad einer Datei");
	g_setenv("LC_ALL", "C.UTF-8", TRUE);
	assert_string_equal(_("the path of a file"), "the path of a file");
}

static void parses(void **state)
{
	static const struct {
		const char *text;
		const char *code;
	} cases[] = {
	    {"de", "de"},
	    {"DE", "de"},
	    {"de_AT.UTF-8", "de"},
	    {"de-CH", "de"},
	    {"de.UTF-8", "de"},
	    {"en_GB", "en"},
	    {"den", NULL},
	    {"d", NULL},
	    {"", NULL},
	    {"C.UTF-8", NULL},
	    {"fr", NULL},
	};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		enum lang lang = LANG_EN;
		const bool good = lang_parse(cases[i].text, &lang);

		if (good != (cases[i].code != NULL) ||
		    (good && strcmp(lang_code(lang), cases[i].code) != 0))
			fail_msg("\"%s\"", cases[i].text);
	}
}

static void environment(void **state)
{
	(void)state;
	g_unsetenv("LC_ALL");
	g_unsetenv("LC_MESSAGES");
	g_unsetenv("LANG");
	assert_int_equal(lang_of_environment(), LANG_EN);
	g_setenv("LANG", "de_DE.UTF-8", TRUE);
	assert_int_equal(lang_of_environment(), LANG_DE);
	g_setenv("LC_MESSAGES", "en_US", TRUE);
	assert_int_equal(lang_of_environment(), LANG_EN);
	g_setenv("LC_ALL", "de", TRUE);
	assert_int_equal(lang_of_environment(), LANG_DE);
	g_setenv("LC_ALL", "fr_FR", TRUE);
	assert_int_equal(lang_of_environment(), LANG_EN);
	g_setenv("LC_ALL", "", TRUE);
	g_setenv("LC_MESSAGES", "", TRUE);
	assert_int_equal(lang_of_environment(), LANG_DE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_catalogue),
	    cmocka_unit_test(broken_catalogue),
	    cmocka_unit_test(own_catalogue),
	    cmocka_unit_test(parses),
	    cmocka_unit_test(environment),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("base/lang", tests, NULL, NULL);
}
