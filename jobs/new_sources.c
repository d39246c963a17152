/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources that were never seen before, hour by hour over the whole span. */
#include "reduce/job.h"
#include "worm/reachable.h"

enum { NEW, NEW_REACHABLE, KINDS };

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        size_t row = pz_timeline_row(acc->timeline, pz_hour_of(source->first_usec));
        uint64_t *sums = pz_accumulator_sums(acc, row, KINDS);
        sums[NEW]++;
        sums[NEW_REACHABLE] += pz_worm_reaches(source->address);
    }
}

static const struct pz_column columns[] = {
    PZ_COLUMN_HOUR,
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "first seen in the hour; 0: none", .recorded = true},
    {"new_reachable", PZ_TYPE_COUNT, "sources", .doc = "of these, at reachable addresses", .recorded = true},
    {"cumulative_sources", PZ_TYPE_RUNNING, "sources",
     .doc = "seen until the end of the hour; a number in outages too"},
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_new_sources = {
    .hour_sums = KINDS,
    .end = end,
    .tables = PZ_TABLES({{"new_sources", "Sources by the hour of their first scan in the whole span.", columns},
                         .each = PZ_EACH_HOUR})};
