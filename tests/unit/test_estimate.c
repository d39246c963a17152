/* SPDX-License-Identifier: BSD-2-Clause */
/* Estimates of the worm's sources, and their variances, by hand from the formula of docs/method.md. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worm/estimate.h"

static void assert_near(double found, double wanted)
{
    assert_true(fabs(found - wanted) < 1e-6 * fmax(fabs(wanted), 1));
}

static const struct pz_ratio reached = {0.1, 0.2, 0.01}, mostly = {0.01, 0, 0.002};

static void test_rest(void **state)
{
    (void)state;
    struct pz_estimate rest = pz_estimate_rest(150, 1000, &reached);
    assert_near(rest.worm, 50);                      /* 150 - 0.1 * 1000 */
    assert_near(rest.variance, 100 + 10 + 40 + 100); /* r B, r^2 B, c^2 B, (s B)^2 */
}

/* 5 sources more than the 10 expected at addresses with two scanners are chance: they count once. */
static void test_few_shared(void **state)
{
    (void)state;
    const uint64_t counts[PZ_CLASSES] = {2001, 150, 15, 1000};
    struct pz_estimate found = pz_estimate_sources(counts, &reached, &mostly, 0.001);
    assert_near(found.worm, 2000 * 1.0005 + 50 + 5);
    assert_near(found.variance, 2000 * 0.0005 + 2.0 * 2.0 + 250 + (10 + 0.1 + 4));
}

/* 30 more are not: as many scan from addresses where the other scanner has the upper hand, within 0.3 * 30, and both
 * numbers are those of a chance: 1 * 2 * 30. */
static void test_shared(void **state)
{
    (void)state;
    const uint64_t counts[PZ_CLASSES] = {2000, 150, 40, 1000};
    struct pz_estimate found = pz_estimate_sources(counts, &reached, &mostly, 0);
    assert_near(found.worm, 2000 * 1.0005 + 50 + 2 * 30);
    assert_near(found.variance, 5 + 250 + 4 * 14.1 + 60 + 81);
}

static void test_shorter(void **state)
{
    (void)state;
    struct pz_ratio half = pz_ratio_shorter(&reached, 1), whole = pz_ratio_shorter(&reached, 0);
    assert_near(half.mean, 0.104);
    assert_near(half.error, sqrt(0.01 * 0.01 + 0.002 * 0.002));
    assert_near(half.spread, 0.2);
    assert_near(whole.mean, 0.1);
    assert_near(whole.error, 0.01);
}

/* The share by which a ratio may have changed grows with the root of time: 0.005 in a day, 0.02 in 16, 0.04 in 64. */
static void test_after(void **state)
{
    (void)state;
    const double shares[][2] = {{0, 0}, {1, 0.005}, {16, 0.02}, {64, 0.04}};
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        struct pz_ratio then = pz_ratio_after(&reached, shares[i][0]);
        assert_near(then.mean, 0.1);
        assert_near(then.spread, 0.2);
        assert_near(then.error, sqrt(0.01 * 0.01 + shares[i][1] * 0.1 * shares[i][1] * 0.1));
    }
}

/* Whole numbers within 1.96 standard deviations: a number of sources is in the band as it is printed if it is in it. */
static void test_band(void **state)
{
    (void)state;
    const struct {
        double worm, deviation, low, high;
    } cases[] = {
        {100.4, 5, 91, 110},    /* 90.6 to 110.2 */
        {100.6, 5, 91, 110},    /* 90.8 to 110.4 */
        {100.2, 10, 81, 119},   /* 80.6 to 119.8 */
        {3, 2, 0, 6},           /* -0.92 to 6.92 */
        {120.4, 0.1, 120, 120}, /* no whole number from 120.2 to 120.6 */
        {0.3, 0, 0, 0},         {-4, 1, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct pz_estimate estimate = {cases[i].worm, cases[i].deviation * cases[i].deviation};
        struct pz_band band = pz_estimate_band(&estimate);
        assert_near(band.low, cases[i].low);
        assert_near(band.high, cases[i].high);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rest),   cmocka_unit_test(test_few_shared),
                                       cmocka_unit_test(test_shared), cmocka_unit_test(test_shorter),
                                       cmocka_unit_test(test_after),  cmocka_unit_test(test_band)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
