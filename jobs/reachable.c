/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the sources first seen since midnight of the outbreak's first day, the share that the worm's random scan can reach,
 * in bins of ten minutes for a week: the published Figure 6. A worm that spreads by such scans infects reachable
 * addresses only, and of all addresses a quarter are. */
#include "worm/reachable.h"
#include "reduce/job.h"
#include "reduce/small_cells.h"
#include "worm/outbreak.h"

enum { HOURS = 7 * PZ_HOURS_PER_DAY };
enum { BIN_SECONDS = 600, BINS_PER_HOUR = PZ_SECONDS_PER_HOUR / BIN_SECONDS };

enum { NEW, NEW_REACHABLE, KINDS };

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    uint32_t at = pz_hours_of_outbreak(acc->timeline, range->hour);
    (void)row;
    for (size_t i = 0; at < HOURS && i < range->n; i++) {
        const struct pz_source *source = &range->rows[i];
        size_t bin = (size_t)(source->first_usec % PZ_USEC_PER_HOUR / (BIN_SECONDS * PZ_USEC_PER_SECOND));
        uint64_t *sums = acc->sums + (at * BINS_PER_HOUR + bin) * KINDS;
        if (!roaring_bitmap_add_checked(acc->seen, source->address))
            continue;
        sums[NEW]++;
        sums[NEW_REACHABLE] += pz_reaches(acc->timeline->outbreak->fingerprint, source->address);
    }
}

static void rows(const struct pz_accumulator *acc, struct pz_csv *csv)
{
    const struct pz_timeline *timeline = acc->timeline;
    struct pz_bins bins = {.csv = csv, .timeline = timeline};
    for (size_t i = 0; i < timeline->n; i++) {
        const struct pz_timeline_hour *hour = &timeline->hours[i];
        uint32_t at = pz_hours_of_outbreak(timeline, hour->hour);
        if (at >= HOURS)
            continue;
        pz_row_hour(csv, timeline, i);
        for (uint32_t bin = 0; bin < BINS_PER_HOUR; bin++)
            pz_bins_put(&bins, hour->hour * (int64_t)PZ_SECONDS_PER_HOUR + bin * BIN_SECONDS,
                        acc->sums + (at * BINS_PER_HOUR + bin) * KINDS, hour->packets);
    }
    pz_bins_end(&bins);
}

static const struct pz_column columns[] = {
    {"time", PZ_TYPE_SECOND, .doc = "its beginning"},
    {"new_sources", PZ_TYPE_COUNT, "sources", .doc = "first seen since midnight of 21 November in this bin; 0: none",
     .recorded = true},
    {"new_reachable", PZ_TYPE_COUNT, "sources", .doc = "of these, at reachable addresses", .recorded = true},
    PZ_COLUMN_STATUS,
    {0},
};

const struct pz_job pz_job_reachable = {.sums = HOURS * BINS_PER_HOUR * KINDS,
                                        .seen = true,
                                        .hour = hour,
                                        .tables =
                                            PZ_TABLES({{"reachable",
                                                        "Figure 6. 21 to 27 November 2008, in bins of ten minutes. "
                                                        "With `--min-cell` they are joined as in `first_seen`.",
                                                        columns},
                                                       .rows = rows})};
