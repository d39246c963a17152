/* SPDX-License-Identifier: BSD-2-Clause */
/* The mark of a synthetic capture: what comes back of a scale and a noise, and what is no mark. */
#include "capture/synthetic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_close(double value, double wanted, double share)
{
    if (fabs(value - wanted) > share * wanted)
        fail_msg("%.9g is not %.9g", value, wanted);
}

/* Numbers of three digits come back as they are; others to three digits, noise to two. */
static void test_round_trip(void **state)
{
    (void)state;
    static const double scales[] = {1, 0.5, 0.25, 0.125, 0.1, 0.02, 0.01, 0.003, 0.0125, 0.999, 1e-5, 1.23e-7, 1e-9};
    static const double noises[] = {1, 0, 0.1, 0.25, 1.2, 8, 10, 50, 100, 120, 1000};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        for (size_t j = 0; j < sizeof noises / sizeof *noises; j++) {
            uint32_t mark = pz_synthetic_mark(scales[i], noises[j]);
            assert_true(pz_synthetic_of_header(mark) == mark);
            struct pz_synthetic synthetic = pz_synthetic_of_mark(mark);
            assert_true(synthetic.any && synthetic.known);
            assert_close(synthetic.scale, scales[i], 1e-12);
            assert_close(synthetic.noise, noises[j], 1e-12);
        }
    for (double scale = 1e-8; scale <= 1; scale *= 1.0137)
        assert_close(pz_synthetic_of_mark(pz_synthetic_mark(scale, 1)).scale, scale, 0.005);
    for (double noise = 0.1; noise <= 1000; noise *= 1.0137)
        assert_close(pz_synthetic_of_mark(pz_synthetic_mark(0.02, noise)).noise, noise, 0.05);
}

static void test_others(void **state)
{
    (void)state;
    /* What other writers have there: nothing, digits, the mark of packets --pcap in either order of bytes. */
    static const uint32_t fields[] = {0, 1, 3, 6, 9, 0x00307a70, 0x707a3000, 0xffffffff, 0xd2800000};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        assert_int_equal(pz_synthetic_of_header(fields[i]), PZ_SYNTHETIC_NONE);
    assert_false(pz_synthetic_of_mark(PZ_SYNTHETIC_NONE).any);
    struct pz_synthetic mixed = pz_synthetic_of_mark(PZ_SYNTHETIC_MIXED);
    assert_true(mixed.any && !mixed.known);
    assert_true(mixed.scale == 1.0 && mixed.noise == 1.0);
    uint32_t mark = pz_synthetic_mark(0.02, 1), other = pz_synthetic_mark(0.01, 1);
    assert_true(mark == 0xd2804406u); /* by hand: 0x1a5, 2, 2, 1, 2 */
    assert_true(pz_synthetic_join(mark, mark) == mark);
    assert_true(pz_synthetic_join(mark, other) == PZ_SYNTHETIC_MIXED);
    assert_true(pz_synthetic_join(mark, PZ_SYNTHETIC_NONE) == PZ_SYNTHETIC_MIXED);
    assert_true(pz_synthetic_join(PZ_SYNTHETIC_NONE, PZ_SYNTHETIC_NONE) == PZ_SYNTHETIC_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
