/* SPDX-License-Identifier: BSD-2-Clause */
/* Unique sources of each UTC day: the published Figure 1, by its text. A source that scans in many hours of a day
 * counts once in it: the day's set is the union of its hours'. */
#include "reduce/job.h"

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    size_t *day = acc->state; /* at hand */
    if (acc->timeline->hours[row].day != *day)
        roaring_bitmap_clear(acc->seen);
    *day = acc->timeline->hours[row].day;
    acc->sums[*day] += pz_accumulator_see(acc, range);
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
    .seen = true,
    .state_nbytes = sizeof(size_t),
    .hour = hour,
    .tables = PZ_TABLES(
        {{"daily", "Figure 1. A row for every day from the first packet to the last.", columns}, .each = PZ_EACH_DAY})};
