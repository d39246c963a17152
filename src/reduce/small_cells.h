/* SPDX-License-Identifier: BSD-2-Clause */
/* Cells of a table with fewer sources than --min-cell asks for are put together: places in a row of their own, times
 * with those that follow. A sum that is still too small stays empty. */
#ifndef PZ_REDUCE_SMALL_CELLS_H
#define PZ_REDUCE_SMALL_CELLS_H

#include "reduce/job.h"

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

/* Puts the name and the sources of a place, if these are to be told; else false, and too few are added to `few`. */
bool pz_put_place(struct pz_csv *csv, const struct pz_timeline *timeline, const char *name, uint64_t sources,
                  uint64_t *few);
/* The row of the places with too few sources, if there are any. */
void pz_put_few(struct pz_csv *csv, const struct pz_timeline *timeline, uint64_t few);

enum { PZ_BIN_COUNTS = 2 };

/* The rows of bins of time, which are joined until none of their counts is too small. A row has the time of the first
 * bin and the counts. */
struct pz_bins {
    struct pz_csv *csv;                 /* borrowed */
    const struct pz_timeline *timeline; /* borrowed */
    int64_t second;                     /* of the row: the first of its bins since the last gap */
    uint64_t counts[PZ_BIN_COUNTS];
    bool begun, dated; /* something is joined; since the last gap */
};

/* Takes the next bin, and puts the rows that are due. */
void pz_bins_put(struct pz_bins *bins, int64_t second, const uint64_t counts[PZ_BIN_COUNTS], bool recorded);
/* What is left is too small: its row has no counts. */
void pz_bins_end(struct pz_bins *bins);

#endif
