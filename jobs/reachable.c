/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the sources first seen since midnight of 21 November 2008, the share that the worm's random scan can reach, in
 * bins of ten minutes for a week: the published Figure 6. A worm that spreads by such scans infects reachable addresses
 * only, and of all addresses a quarter are. */
#include "reduce/job.h"
#include "reduce/source_set.h"

enum { HOURS = 7 * PZ_HOURS_PER_DAY };
enum { BIN_SECONDS = 600, BINS_PER_HOUR = PZ_SECONDS_PER_HOUR / BIN_SECONDS };

enum { NEW, NEW_REACHABLE, KINDS };

struct state {
    roaring_bitmap_t *seen; /* since midnight */
};

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    struct state *state = acc->state;
    const struct pz_outbreak *outbreak = acc->timeline->outbreak;
    uint32_t midnight = pz_outbreak_hour(outbreak);
    (void)row;
    if (range->hour < midnight || range->hour >= midnight + HOURS)
        return;
    uint64_t *sums = acc->sums + (range->hour - midnight) * BINS_PER_HOUR * KINDS;
    for (size_t i = 0; i < range->n; i++) {
        const struct pz_source *source = &range->rows[i];
        if (state->seen && roaring_bitmap_contains(state->seen, source->address))
            continue;
        size_t bin = (size_t)(source->first_usec % PZ_USEC_PER_HOUR / (BIN_SECONDS * PZ_USEC_PER_SECOND));
        sums[bin * KINDS + NEW]++;
        sums[bin * KINDS + NEW_REACHABLE] += outbreak->reaches(source->address);
    }
    pz_source_set_add(&state->seen, pz_source_set_of(range));
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
    for (uint32_t bin = 0; at >= midnight && at < midnight + HOURS && bin < BINS_PER_HOUR; bin++) {
        const uint64_t *sums = acc->sums + ((at - midnight) * BINS_PER_HOUR + bin) * KINDS;
        pz_put_time(csv, at * (int64_t)PZ_SECONDS_PER_HOUR + bin * BIN_SECONDS);
        pz_put_count(csv, sums[NEW]);
        pz_put_count(csv, sums[NEW_REACHABLE]);
    }
}

static const struct pz_column columns[] = {
    {"time", PZ_TYPE_SECOND, .doc = "its beginning"},
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "first seen since midnight of 21 November in this bin; 0: none",
     .recorded = true},
    {"new_reachable", PZ_TYPE_COUNT, "sources", .doc = "of these, at reachable addresses", .recorded = true},
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_reachable = {
    .sums = HOURS * BINS_PER_HOUR * KINDS,
    .state_nbytes = sizeof(struct state),
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES(
        {{"reachable", "Figure 6. 21 to 27 November 2008, in bins of ten minutes.", columns}, PZ_EACH_HOUR, row})};
