/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompressors. The streams are made by hand after RFC 1951, 1952 and 8878; 0xcbf43926 is the check value of CRC-32,
 * that of the nine digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/container.h"

#include <string.h>

#define DIGITS "123456789"

/* What follows a gzip header: a last block, stored, of 9 bytes; the trailer. */
static const uint8_t stored[] = {1,   9,   0,   0xf6, 0xff, '1',  '2',  '3', '4', '5', '6',
                                 '7', '8', '9', 0x26, 0x39, 0xf4, 0xcb, 9,   0,   0,   0};
/* "aaaaaaaaaa": fixed codes, a literal 'a' (0x61: code 10010001), length 9 (code 263: 0000111), distance 1 (00000), end
 * (0000000). CRC-32 of ten a: 0x4c11cdf0. */
static const uint8_t fixed[] = {0x4b, 0x84, 0x03, 0x00, 0xf0, 0xcd, 0x11, 0x4c, 10, 0, 0, 0};

struct run {
    enum pz_codec_status status;
    uint8_t out[64];
    size_t nout, nin;
};

/* Runs to the end of the input or of the member, `in_step` bytes and room for `out_step` at a time. */
static struct run run_codec(const struct pz_codec *codec, void *state, const uint8_t *in, size_t nin, size_t in_step,
                            size_t out_step)
{
    struct run r = {.status = PZ_CODEC_MORE};
    for (int idle = 0; r.status == PZ_CODEC_MORE && idle < 2;) {
        size_t give = nin - r.nin < in_step ? nin - r.nin : in_step;
        size_t room = sizeof r.out - r.nout < out_step ? sizeof r.out - r.nout : out_step;
        struct pz_codec_io io = {.in = in + r.nin, .in_left = give, .out = r.out + r.nout, .out_left = room};
        r.status = codec->run(state, &io);
        assert_ptr_equal(io.in, in + r.nin + give - io.in_left);
        assert_ptr_equal(io.out, r.out + r.nout + room - io.out_left);
        r.nin += give - io.in_left;
        r.nout += room - io.out_left;
        idle = give == io.in_left && room == io.out_left ? idle + 1 : 0;
    }
    return r;
}

static void check(const struct pz_codec *codec, const uint8_t *in, size_t nin, enum pz_codec_status status,
                  const char *out, size_t used)
{
    static const size_t steps[][2] = {{64, 64}, {1, 64}, {64, 1}, {1, 1}, {3, 7}};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        void *state = codec->create();
        for (int again = 0; again < 2; again++) {
            struct run r = run_codec(codec, state, in, nin, steps[i][0], steps[i][1]);
            assert_int_equal(r.status, status);
            assert_int_equal(r.nout, strlen(out));
            assert_memory_equal(r.out, out, r.nout);
            if (used)
                assert_int_equal(r.nin, used);
            codec->reset(state);
        }
        codec->destroy(state);
    }
}

static void check_gzip(const struct pz_codec *codec)
{
    uint8_t b[sizeof stored + 4];
    memcpy(b, stored, sizeof stored);
    memcpy(b + sizeof stored, "next", 4);
    check(codec, b, sizeof b, PZ_CODEC_END, DIGITS, sizeof stored); /* what lies behind a member is left alone */
    check(codec, fixed, sizeof fixed, PZ_CODEC_END, "aaaaaaaaaa", sizeof fixed);
    check(codec, stored, sizeof stored - 1, PZ_CODEC_MORE, DIGITS, 0);
    check(codec, stored, 5, PZ_CODEC_MORE, "", 0);
    b[14] ^= 1; /* the checksum */
    check(codec, b, sizeof b, PZ_CODEC_CHECKSUM, DIGITS, sizeof stored);
    b[14] ^= 1;
    b[21] ^= 0x80; /* the length */
    check(codec, b, sizeof b, PZ_CODEC_CHECKSUM, DIGITS, sizeof stored);
    b[21] ^= 0x80;
    b[5] = '0'; /* the contents */
    check(codec, b, sizeof b, PZ_CODEC_CHECKSUM, "023456789", sizeof stored);
    b[0] = 7; /* a block of the fourth type, which doesn't exist */
    check(codec, b, sizeof b, PZ_CODEC_CORRUPT, "", 0);
    b[0] = 1;
    b[3] ^= 1; /* the complement of the block's length */
    check(codec, b, sizeof b, PZ_CODEC_CORRUPT, "", 0);
    /* A distance of 2 when there is one byte: literal 'a', length 3 (0000001), distance code 1 (00001). */
    static const uint8_t far[] = {0x4b, 0x04, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    void *state = codec->create();
    struct run r = run_codec(codec, state, far, sizeof far, 64, 64);
    assert_int_equal(r.status, PZ_CODEC_CORRUPT);
    codec->destroy(state);
    /* Such a distance far enough from both ends for the quick loops: 40 literals, then length 3 and distance 24577
     * (code 29, 13 extra bits). No more input may be taken than was there. */
    uint8_t bits[100] = {0};
    size_t n = 0;
    const char *words[] = {"110", "0000001", "11101", "0000000000000"}, *literal = "10010001";
    for (const char *c = words[0]; *c; c++, n++)
        bits[n / 8] |= (uint8_t)((*c - '0') << (n % 8));
    for (int i = 0; i < 40; i++)
        for (const char *c = literal; *c; c++, n++)
            bits[n / 8] |= (uint8_t)((*c - '0') << (n % 8));
    for (int i = 1; i < 4; i++)
        for (const char *c = words[i]; *c; c++, n++)
            bits[n / 8] |= (uint8_t)((*c - '0') << (n % 8));
    state = codec->create();
    r = run_codec(codec, state, bits, sizeof bits, sizeof bits, 64);
    assert_int_equal(r.status, PZ_CODEC_CORRUPT);
    assert_true(r.nin <= sizeof bits);
    codec->destroy(state);
}

static void test_zlib(void **state)
{
    (void)state;
    assert_ptr_equal(pz_codec_gzip(PZ_INFLATER_ZLIB), &pz_codec_zlib);
    assert_true(pz_codec_zlib.authority);
    check_gzip(&pz_codec_zlib);
}

static void test_fastest(void **state)
{
    (void)state;
    check_gzip(pz_codec_gzip(PZ_INFLATER_FASTEST));
}

static const struct pz_codec *zstd_codec(void)
{
    bool torn;
    const struct pz_container *container = pz_container_member((const uint8_t *)"\x28\xb5\x2f\xfd", 4, true, &torn);
    return container ? container->codec : NULL;
}

static void test_zstd(void **state)
{
    (void)state;
    const struct pz_codec *codec = zstd_codec();
    if (!codec)
        skip();
    /* A single segment whose size is in one byte, a raw block that is the last. */
    uint8_t timeline[] = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 9,   0x49, 0, 0, '1', '2',
                          '3',  '4',  '5',  '6',  '7',  '8', '9',  0, 0, 0,   0};
    enum { CHECKSUM = 4, BYTES = sizeof timeline - CHECKSUM };
    check(codec, timeline, BYTES, PZ_CODEC_END, DIGITS, BYTES);
    static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
    check(codec, skippable, sizeof skippable, PZ_CODEC_END, "", sizeof skippable);
    check(codec, timeline, 6, PZ_CODEC_MORE, "", 0);
    timeline[4] = 0x24; /* and a checksum, which isn't 0 */
    void *memory = codec->create();
    struct run r = run_codec(codec, memory, timeline, sizeof timeline, 64, 64);
    assert_int_equal(r.status, PZ_CODEC_CHECKSUM);
    codec->destroy(memory);
    timeline[4] = 0x20;
    timeline[6] = 0x4f; /* a block of the reserved type */
    memory = codec->create();
    r = run_codec(codec, memory, timeline, sizeof timeline, 64, 64);
    assert_int_equal(r.status, PZ_CODEC_CORRUPT);
    codec->destroy(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_zlib), cmocka_unit_test(test_fastest),
                                       cmocka_unit_test(test_zstd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
