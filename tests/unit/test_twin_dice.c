/* SPDX-License-Identifier: BSD-2-Clause */
/* Chance that is the same everywhere. Expected values: the published outputs of splitmix64 for the seed 1234567
 * (Rosetta Code, "Pseudo-random numbers/Splitmix64"), and distributions by their known shares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twin/random.h"

enum { DRAWS = 200000 };

static void test_rolls(void **state)
{
    (void)state;
    static const uint64_t published[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                                         4593380528125082431u, 16408922859458223821u};
    struct pz_twin_rng rng = {.state = 1234567};
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        assert_true(pz_twin_roll(&rng) == published[i]);
}

/* `share` of `DRAWS` within five standard deviations of a half. */
#define ASSERT_SHARE(count, permille) \
    assert_in_range((count), (uint64_t)DRAWS *(permille) / 1000 - 1200, (uint64_t)DRAWS * (permille) / 1000 + 1200)

static void test_bounds(void **state)
{
    (void)state;
    struct pz_twin_rng rng = {.state = 5};
    uint64_t seen[7] = {0}, chances = 0, upper = 0;
    const uint64_t large = UINT64_C(1) << 45;
    for (int i = 0; i < DRAWS; i++) {
        uint32_t n = pz_twin_below(&rng, 7);
        assert_in_range(n, 0, 6);
        seen[n]++;
        chances += pz_twin_chance(&rng, PZ_TWIN_ONE / 4);
        uint64_t m = pz_twin_below64(&rng, large);
        assert_true(m < large);
        upper += m >= large / 2;
    }
    for (int i = 0; i < 7; i++)
        ASSERT_SHARE(seen[i], 143);
    ASSERT_SHARE(chances, 250);
    ASSERT_SHARE(upper, 500);
    assert_false(pz_twin_chance(&rng, 0));
    assert_true(pz_twin_chance(&rng, PZ_TWIN_ONE));
}

static void test_exponential(void **state)
{
    (void)state;
    struct pz_twin_rng rng = {.state = 6};
    uint64_t above_1 = 0, above_2 = 0, below_tenth = 0, sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t wait = pz_twin_wait(&rng, 1000000);
        above_1 += wait > 1000000;
        above_2 += wait > 2000000;
        below_tenth += wait < 100000;
        sum += wait;
    }
    ASSERT_SHARE(above_1, 368);    /* exp(-1) */
    ASSERT_SHARE(above_2, 135);    /* exp(-2) */
    ASSERT_SHARE(below_tenth, 95); /* 1 - exp(-0.1) */
    assert_in_range(sum / DRAWS, 985000, 1015000);
}

static void test_lognormal(void **state)
{
    (void)state;
    struct pz_twin_rng rng = {.state = 7};
    uint64_t above_median = 0, above_sigma = 0, below_sigma = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t value = pz_twin_lognormal(&rng, 1000000, PZ_TWIN_ONE);
        above_median += value > 1000000;
        above_sigma += value > 2718282; /* e */
        below_sigma += value < 367879;  /* 1 / e */
    }
    ASSERT_SHARE(above_median, 500);
    ASSERT_SHARE(above_sigma, 159);
    ASSERT_SHARE(below_sigma, 159);
    assert_in_range(pz_twin_lognormal(&rng, 1000, 0), 999, 1001);
}

static void test_exp(void **state)
{
    (void)state;
    static const struct {
        uint64_t x_q16;
        uint32_t expected;
    } cases[] = {{0, 65536},
                 {PZ_TWIN_ONE / 10, 59299},
                 {PZ_TWIN_ONE, 24109},
                 {3 * PZ_TWIN_ONE, 3262},
                 {8 * PZ_TWIN_ONE, 21},
                 {100 * PZ_TWIN_ONE, 0},
                 {UINT64_C(1) << 50, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t found = pz_twin_exp_minus_q16(cases[i].x_q16);
        assert_in_range(found + 2, cases[i].expected, cases[i].expected + 4);
    }
}

/* What any machine must draw; the number is from the same arithmetic in Python's whole numbers. */
static void test_same_everywhere(void **state)
{
    (void)state;
    struct pz_twin_rng rng = {.state = 1};
    uint64_t key = 0;
    for (int i = 0; i < 10000; i++) {
        key = pz_twin_key(key, pz_twin_exponential_q24(&rng));
        key = pz_twin_key(key, pz_twin_lognormal(&rng, 163840, 91750));
        key = pz_twin_key(key, pz_twin_exp_minus_q16((uint64_t)i * 37));
    }
    assert_true(key == 0xc22dc83c0ef87829u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rolls),       cmocka_unit_test(test_bounds),
                                       cmocka_unit_test(test_exponential), cmocka_unit_test(test_lognormal),
                                       cmocka_unit_test(test_exp),         cmocka_unit_test(test_same_everywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
