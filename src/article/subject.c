/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/subject.h"

#include <string.h>

#include <glib.h>

#define SIZE_MAX_FOLDED 2000 /* what is behind does not count */

static const struct prefix {
	const char *word; /* folded */
	bool reply;
} prefixes[] = {
    /* clang-format off */
	{"re",      true},
	{"aw",      true},
	{"antw",    true},
	{"antwort", true},
	{"sv",      true},
	{"vs",      true},
	{"rif",     true}, /* Italian and Polish Outlook */
	{"odp",     true},
	{"wg",      false},
	{"fwd",     false},
	{"fw",      false},
	{"tr",      false},
	{"wtrlt",   false}, /* GroupWise */
	{"weitergeleitet", false},
    /* clang-format on */
};

/* What programs write where nothing was written. */
static const char *const nothings[] = {"(no subject)", "(ohne betreff)", "(kein betreff)",
    "<kein betreff>", "kein betreff", "ohne betreff", "no subject", "(sans objet)", "(aucun objet)",
    "(nessun oggetto)"};

/* Of what is US-ASCII, at a tenth of its price; NULL for any other. */
static char *folded_ascii(const char *subject, size_t size)
{
	g_autofree char *text = g_malloc(size + 1);
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		const char c = subject[i];

		if ((unsigned char)c >= 0x80)
			return NULL;
		if (c > ' ' && c != 0x7f)
			text[n++] = g_ascii_tolower(c);
		else if (n > 0 && text[n - 1] != ' ')
			text[n++] = ' ';
	}
	n -= n > 0 && text[n - 1] == ' ';
	text[n] = '\0';
	return g_steal_pointer(&text);
}

static char *folded_unicode(const char *subject, size_t size)
{
	g_autofree char *valid = g_utf8_make_valid(subject, (gssize)size);
	g_autofree char *fold = g_utf8_casefold(valid, -1);
	g_autofree char *text = g_utf8_normalize(fold, -1, G_NORMALIZE_NFC);
	GString *out = g_string_sized_new(strlen(text) + 1);
	bool blank = true;

	for (const char *p = text; *p != '\0'; p += g_utf8_skip[(unsigned char)*p]) {
		gunichar c = g_utf8_get_char(p);
		bool is_blank = g_unichar_isspace(c) || g_unichar_iscntrl(c);

		if (!is_blank)
			g_string_append_unichar(out, c);
		else if (!blank)
			g_string_append_c(out, ' ');
		blank = is_blank;
	}
	if (out->len > 0 && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	return g_string_free(out, FALSE);
}

char *subject_folded(const char *subject)
{
	const size_t size = strnlen(subject, SIZE_MAX_FOLDED);
	char *text = folded_ascii(subject, size);

	return text != NULL ? text : folded_unicode(subject, size);
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " ");
}

/* Behind a count that some write into the prefix: `[2]`, `(2)`, `^2`; p itself if there is none. */
static const char *skip_count(const char *p)
{
	const char *digits = p + 1;
	size_t n;

	if (*p == '\0' || strchr("[(^", *p) == NULL)
		return p;
	n = strspn(digits, "0123456789");
	if (n == 0)
		return p;
	if (*p == '^')
		return digits + n;
	return digits[n] == (*p == '[' ? ']' : ')') ? digits + n + 1 : p;
}

/* Behind the prefix that stands at p and the blanks that follow; NULL if none does. */
static const char *skip_prefix(const char *p, bool *reply)
{
	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		size_t size = strlen(prefixes[i].word);
		const char *end;

		if (strncmp(p, prefixes[i].word, size) != 0)
			continue;
		end = skip_blanks(skip_count(skip_blanks(p + size)));
		*reply = prefixes[i].reply;
		if (*end == ':')
			return skip_blanks(end + 1);
		if (g_str_has_prefix(end, "\xef\xbc\x9a")) /* a wide colon */
			return skip_blanks(end + 3);
	}
	return NULL;
}

/* Behind the `[List]` tag at p; NULL if there is none or nothing would remain. */
static const char *skip_tag(const char *p)
{
	size_t size;

	if (*p != '[')
		return NULL;
	size = strcspn(p + 1, "[]");
	if (p[1 + size] != ']')
		return NULL;
	p = skip_blanks(p + size + 2);
	return *p == '\0' ? NULL : p;
}

/* Cut a tail off in place. */
static bool cut(char *text, const char *tail)
{
	if (!g_str_has_suffix(text, tail))
		return false;
	text[strlen(text) - strlen(tail)] = '\0';
	g_strchomp(text);
	return true;
}

/* Behind what may stand in front of a base; NULL if nothing does.  Cuts "[Fwd: …]" open. */
static const char *skip_front(char *p)
{
	bool reply;
	const char *next = skip_prefix(p, &reply);

	if (next == NULL && (g_str_has_prefix(p, "[fwd:") || g_str_has_prefix(p, "[fw:")) &&
	    cut(p, "]"))
		next = skip_blanks(strchr(p, ':') + 1);
	return next == NULL ? skip_tag(p) : next;
}

char *subject_base(const char *subject)
{
	g_autofree char *text = subject_folded(subject);
	char *base = text;
	const char *next;

	do {
		while (cut(base, "(fwd)"))
			;
		next = skip_front(base);
		if (next != NULL)
			base += next - base;
	} while (next != NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(nothings); i++)
		if (strcmp(base, nothings[i]) == 0)
			base += strlen(base);
	return g_strdup(base);
}

bool subject_is_reply(const char *subject)
{
	g_autofree char *text = subject_folded(subject);
	const char *p = text;
	const char *next;
	bool reply = false;

	while ((next = skip_tag(p)) != NULL)
		p = next;
	return skip_prefix(p, &reply) != NULL && reply;
}
