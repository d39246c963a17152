/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scorer keeps changes no ratio, whatever was asked before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worm/model.h"
#include "worm/scorer.h"

static uint64_t dice = 88172645463325252u;

static uint32_t roll(uint32_t sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (uint32_t)(dice >> 32) % sides;
}

static struct pz_features some_evidence(void)
{
    static const uint32_t most[] = {1, 4, 40, 1000, 2000000}, targets[] = {1, 2, 4, 20, 100, 5000};
    struct pz_features features = {.active = roll(80000), .silent = roll(80000)};
    uint32_t sides = most[roll(5)], more = targets[roll(6)];
    for (int pattern = 0; pattern < PZ_PATTERNS; pattern++)
        features.attempts[pattern] = roll(sides + 1);
    for (int quadrant = 0; quadrant < PZ_QUADRANTS; quadrant++) {
        features.quadrants[quadrant] = quadrant && roll(2) ? 0 : roll(more);
        features.targets += features.quadrants[quadrant];
    }
    features.networks =
        (uint8_t)roll(features.targets < PZ_NETWORKS_MAX ? features.targets + 1u : PZ_NETWORKS_MAX + 1u);
    features.octet2_min = (uint8_t)roll(100);
    features.octet2_max = (uint8_t)(features.octet2_min + roll(28));
    features.octet3_min = (uint8_t)roll(64);
    features.octet3_max = (uint8_t)(features.octet3_min + roll(64));
    features.octet4_min = (uint8_t)roll(10);
    features.octet4_max = (uint8_t)(features.octet4_min + roll(118));
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        features.levels[trait] = (uint8_t)roll((uint32_t)pz_levels_of(trait));
    return features;
}

/* By a scorer that has kept nothing yet. */
static int32_t llr_of(const struct pz_model *model, const struct pz_lens *lens, const struct pz_features *features)
{
    struct pz_scorer *scorer = pz_scorer_new();
    pz_scorer_use(scorer, model);
    int32_t llr = pz_scorer_llr(scorer, lens, features);
    pz_scorer_free(scorer);
    return llr;
}

static void test_as_evidence_ratio(void **state)
{
    (void)state;
    static const struct pz_lens lenses[] = {{128, 128, 0},  {1, 0, 0}, {0, 1, 0}, {0, 0, 0},
                                            {100, 90, 128}, {1, 0, 8}, {1, 1, 1}};
    enum { SOURCES = 50000, PART = 1000, CHECKED = 3, LENSES = sizeof lenses / sizeof *lenses };
    struct pz_model model;
    pz_model_default(&model);
    struct pz_scorer *scorer = pz_scorer_new();
    pz_scorer_use(scorer, &model);
    for (int i = 0; i < SOURCES; i++) {
        const struct pz_lens *lens = &lenses[i / PART % LENSES];
        struct pz_features features = some_evidence();
        int32_t llr = pz_scorer_llr(scorer, lens, &features);
        assert_int_equal(pz_scorer_llr(scorer, lens, &features), llr);
        if (i % PART >= PART - CHECKED) /* by then much is kept */
            assert_int_equal(llr_of(&model, lens, &features), llr);
    }
    pz_scorer_free(scorer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_evidence_ratio)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
