/* SPDX-License-Identifier: BSD-2-Clause */
/* Members: headers, ends, damage, and where reading goes on behind it. RFC 1952. */
#include "tools/make.h"

#include "capture/container.h"
#include "capture/stream.h"

/* What a stream gives, as text: its bytes, and a letter in brackets for each event. */
static char *events_of(struct pz_buf *bytes, enum pz_inflater inflater, size_t step)
{
    struct pz_error error;
    char path[32];
    int fd = make_file(bytes->bytes, bytes->nbytes, path);
    struct pz_input *input = pz_input_open(path, NULL, &error);
    struct pz_stream *stream = pz_stream_open(input, inflater);
    struct pz_buf text = {0};
    for (enum pz_stream_event event = PZ_STREAM_MORE; event != PZ_STREAM_END && !pz_stream_distrusted(stream);) {
        uint8_t out[4096];
        struct pz_stream_read got = pz_stream_read(stream, out, step);
        pz_buf_put(&text, out, got.nbytes);
        event = got.event;
        if (event == PZ_STREAM_MEMBER_END)
            pz_buf_printf(&text, "[end]");
        if (event == PZ_STREAM_BROKEN || event == PZ_STREAM_CHECKSUM)
            pz_buf_printf(&text, "[%s%d at %d]", event == PZ_STREAM_BROKEN ? "broken " : "", (int)got.reason,
                          (int)pz_stream_offset(stream));
    }
    bool distrusted = pz_stream_distrusted(stream);
    pz_stream_free(stream);
    pz_input_free(input);
    close(fd);
    if (distrusted) {
        assert_int_equal(inflater, PZ_INFLATER_FASTEST);
        pz_buf_release(&text);
        return events_of(bytes, PZ_INFLATER_ZLIB, step);
    }
    pz_buf_put(&text, "", 1);
    return (char *)text.bytes;
}

static void check(struct pz_buf *bytes, const char *expected)
{
    static const size_t steps[] = {4096, 1, 2, 7};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char *slow = events_of(bytes, PZ_INFLATER_ZLIB, steps[i]),
             *fast = events_of(bytes, PZ_INFLATER_FASTEST, steps[i]);
        assert_string_equal(slow, expected);
        assert_string_equal(fast, expected);
        free(slow);
        free(fast);
    }
    pz_buf_release(bytes);
}

static void put(struct pz_buf *to, const char *bytes, size_t n)
{
    pz_buf_put(to, bytes, n);
}
#define PUT(to, literal) put((to), (literal), sizeof(literal) - 1)

/* A member of one stored block; "abc" has CRC-32 0x352441c2. */
#define BODY               \
    "\x01\x03\x00\xfc\xff" \
    "abc\xc2\x41\x24\x35\x03\x00\x00\x00"
#define MEMBER "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" BODY

static void test_members(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    PUT(&b, "plain text");
    check(&b, "plain text");
    check(&b, "");
    PUT(&b, MEMBER);
    check(&b, "abc[end]");
    PUT(&b, MEMBER MEMBER MEMBER);
    check(&b, "abc[end]abc[end]abc[end]");
    put_gzip(&b, "", 0); /* an empty one in the middle, as bgzip ends a file with */
    PUT(&b, MEMBER);
    check(&b, "[end]abc[end]");
    for (int i = 0; i < 600; i++)
        PUT(&b, MEMBER);
    struct pz_buf expected = {0};
    for (int i = 0; i < 600; i++)
        PUT(&expected, "abc[end]");
    pz_buf_put(&expected, "", 1);
    check(&b, (char *)expected.bytes);
    pz_buf_release(&expected);
}

static void test_header_fields(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    PUT(&b, "\x1f\x8b\x08\x08\0\0\0\0\0\x03name\0" BODY);
    PUT(&b, "\x1f\x8b\x08\x10\0\0\0\0\0\x03"
            "comment\0" BODY);
    PUT(&b, "\x1f\x8b\x08\x04\0\0\0\0\0\x03\x06\0BC\x02\0\x1b\0" BODY); /* as bgzip writes it */
    PUT(&b, "\x1f\x8b\x08\x04\0\0\0\0\0\x03\0\0" BODY);
    PUT(&b, "\x1f\x8b\x08\x02\0\0\0\0\0\x03??" BODY);
    PUT(&b, "\x1f\x8b\x08\x1f\0\0\0\0\0\x03\x02\0xyname\0comment\0??" BODY);
    check(&b, "abc[end]abc[end]abc[end]abc[end]abc[end]abc[end]");
    /* A reserved flag: a member that nobody can read. */
    PUT(&b, MEMBER "\x1f\x8b\x08\x20\0\0\0\0\0\x03" BODY);
    check(&b, "abc[end][broken 3 at 26]");
}

static void test_torn_anywhere(void **state)
{
    (void)state;
    static const char second[] = "\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0xyn\0c\0??" BODY;
    for (size_t n = 1; n < sizeof second - 1; n++) {
        struct pz_buf b = {0};
        PUT(&b, MEMBER);
        put(&b, second, n);
        size_t body = sizeof second - sizeof BODY + 5, nabc = n > body ? n - body : 0;
        char expected[64];
        snprintf(expected, sizeof expected, "abc[end]%.*s[broken %d at %zu]", (int)(nabc > 3 ? 3 : nabc), "abc",
                 (int)PZ_DAMAGE_TORN, 26 + n);
        check(&b, expected);
        put(&b, second, n); /* at the start of the file too */
        snprintf(expected, sizeof expected, "%.*s[broken %d at %zu]", (int)(nabc > 3 ? 3 : nabc), "abc",
                 (int)PZ_DAMAGE_TORN, n);
        check(&b, expected);
    }
}

static void test_checksum(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    PUT(&b, MEMBER MEMBER);
    b.bytes[18] ^= 1; /* CRC */
    check(&b, "abc[2 at 26]abc[end]");
    PUT(&b, MEMBER MEMBER);
    b.bytes[25] ^= 1; /* length */
    check(&b, "abc[2 at 26]abc[end]");
    PUT(&b, MEMBER MEMBER);
    b.bytes[15] = 'x';
    check(&b, "xbc[2 at 26]abc[end]");
}

static void test_trailing(void **state)
{
    (void)state;
    struct pz_buf b = {0};
    PUT(&b, MEMBER "garbage");
    check(&b, "abc[end][broken 3 at 26]");
    PUT(&b, MEMBER "\0\0\0\0"); /* padding, on tapes */
    check(&b, "abc[end]");
    PUT(&b, MEMBER "\0\0\0" MEMBER "\0");
    check(&b, "abc[end]abc[end]");
    PUT(&b, MEMBER "\0\0\0garbage");
    check(&b, "abc[end][broken 3 at 29]");
    PUT(&b, MEMBER "\x1f\x8b"); /* this is a member that was cut off */
    check(&b, "abc[end][broken 0 at 28]");
    PUT(&b, MEMBER "garbage" MEMBER);
    check(&b, "abc[end][broken 3 at 26]abc[end]");
    PUT(&b, MEMBER "garbage\x1f\x1f\x8b\x08");
    put_gzip(&b, "\xd4\xc3\xb2\xa1 capture", 12);
    PUT(&b, MEMBER);
    check(&b, "abc[end][broken 3 at 26]\xd4\xc3\xb2\xa1 capture[end]abc[end]");
}

/* Reading goes on with the next member, wherever it lies against the buffers. */
static void test_corrupt(void **state)
{
    (void)state;
    static const char *const magics[] = {"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d",
                                         "\x34\xcd\xb2\xa1", "\xa1\xb2\xcd\x34", "\x0a\x0d\x0d\x0a"};
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++) {
        struct pz_buf b = {0};
        char expected[64];
        snprintf(expected, sizeof expected, "[broken %d at 11]none[end]%s[end]", (int)PZ_DAMAGE_CORRUPT, magics[i]);
        PUT(&b, "\x1f\x8b\x08\0\0\0\0\0\0\x03\x07"); /* a block of no type */
        put_gzip(&b, "none", 4);
        put_gzip(&b, magics[i], 4);
        check(&b, expected);
    }
    static const size_t gaps[] = {0, 1, 4095, 4096, 4097, (1 << 20) - 60, (1 << 20) - 11, (1 << 20) + 5};
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        struct pz_buf b = {0};
        PUT(&b, "\x1f\x8b\x08\0\0\0\0\0\0\x03\x07");
        memset(pz_buf_extend(&b, gaps[i]), 0x1f, gaps[i]);
        /* With all that a header may hold. */
        PUT(&b, "\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0xyname\0comment\0??\x01\x04\x00\xfb\xff\xd4\xc3\xb2\xa1");
        char *text = events_of(&b, PZ_INFLATER_ZLIB, 4096);
        char expected[64];
        snprintf(expected, sizeof expected, "[broken 1 at 11]\xd4\xc3\xb2\xa1[broken 0 at %zu]", b.nbytes);
        assert_string_equal(text, expected);
        free(text);
        pz_buf_release(&b);
    }
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
    if (!zstd_codec())
        skip();
    struct pz_buf b = {0};
#define FRAME "\x28\xb5\x2f\xfd\x20\x03\x19\0\0abc"
    PUT(&b, FRAME FRAME MEMBER "\x50\x2a\x4d\x18\x02\0\0\0??" FRAME);
    check(&b, "abc[end]abc[end]abc[end][end]abc[end]");
    PUT(&b, FRAME "\x28\xb5\x2f\xfd\x20\x03\x19\0");
    check(&b, "abc[end][broken 0 at 20]");
    PUT(&b, FRAME "garbage");
    check(&b, "abc[end][broken 3 at 12]");
    /* With a checksum: the lower half of XXH64, 0x44bc2cf5ad770999 for "abc". */
#define SUMMED "\x28\xb5\x2f\xfd\x24\x03\x19\0\0abc"
    PUT(&b, SUMMED "\x99\x09\x77\xad" FRAME);
    check(&b, "abc[end]abc[end]");
    PUT(&b, SUMMED "\x99\x09\x77\xac" FRAME MEMBER);
    check(&b, "abc[2 at 16]abc[end]abc[end]");
    PUT(&b, SUMMED "\x99\x09\x77");
    check(&b, "abc[broken 0 at 15]");
    /* Two blocks, the second of the reserved type: the first is kept. */
    PUT(&b, "\x28\xb5\x2f\xfd\x20\x06\x18\0\0abc\x1f\0\0def");
    check(&b, "abc[broken 1 at 15]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_members),       cmocka_unit_test(test_header_fields),
                                       cmocka_unit_test(test_torn_anywhere), cmocka_unit_test(test_checksum),
                                       cmocka_unit_test(test_trailing),      cmocka_unit_test(test_corrupt),
                                       cmocka_unit_test(test_zstd)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
