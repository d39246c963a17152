/* SPDX-License-Identifier: BSD-2-Clause */
/* Chapman's estimate and its interval: against values computed by hand, against the exact distribution of the overlap,
 * and in a simulation of people that two lists catch. */
#include "report/recapture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static double choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

/* P(`both` | lists of `ours` and `others` of `all`): hypergeometric. */
static double probability(double all, double ours, double others, double both)
{
    return exp(choose(ours, both) + choose(all - ours, others - both) - choose(all, others));
}

static bool holds(uint64_t all, uint64_t ours, uint64_t others, uint64_t both)
{
    struct pz_recapture estimate = pz_recapture_of(ours, others, both);
    return estimate.low <= (double)all && (double)all <= estimate.high;
}

static void test_values(void **state)
{
    (void)state;
    /* G. A. F. Seber, "The Estimation of Animal Abundance" (1982): (n1 + 1)(n2 + 1) / (m + 1) - 1. */
    struct pz_recapture turtles = pz_recapture_of(10, 15, 5);
    assert_true(fabs(turtles.best - 28.3333) < 1e-3);
    /* CAIDA 2009: sources of 25 January and the sinkhole's log. The interval by Chapman's own variance,
     * (n1 + 1)(n2 + 1)(n1 - m)(n2 - m) / ((m + 1)^2 (m + 2)), and the normal distribution. */
    double n1 = 1270000, n2 = 1510000, m = 580722;
    struct pz_recapture day = pz_recapture_of(1270000, 1510000, 580722);
    double deviation = sqrt((n1 + 1) * (n2 + 1) * (n1 - m) * (n2 - m) / ((m + 1) * (m + 1) * (m + 2)));
    assert_true(fabs(day.best - 3302266.66) < 1);
    assert_true(fabs(day.low - (day.best - 1.96 * deviation)) < 0.01 * deviation);
    assert_true(fabs(day.high - (day.best + 1.96 * deviation)) < 0.01 * deviation);
}

static void test_ends(void **state)
{
    (void)state;
    static const uint64_t lists[][3] = {{0, 0, 0},
                                        {5, 0, 0},
                                        {0, 5, 0},
                                        {7, 7, 7},
                                        {9, 4, 4},
                                        {9, 4, 0},
                                        {4000000000u, 4000000000u, 4000000000u},
                                        {4000000000u, 1, 0}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        uint64_t seen = lists[i][0] + lists[i][1] - lists[i][2];
        struct pz_recapture estimate = pz_recapture_of(lists[i][0], lists[i][1], lists[i][2]);
        assert_true(isfinite(estimate.low) && isfinite(estimate.high));
        assert_true(estimate.low >= (double)seen && estimate.low <= estimate.best + 1);
        assert_true(estimate.high >= estimate.best && estimate.best >= (double)seen);
    }
}

/* How often the interval holds, added up over all overlaps that lists of these sizes can have. */
static void test_level(void **state)
{
    (void)state;
    static const unsigned populations[] = {100, 1000, 20000};
    static const double shares[][2] = {{0.1, 0.1}, {0.3, 0.4}, {0.05, 0.5}, {0.8, 0.7}, {0.1, 0.9}, {0.4, 0.45}};
    for (size_t i = 0; i < sizeof populations / sizeof *populations; i++)
        for (size_t j = 0; j < sizeof shares / sizeof *shares; j++) {
            unsigned all = populations[i], ours = (unsigned)(all * shares[j][0]),
                     others = (unsigned)(all * shares[j][1]);
            double level = 0, sum = 0;
            for (unsigned both = ours + others > all ? ours + others - all : 0; both <= ours && both <= others;
                 both++) {
                double p = probability(all, ours, others, both);
                sum += p;
                level += holds(all, ours, others, both) ? p : 0;
            }
            assert_true(fabs(sum - 1) < 1e-6);
            /* Overlaps are whole numbers: of few, the level jumps. */
            if (level < 0.93 || level > (all < 1000 ? 1 : 0.97))
                fail_msg("%u, %u and %u: %.3f", all, ours, others, level);
        }
}

/* xorshift64*: S. Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016. */
static bool draw(uint64_t *random, double share)
{
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return (double)(*random * 0x2545f4914f6cdd1du >> 11) / 9007199254740992.0 < share;
}

/* Each list catches each of a population by chance, as in the model, so that their sizes vary too. */
static void test_simulation(void **state)
{
    (void)state;
    enum { ROUNDS = 2000, ALL = 2000 };
    static const double shares[][2] = {{0.2, 0.3}, {0.4, 0.45}, {0.1, 0.8}};
    uint64_t random = 20081121;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        unsigned held = 0;
        double sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            uint64_t ours = 0, others = 0, both = 0;
            for (int k = 0; k < ALL; k++) {
                bool in_ours = draw(&random, shares[i][0]), in_others = draw(&random, shares[i][1]);
                ours += in_ours;
                others += in_others;
                both += in_ours && in_others;
            }
            held += holds(ALL, ours, others, both);
            sum += pz_recapture_of(ours, others, both).best;
        }
        /* 95 % of 2,000, by three standard deviations of the draw. */
        assert_in_range(held, 1871, 1929);
        assert_true(fabs(sum / ROUNDS - ALL) < 0.01 * ALL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values), cmocka_unit_test(test_ends),
                                       cmocka_unit_test(test_level), cmocka_unit_test(test_simulation)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
