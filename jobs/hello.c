/* SPDX-License-Identifier: BSD-2-Clause */
/* The sources of each hour that scanned exactly once: the example of docs/adding-a-job.md. It is built and tested, and
 * not in the table of jobs. */
#include "reduce/job.h"

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    for (size_t i = 0; i < range->n; i++)
        *pz_accumulator_sums(acc, row, 1) += pz_source_scans(&range->rows[i]) == 1;
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"sources_once", PZ_TYPE_COUNT, "sources", .doc = "that scanned once and no more", .recorded = true},
    {0},
};

const struct pz_job pz_job_hello = {
    .hour_sums = 1,
    .hour = hour,
    .tables = PZ_TABLES({{"hello", "Sources that scanned once.", columns}, .each = PZ_EACH_HOUR})};
