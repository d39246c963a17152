/* SPDX-License-Identifier: BSD-2-Clause */
/* How a reduction is cut into source ranges, so that each stays within its memory. A rank has one source range at a
 * time, and there are as many passes as that takes. The tables don't depend on it. */
#ifndef PZ_REDUCE_PLAN_H
#define PZ_REDUCE_PLAN_H

#include "reduce/source_range.h"

/* What there is to reduce, by what takes memory. Distinct sources are estimates. */
struct pz_load {
    uint64_t sources;        /* distinct, of all hours: each has a row until the end */
    uint64_t window_sources; /* of the window that has most: each has a row and features until the window's end */
    uint64_t window_rows;    /* source-hours of the window that has most */
    uint64_t hour_rows;      /* of all tallies, of the hour that has most: they are put together */
    uint64_t held_rows;      /* source-hours, of the tallies that are held at once */
    uint64_t held_edges;     /* the same, of what their boundary rows may make */
};

/* `hours` are those of all tallies `stored`, which are in order. `window`: hours over which a source is scored. */
struct pz_load pz_load_of(const struct pz_hours *hours, const struct pz_stored *stored, size_t n, uint32_t since,
                          uint32_t until, uint32_t window);
/* Memory of all source ranges together. */
uint64_t pz_load_nbytes(const struct pz_load *load);

/* `passes` source ranges for each rank, as near to the same size as subshards allow. */
struct pz_plan {
    unsigned per_shard; /* parts of a shard: subshards are these */
    unsigned ranges;    /* in all */
    unsigned passes;    /* rounds in which every rank, or nearly every rank, has one source range */
    uint64_t nbytes;    /* of memory that a source range takes at most */
};
#define PZ_RANGE_MEMORY ((uint64_t)1 << 30)
/* Passes enough to keep a source range below PZ_RANGE_MEMORY, if possible. */
struct pz_plan pz_plan_ranges(const struct pz_load *load, int nranks);
struct pz_subshards pz_plan_subshards(const struct pz_plan *plan, unsigned range);

#endif
