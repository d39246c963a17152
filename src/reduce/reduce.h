/* SPDX-License-Identifier: BSD-2-Clause */
/* Reduces stored tallies to what all jobs keep: serial, one source range at a time. With several ranks, the caller adds
 * up the sums of all results and merges the encoded tops. */
#ifndef PZ_REDUCE_REDUCE_H
#define PZ_REDUCE_REDUCE_H

#include "reduce/job.h"
#include "reduce/plan.h"
#include "tally/store.h"

struct pz_result {
    const struct pz_job *const *jobs;   /* borrowed; ended by NULL */
    const struct pz_timeline *timeline; /* borrowed */
    struct pz_timeline whole;           /* when all source ranges are in: with all scans and attempts */
    uint64_t *sums; /* owned: for each of the timeline's slots what the source ranges count, then those of all jobs */
    size_t nsums;
    uint64_t *anonymised;         /* among them: reduce/anonymised.h */
    struct pz_scorer *scorer;     /* owned */
    struct pz_accumulator *parts; /* owned: one a job; their sums lie in `sums` */
};

void pz_result_init(struct pz_result *result, const struct pz_job *const *jobs, const struct pz_timeline *timeline);
void pz_result_release(struct pz_result *result);
/* One source range on its way into a result, which takes one at a time. */
struct pz_reducing {
    struct pz_result *result; /* borrowed */
    struct pz_range *range;   /* owned */
    struct pz_table sources;
    struct pz_window window;
};
void pz_reducing_begin(struct pz_reducing *reducing, struct pz_result *result, struct pz_range *range);
/* Reduces as many hours as the tallies given so far make complete. `tick` is called after each hour; false from it
 * stops. */
int pz_reducing_go_on(struct pz_reducing *reducing, bool (*tick)(void *context), void *context, struct pz_error *error);
/* Calls the jobs' end of the source range, and closes it. */
void pz_reducing_end(struct pz_reducing *reducing);
/* The rows of all tops, for another result to merge. */
void pz_result_encode_tops(const struct pz_result *result, struct pz_buf *to);
void pz_result_merge_tops(struct pz_result *result, struct pz_cursor *from);
/* When all source ranges are in: sorts the tops, and completes the timeline. */
void pz_result_finish(struct pz_result *result);

/* The set of all sources of one hour, over all tallies, in canonical form. */
int pz_reduce_set(const struct pz_store *store, const struct pz_stored *stored, size_t n, uint32_t hour,
                  struct pz_buf *to, struct pz_error *error);

#endif
