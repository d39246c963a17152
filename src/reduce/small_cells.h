/* SPDX-License-Identifier: BSD-2-Clause */
/* Cells of a table with fewer sources than --min-cell asks for are put together: places in a row of their own, times
 * with those that follow. A sum that is still too small stays empty. */
#ifndef PZ_REDUCE_SMALL_CELLS_H
#define PZ_REDUCE_SMALL_CELLS_H

#include "base/csv.h"
#include "reduce/timeline.h"

/* What places with too few sources are called together. */
#define PZ_PLACES_FEW "few"

/* Too small to be told; 0 is told, as it is of no source. */
static inline bool pz_cell_is_small(const struct pz_timeline *timeline, uint64_t sources)
{
    return sources && sources < timeline->options.min_cell;
}

static inline void pz_put_cell(struct pz_csv *csv, const struct pz_timeline *timeline, uint64_t sources)
{
    pz_put_count_if(csv, !pz_cell_is_small(timeline, sources), sources);
}

/* The row of the places with too few sources, if there are any. */
static inline void pz_put_few(struct pz_csv *csv, const struct pz_timeline *timeline, uint64_t sources)
{
    if (!sources)
        return;
    pz_put_text(csv, PZ_PLACES_FEW);
    pz_put_cell(csv, timeline, sources);
    pz_put_rest(csv);
}

enum { PZ_BIN_COUNTS = 2 };

/* Bins of time that are joined until none of their counts is too small. Zeroed at first. */
struct pz_joined_bins {
    int64_t second; /* of the row: the first of its bins since the last gap */
    uint64_t counts[PZ_BIN_COUNTS];
    bool begun, dated; /* something is joined; since the last gap */
};

/* Takes the next bin; true if a row is due, of `second` and `counts`. Then *bins must be zeroed again. */
static inline bool pz_bins_join(struct pz_joined_bins *bins, const struct pz_timeline *timeline, int64_t second,
                                const uint64_t counts[PZ_BIN_COUNTS])
{
    bool due = true;
    bins->second = bins->dated ? bins->second : second;
    bins->begun = bins->dated = true;
    for (int i = 0; i < PZ_BIN_COUNTS; i++) {
        bins->counts[i] += counts[i];
        due = due && !pz_cell_is_small(timeline, bins->counts[i]);
    }
    return due;
}

/* Nothing is recorded of the next bin, which has a row. */
static inline void pz_bins_gap(struct pz_joined_bins *bins)
{
    bins->dated = false;
}

#endif
