/* SPDX-License-Identifier: BSD-2-Clause */
/* Estimates of distinct sources against sets whose size is known, what a reduction holds against counts by hand, and the
 * passes that come of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reduce/plan.h"

#include <stdlib.h>

static void assert_near(uint64_t found, double expected, double share)
{
    assert_true((double)found >= expected * (1 - share) && (double)found <= expected * (1 + share));
}

/* Addresses one after the other, spread, and of one host in each /16: all the estimate's error may be is four of its
 * standard errors. */
static void test_estimates(void **state)
{
    const uint32_t steps[] = {1, 2654435761u, 65536 * 7 + 1};
    (void)state;
    for (size_t step = 0; step < sizeof steps / sizeof *steps; step++) {
        struct pz_distinct distinct = {0};
        uint32_t n = 0;
        assert_int_equal(pz_distinct_count(&distinct), 0);
        for (uint32_t until = 10; until <= 10000000; until *= 10) {
            for (; n < until; n++) {
                pz_distinct_add(&distinct, 0x2d000000 + n * steps[step]);
                if (n % 3 == 0) /* once more changes nothing */
                    pz_distinct_add(&distinct, 0x2d000000 + n * steps[step]);
            }
            assert_near(pz_distinct_count(&distinct), n, 0.2);
        }
        assert_true(pz_distinct_possible(&distinct));
        distinct.runs[7] = PZ_DISTINCT_RUN_MAX + 1;
        assert_false(pz_distinct_possible(&distinct));
    }
}

/* Two sets that share a third of their sources. */
static void test_union(void **state)
{
    struct pz_distinct all = {0}, first = {0}, second = {0};
    (void)state;
    for (uint32_t i = 0; i < 30000; i++) {
        pz_distinct_add(&all, i * 40503u);
        if (i < 20000)
            pz_distinct_add(&first, i * 40503u);
        if (i >= 10000)
            pz_distinct_add(&second, i * 40503u);
    }
    pz_distinct_merge(&first, &second);
    assert_memory_equal(&first, &all, sizeof all);
}

enum { HOUR = 341000, WINDOW = 24 }; /* a window begins 8 hours later */

static void add_hour(struct pz_hours *hours, uint32_t hour, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        pz_hours_add_source(hours, hour, (first + i) * 2654435761u);
}

/* Six hours, each 1,000 sources of which half were there the hour before, and the last two in another window: one
 * tally an hour, the fourth hour in two, and one tally of all hours. */
static void test_load(void **state)
{
    struct pz_hours hours;
    struct pz_stored stored[8] = {{.rows = 600, .edge_rows = 5}};
    size_t n = 1;
    (void)state;
    pz_hours_init(&hours);
    const uint32_t begin = HOUR / WINDOW * WINDOW + WINDOW - 4;
    stored[0].first_hour = begin;
    stored[0].last_hour = begin + 5;
    for (uint32_t i = 0; i < 6; i++) {
        add_hour(&hours, begin + i, 500 * i, 1000);
        stored[n++] = (struct pz_stored){
            .first_hour = begin + i, .last_hour = begin + i, .rows = 1000 + i, .edge_rows = i == 2 ? 90 : 10};
        if (i == 3)
            stored[n++] = (struct pz_stored){.first_hour = begin + i, .last_hour = begin + i, .rows = 400};
    }
    assert_int_equal(n, 8);
    struct pz_load load = pz_load_of(&hours, stored, n, 0, UINT32_MAX, WINDOW);
    assert_near(load.sources, 3500, 0.2);
    assert_near(load.window_sources, 2500, 0.2);
    assert_near(load.window_rows, 4000, 0.2);
    assert_int_equal(load.hour_rows, 600 + 1003 + 400);        /* the fourth hour */
    assert_int_equal(load.held_rows, 600 + 1003 + 400 + 1004); /* at the fourth hour, the fifth too */
    assert_int_equal(load.held_edges, 5 + 90 + 10);            /* at the second, the third too */
    load = pz_load_of(&hours, stored, n, begin + 4, begin + 5, WINDOW);
    assert_near(load.sources, 1000, 0.2);
    assert_near(load.window_rows, 1000, 0.2);
    assert_int_equal(load.hour_rows, 600 + 1004);
    assert_int_equal(load.held_rows, 600 + 1004 + 1005);
    load = pz_load_of(&hours, stored, 0, begin + 10, begin + 20, WINDOW);
    assert_int_equal(pz_load_nbytes(&load), 0);
    pz_hours_release(&hours);
}

/* A tally of many hours adds no more rows to one of them than the hour has sources. */
static void test_long_tally(void **state)
{
    struct pz_hours hours;
    const struct pz_stored stored = {.first_hour = HOUR, .last_hour = HOUR + 99, .rows = 100000};
    (void)state;
    pz_hours_init(&hours);
    for (uint32_t i = 0; i < 100; i++)
        add_hour(&hours, HOUR + i, 0, 1000);
    struct pz_load load = pz_load_of(&hours, &stored, 1, 0, UINT32_MAX, WINDOW);
    assert_near(load.hour_rows, 1000, 0.2);
    assert_near(load.sources, 1000, 0.2);
    assert_int_equal(load.held_rows, 100000);
    pz_hours_release(&hours);
}

/* 14 months of 100,000 sources an hour, 30 million in all. */
static void test_passes(void **state)
{
    const struct pz_load months = {30000000, 1000000, 2400000, 100000, 200000, 2000}, none = {0};
    (void)state;
    assert_int_equal(pz_plan_ranges(&none, 1).passes, 1);
    for (int ranks = 16; ranks <= 1024; ranks *= 2)
        assert_int_equal(pz_plan_ranges(&months, ranks).passes, 1);
    struct pz_plan one = pz_plan_ranges(&months, 1);
    assert_in_range(one.passes, 8, 14);
    assert_in_range(one.nbytes, pz_load_nbytes(&months) / one.ranges, PZ_RANGE_MEMORY - 1);
    /* Every subshard is in one source range. */
    unsigned end = 0;
    for (unsigned range = 0; range < one.ranges; range++) {
        struct pz_subshards subshards = pz_plan_subshards(&one, range);
        assert_int_equal(subshards.first, end);
        end = subshards.end;
    }
    assert_int_equal(end, PZ_SHARDS * one.per_shard);
}

/* The largest source range counts: if shards don't divide evenly, another pass may be needed. For each, the plan says
 * how much memory it takes: the largest's share of the subshards. */
static void test_largest(void **state)
{
    (void)state;
    for (uint64_t sources = 1000000; sources <= 4000000000; sources = sources / 4 * 5)
        for (int ranks = 1; ranks <= 1000; ranks = ranks * 3 / 2 + 1) {
            const struct pz_load load = {.sources = sources};
            struct pz_plan plan = pz_plan_ranges(&load, ranks);
            unsigned subshards = PZ_SHARDS * plan.per_shard, largest = 0;
            for (unsigned range = 0; range < plan.ranges; range++) {
                struct pz_subshards some = pz_plan_subshards(&plan, range);
                largest = some.end - some.first > largest ? some.end - some.first : largest;
            }
            uint64_t nbytes = (uint64_t)((double)pz_load_nbytes(&load) * largest / subshards);
            assert_in_range(plan.nbytes, nbytes - 1, nbytes + 1);
            assert_true(nbytes < PZ_RANGE_MEMORY);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_estimates), cmocka_unit_test(test_union),
                                       cmocka_unit_test(test_load),      cmocka_unit_test(test_long_tally),
                                       cmocka_unit_test(test_passes),    cmocka_unit_test(test_largest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
