/* SPDX-License-Identifier: BSD-2-Clause */
/* Unique sources of each hour: the published Figures 1 to 4, hourly. */
#include "reduce/job.h"

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    *pz_accumulator_sums(acc, row, 1) += range->n;
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    pz_put_count(csv, *pz_accumulator_sums(acc, i, 1));
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"sources", PZ_TYPE_COUNT, "sources", .doc = "unique in the hour; 0: nobody scanned", .recorded = true},
    PZ_COLUMN_SCANS,
    PZ_COLUMN_PACKETS,
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    PZ_COLUMN_COPIES,
    {0},
};

const struct pz_job pz_job_hourly = {
    .hour_sums = 1,
    .hour = hour,
    .tables = PZ_TABLES(
        {{"hourly", "Figure 1. A row for every hour from the first packet to the last.", columns}, PZ_EACH_HOUR, row})};
