/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said of the first where no outbreak is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "worm/features.h"
#include "worm/growth.h"

enum { HOURS = 24, OTHERS = 300, STRENGTH = 4 };

/* Hours with so many sources that surely are the worm's, among others. */
static struct pz_growth rank(const uint64_t counts[HOURS])
{
    static uint64_t groups[HOURS][PZ_GROUP_BINS], strengths[HOURS][PZ_STRENGTH_BINS];
    static struct pz_growth_hour hours[HOURS];
    struct pz_growth growth;
    memset(groups, 0, sizeof groups);
    memset(strengths, 0, sizeof strengths);
    for (uint32_t h = 0; h < HOURS; h++) {
        groups[h][pz_group_bin(3, -9000)] = OTHERS;
        groups[h][pz_group_bin(70, 16000)] = counts[h];
        for (uint64_t i = 0; i < counts[h]; i++)
            strengths[h][STRENGTH * PZ_STRENGTH_MINUTES + i * PZ_STRENGTH_MINUTES / counts[h]]++;
        hours[h] = (struct pz_growth_hour){h, 1, 3600, groups[h], strengths[h], NULL, h > 0};
    }
    pz_growth_fit(&growth, hours, HOURS);
    assert_false(growth.found);
    pz_growth_rank(&growth, NULL, 0);
    assert_true(growth.none >= 0 && growth.left_out >= 0 && growth.unknown >= 0);
    assert_true(growth.none + growth.left_out + growth.unknown > 0.999 &&
                growth.none + growth.left_out + growth.unknown < 1.001);
    return growth;
}

/* A source long before, such as others may be, and then growth that is too slow to be found: the first may be among
 * these. */
static void test_slow_growth_is_unknown(void **state)
{
    (void)state;
    const uint64_t counts[HOURS] = {0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 2, 3, 5, 7, 9, 9, 9, 8, 9, 9, 8, 9, 9, 8};
    struct pz_growth growth = rank(counts);
    assert_true(growth.unknown > 0.6 && growth.none < 0.4);
    pz_growth_release(&growth);
}

/* It has grown for long when the data begin. */
static void test_growth_from_before(void **state)
{
    (void)state;
    const uint64_t counts[HOURS] = {12, 13, 13, 14, 14, 15, 16, 16, 17, 18, 18, 19,
                                    20, 20, 21, 22, 22, 23, 24, 24, 24, 24, 24, 24};
    struct pz_growth growth = rank(counts);
    assert_true(growth.none > 0.95 && growth.unknown < 0.05);
    pz_growth_release(&growth);
}

static void test_one_rate_from_before(void **state)
{
    (void)state;
    const uint64_t counts[HOURS] = {6, 5, 7, 6, 4, 8, 6, 5, 6, 7, 6, 9, 5, 6, 6, 7, 3, 6, 5, 8, 6, 6, 7, 5};
    struct pz_growth growth = rank(counts);
    assert_true(growth.none > 0.95 && growth.unknown < 0.05);
    pz_growth_release(&growth);
}

static void test_no_worm(void **state)
{
    (void)state;
    const uint64_t counts[HOURS] = {0};
    struct pz_growth growth = rank(counts);
    assert_true(growth.none > 0.99);
    pz_growth_release(&growth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_growth_is_unknown),
        cmocka_unit_test(test_growth_from_before),
        cmocka_unit_test(test_one_rate_from_before),
        cmocka_unit_test(test_no_worm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
