/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 and its HMAC. Expected: the examples of FIPS 180-4, and RFC 4231. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/sha256.h"

/* FIPS 180-4's own examples, and lengths on both sides of a block, where pieces are put together. */
static void test_sha256(void **state)
{
    static const struct {
        const char *message, *digest;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pz_sha256_text digest = pz_sha256_text(cases[i].message, strlen(cases[i].message));
        assert_string_equal(digest.text, cases[i].digest);
    }
}

/* RFC 4231, section 4: test cases 1 to 7. Of the fifth only the first 128 bits are given there. */
static void test_hmac(void **state)
{
    static const struct {
        uint8_t key_byte, key_nbytes, message_byte, message_nbytes;
        const char *key, *message, *digest;
    } cases[] = {
        {0x0b, 20, 0, 0, NULL, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {0, 0, 0, 0, "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {0xaa, 20, 0xdd, 50, NULL, NULL, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {0, 0, 0xcd, 50,
         "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19", NULL,
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {0x0c, 20, 0, 0, NULL, "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
        {0xaa, 131, 0, 0, NULL, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {0xaa, 131, 0, 0, NULL,
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed"
         " before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t key[256], message[256], digest[PZ_SHA256_BYTES];
        size_t nkey = cases[i].key ? strlen(cases[i].key) : cases[i].key_nbytes;
        size_t n = cases[i].message ? strlen(cases[i].message) : cases[i].message_nbytes;
        memset(key, cases[i].key_byte, sizeof key);
        memset(message, cases[i].message_byte, sizeof message);
        if (cases[i].key)
            memcpy(key, cases[i].key, nkey);
        if (cases[i].message)
            memcpy(message, cases[i].message, n);
        pz_hmac_sha256(key, nkey, message, n, digest);
        struct pz_sha256_text text = pz_sha256_text_of(digest);
        text.text[strlen(cases[i].digest)] = 0;
        assert_string_equal(text.text, cases[i].digest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sha256), cmocka_unit_test(test_hmac)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
