/* SPDX-License-Identifier: BSD-2-Clause */
/* What files seem to be by their names and first bytes. The bytes are those of real files of each kind. */
#include "capture/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *kind_of(const char *begin, size_t n, size_t total)
{
    uint8_t bytes[PZ_KIND_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11); /* whatever follows: not text */
    memcpy(bytes, begin, n);
    return pz_kind_of_bytes(bytes, total);
}
#define KIND_OF(begin) kind_of(begin, sizeof begin - 1, PZ_KIND_BYTES)
#define assert_kind(begin, word)                       \
    do {                                               \
        assert_non_null(KIND_OF(begin));               \
        assert_non_null(strstr(KIND_OF(begin), word)); \
    } while (0)

static void test_bytes(void **state)
{
    (void)state;
    assert_kind("\xfd\x37\x7a\x58\x5a\x00\x00\x04", "xz -dcf");
    assert_kind("BZh9\x31\x41\x59\x26\x53\x59", "bzip2 -dcf");
    assert_kind("BZh1\x17\x72\x45\x38\x50\x90", "bzip2 -dcf");
    assert_kind("\x04\x22\x4d\x18\x64\x40\xa7", "lz4 -dcf");
    assert_kind("\x02\x21\x4c\x18", "lz4");
    assert_kind("\x28\xb5\x2f\xfd\x24", "zstd");
    assert_kind("\x1f\x9d\x90", "gzip -dcf");
    assert_kind("\x5d\x00\x00\x80\x00\xff\xff\xff\xff", "lzma");
    assert_kind("LZIP\x01", "lzip");
    assert_kind("\x89\x4c\x5a\x4f\x00\x0d\x0a\x1a\x0a", "lzop");
    assert_kind("7z\xbc\xaf\x27\x1c\x00\x04", "7z");
    assert_kind("PK\x03\x04\x14\x00", "zip");
    assert_kind("Rar!\x1a\x07\x01\x00", "rar");
    assert_kind("Salted__", "openssl");
    assert_kind("age-encryption.org/v1\n", "age");
    assert_kind("\x85\x02\x0c\x03", "gpg");
    assert_kind("\x8c\x0d\x04\x09\x03\x02", "gpg");
    assert_kind("snoop\0\0\0\0\0\0\x02", "snoop");
    assert_kind("GMBU\x00\x02", "Network Monitor");
    assert_kind("\xa1\x2b\x3c\x4d", "Navtel");
    assert_null(KIND_OF("\xd4\xc3\xb2\xa1\x02\x00\x04\x00")); /* read, not looked up */
    assert_null(KIND_OF("%PDF-1.4\n"));
    assert_null(KIND_OF("\x89PNG\r\n\x1a\n"));
    assert_null(KIND_OF("SQLite format 3"));
}

static void test_tar(void **state)
{
    (void)state;
    char header[512] = "h05.pcap.gz";
    memcpy(header + 257, "ustar\00000", 8);
    assert_non_null(strstr(kind_of(header, sizeof header, sizeof header), "tar"));
    assert_null(kind_of(header, sizeof header, 261)); /* cut off before the mark is whole */
}

static void test_zeros(void **state)
{
    (void)state;
    static const char zeros[512];
    assert_non_null(strstr(kind_of(zeros, 512, 512), "zeros"));
    assert_non_null(strstr(kind_of(zeros, 24, 512), "zeros"));
    assert_non_null(strstr(kind_of(zeros, 512, 1), "zeros"));
    assert_null(kind_of(zeros, 23, 512));
    assert_null(kind_of(zeros, 0, 0));
}

static void test_text(void **state)
{
    (void)state;
    static const char list[] = "070701 is a date in a list of dates, and no archive's mark\n",
                      message[] = "-----BEGIN PGP MESSAGE-----\n\nhQIMA\n",
                      signature[] = "-----BEGIN PGP SIGNATURE-----\n\niQIzBAABCAAdFiEE\n";
    assert_null(pz_kind_of_bytes((const uint8_t *)list, sizeof list - 1));
    assert_non_null(pz_kind_of_bytes((const uint8_t *)message, sizeof message - 1));
    assert_null(pz_kind_of_bytes((const uint8_t *)signature, sizeof signature - 1));
    assert_true(pz_kind_is_signature((const uint8_t *)signature, sizeof signature - 1));
    assert_true(pz_kind_is_signature((const uint8_t *)"\x89\x02\x33\x04\x00", 5));
    assert_false(pz_kind_is_signature((const uint8_t *)"\x85\x02\x0c\x03\x01", 5));
}

static void test_names(void **state)
{
    (void)state;
    static const char *const captures[] = {
        "h06.pcap",        "a/b/h06.PCAP.GZ", "h06.pcap.xz",  "h06.cap.bz2",  "h06.dmp",    "h06.pcapng.zst",
        "h06.erf",         "h06.erf.gz",      "h06.pcap.lz4", "h06.pcap.lzo", "h06.pcap.Z", "h06.pcap.lzma",
        "h06.pcap.br",     "h06.pcap.7z",     "h06.pcap.zip", "h06.pcap.rar", "h06.Cap.Gz", "h06.pcap.tar.gz",
        "h06.pcap.gz.gpg", "h06.pcap3",       ".pcap"};
    static const char *const others[] = {
        "h06",       "pcap",    "pcap/notes", "h06.pcap.gz.md5", "h06.pcap.txt", "h06.pcap.asc",
        "h06.pcapx", "MD5SUMS", "h06.gz",     "recap",           "x.pcap/y",     "h06.gz.pcap.sig",
        ""};
    for (size_t i = 0; i < sizeof captures / sizeof *captures; i++)
        if (!pz_kind_named_capture(captures[i]))
            fail_msg("%s", captures[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (pz_kind_named_capture(others[i]))
            fail_msg("%s", others[i]);
    static const char *const texts[] = {"README",     "readme.md.xz", "MD5SUMS",         "MD5SUMS.bz2", "SHA256SUMS.gz",
                                        "run.log.xz", "a/notes.txt",  "h06.pcap.gz.md5", "CHECKSUM",    "LICENSE.zst"};
    static const char *const no_texts[] = {"h06.xz", "readme-20081121.xz", "a.txt/h06", "indexed.xz", ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!pz_kind_named_text(texts[i]))
            fail_msg("%s", texts[i]);
    for (size_t i = 0; i < sizeof no_texts / sizeof *no_texts; i++)
        if (pz_kind_named_text(no_texts[i]))
            fail_msg("%s", no_texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes), cmocka_unit_test(test_tar),
                                       cmocka_unit_test(test_zeros), cmocka_unit_test(test_text),
                                       cmocka_unit_test(test_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
