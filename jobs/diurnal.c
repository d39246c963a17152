/* SPDX-License-Identifier: BSD-2-Clause */
/* The hour of each day at which most sources scan, and the fewest: the published Figure 3. */
#include "reduce/job.h"

static uint64_t sources_of(const struct pz_timeline *timeline, size_t row)
{
    return timeline->slots[timeline->hours[row].slot].sources;
}

static void row(const struct pz_accumulator *acc, size_t i, struct pz_csv *csv)
{
    const struct pz_timeline *timeline = acc->timeline;
    size_t first = pz_timeline_from(timeline, timeline->days[i].day * PZ_HOURS_PER_DAY), high = 0, low = 0;
    uint64_t nhours = 0; /* recorded whole: only those are compared */
    for (size_t j = first; j < timeline->n && timeline->hours[j].day == i; j++) {
        if (timeline->hours[j].status != PZ_WHOLE)
            continue;
        uint64_t n = sources_of(timeline, j);
        high = !nhours || n > sources_of(timeline, high) ? j : high;
        low = !nhours || n < sources_of(timeline, low) ? j : low;
        nhours++;
    }
    const size_t extremes[] = {high, low};
    for (int j = 0; j < 2; j++) {
        pz_put_count_if(csv, nhours, timeline->hours[extremes[j]].hour % PZ_HOURS_PER_DAY);
        pz_put_count_if(csv, nhours, sources_of(timeline, extremes[j]));
    }
    pz_put_count(csv, nhours);
}

static const struct pz_column columns[] = {
    PZ_COLUMN_DAY,
    {"peak_hour", PZ_TYPE_COUNT, "hour of the day",
     .doc = "0 to 23, with the most sources, the first of equal ones; empty if no hour was recorded "
            "whole"},
    {"peak_sources", PZ_TYPE_COUNT, "sources", .doc = "in that hour; empty if no hour was recorded whole"},
    {"lowest_hour", PZ_TYPE_COUNT, "hour of the day",
     .doc = "0 to 23, with the fewest sources, the first of equal ones; empty if no hour was recorded "
            "whole"},
    {"lowest_sources", PZ_TYPE_COUNT, "sources", .doc = "in that hour; empty if no hour was recorded whole"},
    {"whole_hours", PZ_TYPE_COUNT, "hours",
     .doc = "recorded whole, which were compared. If there are fewer than 24, the true peak may be in "
            "another hour"},
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_diurnal = {
    .tables = PZ_TABLES({{"diurnal", "Figure 3. The hours with the most and the fewest sources of each day.", columns},
                         .each = PZ_EACH_DAY,
                         .row = row})};
