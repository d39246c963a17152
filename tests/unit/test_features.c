/* SPDX-License-Identifier: BSD-2-Clause */
/* What the evidence must say of sources whose nature is plain, by the built-in model; release and shares too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worm/estimate.h"
#include "worm/growth.h"
#include "worm/model.h"
#include "worm/origin.h"
#include "worm/scorer.h"

#include <math.h>
#include <stdlib.h>

static struct pz_scorer *scorer; /* of the built-in model */
static const struct pz_lens slash8 = {.low = 128, .high = 128}, slash16 = {.low = 1};

static int load(void **state)
{
    static struct pz_model model;
    (void)state;
    pz_model_default(&model);
    scorer = pz_scorer_new();
    pz_scorer_use(scorer, &model);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    pz_scorer_free(scorer);
    return 0;
}

/* The worm's stack, `n` attempts that had two SYNs or one, three to one. */
static struct pz_features source(unsigned targets, unsigned reached, unsigned networks, unsigned n)
{
    struct pz_features features = {.targets = targets,
                                   .quadrants = {reached, (targets - reached) / 3, (targets - reached) / 3,
                                                 targets - reached - (targets - reached) / 3 * 2},
                                   .octet2_max = 127,
                                   .octet3_max = 127,
                                   .octet4_max = 127,
                                   .networks = (uint8_t)(networks < PZ_NETWORKS_MAX ? networks : PZ_NETWORKS_MAX)};
    features.attempts[PZ_TWO_IN_TIME] = n - n / 4;
    features.attempts[PZ_ONE_SYN] = n / 4;
    for (int trait = 0; trait < PZ_LEVEL_TRAITS; trait++)
        features.levels[trait] = PZ_LEVEL_ALL;
    return features;
}

static int32_t llr(const struct pz_lens *lens, struct pz_features features)
{
    return pz_scorer_llr(scorer, lens, &features);
}

static void test_more_targets_tell_more(void **state)
{
    (void)state;
    for (unsigned k = 2; k <= PZ_TARGETS_EXACT; k++)
        assert_true(llr(&slash8, source(k, k, k, 40)) > llr(&slash8, source(k - 1, k - 1, k - 1, 40)));
    for (unsigned k = 2; k <= 40; k++)
        assert_true(llr(&slash8, source(k, k, k, k)) > llr(&slash8, source(k - 1, k - 1, k - 1, k - 1)));
    assert_true(llr(&slash8, source(1, 1, 1, 1)) < PZ_FEATURES_RATIO_MIN);
    assert_true(llr(&slash8, source(5, 5, 5, 5)) >= PZ_FEATURES_RATIO_MIN);
    assert_true(llr(&slash8, source(20, 5, 20, 20)) < 0);
}

static void test_one_network_and_sequential_dont_pass(void **state)
{
    (void)state;
    for (unsigned k = 2; k <= 64; k++) {
        assert_true(llr(&slash8, source(k, k, 1, k)) < PZ_FEATURES_RATIO_MIN);
        assert_true(llr(&slash8, source(k, k / 2, 1, k)) < 0);
        assert_true(llr(&slash8, source(k, 0, 1, k)) < 0);
    }
    /* A run that crosses a border into a second /16. */
    assert_true(llr(&slash8, source(64, 64, 2, 64)) < PZ_FEATURES_RATIO_MIN);
}

static void test_small_lens_tells_less(void **state)
{
    (void)state;
    for (unsigned k = 3; k <= 20; k++)
        assert_true(llr(&slash16, source(k, k, 1, k)) < llr(&slash8, source(k, k, k, k)));
    /* One bit a destination, against an even choice; a run of neighbours explains any number, and sets a limit. */
    struct pz_features more = source(6, 6, 1, 6), less = source(5, 5, 1, 6);
    struct pz_target_logs of_more = pz_scorer_targets(scorer, &slash16, &more),
                          of_less = pz_scorer_targets(scorer, &slash16, &less);
    /* The lens's one second octet is all sources', and tells nothing. */
    struct pz_features fixed = source(40, 40, 1, 40);
    int32_t open = llr(&slash16, fixed);
    fixed.octet2_min = fixed.octet2_max = 21;
    assert_int_equal(llr(&slash16, fixed), open);
    assert_true(llr(&slash8, fixed) < llr(&slash8, source(40, 40, 8, 40)));
    double bit = of_more.worm - of_more.choices[PZ_UNIFORM] - of_less.worm + of_less.choices[PZ_UNIFORM];
    assert_true(fabs(bit - log(2)) < 0.05);
}

/* A lens within a /16 keeps all sources within its third octets, which tell nothing then. */
static void test_narrow_lens(void **state)
{
    (void)state;
    const struct pz_lens slash20 = {.low = 1, .octet3 = 8}, slash24 = {.low = 1, .octet3 = 1};
    for (unsigned k = 5; k <= 60; k += 5) {
        struct pz_features features = source(k, k, 1, k);
        int32_t wide = llr(&slash16, features);
        features.octet3_min = 16;
        features.octet3_max = 23;
        assert_true(llr(&slash16, features) < llr(&slash20, features));
        assert_true(llr(&slash20, features) > 2000 && llr(&slash20, features) <= wide + 1000);
        features.octet3_min = features.octet3_max;
        assert_true(llr(&slash24, features) > 2000 && llr(&slash24, features) <= wide + 1000);
        features.octet4_max = 15; /* who stays there is told on any of them */
        assert_true(llr(&slash20, features) < 2000 && llr(&slash24, features) < 2000);
    }
}

/* A run of neighbours within reach has one third octet, so that who fills the lens is none. */
static void test_a_run_has_one_third_octet(void **state)
{
    (void)state;
    struct pz_features wide = source(60, 60, 1, 80), narrow = wide;
    narrow.octet3_min = narrow.octet3_max = 40;
    double of_wide = pz_scorer_targets(scorer, &slash16, &wide).choices[PZ_SEQUENTIAL];
    assert_true(of_wide < pz_scorer_targets(scorer, &slash16, &narrow).choices[PZ_SEQUENTIAL] - 4);
    assert_true(llr(&slash16, wide) >= PZ_FEATURES_RATIO_MIN);
    assert_true(llr(&slash16, narrow) < 0);
}

/* One attempt of one SYN has no second one whose ip.id could rise: with the worm's stack that speaks for the worm, if a
 * little, on any lens. */
static void test_without_a_second_syn(void **state)
{
    (void)state;
    struct pz_features features = source(1, 1, 1, 1);
    features.attempts[PZ_TWO_IN_TIME] = 0;
    features.attempts[PZ_ONE_SYN] = 1;
    features.levels[PZ_LEVEL_IP_ID] = PZ_LEVEL_ABSENT;
    assert_true(llr(&slash8, features) > 1000 && llr(&slash16, features) > 500);
}

/* How many of the worm's stacks are strange is learned where many sources are it beyond doubt. */
static void test_strange_stacks_are_learned(void **state)
{
    (void)state;
    enum { WORMS = 400, OTHERS = 400 };
    static struct pz_features worms[WORMS], others[OTHERS];
    struct pz_model learned;
    for (int i = 0; i < OTHERS; i++) {
        others[i] = source(6, 2, 6, 6);
        others[i].levels[PZ_LEVEL_LENGTH] = others[i].levels[PZ_LEVEL_PORT] = PZ_LEVEL_NONE;
        others[i].attempts[PZ_ONE_SYN] = 6;
        others[i].attempts[PZ_TWO_IN_TIME] = 0;
        others[i].levels[PZ_LEVEL_IP_ID] = PZ_LEVEL_ABSENT;
    }
    for (int strange = 0; strange <= 80; strange += 80) {
        for (int i = 0; i < WORMS; i++)
            worms[i] = i < strange ? others[i] : source(30, 30, 8, 40);
        pz_model_default(&learned);
        pz_model_learn(&learned, &slash8, others, OTHERS, worms, WORMS);
        assert_true(fabs(learned.strange - (strange + 1) / (WORMS + 20.0)) < 0.01);
        assert_true(learned.stacks[PZ_STACK_WORM].levels[PZ_LEVEL_LENGTH][PZ_LEVEL_ALL] > 0.98);
    }
}

static void test_mixtures_arent_sunk(void **state)
{
    (void)state;
    for (unsigned stray = 0; stray <= 4; stray++)
        assert_true(llr(&slash8, source(40, 40 - stray, 40, 60)) >= PZ_FEATURES_RATIO_MIN);
    /* Some scans of another stack from the same address. */
    struct pz_features mixed = source(40, 38, 40, 60);
    mixed.levels[PZ_LEVEL_PORT] = PZ_LEVEL_SOME;
    mixed.attempts[PZ_THREE_OR_MORE] = 1;
    assert_true(llr(&slash8, mixed) >= 0);
}

/* Where a part of the destinations is out of reach another scanner may share the address. Its stack is as likely to be
 * seen as the worm's, so that no stack speaks for the worm. */
static void test_stack_of_a_shared_address(void **state)
{
    (void)state;
    struct pz_features like = source(20, 11, 20, 60), unlike = like;
    unlike.levels[PZ_LEVEL_LENGTH] = unlike.levels[PZ_LEVEL_PORT] = PZ_LEVEL_NONE;
    unlike.attempts[PZ_ONE_SYN] += unlike.attempts[PZ_TWO_IN_TIME];
    unlike.attempts[PZ_TWO_IN_TIME] = 0;
    unlike.levels[PZ_LEVEL_IP_ID] = PZ_LEVEL_ABSENT;
    assert_true(abs(llr(&slash8, like) - llr(&slash8, unlike)) < 700);
    assert_true(llr(&slash8, source(12, 6, 12, 60)) < 2000);
}

/* From eight destinations on repeats of one count among them, which may be within reach. */
static void test_one_destination_again_and_again(void **state)
{
    (void)state;
    assert_true(llr(&slash8, source(45, 27, 45, 60)) < 4000);
    /* The fewer destinations for the attempts, the likelier. With as many, none is seen to repeat. */
    assert_true(llr(&slash8, source(45, 27, 45, 45)) > llr(&slash8, source(45, 27, 45, 60)) + 1000);
    assert_true(llr(&slash8, source(45, 27, 45, 60)) > llr(&slash8, source(45, 27, 45, 90)) + 1000);
}

static void test_share(void **state)
{
    (void)state;
    uint64_t histogram[PZ_LLR_BINS] = {0};
    histogram[pz_llr_bin(12000)] = 30;
    histogram[pz_llr_bin(-12000)] = 70;
    assert_true(fabs(pz_likeliest_share(histogram) - 0.3) < 0.001);
    assert_true(pz_growth_posterior(0.3, 12000) > 0.999 && pz_growth_posterior(0.3, -12000) < 0.001);
    assert_int_equal(pz_target_group(1), 0);
    assert_int_equal(pz_target_group(4), 2);
    assert_int_equal(pz_target_group(64), PZ_GROUPS - 1);
}

/* Where the same sources come hour by hour, their counts scatter less than chance would have it, and what was said to
 * scatter before is outweighed. */
static void test_ratio(void **state)
{
    (void)state;
    enum { HOURS = 24 };
    const struct pz_ratio before = {0.09, 0.3, 0.05};
    uint64_t even[HOURS][2], uneven[HOURS][2];
    for (int i = 0; i < HOURS; i++) {
        even[i][0] = 40 + (uint64_t)i % 2;
        uneven[i][0] = i % 2 ? 20 : 60;
        even[i][1] = uneven[i][1] = 1000;
    }
    struct pz_ratio steady = pz_ratio_learn(&before, (const uint64_t(*)[2])even, HOURS);
    struct pz_ratio rough = pz_ratio_learn(&before, (const uint64_t(*)[2])uneven, HOURS);
    assert_true(fabs(steady.mean - 0.0405) < 0.002 && fabs(rough.mean - 0.04) < 0.01);
    assert_true(steady.spread < 0.1 && rough.spread > 0.5 && steady.error < rough.error);

    /* Of a tenth as many such sources, twice what chance gives is said before: a tenth of the scatter too. */
    uint64_t few[HOURS][2];
    double chance = 0.009 * 0.3 * 0.3 / 0.09;
    for (int i = 0; i < HOURS; i++) {
        few[i][0] = i % 2 ? 6 : 12; /* 9 on average, and the squares are as many */
        few[i][1] = 1000;
    }
    struct pz_ratio low = pz_ratio_learn(&before, (const uint64_t(*)[2])few, HOURS);
    assert_true(low.spread * low.spread < 6 * chance / (6 + HOURS) + 1e-9);
    /* Hours count as independent: 216 such sources in all. */
    assert_true(fabs(low.error - sqrt(216 * 1.009 + low.spread * low.spread * 24000) / 24000) < 2e-5);
}

/* n sources, the i-th at ln(i) / rate hours: exponential growth from a single one at 0. */
static void test_release(void **state)
{
    (void)state;
    double hours[300];
    for (size_t i = 0; i < 300; i++)
        hours[i] = 10 + log((double)i + 1) / 1.5;
    struct pz_origin release = {.share = 1, .first_rate = 1};
    assert_false(pz_origin_fit(&release, hours, PZ_ORIGIN_LEAST - 1));
    assert_true(pz_origin_fit(&release, hours, 300));
    assert_true(fabs(release.rate - 1.5) < 0.05 && release.deviation > 0.3);
    /* A fast first host explains as many without an earlier release; fewer seen of all mean an earlier one. */
    struct pz_origin fast = {.share = 1, .first_rate = 5}, slow = {.share = 1, .first_rate = 1};
    struct pz_origin few = {.share = 0.1, .first_rate = 1};
    assert_true(pz_origin_fit(&fast, hours, 300) && pz_origin_fit(&slow, hours, 300) &&
                pz_origin_fit(&few, hours, 300));
    assert_true(fast.best > slow.best && few.best < slow.best);
}

static void test_release_interval(void **state)
{
    (void)state;
    /* Seen at 10:00, 60 attempts an hour, give or take: an exponential's minutes with a Gamma's rate. */
    struct pz_origin_first firsts[2] = {{.chance = 0.9, .seen = 10, .rate = 60, .attempts = 240},
                                        {.chance = 0.1, .seen = 12, .rate = 60, .attempts = 240}};
    const double shape = 15; /* of a steadiness of 16, and of 240 attempts */
    struct pz_origin_interval one = pz_origin_interval(firsts, 1, 1);
    assert_true(fabs(one.latest - 10) < 1e-3 &&
                fabs(one.earliest - (10 - shape * (pow(0.1, -1 / shape) - 1) / 60)) < 1e-3);
    assert_true(fabs(one.best - (10 - shape * (pow(0.5, -1 / shape) - 1) / 60)) < 1e-3);
    firsts[0].rate = 6;
    assert_true(pz_origin_interval(firsts, 1, 1).earliest < one.earliest - 0.3);
    /* Another with as much chance makes it hold both. */
    firsts[0].chance = firsts[1].chance = 0.5;
    struct pz_origin_interval both = pz_origin_interval(firsts, 2, 1);
    assert_true(both.earliest < 10 && both.latest > 11.9);
    /* Where few hosts are seen the growth counts. */
    firsts[0].growth = (struct pz_origin){.best = 5, .deviation = 0.5};
    firsts[0].grown = true;
    struct pz_origin_interval grown = pz_origin_interval(firsts, 1, 0.01);
    assert_true(grown.earliest > 3.5 && grown.latest < 6.5);
    /* A slow host may not be the first that there was, where the worm grows fast. */
    firsts[1].growth = (struct pz_origin){.best = 11, .deviation = 0.5, .first_rate = 0.5, .rate = 3};
    firsts[1].grown = true;
    struct pz_origin_interval slow = pz_origin_interval(firsts + 1, 1, 1);
    firsts[1].grown = false;
    assert_true(slow.earliest < pz_origin_interval(firsts + 1, 1, 1).earliest - 1e-3);
}

/* Evenly from 0 to 1, by an xorshift. */
static double uniform(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
}

static double wait(uint64_t *state, double rate)
{
    return -log(uniform(state)) / rate;
}

/* A thousand first hosts, whose attempts come here one in a second to one in half an hour, at a rate that differs by a
 * third from one quarter of an hour to the next: what is stated as 90 % holds in 84 to 96 %. */
static void test_release_interval_holds(void **state)
{
    (void)state;
    enum { OUTBREAKS = 1000, HOURS = 6 };
    uint64_t random = 20081121;
    int held = 0;
    for (int i = 0; i < OUTBREAKS; i++) {
        double mean = exp(log(2.0) + uniform(&random) * log(1800.0)), seen = -1, attempts = 0, t = 0;
        while (t < (seen < 0 ? 1e9 : seen + HOURS)) {
            double end = t + 0.25,
                   rate = mean * exp(0.35 * (uniform(&random) + uniform(&random) + uniform(&random) - 1.5) * 2);
            for (t += wait(&random, rate); t < end; t += wait(&random, rate)) {
                seen = seen < 0 ? t : seen;
                attempts += t < seen + HOURS;
            }
            t = end;
        }
        struct pz_origin_first first = {.chance = 1, .seen = seen, .rate = attempts / HOURS, .attempts = attempts};
        struct pz_origin_interval interval = pz_origin_interval(&first, 1, 1);
        held += interval.earliest <= 0 && interval.latest >= 0;
    }
    print_message("of %d held %d\n", OUTBREAKS, held);
    assert_in_range(held, 840, 960);
}

/* A source of the worm, four hours in which its outbreak hangs, and growth as of a host that came then: doubling in 22
 * minutes. Others come too, and none is like the worm. */
static void test_first_of_a_late_growth(void **state)
{
    (void)state;
    enum { HOURS = 34, FIRST = 25, GROWS = 29, SECOND_MINUTE = 10, OTHERS = 500 };
    static uint64_t groups[HOURS][PZ_GROUP_BINS], strengths[HOURS][PZ_STRENGTH_BINS];
    struct pz_growth_hour hours[HOURS];
    struct pz_growth_source sources[2] = {{.onset = FIRST + 20.5 / 60, .llr = 18000, .targets = 100},
                                          {.onset = GROWS + (SECOND_MINUTE + 0.5) / 60, .llr = 16000, .targets = 70}};
    for (uint32_t h = 0; h < HOURS; h++) {
        groups[h][pz_group_bin(3, -9000)] = OTHERS;
        hours[h] = (struct pz_growth_hour){h, 1, 3600, groups[h], strengths[h], NULL, h > 0};
    }
    strengths[FIRST][4 * PZ_STRENGTH_MINUTES + 20] = 1;
    for (int i = 0; i < 1000; i++) {
        double t = GROWS + SECOND_MINUTE / 60.0 + log(1 + i) / 1.9;
        if (t < HOURS)
            strengths[(int)t][4 * PZ_STRENGTH_MINUTES + (int)(fmod(t, 1) * 60)]++;
    }
    for (uint32_t h = FIRST; h < HOURS; h++)
        for (int minute = 0; minute < PZ_STRENGTH_MINUTES; minute++)
            groups[h][pz_group_bin(70, 16000)] += strengths[h][4 * PZ_STRENGTH_MINUTES + minute];
    struct pz_growth growth;
    pz_growth_fit(&growth, hours, HOURS);
    assert_true(growth.found);
    pz_growth_rank(&growth, sources, 2);
    assert_true(sources[0].first > 5 * sources[1].first); /* all others are left out */
    sources[0].shared = true; /* what was seen first of that address may not be the worm's */
    pz_growth_rank(&growth, sources, 2);
    assert_true(sources[0].first < sources[1].first);
    pz_growth_release(&growth);
}

/* Some of the others look like the worm in all: twenty are seen in the first ten minutes of the record, as most others
 * are, and one an hour after that. In the seventh hour a host of the worm comes, and growth from it: doubling in a
 * quarter of an hour. */
static void test_first_among_sources_alike(void **state)
{
    (void)state;
    enum { HOURS = 9, FIRST = 6, THERE = 20, BEFORE = THERE + FIRST, LISTED = 300, STRONG = PZ_STRENGTHS - 1 };
    static uint64_t groups[HOURS][PZ_GROUP_BINS], strengths[HOURS][PZ_STRENGTH_BINS];
    static uint64_t minutes[HOURS][PZ_STRENGTH_MINUTES];
    struct pz_growth_hour hours[HOURS];
    struct pz_growth_source sources[LISTED];
    for (int i = 0; i < LISTED; i++) {
        double t = i < THERE    ? (i / 2 + 0.5) / 60
                   : i < BEFORE ? i - THERE + 0.3
                                : FIRST + 0.5 / 60 + log(1 + i - BEFORE) / 2.77;
        strengths[(int)t][STRONG * PZ_STRENGTH_MINUTES + (int)(fmod(t, 1) * 60)]++;
        sources[i] = (struct pz_growth_source){.onset = t, .llr = 18000, .targets = 90};
    }
    for (uint32_t h = 0; h < HOURS; h++) {
        groups[h][pz_group_bin(3, -9000)] = h > 0 ? 200 : 2000;
        for (int minute = 0; minute < PZ_STRENGTH_MINUTES; minute++) {
            minutes[h][minute] = h > 0 ? 3 : minute < 10 ? 180 : 4;
            groups[h][pz_group_bin(90, 18000)] += strengths[h][STRONG * PZ_STRENGTH_MINUTES + minute];
        }
        hours[h] = (struct pz_growth_hour){h, 1, 3600, groups[h], strengths[h], minutes[h], h > 0};
    }
    for (int known = 0; known < 2; known++) { /* where it isn't known how crowded the first minutes are, too */
        struct pz_growth growth;
        double there = 0;
        hours[0].minutes = known ? minutes[0] : NULL;
        pz_growth_fit(&growth, hours, HOURS);
        assert_true(growth.found);
        pz_growth_rank(&growth, sources, LISTED);
        for (int i = 0; i < LISTED; i++) {
            there += i < THERE ? sources[i].first : 0;
            assert_true(i == BEFORE || sources[i].first < sources[BEFORE].first);
        }
        assert_true(there < (known ? 0.001 : 0.01));
        pz_growth_release(&growth);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_targets_tell_more),
        cmocka_unit_test(test_one_network_and_sequential_dont_pass),
        cmocka_unit_test(test_small_lens_tells_less),
        cmocka_unit_test(test_narrow_lens),
        cmocka_unit_test(test_a_run_has_one_third_octet),
        cmocka_unit_test(test_without_a_second_syn),
        cmocka_unit_test(test_strange_stacks_are_learned),
        cmocka_unit_test(test_mixtures_arent_sunk),
        cmocka_unit_test(test_stack_of_a_shared_address),
        cmocka_unit_test(test_one_destination_again_and_again),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_ratio),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_release_interval),
        cmocka_unit_test(test_release_interval_holds),
        cmocka_unit_test(test_first_of_a_late_growth),
        cmocka_unit_test(test_first_among_sources_alike),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
