/* SPDX-License-Identifier: BSD-2-Clause */
/* The worm's random numbers: the table that steps from hit to hit against taking every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "twin/rand.h"
#include "worm/reachable.h"

/* Microsoft's rand(), as its documentation has it: after srand(1) it gives 41, 18467, 6334, 26500, 19169. */
static uint32_t rand_state;
static uint32_t draw(void)
{
    rand_state = pz_twin_rand_next(rand_state);
    return rand_state >> 16 & 0x7fff;
}

static void test_known(void **state)
{
    (void)state;
    static const uint32_t known[] = {41, 18467, 6334, 26500, 19169};
    rand_state = 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(draw(), known[i]);
}

/* The target of a pick by the rule, from two draws: each is a word with its low byte first. */
static uint32_t pick_target(void)
{
    uint32_t low = draw(), high = draw();
    return (low & 255) << 24 | (low >> 8) << 16 | (high & 255) << 8 | high >> 8;
}

static void test_hits(void **state)
{
    (void)state;
    enum { PICKS = 200000 };
    static const uint32_t octets[] = {0, 96, 255};
    for (size_t k = 0; k < sizeof octets / sizeof *octets; k++) {
        struct pz_twin_rand rand;
        pz_twin_rand_init(&rand, octets[k]);
        for (uint32_t seed = 1; seed < 0xf0000000u; seed += 0x31234567u) {
            uint64_t pick = 0, hits = 0;
            uint32_t hit = pz_twin_rand_find(&rand, seed, &pick);
            rand_state = seed;
            for (uint64_t i = 0; i < PICKS; i++) {
                uint32_t before = rand_state, target = pick_target();
                if (i % 4096 == 17)
                    assert_int_equal(pz_twin_rand_jump(seed, i), before);
                assert_int_equal(target >> 24 == octets[k], i == pick);
                if (i != pick)
                    continue;
                assert_int_equal(pz_twin_rand_target(hit), target);
                assert_true(pz_worm_reaches(target));
                hit = pz_twin_rand_hit_after(&rand, hit, &pick);
                hits++;
            }
            assert_in_range(hits, PICKS / 256 - 150, PICKS / 256 + 150);
        }
        pz_twin_rand_release(&rand);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known), cmocka_unit_test(test_hits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
