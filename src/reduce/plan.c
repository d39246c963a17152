/* SPDX-License-Identifier: BSD-2-Clause */
#include "reduce/plan.h"

#include "base/error.h"
#include "base/sort.h"

#include <stdlib.h>

static bool is_before(const void *item, const void *hour)
{
    return (*(struct pz_hour *const *)item)->hour < *(const uint32_t *)hour;
}

/* The place of the first hour that isn't before this one. */
static size_t place_of(const struct pz_hours *hours, uint32_t hour)
{
    return pz_lower_bound(&hour, hours->hours, hours->n, sizeof *hours->hours, is_before);
}

/* Of the tallies that have an hour, or are held then: a tally is held from an hour before its first. */
enum { TALLIES, ROWS, HELD_ROWS, HELD_EDGES, KINDS };
struct overlap {
    uint64_t of[KINDS];
};

/* Until all are added up, what begins at an hour less what ended before it, modulo 2^64. */
static void add_between(struct overlap *overlaps, size_t begin, size_t end, int kind, uint64_t n)
{
    overlaps[begin].of[kind] += n;
    overlaps[end].of[kind] -= n;
}

/* Of each hour; the caller frees. */
static struct overlap *find_overlaps(const struct pz_hours *hours, const struct pz_stored *stored, size_t n)
{
    struct overlap *overlaps = pz_alloc((hours->n + 1) * sizeof *overlaps);
    for (size_t i = 0; i < n; i++) {
        uint32_t first = stored[i].first_hour;
        size_t begin = place_of(hours, first), held = place_of(hours, first ? first - 1 : 0),
               end = place_of(hours, stored[i].last_hour + 1);
        add_between(overlaps, begin, end, TALLIES, 1);
        add_between(overlaps, begin, end, ROWS, stored[i].rows);
        add_between(overlaps, held, end, HELD_ROWS, stored[i].rows);
        add_between(overlaps, held, end, HELD_EDGES, stored[i].edge_rows);
    }
    for (size_t i = 1; i <= hours->n; i++)
        for (int kind = 0; kind < KINDS; kind++)
            overlaps[i].of[kind] += overlaps[i - 1].of[kind];
    return overlaps;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

struct pz_load pz_load_of(const struct pz_hours *hours, const struct pz_stored *stored, size_t n, uint32_t since,
                          uint32_t until, uint32_t window)
{
    struct overlap *overlaps = find_overlaps(hours, stored, n);
    struct pz_distinct all = {0}, in_window = {0};
    struct pz_load load = {0};
    uint64_t window_rows = 0;
    uint32_t number = 0;
    for (size_t i = place_of(hours, since); i < hours->n && hours->hours[i]->hour < until; i++) {
        const struct pz_hour *hour = hours->hours[i];
        uint64_t sources = pz_distinct_count(&hour->sources);
        if (hour->hour / window != number) {
            in_window = (struct pz_distinct){0};
            window_rows = 0;
        }
        number = hour->hour / window;
        window_rows += sources;
        pz_distinct_merge(&in_window, &hour->sources);
        pz_distinct_merge(&all, &hour->sources);
        load.window_sources = most(load.window_sources, pz_distinct_count(&in_window));
        load.window_rows = most(load.window_rows, window_rows);
        load.hour_rows = most(load.hour_rows, least(overlaps[i].of[ROWS], sources * overlaps[i].of[TALLIES]));
        load.held_rows = most(load.held_rows, overlaps[i].of[HELD_ROWS]);
        load.held_edges = most(load.held_edges, overlaps[i].of[HELD_EDGES]);
    }
    load.sources = pz_distinct_count(&all);
    free(overlaps);
    return load;
}

/* Bytes, as measured (docs/benchmarks.md). */
enum {
    SOURCE = 300,         /* a row of 256 bytes, its key and its slots */
    WINDOW_SOURCE = 400,  /* another such row, features, and the llr */
    WINDOW_ROW = 4,       /* the number of a row */
    HOUR_ROW = 3 * 256,   /* the hour's rows and those of a merge, with room for half as many again */
    HELD_ROW = 200,       /* encoded */
    EDGE_ROW = 768,       /* decoded; a source-hour stands for eight SYNs */
    ESTIMATES_MARGIN = 8, /* of an estimate as much again as its eighth: more than two standard errors */
};

uint64_t pz_load_nbytes(const struct pz_load *load)
{
    uint64_t estimated = load->sources * SOURCE + load->window_sources * WINDOW_SOURCE + load->window_rows * WINDOW_ROW;
    return estimated + estimated / ESTIMATES_MARGIN + load->hour_rows * HOUR_ROW + load->held_rows * HELD_ROW +
           load->held_edges * EDGE_ROW;
}

/* The largest source range's subshards, times the number of source ranges, over all subshards: at best 1. */
static double unevenness(unsigned ranges, unsigned subshards)
{
    return (double)((subshards + ranges - 1) / ranges) * ranges / subshards;
}

static struct pz_plan plan_of(uint64_t passes, uint64_t ranks, uint64_t nbytes)
{
    const double uneven = 1.25; /* cutting costs about a quarter of what a source range does with a source */
    struct pz_plan plan = {1, (unsigned)(passes * ranks), (unsigned)passes, 0};
    while (plan.per_shard < PZ_SUBSHARDS_MAX && unevenness(plan.ranges, PZ_SHARDS * plan.per_shard) > uneven)
        plan.per_shard *= 2;
    plan.nbytes = (uint64_t)((double)nbytes / plan.ranges * unevenness(plan.ranges, PZ_SHARDS * plan.per_shard));
    return plan;
}

struct pz_plan pz_plan_ranges(const struct pz_load *load, int nranks)
{
    const uint64_t all = PZ_SHARDS * PZ_SUBSHARDS_MAX, ranks = least((uint64_t)nranks, all), most_passes = all / ranks;
    uint64_t nbytes = pz_load_nbytes(load), passes = least(nbytes / PZ_RANGE_MEMORY / ranks + 1, most_passes);
    struct pz_plan plan = plan_of(passes, ranks, nbytes);
    while (plan.nbytes >= PZ_RANGE_MEMORY && passes < most_passes)
        plan = plan_of(++passes, ranks, nbytes);
    return plan;
}

struct pz_subshards pz_plan_subshards(const struct pz_plan *plan, unsigned range)
{
    unsigned subshards = PZ_SHARDS * plan->per_shard;
    return (struct pz_subshards){plan->per_shard, range * subshards / plan->ranges,
                                 (range + 1) * subshards / plan->ranges};
}
