/* SPDX-License-Identifier: BSD-2-Clause */
/* What of each day was recorded: hours whole, in part, damaged, missing. */
#include "reduce/job.h"

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    const struct pz_timeline *timeline = acc->timeline;
    uint64_t hours[PZ_STATUS_COUNT] = {0};
    for (size_t j = pz_timeline_from(timeline, timeline->days[i].day * PZ_HOURS_PER_DAY);
         j < timeline->n && timeline->hours[j].day == i; j++)
        hours[timeline->hours[j].status] += timeline->hours[j].nhours;
    pz_put_count(csv, hours[PZ_WHOLE]);
    pz_put_count(csv, hours[PZ_PARTIAL]);
    pz_put_count(csv, hours[PZ_DAMAGED]);
    pz_put_count(csv, hours[PZ_MISSING]);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_DAY,
    {"hours_whole", PZ_TYPE_COUNT, "hours",
     .doc = "of the day, with the status `whole`. Hours before the first packet and after the last "
            "have no status"},
    {"hours_partial", PZ_TYPE_COUNT, "hours", .doc = "of the day, with the status `partial`"},
    {"hours_damaged", PZ_TYPE_COUNT, "hours", .doc = "of the day, with the status `damaged`"},
    {"hours_missing", PZ_TYPE_COUNT, "hours", .doc = "of the day, with the status `missing`"},
    PZ_COLUMN_COVERED,
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_coverage = {
    .tables = PZ_TABLES({{"coverage", "What was recorded of each day.", columns}, .each = PZ_EACH_DAY, .row = row})};
