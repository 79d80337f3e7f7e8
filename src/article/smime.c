/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/smime.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/asn1.h>

/* An element of BER: tag, length, content. */
struct element {
	int tag;
	int class;
	bool constructed;
	bool indefinite; /* its end is an element of zeros */
	const unsigned char *content;
	const unsigned char *end; /* of the content; indefinite: as far as it may reach */
};

/* The element at *p, which moves to its content; false at the end or where there is none. */
static bool begin_element(
    const unsigned char **p, const unsigned char *end, struct element *element)
{
	long size = 0;
	int is;

	if (*p >= end || end - *p > INT_MAX)
		return false;
	is = ASN1_get_object(p, &size, &element->tag, &element->class, end - *p);
	if (is & 0x80 || size < 0 || size > end - *p)
		return false;
	element->constructed = is & V_ASN1_CONSTRUCTED;
	element->indefinite = is & 1;
	element->content = *p;
	element->end = element->indefinite ? end : *p + size;
	return true;
}

static bool is_end(const struct element *element)
{
	return element->tag == V_ASN1_EOC && element->class == V_ASN1_UNIVERSAL;
}

/* Enter the element at *p if it is of that tag and class. */
static bool enter(const unsigned char **p, const unsigned char **end, int tag, int class)
{
	struct element element;

	if (!begin_element(p, *end, &element) || element.tag != tag || element.class != class)
		return false;
	*end = element.end;
	return true;
}

/* Pass over the element at *p with all that is in it. */
static bool skip(const unsigned char **p, const unsigned char *end)
{
	struct element element;
	unsigned open = 0; /* elements of indefinite length */

	do {
		if (!begin_element(p, end, &element))
			return false;
		if (element.indefinite)
			open++;
		else
			*p = element.end;
		if (is_end(&element) && open > 0)
			open--;
	} while (open > 0);
	return true;
}

/* The octets of the string at *p, of one piece or of many. */
static GString *octets(const unsigned char **p, const unsigned char *end)
{
	GString *out = g_string_new(NULL);
	unsigned open = 0;
	struct element element;

	if (!begin_element(p, end, &element) || element.class != V_ASN1_UNIVERSAL ||
	    element.tag != V_ASN1_OCTET_STRING) {
		g_string_free(out, TRUE);
		return NULL;
	}
	end = element.end;
	if (!element.constructed)
		return g_string_append_len(
		    out, (const char *)element.content, element.end - element.content);
	open = element.indefinite;
	while (begin_element(p, end, &element)) {
		if (is_end(&element) && (open == 0 || --open == 0))
			break;
		if (element.constructed) { /* its pieces come next */
			open += element.indefinite;
			continue;
		}
		if (element.tag == V_ASN1_OCTET_STRING)
			g_string_append_len(
			    out, (const char *)element.content, element.end - element.content);
		*p = element.end;
	}
	return out;
}

/* SignedData (RFC 5652 section 5.1): version, digests, then SEQUENCE { type, [0] { string } }. */
static GString *signed_content(const unsigned char *p, const unsigned char *end)
{
	if (!enter(&p, &end, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL) || !skip(&p, end) ||
	    !skip(&p, end) || !enter(&p, &end, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL) ||
	    !skip(&p, end) || !enter(&p, &end, 0, V_ASN1_CONTEXT_SPECIFIC))
		return NULL;
	return octets(&p, end);
}

/* The kinds of content (RFC 5652 section 3, RFC 5083), by their object identifiers. */
static enum smime kind_of(const struct element *type)
{
	static const struct {
		const char *id;
		size_t size;
		enum smime kind;
	} kinds[] = {
	    {"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 9, SMIME_SIGNED},
	    {"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", 9, SMIME_ENCRYPTED},
	    {"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06", 9, SMIME_ENCRYPTED},
	    {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17", 11, SMIME_ENCRYPTED},
	};
	const size_t size = (size_t)(type->end - type->content);

	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (size == kinds[i].size && memcmp(type->content, kinds[i].id, size) == 0)
			return kinds[i].kind;
	return SMIME_NONE;
}

enum smime smime_open(const char *bytes, size_t size, GString **content)
{
	const unsigned char *p = (const unsigned char *)bytes;
	const unsigned char *end = p + size;
	struct element type;
	enum smime kind;

	*content = NULL;
	if (!enter(&p, &end, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL) || !begin_element(&p, end, &type) ||
	    type.tag != V_ASN1_OBJECT || type.indefinite)
		return SMIME_NONE;
	p = type.end;
	kind = kind_of(&type);
	if (kind != SMIME_SIGNED)
		return kind;
	if (!enter(&p, &end, 0, V_ASN1_CONTEXT_SPECIFIC))
		return SMIME_NONE;
	*content = signed_content(p, end);
	return *content == NULL ? SMIME_NONE : SMIME_SIGNED;
}
