/* SPDX-License-Identifier: BSD-2-Clause */
/* The first day of the outbreak hour by hour: the published Figure 2. */
#include "reduce/job.h"

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    uint32_t at = pz_hours_of_outbreak(acc->timeline, range->hour);
    (void)row;
    if (at < PZ_HOURS_PER_DAY)
        acc->sums[at] += pz_accumulator_see(acc, range);
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    uint32_t at = pz_hours_of_outbreak(acc->timeline, acc->timeline->hours[i].hour);
    if (at < PZ_HOURS_PER_DAY)
        pz_put_counts(csv, &acc->sums[at]);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    PZ_COLUMN_SOURCES,
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "not seen since midnight", .recorded = true},
    {"cumulative_sources", PZ_TYPE_RUNNING, "sources", .doc = "seen since midnight; a number in outages too"},
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_first_day = {
    .sums = PZ_HOURS_PER_DAY,
    .seen = true,
    .hour = hour,
    .tables = PZ_TABLES(
        {{"first_day", "Figure 2. 21 November 2008 only; the header alone where the captures don't have it.", columns},
         .each = PZ_EACH_HOUR,
         .row = row})};
