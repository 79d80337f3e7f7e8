/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/authres.h"

#include <string.h>

#include <glib.h>

/* One `method=result ptype.property=value …` of a field. */
struct result {
	char *const *words; /* borrowed; `name=value`, `=` without blanks around; NULL-terminated */
};

enum opinion {
	OPINION_NONE,
	OPINION_PASS,
	OPINION_FAIL,
};

/* The field without comments and without blanks around `=`; what is quoted loses its marks. */
static char *tidied(const struct field *field)
{
	g_autofree char *value = field_unfolded(field);
	GString *out = g_string_sized_new(strlen(value));
	unsigned depth = 0;
	bool in_quotes = false;

	for (const char *p = value; *p != '\0'; p++) {
		if (*p == '\\' && (in_quotes || depth > 0) && p[1] != '\0')
			p++;
		else if (*p == '"' && depth == 0)
			in_quotes = !in_quotes;
		else if (*p == '(' && !in_quotes)
			depth++;
		else if (*p == ')' && depth > 0)
			depth--;
		else if (depth == 0 && in_quotes && strchr(" ;=", *p) != NULL)
			g_string_append_c(out, '_'); /* what is quoted can't make words */
		else if (depth == 0)
			g_string_append_c(out, *p);
	}
	return g_string_free(out, FALSE);
}

/* Words of a part, `a = b` as one. */
static char **words_of(const char *part)
{
	g_autoptr(GString) tight = g_string_sized_new(strlen(part));

	while (*part != '\0') {
		size_t blanks = strspn(part, " ");

		part += blanks;
		if (blanks > 0 && *part != '=' && tight->len > 0 &&
		    tight->str[tight->len - 1] != '=')
			g_string_append_c(tight, ' ');
		if (*part != '\0')
			g_string_append_c(tight, *part++);
	}
	return g_strsplit(g_strstrip(tight->str), " ", -1);
}

/* The value of a property, NULL if the result has none; borrowed. */
static const char *property(const struct result *result, const char *name)
{
	size_t size = strlen(name);

	for (char *const *word = result->words; *word != NULL; word++)
		if (g_ascii_strncasecmp(*word, name, size) == 0 && (*word)[size] == '=')
			return *word + size + 1;
	return NULL;
}

/* The domain of `local@domain`, `@domain` or `domain`. */
static const char *domain_of(const char *value)
{
	const char *at = value == NULL ? NULL : strrchr(value, '@');

	return at == NULL ? value : at + 1;
}

/* True if shorter is a parent of longer, and no top-level domain. */
static bool is_parent(const char *shorter, const char *longer)
{
	size_t n = strlen(shorter);
	size_t size = strlen(longer);

	return size > n && strchr(shorter, '.') != NULL && longer[size - n - 1] == '.' &&
	       g_ascii_strcasecmp(longer + size - n, shorter) == 0;
}

static bool is_aligned(const char *domain, const char *author)
{
	if (domain == NULL || strchr(domain, '.') == NULL)
		return false;
	return g_ascii_strcasecmp(domain, author) == 0 || is_parent(domain, author) ||
	       is_parent(author, domain);
}

static bool passes(const char *result)
{
	return result != NULL && g_ascii_strcasecmp(result, "pass") == 0;
}

static enum opinion opinion_of(const struct result *result, const char *author)
{
	const char *author_domain = domain_of(author);
	const char *dmarc = property(result, "dmarc");
	const char *value;
	bool pass = false;

	if (dmarc != NULL && g_ascii_strcasecmp(dmarc, "fail") == 0)
		return OPINION_FAIL;
	if (passes(dmarc)) {
		value = domain_of(property(result, "header.from"));
		pass = value != NULL && g_ascii_strcasecmp(value, author_domain) == 0;
	} else if (passes(property(result, "dkim"))) {
		value = property(result, "header.d");
		value = value == NULL ? property(result, "header.i") : value;
		pass = is_aligned(domain_of(value), author_domain);
	} else if (passes(property(result, "spf"))) {
		pass = is_aligned(domain_of(property(result, "smtp.mailfrom")), author_domain);
	} else if (passes(property(result, "auth"))) {
		value = property(result, "smtp.auth");
		pass = value != NULL && g_ascii_strcasecmp(value, author) == 0;
	}
	return pass ? OPINION_PASS : OPINION_NONE;
}

/* Is the first part (`authserv-id [version]`) one of ours? */
static bool is_trusted(const char *part, char *const *trusted)
{
	size_t size;

	part += strspn(part, " ");
	size = strcspn(part, " ");
	for (; *trusted != NULL; trusted++)
		if (strlen(*trusted) == size && g_ascii_strncasecmp(part, *trusted, size) == 0)
			return true;
	return false;
}

static enum opinion field_opinion(
    const struct field *field, char *const *trusted, const char *author)
{
	g_autofree char *value = tidied(field);
	g_auto(GStrv) parts = g_strsplit(value, ";", -1);
	enum opinion opinion = OPINION_NONE;

	if (parts[0] == NULL || !is_trusted(parts[0], trusted))
		return OPINION_NONE;
	for (char **part = parts + 1; *part != NULL && opinion != OPINION_FAIL; part++) {
		g_auto(GStrv) words = words_of(*part);
		struct result result = {words};

		opinion = MAX(opinion, opinion_of(&result, author));
	}
	return opinion;
}

bool authres_verifies(const struct header *header, char *const *trusted, const char *author)
{
	const struct field *field = header_find(header, "Authentication-Results");
	enum opinion opinion = OPINION_NONE;

	if (strchr(author, '@') == NULL)
		return false;
	for (; field != NULL && opinion != OPINION_FAIL; field = header_find_next(header, field))
		opinion = MAX(opinion, field_opinion(field, trusted, author));
	return opinion == OPINION_PASS;
}
