/* SPDX-License-Identifier: BSD-2-Clause */
/* Unique sources of each UTC day: the published Figure 1, by its text. A source that scans in many hours of a day
 * counts once in it: the day's set is the union of its hours'. */
#include "reduce/job.h"
#include "reduce/source_set.h"

struct state {
    roaring_bitmap_t *seen; /* in the day at hand */
    size_t day;
};

static void close_day(struct pz_accumulator *acc)
{
    struct state *state = acc->state;
    if (!state->seen)
        return;
    acc->sums[state->day] += roaring_bitmap_get_cardinality(state->seen);
    roaring_bitmap_free(state->seen);
    state->seen = NULL;
}

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    struct state *state = acc->state;
    size_t day = acc->timeline->hours[row].day;
    if (day != state->day)
        close_day(acc);
    state->day = day;
    pz_source_set_add(&state->seen, pz_source_set_of(range));
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    (void)sources;
    close_day(acc);
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    pz_put_count(csv, acc->sums[i]);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_DAY,
    {"sources", PZ_TYPE_COUNT, "sources",
     .doc = "unique in the day: the union of its hours' sources, not their sum; 0: nobody scanned", .recorded = true},
    PZ_COLUMN_SCANS,
    PZ_COLUMN_PACKETS,
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    PZ_COLUMN_COPIES,
    {0},
};

const struct pz_job pz_job_daily = {
    .day_sums = 1,
    .state_nbytes = sizeof(struct state),
    .hour = hour,
    .end = end,
    .tables = PZ_TABLES(
        {{"daily", "Figure 1. A row for every day from the first packet to the last.", columns}, PZ_EACH_DAY, row})};
