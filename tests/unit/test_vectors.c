/* SPDX-License-Identifier: BSD-2-Clause */
/* After ISA-L the upper halves of the vector registers aren't in use. The processor says so itself, where it can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vectors.h"
#include "capture/codec.h"
#include "tally/layout.h"
#include "twin/writer.h"

#include <stdio.h>

enum { NBYTES = 1 << 16 }; /* ISA-L takes its widest instructions for long inputs only */
static uint8_t bytes[NBYTES], out[NBYTES];
#ifdef PZ_HAVE_ISAL
static const struct pz_twin_deflate *const deflate = &pz_twin_deflate_isal;
#else
static const struct pz_twin_deflate *const deflate = &pz_twin_deflate_zlib;
#endif

#ifdef __x86_64__
#    include <cpuid.h>
#    include <immintrin.h>

/* XINUSE of the AVX state: Intel's manual, volume 1, 13.6. */
__attribute__((target("xsave"))) static bool in_use(void)
{
    return _xgetbv(1) >> 2 & 1;
}

static bool can_tell(void)
{
    unsigned a, b, c, d;
    bool xsave = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE) && (c & bit_AVX);
    return xsave && __get_cpuid_count(0xd, 1, &a, &b, &c, &d) && (a >> 2 & 1);
}

__attribute__((target("avx"))) static void use(void)
{
    __asm__ volatile("vcmpps $15, %%ymm7, %%ymm7, %%ymm7" ::: "xmm7");
}
#else
static bool in_use(void)
{
    return false;
}
static bool can_tell(void)
{
    return false;
}
static void use(void)
{
}
#endif

static void test_clear(void **state)
{
    (void)state;
    use();
    pz_vectors_clear();
    bool after = in_use();
    assert_false(after);
}

static void test_checksum(void **state)
{
    (void)state;
    volatile uint32_t checksum = pz_checksum(bytes, NBYTES);
    bool after = in_use();
    (void)checksum;
    assert_false(after);
}

static void test_gzip(void **state)
{
    (void)state;
    const size_t header = 10;
    for (size_t i = 0; i < NBYTES; i++)
        bytes[i] = (uint8_t)(i * i >> 3);
    struct pz_buf packed = {0};
    void *packer = deflate->begin(1);
    deflate->put(packer, bytes, NBYTES, true, &packed);
    bool after_deflate = in_use();
    deflate->end(packer);
    const struct pz_codec *codec = pz_codec_gzip(PZ_INFLATER_FASTEST);
    void *unpacker = codec->create();
    struct pz_codec_io io = {packed.bytes + header, packed.nbytes - header, out, NBYTES, 0};
    enum pz_codec_status status = PZ_CODEC_MORE;
    while (status == PZ_CODEC_MORE)
        status = codec->run(unpacker, &io);
    bool after_inflate = in_use();
    codec->destroy(unpacker);
    pz_buf_release(&packed);
    assert_int_equal(status, PZ_CODEC_END);
    assert_memory_equal(out, bytes, NBYTES);
    assert_false(after_deflate);
    assert_false(after_inflate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_clear), cmocka_unit_test(test_checksum),
                                       cmocka_unit_test(test_gzip)};
    return can_tell() ? cmocka_run_group_tests(tests, NULL, NULL) : (puts("the processor can't tell"), 0);
}
