/* SPDX-License-Identifier: EUPL-1.2 */
#include "config.h"

#include "article/smime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

static const char TEXT[] = "Content-Type: text/plain\r\n\r\nDer Bescheid ist echt.\r\n";

/* A certificate of our own with its key. */
static X509 *certificate(EVP_PKEY *key)
{
	X509 *x509 = X509_new();

	X509_set_version(x509, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), 0);
	X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
	X509_set_pubkey(x509, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
	    (const unsigned char *)"Amt", -1, -1, 0);
	X509_set_issuer_name(x509, X509_get_subject_name(x509));
	assert_true(X509_sign(x509, key, EVP_sha256()) > 0);
	return x509;
}

/* TEXT signed, in DER, or in pieces of indefinite length (flags: CMS_STREAM); the caller frees. */
static GString *signed_text(unsigned flags)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x509 = certificate(key);
	BIO *in = BIO_new_mem_buf(TEXT, -1);
	BIO *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(x509, key, NULL, in, CMS_BINARY | flags);
	GString *octets;
	char *bytes;
	long size;

	assert_non_null(cms);
	assert_int_equal(i2d_CMS_bio_stream(out, cms, in, (int)(CMS_BINARY | flags)), 1);
	size = BIO_get_mem_data(out, &bytes);
	octets = g_string_new_len(bytes, size);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	X509_free(x509);
	EVP_PKEY_free(key);
	return octets;
}

static GString *encrypted_text(void)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *x509 = certificate(key);
	STACK_OF(X509) *to = sk_X509_new_null();
	BIO *in = BIO_new_mem_buf(TEXT, -1);
	BIO *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms;
	GString *octets;
	char *bytes;
	long size;

	sk_X509_push(to, x509);
	cms = CMS_encrypt(to, in, EVP_aes_128_cbc(), CMS_BINARY);
	assert_non_null(cms);
	assert_int_equal(i2d_CMS_bio(out, cms), 1);
	size = BIO_get_mem_data(out, &bytes);
	octets = g_string_new_len(bytes, size);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
	sk_X509_free(to);
	X509_free(x509);
	EVP_PKEY_free(key);
	return octets;
}

static void test_signed(void **state)
{
	static const unsigned flags[] = {0, CMS_STREAM};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
		g_autoptr(GString) octets = signed_text(flags[i]);
		g_autoptr(GString) content = NULL;

		assert_int_equal(smime_open(octets->str, octets->len, &content), SMIME_SIGNED);
		assert_string_equal(content->str, TEXT);
	}
}

static void test_encrypted(void **state)
{
	g_autoptr(GString) octets = encrypted_text();
	GString *content;

	(void)state;
	assert_int_equal(smime_open(octets->str, octets->len, &content), SMIME_ENCRYPTED);
	assert_null(content);
}

/* Cut off anywhere, changed anywhere: never more than there is. */
static void test_broken(void **state)
{
	static const unsigned flags[] = {0, CMS_STREAM};

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
		g_autoptr(GString) octets = signed_text(flags[i]);

		for (size_t at = 0; at < octets->len; at++) {
			g_autofree char *copy = g_memdup2(octets->str, at + 1);
			g_autoptr(GString) content = NULL;
			g_autoptr(GString) other = NULL;

			smime_open(copy, at, &content);
			assert_true(content == NULL || content->len <= at);
			g_free(copy);
			copy = g_memdup2(octets->str, octets->len);
			copy[at] = (char)~copy[at];
			smime_open(copy, octets->len, &other);
			assert_true(other == NULL || other->len <= octets->len);
		}
	}
}

/* Elements in elements: read in one pass. */
static void test_nested(void **state)
{
	static const char *const pieces[] = {
	    "\x30\x80", "\xa0\x80", "\x24\x80", "\x04\x01x", "\x30\x00"};
	static const char front[] = "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80"
				    "\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x01x\xa0\x80\x24\x80";

	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
		g_autoptr(GString) octets = g_string_new_len(front, sizeof(front) - 1);
		g_autoptr(GString) content = NULL;

		while (octets->len < 20000000)
			g_string_append_len(octets, pieces[i], pieces[i][1] == 1 ? 3 : 2);
		smime_open(octets->str, octets->len, &content);
		assert_true(content == NULL || content->len <= octets->len / 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signed),
	    cmocka_unit_test(test_encrypted),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_nested),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("article/smime", tests, NULL, NULL);
}
