/* SPDX-License-Identifier: BSD-2-Clause */
/* The first day of the outbreak hour by hour: the published Figure 2. */
#include "reduce/job.h"
#include "reduce/source_set.h"

enum { SOURCES, NEW, KINDS };

struct state {
    roaring_bitmap_t *seen; /* since midnight */
};

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    struct state *state = acc->state;
    uint32_t midnight = pz_outbreak_hour(acc->timeline->outbreak);
    (void)row;
    if (range->hour < midnight || range->hour >= midnight + PZ_HOURS_PER_DAY)
        return;
    uint64_t before = state->seen ? roaring_bitmap_get_cardinality(state->seen) : 0;
    pz_source_set_add(&state->seen, pz_source_set_of(range));
    uint64_t *sums = acc->sums + (range->hour - midnight) * KINDS;
    sums[SOURCES] += range->n;
    sums[NEW] += roaring_bitmap_get_cardinality(state->seen) - before;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    struct state *state = acc->state;
    (void)sources;
    if (state->seen)
        roaring_bitmap_free(state->seen);
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    uint32_t at = acc->timeline->hours[i].hour, midnight = pz_outbreak_hour(acc->timeline->outbreak);
    if (at < midnight || at >= midnight + PZ_HOURS_PER_DAY)
        return;
    const uint64_t *sums = acc->sums + (at - midnight) * KINDS;
    pz_put_count(csv, sums[SOURCES]);
    pz_put_count(csv, sums[NEW]);
    pz_put_running(csv, sums[NEW]);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "unique in the hour", .recorded = true},
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "not seen since midnight", .recorded = true},
    {"cumulative_sources", PZ_TYPE_RUNNING, "sources", .doc = "seen since midnight; a number in outages too"},
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_first_day = {
    .sums = PZ_HOURS_PER_DAY * KINDS,
    .state_nbytes = sizeof(struct state),
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES(
        {{"first_day", "Figure 2. 21 November 2008 only; the header alone where the captures don't have it.", columns},
         PZ_EACH_HOUR,
         row})};
