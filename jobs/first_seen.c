/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources by the time of their first scan in the span, and how many of them the worm's random scan can reach itself:
 * with a span that begins at midnight of 21 November 2008, the published Figure 6. */
#include "reduce/job.h"
#include "reduce/small_cells.h"
#include "worm/reachable.h"

/* Bins of one hour of the timeline; where a bin is longer than an hour, an hour has one and its bin is put together in
 * the table. */
static size_t bins_of(const struct pz_timeline *timeline)
{
    uint32_t bin = timeline->options.timeline_bin;
    return bin < PZ_SECONDS_PER_HOUR ? PZ_SECONDS_PER_HOUR / bin : 1;
}

enum { NEW, NEW_REACHABLE, KINDS };

static size_t nsums(const struct pz_timeline *timeline)
{
    return timeline->nslots * bins_of(timeline) * KINDS;
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    const size_t bins = bins_of(acc->timeline);
    for (size_t i = 0; i < sources->n; i++) {
        const struct pz_source *source = pz_table_row(sources, i);
        uint32_t hour = pz_hour_of(source->first_usec);
        size_t bin = (size_t)(source->first_usec % PZ_USEC_PER_HOUR) * bins / PZ_USEC_PER_HOUR;
        uint64_t *sums = pz_accumulator_sums(acc, pz_timeline_row(acc->timeline, hour), bins * KINDS) + bin * KINDS;
        sums[NEW]++;
        sums[NEW_REACHABLE] += pz_worm_reaches(source->address);
    }
}

struct bin {
    int64_t second; /* since 1970, of its start */
    uint64_t sums[KINDS];
    bool recorded; /* some hour of it has packets */
};

static void rows(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct pz_timeline *timeline = acc->timeline;
    const size_t bins_of_hour = bins_of(timeline);
    const uint32_t length = timeline->options.timeline_bin;
    struct bin bin = {.second = -1};
    struct pz_bins bins = {.csv = csv, .timeline = timeline};
    for (size_t row = 0; row < timeline->n; row++) {
        /* Hours that were missing for a month have one bin, as they have one row elsewhere. */
        size_t n = timeline->hours[row].nhours > 1 ? 1 : bins_of_hour;
        for (size_t i = 0; i < n; i++) {
            int64_t second = timeline->hours[row].hour * (int64_t)PZ_SECONDS_PER_HOUR + (int64_t)i * length;
            if (length > PZ_SECONDS_PER_HOUR)
                second -= second % length;
            if (second != bin.second) {
                if (bin.second >= 0)
                    pz_bins_put(&bins, bin.second, bin.sums, bin.recorded);
                bin = (struct bin){.second = second};
            }
            const uint64_t *sums = pz_accumulator_sums(acc, row, bins_of_hour * KINDS) + i * KINDS;
            bin.sums[NEW] += sums[NEW];
            bin.sums[NEW_REACHABLE] += sums[NEW_REACHABLE];
            bin.recorded = bin.recorded || timeline->hours[row].packets;
        }
    }
    if (bin.second >= 0)
        pz_bins_put(&bins, bin.second, bin.sums, bin.recorded);
    pz_bins_end(&bins);
}

static const struct pz_column columns[] = {
    {"time", PZ_TYPE_SECOND, .doc = "its beginning"},
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "first seen in the bin; 0: none", .recorded = true},
    {"new_reachable", PZ_TYPE_COUNT, "sources", .doc = "of these, at reachable addresses", .recorded = true},
    {"cumulative_sources", PZ_TYPE_RUNNING, "sources", .doc = "seen until the end of the bin; a number in outages too"},
    {0},
};

const struct pz_job pz_job_first_seen = {
    .nsums = nsums,
    .end = end,
    .tables = PZ_TABLES(
        {{"first_seen",
          "Sources by the time of their first scan in the whole span, in bins of `--timeline-bin`. With `--min-cell`, "
          "bins are joined until none of their counts is too small; the rest at the end, if it is too small, "
          "is left empty.",
          columns},
         .rows = rows})};
