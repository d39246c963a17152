/* SPDX-License-Identifier: BSD-2-Clause */
/* Of the sources first seen since midnight of the outbreak's first day, the share that the worm's random scan can reach,
 * in bins of ten minutes for a week: the published Figure 6. A worm that spreads by such scans infects reachable
 * addresses only, and of all addresses a quarter are. */
#include "worm/reachable.h"
#include "reduce/job.h"
#include "reduce/small_cells.h"
#include "reduce/source_set.h"
#include "worm/outbreak.h"

enum { HOURS = 7 * PZ_HOURS_PER_DAY };
enum { BIN_SECONDS = 600, BINS_PER_HOUR = PZ_SECONDS_PER_HOUR / BIN_SECONDS };

enum { NEW, NEW_REACHABLE, KINDS };

struct state {
    roaring_bitmap_t *seen; /* since midnight */
};

static void hour(struct pz_accumulator *acc, size_t row, const struct pz_range_hour *range)
{
    struct state *state = acc->state;
    const struct pz_outbreak *outbreak = acc->timeline->outbreak;
    uint32_t midnight = pz_outbreak_hour(outbreak);
    (void)row;
    if (range->hour < midnight || range->hour >= midnight + HOURS)
        return;
    uint64_t *sums = acc->sums + (range->hour - midnight) * BINS_PER_HOUR * KINDS;
    for (size_t i = 0; i < range->n; i++) {
        const struct pz_source *source = &range->rows[i];
        if (state->seen && roaring_bitmap_contains(state->seen, source->address))
            continue;
        size_t bin = (size_t)(source->first_usec % PZ_USEC_PER_HOUR / (BIN_SECONDS * PZ_USEC_PER_SECOND));
        sums[bin * KINDS + NEW]++;
        sums[bin * KINDS + NEW_REACHABLE] += pz_reaches(outbreak->fingerprint, source->address);
    }
    pz_source_set_add(&state->seen, pz_source_set_of(range));
}

static void end(struct pz_accumulator *acc, const struct pz_table *sources)
{
    struct state *state = acc->state;
    (void)sources;
    if (state->seen)
        roaring_bitmap_free(state->seen);
}

static void put_hour(const struct pz_accumulator *acc, size_t i, struct pz_joined_bins *joined, struct pz_csv *csv)
{
    const struct pz_timeline_hour *hour = &acc->timeline->hours[i];
    uint32_t midnight = pz_outbreak_hour(acc->timeline->outbreak);
    for (uint32_t bin = 0; bin < BINS_PER_HOUR; bin++) {
        const uint64_t *sums = acc->sums + ((hour->hour - midnight) * BINS_PER_HOUR + bin) * KINDS;
        int64_t second = hour->hour * (int64_t)PZ_SECONDS_PER_HOUR + bin * BIN_SECONDS;
        if (!hour->packets) {
            pz_put_time(csv, second);
            pz_put_count(csv, 0);
            pz_put_count(csv, 0);
            pz_bins_gap(joined);
        } else if (pz_bins_join(joined, acc->timeline, second, sums)) {
            pz_put_time(csv, joined->second);
            pz_put_count(csv, joined->counts[NEW]);
            pz_put_count(csv, joined->counts[NEW_REACHABLE]);
            *joined = (struct pz_joined_bins){0};
        }
    }
}

static void rows(const struct pz_accumulator *acc, size_t once, struct pz_csv *csv)
{
    const struct pz_timeline *timeline = acc->timeline;
    uint32_t midnight = pz_outbreak_hour(timeline->outbreak);
    struct pz_joined_bins joined = {0};
    (void)once;
    for (size_t i = 0; i < timeline->n; i++)
        if (timeline->hours[i].hour >= midnight && timeline->hours[i].hour < midnight + HOURS) {
            pz_row_hour(csv, timeline, i);
            put_hour(acc, i, &joined, csv);
        }
    if (joined.begun) { /* too small */
        pz_put_time(csv, joined.second);
        pz_put_nothing(csv);
        pz_put_nothing(csv);
    }
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
                                        .state_nbytes = sizeof(struct state),
                                        .hour = hour,
                                        .end = end,
                                        .tables =
                                            PZ_TABLES({{"reachable",
                                                        "Figure 6. 21 to 27 November 2008, in bins of ten minutes. "
                                                        "With `--min-cell` they are joined as in `first_seen`.",
                                                        columns},
                                                       PZ_ONCE,
                                                       rows})};
